#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# After an interface is deleted, every command that shows its flows says so, in every format, and still shows them.
. tests/system/lib/lib.sh
own_mounts
. tests/system/lib/terminal.sh

told() { # IFNAME NAME: the last command said exactly once that this interface is gone
	[ "$(grep -c "interface $1 of '$LAB-$2' is gone" "$LAB_DIR/err")" -eq 1 ] ||
		fail "no single message that $1 of $2 is gone: $(cat "$LAB_DIR/err")"
}

untold() {
	! grep -q "is gone" "$LAB_DIR/err" || fail "a message about an interface that exists: $(cat "$LAB_DIR/err")"
}

out_must() { # JQ-CONDITION
	jq -e "$1" "$LAB_DIR/out" >/dev/null || fail "not '$1': $(cat "$LAB_DIR/out")"
}

column() { # NAME: of the only record of the CSV
	awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
		NR == 2 { print $column }' "$LAB_DIR/out"
}

said() { # LOG REGEX
	grep -E -- "$2" "$LAB_DIR/$1" >/dev/null
}

lab_begin
lab_pair
lab_link client spare0 server spare0
must peer server l listen $server4 80
attach part eth0 spare0 --netns "$LAB-client" --direction both
attach whole eth0 --netns "$LAB-server"
must peer client c connect $server4 80 42001
must peer server a accept l
flow_must part 42001 '.client.state == "ESTABLISHED"'
flow_must whole 42001 '.client.state == "ESTABLISHED"'

outcome 0 synscope list -o json
untold
out_must 'all(.ifstate == "up")'
outcome 0 synscope stats -o json
untold
out_must 'all(.interfaces_gone == 0)'

# While commands run: watch, stats --interval, top. (With -o json, --interval prints one record after the other.)
lab_background "$LAB_DIR/watch" "$BUILD/synscope" watch -o jsonl
lab_background "$LAB_DIR/interval" "$BUILD/synscope" stats --interval 1 -o jsonl
wait_for 10 said interval '"interfaces_gone":0' || fail "stats --interval prints nothing: $(cat "$LAB_DIR/interval")"
terminal_start 120 30 "$BUILD/synscope top"
screen_must_show "^$LAB-part, $LAB-whole +2 flows"
ip -n "$LAB-client" link delete eth0 # this deletes the other end, too
screen_must_show "^$LAB-part \\(eth0 gone\\), $LAB-whole \\(gone\\) +2 flows"
press q
screen_must_show 'ended with 0'
terminal_end
for log in watch interval; do
	for name in part whole; do
		wait_for 10 said $log "interface eth0 of '$LAB-$name' is gone" ||
			fail "$log has no message about $name: $(cat "$LAB_DIR/$log")"
	done
done
wait_for 10 said interval '"interfaces_gone":1' || fail "stats --interval: $(cat "$LAB_DIR/interval")"
kill "${lab_pids[@]: -2}"
wait "${lab_pids[@]: -2}" || true
[ "$(grep -c 'is gone' "$LAB_DIR/watch")" -eq 2 ] || fail "watch reports it more than once: $(cat "$LAB_DIR/watch")"

# Its flows can be listed, in every format.
for name in part whole; do
	one=(--name "$LAB-$name")
	outcome 0 synscope list "${one[@]}"
	told eth0 $name
	grep -q ESTABLISHED "$LAB_DIR/out" || fail "no flow in the list: $(cat "$LAB_DIR/out")"
	outcome 0 synscope list "${one[@]}" -o json
	told eth0 $name
	out_must '.[0] | .ifname == "eth0" and .ifstate == "gone"'
	outcome 0 synscope list "${one[@]}" -o jsonl
	told eth0 $name
	out_must '.ifname == "eth0" and .ifstate == "gone"'
	outcome 0 synscope list "${one[@]}" -o csv
	told eth0 $name
	[ "$(column ifname) $(column ifstate)" = "eth0 gone" ] || fail "csv: $(cat "$LAB_DIR/out")"

	flow="$client4:42001-$server4:80"
	outcome 0 synscope show "$flow" "${one[@]}"
	told eth0 $name
	grep -qE "interface +eth0 \\(gone\\)" "$LAB_DIR/out" || fail "show: $(cat "$LAB_DIR/out")"
	outcome 0 synscope show "$flow" "${one[@]}" -o json
	told eth0 $name
	out_must '.ifstate == "gone"'
	outcome 0 synscope show "$flow" "${one[@]}" -o csv
	[ "$(column ifstate)" = gone ] || fail "show -o csv: $(cat "$LAB_DIR/out")"

	outcome 0 synscope stats "${one[@]}"
	told eth0 $name
	grep -qE '^ +gone +eth0$' "$LAB_DIR/out" || fail "stats: $(cat "$LAB_DIR/out")"
	outcome 0 synscope stats "${one[@]}" --by server-port
	grep -qE '^ +gone +eth0$' "$LAB_DIR/out" || fail "stats --by: $(cat "$LAB_DIR/out")"
	outcome 0 synscope stats "${one[@]}" -o json
	told eth0 $name
	out_must '.[0].interfaces_gone == 1'
	outcome 0 synscope stats "${one[@]}" -o csv
	[ "$(column interfaces_gone)" = 1 ] || fail "stats -o csv: $(cat "$LAB_DIR/out")"

	outcome 0 synscope status "${one[@]}"
	grep -qE 'eth0, gone' "$LAB_DIR/out" || fail "status: $(cat "$LAB_DIR/out")"
	outcome 0 synscope status "${one[@]}" -o json
	out_must '.[0].interfaces[0].state == "gone" and all(.[0].interfaces[1:][]; .state == "up")'
	outcome 0 synscope status "${one[@]}" -o csv
	[[ $(column interfaces.state) == gone* ]] || fail "status -o csv: $(cat "$LAB_DIR/out")"

	outcome 0 synscope flush port 1 "${one[@]}"
	told eth0 $name
	outcome 0 synscope flush port 1 "${one[@]}" -o json
	told eth0 $name
	out_must '.[0].interfaces_gone == 1'
	outcome 0 synscope flush port 1 "${one[@]}" -o csv
	[ "$(column interfaces_gone)" = 1 ] || fail "flush -o csv: $(cat "$LAB_DIR/out")"
done

# A watch that starts now reports it at once; a command that looks for a flow of another instance does not mention it.
lab_background "$LAB_DIR/late" "$BUILD/synscope" watch --name "$LAB-part"
wait_for 10 said late "interface eth0 of '$LAB-part' is gone" || fail "watch: $(cat "$LAB_DIR/late")"
kill "${lab_pids[-1]}"
wait "${lab_pids[-1]}" || true

# An instance that still has an interface stays; the other one is removed by the next detach.
lab_link client eth9 server eth9
attach next eth9 --netns "$LAB-server"
[ -n "$(pins part)" ] || fail "an instance that has an interface was removed"
[ -z "$(pins whole)" ] || fail "an instance without an interface is still there"
ip -n "$LAB-client" link delete spare0
detach next
[ -z "$(pins part)" ] || fail "an instance without an interface is still there"
