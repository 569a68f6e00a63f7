#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Handshake latencies against a wire whose delay is known: the client's end sees the SYN answered after one round
# trip, the server's end sees its SYN/ACK answered after one.
# exclusive: it measures time
. tests/system/lib/lib.sh
# shellcheck source=lib/wired.sh
. tests/system/lib/wired.sh

readonly handshakes=100 delay_ms=20 round_trip_ns=40000000 median_error_max_us=200

handshake() { # COUNT: one over each address family at the same time; their sockets go at once, so that none pile up
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

errors_us() { # NAME FAMILY FIELD: how far each flow's latency is from a round trip, sorted
	synscope list --all --name "$LAB-$1" -o jsonl | jq -r --arg server "$(server_address "$2")" --arg field "$3" \
		--argjson expected $round_trip_ns 'select(.server.ip == $server) | .handshake[$field] // "null"
		| if type == "number" then ((. - $expected) / 1000 | fabs | round) else . end' | sort -n
}

# The observer can only be as exact as the wire, which shares a busy machine: the median is judged, the rest shown.
check_errors() { # NAME FAMILY FIELD
	local errors median
	mapfile -t errors < <(errors_us "$@")
	[ ${#errors[@]} -eq $handshakes ] || fail "${#errors[@]} flows over IPv$2 at the $1, not $handshakes"
	[[ " ${errors[*]} " != *null* ]] || fail "a handshake over IPv$2 at the $1 without $3"
	median=${errors[handshakes / 2]}
	printf 'IPv%s %-16s off by %d us (median), %d us (9 of 10), %d us (most)\n' \
		"$2" "$3" "$median" "${errors[handshakes * 9 / 10]}" "${errors[handshakes - 1]}"
	[ "$median" -lt $median_error_max_us ] || fail "the median is not below $median_error_max_us us"
}

lab_begin
lab_wired_pair $delay_ms
attach client eth0 --netns "$LAB-client" --timeout closed=600
attach server eth0 --netns "$LAB-server" --timeout closed=600
must peer server l4 listen $server4 80
must peer server l6 listen $server6 80
for ((count = 0; count < handshakes; count++)); do
	handshake "$count"
done
for family in 4 6; do
	check_errors client $family syn_to_synack_ns
	check_errors server $family synack_to_ack_ns
done
