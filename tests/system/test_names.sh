#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Interfaces and instances with unusual names: bpffs refuses a dot, and a slash would be part of a path.
. tests/system/lib/lib.sh

lab_begin
lab_pair
must peer server l listen $server4 80
ip -n "$LAB-server" link set eth0 down
ip -n "$LAB-server" link set eth0 name eth0.100
ip -n "$LAB-server" link set eth0.100 up
lab_neighbour server eth0.100 "$client_mac" $client4

# Without --name the name is NETNS:IFACE.
default_name="$LAB-server:eth0.100"
lab_instances+=("$default_name")
outcome 0 synscope attach eth0.100 --netns "$LAB-server"
must peer client c connect $server4 80 44001
must peer server a accept l
wait_for 5 eval "synscope list --name '$default_name' -o jsonl | jq -e '.client.state == \"ESTABLISHED\"' >/dev/null" ||
	fail "no flow: $(synscope list --name "$default_name" -o jsonl)"
synscope list --name "$default_name" -o jsonl |
	jq -e --arg name "$default_name" '.instance == $name and .ifname == "eth0.100"' || fail "wrong names"
outcome 0 synscope detach "$default_name"
nothing_attached server eth0.100

for name in "$LAB-a.b" "$LAB-a%b" "$LAB-a:b" "$LAB-a/b"; do
	lab_instances+=("$name")
	outcome 0 synscope attach eth0.100 --netns "$LAB-server" --name "$name"
	synscope status -o json | jq -e --arg name "$name" 'any(.[]; .name == $name)' || fail "status has no '$name'"
	outcome 0 synscope detach "$name"
done
nothing_attached server eth0.100
for name in "$LAB-a b" "" "$(printf 'n%.0s' {1..64})"; do
	lab_instances+=("$name")
	outcome 2 synscope attach eth0.100 --netns "$LAB-server" --name "$name"
	says '--name'
done
nothing_attached server eth0.100
[ -z "$(find /sys/fs/bpf/synscope -name "*$LAB*" 2>/dev/null)" ] || fail "pins are left"
