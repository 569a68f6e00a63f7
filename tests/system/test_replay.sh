#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `replay`: captures through the programs, by the clock of the captures.
. tests/system/lib/lib.sh

# NAME OPTION...: make a capture of the segments on stdin, see capture_maker.c.
make_capture() { # NAME OPTION...
	local file="$LAB_DIR/$1"
	shift
	"$BUILD/capture_maker" "$@" >"$file"
}

replayed() { # NAME OPTION...: the flows as one JSON array in $LAB_DIR/out
	local file="$LAB_DIR/$1"
	shift
	outcome 0 synscope replay "$file" -o json "$@"
}

out_must() { # JQ-CONDITION
	jq -e "$1" "$LAB_DIR/out" >/dev/null || fail "not '$1': $(head -c 2000 "$LAB_DIR/out")"
}

whole_connection='
0.000000 1:40000 2:443 S 1000 0 0
0.010000 2:443 1:40000 SA 9000 1001 0
0.035000 1:40000 2:443 A 1001 9001 0
0.036000 1:40000 2:443 PA 1001 9001 120
0.040000 2:443 1:40000 A 9001 1121 0
1.000000 1:40000 2:443 FA 1121 9001 0
1.001000 2:443 1:40000 FA 9001 1122 0
1.002000 1:40000 2:443 A 1122 9002 0'

# The interface of a pcapng file that has a name for it: as text of others, and in filters.
interface_names() {
	local option
	make_capture plain -f pcapng <<<"$whole_connection"
	for option in "" -s; do
		# shellcheck disable=SC2086 # zero words or one
		make_capture named -f pcapng $option -i $'wan\e0' <<<"${whole_connection//2:443/3:443}"
		replayed named
		out_must '.[0] | .ifname == "wan\u001b0" and .ifstate == null'
		replayed named --in-kernel
		out_must '.[0].ifname == null'
	done
	synscope replay "$LAB_DIR/plain" "$LAB_DIR/named" -o json >"$LAB_DIR/out"
	out_must 'map([.server.ip, .ifname]) | sort == [["10.0.0.2", null], ["10.0.0.3", "wan\u001b0"]]'
	make_capture named -f pcapng -i wan0 <<<"$whole_connection"
	synscope list --from "$LAB_DIR/named" -o json interface wan0 >"$LAB_DIR/out"
	out_must 'length == 1 and .[0].ifname == "wan0"'
	synscope replay "$LAB_DIR/named" -o json interface wan1 >"$LAB_DIR/out"
	out_must 'length == 0'
	synscope replay "$LAB_DIR/named" --events -o json | jq -e 'all(.[]; .flow.ifname == "wan0")' >/dev/null ||
		fail "events without the interface"
	synscope show --from "$LAB_DIR/named" 10.0.0.1:40000-10.0.0.2:443 >"$LAB_DIR/out"
	grep -qE '^  interface +wan0$' "$LAB_DIR/out" || fail "no interface: $(cat "$LAB_DIR/out")"
}

every_link_type() {
	local link family
	for link in 0 1 9 50 51 101 104 105 108 113 127 239 276; do
		for family in "" "6 "; do
			make_capture link -l $link <<<"${whole_connection//$'\n'/$'\n'$family}"
			replayed link
			out_must 'length == 1 and .[0].client.state == "TIME_WAIT" and .[0].server.state == "CLOSED"'
			out_must '.[0] | .handshake | .syn_to_synack_ns == 10000000 and .synack_to_ack_ns == 25000000'
			out_must '.[0] | .instance == "link" and .ifname == null and .client.payload_bytes == 120'
			out_must '.[0].first_seen == "2023-11-14T22:13:20.000000000Z" and .[0].duration_ns == 1002000000'
		done
	done
	make_capture usb -l 189 <<<"$whole_connection"
	outcome 1 synscope replay "$LAB_DIR/usb"
	says 'USB_LINUX'
}

# The parts of a ring buffer, one of them compressed, in any order: flows span them. A word that is no file begins the
# filter.
several_files() {
	local ring="$LAB_DIR/ring"
	mkdir "$ring"
	head -n 3 <<<"$whole_connection" >"$ring/.first"
	tail -n +4 <<<"$whole_connection" >"$ring/.second"
	"$BUILD/capture_maker" <"$ring/.first" | gzip >"$ring/trace.pcap1"
	"$BUILD/capture_maker" <"$ring/.second" >"$ring/trace.pcap0"
	outcome 0 synscope replay "$ring/trace.pcap0" "$ring/trace.pcap1" -o json state time-wait
	out_must 'length == 1 and .[0].handshake.syn_to_synack_ns == 10000000 and .[0].instance == "trace.pcap0"'
	outcome 0 synscope replay "$ring" -o json
	out_must 'length == 1 and .[0].client.state == "TIME_WAIT" and .[0].instance == "ring"'
	outcome 1 synscope replay "$ring/trace.pcap0" "$ring/missing.pcap" -o json
	says 'missing.pcap: No such file'
	out_must 'length == 1 and .[0].origin == "midstream"'
}

formats_agree() {
	make_capture life <<<"$whole_connection"
	[ "$(synscope replay "$LAB_DIR/life" -o jsonl | jq -s length)" -eq 1 ] || fail "jsonl"
	[ "$(synscope replay - -o csv <"$LAB_DIR/life" | wc -l)" -eq 2 ] || fail "csv from stdin"
	synscope replay "$LAB_DIR/life" | grep -q '10.0.0.1:40000-10.0.0.2:443 *TIME_WAIT *CLOSED *10.0ms *25.0ms' ||
		fail "table: $(synscope replay "$LAB_DIR/life")"
	synscope replay - -o jsonl < <(cat "$LAB_DIR/life") | jq -e '.instance == "-"' >/dev/null || fail "stdin"
}

# A snap length, the longest possible datagram, and one that XDP does not keep in one piece.
lengths() {
	local payload
	for payload in 4000 9000 65495; do
		make_capture long <<<"0.0 1:40000 2:443 PA 1000 9000 $payload"
		replayed long
		out_must ".[0].client.payload_bytes == $payload and .[0].client.bytes == $((payload + 40))"
		make_capture cut -n 64 <<<"0.0 1:40000 2:443 PA 1000 9000 $payload"
		replayed cut
		out_must ".[0].client.payload_bytes == $payload and .[0].origin == \"midstream\""
	done
	make_capture tiny -n 64 -l 101 </dev/null
	printf '\0\0\0\0\0\0\0\0\4\0\0\0\4\0\0\0\x45\0\0\4' >>"$LAB_DIR/tiny"
	replayed tiny --stats
	says '1 truncated'
}

every_incarnation() {
	make_capture twice <<-'END'
		0.000000 1:40000 2:443 S 1000 0 0
		0.001000 2:443 1:40000 RA 0 1001 0
		5.000000 1:40000 2:443 S 500000 0 0
		5.001000 2:443 1:40000 RA 0 500001 0
		5.500000 1:40000 2:443 S 900000 0 0
		5.600000 1:40000 2:443 S 990000 0 0
	END
	replayed twice
	out_must 'map(.incarnation) == [1, 2, 3, 4]'
	out_must 'map(.outcome) == ["refused", "refused", "unanswered", "opening"]'
	out_must 'map(.client.state) == ["CLOSED", "CLOSED", "CLOSED", "SYN_SENT"]'
	out_must 'map(.client.isn) == [1000, 500000, 900000, 990000]'
}

# A table that is far too small: evicted flows are printed, too, and a message says so.
every_eviction() {
	make_capture flood < <(for ((i = 0; i < 2000; i++)); do
		printf '%d.%03d %d:%d 2:443 S 1000 0 0\n' $((i / 1000)) $((i % 1000)) $((3 + i / 200)) $((1024 + i))
	done)
	replayed flood --max-flows 8
	says 'too small: [0-9]+ flows were evicted, 0 refused'
	out_must 'length == 2000 and (map(.id) | unique | length) == 2000'
	out_must '(map(select(.outcome == "evicted")) | length) == 1984'
	out_must '. == sort_by(.first_seen)'
	"$BUILD/capture_maker" <<<'500.0 3:1 2:443 PA 1 1 10' | tail -c +25 >>"$LAB_DIR/flood"
	replayed flood --max-flows 8 failed
	out_must 'length == 16 and all(.outcome == "unanswered")'
	make_capture many -c 20000
	replayed many --max-flows 400
	out_must 'length == 20000 and all(.outcome == "closed" and .client.payload_bytes == 1000)'
}

# Filters see flows as they are at the end, and events as the flow was at that moment.
filtered() {
	make_capture mixed <<<"$whole_connection"$'\n'"2.0 1:40001 2:81 S 1000 0 0
2.001 2:81 1:40001 RA 0 1001 0"
	replayed mixed failed
	out_must 'map(.outcome) == ["refused"]'
	replayed mixed not failed and server port 443
	out_must 'map(.client.port) == [40000]'
	replayed mixed --events failed
	out_must 'map(.flow.client.port) | unique == [40001]'
	outcome 0 synscope replay "$LAB_DIR/mixed" --stats port 22
	says '^.*0 flows$'
	outcome 2 synscope replay "$LAB_DIR/mixed" port and
	says 'expected a port'
	outcome 2 synscope replay "$LAB_DIR/mixed" --show 10.0.0.1:40000-10.0.0.2:443 port 443
	says 'cannot be used with a FILTER'
}

timeouts_on_the_captures_clock() {
	local later='
500.0 3:1 2:443 PA 1 1 10'
	make_capture silent <<<"0.0 1:40000 2:443 S 1000 0 0$later"
	replayed silent
	out_must '.[0] | .client.state == "CLOSED" and .outcome == "unanswered"'
	replayed silent --timeout all=none
	out_must '.[0] | .client.state == "SYN_SENT" and .outcome == "opening"'
	replayed silent --timeout syn_sent=501
	out_must '.[0].client.state == "SYN_SENT"'
	make_capture closed <<<"$whole_connection$later"
	replayed closed
	out_must '.[0] | .client.state == "CLOSED" and .outcome == "closed"'
	outcome 0 synscope replay "$LAB_DIR/closed" --events -o json
	out_must 'map(select(.event == "closed")) | length == 1 and .[0].flow.client.state == "CLOSED"'
}

ages_are_those_at_the_last_packet() {
	make_capture aged <<-'END'
		0.000000 1:40000 2:443 S 1000 0 0
		3.000000 2:443 1:40000 SA 9000 1001 0
		10.000000 1:40001 2:443 S 1000 0 0
	END
	replayed aged
	out_must 'map(select(.client.port == 40000) | [.age_ns, .idle_ns, .duration_ns]) == [[10e9, 7e9, 3e9]]'
	out_must 'map(select(.client.port == 40001) | [.age_ns, .idle_ns]) == [[0, 0]]'
	outcome 0 synscope replay "$LAB_DIR/aged" port 40000
	grep -E ' 10s +7s +opening$' "$LAB_DIR/out" >/dev/null || fail "not AGE 10s, IDLE 7s: $(cat "$LAB_DIR/out")"
}

time_runs_backwards() {
	make_capture backwards <<-'END'
		9.000000 1:40000 2:443 S 1000 0 0
		5.000000 2:443 1:40000 SA 9000 1001 0
		4.000000 1:40000 2:443 A 1001 9001 0
		4.100000 1:40000 2:443 PA 1001 9001 120
		3.000000 1:40000 2:443 FA 1121 9001 0
	END
	replayed backwards
	out_must '.[0] | .client.state == "FIN_WAIT_1" and .duration_ns >= 0 and .duration_ns < 10000000000'
	out_must '.[0].handshake | [.syn_to_synack_ns, .synack_to_ack_ns, .handshake_ns] == [null, null, null]'
	out_must '.[0] | .last_seen >= .first_seen and .last_seen < "2023-11-14T22:13:31"'
}

events() {
	make_capture life -f pcap-ns <<<"$whole_connection"
	outcome 0 synscope replay "$LAB_DIR/life" --events -o json
	out_must 'map(.event) | .[0] == "new" and (map(select(. == "handshake")) | length) == 1'
	out_must 'map(select(.event == "state" and .side == "client") | .to) ==
		["SYN_SENT", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT"]'
	out_must 'map(select(.event == "state" and .side == "server") | .to) ==
		["LISTEN", "SYN_RECEIVED", "ESTABLISHED", "LAST_ACK", "CLOSED"]'
	out_must 'map(select(.event == "handshake")) | .[0].time == "2023-11-14T22:13:20.035000000Z" and
		.[0].flow.handshake.handshake_ns == 35000000'
	out_must '. == sort_by(.time)'
	[ "$(synscope replay "$LAB_DIR/life" --events -o jsonl | jq -s length)" -eq "$(jq length "$LAB_DIR/out")" ] ||
		fail "jsonl has other events"
	[[ $(synscope replay "$LAB_DIR/life" --events -o csv | head -n 1) == event,time,side,from,to,flow.id,* ]] ||
		fail "the header of csv"
	TZ=UTC synscope replay "$LAB_DIR/life" --events |
		grep -qE '^22:13:20.035000 handshake 10.0.0.1:40000-10.0.0.2:443 +10.0ms \+ 25.0ms = 35.0ms$' ||
		fail "text: $(synscope replay "$LAB_DIR/life" --events)"
}

# What precedes the damage is printed.
bad_files() {
	local size
	make_capture life <<<"$whole_connection"
	size=$(stat -c %s "$LAB_DIR/life")
	head -c $((size - 20)) "$LAB_DIR/life" >"$LAB_DIR/cut"
	outcome 1 synscope replay "$LAB_DIR/cut" -o json
	says "damaged at packet 8, near byte $((size - 20))"
	out_must 'length == 1 and .[0].client.packets == 4'
	: >"$LAB_DIR/empty"
	outcome 1 synscope replay "$LAB_DIR/empty"
	says 'empty'
	outcome 1 synscope replay /etc/passwd
	says 'neither a pcap nor a pcapng file'
	outcome 1 synscope replay "$LAB_DIR/missing"
	says 'missing.*No such file'
	mkdir "$LAB_DIR/directory"
	outcome 1 synscope replay "$LAB_DIR/directory"
	says 'no capture in the directory'
	outcome 2 synscope replay
	outcome 2 synscope replay "$LAB_DIR/life" "$LAB_DIR/life"
	make_capture header </dev/null
	replayed header
	out_must '. == []'
}

# A file is all it needs: no capability, nothing of the kernel's but /proc, no locked memory.
rights_and_places() {
	local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs
		prlimit --memlock=0)
	make_capture life <<<"$whole_connection"
	chmod 755 "$LAB_DIR"
	cp "$BUILD/synscope" "$LAB_DIR/synscope"
	outcome 0 "${nobody[@]}" "$LAB_DIR/synscope" replay "$LAB_DIR/life" -o json
	out_must 'map(.client.state) == ["TIME_WAIT"]'
	outcome 0 "${nobody[@]}" "$LAB_DIR/synscope" replay "$LAB_DIR/life" --events -o json
	out_must 'length > 5'
	outcome 0 unshare --mount bash -c 'umount -l /sys && exec "$@"' bash "${nobody[@]}" "$LAB_DIR/synscope" \
		replay "$LAB_DIR/life" -o json
	out_must 'map(.client.state) == ["TIME_WAIT"]'
	outcome 1 "${nobody[@]}" "$LAB_DIR/synscope" replay "$LAB_DIR/life" --in-kernel
	says 'replaying in the kernel \(--in-kernel\) needs CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON'
	lab_host inside
	for way in '' --in-kernel; do
		# shellcheck disable=SC2086 # one word or none
		ip netns exec "$LAB-inside" "$BUILD/synscope" replay "$LAB_DIR/life" $way -o jsonl |
			jq -e '.client.state == "TIME_WAIT"' >/dev/null || fail "inside 'ip netns exec' $way"
	done
	[ ! -e "/sys/fs/bpf/synscope/life" ] || fail "something is pinned"
}

lab_begin
interface_names
every_link_type
several_files
formats_agree
lengths
every_incarnation
every_eviction
filtered
timeouts_on_the_captures_clock
ages_are_those_at_the_last_packet
time_runs_backwards
events
bad_files
rights_and_places
