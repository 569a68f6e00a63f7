#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The life of one connection as a ladder: `show` of a live flow, and `replay --show` with every segment of a capture, on
# terminals of any width, in UTF-8 and without.
. tests/system/lib/lib.sh

terminal() { # COLUMNS COMMAND...: its output on a terminal of that width, without colours
	local columns=$1
	shift
	TERM=xterm script -qec "stty cols $columns; $*" /dev/null </dev/null | tr -d '\r' | sed 's/\x1b\[[0-9;]*m//g'
}

fits() { # COLUMNS: the lines on stdin are no wider
	local too_long
	too_long=$(grep -E "^.{$(($1 + 1)),}" || true)
	[ -z "$too_long" ] || fail "longer than $1 columns: $too_long"
}

in_order() { # TEXT REGEX...: it has a matching line for each, in that order
	local text=$1 line
	shift
	while [ $# -gt 0 ] && IFS= read -r line; do
		[[ ! $line =~ $1 ]] || shift
	done <<<"$text"
	[ $# -eq 0 ] || fail "no '$1', or not in its place: $text"
}

live_flow() {
	local id columns screen states
	must peer server l listen $server4 80
	must peer client c connect $server4 80 52001
	must peer server a accept l
	must peer client c send 100
	must peer server a recv 100
	close_in_turn client c server a
	flow_must show 52001 '.client.state == "TIME_WAIT" and .server.state == "CLOSED"'
	id=$(flow show 52001 | jq -r .id)
	for columns in 40 80 200; do
		screen=$(terminal $columns "$BUILD/synscope show $id --name $LAB-show")
		fits $columns <<<"$screen"
		in_order "$screen" "^$id" ' SYN seq=0 ─+▶' '[0-9][nµm]?s network and server' '◀─+ SYN ACK seq=0 ack=1' \
			'[0-9][nµm]?s network and client' ' ACK seq=1 ack=1 ─+▶' 'ACK\+data ─+▶' \
			'FIN ACK seq=101 ack=1 ─+▶' '◀─+ FIN ACK seq=1 ack=102' ' ACK seq=102 ack=2 ─+▶'
		for states in SYN_SENT.*LISTEN SYN_SENT.*SYN_RECEIVED ESTABLISHED.*ESTABLISHED FIN_WAIT_1.*ESTABLISHED \
			FIN_WAIT_2.*LAST_ACK TIME_WAIT.*CLOSED; do
			grep -q "$states" <<<"$screen" || fail "no $states: $screen"
		done
	done
	terminal 80 "LC_ALL=C $BUILD/synscope show $id --name $LAB-show" >"$LAB_DIR/ascii"
	LC_ALL=C grep -q '[^ -~]' "$LAB_DIR/ascii" && fail "not ASCII: $(cat "$LAB_DIR/ascii")"
	grep -q 'SYN seq=0 --*>' "$LAB_DIR/ascii" || fail "no arrow: $(cat "$LAB_DIR/ascii")"
}

# Two incarnations; the second one closes in the middle of an answer, and has a retransmitted segment and a forged RST.
every_segment() {
	local shown capture="$LAB_DIR/capture" flow=10.0.0.2:443-10.0.0.1:40000
	"$BUILD/capture_maker" >"$capture" <<-'END'
		0.000000 1:40000 2:443 S 1000 0 0
		0.001000 2:443 1:40000 RA 0 1001 0
		0.500000 1:40001 2:443 S 7000 0 0
		1.000000 1:40000 2:443 S 500000 0 0
		1.010000 2:443 1:40000 SA 9000 500001 0
		1.035000 1:40000 2:443 A 500001 9001 0
		1.036000 1:40000 2:443 PA 500001 9001 120
		1.036500 1:40000 2:443 PA 500001 9001 120
		1.037000 2:443 1:40000 A 9001 500121 0
		1.038000 2:443 1:40000 R 99 0 0
		1.039000 2:443 1:40000 PA 9001 500121 1000
		1.040000 2:443 1:40000 PA 10001 500121 1000
		1.041000 1:40000 2:443 A 500121 11001 0
		1.050000 2:443 1:40000 FA 11001 500121 0
		1.051000 1:40000 2:443 A 500121 11002 0
		99.00000 1:40001 2:443 S 7000 0 0
	END
	outcome 0 synscope replay "$capture" --show $flow
	shown=$(cat "$LAB_DIR/out")
	in_order "$shown" '^10.0.0.1:40000-10.0.0.2:443' '^  incarnation +2' \
		'0.000000  SYN_SENT +SYN seq=0 ─+▶  LISTEN' '10.0ms network and server' \
		'0.010000  SYN_SENT +◀─+ SYN ACK seq=0 ack=1  SYN_RECEIVED' '25.0ms network and client' \
		'0.035000  ESTABLISHED +ACK seq=1 ack=1 ─+▶  ESTABLISHED' '0.036000  ESTABLISHED +PSH ACK\+120 seq=1 ack=1 ─+▶' \
		'0.036500  ESTABLISHED +PSH ACK\+120 seq=1 ack=1 again ─+▶' '0.037000 .*◀─+ ACK seq=1 ack=121 ' '0.038000 .*◀─+ RST seq=[0-9-]+ bad_rst ' \
		'0.039000 .*◀─+ PSH ACK\+1000 seq=1 ack=121 ' '0.040000 .*◀─+ PSH ACK\+1000 seq=1001 ack=121 ' '0.041000  ESTABLISHED +ACK seq=121 ack=2001 ─+▶  ESTABLISHED' \
		'0.050000  ESTABLISHED +◀─+ FIN ACK seq=2001 ack=121  FIN_WAIT_1' '0.051000  CLOSE_WAIT +ACK seq=121 ack=2002 ─+▶  FIN_WAIT_2'
	[ "$(grep -cE '[▶◀]' <<<"$shown")" -eq 12 ] || fail "not 12 segments: $shown"
	outcome 0 synscope replay "$capture" --show "$flow#1"
	in_order "$(cat "$LAB_DIR/out")" '^  outcome +refused' '^  incarnation +1' 'SYN seq=0 ─+▶' '0.001000  CLOSED .*◀─+ RST ACK seq=0 ack=1  CLOSED'
	[ "$(grep -cE '[▶◀]' "$LAB_DIR/out")" -eq 2 ] || fail "not 2 segments: $(cat "$LAB_DIR/out")"
	outcome 0 synscope replay "$capture" --show $flow -o json
	jq -e '.incarnation == 2 and .anomalies.bad_rst == 1' "$LAB_DIR/out" >/dev/null || fail "json: $(cat "$LAB_DIR/out")"
	outcome 1 synscope replay "$capture" --show "$flow#3"
	says "no flow '$flow#3'"
	outcome 0 synscope replay "$capture" --show $flow --absolute
	in_order "$(cat "$LAB_DIR/out")" 'SYN seq=500000 ─+▶' '◀─+ SYN ACK seq=9000 ack=500001 ' 'ACK seq=500001 ack=9001 ─+▶' \
		'◀─+ RST seq=99 bad_rst ' '◀─+ FIN ACK seq=11001 ack=500121 '
	outcome 2 synscope replay "$capture" --absolute
	says '--absolute .* needs --show'
	outcome 2 synscope replay "$capture" --show nonsense
	outcome 2 synscope replay "$capture" --show $flow --events
}

# A SYN in a live connection that is answered after all: it is the first segment of the next incarnation.
remembered_syn() {
	"$BUILD/capture_maker" >"$LAB_DIR/remembered" <<-'END'
		0.000000 1:40000 2:443 S 1000 0 0
		0.010000 2:443 1:40000 SA 9000 1001 0
		0.035000 1:40000 2:443 A 1001 9001 0
		5.000000 1:40000 2:443 S 700000 0 0
		5.100000 2:443 1:40000 SA 800000 700001 0
	END
	outcome 0 synscope replay "$LAB_DIR/remembered" --show 10.0.0.1:40000-10.0.0.2:443
	in_order "$(cat "$LAB_DIR/out")" '^  incarnation +2' '0.000000  SYN_SENT +SYN seq=0 ─+▶  LISTEN' \
		'100ms network and server' '0.100000  SYN_SENT +◀─+ SYN ACK seq=0 ack=1  SYN_RECEIVED'
	outcome 0 synscope replay "$LAB_DIR/remembered" --show 10.0.0.1:40000-10.0.0.2:443#1
	in_order "$(cat "$LAB_DIR/out")" '0.035000  ESTAB' 'SYN seq=0 challenge_syn ─+▶'
}

lab_begin
lab_pair
attach show eth0 --netns "$LAB-server"
live_flow
every_segment
remembered_syn
