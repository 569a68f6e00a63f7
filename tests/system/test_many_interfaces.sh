#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# 256 interfaces in one instance: each is tracked, status shows each, nothing is left after detach. More are refused.
. tests/system/lib/lib.sh

lab_begin
lab_pair
for ((i = 0; i < 128; i++)); do
	echo "link add a$i type veth peer name b$i"
	echo "link set a$i up"
done >"$LAB_DIR/links"
ip -n "$LAB-server" -batch "$LAB_DIR/links"
interfaces=(eth0)
for ((i = 0; i < 128; i++)); do
	interfaces+=("a$i" "b$i")
done
outcome 2 synscope attach "${interfaces[@]}" --name "$LAB-many" --netns "$LAB-server"
outcome 1 synscope attach --all --netns "$LAB-server"
says '--all finds more than 256 interfaces, .* --except PATTERN'
attach many "${interfaces[@]:0:256}" --netns "$LAB-server" --direction both
instance_status many | jq -e '.interfaces | length == 256 and all(.state == "up" and .xdp != null and .egress != null)' ||
	fail "status: $(instance_status many)"
must peer server l listen $server4 80
must peer client c connect $server4 80 48001
must peer server a accept l
flow_must many 48001 '.ifname == "eth0" and .client.state == "ESTABLISHED"'
detach many
for it in eth0 a0 b126; do
	nothing_attached server $it
done
