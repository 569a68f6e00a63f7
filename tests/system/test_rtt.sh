#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Round trips (--rtt) against a wire with a known delay, and against what the sockets of both ends measured themselves
# (ss -ti), at both ends of the same connections. The segments that passed the same interface, with the kernel's
# timestamps, are the reference, so that the time that a busy machine adds does not matter.
# exclusive: it measures time
. tests/system/lib/lib.sh
# shellcheck source=lib/wired.sh
. tests/system/lib/wired.sh

readonly exchanges=30 delay_ms=20 round_trip_ns=40000000 error_max_ns=200000
readonly ss_slack_ns=5000000 # the socket's minimum counts the handshake, too, which is not among our round trips

out_has() { # REGEX...
	local regex
	for regex; do
		grep -qE -- "$regex" "$LAB_DIR/out" || fail "no '$regex': $(cat "$LAB_DIR/out")"
	done
}

exchange() { # FAMILY: a question and an answer, each acknowledged
	must peer client "c$1" send 100
	must peer server "s$1" recv 100
	must peer client "c$1" acked
	must peer server "s$1" send 100
	must peer client "c$1" recv 100
	must peer server "s$1" acked
}

record() { # HOST
	lab_background "$LAB_DIR/$1.recorder" ip netns exec "$LAB-$1" "$BUILD/recorder" eth0 "$LAB_DIR/$1.pcap"
	wait_for 10 grep -q ready "$LAB_DIR/$1.recorder" || fail "nothing is recorded: $(cat "$LAB_DIR/$1.recorder")"
}

samples() { # the number of round trips of each flow on stdin, both ends
	jq -r '"\(.id) \(.rtt.client.samples) \(.rtt.server.samples)"' | sort
}

recorded_all() { # HOST
	"$BUILD/synscope" replay --rtt "$LAB_DIR/$1.pcap" -o jsonl >"$LAB_DIR/$1.replayed" 2>/dev/null &&
		[ "$(samples <"$LAB_DIR/$1.replayed")" = "$(samples <"$LAB_DIR/$1.live")" ]
}

# The figures of one end of a connection: "live-min recorded-min live-smoothed" in ns.
figures() { # HOST END FAMILY
	jq -rn --arg which "$2" --arg family "$3" --slurpfile live "$LAB_DIR/$1.live" \
		--slurpfile recorded "$LAB_DIR/$1.replayed" '
		$live[] | select((.server.ip | contains(":")) == ($family == "6")) | . as $flow |
		($recorded[] | select(.id == $flow.id)) as $same |
		"\($flow.rtt[$which].min_ns) \($same.rtt[$which].min_ns) \($flow.rtt[$which].smoothed_ns)"'
}

check_recorded() { # HOST END FAMILY
	local live recorded smoothed
	read -r live recorded smoothed < <(figures "$1" "$2" "$3") || fail "$1: no round trips over IPv$3"
	printf '%s, IPv%s: to the %s %d us, recorded %d us, smoothed %d us\n' "$1" "$3" "$2" $((live / 1000)) \
		$((recorded / 1000)) $((smoothed / 1000))
	[ $((live > recorded ? live - recorded : recorded - live)) -le $error_max_ns ] ||
		fail "$1: the least round trip to the $2 is $live ns, recorded $recorded ns"
	[ "$1" = "$2" ] || [ "$live" -ge $((round_trip_ns - error_max_ns)) ] ||
		fail "$1: $live ns to the $2 are less than the wire's delay"
}

socket() { # HOST FAMILY: "smoothed least" in ns, as the socket of the connection has measured them
	ip netns exec "$LAB-$1" ss "-$2tinH" state established |
		sed -nE 's@.* rtt:([0-9.]+)/.* minrtt:([0-9.]+).*@\1 \2@p' |
		awk '{ printf "%d %d\n", $1 * 1000000, $2 * 1000000 }'
}

# An observer beside a socket sees a segment leave after the socket did, and its ACK before: no round trip is longer.
check_socket() { # HOST OTHER-END FAMILY
	local smoothed least ours ours_smoothed
	read -r smoothed least < <(socket "$1" "$3") || fail "$1: ss tells nothing of a socket"
	read -r ours _ ours_smoothed < <(figures "$1" "$2" "$3")
	printf '%s, IPv%s: the socket has %d us, smoothed %d us\n' "$1" "$3" $((least / 1000)) $((smoothed / 1000))
	[ "$ours" -le $((least + ss_slack_ns)) ] || fail "$1: $ours ns at least, the socket has $least"
	[ "$ours_smoothed" -le $((smoothed + ss_slack_ns)) ] ||
		fail "$1: $ours_smoothed ns smoothed, the socket has $smoothed"
}

lab_begin
lab_wired_pair $delay_ms
for host in client server; do
	attach $host eth0 --netns "$LAB-$host" --rtt
	record $host
done
must peer server l4 listen $server4 80
must peer server l6 listen $server6 80
for family in 4 6; do
	must peer client c$family connect "$([ $family = 4 ] && echo $server4 || echo $server6)" 80
	must peer server s$family accept l$family
	for ((count = 0; count < exchanges; count++)); do
		exchange $family
	done
done
for host in client server; do
	synscope list --name "$LAB-$host" -o jsonl >"$LAB_DIR/$host.live"
	jq -se 'length == 2 and all(.[]; .rtt.client.samples >= 20 and .rtt.server.samples >= 20)' \
		"$LAB_DIR/$host.live" >/dev/null || fail "round trips are missing: $(cat "$LAB_DIR/$host.live")"
	wait_for 20 recorded_all $host || fail "other round trips were recorded at the $host than seen"
	for family in 4 6; do
		check_recorded $host client $family
		check_recorded $host server $family
	done
done
for family in 4 6; do
	check_socket client server $family
	check_socket server client $family
done

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
out_has "round trips" "server +[0-9.]+ms smoothed, [0-9.]+ms last, 4[0-9]\.[0-9]ms minimum, of [0-9]+"
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
