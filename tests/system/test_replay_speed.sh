#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `replay` of a long capture: it reports its speed, and shows its progress on a terminal.
. tests/system/lib/lib.sh

lab_begin
flows=50000
[ "${TEST_PATIENCE:-1}" -eq 1 ] || flows=2000
"$BUILD/capture_maker" -c $flows >"$LAB_DIR/many"
outcome 0 synscope replay "$LAB_DIR/many" --stats -o jsonl
says "^synscope: ${flows}0 packets in .*: [0-9]+ packets/s"
awk '/packets\/s/ { off = $2 / $5 / $7; ok = off > 0.99 && off < 1.01 } END { exit !ok }' "$LAB_DIR/err" ||
	fail "the reported speed is wrong: $(cat "$LAB_DIR/err")"
TERM=xterm script -qec "$BUILD/synscope replay $LAB_DIR/many -o jsonl | wc -l" /dev/null </dev/null >"$LAB_DIR/screen"
grep -q $flows "$LAB_DIR/screen" || fail "on a terminal: $(tail -n 2 "$LAB_DIR/screen")"
