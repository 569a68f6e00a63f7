#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Native XDP, generic XDP and tc see the same: states, bytes and segments, including super-packets.
. tests/system/lib/lib.sh

transfer() { # PORT
	must peer client c connect $server4 80 "$1"
	must peer server a accept l
	for _ in 1 2 3 4; do # no more than the receive buffer holds
		must peer client c send 50000
		must peer server a recv 50000
	done
	for _ in 1 2; do
		must peer server a send 50000
		must peer client c recv 50000
	done
	close_in_turn client c server a
}

retransmitted() { # HOST: the number of segments so far that its kernel has retransmitted
	on "$1" nstat -asz TcpRetransSegs | awk '$1 == "TcpRetransSegs" { print $2 }'
}

counted() { # PORT CLIENT-RETRANSMITS SERVER-RETRANSMITS: these are upper limits; a busy machine has some
	flow_must mode "$1" '.client.payload_bytes == 200000 and .server.payload_bytes == 100000
		and .client.state == "TIME_WAIT" and .outcome == "closed" and .ifname == "eth0"
		and .client.syn == 1 and .server.syn == 1 and .client.fin == 1 and .server.fin == 1
		and .client.retransmits <= '"$2"' and .server.retransmits <= '"$3"'
		and .client.packets >= 200000 / 1460 and .server.packets >= 100000 / 1460
		and .client.bytes >= 200000 + 40 * (.client.packets - 1) and (.anomalies | add) == 0'
}

one_cpu() { # on several CPUs a sender can reorder its own segments, which an observer takes for retransmissions
	local allowed
	allowed=$(taskset -pc $$)
	taskset -pc "$(sed -E 's/.*: ([0-9]+).*/\1/' <<<"$allowed")" $$ >/dev/null
}

lab_begin
one_cpu
lab_pair
must peer server l listen $server4 80
port=42000
for mode in native generic tc auto; do
	attach mode eth0 --netns "$LAB-server" --mode $mode
	interface=$(instance_status mode | jq -c '.interfaces[0]')
	case $mode in
	native | auto) shown=native ;;
	generic) shown=generic ;;
	tc) shown= ;;
	esac
	if [ -n "$shown" ]; then
		jq -e --arg shown "$shown" '.xdp == $shown' <<<"$interface" || fail "$mode: status says $interface"
		interface_programs server eth0 | grep '^xdp ' >/dev/null || fail "$mode: no XDP program"
	else
		! interface_programs server eth0 | grep '^xdp ' >/dev/null || fail "tc: there is an XDP program"
	fi
	client_before=$(retransmitted client) server_before=$(retransmitted server)
	transfer $((++port))
	counted $port $(($(retransmitted client) - client_before)) $(($(retransmitted server) - server_before))
	detach mode
	nothing_attached server eth0
done
