#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `export`: what real collectors make of the records of real connections; every record reaches a healthy destination
# beside a dead, a slow and a full one; files, signals, and records of long flows.
# long: 35 s
. tests/system/lib/lib.sh
. tests/system/lib/wired.sh
. tests/system/lib/serve.sh
. tests/system/lib/export.sh

export_start() { # ID ARGUMENT...: of connections that begin after this; output in ID.out, messages in ID.err
	local it=$1
	shift
	: >"$LAB_DIR/$it.err" # what the last one said
	nsenter --net="/run/netns/$LAB-collector" "$BUILD/synscope" export --name "$LAB-it" "$@" client port '>' $port \
		>"$LAB_DIR/$it.out" 2>"$LAB_DIR/$it.err" </dev/null &
	export_begun "$it" $! it
}

records() { # FILE JQ-CONDITION: of all of its records as an array
	jq -es "$2" "$LAB_DIR/$1" >/dev/null
}

records_must() { # FILE JQ-CONDITION: wait for it
	wait_for 10 records "$@" || fail "$1: not '$2': $(jq -c '[.id, .record, .delta]' "$LAB_DIR/$1" | tail -n 20)"
}

# ---- nfdump

# The same of a record of nfdump and of ours: bytes both ways, flags of the client, times.
readonly same_flow='{port: .src_port, bytes: [.in_bytes, .out_bytes], packets: [.in_packets, .out_packets],
	flags: (.tcp_flags | explode | map(select(. != 46)) | implode), first: .first}'
# shellcheck disable=SC2016 # jq expands the variables
readonly our_flow='{port: .client.port, bytes: [.client.bytes, .server.bytes], packets: [.client.packets, .server.packets],
	flags: (.client.flags | [("CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN") as $flag
		| select(index($flag)) | $flag[:1]] | join("")), first: .first_seen[:23]}'

nfdump_agrees() { # NAME FILE
	local theirs ours
	theirs=$(jq -c "$same_flow" "$LAB_DIR/$1" | sort)
	ours=$(jq -c "$our_flow" "$LAB_DIR/$2" | sort)
	[ "$theirs" = "$ours" ] || fail "$1: $(diff <(echo "$theirs") <(echo "$ours"))"
}

nfdump_reads_both() {
	local i netflow
	have nfcapd && have nfdump || return 0
	nfcapd_start ipfix 4739
	export_start nf ipfix://127.0.0.1:4739 netflow9://127.0.0.1:9995 "file:$LAB_DIR/nf.jsonl"
	netflow=$nfcapd
	wait_for 10 grep -q "netflow9.*refused" "$LAB_DIR/nf.err" || fail "no word about the dead one: $(cat "$LAB_DIR/nf.err")"
	for ((i = 0; i < 4; i++)); do
		connection
	done
	peer client r connect $server4 81 43999 || true # refused
	records_must nf.jsonl 'length == 5'
	nfcapd_start netflow9 9995 # which gets what has waited for it
	wait_for 40 grep -q "netflow9.*takes records again" "$LAB_DIR/nf.err" || fail "not found again: $(cat "$LAB_DIR/nf.err")"
	export_end nf
	nfcapd_end 9995
	nfcapd=$netflow
	nfcapd_end 4739
	nfdump_reads netflow9 >"$LAB_DIR/netflow9.json"
	nfdump_reads ipfix >"$LAB_DIR/ipfix.json"
	nfdump_agrees ipfix.json nf.jsonl
	nfdump_agrees netflow9.json nf.jsonl
	latencies_agree
}

latencies_agree() { # our two halves are those of nfdump, in ms; a refused attempt has none
	local theirs ours
	theirs=$(jq -c 'select(.srv_latency) | [.src_port, .cli_latency, .srv_latency]' "$LAB_DIR/netflow9.json" | sort)
	ours=$(jq -c 'select(.handshake.handshake_ns) | [.client.port] +
		([.handshake.synack_to_ack_ns, .handshake.syn_to_synack_ns] | map((. / 1000 | floor) / 1000))' "$LAB_DIR/nf.jsonl" | sort)
	[ "$(jq -sc . <<<"$theirs")" = "$(jq -sc . <<<"$ours")" ] || fail "latencies: $theirs; ours: $ours"
	[ "$(nfdump -q -R "$LAB_DIR/netflow9" -o 'fmt:%sp' 'server latency > 30' | wc -l)" -eq 4 ] ||
		fail "the filter for the latency of the server"
}

nfdump_misses_nothing() { # 100,000 records
	local count=100000 sum
	have nfcapd && have nfdump || return 0
	nfcapd_start many 4740
	on collector "$BUILD/export_maker" ipfix://127.0.0.1:4740 $count >"$LAB_DIR/made" || fail "lost: $(cat "$LAB_DIR/made")"
	nfcapd_end 4740
	nfdump -R "$LAB_DIR/many" -I >"$LAB_DIR/many.sums"
	for sum in "Flows: $count" "Bytes_tcp: $((count * (count + 1) / 2))"; do
		grep -qx "$sum" "$LAB_DIR/many.sums" || fail "not '$sum': $(cat "$LAB_DIR/many.sums")"
	done
	# nfcapd begins another file, and another line of its log, each five minutes of the clock
	sum=$(sed -nE 's/.* Flows: ([0-9]+), .*Sequence Errors: 0, Bad Packets: 0$/\1/p' "$LAB_DIR/many.log" | paste -sd +)
	[ "$((sum))" -eq $count ] || fail "$(cat "$LAB_DIR/many.log")"
}

# ---- pmacct

nfacctd_keeps_every_element() {
	have nfacctd || return 0
	tr ' ' '\n' <<-EOF | awk -F , '{ print "name=" $1 " field_type=" $2 " len=" $3 " semantics=u_int" }' >"$LAB_DIR/primitives"
		rev_bytes,29305:1,8 rev_packets,29305:2,8 rev_flags,29305:6,2 rev_isn,29305:184,4 reason,136,1 biflow,239,1 flags,6,2
		isn,184,4 syns,218,8 client_half,35632:123,4 server_half,35632:124,4 syn_synack,6871:21,4
	EOF
	nfacctd_begin "src_host, dst_host, src_port, dst_port, proto, in_iface, vlan, rev_bytes, rev_packets, rev_flags, rev_isn, reason, biflow, flags, isn, syns, client_half, server_half, syn_synack"
	on collector "$BUILD/export_maker" ipfix://127.0.0.1:9996 3 >/dev/null
	wait_for 10 acct_has 3 || fail "nfacctd: $(cat "$LAB_DIR/nfacctd.log")"
	nfacctd_end
	jq -es 'sort_by(.bytes) | [.[].bytes] == [1, 2, 3] and all(.rev_bytes == (.bytes | tostring) and .isn == .rev_bytes
		and .rev_isn == .isn and .rev_packets == "5" and .packets == 5 and .flags == "19" and .rev_flags == "19"
		and .reason == "3" and .biflow == "1" and .syns == "1" and .client_half == "13" and .server_half == "20"
		and .syn_synack == "40" and .ip_src == "10.0.1.0" and .port_dst == 443)' "$LAB_DIR/acct.json" >/dev/null ||
		fail "nfacctd has other values: $(cat "$LAB_DIR/acct.json")"
}

# ---- Wireshark's dissector

tshark_finds_no_fault() { # neither in IPFIX over IPv6 and over TCP, with elements of our own, nor in NetFlow v9
	local capture
	have tshark || return 0
	in_collector "$LAB_DIR/tshark.log" tshark -i lo -w "$LAB_DIR/lo.pcapng"
	capture=$started
	wait_for 10 grep -q Capturing "$LAB_DIR/tshark.log" || fail "tshark does not start: $(cat "$LAB_DIR/tshark.log")"
	must peer collector u6 listen ::1 4741
	export_start shark --pen 63000 'ipfix+tcp://[::1]:4741' "netflow9://127.0.0.1:9997" "ipfix://[::1]:4742"
	must peer collector t accept u6
	connection
	connection
	peer client r connect $server4 81 43998 || true
	wait_for 10 shark_has 3 || fail "not exported: $(tshark_fields | head -n 50)"
	export_end shark
	kill -INT "$capture"
	wait "$capture" || true
	! tshark_reads -Y '_ws.malformed or _ws.expert.severity >= error' | grep . || fail "tshark finds faults"
	must peer collector t close
	must peer collector u6 close
}

tshark_reads() { # OPTION...
	tshark -r "$LAB_DIR/lo.pcapng" -d udp.port==4742,cflow -d tcp.port==4741,cflow -d udp.port==9997,cflow "$@" 2>/dev/null
}

tshark_fields() {
	tshark_reads -Y 'cflow and tcp' -T fields -e cflow.srcport
}

shark_has() { # COUNT: so many records have gone over TCP
	[ "$(tshark_fields | tr , '\n' | grep -c '^43')" -ge "$1" ]
}

# ---- destinations that fail

healthy_beside_others() { # dead, slow and full ones hold up nobody
	local i dead
	mkdir "$LAB_DIR/small"
	mount -t tmpfs -o size=4k small "$LAB_DIR/small"
	must peer collector slow listen 127.0.0.1 7001
	export_start beside --queue 16 "file:$LAB_DIR/small/full" tcp://127.0.0.1:7001 tcp://127.0.0.1:7002 \
		ipfix://127.0.0.1:7003 "unix:$LAB_DIR/nobody" "file:$LAB_DIR/healthy.jsonl"
	for ((i = 1; i <= 24; i++)); do # no more at once than a queue holds
		connection
		[ $((i % 12)) -ne 0 ] || records_must healthy.jsonl "length == $i"
	done
	wait_for 5 grep -q "small/full' now: No space left" "$LAB_DIR/beside.err" || fail "$(cat "$LAB_DIR/beside.err")"
	export_end beside
	for dead in tcp://127.0.0.1:7002 ipfix://127.0.0.1:7003; do
		[ "$(grep -c "cannot export to '$dead' now: Connection refused" "$LAB_DIR/beside.err")" -eq 1 ] ||
			fail "not told once that $dead is dead: $(cat "$LAB_DIR/beside.err")"
	done
	grep -q "^synscope: warning: 8 records for '$dead' are lost: .*full" "$LAB_DIR/beside.err" ||
		fail "what did not fit is not told: $(cat "$LAB_DIR/beside.err")"
	grep -q "16 records for '$dead' are lost: the export ended" "$LAB_DIR/beside.err" ||
		fail "what waited at the end is not told: $(cat "$LAB_DIR/beside.err")"
	! grep -q "healthy" "$LAB_DIR/beside.err" || fail "$(cat "$LAB_DIR/beside.err")"
	jq . "$LAB_DIR/small/full" >/dev/null || fail "a full file system left half a line"
	must peer collector slow close
	umount "$LAB_DIR/small"
}

# ---- signals and files

files() {
	local rotated
	export_start files --rotate 1K "file:$LAB_DIR/rotated" "file:$LAB_DIR/moved"
	[ "$(stat -c %a "$LAB_DIR/rotated")" = 640 ] || fail "mode $(stat -c %a "$LAB_DIR/rotated")"
	connection
	records_must moved 'length == 1'
	mv "$LAB_DIR/moved" "$LAB_DIR/older"
	kill -HUP "${exporter[files]}"
	wait_for 5 test -e "$LAB_DIR/moved" || fail "SIGHUP opens no new file"
	connection
	wait_for 10 records moved 'length == 1' || fail "nothing in the new file"
	export_end files INT
	rotated=$(find "$LAB_DIR" -name 'rotated.2*Z*' | wc -l)
	[ "$rotated" -ge 1 ] || fail "no rotated file"
	jq -es 'length == 2' "$LAB_DIR"/rotated* >/dev/null || fail "not all records: $(cat "$LAB_DIR"/rotated*)"
}

nobody_elses_file() {
	echo precious >"$LAB_DIR/precious"
	ln -s precious "$LAB_DIR/link"
	outcome 1 synscope export --name "$LAB-it" "file:$LAB_DIR/link"
	says "symbolic link"
	chown 65534 "$LAB_DIR/precious"
	outcome 1 synscope export --name "$LAB-it" "file:$LAB_DIR/precious"
	says "another user"
	[ "$(cat "$LAB_DIR/precious")" = precious ] || fail "written to another's file"
}

killed() { # by SIGKILL: whole lines, and the next one can begin
	export_start killed "file:$LAB_DIR/killed.jsonl" -
	connection
	records_must killed.out 'length == 1'
	kill -KILL "${exporter[killed]}"
	ends_with 137 "${exporter[killed]}"
	jq . "$LAB_DIR/killed.jsonl" >/dev/null || fail "half a line"
	export_start next -
	connection
	records_must next.out 'length == 1'
	export_end next
}

# ---- records

flat_lines() {
	export_start flat --flat -
	connection
	records_must flat.out "length == 1 and .[0].client_port == $port and .[0].record == \"ended\"
		and (.[0] | all(.[]; type != \"object\"))"
	export_end flat
}

long_flows() { # what is new each second; together it is everything
	export_start long --active 1 -
	must peer client c connect $server4 80 44001
	must peer server a accept l0
	records_must long.out 'any(.record == "active")'
	must peer client c send 5000
	must peer server a recv 5000
	records_must long.out '[.[] | select(.record == "active") | .delta.client.bytes] | length >= 2 and add > 5000'
	close_in_turn client c server a
	records_must long.out 'any(.record == "ended")'
	records_must long.out '([.[].delta.client.bytes] | add) == (max_by(.client.bytes).client.bytes)
		and ([.[].delta.server.packets] | add) == (max_by(.server.packets).server.packets)
		and .[0].delta.since == null and all(.[1:][]; .delta.since) and ([.[] | select(.record == "ended")] | length == 1)'
	export_end long
}

flushed_and_detached() {
	export_start ends -
	must peer client c connect $server4 80 44002
	must peer server a accept l0
	must peer client d connect $server4 80 44003
	must peer server b accept l0
	outcome 0 synscope flush --name "$LAB-it" client port 44002
	records_must ends.out 'length == 1 and .[0].record == "flushed" and .[0].client.port == 44002'
	detach it
	ends_with 0 "${exporter[ends]}"
	records ends.out 'any(.record == "detached" and .client.port == 44003)' || fail "$(cat "$LAB_DIR/ends.out")"
	grep -q "was detached" "$LAB_DIR/ends.err" || fail "$(cat "$LAB_DIR/ends.err")"
}

# ---- serve --export

metric() { # NAME LABELS: its value
	ask /metrics | awk -v name="synscope_export_$1{$2}" '$1 == name { print $2 }'
}

metric_is() { # NAME LABELS VALUE
	[ "$(metric "$1" "$2")" = "$3" ]
}

metric_must() { # NAME LABELS VALUE: wait for it
	wait_for 10 metric_is "$@" || fail "$1{$2} is '$(metric "$1" "$2")', not '$3': $(cat "$LAB_DIR/serve.err")"
}

serve_says() { # REGEX
	wait_for 5 grep -q "$1" "$LAB_DIR/serve.err" || fail "serve does not say '$1': $(cat "$LAB_DIR/serve.err")"
}

exporter_of() { # PID of serve: its process that exports, which was started first
	pgrep -P "$1" | sed -n 1p
}

# `serve --export` does the same as `export`, also for an instance that is attached later, and to a collector that comes
# back. No process of `serve` is left at its end.
served() {
	local exporter i
	serve_start --export "file:$LAB_DIR/served.jsonl" --export tcp://127.0.0.1:7004 --export tcp://127.0.0.1:7005 \
		--queue 16 --name "$LAB-it" --name "$LAB-later"
	exporter=$(exporter_of "$server")
	serve_says "exporting the flows of '$LAB-it'"
	[ "$(awk '/^Seccomp:/ { print $2 }' "/proc/$exporter/status")" -eq 2 ] || fail "the export is not in a jail"
	[ "$(awk '/^CapEff:/ { print $2 }' "/proc/$exporter/status")" = 0000008000000000 ] ||
		fail "the export has other capabilities than CAP_BPF: $(grep Cap "/proc/$exporter/status")"
	connection
	records_must served.jsonl 'length == 1'
	metric_must records_total 'sink="file"' 1
	metric_must queue_records 'sink="tcp"' 1
	must peer server back listen 127.0.0.1 7004 # it is found although the jail was entered before
	must peer server t accept back
	metric_must records_total 'sink="tcp"' 1
	metric_must queue_records 'sink="tcp-2"' 1
	attach later eth0 --netns "$LAB-server" --timeout time_wait=1 --timeout closed=5 --mode tc
	serve_says "exporting the flows of '$LAB-later'"
	connection
	records_must served.jsonl '[.[].instance] | sort | .[1:] == ["'"$LAB-it"'", "'"$LAB-later"'"]'
	detach later
	serve_says "'$LAB-later' was detached"
	for ((i = 0; i < 17; i++)); do
		connection
	done
	metric_must records_total 'sink="file"' 20
	metric_must dropped_total 'sink="tcp-2",reason="queue_full"' 4
	metric_must dropped_total 'sink="tcp-2",reason="undelivered"' 0
	must peer server t close
	must peer server back close
	serve_end 0
	! kill -0 "$exporter" 2>/dev/null || fail "the export is left"
	grep -q "16 records for 'tcp://127.0.0.1:7005' are lost: the export ended" "$LAB_DIR/serve.err" || fail "$(cat "$LAB_DIR/serve.err")"
}

# As logrotate does: the file gets another name, and SIGHUP goes to the process that was started.
served_reopens() {
	serve_start --export "file:$LAB_DIR/turned.jsonl" --export "sqlite:$LAB_DIR/turned.db" --name "$LAB-it"
	serve_says "exporting the flows of '$LAB-it'"
	connection
	records_must turned.jsonl 'length == 1'
	wait_for 10 holds_flows turned.db 1 || fail "not in the history: $(cat "$LAB_DIR/serve.err")"
	mv "$LAB_DIR/turned.jsonl" "$LAB_DIR/turned.jsonl.1"
	mv "$LAB_DIR/turned.db" "$LAB_DIR/turned.db.1"
	kill -HUP "$server"
	wait_for 10 test -e "$LAB_DIR/turned.jsonl" || fail "SIGHUP opens no new file: $(cat "$LAB_DIR/serve.err")"
	connection
	records_must turned.jsonl "length == 1 and .[0].client.port == $port"
	wait_for 10 holds_flows turned.db 1 || fail "no new history: $(cat "$LAB_DIR/serve.err")"
	holds_flows turned.db.1 1 || fail "the flow is not in the history that got another name"
	kill -HUP "$(pgrep -P "$server" | sed -n 2p)" # a terminal that hangs up tells each process
	connection
	records_must turned.jsonl 'length == 2'
	serve_end 0
	serve_start --export - --name "$LAB-it" # which has no file
	kill -HUP "$server"
	ends_with 0 "$server"
}

holds_flows() { # HISTORY COUNT
	[ "$(synscope list --from "$LAB_DIR/$1" -o jsonl | wc -l)" -eq "$2" ]
}

# An instance whose places for events are all taken is exported when one is free.
served_later() {
	local i watchers=()
	for ((i = 0; i < 8; i++)); do
		"$BUILD/synscope" watch --name "$LAB-it" >/dev/null 2>&1 </dev/null &
		watchers+=($!)
		lab_pids+=($!)
		wait_for 5 watching $! || fail "watch does not start"
	done
	serve_start --export "file:$LAB_DIR/later.jsonl" --name "$LAB-it"
	serve_says "8 readers watch '$LAB-it' already, which is the maximum"
	kill "${watchers[@]}"
	wait_for 30 grep -q "exporting the flows of '$LAB-it'" "$LAB_DIR/serve.err" || fail "not tried again: $(cat "$LAB_DIR/serve.err")"
	connection
	records_must later.jsonl 'length == 1'
	serve_end 0
}

served_to_the_end() { # neither goes on without the other
	serve_start --export "file:$LAB_DIR/served.jsonl" --name "$LAB-it"
	kill -KILL "$(exporter_of "$server")"
	ends_with 1 "$server"
	serve_says "the process that exports has ended"
	serve_says "was killed by signal 9"
	outcome 1 synscope serve --listen "unix:$socket" --export "file:$LAB_DIR/link"
	says "symbolic link"
}

# ---- mistakes

mistakes() {
	outcome 2 synscope export
	says "expected where to export"
	outcome 2 synscope export kafka://x
	says "DEST 'kafka://x': expected -"
	outcome 2 synscope export http:///x
	says "DEST 'http:///x': "
	outcome 2 synscope export - -
	says "twice"
	outcome 2 synscope export --rotate 5 -
	says "expected a size, as 100M, or a time"
	outcome 1 synscope export --name "$LAB-it" ipfix://no-such-host.invalid:4739
	says "cannot be resolved.*getent hosts"
}

own_mounts
lab_begin
lab_wired_pair 20
lab_host collector
peer_start collector
must peer server l0 listen $server4 80
must peer server l1 listen $server6 80
attach it eth0 --netns "$LAB-client" --timeout time_wait=1 --timeout closed=5
mistakes
nfdump_reads_both
nfdump_misses_nothing
nfacctd_keeps_every_element
tshark_finds_no_fault
healthy_beside_others
files
nobody_elses_file
killed
flat_lines
long_flows
served
served_reopens
served_later
served_to_the_end
flushed_and_detached
skip_without
