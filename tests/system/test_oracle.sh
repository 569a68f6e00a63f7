#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel as oracle: connections are led through every state of RFC 9293 by losing and delaying segments between two
# observers. At each step the sockets of both hosts are in the states that `ss` shows, and each observer shows the same
# states for both ends, as far as it can know them. One connection over IPv4 and one over IPv6 take every step together.
# long: 10 s
. tests/system/lib/lib.sh
# shellcheck source=lib/wired.sh
. tests/system/lib/wired.sh

declare -A client_ends server_ends sockets views
steps=0 compared=0

server_address() { # FAMILY
	[ "$1" = 4 ] && echo $server4 || echo $server6
}

client_address() { # FAMILY
	[ "$1" = 4 ] && echo $client4 || echo $client6
}

walk() { # CLIENT-PORT SERVER-PORT: selects the connections for all that follows
	local family
	for family in 4 6; do
		client_ends[$family]=$(bracketed "$(client_address $family)" "$1")
		server_ends[$family]=$(bracketed "$(server_address $family)" "$2")
	done
}

# HOST SOCKET COMMAND [ARGUMENT...]: for the socket of each family. In an argument, "@" stands for the address of the
# other host, "%" for the family.
both() {
	local family other arguments
	for family in 4 6; do
		[ "$1" = client ] && other=$(server_address $family) || other=$(client_address $family)
		arguments=("${@:3}")
		arguments=("${arguments[@]//@/$other}")
		must peer "$1" "$2$family" "${arguments[@]//%/$family}"
	done
}

look() { # read what both kernels and both observers show for all connections
	local host near far state far_state
	sockets=() views=()
	for host in client server; do
		while read -r state _ _ near far _; do
			sockets["$host $near $far"]=$state
		done < <(on $host ss -tanH)
		while read -r near far state far_state; do
			views["$host $near $far"]="$state $far_state"
		done < <(synscope list --all --name "$LAB-$host" -o jsonl | jq -r '
			def address: if .ip | contains(":") then "[\(.ip)]:\(.port)" else "\(.ip):\(.port)" end;
			"\(.client | address) \(.server | address) \(.client.state) \(.server.state)",
			"\(.server | address) \(.client | address) \(.server.state) \(.client.state)"')
	done
}

kernel_says() { # HOST LOCAL REMOTE STATE
	local socket=${sockets["$1 $2 $3"]-} word
	case $4 in
	CLOSED) [ -z "$socket" ] ;;
	LISTEN) [ -z "$socket" ] && [ -n "${sockets["$1 $2 0.0.0.0:*"]-}${sockets["$1 $2 [::]:*"]-}" ] ;;
	*)
		word=${4/ESTABLISHED/ESTAB}
		word=${word/RECEIVED/RECV}
		[ "$socket" = "${word//_/-}" ]
		;;
	esac
}

# FAMILY CLIENT-STATE SERVER-STATE [OBSERVER:END]...
all_agree() {
	local near=${client_ends[$1]} far=${server_ends[$1]} unknown=" ${*:4} " observer seen
	kernel_says client "$near" "$far" "$2" && kernel_says server "$far" "$near" "$3" || return 1
	for observer in client server; do
		read -ra seen <<<"${views["$observer $near $far"]-none none}"
		[[ $unknown == *" $observer:client "* ]] || [ "${seen[0]}" = "$2" ] || return 1
		[[ $unknown == *" $observer:server "* ]] || [ "${seen[1]}" = "$3" ] || return 1
	done
}

both_agree() {
	look
	all_agree 4 "$@" && all_agree 6 "$@"
}

disagreement() { # FAMILY
	local near=${client_ends[$1]} far=${server_ends[$1]}
	echo "IPv$1: the kernels have '${sockets["client $near $far"]-}' '${sockets["server $far $near"]-}'," \
		"the observer at the client '${views["client $near $far"]-}'," \
		"at the server '${views["server $near $far"]-}'"
}

# CLIENT-STATE SERVER-STATE [OBSERVER:END]...: wait until kernels and observers agree. OBSERVER:END names an end whose
# state this observer cannot know: a segment was lost after it had passed the observer, or before.
agree() {
	wait_for 15 both_agree "$@" || fail "expected $1 $2 but for '${*:3}'; $(disagreement 4); $(disagreement 6)"
	steps=$((steps + 1)) compared=$((compared + 2 * (4 - ($# - 2))))
}

establish() { # CLIENT-PORT
	walk "$1" 80
	both client c connect @ 80 "$1"
	both server a accept l%
	agree ESTABLISHED ESTABLISHED
}

# FROM SOCKET TO SOCKET BYTES: an ACK that is delayed must not be lost by the next step, or else the sender repeats
# these bytes and not what that step is about
carry() {
	both "$1" "$2" send "$5"
	both "$3" "$4" recv "$5"
	both "$1" "$2" acked
}

open_with_losses() {
	walk 40001 80
	wire "drop 12:syn"
	both client c start @ 80 40001
	agree SYN_SENT LISTEN server:client server:server
	wire pass "drop 21:synack" "drop 12:ack"
	agree SYN_SENT SYN_RECEIVED client:server
	wire pass "drop 12:ack"
	agree ESTABLISHED SYN_RECEIVED client:server server:client
	both client c send 100 # carries the missing ACK, too
	agree ESTABLISHED ESTABLISHED
	both server a accept l%
	both server a recv 100
	both client c acked
}

close_by_client_with_losses() {
	wire "drop 12:fin"
	both client c shutdown
	agree FIN_WAIT_1 ESTABLISHED server:client
	wire pass "drop 21:ack"
	agree FIN_WAIT_1 CLOSE_WAIT client:server server:client
	wire pass
	agree FIN_WAIT_2 CLOSE_WAIT
	carry server a client c 20000
	agree FIN_WAIT_2 CLOSE_WAIT
	wire "drop 21:fin"
	both server a close
	agree FIN_WAIT_2 LAST_ACK client:server
	wire pass "drop 12:ack"
	agree TIME_WAIT LAST_ACK client:server server:client
	wire pass
	agree TIME_WAIT CLOSED
	both client c close
}

close_by_server_with_losses() {
	establish 40002
	wire "drop 21:fin"
	both server a shutdown
	agree ESTABLISHED FIN_WAIT_1 client:server
	wire pass "drop 12:ack"
	agree CLOSE_WAIT FIN_WAIT_1 client:server server:client
	wire pass
	agree CLOSE_WAIT FIN_WAIT_2
	carry client c server a 20000
	wire "drop 12:fin"
	both client c close
	agree LAST_ACK FIN_WAIT_2 server:client
	wire pass "drop 21:ack"
	agree LAST_ACK TIME_WAIT client:server server:client
	wire pass
	agree CLOSED TIME_WAIT
	both server a close
}

# The FINs cross. Neither end has received the ACK that the wire holds back.
close_at_once() {
	establish 40003
	wire "hold both"
	both client c close
	both server a close
	agree FIN_WAIT_1 FIN_WAIT_1 client:server server:client
	wire "deliver both"
	agree CLOSING CLOSING client:server server:client
	wire "deliver 12"
	agree CLOSING TIME_WAIT client:server server:client
	wire pass
	agree TIME_WAIT TIME_WAIT
}

# The SYNs cross; each observer takes the nearer end for the client.
open_at_once() {
	walk 40004 40005
	wire "hold both"
	both client c start @ 40005 40004
	both server a start @ 40004 40005
	agree SYN_SENT SYN_SENT client:server server:client
	wire "deliver both"
	agree SYN_RECEIVED SYN_RECEIVED client:server server:client
	wire pass
	agree ESTABLISHED ESTABLISHED
	both server a reset
	agree CLOSED CLOSED
	both client c close
}

resets() {
	establish 40006
	both client c reset
	agree CLOSED CLOSED
	both server a close
	establish 40007
	wire "drop 12:rst"
	both client c reset
	agree CLOSED ESTABLISHED client:server server:client
	wire pass
	both server a send 1
	agree CLOSED CLOSED
	both server a close
	walk 40008 81
	both client c start @ 81 40008
	agree CLOSED CLOSED
	both client c close
}

fins_were_repeated() { # FLOWS: the server of each flow has repeated its FIN
	"$BUILD/synscope" list --all --name "$LAB-server" -o jsonl "client port 40009" |
		jq -se --argjson flows "$1" 'length == $flows and all(.server.fin >= 2)' >/dev/null
}

# The server no longer exists when its repeated FIN reaches the client in TIME_WAIT: the server's host answers the
# client's ACK with a RST.
reset_in_time_wait() {
	establish 40009
	both client c shutdown
	agree FIN_WAIT_2 CLOSE_WAIT
	wire "hold 21"
	both server a close
	agree FIN_WAIT_2 LAST_ACK client:server
	wait_for 15 fins_were_repeated 2 || fail "no FIN was repeated"
	wire pass
	agree CLOSED CLOSED
	both client c close
}

lab_begin
lab_wired_pair 0
# Every FIN that reaches a socket in TIME_WAIT is answered, without a rate limit.
on client sysctl -qw net.ipv4.tcp_invalid_ratelimit=0
attach client eth0 --netns "$LAB-client" --timeout closed=600
attach server eth0 --netns "$LAB-server" --timeout closed=600
must peer server l4 listen $server4 80
must peer server l6 listen $server6 80
open_with_losses
close_by_client_with_losses
close_by_server_with_losses
close_at_once
open_at_once
resets
reset_in_time_wait
echo "$steps steps of two connections, $compared states compared with those of ss, all equal"
