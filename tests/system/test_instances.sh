#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Two instances at once: each has its own flows, and one is detached without an effect on the other.
. tests/system/lib/lib.sh

both_list() {
	[ "$(synscope list -o jsonl | jq -r --arg lab "$LAB-" 'select(.client.port == 45001) | .instance' |
		grep "^$LAB-" | sort | xargs)" = "$LAB-one $LAB-two" ]
}

lab_begin
lab_pair
must peer server l listen $server4 80
attach one eth0 --netns "$LAB-client"
attach two eth0 --netns "$LAB-server"
must peer client c connect $server4 80 45001
must peer server a accept l
flow_must one 45001 '.client.state == "ESTABLISHED"'
flow_must two 45001 '.client.state == "ESTABLISHED"'
wait_for 5 both_list || fail "list without --name does not show both: $(synscope list -o jsonl)"

# The interface's name alone is ambiguous.
outcome 1 synscope detach eth0
says "$LAB-one"
says "$LAB-two"

detach one
nothing_attached client eth0
close_in_turn client c server a
flow_must two 45001 '.client.state == "TIME_WAIT"'
outcome 1 synscope list --name "$LAB-one"
says "$LAB-one"
detach two
nothing_attached server eth0
