#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Handshake latencies against a wire with a known delay: the client's end sees its SYN answered after one round trip,
# the server's end sees its SYN/ACK answered after one.
# exclusive: it measures time
. tests/system/lib/lib.sh
# shellcheck source=lib/wired.sh
. tests/system/lib/wired.sh

readonly handshakes=100 delay_ms=20 round_trip_ns=40000000 median_error_max_us=200

# COUNT: that many handshakes over each address family, in parallel. The sockets are closed at once, so that they do not
# pile up.
handshake() {
	local family
	for family in 4 6; do
		must peer client "c$family" start "$(server_address $family)" 80 $((41000 + $1))
	done
	for family in 4 6; do
		must peer server "a$family" accept "l$family"
	done
	for family in 4 6; do
		must peer client "c$family" reset
		must peer server "a$family" close
	done
}

server_address() { # FAMILY
	[ "$1" = 4 ] && echo $server4 || echo $server6
}

latencies() { # FAMILY FIELD: "PORT NS" of each flow of the JSON lines on stdin, sorted by port
	jq -r --arg server "$(server_address "$1")" --arg field "$2" \
		'select(.server.ip == $server) | "\(.client.port) \(.handshake[$field] // "null")"' | sort
}

sorted_us() { # the nanoseconds on stdin, without signs, rounded to us
	awk '{ printf "%d\n", ($1 < 0 ? -$1 : $1) / 1000 + 0.5 }' | sort -n
}

nth() { # TENTH: of the sorted lines on stdin
	awk -v tenth="$1" '{ line[NR] = $1 } END { print line[int(NR * tenth / 10) + (tenth < 10)] }'
}

recorded_all() { # HOST: the segments of every flow are recorded
	"$BUILD/synscope" replay "$LAB_DIR/$1.pcap" -o jsonl --timeout closed=600 >"$LAB_DIR/$1.replayed" 2>/dev/null &&
		[ "$(jq -c 'select(.handshake.handshake_ns)' "$LAB_DIR/$1.replayed" | wc -l)" -eq $((2 * handshakes)) ]
}

record() { # HOST
	lab_background "$LAB_DIR/$1.recorder" ip netns exec "$LAB-$1" "$BUILD/recorder" eth0 "$LAB_DIR/$1.pcap"
	wait_for 10 grep -q ready "$LAB_DIR/$1.recorder" || fail "nothing is recorded: $(cat "$LAB_DIR/$1.recorder")"
}

# The segments that passed the same interface, with the kernel's timestamps, are the reference for each latency, so that
# the time that a busy machine adds to a round trip does not matter. No latency is less than the wire's delay.
check_errors() { # HOST FAMILY FIELD
	local flows median least
	synscope list --all --name "$LAB-$1" -o jsonl | latencies "$2" "$3" >"$LAB_DIR/ours"
	latencies "$2" "$3" <"$LAB_DIR/$1.replayed" >"$LAB_DIR/recorded"
	flows=$(join "$LAB_DIR/ours" "$LAB_DIR/recorded" | tee "$LAB_DIR/both" | wc -l)
	[ "$flows" -eq $handshakes ] || fail "$flows flows over IPv$2 at the $1, not $handshakes"
	! grep null "$LAB_DIR/both" || fail "a handshake over IPv$2 at the $1 without $3"
	awk '{ print $2 - $3 }' "$LAB_DIR/both" | sorted_us >"$LAB_DIR/errors"
	median=$(nth 5 <"$LAB_DIR/errors")
	least=$(awk '{ print $2 }' "$LAB_DIR/both" | sort -n | head -n 1)
	printf 'IPv%s %-16s off by %d us (median), %d us (9 of 10), %d us (most); the wire by %d us (median)\n' "$2" "$3" \
		"$median" "$(nth 9 <"$LAB_DIR/errors")" "$(nth 10 <"$LAB_DIR/errors")" \
		"$(awk -v trip=$round_trip_ns '{ print $3 - trip }' "$LAB_DIR/both" | sorted_us | nth 5)"
	[ "$median" -lt $median_error_max_us ] || fail "the median is not below $median_error_max_us us"
	[ "$least" -ge $((round_trip_ns - median_error_max_us * 1000)) ] || fail "$least ns are less than a round trip"
}

lab_begin
lab_wired_pair $delay_ms
attach client eth0 --netns "$LAB-client" --timeout closed=600
attach server eth0 --netns "$LAB-server" --timeout closed=600
record client
record server
must peer server l4 listen $server4 80
must peer server l6 listen $server6 80
for ((count = 0; count < handshakes; count++)); do
	handshake "$count"
done
for host in client server; do
	wait_for 20 recorded_all $host || fail "not all handshakes were recorded at the $host: $(wc -l <"$LAB_DIR/$host.replayed")"
done
for family in 4 6; do
	check_errors client $family syn_to_synack_ns
	check_errors server $family synack_to_ack_ns
done
