#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A table for a million flows: it can be attached, reports the memory that it takes, and takes no more than it should;
# holds a million live flows without losing one, and lists every one of them.
# long: 35 s
. tests/system/lib/lib.sh
. tests/system/lib/terminal.sh

readonly bytes_per_flow=914
available=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
[ "$available" -ge 1100 ] || skip "1100 MB of memory are needed, $available are available"
lab_begin
lab_pair
attach million eth0 --netns "$LAB-server" --max-flows 1000000
grep -qE '[0-9] ?(bytes|[MG]i?B)' "$LAB_DIR/out" "$LAB_DIR/err" || fail "attach does not say how much memory the table takes: $(cat "$LAB_DIR/err")"
status=$(instance_status million)
jq -e --argjson most $((1000000 * bytes_per_flow)) '.max_flows == 1000000 and .slots >= 2000000
	and .memory_bytes > 0 and .memory_bytes < $most * 1.01' <<<"$status" || fail "status: $status"
must peer server l listen $server4 80
must peer client c connect $server4 80 49001
flow_must million 49001 '.client.state == "ESTABLISHED"'

# A million handshakes through the attached program; at the rated load nothing is evicted.
link=$(find /sys/fs/bpf/synscope -path "*$LAB-million*" -name '*xdp*' | head -1)
"$BUILD/fill" "$link" 999999 3 >/dev/null || fail "fill failed"
status=$(instance_status million)
jq -e '.used == 1000000 and .states.ESTABLISHED == 1000000 and ([.evictions[], .refusals[]] | add) == 0' <<<"$status" >/dev/null ||
	fail "status with 1M flows: $status"
"$BUILD/synscope" list --name "$LAB-million" -o jsonl --timing 2>"$LAB_DIR/timing" | wc -l >"$LAB_DIR/lines"
[ "$(cat "$LAB_DIR/lines")" -eq 1000000 ] || fail "list shows $(cat "$LAB_DIR/lines") flows"
cat "$LAB_DIR/timing"

# A long operation shows its progress on a terminal, but not if the flows are printed there.
start=${EPOCHREALTIME/./}
TERM=xterm script -qec "stty cols 80; $BUILD/synscope list --name $LAB-million -o json | tail -n 2 | wc -l" /dev/null \
	</dev/null >"$LAB_DIR/progress"
[ $((${EPOCHREALTIME/./} - start)) -lt 1500000 ] || grep -qE '[1-9][0-9]* %  [0-9]+ flows, ' "$LAB_DIR/progress" ||
	fail "a long listing shows no progress: $(cat -A "$LAB_DIR/progress")"
TERM=xterm script -qec "stty cols 200; $BUILD/synscope list --name $LAB-million" /dev/null </dev/null |
	grep -m 1 ' % ' && fail "the progress is printed among the flows"

# On the screen, too: keys reach every flow, and the screen is updated.
new_picture() {
	[ "$(screen | head -1)" != "$picture" ]
}

terminal_start 120 24 "$BUILD/synscope top --name $LAB-million --sort client"
screen_must_show '1000000 flows'
screen_must_show '^10.0.0.0:32768-192.0.2.1:443 +ESTABLISHED'
press End
screen_must_show '^10.0.0.30:49726-192.0.2.1:443 +ESTABLISHED'
press Up Home Down
screen_must_show '^10.0.0.0:32768-'
press f 'client port 49001' Enter
screen_must_show '32 of 1000000'
press f C-u Enter / '10.0.0.30:49726-' Enter
screen_must_show '^10.0.0.30:49726-192.0.2.1:443 +ESTABLISHED'
picture=$(screen | head -1)
wait_for 20 new_picture || fail "the screen is not updated: $(screen)"
press q
screen_must_show 'ended with 0'
detach million
