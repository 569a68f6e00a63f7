#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# On a loopback interface egress and ingress are the same segments: they are seen once.
. tests/system/lib/lib.sh

lab_begin
lab_host client
peer_start client
outcome 1 synscope attach lo --netns "$LAB-client" --name "$LAB-lo" --direction both
says 'loopback'
nothing_attached client lo
for address in 127.0.0.1 ::1; do
	attach lo lo --netns "$LAB-client"
	must peer client l listen $address 80
	must peer client c connect $address 80 43001
	must peer client a accept l
	must peer client c send 100
	must peer client a recv 100
	flow_must lo 43001 '.client.state == "ESTABLISHED" and .server.state == "ESTABLISHED"
		and .client.syn == 1 and .server.syn == 1 and .client.payload_bytes == 100
		and .client.retransmits == 0 and .handshake.syn_retransmits == 0 and .ifname == "lo"'
	for socket in c a l; do
		must peer client $socket close
	done
	detach lo
done
