#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Round trips (--rtt) against a wire with a known delay, and against what the sockets of both ends measured themselves
# (ss -ti), at both ends of the same connections; then what the commands show of them.
# exclusive: it measures time
. tests/system/lib/lib.sh
# shellcheck source=lib/wired.sh
. tests/system/lib/wired.sh
# shellcheck source=lib/round_trips.sh
. tests/system/lib/round_trips.sh

out_has() { # REGEX...
	local regex
	for regex; do
		grep -qE -- "$regex" "$LAB_DIR/out" || fail "no '$regex': $(cat "$LAB_DIR/out")"
	done
}

lab_begin
lab_wired_pair $delay_ms
round_trips_must_hold $server4 $server6

# Each round trip of each flow is in the histograms of its server port once.
for host in client server; do
	synscope stats --name "$LAB-$host" -o json >"$LAB_DIR/stats.$host"
	synscope stats --name "$LAB-$host" --by server-port -o jsonl >"$LAB_DIR/by-port"
	for end in client server; do
		samples=$(jq -s "map(.rtt.$end.samples) | add" "$LAB_DIR/$host.live")
		jq -e --argjson samples "$samples" ".[0].rtt.${end}_ns | .count == \$samples and
			([.histogram[].count] | add) == \$samples" "$LAB_DIR/stats.$host" >/dev/null ||
			fail "$host: not $samples round trips to the $end: $(jq -c ".[0].rtt" "$LAB_DIR/stats.$host")"
		jq -se --argjson samples "$samples" "map(select(.key == \"80\").rtt.${end}_ns.count) == [\$samples]" \
			"$LAB_DIR/by-port" >/dev/null || fail "$host: not $samples round trips to the $end at port 80"
	done
done
synscope stats --name "$LAB-client" -o json | jq -e ".[0].rtt.server_ns.p50 > $round_trip_ns * 15 / 16" >/dev/null ||
	fail "the median of the round trips to the server is less than the wire's delay"
synscope stats --name "$LAB-client" --by client -o json | jq -e 'all(.rtt == null)' >/dev/null || fail "round trips by client"
synscope stats --name "$LAB-client" >"$LAB_DIR/out"
out_has "^CLIENT RTT +[0-9]+ +[0-9.]+[mµ]s" "^SERVER RTT +[0-9]+ +[0-9.]+ms" "^ +CLIENT RTT +SERVER RTT$"
synscope stats --name "$LAB-client" --by server-port >"$LAB_DIR/out"
out_has "SYNACK-ACK +CLIENT RTT +SERVER RTT +P50" "^80 .*ms"

# The same round trips are in the figures of what was recorded; their times are those of the recorder.
for host in client server; do
	outcome 0 synscope stats --from "$LAB_DIR/$host.pcap" -o json
	jq -e --slurpfile live "$LAB_DIR/stats.$host" \
		'.[0].rtt | map_values(.count) == ($live[0][0].rtt | map_values(.count))' \
		"$LAB_DIR/out" >/dev/null || fail "$host: other round trips in the recorded figures: $(cat "$LAB_DIR/out")"
done

# What is shown, and what is found.
synscope list --name "$LAB-client" >"$LAB_DIR/out"
out_has "CLIENT RTT +SERVER RTT" "ESTABLISHED +([0-9.]+[mµ]?s +){5}"
synscope show "$(jq -r .id "$LAB_DIR/client.live" | head -n 1)" --name "$LAB-client" >"$LAB_DIR/out"
out_has "round trips" "server +[0-9.]+ms smoothed, [0-9.]+ms last, [4-9][0-9]\.[0-9]ms minimum, of [0-9]+"
[ "$(synscope list --name "$LAB-client" -o jsonl 'server rtt >= 40ms and client rtt min < 20ms' | wc -l)" -eq 2 ] ||
	fail "the filter does not find the round trips"
# An instance without --rtt has none.
detach client
attach without eth0 --netns "$LAB-client"
exchange 4
exchange 4
synscope list --name "$LAB-without" -o jsonl | jq -se 'length == 1 and .[0].rtt == null' >/dev/null ||
	fail "round trips without --rtt"
synscope stats --name "$LAB-without" -o json | jq -e '.[0].rtt == null' >/dev/null || fail "figures without --rtt"
! synscope stats --name "$LAB-without" | grep RTT || fail "a table of round trips without --rtt"
