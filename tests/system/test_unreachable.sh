#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A router answers by ICMP in place of the server: every output shows who answered and why, and filters find it.
. tests/system/lib/lib.sh
# shellcheck source=lib/routed.sh
. tests/system/lib/routed.sh

ports=49000

# ADDRESS BY TYPE CODE REASON: an attempt to connect fails for that reason, at the client and at the router
refused() {
	local name
	ports=$((ports + 1))
	must peer client "c$ports" start "$1" 80 $ports
	for name in client router; do
		flow_must $name $ports ".outcome == \"unreachable\" and .client.state == \"SYN_SENT\" and .unreachable ==
			{\"by\": \"$2\", \"type\": $3, \"code\": $4, \"reason\": \"$5\"}"
	done
	outcome 0 synscope show "$(flow client $ports | jq -r .id)" --name "$LAB-client"
	grep -qE "unreachable +$5, by $2 \(ICMP(v6)? type $3 code $4\)" "$LAB_DIR/out" ||
		fail "show does not say why: $(cat "$LAB_DIR/out")"
}

found() { # COUNT FILTER
	local count
	count=$(synscope list --all --name "$LAB-client" -o json "$2" | jq length)
	[ "$count" -eq "$1" ] || fail "'$2' finds $count flows, not $1"
}

far_away() { # the client's packets reach the router and no host behind it
	on client sysctl -qw net.ipv4.ip_default_ttl=1 net.ipv6.conf.eth0.hop_limit=1
}

lab_begin
lab_routed_pair
on router sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
attach client eth0 --netns "$LAB-client" --timeout closed=600
attach router eth0 --netns "$LAB-router" --timeout closed=600
ip -n "$LAB-router" route add prohibit 10.9.1.0/24
ip -n "$LAB-router" route add unreachable 10.9.2.0/24
ip -n "$LAB-router" route add prohibit fd09:1::/64
refused 10.9.1.7 $router4 3 13 admin_prohibited
refused 10.9.2.7 $router4 3 1 host
refused 10.9.3.7 $router4 3 0 net # there is no route
refused fd09:1::7 $router6 1 1 admin_prohibited
refused fd09:2::7 $router6 1 0 net
far_away
refused $far4 $router4 11 0 ttl_exceeded
refused $far6 $router6 3 0 ttl_exceeded

found 7 'outcome unreachable'
found 4 "unreachable by $router4"
found 3 "unreachable by fd00::/64"
found 0 "unreachable by $client4"
found 2 'reason admin_prohibited'
found 2 'reason ttl_exceeded and failed'
synscope stats --name "$LAB-client" -o json | jq -e '.[0].unreachable_by_reason |
	.admin_prohibited == 2 and .host == 1 and .net == 2 and .ttl_exceeded == 2 and .port == 0' ||
	fail "stats: $(synscope stats --name "$LAB-client" -o json)"
outcome 0 synscope stats --name "$LAB-client"
grep -q 'unreachable .*admin_prohibited 2' "$LAB_DIR/out" || fail "stats name no reason: $(cat "$LAB_DIR/out")"
