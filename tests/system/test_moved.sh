#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# An interface that is moved to another network namespace is tracked there: status says where it is, and a second attach
# there names the instance.
. tests/system/lib/lib.sh

lab_begin
lab_pair
lab_host other
must peer server l listen $server4 80
attach in eth0 --netns "$LAB-server"
must peer client c connect $server4 80 48001
must peer server a accept l
instance_status in | jq -e '.interfaces[0].netns == null' || fail "moved already: $(instance_status in)"

ip -n "$LAB-server" link set eth0 netns "$LAB-other" name lan7
instance_status in | jq -e --arg netns "$LAB-other" \
	'.interfaces[0] | .netns == $netns and .ifname == "lan7" and .state == "up"' || fail "status: $(instance_status in)"
outcome 0 synscope status --name "$LAB-in"
grep -q "lan7.*now in netns $LAB-other" "$LAB_DIR/out" || fail "status does not say where it is: $(cat "$LAB_DIR/out")"
flow_must in 48001 '.ifname == "lan7" and .ifstate == "up"'

outcome 1 synscope attach lan7 --name "$LAB-again" --netns "$LAB-other"
says "lan7 is in the instance '$LAB-in' already"

# A namespace without a name is found through a process that is in it.
lab_background /dev/null unshare --net sleep infinity
nameless=$!
wait_for 5 nsenter --net="/proc/$nameless/ns/net" true || fail "no namespace"
wait_for 5 bash -c "[ /proc/$nameless/ns/net -ef /proc/self/ns/net ] && exit 1 || exit 0" || fail "no other namespace"
ip -n "$LAB-other" link set lan7 netns "$nameless"
instance_status in | jq -e --arg netns "net:[$(stat -L -c %i "/proc/$nameless/ns/net")]" '.interfaces[0].netns == $netns' ||
	fail "status: $(instance_status in)"

# An interface that was moved can be detached.
detach in
nsenter --net="/proc/$nameless/ns/net" ip -j link show lan7 | jq -e '.[0].xdp == null' || fail "XDP is left"
