#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `replay` of a long capture: ten million packets through a pipe, in memory that does not grow with their number. It
# reports its speed, and shows its progress on a terminal.
. tests/system/lib/lib.sh

readonly room=$((160 << 20)) # address space: libraries and buffers, and 50 MiB for the table
readonly ports=60000         # of capture_maker

lab_begin
unset TMPDIR
flows=1000000
[ "${TEST_PATIENCE:-1}" -eq 1 ] || flows=20000
limit=(prlimit "--as=$room")
! grep -q __asan_init "$BUILD/synscope" || limit=() # which reserves terabytes
"$BUILD/capture_maker" -c $flows -n 60 |
	"${limit[@]}" "$BUILD/synscope" replay - --stats -o jsonl client port 1025 or client port 1026 \
		>"$LAB_DIR/out" 2>"$LAB_DIR/err" || fail "ended with $?: $(cat "$LAB_DIR/err")"
says "^synscope: ${flows}0 packets in .*: [0-9]+ packets/s"
awk '/packets\/s/ { off = $2 / $5 / $7; ok = off > 0.99 && off < 1.01 } END { exit !ok }' "$LAB_DIR/err" ||
	fail "the reported speed is wrong: $(cat "$LAB_DIR/err")"
jq -es --argjson flows $((2 * ((flows + ports - 1) / ports))) 'length == $flows and . == sort_by(.first_seen) and
	all(.outcome == "closed" and .client.packets == 6 and .server.packets == 4 and .client.payload_bytes == 1000)' \
	"$LAB_DIR/out" >/dev/null || fail "not what was sent: $(head -c 2000 "$LAB_DIR/out")"

few=40000
"$BUILD/capture_maker" -c $few -n 60 >"$LAB_DIR/many"
TERM=xterm script -qec "$BUILD/synscope replay $LAB_DIR/many -o jsonl | wc -l" /dev/null </dev/null >"$LAB_DIR/screen"
grep -q $few "$LAB_DIR/screen" || fail "on a terminal: $(tail -n 2 "$LAB_DIR/screen")"

# ---- flows that have left the table are in a file, where one can be made

with_mounts() { # WHAT-TO-DO COMMAND...
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private bash -c 'eval "$1" && shift && exec "$@"' bash "$@"
}

outcome 0 synscope replay "$LAB_DIR/many" -o jsonl --max-flows 1000
cp "$LAB_DIR/out" "$LAB_DIR/by_file"
[ "$(wc -l <"$LAB_DIR/by_file")" -eq $few ] || fail "flows are missing: $(wc -l <"$LAB_DIR/by_file")"
outcome 0 with_mounts 'mount -o bind,ro /var/tmp /var/tmp && mount -o bind,ro /tmp /tmp' \
	"$BUILD/synscope" replay "$LAB_DIR/many" -o jsonl --max-flows 1000
cmp "$LAB_DIR/out" "$LAB_DIR/by_file" >&2 || fail "in memory it is not the same"
mkdir "$LAB_DIR/small"
outcome 1 with_mounts "mount -t tmpfs -o size=1m none $LAB_DIR/small" env TMPDIR="$LAB_DIR/small" \
	"$BUILD/synscope" replay "$LAB_DIR/many" -o jsonl --max-flows 1000
says 'cannot write the temporary file .*: no space left on device; TMPDIR names'
[ -z "$(ls -A "$LAB_DIR/small")" ] || fail "something is left in TMPDIR"
