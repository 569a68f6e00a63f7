#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `export http://…` and `https://…`: to a server that fails in many ways; to the real ClickHouse, which is killed in
# between, by the commands of README.md, and the queries of contrib/clickhouse/ on flows of which the answers are known;
# and, by contrib/rsyslog/, from rsyslog to Kafka. RECORDS=50000 sends ClickHouse fewer.
# long: 60 s
. tests/system/lib/lib.sh
. tests/system/lib/wired.sh
. tests/system/lib/export.sh

readonly records=${RECORDS:-1000000}

export_start() { # ID HOSTNAME INSTANCE ARGUMENT...: as on a machine of that name; messages in ID.err
	local it=$1 name=$2 instance=$3
	shift 3
	: >"$LAB_DIR/$it.err" # what the last one said
	# shellcheck disable=SC2016 # expanded by the inner shell
	nsenter --net="/run/netns/$LAB-collector" unshare --uts sh -c 'hostname "$0" && exec "$@"' "$name" \
		"$BUILD/synscope" export --name "$LAB-$instance" "$@" >"$LAB_DIR/$it.out" 2>"$LAB_DIR/$it.err" </dev/null &
	export_begun "$it" $! "$instance"
}

told() { # ID REGEX
	wait_for 10 grep -qE -- "$2" "$LAB_DIR/$1.err" || fail "not told '$2': $(cat "$LAB_DIR/$1.err")"
}

connection_ipv4() { # a connection from $port of the client that ends
	port=$((port + 1))
	must peer client c connect $server4 80 $port
	must peer server a accept l
	must peer client c send 100
	must peer server a recv 100
	close_in_turn client c server a
}

# ---- a server that does what it is told

sink_start() { # NAME PORT ARGUMENT...: of http_sink behind the directory
	local options=()
	[ "$3" != --tls ] || options=("${@:3:3}")
	mkdir "$LAB_DIR/$1"
	in_collector "$LAB_DIR/$1.log" "$BUILD/http_sink" "${options[@]}" "$2" "$LAB_DIR/$1" "${@:3+${#options[@]}}"
	sink=$started
	wait_for 5 grep -q ready "$LAB_DIR/$1.log" || fail "no server: $(cat "$LAB_DIR/$1.log")"
}

got() { # NAME NUMBER: wait for that request
	wait_for 20 test -e "$LAB_DIR/$1/$2.head" || fail "no request $2 to $1: $(cat "$LAB_DIR"/*.err)"
}

tries_again() { # the same bytes, as late as it is asked to; nothing secret is told
	(umask 077 && echo user:word >"$LAB_DIR/login")
	sink_start again 8001 '503 Retry-After: 1' close 404 200
	export_start again alpha client --header 'X-Scope: a b' --credentials "$LAB_DIR/login" \
		'http://127.0.0.1:8001/in?key=hidden&q=a b' client port '>' $port
	connection_ipv4
	got again 4
	told again 'takes records again'
	export_end again INT
	for it in 2 3 4; do
		cmp "$LAB_DIR/again/1.body" "$LAB_DIR/again/$it.body" || fail "request $it has another body"
	done
	for it in '/in\?key=hidden&q=a%20b' 'method: POST' 'X-Scope: a b' 'Authorization: Basic dXNlcjp3b3Jk' 'Content-Encoding: gzip' \
		'Content-Type: application/x-ndjson' 'User-Agent: synscope/.*'; do
		grep -qxE "$it" "$LAB_DIR/again/4.head" || fail "no '$it' in $(cat "$LAB_DIR/again/4.head")"
	done
	gzip -dc "$LAB_DIR/again/4.body" | jq -es "length == 1 and .[0].client_port == $port and .[0].host == \"alpha\"
		and (.[0] | all(.[]; type != \"object\"))" >/dev/null || fail "$(gzip -dc "$LAB_DIR/again/4.body")"
	[ "$(find "$LAB_DIR/again/2.head" -newermt "@$(($(stat -c %Y "$LAB_DIR/again/1.head")))" | wc -l)" -eq 1 ] ||
		fail "Retry-After is not waited for"
	[ "$(grep -c "8001/in' now: .*; it is tried" "$LAB_DIR/again.err")" -eq 1 ] || # which one depends on the time
		fail "the failure is not told once: $(cat "$LAB_DIR/again.err")"
	grep -qE "now: (it answered (503|404): Code: 60, no such table|[^:]*); it is tried" "$LAB_DIR/again.err" ||
		fail "the reason is not told: $(cat "$LAB_DIR/again.err")"
	! grep -E 'hidden|word|dXNl' "$LAB_DIR/again.err" || fail "a secret is told"
	kill_started "$sink"
}

each_its_own() { # credentials go to the server that they are for
	local first other
	sink_start first 8004 200
	first=$sink
	sink_start other 8005 200
	other=$sink
	(umask 077 && printf 'http://127.0.0.1:8004\nuser:word\nhttp://127.0.0.1:8006\nX-Key: hidden\n' >"$LAB_DIR/logins")
	export_start own alpha client --credentials "$LAB_DIR/logins" http://127.0.0.1:8005/ http://127.0.0.1:8004/ \
		client port '>' $port
	connection_ipv4
	got first 1
	got other 1
	export_end own INT
	grep -qx 'Authorization: Basic dXNlcjp3b3Jk' "$LAB_DIR/first/1.head" || fail "not sent: $(cat "$LAB_DIR/first/1.head")"
	! grep -qiE 'Authorization|Key' "$LAB_DIR/other/1.head" "$LAB_DIR/other.log" || fail "sent to another server"
	! grep -qiE 'Key' "$LAB_DIR/first/1.head" || fail "those of another server were sent"
	kill_started "$first"
	kill_started "$other"
}

hangs() { # one that never answers: another destination gets all, and Ctrl-C ends it in time
	local begun
	sink_start hangs 8002 hang
	export_start hangs alpha client --no-gzip http://127.0.0.1:8002 "file:$LAB_DIR/beside" client port '>' $port
	connection_ipv4
	got hangs 1
	connection_ipv4
	wait_for 10 grep -q ":$port-" "$LAB_DIR/beside" || fail "the other one does not get it: $(cat "$LAB_DIR/hangs.err")"
	grep -q '"client_port":' "$LAB_DIR/hangs/1.body" || fail "compressed: $(head -c 100 "$LAB_DIR/hangs/1.body")"
	begun=$SECONDS
	export_end hangs INT
	[ $((SECONDS - begun)) -lt 60 ] || fail "took $((SECONDS - begun)) s to end"
	told hangs "2 records for 'http://127.0.0.1:8002' are lost: the export ended"
	kill_started "$sink" KILL
}

# NAME SUBJECT-ALTERNATIVE-NAME: a certificate of its own authority, NAME.pem, with NAME.key
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -addext "subjectAltName=$2" \
		-keyout "$LAB_DIR/$1.key" -out "$LAB_DIR/$1.pem" 2>"$LAB_DIR/openssl.err" || fail "$(cat "$LAB_DIR/openssl.err")"
}

certificates_are_checked() {
	certificate right IP:127.0.0.1
	certificate other DNS:other.example
	sink_start tls 8003 --tls "$LAB_DIR/right.pem" "$LAB_DIR/right.key" 200
	export_start stranger alpha client https://127.0.0.1:8003/ client port '>' $port
	export_start known alpha client --ca-cert "$LAB_DIR/right.pem" https://127.0.0.1:8003/ client port '>' $port
	connection_ipv4
	got tls 1
	told stranger 'cannot export to .*certificate.*see --ca-cert'
	export_end stranger INT
	export_end known INT
	! grep -q 'cannot export' "$LAB_DIR/known.err" || fail "$(cat "$LAB_DIR/known.err")"
	[ ! -e "$LAB_DIR/tls/2.head" ] || fail "sent to a stranger"
	kill_started "$sink"
	sink_start named 8003 --tls "$LAB_DIR/other.pem" "$LAB_DIR/other.key" 200
	export_start named alpha client --ca-cert "$LAB_DIR/other.pem" https://127.0.0.1:8003/ client port '>' $port
	connection_ipv4
	told named 'cannot export to .*(certificate|name)'
	export_end named INT
	[ ! -e "$LAB_DIR/named/1.head" ] || fail "sent to another name"
	kill_started "$sink"
}

mistakes() {
	(umask 022 && echo user:word >"$LAB_DIR/open")
	outcome 2 synscope export http://user:word@127.0.0.1/
	says 'file of --credentials'
	outcome 2 synscope export --header 'Authorization: Bearer x' http://127.0.0.1/
	says "expected 'Name: value'.*--credentials"
	outcome 1 synscope export --name "$LAB-client" --credentials "$LAB_DIR/open" http://127.0.0.1/
	says "may be read or written by others.*chmod 600"
	(umask 077 && echo user:word >"$LAB_DIR/whose")
	outcome 1 synscope export --name "$LAB-client" --credentials "$LAB_DIR/whose" http://127.0.0.1:8004/ http://127.0.0.1:8005/
	says "whose does not say for which of the servers.*https://HOST:PORT"
	outcome 1 synscope export --name "$LAB-client" --ca-cert "$LAB_DIR/none" https://127.0.0.1/
	says "certificates of --ca-cert .*no such file"
}

# ---- ClickHouse

# Sums of what export_maker sends tell whether each record is there, and none twice.
misses_nothing() {
	local maker expected sums='SELECT count(), sum(client_bytes), sum(delta_server_bytes), uniqExact(id)'
	in_collector "$LAB_DIR/made" "$BUILD/export_maker" "$(clickhouse_address)" "$records"
	maker=$started
	wait_for 60 rows_are 'SELECT count() > 2000 FROM flows' 1 || fail "nothing arrives: $(cat "$LAB_DIR/made")"
	kill_started "$clickhouse" KILL
	[ ! -s "$LAB_DIR/made" ] || fail "all had been sent before it was killed: $(cat "$LAB_DIR/made")"
	clickhouse_start
	wait "$maker" || fail "not all were sent: $(cat "$LAB_DIR/made")"
	sql 'OPTIMIZE TABLE flows FINAL'
	expected=$(printf '%d\t%d\t%d\t%d' "$records" $((records * (records + 1) / 2)) $((records * (records + 1) / 2)) "$records")
	[ "$(sql "$sums FROM flows FINAL")" = "$expected" ] || fail "$(sql "$sums FROM flows FINAL"), not $expected"
	sql 'TRUNCATE TABLE flows'
}

columns_are_members() { # each member of a line is a column, and there are no others but the time
	local member column
	member=$(gzip -dc "$LAB_DIR/again/4.body" | jq -r 'keys[]' | sort)
	column=$(sql 'DESCRIBE TABLE flows' | cut -f 1 | grep -vx time | sort)
	[ "$member" = "$column" ] || fail "members and columns: $(diff <(echo "$member") <(echo "$column"))"
}

# Flows with known answers, seen by two machines.
flows_of_all_kinds() {
	connection_ipv4
	peer client r connect $server4 81 44001 || true # refused
	must peer client n start $nobody4 82 44002      # unanswered, with a SYN again
	must peer client h connect $server4 80 44003    # half-closed, and long
	must peer server h accept l
	must peer server h send 5000
	must peer client h recv 5000
	must peer server h shutdown
	must peer client x connect $server4 80 44004 # reset
	must peer server x accept l
	must peer client x reset
	flow_must client 44002 '.handshake.syn_retransmits > 0' # which is later by a second
	must peer client n close
	must peer client h send 100
	must peer server h recv 100
}

answers() { # HEADING REGEX...: a line of its answer matches each
	local regex answer
	answer=$(answer_of "$1")
	asked+=("$1")
	for regex in "${@:2}"; do
		grep -qP -- "$regex" <<<"$answer" || fail "'$1' answers not '$regex' but: $answer"
	done
}

queries_answer() {
	local asked=() question delayed='([4-9]\d|\d{3,4})\.' # ms: 40 or more, by the wire
	answers 'Which service is slow to connect?' "^80\talpha\t3\t$delayed" "^80\tbeta\t3\t$delayed"
	answers 'Whose SYNs get lost?' "^$nobody4\t82\talpha\t1\t[1-9]"
	answers 'Who is refused, and why?' "^$server4\t81\trefused\t\S+\t2\t1" "^$nobody4\t82\tunanswered\t"
	answers 'Is this a SYN flood?' "\t$nobody4\t82\t[12]\t[12]\t1"
	answers 'Who leaks half-closed connections?' "^$client4\t80\t2"
	answers 'Who comes from where?' '^10\.0\.0\.0/24\t[0-9]+\t[3-9]'
	answers 'What happened, by outcome over time?' '\trefused\t[12]' '\treset_by_client\t[12]' '\tclosed\t[12]'
	answers 'Who resets connections?' "^$client4\treset_by_client\t80\t2"
	answers 'Who are the top talkers?' "^(alpha|beta)\t$client4\t$server4\t80\t\d+\t[5-9]\d\d\d"
	answers 'Which connections live long?' ":44003-.*\t(alpha|beta)\t\d"
	[ ${#asked[@]} -eq 10 ] || fail "${#asked[@]} queries"
	question=$(grep -cE '^-- .*\?' contrib/clickhouse/queries.sql)
	[ "$question" -eq 10 ] || fail "$question queries are written, and 10 are asked"
}

# The export is started again while flows live: they are told again, and no answer has them twice.
a_restart_changes_no_answer() {
	local before after question questions=('Which service is slow to connect?' 'Who are the top talkers?')
	before=$(for question in "${questions[@]}"; do answer_of "$question" | sort; done)
	export_start again alpha client --active 1 "$(clickhouse_address)" "file:$LAB_DIR/restarted" client port '>' $port
	wait_for 12 grep -q ':44003-' "$LAB_DIR/restarted" || fail "the flow that lives is not told again"
	export_end again INT
	after=$(for question in "${questions[@]}"; do answer_of "$question" | sort; done)
	[ "$after" = "$before" ] || fail "counted twice (>): $(diff <(echo "$before") <(echo "$after"))"
}

known_flows_are_there() { # all that queries_answer() relies on
	rows_are "SELECT uniqExact(host, client_port) FROM flows WHERE record != 'active' OR client_port = 44003" 10 &&
		rows_are "SELECT count() > 0 FROM flows WHERE client_port = 44003 AND duration_ns > 1000000000 AND client_state = 'CLOSE_WAIT'" 1
}

fleet_in_clickhouse() {
	have clickhouse-server && have curl || return 0
	clickhouse_begin 127.0.0.1
	columns_are_members
	misses_nothing
	export_start alpha alpha client --active 1 "$(clickhouse_address)" client port '>' $port
	export_start beta beta server --active 1 "$(clickhouse_address)" client port '>' $port
	flows_of_all_kinds
	wait_for 12 known_flows_are_there ||
		fail "not there: $(sql 'SELECT host, id, record, outcome, client_state, server_state, duration_ns FROM flows')"
	export_end alpha INT
	export_end beta INT
	queries_answer
	a_restart_changes_no_answer
	kill_started "$clickhouse" KILL
}

# ---- Kafka

consumed() { # COUNT
	[ "$(wc -l <"$LAB_DIR/kafka.out")" -ge "$1" ]
}

through_rsyslog_to_kafka() { # a consumer has the broker in itself
	local broker count=1000
	have kcat && have rsyslogd || return 0
	[ -n "$(find /usr/lib -name omkafka.so)" ] || have rsyslog-kafka || return 0
	nsenter --net="/run/netns/$LAB-collector" kcat -C -t flows -b none:1 -X test.mock.num.brokers=1 -d mock -o beginning -u \
		>"$LAB_DIR/kafka.out" 2>"$LAB_DIR/kafka.err" </dev/null &
	lab_pids+=($!)
	wait_for 10 grep -q 'bootstrap.servers=' "$LAB_DIR/kafka.err" || fail "no broker: $(cat "$LAB_DIR/kafka.err")"
	broker=$(sed -nE 's/.*bootstrap.servers=([0-9.:]+).*/\1/p' "$LAB_DIR/kafka.err" | head -n 1)
	mkdir "$LAB_DIR/rsyslog"
	{
		echo "global(workDirectory=\"$LAB_DIR/rsyslog\")"
		sed "s/127\.0\.0\.1:9092/$broker/" contrib/rsyslog/synscope-kafka.conf
	} >"$LAB_DIR/rsyslog/rsyslog.conf"
	in_collector "$LAB_DIR/rsyslog.log" rsyslogd -n -f "$LAB_DIR/rsyslog/rsyslog.conf" -i "$LAB_DIR/rsyslog/pid"
	wait_for 10 on collector "$BUILD/export_maker" tcp://127.0.0.1:10514 $count >/dev/null ||
		fail "rsyslog takes nothing: $(cat "$LAB_DIR/rsyslog.log")"
	wait_for 20 consumed $count || fail "$(wc -l <"$LAB_DIR/kafka.out") messages: $(cat "$LAB_DIR/rsyslog.log")"
	jq -es "length == $count and (map(.client.bytes) | unique | length) == $count" "$LAB_DIR/kafka.out" >/dev/null ||
		fail "other messages: $(head -n 3 "$LAB_DIR/kafka.out")"
}

own_mounts
lab_begin
lab_wired_pair 20
lab_host collector
must peer server l listen $server4 80
attach client eth0 --netns "$LAB-client" --timeout time_wait=1 --timeout closed=5 --timeout syn_sent=2
attach server eth0 --netns "$LAB-server" --timeout time_wait=1 --timeout closed=5 --timeout syn_sent=2
[ -n "$(find /usr/lib /lib -name libcurl-gnutls.so.4 2>/dev/null | head -n 1)" ] || skip "libcurl-gnutls.so.4 is not installed"
mistakes
tries_again
each_its_own
hangs
certificates_are_checked
fleet_in_clickhouse
through_rsyslog_to_kafka
skip_without
