#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `replay` in this process and `replay --in-kernel`: byte for byte the same output, of every capture there is and in
# every form.
# long: 15 s
. tests/system/lib/lib.sh
captures=${CAPTURES:-../shared/pcaps} # as in test_captures.sh
compared=0
readonly speed="^synscope: [0-9]+ packets? in "

same() { # FILE OPTION...
	local status=0 in_kernel=0
	synscope replay "$@" >"$LAB_DIR/process" 2>"$LAB_DIR/process.err" </dev/null || status=$?
	synscope replay "$@" --in-kernel >"$LAB_DIR/kernel" 2>"$LAB_DIR/kernel.err" </dev/null || in_kernel=$?
	[ $status -eq $in_kernel ] || fail "replay $*: ends with $status, in the kernel with $in_kernel"
	cmp "$LAB_DIR/process" "$LAB_DIR/kernel" >&2 || fail "replay $*: in the kernel it prints something else"
	cmp <(grep -vE "$speed" "$LAB_DIR/process.err") <(grep -vE "$speed" "$LAB_DIR/kernel.err") >&2 ||
		fail "replay $*: in the kernel it says something else"
	compared=$((compared + 1))
}

every_form() { # FILE
	local flow
	same "$1"
	same "$1" -o json --timeout all=none --rtt --stats
	same "$1" -o csv --key-vlan --timeout all=1 not established
	same "$1" -o jsonl --events
	same "$1" --events --utc --timeout all=1
	while read -r flow; do
		same "$1" --show "$flow" -o json
	done < <(synscope replay "$1" -o jsonl | jq -r .id | sort -u | head -n 3)
}

# Connections, resets, strays and timeouts of many flows, some of which begin in the same instant.
mixed_segments() {
	local i
	for ((i = 0; i < 300; i++)); do
		printf '%d.0 %d:%d 2:%d S %d 0 0\n' $((i / 50)) $((10 + i % 7)) $((2000 + i)) $((443 + i % 3)) $((i * 7919))
		[ $((i % 2)) -eq 1 ] || printf '%d.5 2:%d %d:%d %s %d %d 0\n' $((i / 50)) $((443 + i % 3)) \
			$((10 + i % 7)) $((2000 + i)) "$([ $((i % 3)) -eq 0 ] && echo RA || echo SA)" $((i * 104729)) $((i * 7919 + 1))
	done
	for ((i = 0; i < 300; i += 5)); do
		printf '%d.0 %d:%d 2:%d %s %d %d %d\n' $((100 + i)) $((10 + i % 7)) $((2000 + i)) $((443 + i % 3)) \
			"$([ $((i % 4)) -eq 0 ] && echo FA || echo PA)" $((i * 7919 + 1)) $((i * 104729 + 1)) $i
	done
	echo '700.0 3:1 2:443 PA 1 1 10'
}

lab_begin
mixed_segments >"$LAB_DIR/mixed"
"$BUILD/capture_maker" <"$LAB_DIR/mixed" >"$LAB_DIR/ethernet"
every_form "$LAB_DIR/ethernet"
sed 's/^/6 /' "$LAB_DIR/mixed" | "$BUILD/capture_maker" -f pcapng -l 101 >"$LAB_DIR/raw"
same "$LAB_DIR/raw" -o jsonl --events
"$BUILD/capture_maker" -f pcap-ns -s -n 60 -l 276 <"$LAB_DIR/mixed" >"$LAB_DIR/cut"
same "$LAB_DIR/cut" -o json
"$BUILD/capture_maker" <<<"0.0 1:40000 2:443 PA 1000 9000 65495" >"$LAB_DIR/long"
same "$LAB_DIR/long" -o json
head -c 5000 "$LAB_DIR/ethernet" >"$LAB_DIR/damaged"
same "$LAB_DIR/damaged" -o json
"$BUILD/capture_maker" -c 20000 >"$LAB_DIR/many"
same "$LAB_DIR/many" -o jsonl --events server port 443
for expected in "$captures"/*.jsonl; do
	[ -e "$expected" ] || continue
	same "${expected%.jsonl}" -o jsonl
	same "${expected%.jsonl}" -o jsonl --events
done
[ -d "$captures" ] || echo "no captures of others: $captures is not there"
echo "$compared outputs are the same"
