#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A SYN flood on the wire, beside connections that exist already and others that are opened meanwhile: all of the
# connections are tracked to the end, and `status` shows what is happening while it happens.
. tests/system/lib/lib.sh

readonly max_flows=5000 before=20 meanwhile=10

connect() { # FIRST LAST: connections over both families, held open, from ports 40000 + n and 50000 + n
	local n
	for ((n = $1; n <= $2; n++)); do
		must peer client "v4-$n" connect $server4 80 $((40000 + n))
		must peer server "s4-$n" accept l4
		must peer client "v6-$n" connect $server6 80 $((50000 + n))
		must peer server "s6-$n" accept l6
	done
}

established() { # the number of real connections according to synscope
	synscope list --name "$LAB-flood" -o jsonl | jq -s 'map(select(.client.port >= 40000 and .server.port == 80
		and (.client.ip | test("^(10\\.0\\.0\\.1|fd00::1)$")) and .client.state == "ESTABLISHED"
		and .server.state == "ESTABLISHED")) | length'
}

sockets() { # the number according to the client's kernel
	on client ss -tnH state established | wc -l
}

alike() { # COUNT: both numbers are this
	[ "$(established)" -eq "$1" ] && [ "$(sockets)" -eq "$1" ]
}

shows_flood() { # half-open flows are evicted, and no others
	instance_status flood | jq -e '.rates.syn > 100 and .rates.inserted > 100 and .rates.evictions.half_open > 100
		and .half_open > .used / 2 and .evictions.closing == 0 and .evictions.established == 0
		and .rates.refusals.full == 0' >/dev/null
}

lab_begin
lab_pair
attach flood eth0 --netns "$LAB-server" --max-flows $max_flows
must peer server l4 listen $server4 80
must peer server l6 listen $server6 80
connect 1 $before
wait_for 10 alike $((2 * before)) || fail "before the flood: $(established) and $(sockets) connections"
outcome 0 synscope status --name "$LAB-flood"
grep -qE '^  per second +0 SYN, ' "$LAB_DIR/out" || fail "status of a quiet instance: $(cat "$LAB_DIR/out")"

lab_background "$LAB_DIR/flooder" ip netns exec "$LAB-client" "$BUILD/flooder" eth0
flooder=${lab_pids[-1]}
wait_for 60 shows_flood || fail "status during the flood: $(instance_status flood) $(cat "$LAB_DIR/flooder")"
status_shows_rate() {
	outcome 0 synscope status --name "$LAB-flood"
	grep -qE '^  per second +[0-9]{3,} SYN, ' "$LAB_DIR/out"
}
wait_for 20 status_shows_rate || fail "no rate: $(cat "$LAB_DIR/out")"
grep -qE '[0-9]+ half-open \([0-9]+%\)' "$LAB_DIR/out" || fail "no share: $(cat "$LAB_DIR/out")"
grep -qE '[0-9]+ evicted \(half_open\)' "$LAB_DIR/out" || fail "no evictions: $(cat "$LAB_DIR/out")"
connect $((before + 1)) $((before + meanwhile))
wait_for 20 alike $((2 * (before + meanwhile))) || fail "during the flood: $(established) and $(sockets) connections"
kill "$flooder"
wait "$flooder" || true

# Every SYN is either in the table or counted, and the connections still close as usual.
must peer client v4-1 shutdown
flow_must flood 40001 '.client.state == "FIN_WAIT_2" and .server.state == "CLOSE_WAIT"'
[ "$(established)" -eq $((2 * (before + meanwhile) - 1)) ] || fail "after the flood: $(established) connections"
status=$(instance_status flood)
jq -e '.counters.inserted == .used + ([.evictions[]] | add) and .evictions.established == 0' <<<"$status" >/dev/null ||
	fail "insertions are not the sum of flows in the table and flows removed: $status"
detach flood
