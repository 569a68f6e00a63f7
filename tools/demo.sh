#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# demo.sh [ADDRESS:PORT|--shell]: two hosts, a wire of known delay between them, a dozen real connections, and what
# synscope sees of them in the middle of the wire. With an address, `synscope serve` listens there, and more connections
# follow until Ctrl-C. With --shell there are only the hosts, and a prompt to make connections: docs/tutorial.md.
# Everything is in network namespaces of its own, which are removed at the end.
#
#   client --[ 5 ms ]-- obs0 --[ 10 ms ]-- server        synscope is attached to obs0
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=../tests/system/lib/network.sh
. tests/system/lib/network.sh
# shellcheck source=demo-shell.sh
. tools/demo-shell.sh

readonly client_ms=5 server_ms=10 tolerance_ms=1
readonly client4=10.0.0.1 server4=10.0.0.2 nobody4=10.0.0.99
readonly client6=fd00::1 server6=fd00::2 nobody6=fd00::99
name="demo$$"

die() {
	echo "demo: $*" >&2
	exit 1
}

say() {
	printf '\n%s\n' "$*"
}

shown() { # COMMAND...: print it as the user would type it, then run it
	printf '\n$ sudo %s\n' "$*"
	"$@"
}

build_network() {
	lab_host client middle server
	lab_silent middle
	lab_link client eth0 middle m0
	lab_link middle obs0 middle obs1
	lab_link middle m1 server eth0
	lab_address client eth0 $client4/24 $client6/64
	lab_address server eth0 $server4/24 $server6/64
	# Addresses that no host has are known and lead to the server, which ignores packets that are not for it.
	lab_neighbour client eth0 "$(lab_mac server eth0)" $server4 $server6 $nobody4 $nobody6
	lab_neighbour server eth0 "$(lab_mac client eth0)" $client4 $client6
	lab_wire middle m0 obs0 $client_ms
	lab_wire middle obs1 m1 $server_ms
	peer_start client
	peer_start server
}

must() { # COMMAND...: of peer
	"$@" || die "'$*' failed: $PEER_REPLY"
}

serve() { # NAME ADDRESS PORT: open the connection NAME, accept it, and send a request and an answer
	must peer server "$1-listen" listen "$2" "$3"
	must peer client "$1" connect "$2" "$3"
	must peer server "$1" accept "$1-listen"
	must peer server "$1-listen" close
	must peer client "$1" send 120
	must peer server "$1" recv 120
	must peer server "$1" send 4000
	must peer client "$1" recv 4000
}

closed() { # NAME FIRST SECOND: closed by one host, then by the other after it has noticed
	must peer "$2" "$1" shutdown
	must peer "$3" "$1" recv 0
	must peer "$3" "$1" close
	must peer "$2" "$1" recv 0
	must peer "$2" "$1" close
}

refused() { # NAME ADDRESS PORT
	! peer client "$1" connect "$2" "$3" || die "nobody listens at $2 port $3, yet it was connected"
	[ "$PEER_REPLY" = ECONNREFUSED ] || die "expected a refusal at $2 port $3, got $PEER_REPLY"
}

connect_all() {
	must peer client silent4 start $nobody4 8080
	must peer client silent6 start $nobody6 8080
	serve held4 $server4 443
	serve held6 $server6 443
	serve idle4 $server4 22
	serve by_client4 $server4 80
	closed by_client4 client server
	serve by_server4 $server4 25
	closed by_server4 server client
	serve by_client6 $server6 80
	closed by_client6 client server
	serve half_client4 $server4 5432
	must peer client half_client4 shutdown
	serve half_server6 $server6 5432
	must peer server half_server6 shutdown
	serve reset_client4 $server4 6379
	must peer client reset_client4 reset
	serve reset_server6 $server6 6379
	must peer server reset_server6 reset
	refused refused4 $server4 81
	refused refused6 $server6 81
	# One retransmitted SYN each, then the clients give up.
	sleep 0.7
	must peer client silent4 close
	must peer client silent6 close
}

flows() {
	"$BUILD/synscope" list --all --name "$name" -o json
}

settled() {
	flows | jq -e '([.[].outcome] | map(select(. == "unanswered")) | length) == 2' >/dev/null
}

expect() { # WHAT JQ-CONDITION: true of the array of all flows
	jq -e "$2" "$LAB_DIR/flows" >/dev/null || die "synscope list shows no $1"
}

check_states() {
	local state outcome
	flows >"$LAB_DIR/flows"
	for state in ESTABLISHED TIME_WAIT CLOSE_WAIT FIN_WAIT_2; do
		expect "endpoint in $state" "any(.[]; .client.state == \"$state\" or .server.state == \"$state\")"
	done
	for outcome in open closing closed refused unanswered reset_by_client reset_by_server; do
		expect "flow with outcome $outcome" "any(.[]; .outcome == \"$outcome\")"
	done
}

check_latency() { # TITLE FIELD EXPECTED-MS: of every flow that has the latency
	jq -er --arg title "$1" --arg field "$2" --argjson expected "$3" --argjson tolerance $tolerance_ms '
		[.[].handshake[$field] | select(. != null) / 1e6] | sort |
		if length < 10 then
			"demo: only \(length) flows have \($field)\n" | halt_error(1)
		else . end |
		def ms: . * 1000 | round | . / 1000;
		"  \($title)  set \($expected) ms   measured median \(.[length / 2 | floor] | ms) ms, " +
			"from \(.[0] | ms) to \(.[-1] | ms) ms, \(length) connections",
		if .[0] < $expected - 0.01 or .[0] > 10 * $expected then
			"demo: the wire makes it \($expected) ms, or more if this machine is busy\n" | halt_error(1)
		elif .[-1] > $expected + $tolerance then
			"    (\(map(select(. > $expected + $tolerance)) | length) of them are more than \($tolerance) ms above: " +
				"this machine let the wire wait)"
		else empty end' "$LAB_DIR/flows"
}

one_more() { # ROUND: a connection that is served, or one that fails
	local round=$1 name="more$1" ports=(443 443 5432 80 443 6379 25 443) address=$server4
	[ $((round % 3)) -gt 0 ] || address=$server6
	if [ $((round % 5)) -eq 4 ]; then
		refused "$name" $server4 $((round % 3 ? 8080 : 81))
	elif [ $((round % 24)) -eq 7 ]; then
		must peer client "$name" start $nobody4 9000
		sleep 0.5
		must peer client "$name" close
	else
		serve "$name" $address "${ports[round % 8]}"
		open_sockets+=("$name")
	fi
}

close_oldest() { # ROUND: by the client, by the server, or by a reset
	local name=${open_sockets[0]}
	open_sockets=("${open_sockets[@]:1}")
	case $(($1 % 7)) in
	0)
		must peer server "$name" reset
		must peer client "$name" close
		;;
	[1-4]) closed "$name" client server ;;
	*) closed "$name" server client ;;
	esac
}

keep_up() { # ADDRESS:PORT
	local log="$LAB_DIR/serve" round=0 open_sockets=()
	lab_background "$log" "$BUILD/synscope" serve --name "$name" --listen "$1"
	wait_for 5 grep -q "http://$1/" "$log" || die "synscope does not serve: $(cat "$log")"
	say "The connections go on until Ctrl-C. Open this in a browser:

    http://$1/"
	for (( ; ; round++)); do
		one_more "$round"
		[ ${#open_sockets[@]} -le 16 ] || close_oldest "$round"
		sleep 0.1
	done
}

own_interface() {
	local ifname
	ifname=$(ip -j route show default | jq -r '.[0].dev // empty')
	[ -n "$ifname" ] || ifname=$(ip -j -6 route show default | jq -r '.[0].dev // empty')
	echo "${ifname:-eth0}"
}

if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || die "must be root, to load programs and to make network namespaces"
	exec sudo env BUILD="$BUILD" tools/demo.sh "$@"
fi
lab_begin
lab_instances=("$name")
say "Two hosts, and synscope on the wire between them, $client_ms ms from the client and $server_ms ms from the server:

    client $client4 ---- $client_ms ms ---- obs0 ---- $server_ms ms ---- $server4 server"
build_network
if [ "${1-}" = --shell ]; then
	demo_shell
	exit
fi
shown "$BUILD/synscope" attach obs0 --netns "$LAB-middle" --name "$name" --timeout syn_sent=2 --timeout closed=60
say "Now 14 connections, over IPv4 and IPv6: held open, closed by either side, half-closed, reset, refused, and to
an address that never answers (this one takes a few seconds)."
connect_all
wait_for 10 settled || die "the connections that nobody answered did not become 'unanswered'"
shown "$BUILD/synscope" list --all --name "$name"
check_states
say "The latencies of every handshake, and what they should be:"
check_latency "SYN to SYN/ACK (to the server and back)" syn_to_synack_ns $((2 * server_ms))
check_latency "SYN/ACK to ACK (to the client and back)" synack_to_ack_ns $((2 * client_ms))
[ $# -eq 0 ] || keep_up "$1"
shown "$BUILD/synscope" detach "$name"
say "All of it is removed again. To see the connections of this machine:

    sudo $BUILD/synscope run $(own_interface)

'make demo-serve' keeps such connections up, to look at them in a browser. 'make demo KEEP=1' keeps the hosts, for
connections of your own: docs/tutorial.md is a course with it.
"
