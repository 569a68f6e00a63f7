#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A network namespace by name and by process, and from within `ip netns exec`, which is refused: its private /sys would
# hide the pins.
. tests/system/lib/lib.sh

lab_begin
lab_pair
must peer server l listen $server4 80
outcome 1 ip netns exec "$LAB-server" "$BUILD/synscope" attach eth0 --name "$LAB-inside"
says '--netns'
outcome 1 ip netns exec "$LAB-server" "$BUILD/synscope" list
says '--netns'
nothing_attached server eth0

lab_background /dev/null ip netns exec "$LAB-server" sleep infinity
server_pid=$!
wait_for 5 test "/proc/$server_pid/ns/net" -ef "/run/netns/$LAB-server" || fail "no process in the namespace"
for netns in "$LAB-server" "$server_pid" "/run/netns/$LAB-server"; do
	attach in eth0 --netns "$netns"
	instance_status in | jq -e --arg netns "$netns" '.netns == $netns' || fail "status: $(instance_status in)"
	must peer client c connect $server4 80 48001
	must peer server a accept l
	flow_must in 48001 '.client.state == "ESTABLISHED" and .ifname == "eth0"'
	must peer client c reset
	must peer server a close
	detach in
	nothing_attached server eth0
done

outcome 1 synscope attach eth0 --netns /etc/passwd
says 'is not a network namespace'
outcome 1 synscope attach eth0 --netns "/run/netns/$LAB-none"
says 'no such file'

# A renamed interface is shown with its new name, a deleted one as gone, with its flows still listed. (The second
# interface keeps the instance from removal by another attach.)
lab_link client spare0 server spare0
attach in eth0 spare0 --direction both --netns "$LAB-server"
must peer client c connect $server4 80 48002
must peer server a accept l
ip -n "$LAB-server" link set eth0 down
ip -n "$LAB-server" link set eth0 name lan0
flow_must in 48002 '.ifname == "lan0"'
ip -n "$LAB-server" link delete lan0
flow_must in 48002 '.client.state == "ESTABLISHED"'
instance_status in | jq -e '.interfaces[0].state == "gone" and .interfaces[1].state != "gone"' || fail "not gone: $(instance_status in)"
outcome 0 synscope status --name "$LAB-in"
grep -q gone "$LAB_DIR/out" || fail "status does not say gone"

# When its last interface is deleted, the next attach removes it.
ip -n "$LAB-server" link delete spare0
lab_link client eth0 server eth0
attach next eth0 --netns "$LAB-server"
[ -z "$(pins in)" ] || fail "an instance whose interfaces are gone is still there"
detach next
[ -z "$(pins next)" ] || fail "pins are left"
