#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A router that sees each segment twice, as it comes in and as it goes out: SYNs and SYN/ACKs count as duplicates and
# not as retransmitted, latencies are certain, and status says what to do. After that is done, nothing counts twice.
. tests/system/lib/lib.sh
# shellcheck source=lib/routed.sh
. tests/system/lib/routed.sh

ports=48000

# SERVER-IP JQ-CONDITION: a new connection, of which the router must show this as soon as both ends have it. The first
# copies may come too late on a busy machine, so that this is tried again.
connection_is_seen() {
	ports=$((ports + 1))
	must peer server l listen "$1" 80
	must peer client c connect "$1" 80 $ports
	must peer server s accept l
	must peer client c send 1000
	must peer server s recv 1000
	must peer client c reset
	must peer server s close
	must peer server l close
	flow_is router $ports "$2"
}

says_twice() {
	synscope status --name "$LAB-router" >"$LAB_DIR/status"
	grep -q 'most segments are seen twice' "$LAB_DIR/status"
}

lab_begin
lab_routed_pair
attach router eth0 eth1 --netns "$LAB-router" --direction both
for server in $far4 $far6; do
	wait_for 10 connection_is_seen "$server" '.anomalies.duplicate == 2 and .origin == "handshake"
		and .client.syn == 2 and .server.syn == 2 and .handshake.handshake_ns > 0
		and .handshake.syn_retransmits == 0 and .handshake.synack_retransmits == 0
		and (.handshake.rtt_ambiguous | not)' || fail "not seen as copies: $(flow router $ports)"
done
says_twice || fail "status does not say so: $(cat "$LAB_DIR/status")"
grep -q 'attach with --direction ingress' "$LAB_DIR/status" || fail "no advice: $(cat "$LAB_DIR/status")"

# Anomalies are in every output.
id=$(flow router $ports .id | tr -d '"')
anomalies=$(flow router $ports .anomalies)
[ "$(synscope show "$id" --name "$LAB-router" -o json | jq -c .anomalies)" = "$anomalies" ] ||
	fail "show has others than $anomalies"
synscope list --all --name "$LAB-router" -o csv "client port $ports" >"$LAB_DIR/csv"
while read -r name count; do
	awk -F , -v name="anomalies.$name" -v count="$count" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
		NR == 2 { same = column && $column == count }
		END { exit !same }' "$LAB_DIR/csv" || fail "anomalies.$name is not $count in CSV: $(cat "$LAB_DIR/csv")"
	[ "$(synscope list --all --name "$LAB-router" -o json "client port $ports and $name = $count" | jq length)" -eq 1 ] ||
		fail "the filter does not find $name = $count"
done < <(jq -r 'to_entries[] | "\(.key) \(.value)"' <<<"$anomalies")
outcome 0 synscope show "$id" --name "$LAB-router"
grep -qE 'anomalies +duplicate 2$' "$LAB_DIR/out" || fail "show names no duplicates: $(cat "$LAB_DIR/out")"
detach router

attach router eth0 eth1 --netns "$LAB-router"
for server in $far4 $far6; do
	wait_for 10 connection_is_seen "$server" '.anomalies.duplicate == 0 and .client.syn == 1 and .server.syn == 1
		and .client.retransmits == 0' || fail "seen twice: $(flow router $ports)"
done
! says_twice || fail "status says so all the same: $(cat "$LAB_DIR/status")"
