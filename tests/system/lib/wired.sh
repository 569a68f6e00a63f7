# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A client and a server with a wire between them that delays segments and loses them on command. To be sourced after
# lib.sh. On its way to the server (12) a segment passes the client's eth0, is delayed or lost, and passes the server's
# eth0; on the way back (21) in the opposite order.

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
	lab_wire_commanded wire w1 w2 "$1"
	for host in client server; do
		peer_start $host
	done
}

lab_wire_commanded() { # HOST IFNAME1 IFNAME2 DELAY-MS: by `wire`
	mkfifo "$LAB_DIR/wire.in" "$LAB_DIR/wire.out"
	ip netns exec "$LAB-$1" "$BUILD/wire" --control --delay-ms "$4" "$2" "$3" <"$LAB_DIR/wire.in" >"$LAB_DIR/wire.out" &
	lab_pids+=($!)
	exec {wire_in}>"$LAB_DIR/wire.in" {wire_out}<"$LAB_DIR/wire.out"
	wire_answers ready
}

wire_answers() { # WORD
	local answer
	read -r -t 10 answer <&"$wire_out" || answer=nothing
	[ "$answer" = "$1" ] || fail "the wire answered '$answer', not '$1'"
}

# COMMAND...: commands of wire --control. They take effect together because they are one line: bash writes each line by
# itself, and a segment may come in between.
wire() {
	echo "$*" >&"$wire_in"
	wire_answers ok
}
