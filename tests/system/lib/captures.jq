# SPDX-License-Identifier: GPL-2.0-only
# Compares the output of `synscope replay --timeout all=none -o jsonl` for a capture (the input, as one array) with the
# expected flows ($expected: from the .jsonl file beside the capture). Prints one line per difference.

def endpoint: "\(.ip):\(.port)";

# A latency that could be measured from several segments has several right values. In microseconds.
def close_to($expected): . as $ns
	| ($expected | unique) as $values
	| if $values == [null] then $ns == null
	  else $ns != null and any($values[]; . != null and ((. * 1000 - $ns) | fabs) <= 2000) end;

# The expected payload is the sum over all segments; retransmitted bytes do not count here.
def payload_is($expected): .payload_bytes == $expected or (.retransmits > 0 and .payload_bytes < $expected);

def differences($flow):
	[
		(select(.client.state != $flow.client_state or .server.state != $flow.server_state)
			| "states \(.client.state) \(.server.state), not \($flow.client_state) \($flow.server_state)"),
		(select([.client.packets, .server.packets] != $flow.pkts)
			| "packets \([.client.packets, .server.packets]), not \($flow.pkts)"),
		(select((.client | payload_is($flow.payload[0])) and (.server | payload_is($flow.payload[1])) | not)
			| "payload \([.client.payload_bytes, .server.payload_bytes]), not \($flow.payload)"),
		(select(.conn_state != $flow.zeek_conn_state) | "conn_state \(.conn_state), not \($flow.zeek_conn_state)"),
		([$flow.lat_syn_synack_us_first, $flow.lat_syn_synack_us_last] as $us
			| select(.handshake.syn_to_synack_ns | close_to($us) | not)
			| "SYN to SYN/ACK \(.handshake.syn_to_synack_ns) ns, not \($us) µs"),
		([$flow.lat_synack_ack_us_first, $flow.lat_synack_ack_us_last] as $us
			| select(.handshake.synack_to_ack_ns | close_to($us) | not)
			| "SYN/ACK to ACK \(.handshake.synack_to_ack_ns) ns, not \($us) µs")
	];

map(. + {ends: "\(.client | endpoint) \(.server | endpoint)"}) as $flows
| [$expected[] | select(.idx != null)] as $wanted
# a flow that closed and opened again is one flow there, and two here
| (if ([$flows[].ends] | unique | length) == ([$wanted[] | "\(.client) \(.server)"] | unique | length) then empty
   else "strict: \($flows | length) flows, not \($wanted | length)" end),
  ($wanted | to_entries[] | .value as $flow | .key as $at
	| "\($flow.client) \($flow.server)" as $ends
	# the n-th flow between these endpoints
	| ([$wanted[:$at][] | select("\(.client) \(.server)" == $ends)] | length) as $n
	| ([$flows[] | select(.ends == $ends)][$n]) as $found
	| if $found == null then "\($flow.judge): \($ends): missing"
	  else $found | differences($flow)[] | "\($flow.judge): \($ends): \(.)" end)
