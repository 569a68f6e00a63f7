#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A host's view, XDP on ingress and tc on egress of one interface, and a router's, XDP on two interfaces: both see each
# segment once.
. tests/system/lib/lib.sh

once() { # NAME PORT
	flow_must "$1" "$2" '.client.syn == 1 and .server.syn == 1 and .client.payload_bytes == 700
		and .server.payload_bytes == 900 and .client.retransmits == 0 and .server.retransmits == 0
		and .one_way == false and .client.state == "ESTABLISHED" and .server.state == "ESTABLISHED"'
}

lab_begin
lab_host client router server
lab_link client eth0 router r0
lab_link router r1 server eth0
lab_address client eth0 10.0.1.1/24
lab_address router r0 10.0.1.254/24
lab_address router r1 10.0.2.254/24
lab_address server eth0 10.0.2.1/24
ip -n "$LAB-client" route add default via 10.0.1.254
ip -n "$LAB-server" route add default via 10.0.2.254
on router sysctl -qw net.ipv4.ip_forward=1
peer_start client
peer_start server
must peer server l listen 10.0.2.1 80

attach host eth0 --netns "$LAB-server"
attach router r0 r1 --netns "$LAB-router"
interfaces=$(instance_status router | jq -c '.interfaces')
jq -e 'map(.ifname) == ["r0", "r1"]' <<<"$interfaces" || fail "status of the router: $interfaces"
on router "$BUILD/bpf_helper" query r0 | grep . && fail "the router's view has a tc program"

must peer client c connect 10.0.2.1 80 46001
must peer server a accept l
must peer client c send 700
must peer server a recv 700
must peer server a send 900
must peer client c recv 900
once host 46001
once router 46001
detach host
detach router
nothing_attached router r0
nothing_attached router r1
nothing_attached server eth0
