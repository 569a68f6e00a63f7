# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Round trips (--rtt) of one connection over each address family, with an observer at the eth0 of both ends. To be
# sourced after lib.sh; on the way between the two, what each of them sends is delayed by $delay_ms.
#
# The segments that passed the same interface, with the kernel's timestamps, are the reference, so that the time that a
# busy or emulated machine adds does not matter. Where a process is kept from running between an observer and the
# timestamp, both differ nevertheless: then the connections go on, and everything is compared again, $rounds_max times
# at most. What is wrong stays wrong.

readonly delay_ms=20 round_trip_ns=40000000 error_max_ns=200000 exchanges=30 rounds_max=10
readonly ss_slack_ns=5000000 # the socket's minimum counts the handshake, too, which is not among our round trips

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

# HOST END FAMILY: the figures of one end of a connection in ns, as lines "min LIVE RECORDED", then last and smoothed.
figures() {
	jq -rn --arg which "$2" --arg family "$3" --slurpfile live "$LAB_DIR/$1.live" \
		--slurpfile recorded "$LAB_DIR/$1.replayed" '
		$live[] | select((.server.ip | contains(":")) == ($family == "6")) | . as $flow |
		($recorded[] | select(.id == $flow.id)) as $same | ("min", "last", "smoothed") |
		"\(.) \($flow.rtt[$which]["\(.)_ns"]) \($same.rtt[$which]["\(.)_ns"])"'
}

# The checks return 1, with the reason in $why, if a figure is not what it has to be, but may become it.
wrong() { # REASON...
	why=$*
	return 1
}

check_recorded() { # HOST END FAMILY
	local figure live recorded checked=0
	while read -r figure live recorded; do
		printf '%s, IPv%s: to the %s %s %d us, recorded %d us\n' "$1" "$3" "$2" "$figure" $((live / 1000)) \
			$((recorded / 1000))
		[ $((live > recorded ? live - recorded : recorded - live)) -le $error_max_ns ] ||
			wrong "$1, IPv$3: the round trip to the $2 ($figure) is $live ns, recorded $recorded ns" || return
		[ "$1" = "$2" ] || [ "$live" -ge $((round_trip_ns - error_max_ns)) ] ||
			fail "$1, IPv$3: $live ns ($figure) to the $2 are less than the delay"
		[ "$1" != "$2" ] || [ "$figure" != min ] || [ "$live" -lt $round_trip_ns ] ||
			fail "$1, IPv$3: $live ns at least to the $2, where nothing is delayed"
		checked=$((checked + 1))
	done < <(figures "$@")
	[ $checked -eq 3 ] || fail "$1: no round trips to the $2 over IPv$3"
}

socket() { # HOST FAMILY: "smoothed least" in ns, as the socket of the connection has measured them
	ip netns exec "$LAB-$1" ss "-$2tinH" state established |
		sed -nE 's@.* rtt:([0-9.]+)/.* minrtt:([0-9.]+).*@\1 \2@p' |
		awk '{ printf "%d %d\n", $1 * 1000000, $2 * 1000000 }'
}

# An observer beside a socket sees a segment leave after the socket did, and its ACK before: no round trip is longer.
check_socket() { # HOST OTHER-END FAMILY
	local smoothed least figure live
	read -r smoothed least < <(socket "$1" "$3") || fail "$1: ss tells nothing of a socket"
	printf '%s, IPv%s: the socket has min %d us, smoothed %d us\n' "$1" "$3" $((least / 1000)) $((smoothed / 1000))
	while read -r figure live _; do
		case $figure in
		min) [ "$live" -le $((least + ss_slack_ns)) ] ;;
		smoothed) [ "$live" -le $((smoothed + ss_slack_ns)) ] ;;
		esac || wrong "$1, IPv$3: $live ns ($figure), the socket has $least and smoothed $smoothed" || return
	done < <(figures "$@")
}

check_all() {
	local host family
	for host in client server; do
		synscope list --name "$LAB-$host" -o jsonl >"$LAB_DIR/$host.live"
		jq -se 'length == 2 and all(.[]; .rtt.client.samples >= 20 and .rtt.server.samples >= 20)' \
			"$LAB_DIR/$host.live" >/dev/null || fail "round trips are missing: $(cat "$LAB_DIR/$host.live")"
		wait_for 20 recorded_all $host || fail "other round trips were recorded at the $host than seen"
		for family in 4 6; do
			check_recorded $host client $family && check_recorded $host server $family || return
		done
	done
	for family in 4 6; do
		check_socket client server $family && check_socket server client $family || return
	done
}

exchange_all() {
	local family count
	for family in 4 6; do
		for ((count = 0; count < exchanges; count++)); do
			exchange $family
		done
	done
}

# SERVER-IPV4 SERVER-IPV6: the instances are called client and server, the sockets c4, c6, s4 and s6. What `list` showed
# of them is in $LAB_DIR/client.live and $LAB_DIR/server.live afterwards, and nothing was sent since.
round_trips_must_hold() {
	local host round
	for host in client server; do
		attach $host eth0 --netns "$LAB-$host" --rtt
		record $host
	done
	must peer server l4 listen "$1" 80
	must peer server l6 listen "$2" 80
	must peer client c4 connect "$1" 80
	must peer server s4 accept l4
	must peer client c6 connect "$2" 80
	must peer server s6 accept l6
	for ((round = 1; round <= rounds_max; round++)); do
		exchange_all
		! check_all || return 0
		echo "round $round: $why"
	done
	fail "$why"
}
