#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Captures of others, and what three other programs made of them: every flow that is judged "strict" has those states,
# counts and latencies.
. tests/system/lib/lib.sh
captures=${CAPTURES:-../shared/pcaps} # CAPTURES: their directory, if it is not beside the project

lab_begin
[ -d "$captures" ] || skip "there are no captures: $captures does not exist"
compared=0 wrong=0
for expected in "$captures"/*.jsonl; do
	capture=${expected%.jsonl}
	synscope replay "$capture" --timeout all=none -o jsonl >"$LAB_DIR/flows" || fail "cannot replay $capture"
	jq -rs --slurpfile expected "$expected" -f tests/system/lib/captures.jq "$LAB_DIR/flows" >"$LAB_DIR/differences"
	sed "s|^|${capture##*/}: |" "$LAB_DIR/differences"
	compared=$((compared + $(jq -s 'map(select(.judge == "strict")) | length' "$expected")))
	wrong=$((wrong + $(grep -c '^strict' "$LAB_DIR/differences" || true)))
done
[ $compared -gt 0 ] || fail "no capture with expected flows in $captures"
[ $wrong -eq 0 ] || fail "$wrong differences in $compared strictly judged flows"
echo "$compared strictly judged flows agree"
