#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `watch`: every event goes once to every watcher, losses are counted, reader slots are freed, and it ends quietly.
. tests/system/lib/lib.sh

declare -A watcher

watch_start() { # WATCHER NAME OPTION...: output in $LAB_DIR/WATCHER.out, messages in .err
	local it=$1 name="$LAB-$2"
	shift 2
	: >"$LAB_DIR/$it.out" # what the last one printed
	"$BUILD/synscope" watch --name "$name" "$@" >"$LAB_DIR/$it.out" 2>"$LAB_DIR/$it.err" </dev/null &
	watcher[$it]=$!
	lab_pids+=($!)
	wait_for 5 watching "${watcher[$it]}" || fail "watcher '$it' does not start: $(cat "$LAB_DIR/$it.err")"
}

watch_end() { # WATCHER STATUS [SIGNAL]: it exits with that status, by itself or after the signal
	local status=0
	[ $# -lt 3 ] || kill "-$3" "${watcher[$1]}"
	wait "${watcher[$1]}" || status=$?
	[ $status -eq "$2" ] || fail "watcher '$1' ended with $status, not $2: $(cat "$LAB_DIR/$1.err")"
}

told() { # WATCHER JQ-CONDITION: true of the array of all its events
	jq -es "$2" "$LAB_DIR/$1.out" >/dev/null
}

must_tell() { # WATCHER JQ-CONDITION: wait for it
	wait_for 5 told "$@" || fail "watcher '$1': not '$2': $(jq -c 'del(.flow)' "$LAB_DIR/$1.out" | tail -n 20)"
}

before_timeouts() { # WATCHER: its events that segments caused; the end of TIME_WAIT may come at any moment
	jq -c 'select(.event != "closed" and .to != "CLOSED")' "$LAB_DIR/$1.out"
}

# For each flow there is a `new` event first and one `handshake`, and each endpoint's states continue from one event to
# the next.
# shellcheck disable=SC2016 # jq expands the variables
readonly sound='group_by(.flow.id) | all(
	(map(.event) | .[0] == "new" and ([.[] | select(. == "new")] | length) == 1)
	and ([.[] | select(.event == "handshake")] | length == 1 and .[0].flow.handshake.handshake_ns > 0)
	and all(("client", "server") as $side | [.[] | select(.event == "state" and .side == $side)];
		.[0].from == "CLOSED" and ([.[1:][].from] == [.[:-1][].to])))'

everybody_sees_everything() {
	local i ip
	watch_start one watch -o jsonl
	watch_start two watch -o jsonl
	watch_start text watch
	for ((i = 1; i <= 20; i++)); do
		ip=$server4
		[ $((i % 2)) -eq 0 ] || ip=$server6
		must peer client "c$i" connect $ip 80 $((41000 + i))
		must peer server "s$i" accept "l$((i % 2))"
		close_in_turn client "c$i" server "s$i"
	done
	must_tell one '[.[] | select(.to == "TIME_WAIT")] | length == 20'
	must_tell one "$sound"
	must_tell one 'group_by(.flow.id) | length == 20'
	must_tell two '[.[] | select(.to == "TIME_WAIT")] | length == 20'
	cmp <(before_timeouts one) <(before_timeouts two) || fail "two watchers saw different events"
	[ "$(grep -c ' handshake .* = ' "$LAB_DIR/text.out")" -eq 20 ] || fail "text: $(cat "$LAB_DIR/text.out")"
	before_timeouts one | jq -es 'all(.flow.ifname == "eth0" and .flow.instance != null and .time <= .flow.last_seen)' \
		>/dev/null || fail "an event that no segment caused: $(before_timeouts one)"
}

# TIME_WAIT ends without a segment: the end of the flow is an event all the same, once, with the final record.
timeouts_are_told() {
	must_tell one '[.[] | select(.event == "closed")] | length == 20 and all(.flow.outcome == "closed" and
		.flow.client.state == "CLOSED" and .flow.server.state == "CLOSED")'
	must_tell one "$sound"
	cmp "$LAB_DIR/one.out" "$LAB_DIR/two.out" || fail "two watchers saw different ends"
	watch_end text 0 TERM
	watch_end one 0 TERM
	watch_end two 0 TERM
	[ "$(cat "$LAB_DIR"/{one,two,text}.err)" = "" ] || fail "said: $(cat "$LAB_DIR"/{one,two,text}.err)"
}

every_form_is_whole() {
	local form
	for form in json csv table; do
		watch_start $form watch -o $form
	done
	peer client refused connect $server4 81 42001 && fail "connected to port 81, where nothing listens"
	for form in json csv table; do
		wait_for 5 grep -q refused "$LAB_DIR/$form.out" || fail "$form: $(cat "$LAB_DIR/$form.out")"
		watch_end $form 0 TERM
	done
	jq -e 'map(.event) == ["new", "state", "state", "state", "state", "closed"]' "$LAB_DIR/json.out" >/dev/null ||
		fail "json: $(cat "$LAB_DIR/json.out")"
	[ "$(wc -l <"$LAB_DIR/csv.out")" -eq 7 ] || fail "csv: $(cat "$LAB_DIR/csv.out")"
	grep -qE '^[0-9:.]{15} closed +10.0.0.1:42001-10.0.0.2:81 +refused, 2 packets' "$LAB_DIR/table.out" ||
		fail "text: $(cat "$LAB_DIR/table.out")"
}

slow_counts() { # sets $told to the number of segments that the slow watcher reported, and $lost to those that it lost
	# one event per segment: `new` with the first states, the server's answer, the handshake with the last states
	told=$(grep -cE '"event":"(new|handshake)"|"from":"LISTEN","to":"SYN_RECEIVED"' "$LAB_DIR/slow.out" || true)
	lost=$(sed -nE 's/.* ([0-9]+) events .*lost.*/\1/p' "$LAB_DIR/slow.err" | jq -s 'add // 0')
}

slow_has_all() {
	slow_counts
	[ $((told + lost)) -ge 60000 ]
}

# A watcher that prints more slowly than events come: those printed and those counted as lost are all of them.
losses_are_counted() {
	local link out told lost
	link=$(find /sys/fs/bpf/synscope -path "*/$LAB-watch/*" -name '*xdp*')
	mkfifo "$LAB_DIR/slow.fifo"
	"$BUILD/synscope" watch --name "$LAB-watch" -o jsonl >"$LAB_DIR/slow.fifo" 2>"$LAB_DIR/slow.err" </dev/null &
	watcher[slow]=$!
	lab_pids+=($!)
	exec {out}<"$LAB_DIR/slow.fifo"
	wait_for 5 watching "${watcher[slow]}" || fail "the slow watcher does not start: $(cat "$LAB_DIR/slow.err")"
	"$BUILD/fill" "$link" 20000 3 >/dev/null || fail "fill failed"
	cat <&"$out" >"$LAB_DIR/slow.out" &
	lab_pids+=($!)
	wait_for 20 slow_has_all || fail "$told reported and $lost lost are not 60000"
	[ "$lost" -gt 0 ] || fail "nothing was lost: the watcher was not slow enough"
	watch_end slow 0 TERM
	wait $!
	slow_counts
	# The lost events may include the ends of the 20 earlier flows, at most two events each.
	((told + lost >= 60000 && told + lost <= 60040)) || fail "$told reported and $lost lost are not 60000"
	[ "$(instance_status watch | jq .events_lost)" -eq "$lost" ] || fail "status: $(instance_status watch)"
}

places_are_given_back() {
	local i
	for i in 1 2 3 4 5 6 7 8; do
		watch_start "place$i" watch
	done
	outcome 1 synscope watch --name "$LAB-watch"
	says '8 readers'
	kill -9 "${watcher[place3]}"
	wait "${watcher[place3]}" || true
	watch_start again watch
	outcome 1 synscope watch --name "$LAB-watch"
	for i in 1 2 4 5 6 7 8; do
		watch_end "place$i" 0 TERM
	done
	watch_end again 0 TERM
}

quiet_ends() {
	"$BUILD/synscope" watch --name "$LAB-watch" -o jsonl 2>"$LAB_DIR/err" </dev/null > >(exec head -n 1 >"$LAB_DIR/first") &
	watcher[piped]=$!
	lab_pids+=($!)
	wait_for 5 watching "${watcher[piped]}" || fail "the watcher does not start: $(cat "$LAB_DIR/err")"
	peer client refused connect $server4 81 42002 && fail "connected to port 81, where nothing listens"
	wait "${watcher[piped]}" || fail "a closed pipe: $(cat "$LAB_DIR/err")"
	wait_for 5 test -s "$LAB_DIR/first" || fail "no event was printed"
	[ ! -s "$LAB_DIR/err" ] || fail "a closed pipe: $(cat "$LAB_DIR/err")"
	outcome 1 synscope watch --name "$LAB-nonsense"
	says "no instance '$LAB-nonsense'"
	watch_start last watch
	detach watch
	watch_end last 0
	grep -q "'$LAB-watch' was detached" "$LAB_DIR/last.err" || fail "said: $(cat "$LAB_DIR/last.err")"
}

lab_begin
lab_pair
attach watch eth0 --netns "$LAB-server" --max-flows 65536 --timeout time_wait=1
must peer server l0 listen $server4 80
must peer server l1 listen $server6 80
everybody_sees_everything
timeouts_are_told
every_form_is_whole
losses_are_counted
places_are_given_back
quiet_ends
