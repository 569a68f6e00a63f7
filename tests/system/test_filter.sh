#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Filters: `list`, `watch` and `flush` choose the same flows, and error messages point at the mistake.
. tests/system/lib/lib.sh

matching() { # COMMAND-LINE-OF-list...: the client ports of the listed flows, sorted
	synscope list --name "$LAB-filter" -o jsonl "$@" | jq .client.port | sort -n | xargs
}

matches() { # EXPECTED-PORTS COMMAND-LINE-OF-list...
	local expected=$1
	shift
	[ "$(matching "$@")" = "$expected" ] || fail "'$*': $(matching "$@") instead of $expected"
}

connections() { # 53001-53003 stay open, 53004 is half closed, 53005 is refused
	must peer client c1 connect $server4 80 53001
	must peer server s1 accept l4
	must peer client c2 connect $server4 80 53002
	must peer server s2 accept l4
	must peer client c3 connect $server6 80 53003
	must peer server s3 accept l6
	must peer client c4 connect $server4 80 53004
	must peer server s4 accept l4
	must peer client c1 send 3000
	must peer server s1 recv 3000
	must peer client c4 close
	peer client c5 connect $server4 81 53005 && fail "connected to port 81, where nothing listens"
	flow_must filter 53001 '.client.payload_bytes == 3000'
	flow_must filter 53004 '.server.state == "CLOSE_WAIT"'
	flow_must filter 53005 '.outcome == "refused"'
}

lists_what_matches() {
	matches '53001 53002 53003 53004'
	matches '53001 53002 53003' state established
	matches '53004' client state FIN-WAIT-2 and server state close_wait
	matches '53001 53002 53003 53004' server port 80
	matches '53005' --all outcome refused
	matches '53001 53002 53003 53004 53005' --all
	matches '53003' ipv6
	matches '53003' -- host $server6 and not host $client4
	matches '53001' payload '>=' 3000 and not 'payload > 3000'
	matches '53001' 'payload >= 2.9k && !(payload > 3000)'
	matches '53001 53002 53003 53004' 'latency > 0 and latency < 10s and age < 1h'
	matches '53001 53002 53003 53004 53005' --all "interface eth0 and instance $LAB-filter"
	matches '' --all interface eth1
	[ "$(synscope list --name "$LAB-filter" net fd00::/8 | wc -l)" -eq 2 ] || fail "the table is not filtered"
}

says_where_the_closed_ones_are() {
	outcome 0 synscope list --name "$LAB-filter" outcome refused
	says 'but 1 closed: --all'
	outcome 0 synscope list --name "$LAB-filter" port 1
	[ ! -s "$LAB_DIR/err" ] || fail "said: $(cat "$LAB_DIR/err")"
}

points_at_mistakes() {
	local command
	for command in list watch flush; do
		outcome 2 synscope $command --name "$LAB-filter" state foo and port 3
		diff "$LAB_DIR/err" - <<-END || fail "$command: the message"
			synscope: filter: expected a state after 'state', not 'foo': CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK or TIME_WAIT, column 7; try 'synscope help filter'
			  state foo and port 3
			        ^
		END
		[ ! -s "$LAB_DIR/out" ] || fail "$command printed: $(cat "$LAB_DIR/out")"
		outcome 2 synscope $command --name "$LAB-filter" port 80 --frobnicate
		says "unknown option '--frobnicate'"
	done
	outcome 2 synscope list state establish
	says "did you mean 'ESTABLISHED'"
	outcome 2 synscope lst
	says "did you mean 'list'"
	outcome 2 synscope help fliter
	says "did you mean 'filter'"
}

# Every field, and every word that one accepts, is in the help, and is understood.
help_tells_the_language() {
	local word
	outcome 0 synscope help FILTER
	for word in state outcome origin conn_state host net port interface vlan packets bytes payload retransmits latency \
		syn_to_synack synack_to_ack age idle duration mss anomalies bad_rst bad_ack bad_seq ack_unseen challenge_syn \
		reordered duplicate rst_refuted fin_refuted \
		incarnation one_way ipv4 ipv6 estab idle_timeout midstream RSTOS0; do
		grep -qw -- "$word" "$LAB_DIR/out" || fail "the help does not name '$word'"
	done
	[ "$(wc -L <"$LAB_DIR/out")" -le 80 ] || fail "the help is wider than 80 columns"
	outcome 0 synscope help flush
	grep -q 'FILTER' "$LAB_DIR/out" || fail "the help of flush"
}

watch_start() { # FILTER...
	: >"$LAB_DIR/watch.out" # what the last one printed
	"$BUILD/synscope" watch --name "$LAB-filter" -o jsonl "$@" >"$LAB_DIR/watch.out" 2>"$LAB_DIR/watch.err" </dev/null &
	watcher=$!
	lab_pids+=($!)
	wait_for 5 watching || fail "the watcher does not start: $(cat "$LAB_DIR/watch.err")"
}

watching() { # the watcher's heartbeat has begun
	[ "$(find "/proc/$watcher/task" -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ]
}

told() { # JQ-CONDITION: true of the array of all events
	jq -es "$1" "$LAB_DIR/watch.out" >/dev/null
}

must_tell() { # JQ-CONDITION: wait for it
	wait_for 5 told "$1" || fail "not '$1': $(jq -c '[.event, .reason, .flow.id]' "$LAB_DIR/watch.out")"
}

forgets() { # EXPECTED FILTER...: that many flows are flushed
	local expected=$1
	shift
	outcome 0 synscope flush --name "$LAB-filter" -o json "$@"
	jq -e --argjson n "$expected" 'length == 1 and (.[0] | .flushed == $n and .matched == $n)' "$LAB_DIR/out" >/dev/null ||
		fail "flush '$*': $(cat "$LAB_DIR/out")"
}

watches_and_flushes() {
	watch_start outcome refused or port 53002
	peer client c6 connect $server4 81 53006 && fail "connected to port 81, where nothing listens"
	must_tell 'any(.event == "closed" and .flow.client.port == 53006 and .flow.outcome == "refused")'
	forgets 0 latency '>' 1h
	forgets 2 outcome refused
	forgets 2 port 53002 or port 53003
	must_tell 'any(.event == "closed" and .reason == "flushed" and .flow.client.port == 53002 and
		.flow.client.state == "ESTABLISHED")'
	told 'all(.flow.outcome == "refused" or .flow.client.port == 53002)' || fail "events of flows that do not match"
	told 'all(.reason == "flushed" or .flow.client.port == 53006)' || fail "flushed: $(cat "$LAB_DIR/watch.out")"
	matches '53001 53004' --all
	must peer client c2 send 10
	must peer server s2 recv 10
	flow_must filter 53002 '.origin == "midstream"'
	outcome 0 synscope flush --name "$LAB-filter"
	grep -qx "$LAB-filter: 3 flows forgotten" "$LAB_DIR/out" || fail "said: $(cat "$LAB_DIR/out")"
	matches '' --all
	instance_status filter | jq -e '.used == 0' >/dev/null || fail "the table's used count is wrong after the flush: $(instance_status filter)"
	forgets 0
	[ "$(synscope flush --name "$LAB-filter" -o csv | head -n 1)" = instance,matched,flushed,interfaces_gone ] || fail "csv"
	outcome 1 synscope flush --name "$LAB-nonsense"
	kill "$watcher"
	wait "$watcher" || fail "the watcher: $(cat "$LAB_DIR/watch.err")"
}

lab_begin
lab_pair
attach filter eth0 --netns "$LAB-server" --timeout closed=600
must peer server l4 listen $server4 80
must peer server l6 listen $server6 80
connections
lists_what_matches
says_where_the_closed_ones_are
points_at_mistakes
help_tells_the_language
watches_and_flushes
