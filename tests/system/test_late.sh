#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A wire swaps two segments: at the receiver, the one that comes late counts as reordered and not as retransmitted.
# What was sent again counts as retransmitted and not as reordered.
. tests/system/lib/lib.sh
# shellcheck source=lib/wired.sh
. tests/system/lib/wired.sh

# INSTANCE CLIENT-PORT SIDE: how many segments of that end count as retransmitted there
retransmits() {
	flow "$1" "$2" ".$3.retransmits"
}

# SENDER CLIENT-PORT: none, unless the machine was so slow that the sender has sent something again
same_retransmits() {
	[ "$(retransmits client "$2" "$1")" = "$(retransmits server "$2" "$1")" ]
}

swapped() { # WAY FROM TO CLIENT-PORT: one segment counts as reordered at TO, and none at FROM
	local from_name=${2:0:1} to_name=${3:0:1}
	wire "swap $1"
	must peer "$2" "$from_name" send 3000
	must peer "$3" "$to_name" recv 3000
	flow_must "$3" "$4" '.anomalies.reordered == 1'
	flow_must "$2" "$4" '.anomalies.reordered == 0'
	wait_for 5 same_retransmits "$2" "$4" || fail "the observers differ in what was sent again"
	flow_must "$3" "$4" ".$2.payload_bytes == 3000"
}

resent() { # CLIENT-PORT: the ACK is lost, so the client sends the same bytes again
	local before
	before=$(retransmits server "$1" client)
	wire "drop 21:ack"
	must peer client c send 100
	must peer server s recv 100
	flow_must server "$1" ".client.retransmits > $before and .anomalies.reordered == 1"
	flow_must client "$1" ".client.retransmits > 0 and .anomalies.reordered == 0"
	wire pass
}

whole() { # SERVER-IP CLIENT-PORT
	must peer server l listen "$1" 80
	must peer client c connect "$1" 80 "$2"
	must peer server s accept l
	swapped 12 client server "$2"
	resent "$2"
	must peer client c reset
	must peer server s close
	# the other way, on a connection of its own
	must peer client c connect "$1" 80 $(($2 + 1))
	must peer server s accept l
	swapped 21 server client $(($2 + 1))
	close_in_turn client c server s
	must peer server l close
}

lab_begin
lab_wired_pair 2
for host in client server; do
	ip -n "$LAB-$host" link set eth0 gso_max_segs 1 # each frame is a segment
	attach $host eth0 --netns "$LAB-$host"
done
whole $server4 46001
whole $server6 46003
