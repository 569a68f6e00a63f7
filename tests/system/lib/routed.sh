# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A client and a server with a router between them. To be sourced after lib.sh.
#
#   client 10.0.0.1 eth0 ---- eth0 router eth1 ---- eth0 server 10.1.0.2
#          fd00::1                                              fd01::2
#
# The router is 10.0.0.254 and fd00::fe for the client.

# shellcheck disable=SC2034 # for the tests
readonly far4=10.1.0.2 far6=fd01::2 router4=10.0.0.254 router6=fd00::fe

lab_routed_pair() {
	lab_host client router server
	lab_link client eth0 router eth0
	lab_link router eth1 server eth0
	lab_address client eth0 $client4/24 $client6/64
	lab_address router eth0 $router4/24 $router6/64
	lab_address router eth1 10.1.0.254/24 fd01::fe/64
	lab_address server eth0 $far4/24 $far6/64
	lab_neighbour client eth0 "$(lab_mac router eth0)" $router4 $router6
	lab_neighbour router eth0 "$(lab_mac client eth0)" $client4 $client6
	lab_neighbour router eth1 "$(lab_mac server eth0)" $far4 $far6
	lab_neighbour server eth0 "$(lab_mac router eth1)" 10.1.0.254 fd01::fe
	on router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$LAB-client" route add default via $router4
	ip -n "$LAB-client" -6 route add default via $router6
	ip -n "$LAB-server" route add default via 10.1.0.254
	ip -n "$LAB-server" -6 route add default via fd01::fe
	peer_start client
	peer_start server
}
