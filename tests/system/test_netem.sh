#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Delay, loss and reordering by the kernel's netem, if this kernel has it.
# exclusive: it measures time
. tests/system/lib/lib.sh
# shellcheck source=lib/witnessed.sh
. tests/system/lib/witnessed.sh

readonly delay_ms=50 most_ns=10000000000

shape() { # NETEM-OPTION...: for what both hosts send
	netem client eth0 "$@"
	netem server eth0 "$@"
}

# The client's end sees its SYN answered after a round trip, the server's end its SYN/ACK. Never after less; how much
# more depends on the machine.
delayed() { # SERVER-IP CLIENT-PORT
	must peer client c connect "$1" 80 "$2"
	must peer server a accept l
	flow_must crowd "$2" ".handshake.synack_to_ack_ns | . >= 2e6 * $delay_ms and . < $most_ns"
	flow_must client "$2" ".handshake.syn_to_synack_ns | . >= 2e6 * $delay_ms and . < $most_ns"
	close_in_turn client c server a
	flow_must client "$2" '.outcome == "closed" and .client.state == "TIME_WAIT"'
}

lab_begin
need_netem
lab_pair
attach client eth0 --netns "$LAB-client" --timeout closed=600 --timeout time_wait=600
attach crowd eth0 --netns "$LAB-server" --timeout closed=600 --timeout time_wait=600
shape delay ${delay_ms}ms
must peer server l listen $server4 80
delayed $server4 43001
must peer server l close
must peer server l listen $server6 80
delayed $server6 43002
detach client
detach crowd
attach crowd eth0 --netns "$LAB-server" --timeout closed=600 --timeout time_wait=600
shape delay 5ms 3ms loss 3% reorder 20% duplicate 1%
# Enough connections for some of each kind, but no more than end within the kernel's TIME_WAIT.
witnessed_crowd $((${TEST_PATIENCE:-1} > 1 ? 6 : 12)) lossy
echo "delay measured; lossy crowd in $crowd_ms ms; final states of its sockets, all the same: $(states_summary)"
