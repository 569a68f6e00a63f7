#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The round trips of real captures (replay --rtt) against tshark's tcp.analysis.ack_rtt. tshark has one of every ACK:
# the time since the newest segment that it acknowledges. We time one segment at a time, as TCP does: where an ACK
# covers several, ours is the time since the one of them that was timed. So each of ours must be the time from a
# segment to the ACK that first covers it, by tshark's account of both; and most must be among tshark's own.
. tests/system/lib/lib.sh
captures=${CAPTURES:-../shared/pcaps} # as in test_captures.sh

lab_begin
[ -d "$captures" ] || skip "there are no captures: $captures does not exist"
command -v tshark >/dev/null || skip "there is no tshark"

# CAPTURE: "SENDER-OF-ACK RECEIVER US EXACT" for each segment and the ACK that first covers it; EXACT is 1 if tshark has
# that time as the ack_rtt of the ACK.
possible() {
	tshark -r "$1" -o tcp.relative_sequence_numbers:FALSE -T fields -E occurrence=f -Y 'tcp and !icmp and !icmpv6' \
		-e frame.time_relative -e ip.src -e ipv6.src -e tcp.srcport -e ip.dst -e ipv6.dst -e tcp.dstport \
		-e tcp.seq -e tcp.len -e tcp.ack -e tcp.flags.syn -e tcp.flags.fin -e tcp.flags.ack \
		-e tcp.analysis.ack_rtt 2>"$LAB_DIR/tshark.err" |
		awk -F '\t' '
			function is(flag) { return flag == 1 || flag == "True" }
			function covers(ack, end) { return (ack - end + 4294967296) % 4294967296 < 2147483648 }
			{
				from = $2 $3 ":" $4
				to = $5 $6 ":" $7
				flow = from " " to
				back = to " " from
				for (i = first[back] + 0; is($13) && i < count[back]; i++) {
					if (!covers($10, end[back, i]))
						continue
					if (!done[back, i]++)
						printf "%s %.3f %d\n", flow, ($1 - time[back, i]) * 1e6,
							($1 - time[back, i] - $14) ^ 2 < 1e-12
					if (i == first[back] + 0)
						first[back]++
				}
				if ($9 + is($12) && !is($11)) {
					time[flow, count[flow] + 0] = $1
					end[flow, count[flow]++] = ($8 + $9 + is($12)) % 4294967296
				}
			}'
}

ours() { # CAPTURE: the least and the last round trip of each end, likewise
	synscope replay --rtt "$1" -o jsonl --timeout all=none | jq -r '
		def name: "\(.ip):\(.port)";
		(.client | name) as $client | (.server | name) as $server |
		(.rtt.client | select(.) | "\($client) \($server) \(.min_ns / 1000)", "\($client) \($server) \(.last_ns / 1000)"),
		(.rtt.server | select(.) | "\($server) \($client) \(.min_ns / 1000)", "\($server) \($client) \(.last_ns / 1000)")'
}

for capture in "$captures"/*.pcap "$captures"/*.pcapng; do
	possible "$capture" >"$LAB_DIR/possible"
	ours "$capture" >"$LAB_DIR/ours"
	awk -v name="${capture##*/}" '
		NR == FNR { possible[$1 " " $2] = possible[$1 " " $2] " " $3 ":" $4; next }
		{
			found = "no"
			count = split(possible[$1 " " $2], times, " ")
			for (i = 1; i <= count; i++) {
				split(times[i], one, ":")
				if ((one[1] - $3) ^ 2 < 1.1 ^ 2)
					found = one[2] || found == "tshark" ? "tshark" : "first"
			}
			print found, name, $0
		}' "$LAB_DIR/possible" "$LAB_DIR/ours" >>"$LAB_DIR/verdicts"
done
grep '^no ' "$LAB_DIR/verdicts" && fail "round trips that are not the time from a segment to its ACK"
exact=$(grep -c '^tshark ' "$LAB_DIR/verdicts")
first=$(grep -c '^first ' "$LAB_DIR/verdicts" || true)
echo "$exact round trips are tshark's, $first are of an earlier segment than tshark takes"
[ "$exact" -gt $((4 * first)) ] || fail "too few round trips are tshark's"
