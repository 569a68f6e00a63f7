#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `attach --upgrade` replaces the programs of a live instance: the flows and what is known about them stay.
. tests/system/lib/lib.sh

programs() {
	instance_ids up server eth0 | grep '^prog'
}

lab_begin
lab_pair
must peer server l listen $server4 80
outcome 1 synscope attach --upgrade "$LAB-up"
says "$LAB-up"
for mode in native tc; do
	attach up eth0 --netns "$LAB-server" --mode $mode
	must peer client c connect $server4 80 52001
	must peer server a accept l
	must peer client c send 100
	must peer server a recv 100
	flow_must up 52001 '.client.payload_bytes == 100'
	before=$(programs)
	outcome 0 synscope attach --upgrade "$LAB-up"
	[ "$(only_in_second "$before" "$(programs)")" = "$(programs)" ] || fail "$mode: the programs are the same: $before"
	must peer client c send 50
	must peer server a recv 50
	must peer client c close
	flow_must up 52001 '.client.payload_bytes == 150 and .client.syn == 1 and .incarnation == 1
		and .client.state == "FIN_WAIT_2" and .handshake.handshake_ns > 0'
	wait_for 5 fin_is_acknowledged client || fail "the FIN is not acknowledged"
	must peer server a close
	flow_must up 52001 '.client.state == "TIME_WAIT" and .server.state == "CLOSED"'
	detach up
	nothing_attached server eth0
done
