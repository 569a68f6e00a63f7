#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The benchmark produces every figure, as a table and as JSON; the figures themselves are not judged here. It says what
# it could not measure, and leaves nothing behind, whether it ends or is interrupted.
# exclusive: it needs much memory, and measures time
. tests/system/lib/lib.sh

readonly targets='established_1k_vs_hash established_64k_vs_hash established_1m_vs_hash established_1m_vs_floor
	established_1k_vs_parse established_1m_rtt_vs_off veth_1m_vs_hash syn_full_vs_lru flood_established_lost
	flood_handshakes_ok scan_1m_vs_batch watch_vs_none serve_vs_none serve_ten_viewers serve_event_delay
	non_tcp_vs_empty replay_packets_per_second replay_start'
readonly others='established_ipv6_1_vs_hash established_4m_pipelined_vs_floor life_vs_hash watch_life_vs_none
	list_filter_vs_list two_cpus_flows_vs_hash xdp_ether_verified_vs_hash fullest_bucket_neighbours_vs_random
	object_size memory_per_flow_vs_hash scrape_text_vs_read scrape_native_vs_read serve_memory serve_life_vs_none'

nothing_left() {
	local left
	left=$(find /sys/fs/bpf/synscope -mindepth 1 -maxdepth 1 -regextype egrep -regex '.*/(watched|dumped|served)' \
		2>/dev/null || true)
	left+=$(ip -o link | grep -E ': (bench|hold)[0-9]|: (watched|dumped|served)' || true)
	[ -z "$left" ] || fail "$1 left this: $left"
}

lab_begin
figures="$LAB_DIR/figures"
outcome 0 env BENCH_QUICK=1 BENCH_JSON="$figures" "$BUILD/bench"
cp "$LAB_DIR/out" "$LAB_DIR/table"
nothing_left "a run"
jq -se '(map(.name) | length == (unique | length)) and all(
	keys == ["baseline", "max", "median", "min", "name", "ratio", "unit"] and (.name | test("^[a-z0-9_]+$"))
	and (.unit | length > 0) and (.min == null or (.min <= .median and .median <= .max)))' "$figures" >/dev/null ||
	fail "a figure is wrong: $(cat "$figures")"
for name in $targets $others list_vs_conntrack; do
	jq -se --arg name "$name" 'any(.name == $name)' "$figures" >/dev/null || fail "no figure $name"
done
for name in $targets; do
	jq -se --arg name "$name" 'any(.name == $name and .median != null)' "$figures" >/dev/null ||
		fail "$name was not measured: $(grep "^| $name " "$LAB_DIR/table")"
	grep -qE "^\| $name \|.*\| (≤|≥) [0-9.]+: (met|missed) \|$" "$LAB_DIR/table" || fail "the table does not judge $name"
done
rows=$(grep -cE '^\| [a-z0-9_]+ \| [^|]+ \| ([0-9.-]+ \| ){5}.*\|$' "$LAB_DIR/table" || true)
[ "$rows" -eq "$(wc -l <"$figures")" ] ||
	fail "the table has $rows rows, not as many as there are figures: $(cat "$LAB_DIR/table")"
# Figures that do not depend on speed are right in a quick run, too.
jq -se 'map({(.name): .}) | add | .flood_established_lost.median == 0 and .flood_handshakes_ok.median == 100
	and .memory_per_flow_vs_hash.median < 915' "$figures" >/dev/null || fail "what is counted: $(cat "$figures")"

outcome 2 "$BUILD/bench" nonsense
says 'nonsense.*established.*veth'
outcome 2 env BENCH_ROUNDS=4 "$BUILD/bench" non_tcp
says 'BENCH_ROUNDS.*5'

env --default-signal=INT "$BUILD/bench" dump >"$LAB_DIR/out" 2>&1 & # a background job would ignore the signal
lab_pids+=($!)
wait_for 6 test -d /proc/$!/root/sys/fs/bpf/synscope/dumped || # it has a bpffs of its own
	fail "it does not start: $(cat "$LAB_DIR/out")"
kill -INT $!
! wait $! || fail "it was not interrupted: $(cat "$LAB_DIR/out")"
nothing_left "an interrupted run"
