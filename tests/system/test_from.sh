#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `list`, `show` and `stats` with --from: the flows of a capture, as `replay` has them, asked for as those of an
# instance.
. tests/system/lib/lib.sh

out_must() { # JQ-CONDITION
	jq -e "$1" "$LAB_DIR/out" >/dev/null || fail "not '$1': $(head -c 2000 "$LAB_DIR/out")"
}

from() { # COMMAND ARGUMENT...: of the capture $capture
	outcome 0 synscope "$1" --from "$capture" "${@:2}"
}

# A connection that closed, one that was refused, one that nobody answered, and one over IPv6 that is open.
make_capture() {
	"$BUILD/capture_maker" >"$capture" <<-EOF
		0.000 1:40000 2:443 S 1000 0 0
		0.010 2:443 1:40000 SA 9000 1001 0
		0.035 1:40000 2:443 A 1001 9001 0
		0.036 1:40000 2:443 PA 1001 9001 120
		0.040 2:443 1:40000 A 9001 1121 0
		0.050 1:40001 2:81 S 1000 0 0
		0.051 2:81 1:40001 RA 0 1001 0
		0.060 1:40002 3:443 S 1000 0 0
		1.000 1:40000 2:443 FA 1121 9001 0
		1.001 2:443 1:40000 FA 9001 1122 0
		1.002 1:40000 2:443 A 1122 9002 0
		6 2.000 1:40003 2:443 S 1000 0 0
		6 2.100 2:443 1:40003 SA 9000 1001 0
		6 2.101 1:40003 2:443 A 1001 9001 0
		200.0 4:40004 2:22 S 1000 0 0
	EOF
}

lists() {
	from list -o json --sort first_seen
	mv "$LAB_DIR/out" "$LAB_DIR/listed"
	outcome 0 synscope replay "$capture" -o json
	jq -e --slurpfile listed "$LAB_DIR/listed" 'length == 5 and . == ($listed[0] | reverse)' "$LAB_DIR/out" >/dev/null ||
		fail "list and replay differ: $(head -c 2000 "$LAB_DIR/listed")"
	from list -o jsonl
	cp "$LAB_DIR/out" "$LAB_DIR/streamed"
	outcome 0 synscope replay "$capture" -o jsonl
	cmp "$LAB_DIR/streamed" "$LAB_DIR/out" >&2 || fail "list -o jsonl and replay differ"
	from list -o json --limit 1 --sort handshake
	out_must 'length == 1 and .[0].client.port == 40003'
	from list -o json --limit 2 client port 40000-40002
	out_must 'map(.client.port) == [40000, 40002]'
	from list -o json failed and started '<' -10s
	out_must 'map(.outcome) | sort == ["refused", "unanswered"]'
	from list
	grep -q '^10.0.0.1:40000-10.0.0.2:443 *CLOSED *CLOSED ' "$LAB_DIR/out" || fail "no table: $(cat "$LAB_DIR/out")"
	from list port 9999
	synscope list --from - -o json <"$capture" >"$LAB_DIR/out" || fail "not from stdin"
	out_must 'length == 5 and .[0].instance == "-"'
}

shows() {
	local flow format
	for flow in 10.0.0.1:40000-10.0.0.2:443 '[2001:db8::2]:443-[2001:db8::1]:40003#1'; do
		for format in table json; do
			from show "$flow" -o $format
			mv "$LAB_DIR/out" "$LAB_DIR/shown"
			outcome 0 synscope replay "$capture" --show "$flow" -o $format
			cmp "$LAB_DIR/out" "$LAB_DIR/shown" >&2 || fail "show and replay differ in $flow, as $format"
		done
	done
	outcome 1 synscope show --from "$capture" 10.0.0.9:1-10.0.0.2:443
	says "^synscope: no flow '10.0.0.9:1-10.0.0.2:443' in 'trace'; 'synscope replay' prints all flows$"
}

counts() {
	from stats -o json
	out_must '.[0] | .instance == "trace" and .by == "all" and .flows == 5 and .attempts.count == 5 and
		.attempts.refused == 1 and .attempts.unanswered == 1 and .source == "table" and .handshakes == 2 and
		.refused == 1 and .latencies.handshake_ns.count == 2 and .interval_ns == null'
	from stats --by server-port -o json
	out_must 'map([.key, .flows, .handshakes, .refused]) | sort ==
		[["22", 1, 0, 0], ["443", 3, 2, 0], ["81", 1, 0, 1]]'
	out_must '.[] | select(.key == "443") | .latencies.syn_to_synack_ns |
		.p50 > 9000000 and .p50 < 11000000 and .p99 > 94000000 and .p99 < 107000000'
	from stats --by client --prefix4 24 -o json
	out_must 'map([.key, .flows]) | sort == [["10.0.0.0/24", 4], ["2001:db8::1", 1]]'
	from stats --by server --sort failed -o csv --limit 1
	[ "$(wc -l <"$LAB_DIR/out")" -eq 2 ] || fail "not one group: $(cat "$LAB_DIR/out")"
	from stats
	grep -q 'flows *5 in the capture, 3 of them closed$' "$LAB_DIR/out" || fail "no figures: $(head -n 3 "$LAB_DIR/out")"
	from stats --by server-port
	grep -qE '^443 +2 +0 +3 ' "$LAB_DIR/out" || fail "no port 443: $(cat "$LAB_DIR/out")"
}

# Of the connection that closed: data and a FIN of the client, a FIN of the server.
round_trips() {
	local by
	from stats -o json
	out_must '.[0].rtt | .server_ns.count == 2 and .client_ns.count == 1 and
		(.server_ns.p99 | . > 3.7e6 and . < 4.3e6) and (.client_ns.p50 | . > 0.9e6 and . < 1.1e6)'
	from stats --by server-port -o json
	out_must 'map([.key, .rtt.client_ns.count, .rtt.server_ns.count]) | sort ==
		[["22", 0, 0], ["443", 1, 2], ["81", 0, 0]]'
	from stats --by server-port -o csv
	grep -qE '^trace,.*,443,' "$LAB_DIR/out" || fail "no port 443: $(cat "$LAB_DIR/out")"
	for by in server client; do
		from stats --by $by -o json
		out_must 'all(.[]; .rtt == null)'
	done
	from stats
	grep -qE '^CLIENT RTT +1 ' "$LAB_DIR/out" || fail "no round trips: $(cat "$LAB_DIR/out")"
	from stats --by server-port
	grep -qE 'SYNACK-ACK +CLIENT RTT +SERVER RTT +P50' "$LAB_DIR/out" || fail "no round trips: $(cat "$LAB_DIR/out")"
	outcome 0 synscope replay --rtt --stats "$capture"
	says '^synscope: 1 round trip to the client: P50 1\.01ms, P90 1\.01ms, P99 1\.01ms, P99\.9 1\.01ms$'
	says '^synscope: 2 round trips to the server: P50 1\.01ms, P90 4\.06ms, P99 4\.06ms, P99\.9 4\.06ms$'
	outcome 0 synscope replay --stats "$capture"
	! grep 'round trip' "$LAB_DIR/err" || fail "round trips without --rtt"
	from list -o json server rtt '>' 3ms
	out_must 'map([.client.port, .rtt.server.samples, .rtt.client.samples]) == [[40000, 2, 1]]'
	from list -o json --sort server_rtt
	out_must '.[0].client.port == 40000'
	from list server rtt samples 2
	grep -q 'CLIENT RTT *SERVER RTT' "$LAB_DIR/out" || fail "no columns of round trips: $(cat "$LAB_DIR/out")"
}

# The ports after the first 256 have no histogram of their own: which round trips are theirs is not known.
many_ports() {
	local port
	for ((port = 1; port <= 260; port++)); do
		cat <<-EOF
			$port.000 1:40000 2:$port S 1000 0 0
			$port.010 2:$port 1:40000 SA 9000 1001 0
			$port.020 1:40000 2:$port A 1001 9001 0
			$port.030 1:40000 2:$port PA 1001 9001 10
			$port.050 2:$port 1:40000 A 9001 1011 0
		EOF
	done | "$BUILD/capture_maker" >"$LAB_DIR/ports"
	outcome 0 synscope stats --from "$LAB_DIR/ports" -o json
	out_must '.[0].rtt.server_ns.count == 260'
	outcome 0 synscope stats --from "$LAB_DIR/ports" --by server-port -o json
	out_must 'length == 260 and (map(select(.rtt == null) | .key | tonumber) | sort) == [257, 258, 259, 260] and
		all(.[] | .rtt // empty; .server_ns.count == 1)'
	outcome 0 synscope stats --from "$LAB_DIR/ports" --by server-port -o csv
	[ "$(grep -c ',260,.*,,' "$LAB_DIR/out")" -eq 1 ] || fail "no empty fields of port 260: $(tail -n 1 "$LAB_DIR/out")"
}

refusals() {
	outcome 2 synscope list --from "$capture" --name web
	says '^synscope list: --from reads a file, and cannot be used with --name;'
	outcome 2 synscope show --from "$capture" -p 10.0.0.1:40000-10.0.0.2:443
	says 'cannot be used with --processes;'
	outcome 2 synscope stats --from "$capture" --interval 1
	says 'cannot be used with --interval;'
	outcome 1 synscope stats --from "$LAB_DIR/none"
	says '^synscope: cannot open .*/none: No such file or directory$'
	head -c 700 "$capture" >"$LAB_DIR/cut"
	outcome 1 synscope list --from "$LAB_DIR/cut" -o json
	out_must 'length == 2'
	says 'cut.*ends in the middle'
}

# More flows than are kept in memory, by another key than that of the capture.
many() {
	local flows=60000
	"$BUILD/capture_maker" -c $flows -n 60 >"$LAB_DIR/many"
	outcome 0 synscope list --from "$LAB_DIR/many" -o csv --sort client
	[ "$(wc -l <"$LAB_DIR/out")" -eq $((flows + 1)) ] || fail "flows are missing: $(wc -l <"$LAB_DIR/out")"
	tail -n +2 "$LAB_DIR/out" | cut -d , -f 1 >"$LAB_DIR/ids"
	sort -u "$LAB_DIR/ids" >"$LAB_DIR/unique"
	outcome 0 synscope replay "$LAB_DIR/many" -o csv
	tail -n +2 "$LAB_DIR/out" | cut -d , -f 1 | sort -u | cmp - "$LAB_DIR/unique" >&2 || fail "others than replay has"
	sed -E 's/.*:([0-9]+)-.*/\1/' "$LAB_DIR/ids" >"$LAB_DIR/ports"
	sort -n -c "$LAB_DIR/ports" || fail "not in the order of the client"
}

lab_begin
capture="$LAB_DIR/trace"
make_capture
lists
shows
counts
round_trips
many_ports
refusals
many
