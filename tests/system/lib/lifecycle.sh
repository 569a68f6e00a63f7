# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The whole life of connections between two hosts, one segment at a time: at each step both kernels and synscope show
# the same states. To be sourced after lib.sh, by one test for each address family.

# Opens a connection from port $2, with the sockets `c` on the client and `a` on the server.
establish() { # SERVER-IP CLIENT-PORT
	must peer client c connect "$1" 80 "$2"
	must peer server a accept l
}

handshake_step_by_step() { # CLIENT-IP SERVER-IP
	connection_is life "$1" 40001 "$2" 80
	server_hears no
	must peer client c start "$2" 80 40001
	agree SYN_SENT LISTEN
	client_hears no
	server_hears yes
	agree SYN_SENT SYN_RECEIVED
	client_hears yes
	agree ESTABLISHED ESTABLISHED
	must peer server a accept l
	must peer client c send 1000
	must peer server a recv 1000
	must peer server a send 30000
	must peer client c recv 30000
	must peer client c acked
	must peer server a acked
	flow_must life 40001 '.client.payload_bytes == 1000 and .server.payload_bytes == 30000'
	flow_must life 40001 '.handshake.syn_retransmits > 0 and .origin == "handshake" and .outcome == "open"'
}

closed_by_client() {
	server_hears no
	must peer client c close
	agree FIN_WAIT_1 ESTABLISHED
	server_hears yes
	agree FIN_WAIT_2 CLOSE_WAIT
	client_hears no
	must peer server a close
	agree FIN_WAIT_2 LAST_ACK
	client_hears yes
	agree TIME_WAIT CLOSED
	flow_must life 40001 '.outcome == "closed"'
}

closed_by_server() { # CLIENT-IP SERVER-IP
	connection_is life "$1" 40002 "$2" 80
	establish "$2" 40002
	agree ESTABLISHED ESTABLISHED
	must peer server a close
	agree CLOSE_WAIT FIN_WAIT_2
	must peer client c close
	agree CLOSED TIME_WAIT
	flow_must life 40002 '.outcome == "closed"'
}

closed_by_both() { # CLIENT-IP SERVER-IP
	connection_is life "$1" 40003 "$2" 80
	establish "$2" 40003
	server_hears no
	client_hears no
	must peer client c close
	must peer server a close
	agree FIN_WAIT_1 FIN_WAIT_1
	server_hears yes
	client_hears yes
	agree TIME_WAIT TIME_WAIT
	flow_must life 40003 '.outcome == "closed"'
}

half_closed() { # CLIENT-IP SERVER-IP
	connection_is life "$1" 40004 "$2" 80
	establish "$2" 40004
	must peer client c shutdown
	must peer server a recv 0
	agree FIN_WAIT_2 CLOSE_WAIT
	must peer server a send 5000
	must peer client c recv 5000
	agree FIN_WAIT_2 CLOSE_WAIT
	flow_must life 40004 '.server.payload_bytes == 5000 and .outcome == "closing"'
	must peer client c close
	must peer server a close
	agree TIME_WAIT CLOSED
}

reset() { # CLIENT-IP SERVER-IP
	connection_is life "$1" 40005 "$2" 80
	establish "$2" 40005
	must peer client c reset
	agree CLOSED CLOSED
	flow_must life 40005 '.outcome == "reset_by_client" and .client.rst == 1'
	must peer server a close
	connection_is life "$1" 40006 "$2" 80
	establish "$2" 40006
	must peer server a reset
	agree CLOSED CLOSED
	flow_must life 40006 '.outcome == "reset_by_server" and .server.rst == 1'
	must peer client c close
}

whole_life() { # CLIENT-IP SERVER-IP
	lab_begin
	lab_pair
	attach life eth0 --netns "$LAB-server"
	must peer server l listen "$2" 80
	handshake_step_by_step "$@"
	closed_by_client
	closed_by_server "$@"
	closed_by_both "$@"
	half_closed "$@"
	reset "$@"
	detach life
}
