#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Connections over real tunnels, seen at the interface below them: followed with --decap, counted by kind without. A
# kind whose device this kernel does not have is left out, and named.
. tests/system/lib/lib.sh

missing=''

# A device on both hosts, with an address of 10.N.0.0/24 and fdN::/64; words of ARGUMENTS: LOCAL and REMOTE stand for
# the outer addresses.
add_tunnel() { # KIND N ARGUMENT...
	local host here remote words
	for host in client server; do
		here=192.0.2.1 remote=192.0.2.2
		[ $host = client ] || { here=192.0.2.2 remote=192.0.2.1; }
		words=" ${*:3}"
		words=${words//LOCAL/$here}
		# shellcheck disable=SC2086 # words
		if ! ip -n "$LAB-$host" link add "t$2" ${words//REMOTE/$remote} 2>/dev/null; then
			missing+=" $1"
			return 1
		fi
		ip -n "$LAB-$host" link set "t$2" up
		lab_address $host "t$2" "10.$2.0.${here##*.}/24"
	done
}

connection_in() { # KIND N CLIENT-PORT TUNNEL
	local name
	must peer server l listen "10.$2.0.2" 80
	must peer client c connect "10.$2.0.2" 80 "$3"
	must peer server a accept l
	must peer client c send 1000
	must peer server a recv 1000
	for name in client server; do
		flow_must $name "$3" ".tunnel == $4 and .outcome == \"open\" and .client.payload_bytes == 1000
			and .client.state == \"ESTABLISHED\" and .server.state == \"ESTABLISHED\""
	done
	[ -n "$(synscope list -o jsonl --name "$LAB-client" tunnel "$1" and port "$3")" ] ||
		fail "the filter does not find what is in $1"
	close_in_turn client c server a
	for name in client server; do
		flow_must $name "$3" '.outcome == "closed" and .client.state == "TIME_WAIT"'
	done
	must peer server l close
}

not_followed() { # KIND: how many packets `plain` has counted
	synscope status --name "$LAB-plain" -o jsonl | jq ".not_followed.$1"
}

lab_begin
lab_pair
lab_address client eth0 192.0.2.1/24
lab_address server eth0 192.0.2.2/24
attach client eth0 --netns "$LAB-client" --decap all
attach server eth0 --netns "$LAB-server" --decap all
tunnels=0
one() { # KIND N CLIENT-PORT TUNNEL ARGUMENT...
	add_tunnel "$1" "$2" "${@:5}" || return 0
	connection_in "${@:1:4}"
	tunnels=$((tunnels + 1))
}
outer='"src": "192.0.2.1", "dst": "192.0.2.2"'
one vxlan 71 44071 "[{\"kind\": \"vxlan\", \"id\": 42, $outer}]" type vxlan id 42 local LOCAL remote REMOTE dstport 4789
one gre 72 44072 "[{\"kind\": \"gre\", \"id\": 7, $outer}]" type gre local LOCAL remote REMOTE key 7
one gre 73 44073 "[{\"kind\": \"gre\", \"id\": 8, $outer}]" type gretap local LOCAL remote REMOTE key 8
one ipip 74 44074 "[{\"kind\": \"ipip\", \"id\": null, $outer}]" type ipip local LOCAL remote REMOTE
one geneve 75 44075 "[{\"kind\": \"geneve\", \"id\": 43, $outer}]" type geneve id 43 remote REMOTE
[ $tunnels -gt 0 ] || skip "this kernel has no devices for tunnels"

# Without --decap, a line names the option.
synscope detach "$LAB-client" >/dev/null
attach plain eth0 --netns "$LAB-client"
for kind in 71:vxlan 72:gre 74:ipip 75:geneve; do
	case $missing in *"${kind#*:}"*) continue ;; esac
	on client ping -c 1 -W 1 "10.${kind%:*}.0.2" >/dev/null 2>&1 || true
	wait_for 10 eval "[ \"\$(not_followed ${kind#*:})\" -gt 0 ]"
	carried=10.${kind%:*}.0.2
done
synscope status --name "$LAB-plain" 2>&1 >/dev/null | grep -q -- '--decap ' || fail "nobody says which --decap it takes"
outcome 0 synscope list --name "$LAB-plain"
says "$LAB-plain: no flow, but packets in tunnels that are not followed .*--decap "
outcome 0 synscope list --name "$LAB-plain" -o json
[ "$(cat "$LAB_DIR/out")" = '[]' ] || fail "the message is in the data: $(cat "$LAB_DIR/out")"
detach plain
lab_background "$LAB_DIR/run" "$BUILD/synscope" run eth0 --netns "$LAB-client" --max-flows 4096
told_by_run() {
	on client ping -c 1 -W 1 "$carried" >/dev/null 2>&1
	grep -q 'no flow, but packets in tunnels.*--decap ' "$LAB_DIR/run"
}
wait_for 20 told_by_run || fail "run does not say which --decap it takes: $(cat "$LAB_DIR/run")"
[ -z "$missing" ] || echo "left out, because this kernel has no device for it:$missing" >&2
