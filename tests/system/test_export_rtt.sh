#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Round trips (--rtt) in IPFIX: a collector that knows nothing but the numbers of our elements, 5 to 12 of --pen, has
# for each flow what `list` shows of it, and the lines of the same records.
. tests/system/lib/lib.sh
. tests/system/lib/wired.sh
. tests/system/lib/export.sh

# Of a flow, in the order of the elements; 0: it has no such element. The client's last round trip, element 6, is left
# out: nfacctd takes the flags of the reverse direction, element 6 of another enterprise, for it.
# shellcheck disable=SC2016 # jq expands the variable
readonly ours='def of($side): (.rtt[$side] // {}) | [.min_ns, .last_ns, .smoothed_ns, .samples] | map(. // 0);
	[.client.port] + (of("client") | del(.[1])) + of("server")'
readonly theirs='[.port_src] + ([.c_min, .c_smoothed, .c_samples, .s_min, .s_last, .s_smoothed, .s_samples] |
	map(tonumber))'

collector_begin() {
	local i=5 end figure
	for end in c s; do
		for figure in min,8 last,8 smoothed,8 samples,4; do
			echo "name=${end}_${figure%,*} field_type=63000:$((i++)) len=${figure#*,} semantics=u_int"
		done
	done >"$LAB_DIR/primitives"
	nfacctd_begin "src_host, src_port, dst_port, c_min, c_last, c_smoothed, c_samples, s_min, s_last, s_smoothed, s_samples"
}

lines_are() { # FILE COUNT
	[ "$(wc -l 2>/dev/null <"$LAB_DIR/$1")" -eq "$2" ]
}

same() { # WHAT OURS THEIRS
	[ "$2" = "$3" ] || fail "$1: $(diff <(echo "$2") <(echo "$3"))"
}

own_mounts
lab_begin
have nfacctd || skip_without
lab_wired_pair 5
lab_host collector
peer_start collector
must peer server l0 listen $server4 80
must peer server l1 listen $server6 80
attach it eth0 --netns "$LAB-client" --rtt --timeout time_wait=1 --timeout closed=600
collector_begin
nsenter --net="/run/netns/$LAB-collector" "$BUILD/synscope" export --name "$LAB-it" --pen 63000 ipfix://127.0.0.1:9996 \
	"file:$LAB_DIR/flows.jsonl" >"$LAB_DIR/it.out" 2>"$LAB_DIR/it.err" </dev/null &
export_begun it $! it
for ((i = 0; i < 4; i++)); do
	connection
done
peer client r connect $server4 81 43900 || true # refused: without round trips
wait_for 20 lines_are flows.jsonl 5 || fail "not exported: $(cat "$LAB_DIR/flows.jsonl" "$LAB_DIR/it.err")"
wait_for 20 acct_has 5 || fail "nfacctd has not 5 flows: $(cat "$LAB_DIR/acct.json" "$LAB_DIR/nfacctd.log")"
export_end it
nfacctd_end
listed=$(synscope list --name "$LAB-it" --all -o jsonl | jq -c "$ours" | sort)
[ "$(jq -cs 'map([.[3] > 0, .[7] > 0]) | sort' <<<"$listed")" = "[[false,false]$(printf ',[true,true]%.0s' 1 2 3 4)]" ] ||
	fail "not four flows with round trips to both ends and one without: $listed"
same "the lines of the records" "$listed" "$(jq -c "$ours" "$LAB_DIR/flows.jsonl" | sort)"
same "what the collector has" "$listed" "$(jq -c "$theirs" "$LAB_DIR/acct.json" | sort)"
