#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `watch --samples` and `replay --samples`: a line for each round trip, as many as the flows have counted, live and of
# captures.
. tests/system/lib/lib.sh
captures=${CAPTURES:-../shared/pcaps} # as in test_captures.sh
readonly exchanges=15

watch_start() { # NAME OPTION...: output in $LAB_DIR/NAME.out, messages in .err; sets $watcher
	"$BUILD/synscope" watch "${@:2}" >"$LAB_DIR/$1.out" 2>"$LAB_DIR/$1.err" </dev/null &
	watcher=$!
	lab_pids+=($!)
	wait_for 5 watching $watcher || fail "no watcher '$1': $(cat "$LAB_DIR/$1.err")"
}

counted() { # of each flow on stdin: "ID client N", "ID server N"
	jq -r '"\(.id) client \(.rtt.client.samples // 0)", "\(.id) server \(.rtt.server.samples // 0)"' | sort
}

told() { # the same of the events in a file
	jq -rs '(map(.flow.id) | unique)[] as $id | ("client", "server") as $side |
		"\($id) \($side) \(map(select(.flow.id == $id and .side == $side)) | length)"' "$1" | sort
}

all_told() {
	[ "$(told "$LAB_DIR/all.out")" = "$(synscope list --name "$LAB-timed" -o jsonl | counted)" ]
}

# What a user sees of the same round trips, live.
live() {
	local pids=() family
	attach timed eth0 --netns "$LAB-client" --rtt
	watch_start all --name "$LAB-timed" --samples -o jsonl
	pids+=("$watcher")
	watch_start text --name "$LAB-timed" --samples
	pids+=("$watcher")
	watch_start six --name "$LAB-timed" --samples -o csv net $server6
	pids+=("$watcher")
	watch_start changes --name "$LAB-timed" -o jsonl
	pids+=("$watcher")
	must peer server l4 listen $server4 80
	must peer server l6 listen $server6 80
	for family in 4 6; do
		must peer client c$family connect "$([ $family = 4 ] && echo $server4 || echo $server6)" 80
		must peer server s$family accept l$family
		for ((i = 0; i < exchanges; i++)); do
			exchange $family
		done
	done
	wait_for 10 all_told ||
		fail "told: $(told "$LAB_DIR/all.out"), counted: $(synscope list --name "$LAB-timed" -o jsonl | counted)"
	jq -se "length >= 2 * $exchanges and all(.event == \"rtt\" and .rtt_ns >= .min_ns and .min_ns > 0 and
		.flow.rtt[.side].last_ns == .rtt_ns)" "$LAB_DIR/all.out" >/dev/null || fail "$(head -n 3 "$LAB_DIR/all.out")"
	wait_for 5 same_lines text all || fail "text: $(cat "$LAB_DIR/text.out")"
	[ "$(grep -cE '^[0-9:.]{15} rtt +[0-9a-f.:[]+.* (client|server) [0-9.]+[mµ]?s, [0-9.]+[mµ]?s minimum, of [0-9]+$' \
		"$LAB_DIR/text.out")" -eq "$(wc -l <"$LAB_DIR/all.out")" ] || fail "text: $(cat "$LAB_DIR/text.out")"
	[ "$(grep -c '^rtt,' "$LAB_DIR/six.out")" -eq "$(jq -c 'select(.flow.server.ip | contains(":"))' "$LAB_DIR/all.out" |
		wc -l)" ] || fail "the filter: $(cut -c 1-80 "$LAB_DIR/six.out")"
	jq -se 'length > 4 and all(.event != "rtt")' "$LAB_DIR/changes.out" >/dev/null || fail "round trips without --samples"
	kill -TERM "${pids[@]}"
	wait "${pids[@]}" || fail "a watcher failed"
	[ ! -s "$LAB_DIR/all.err" ] || fail "said: $(cat "$LAB_DIR/all.err")"
}

same_lines() { # NAME NAME
	[ "$(wc -l <"$LAB_DIR/$1.out")" -eq "$(wc -l <"$LAB_DIR/$2.out")" ]
}

not_timed() {
	attach plain eth0 --netns "$LAB-server"
	outcome 1 synscope watch --name "$LAB-plain" --samples
	says "no round trips are timed: '$LAB-plain' was attached without --rtt; after 'synscope detach $LAB-plain',"
	says "'synscope attach --rtt IFACE' attaches with it"
	watch_start both --samples
	grep -q "'$LAB-plain' was attached without --rtt, and has no round trips" "$LAB_DIR/both.err" ||
		fail "said: $(cat "$LAB_DIR/both.err")"
	kill -TERM $watcher
	wait $watcher || fail "the watcher failed: $(cat "$LAB_DIR/both.err")"
	detach timed
	outcome 1 synscope watch --samples
	says 'no round trips are timed'
	outcome 2 synscope watch --rtt
	says "'--samples' prints a line for each round trip"
}

built() {
	"$BUILD/capture_maker" -f pcap-ns >"$LAB_DIR/life" <<-'END'
		0.000000 1:40000 2:443 S 1000 0 0
		0.010000 2:443 1:40000 SA 9000 1001 0
		0.035000 1:40000 2:443 A 1001 9001 0
		0.036000 1:40000 2:443 PA 1001 9001 120
		0.040000 2:443 1:40000 PA 9001 1121 50
		0.070000 1:40000 2:443 A 1121 9051 0
		1.000000 1:40000 2:443 FA 1121 9051 0
		1.001000 2:443 1:40000 FA 9051 1122 0
		1.003000 1:40000 2:443 A 1122 9052 0
	END
	for way in "" --in-kernel; do
		# shellcheck disable=SC2086 # zero words or one
		outcome 0 synscope replay "$LAB_DIR/life" --samples -o json $way
		jq -e 'map([.event, .time[17:26], .side, .rtt_ns / 1e6, .min_ns / 1e6]) == [
			["rtt", "20.040000", "server", 4, 4], ["rtt", "20.070000", "client", 30, 30],
			["rtt", "21.001000", "server", 1, 1], ["rtt", "21.003000", "client", 2, 2]]' "$LAB_DIR/out" >/dev/null ||
			fail "replay $way: $(jq -c 'map(del(.flow))' "$LAB_DIR/out")"
		# shellcheck disable=SC2086 # zero words or one
		outcome 0 synscope replay "$LAB_DIR/life" --events --samples -o json $way
		jq -e '. == sort_by(.time) and (map(select(.event == "rtt")) | length) == 4 and any(.event == "handshake")' \
			"$LAB_DIR/out" >/dev/null || fail "among the events $way: $(jq -c 'map(del(.flow))' "$LAB_DIR/out")"
	done
	TZ=UTC synscope replay "$LAB_DIR/life" --samples 'server rtt last < 2ms' >"$LAB_DIR/out"
	grep -qxE '22:13:21.001000 rtt +10.0.0.1:40000-10.0.0.2:443 +server 1.00ms, 1.00ms minimum, of 2' "$LAB_DIR/out" ||
		fail "text: $(cat "$LAB_DIR/out")"
	outcome 2 synscope replay "$LAB_DIR/life" --samples --show 10.0.0.1:40000-10.0.0.2:443
	says '--show cannot be used with --samples'
}

of_others() {
	local capture lines counted
	[ -d "$captures" ] || skip "the rest passes; there are no captures: $captures does not exist"
	for capture in "$captures"/*.pcap "$captures"/*.pcapng; do
		lines=$(synscope replay "$capture" --samples -o jsonl 2>/dev/null | wc -l)
		counted=$(synscope replay "$capture" --rtt -o jsonl 2>/dev/null |
			jq -s 'map((.rtt.client.samples // 0) + (.rtt.server.samples // 0)) | add // 0')
		[ "$lines" -eq "$counted" ] || fail "$capture: $lines round trips are told of, $counted are counted"
	done
}

lab_begin
built
lab_pair
live
not_timed
of_others
