# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A host and the services that it uses, some of which have a fault. To be sourced after lib.sh.
#
#   host 10.0.0.2 eth0 ---- eth0 router eth1 ---- 1 ms ---- near 10.1.0.2
#                                       eth2 --- 20 ms ---- far 10.2.0.2
#
# The router drops what is for $lost4, and answers what is for $unreachable4 with ICMP unreachable. Host and router are
# machines.

. tests/system/lib/machine.sh

readonly host4=10.0.0.2 near4=10.1.0.2 far4=10.2.0.2 lost4=10.1.0.99 unreachable4=10.3.0.7

services_link() { # SERVER NUMBER DELAY-MS: 10.NUMBER.0.2, behind eth NUMBER of the router and a wire
	lab_link router "eth$2" wires "w$2"
	lab_link wires "w$2-far" "$1" eth0
	lab_wire wires "w$2" "w$2-far" "$3"
	lab_address router "eth$2" "10.$2.0.1/24"
	lab_address "$1" eth0 "10.$2.0.2/24"
	lab_neighbour router "eth$2" "$(lab_mac "$1" eth0)" "10.$2.0.2"
	lab_neighbour "$1" eth0 "$(lab_mac router "eth$2")" "10.$2.0.1"
	ip -n "$LAB-$1" route add default via "10.$2.0.1"
	peer_start "$1"
}

services_lab() {
	lab_host host router wires near far
	lab_silent host router wires near far
	lab_link host eth0 router eth0
	lab_address host eth0 $host4/24
	lab_address router eth0 10.0.0.1/24
	lab_neighbour host eth0 "$(lab_mac router eth0)" 10.0.0.1
	lab_neighbour router eth0 "$(lab_mac host eth0)" $host4
	ip -n "$LAB-host" route add default via 10.0.0.1
	on router sysctl -qw net.ipv4.ip_forward=1
	services_link near 1 1
	services_link far 2 20
	ip -n "$LAB-router" route add unreachable $unreachable4
	router_loses $lost4
	peer_start host
	machine host
	machine router
}

router_loses() { # ADDRESS: drop packets for it from now on
	ip -n "$LAB-router" route add blackhole "$1"
}

router_finds() { # ADDRESS: forward packets for it again
	ip -n "$LAB-router" route del blackhole "$1"
}

# SERVER PORT COUNT BYTES: open the connections PORT-1, PORT-2 and so on, and hold them open, each after an answer of
# BYTES bytes.
serve() {
	local address=${1}4 name n
	must peer "$1" "listen-$2" listen "${!address}" "$2"
	for ((n = 1; n <= $3; n++)); do
		name="$2-$n"
		must peer host "$name" connect "${!address}" "$2"
		must peer "$1" "$name" accept "listen-$2"
		must peer host "$name" send 120
		must peer "$1" "$name" recv 120
		must peer "$1" "$name" send "$4"
		must peer host "$name" recv "$4"
	done
}

in_vain() { # ADDRESS PORT ERROR: a connection attempt must fail with the error, as the host's socket reports it
	! peer host vain connect "$1" "$2" || fail "$1 port $2 was connected"
	[ "$PEER_REPLY" = "$3" ] || fail "$1 port $2: $PEER_REPLY, not $3"
}
