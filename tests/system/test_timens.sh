#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A reader in a time namespace, whose clocks are offset, shows the same times as one outside, and its events arrive.
. tests/system/lib/lib.sh

unshare --time true 2>/dev/null || skip "no time namespaces"
lab_begin
lab_pair
must peer server l listen $server4 80
attach in eth0 --netns "$LAB-server" --timeout established=100
must peer client c connect $server4 80 48001
must peer server a accept l

readonly forked=(unshare --time --fork --kill-child)

shown() { # COMMAND...: the flow's times, and whether it is alive
	"$@" "$BUILD/synscope" list -o json --name "$LAB-in" | jq -c '.[] | [.first_seen, .last_seen, .client.state]'
}

outside=$(shown env)
[[ $outside == *ESTABLISHED* ]] || fail "no flow: $outside"
# The offsets are longer than the flow's timeout, and than a reader of events may go without a heartbeat. None makes the
# clock negative.
uptime=$(cut -d . -f 1 /proc/uptime)
readonly offsets="1000000 -$((uptime / 2))"
for offset in $offsets; do
	inside=$(shown "${forked[@]}" --monotonic "$offset" --boottime $((offset / 2)))
	[ "$inside" = "$outside" ] || fail "with an offset of $offset s: $inside instead of $outside"
done

# Without --fork, the namespace with the offset is only that of later children: the process itself has no offset.
inside=$(shown unshare --time --monotonic 1000000)
[ "$inside" = "$outside" ] || fail "without a fork: $inside instead of $outside"

of_watch() { # PID COMMAND...: run it for that process, or for its child, whichever is `watch`
	local pid
	for pid in "$1" $(pgrep -P "$1"); do
		[ "$(cat "/proc/$pid/comm")" = synscope ] || continue
		"${@:2}" "$pid"
		return
	done
	return 1
}

events_arrive() { # CLIENT-PORT COMMAND...: at a `watch` that the command runs
	local reader now seen
	lab_background "$LAB_DIR/events" "${@:2}" "$BUILD/synscope" watch --name "$LAB-in" -o jsonl
	reader=$!
	wait_for 10 of_watch $reader watching || fail "no reader: $(cat "$LAB_DIR/events")"
	must peer client "c$1" connect $server4 80 "$1"
	wait_for 10 grep -q '"event":"handshake"' "$LAB_DIR/events" || fail "no event: $(cat "$LAB_DIR/events")"
	now=$(date +%s)
	seen=$(head -n1 "$LAB_DIR/events" | jq '.time | sub("\\..*"; "Z") | fromdate')
	((seen > now - 100 && seen < now + 100)) || fail "an event of $seen at $now"
	of_watch $reader kill || fail "no reader any more: $(cat "$LAB_DIR/events")"
	wait "$reader" || true
}

events_arrive 48002 unshare --time --monotonic 1000000
for offset in $offsets; do
	events_arrive $((48003 + (offset > 0))) "${forked[@]}" --monotonic "$offset"
done
detach in
