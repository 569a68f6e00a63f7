#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Histories: what `list`, `show` and `stats` read of them is what they showed live; a history is read while it is
# written, survives kill -9 and a full disk, and is no larger or older than it may be.
# long: 30 s
. tests/system/lib/lib.sh
. tests/system/lib/wired.sh
. tests/system/lib/export.sh

export_start() { # ARGUMENT...: messages in history.err
	: >"$LAB_DIR/history.err" # what the last one said
	"$BUILD/synscope" export --name "$LAB-it" "$@" >"$LAB_DIR/history.out" 2>"$LAB_DIR/history.err" </dev/null &
	export_begun history $! it
}

from() { # FILE [FILTER]: its flows as JSON lines
	synscope list --from "$LAB_DIR/$1" -o jsonl "${@:2}"
}

has() { # FILE COUNT [FILTER]
	[ "$(from "$1" "${@:3}" | wc -l)" -eq "$2" ]
}

# ---- as live

readonly closed='select(.client.state == "CLOSED" and .server.state == "CLOSED")'

ageless() { # the records on stdin without what is true of one moment only
	jq -cS 'del(.age_ns, .idle_ns)'
}

live() { # the flows that have ended, from the instance
	synscope list --all --name "$LAB-it" -o jsonl client port '>' 43000 | ageless | sort
}

all_closed() { # COUNT
	[ "$(live | jq -c "$closed" | wc -l)" -eq "$1" ]
}

all_written() { # FILE COUNT: the last record of a flow comes after those of its TIME_WAIT
	[ "$(from "$1" client port '>' 43000 | jq -c "$closed" | wc -l)" -eq "$2" ]
}

same_as_live() {
	local id
	export_start --active 1 "sqlite:$LAB_DIR/history.db"
	[ "$(stat -c %a "$LAB_DIR/history.db")" = 600 ] || fail "mode $(stat -c %a "$LAB_DIR/history.db")"
	connection
	connection
	peer client r connect $server4 81 43010 || true # refused
	must peer client long connect $server4 80 43020
	must peer server long accept l0
	wait_for 10 has history.db 1 client port 43020 and outcome open || fail "no row of a flow that lives"
	must peer client long send 5000
	must peer server long recv 5000
	close_in_turn client long server long
	wait_for 10 all_closed 4 || fail "not closed: $(live)"
	live >"$LAB_DIR/live"
	wait_for 10 all_written history.db 4 || fail "not written: $(from history.db)"
	from history.db | ageless | sort >"$LAB_DIR/read"
	cmp "$LAB_DIR/live" "$LAB_DIR/read" >&2 || fail "list: $(diff "$LAB_DIR/live" "$LAB_DIR/read")"
	while read -r id; do
		synscope show --name "$LAB-it" -o json "$id" | ageless >"$LAB_DIR/live.json"
		outcome 0 synscope show --from "$LAB_DIR/history.db" -o json "$id"
		jq -e '.ladder.steps | length > 1' "$LAB_DIR/out" >/dev/null || fail "no ladder: $(cat "$LAB_DIR/out")"
		cmp "$LAB_DIR/live.json" <(ageless <"$LAB_DIR/out") >&2 || fail "show $id: $(diff <(jq . "$LAB_DIR/live.json") <(jq . "$LAB_DIR/out"))"
	done < <(jq -r .id "$LAB_DIR/live")
	stats_as_live
}

stats_as_live() {
	local figures='map({key, flows, closed, states, outcomes, attempts, handshakes, latencies}) | sort_by(.key)'
	synscope stats --name "$LAB-it" --by server -o json | jq "$figures" >"$LAB_DIR/live"
	outcome 0 synscope stats --from "$LAB_DIR/history.db" --by server -o json
	jq "$figures" "$LAB_DIR/out" | cmp - "$LAB_DIR/live" >&2 || fail "stats: $(jq "$figures" "$LAB_DIR/out" | diff - "$LAB_DIR/live")"
	outcome 0 synscope stats --from "$LAB_DIR/history.db"
	grep -q 'flows *4 in the history, 4 of them closed$' "$LAB_DIR/out" || fail "$(cat "$LAB_DIR/out")"
}

asked() { # filters, orders, limits, names
	has history.db 1 failed and started '>' -1h || fail "who failed"
	has history.db 0 started '<' -1h or ended '<' 2026-01-01 || fail "long ago"
	outcome 0 synscope list --from "$LAB_DIR/history.db" -o json --limit 2 --sort first_seen
	jq -e 'map(.client.port) == [43020, 43010]' "$LAB_DIR/out" >/dev/null || fail "newest: $(cat "$LAB_DIR/out")"
	outcome 0 synscope list --from "$LAB_DIR/history.db" -o json --limit 1 --sort bytes
	jq -e '.[0].client.port == 43020' "$LAB_DIR/out" >/dev/null || fail "largest: $(cat "$LAB_DIR/out")"
	outcome 0 synscope show --from "$LAB_DIR/history.db" "$server4:81-$client4:43010"
	outcome 1 synscope show --from "$LAB_DIR/history.db" "$server4:81-$client4:43011"
	says "no flow '.*' in '.*history.db'"
}

# ---- restarts, signals

told_again() { # a flow that lives through two exports has one row
	must peer client c connect $server4 80 43030
	must peer server a accept l0
	export_end history
	export_start --active 1 "sqlite:$LAB_DIR/history.db"
	wait_for 10 has history.db 1 client port 43030 || fail "no row of a flow that lives"
	kill_started "${exporter[history]}" KILL
	export_start --active 1 "sqlite:$LAB_DIR/history.db"
	must peer client c send 700
	must peer server a recv 700
	close_in_turn client c server a
	wait_for 10 has history.db 1 client port 43030 and outcome closed and client payload 700 ||
		fail "not replaced: $(from history.db client port 43030)"
	has history.db 1 client port 43030 || fail "several rows: $(from history.db client port 43030)"
}

moved() {
	mv "$LAB_DIR/history.db" "$LAB_DIR/older.db"
	connection
	wait_for 10 all_written history.db 1 || fail "no new history: $(from history.db)"
	has older.db 5 || fail "the moved one: $(from older.db)"
	export_end history
}

nobody_elses() {
	ln -s history.db "$LAB_DIR/link"
	outcome 1 synscope export --name "$LAB-it" "sqlite:$LAB_DIR/link"
	says "symbolic link"
	head -c 5000 "$LAB_DIR/older.db" >"$LAB_DIR/cut.db"
	outcome 1 synscope list --from "$LAB_DIR/cut.db"
	says "^synscope: cannot read the history '.*cut.db': .*malformed"
	outcome 1 synscope export --name "$LAB-it" "sqlite:$LAB_DIR/cut.db"
	says "cannot export to .*malformed"
}

# ---- a full disk

# Another destination gets its records after the history, so that what it has was put into the queue of the history,
# too.
full_disk() {
	local batch
	port=43100
	mkdir "$LAB_DIR/small"
	mount -t tmpfs -o size=1m small "$LAB_DIR/small"
	export_start --queue 16 "sqlite:$LAB_DIR/small/flows.db" "file:$LAB_DIR/beside"
	connection
	wait_for 10 all_written small/flows.db 1 || fail "$(cat "$LAB_DIR/history.err")"
	head -c 1m /dev/zero >"$LAB_DIR/small/filler" 2>/dev/null || true
	for batch in 11 21; do # no more at once than the other queue takes
		while [ $((port - 43100)) -lt $batch ]; do
			connection
		done
		wait_for 20 told_beside $batch || fail "not told: $(cat "$LAB_DIR/beside")"
	done
	wait_for 10 grep -q "small/flows.db' now: No space left on device" "$LAB_DIR/history.err" || fail "$(cat "$LAB_DIR/history.err")"
	rm "$LAB_DIR/small/filler"
	wait_for 60 grep -q "small/flows.db' takes records again" "$LAB_DIR/history.err" || fail "$(cat "$LAB_DIR/history.err")"
	wait_for 10 has small/flows.db 17 || fail "not written: $(from small/flows.db | wc -l)"
	connection
	wait_for 10 has small/flows.db 18 || fail "does not go on"
	export_end history
	grep -q "4 records for 'sqlite:.*' are lost: .*full" "$LAB_DIR/history.err" || fail "not told: $(cat "$LAB_DIR/history.err")"
	umount "$LAB_DIR/small"
}

told_beside() { # COUNT: the ends of that many flows
	[ "$(jq -c 'select(.record == "ended")' "$LAB_DIR/beside" | wc -l)" -eq "$1" ]
}

# ---- many

read_while_written() {
	local maker before=0 now
	"$BUILD/history_maker" "sqlite:$LAB_DIR/many.db" 100000000 5000 >"$LAB_DIR/made" &
	maker=$!
	lab_pids+=($!)
	wait_for 10 test -s "$LAB_DIR/many.db"
	for _ in 1 2 3; do
		wait_for 10 more_than "$before" || fail "no more than $before flows are read"
		now=$(from many.db | wc -l)
		before=$now
		outcome 0 synscope stats --from "$LAB_DIR/many.db" --by server-port
	done
	kill -KILL "$maker"
	wait "$maker" || true
	[ "$(from many.db | wc -l)" -ge "$before" ] || fail "flows that were read are lost"
}

more_than() { # COUNT
	[ "$(from many.db | wc -l)" -gt "$1" ]
}

killed() { # at 200 random moments
	outcome 0 "$BUILD/history_killer" "$LAB_DIR/killed.db" 200
	[ "$(cat "$LAB_DIR/out")" -ge 100 ] || fail "only $(cat "$LAB_DIR/out") rounds have written anything"
}

bytes_of() { # FILE: of all its files
	stat -c %s "$LAB_DIR/$1"* | awk '{ sum += $1 } END { print sum }'
}

kept() {
	local limit=$((16 * 1024 * 1024)) most=0 bytes maker
	"$BUILD/history_maker" "sqlite:$LAB_DIR/kept.db" 100000 0 $limit >"$LAB_DIR/made" &
	maker=$!
	lab_pids+=($!)
	while kill -0 "$maker" 2>/dev/null; do
		bytes=$(bytes_of kept.db 2>/dev/null || true)
		[ "${bytes:-0}" -le "$most" ] || most=$bytes
		pause 0.05
	done
	wait "$maker" || fail "not all were written: $(cat "$LAB_DIR/made")"
	[ "$most" -le $limit ] || fail "$most bytes"
	[ "$(from kept.db | wc -l)" -gt 10000 ] || fail "$(from kept.db | wc -l) flows are left"
	outcome 0 synscope list --from "$LAB_DIR/kept.db" -o json client bytes 100000
	jq -e 'length == 1' "$LAB_DIR/out" >/dev/null || fail "the newest one is not there"
	export_start --keep 1s "sqlite:$LAB_DIR/kept.db"
	wait_for 20 has kept.db 0 || fail "$(from kept.db | wc -l) old flows are left"
	wait_for 20 smaller_than kept.db $((limit / 2)) || fail "still $(bytes_of kept.db) bytes"
	export_end history
}

smaller_than() { # FILE BYTES
	[ "$(bytes_of "$1")" -lt "$2" ]
}

own_mounts
lab_begin
lab_wired_pair 5
must peer server l0 listen $server4 80
must peer server l1 listen $server6 80
attach it eth0 --netns "$LAB-client" --timeout time_wait=1 --timeout closed=300
same_as_live
asked
told_again
moved
nobody_elses
full_disk
read_while_written
killed
kept
