#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A thousand instances, with a process limit of 1,024 descriptors: every command works as with one instance.
# long: 25 s
. tests/system/lib/lib.sh
own_mounts
. tests/system/lib/terminal.sh

readonly count=1000
limited=(prlimit --nofile=1024:1024 "$BUILD/synscope")
pins=/sys/fs/bpf/synscope

quietly() { # COMMAND...: it succeeds without a message
	outcome 0 "$@"
	[ ! -s "$LAB_DIR/err" ] || fail "'$*' says $(head -n 3 "$LAB_DIR/err")"
}

all_of() { # JQ-EXPRESSION: over the records of the last output, it has as many different values as there are instances
	local found
	found=$(jq -r "$1" "$LAB_DIR/out" | sort -u | wc -l)
	[ "$found" -eq $count ] || fail "$found instances, not $count: $(head -c 300 "$LAB_DIR/out")"
}

lab_begin
lab_host many other
lab_link many eth0 other eth0
lab_address many eth0 $client4/24
lab_address other eth0 $server4/24
peer_start many
peer_start other
must peer other l listen $server4 80
attach t eth0 --netns "$LAB-many" --max-flows 64
must peer many c connect $server4 80 41001
must peer other a accept l
flow_must t 41001 '.client.state == "ESTABLISHED"'
for ((i = 1; i < count; i += 2)); do
	echo "link add d$i type veth peer name d$((i + 1))"
done | ip -n "$LAB-many" -batch -
on many "$BUILD/bpf_helper" copies "$pins/$LAB-t" $((count - 1)) d

quietly "${limited[@]}" list -o jsonl
all_of .instance
quietly "${limited[@]}" list --limit 1000 --processes -o jsonl
all_of .instance
quietly "${limited[@]}" status -o jsonl
all_of .name
quietly "${limited[@]}" stats -o jsonl
all_of .instance
quietly "${limited[@]}" show "$client4:41001-$server4:80" -o json
jq -e '.client.port == 41001' "$LAB_DIR/out" || fail "show: $(cat "$LAB_DIR/out")"
quietly "${limited[@]}" flush port 1 -o jsonl
all_of .instance

# watch takes a reader slot in each instance, and frees it at the end.
watching() {
	[ "$("$BUILD/bpf_helper" readers "$pins"/* | grep -c ' 1$')" -eq "$1" ]
}
"${limited[@]}" watch -o jsonl >"$LAB_DIR/out" 2>"$LAB_DIR/err" &
watcher=$!
lab_pids+=("$watcher")
wait_for 30 watching $count || fail "not every instance is watched: $(head -n 3 "$LAB_DIR/err")"
kill -INT "$watcher"
wait "$watcher" || fail "watch ended with $?: $(head -n 3 "$LAB_DIR/err")"
[ ! -s "$LAB_DIR/err" ] || fail "watch says $(head -n 3 "$LAB_DIR/err")"
watching 0 || fail "watch left reader slots taken"

terminal_start 100 30 "${limited[*]} top"
screen_must_show "^$count instances +$count flows"
press q
screen_must_show 'ended with 0'
terminal_end

# Other instances are attached, upgraded and detached beside them.
outcome 0 "${limited[@]}" attach d$count --netns "$LAB-many" --name "$LAB-last" --max-flows 64
outcome 0 "${limited[@]}" attach --upgrade "$LAB-last"
outcome 0 "${limited[@]}" detach "$LAB-last"
[ ! -e "$pins/$LAB-last" ] || fail "it is still pinned"
outcome 0 "${limited[@]}" detach --all
[ ! -e "$pins" ] || fail "still pinned: $(find "$pins" | head)"
nothing_attached many eth0
nothing_attached many d1
nothing_attached many d$((count - 1))
