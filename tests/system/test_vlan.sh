#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Connections over VLAN devices, single and stacked, seen at the interface below them, if this kernel has VLANs.
. tests/system/lib/lib.sh

add_vlan() { # HOST LOWER ID PROTOCOL ADDRESS...
	local upper="$2.$3"
	ip -n "$LAB-$1" link add link "$2" name "$upper" type vlan id "$3" protocol "$4" || return
	ip -n "$LAB-$1" link set "$upper" up
	lab_address "$1" "$upper" "${@:5}"
}

connection_over() { # SERVER-IP CLIENT-PORT VLANS
	local name
	must peer server l listen "$1" 80
	must peer client c connect "$1" 80 "$2"
	must peer server a accept l
	must peer client c send 1000
	must peer server a recv 1000
	for name in client server; do
		flow_must $name "$2" ".vlan == $3 and .outcome == \"open\" and .client.payload_bytes == 1000
			and .client.state == \"ESTABLISHED\" and .server.state == \"ESTABLISHED\""
	done
	close_in_turn client c server a
	for name in client server; do
		flow_must $name "$2" '.outcome == "closed" and .client.state == "TIME_WAIT"'
	done
	must peer server l close
}

lab_begin
lab_pair
add_vlan client eth0 100 802.1Q 10.1.0.1/24 fd01::1/64 2>/dev/null || skip "this kernel has no VLAN devices"
add_vlan server eth0 100 802.1Q 10.1.0.2/24 fd01::2/64
add_vlan client eth0 200 802.1ad
add_vlan server eth0 200 802.1ad
add_vlan client eth0.200 300 802.1Q 10.2.0.1/24 fd02::1/64
add_vlan server eth0.200 300 802.1Q 10.2.0.2/24 fd02::2/64
# XDP cannot see a tag that the link passes on beside the frame.
for host in client server; do
	on $host ethtool -K eth0 txvlan off tx-vlan-stag-hw-insert off >/dev/null
done
attach client eth0 --netns "$LAB-client"
attach server eth0 --netns "$LAB-server"
connection_over 10.1.0.2 44001 '[100]'
connection_over fd01::2 44002 '[100]'
connection_over 10.2.0.2 44003 '[200, 300]'
connection_over fd02::2 44004 '[200, 300]'
