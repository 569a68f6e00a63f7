#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The ways in which an attempt can fail are distinguished, and shown afterwards.
. tests/system/lib/lib.sh

refuse() { # SERVER-IP CLIENT-PORT
	! peer client c connect "$1" 81 "$2" || fail "connected to a port where nothing listens"
	[ "$PEER_REPLY" = ECONNREFUSED ] || fail "not refused: $PEER_REPLY"
	flow_must life "$2" '.outcome == "refused" and .client.state == "CLOSED" and .server.state == "CLOSED"
		and .conn_state == "REJ" and .handshake.syn_to_synack_ns == null and .handshake.handshake_ns == null'
}

attempt_in_vain() { # SERVER-IP CLIENT-PORT
	must peer client c start "$1" 80 "$2"
	flow_must life "$2" '.outcome == "opening" and .client.state == "SYN_SENT" and .server.state == "LISTEN"
		and .conn_state == "S0"'
	must peer client c close
	flow_must life "$2" '.outcome == "unanswered" and .client.state == "CLOSED" and .server.state == "CLOSED"'
}

answer_in_vain() { # SERVER-IP CLIENT-PORT
	client_hears no
	must peer client c start "$1" 80 "$2"
	flow_must life "$2" '.client.state == "SYN_SENT" and .server.state == "SYN_RECEIVED"'
	must peer client c close
	flow_must life "$2" '.outcome == "half_open" and .handshake.syn_to_synack_ns > 0
		and .handshake.synack_to_ack_ns == null'
	client_hears yes
}

lab_begin
lab_pair
# The server does not repeat its SYN/ACK; that would make the wait for the timeout long.
on server sysctl -qw net.ipv4.tcp_synack_retries=0
attach life eth0 --netns "$LAB-server" --timeout syn_sent=2 --timeout syn_received=2
must peer server l listen $server4 80
must peer server l6 listen $server6 80
refuse $server4 41001
refuse $server6 41002
attempt_in_vain $nobody4 41003
attempt_in_vain $nobody6 41004
answer_in_vain $server4 41005
