#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# stats: every handshake and every refusal of real connections is counted once, by server port and by address, also if
# the record was removed long ago; an interval shows what happened in it; ports can be named in advance.
. tests/system/lib/lib.sh

record() { # NAME KEY ARGUMENT...: one record as JSON; with the KEY null, the total
	synscope stats --name "$LAB-$1" -o jsonl "${@:3}" | jq -c --arg key "$2" 'select((.key | tostring) == $key)'
}

record_is() { # JQ-CONDITION NAME KEY ARGUMENT...
	record "${@:2}" | jq -e "$1" >/dev/null
}

record_must() { # JQ-CONDITION NAME KEY ARGUMENT...: wait for it, because the last ACK may still be on its way
	wait_for 5 record_is "$@" || fail "${*:2}: not '$1': $(record "${@:2}")"
}

counts() { # HANDSHAKES REFUSED: prints a condition
	echo ".handshakes == $1 and .refused == $2 and all(.latencies[]; .count == $1 and
		([.histogram[].count] | add // 0) == $1 and (.p50 == null) == ($1 == 0) and .p50 <= .p999)"
}

handshake() { # SERVER-IP PORT: the connection is closed at once
	must peer client c connect "$1" "$2"
	must peer server a accept "$1-$2"
	must peer client c reset
	must peer server a close
}

refuse() { # SERVER-IP PORT
	! peer client c connect "$1" "$2" || fail "connected to a port where nothing listens"
}

in_all_intervals() { # FILE: the handshakes
	jq -s 'map(.handshakes) | add // 0' "$1"
}

sum_is() { # FILE N
	[ "$(in_all_intervals "$1")" -eq "$2" ]
}

one_more() { # FILE LINES-BEFORE
	[ "$(wc -l <"$1")" -gt "$2" ]
}

lab_begin
lab_pair
# This instance removes its records at once; the figures stay.
attach brief eth0 --netns "$LAB-server" --timeout closed=0
attach kept eth0 --netns "$LAB-client" --timeout closed=600 --ports 443,8000-8001
must peer server $server4-80 listen $server4 80
must peer server $server6-80 listen $server6 80
must peer server $server4-443 listen $server4 443
for ((i = 0; i < 10; i++)); do
	handshake $server4 80
	handshake $server6 80
	handshake $server4 443
done
refuse $server6 443 # no socket listens there
refuse $server6 443
refuse $server4 81
must peer client open connect $server4 80

record_must "$(counts 31 3) and .source == \"kernel\" and .interval_ns == null and .by == \"all\"" brief null
record_must "$(counts 21 0) and .source == \"kernel\"" brief 80 --by server-port
record_must "$(counts 10 2)" brief 443 --by server-port
record_must "$(counts 0 1)" brief other --by server-port
record_must '.flows == 1 and .outcomes.open == 1 and .states.server.ESTABLISHED == 1' brief 80 --by server-port

record_must "$(counts 10 2)" kept 443 --by server-port
record_must "$(counts 21 1)" kept other --by server-port
record_must "$(counts 21 1) and .source == \"table\" and .flows == 22 and .closed == 21 and .attempts.failed == 1
	and .outcomes.reset_by_client == 20" kept $server4 --by server
record_must "$(counts 10 2) and .attempts.refused == 2" kept $server6 --by server
record_must "$(counts 21 1)" kept 10.0.0.0/24 --by client --prefix4 24
record_must "$(counts 10 2)" kept fd00::/64 --by client --prefix6 64
[ "$(synscope stats --name "$LAB-kept" --by server --limit 1 -o json | jq -c 'map(.key)')" = "[\"$server4\"]" ] ||
	fail "--limit 1"
[ "$(synscope stats --name "$LAB-kept" -o csv | head -n 1 | tr ',' '\n' | wc -l)" -eq \
	"$(synscope stats --name "$LAB-kept" -o csv | tail -n 1 | tr ',' '\n' | wc -l)" ] || fail "columns of the CSV"
[ "$(synscope stats -o json | jq --arg lab "$LAB-" '[.[] | select(.instance | startswith($lab))] | length')" -eq 2 ] ||
	fail "not one record for each instance"

# Between intervals nothing is lost and nothing is counted twice, until the command is stopped.
"$BUILD/synscope" stats --name "$LAB-brief" --interval 1 -o jsonl >"$LAB_DIR/all" &
all=$!
"$BUILD/synscope" stats --name "$LAB-kept" --by server --interval 1 --limit 1 -o jsonl >"$LAB_DIR/server" &
server=$!
lab_pids+=("$all" "$server")
for file in all server; do
	wait_for 5 test -s "$LAB_DIR/$file" || fail "no interval"
done
for ((i = 0; i < 20; i++)); do
	handshake $server4 80
	sleep 0.1
done
wait_for 5 sum_is "$LAB_DIR/all" 20 || fail "the intervals have $(in_all_intervals "$LAB_DIR/all") handshakes, not 20"
wait_for 5 sum_is "$LAB_DIR/server" 20 || fail "by server: $(in_all_intervals "$LAB_DIR/server"), not 20"
lines=$(wc -l <"$LAB_DIR/all")
wait_for 5 one_more "$LAB_DIR/all" "$lines" || fail "no further intervals are printed"
sum_is "$LAB_DIR/all" 20 || fail "handshakes are counted twice"
jq -se 'all(.[]; .interval_ns > 0)' "$LAB_DIR/all" >/dev/null || fail "intervals of length zero"
kill "$all" "$server"
wait "$all" || fail "ended by a signal: status $?"
wait "$server" || fail "ended by a signal: status $?"

# On a terminal the table is redrawn in place, first with the totals since attach, until q is pressed.
mkfifo "$LAB_DIR/keys"
TERM=xterm script -qec "stty cols 80 rows 24; $BUILD/synscope stats --name $LAB-brief --interval 1" /dev/null \
	<"$LAB_DIR/keys" >"$LAB_DIR/screen" 2>&1 &
screen=$!
lab_pids+=("$screen")
exec {keys}>"$LAB_DIR/keys"
wait_for 10 grep -q 'since attached' "$LAB_DIR/screen" || fail "not drawn: $(cat -v "$LAB_DIR/screen")"
wait_for 10 grep -qE '0 in [0-9.]+m?s' "$LAB_DIR/screen" || fail "not drawn again: $(cat -v "$LAB_DIR/screen")"
echo -n q >&"$keys"
wait "$screen" || fail "status $? at q"
grep -qF $'\e[?1049l' "$LAB_DIR/screen" || fail "the screen is not restored"

[ "$(synscope stats --name "$LAB-kept" --by server --sort failed -o json | jq -c 'map(.key)')" = \
	"[\"$server6\",\"$server4\"]" ] || fail "--sort failed: $(synscope stats --name "$LAB-kept" --by server --sort failed)"
outcome 2 synscope stats --sort p99
says 'needs --by'
outcome 2 synscope stats --by nothing
says 'server-port'
outcome 2 synscope stats --prefix4 24
says 'by server'
