# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A client and a server with a wire between them that delays and, told to, loses segments. To be sourced after
# lib.sh. On its way to the server (12) a segment passes eth0 of the client, is delayed or lost, and passes eth0 of
# the server; back (21) the other way round.

lab_wired_pair() { # DELAY-MS
	local host
	lab_host client wire server
	lab_silent wire
	lab_link client eth0 wire w1
	lab_link wire w2 server eth0
	lab_address client eth0 $client4/24 $client6/64
	lab_address server eth0 $server4/24 $server6/64
	lab_neighbour client eth0 "$(lab_mac server eth0)" $server4 $server6 $nobody4 $nobody6
	lab_neighbour server eth0 "$(lab_mac client eth0)" $client4 $client6
	mkfifo "$LAB_DIR/wire.in" "$LAB_DIR/wire.out"
	ip netns exec "$LAB-wire" "$BUILD/wire" --control --delay-ms "$1" w1 w2 \
		<"$LAB_DIR/wire.in" >"$LAB_DIR/wire.out" &
	lab_pids+=($!)
	exec {wire_in}>"$LAB_DIR/wire.in" {wire_out}<"$LAB_DIR/wire.out"
	wire_answers ready
	for host in client server; do
		peer_start $host
	done
}

wire_answers() { # WORD
	local answer
	read -r -t 10 answer <&"$wire_out" || answer=nothing
	[ "$answer" = "$1" ] || fail "the wire said '$answer', not '$1'"
}

wire() { # COMMAND...: of wire --control, all at once
	local command
	printf '%s\n' "$@" >&"$wire_in"
	for command in "$@"; do
		wire_answers ok
	done
}
