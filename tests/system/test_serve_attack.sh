#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `serve` under attack by clients: it neither ends nor grows, what it refuses it says and counts, and whoever watches
# beside it gets every event.
# long: 10 s
. tests/system/lib/lib.sh
# shellcheck source=lib/serve.sh
. tests/system/lib/serve.sh

readonly piped=5000 partial=300 # ms for an answer to what is no complete request, if there is one
readonly memory_most_kb=$((96 * 1024))

most=0
lives() { # and answers; sets $most to the most memory that it had, in kB
	kill -0 "$server" || fail "serve has ended: $(cat "$LAB_DIR/serve.err")"
	asked 200 /healthz
	memory=$(awk '/^RssAnon/ { print $2 }' "/proc/$(pgrep -P "$server")/status") # its parent does not serve
	[ "$memory" -le "$most" ] || most=$memory
	[ "$memory" -le $memory_most_kb ] || fail "serve has $memory kB of memory of its own"
}

healthy() {
	[ "$(ask /healthz -o /dev/null -w '%{http_code}')" = 200 ]
}

attacker() { # MODE [COUNT]
	on server "$BUILD/http_attacker" "${port:-9293}" "$@"
}

# REGEX [MS]: what is on stdin is answered by something that matches, before the server ends the connection; with MS, in
# this time, because a server may wait for the end of the request.
raw() {
	local answer
	answer=$(attacker raw "${2:-60000}" | tr -d '\r\0' | head -c 100000)
	grep -qE -- "$1" <<<"$answer" || fail "not '$1': ${answer:0:1000}"
}

# Those that are well-formed ask for the end of the connection, so that nobody waits for more.
broken_requests() {
	local host=$'Host: localhost\r\nConnection: close\r\n'
	printf 'GET /healthz HTTP/1.1\r\n%s\r\n' "$host" | raw '^HTTP/1.1 200'
	printf 'GET /\r\n' | raw '^HTTP/1.1 400' # HTTP/0.9
	printf 'GET /healthz HTTP/1.1\r\n\r\n' | raw '^HTTP/1.1 (400|421)' # no Host
	printf 'GET /healthz HTTP/1.1\r\n%sHost: localhost\r\n\r\n' "$host" | raw '^HTTP/1.1 400'
	printf 'GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n' | raw '^HTTP/1.1 421'
	printf 'GET /healthz HTTP/1.1\r\n%sOrigin: http://evil.example\r\n\r\n' "$host" | raw '^HTTP/1.1 403'
	printf 'GET /api/v1/events HTTP/1.1\r\n%sOrigin: null\r\n\r\n' "$host" | raw '^HTTP/1.1 403'
	printf 'GET /../../../etc/passwd HTTP/1.1\r\n%s\r\n' "$host" | raw '^HTTP/1.1 404'
	printf 'GET /%%2e%%2e/%%2e%%2e/etc/passwd HTTP/1.1\r\n%s\r\n' "$host" | raw '^HTTP/1.1 404'
	printf 'GET http://evil.example/healthz HTTP/1.1\r\n%s\r\n' "$host" | raw '^HTTP/1.1 404'
	printf 'GET /healthz%%00 HTTP/1.1\r\n%s\r\n' "$host" | raw '^HTTP/1.1 404'
	printf 'GET /\377\376 HTTP/1.1\r\n%s\r\n' "$host" | raw '^HTTP/1.1 404.*|"error"'
	printf 'GET /api/v1/flows?filter=\377%%ff HTTP/1.1\r\n%s\r\n' "$host" | raw '^HTTP/1.1 400'
	printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0' | raw '^(HTTP/1.1 (400|405|505)|$)' $partial
	printf 'POST /healthz HTTP/1.1\r\n%sContent-Length: 1000000000\r\n\r\nx' "$host" | raw '^HTTP/1.1 405'
	printf 'GET /healthz HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\nffffffff\r\n' "$host" | raw '^HTTP/1.1 413'
	printf 'GET /healthz HTTP/1.1\r\n%sContent-Length: -1\r\n\r\n' "$host" | raw '^HTTP/1.1 4'
	printf 'GET /healthz HTTP/1.1\r\n%sno colon\r\n\r\n' "$host" | raw '^HTTP/1.1 (400|200)'
	printf '\26\3\1\2\0\1\0\1\374\3\3%064d' 0 | raw '^(HTTP/1.1 4|$)' $partial # TLS on the port without it
	head -c 65536 /dev/urandom | raw '^(HTTP/1.1 4|$)|' $partial
	lives
}

large_requests() {
	local host=$'Host: localhost\r\nConnection: close\r\n'
	{
		printf 'GET /healthz HTTP/1.1\r\n%sX: ' "$host"
		head -c 12000 /dev/zero | tr '\0' x
		printf '\r\n\r\n'
	} | raw '^HTTP/1.1 200'
	{
		printf 'GET /healthz HTTP/1.1\r\n%sX: ' "$host"
		head -c 17000 /dev/zero | tr '\0' x
		printf '\r\n\r\n'
	} | raw '^HTTP/1.1 431'
	{
		printf 'GET /healthz HTTP/1.1\r\n%s' "$host"
		head -c 1000000 /dev/zero | tr '\0' x
	} | raw '^HTTP/1.1 (431|400|413)'
	{
		printf 'GET /api/v1/flows?filter='
		head -c 1048576 /dev/zero | tr '\0' '('
		printf ' HTTP/1.1\r\n%s\r\n' "$host"
	} | raw '^HTTP/1.1 (414|431)'
	asked 431 "/api/v1/flows?filter=$(head -c 1100 /dev/zero | tr '\0' '(')"
	asked 400 "/api/v1/flows?filter=$(head -c 1000 /dev/zero | tr '\0' '(')"
	asked 200 "/api/v1/flows?filter=$(for ((i = 0; i < 60; i++)); do printf 'port+%d+or+' $i; done)port+443" # expensive
	lives
}

pipelining() {
	local answers begun
	for ((i = 1; i < piped; i++)); do
		printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
	done >"$LAB_DIR/requests"
	begun=${EPOCHREALTIME/./}
	answers=$({
		cat "$LAB_DIR/requests"
		printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
	} | attacker raw 60000 | grep -ac '^HTTP/1.1 200')
	[ "$answers" -eq $piped ] || fail "$answers of $piped requests were answered"
	echo "$((piped * 1000000 / (${EPOCHREALTIME/./} - begun))) requests/s in one connection"
	lives
}

# 70 at once, each of which has its number for [1-70] in TARGET; the contents are in $LAB_DIR/many_NUMBER.
many() { # TARGET
	curl -s --no-progress-meter --max-time 60 -Z --parallel-immediate --parallel-max 70 --unix-socket "$socket" -o "$LAB_DIR/many_#1" \
		"http://localhost$1"
}

questions_are_refused() { # some of them
	rm -f "$LAB_DIR"/many_*
	many '/api/v1/flows?limit=[1-70]'
	grep -q 'queries wait for the next scan' "$LAB_DIR"/many_*
}

viewers_are_refused() { # some of them
	grep -q 'viewers read events already' "$LAB_DIR"/many_*
}

# Different questions beyond 32 that wait for a scan are told so, and viewers of events beyond 64.
too_much_at_once() {
	local viewers
	wait_for 5 questions_are_refused || fail "no limit of questions: $(ls "$LAB_DIR")"
	grep -q '^\[' "$LAB_DIR"/many_* || fail "nobody was answered"
	rm -f "$LAB_DIR"/many_*
	many '/api/v1/events?filter=port+[1-70]' &
	viewers=$!
	lab_pids+=($!)
	wait_for 5 viewers_are_refused || fail "no limit of viewers"
	kill "$(pgrep -P $viewers curl || echo $viewers)"
	lives
}

refusals_are_counted() {
	local reason
	asked 200 /metrics
	for reason in method host origin header query busy connections streams; do
		grep -qE "^synscope_serve_refusals_total\{reason=\"$reason\"\} [1-9]" "$LAB_DIR/content" ||
			fail "none for '$reason': $(grep refusals "$LAB_DIR/content")"
	done
}

# Connections beyond 256 are told so; those that say nothing are closed after some seconds.
ten_thousand_connections() {
	local open refused
	mkfifo "$LAB_DIR/hold"
	attacker hold 10000 <"$LAB_DIR/hold" >"$LAB_DIR/held" &
	lab_pids+=($!)
	exec {held}>"$LAB_DIR/hold"
	some_connections 20
	wait_for 60 grep -q refused "$LAB_DIR/held" || fail "10,000 connections are not decided about"
	read -r _ open _ refused <"$LAB_DIR/held"
	echo "of 10,000 connections, $open were served"
	[ $((open + refused)) -eq 10000 ] || fail "$open and $refused"
	[ "$open" -le 256 ] || fail "$open connections are open"
	exec {held}>&-
	wait_for 30 healthy || fail "no answer after the attack"
	lives
}

# Against a server of its own, because it takes seconds, in which nobody else is served.
slow_loris_begins() {
	on server "$BUILD/synscope" serve --listen 127.0.0.1:9295 >"$LAB_DIR/slow.out" 2>&1 </dev/null &
	lab_pids+=($!)
	wait_for 5 grep -q 'listening on' "$LAB_DIR/slow.out" || fail "serve does not start: $(cat "$LAB_DIR/slow.out")"
	port=9295 attacker loris 300 >"$LAB_DIR/loris" &
	lab_pids+=($!)
}

slow_loris_has_ended() {
	local requests
	wait_for 60 grep -q closed "$LAB_DIR/loris" || fail "requests that never end are waited for"
	requests=$(wait_for 30 on server curl -sf --max-time 20 http://127.0.0.1:9295/metrics) || fail "no answer after the attack"
	grep -qx 'synscope_serve_refusals_total{reason="slow"} 2[45][0-9]' <<<"$requests" ||
		fail "not counted: $(grep refusals <<<"$requests")"
}

connections=0
some_connections() { # COUNT: each of which is seen by the watchers
	local i
	for ((i = 0; i < $1; i++)); do
		connections=$((connections + 1))
		must peer client "c$connections" connect $server4 80 $((42000 + connections))
		must peer server "s$connections" accept l0
	done
}

watched() { # the watcher has seen the handshake of each
	[ "$(grep -c '"event":"handshake"' "$LAB_DIR/watched")" -eq "$connections" ]
}

viewed() {
	[ "$(grep -ac '^data: {"event":"handshake"' "$LAB_DIR/viewed")" -eq "$connections" ]
}

slow_counts() { # sets $told to the number of segments that the stopped viewer was told of, and $lost to what it missed
	told=$(grep -caE '"event":"(new|handshake)"|"from":"LISTEN","to":"SYN_RECEIVED"' "$LAB_DIR/slow" || true)
	lost=$(sed -n 's/^data: {"lost":\([0-9]*\)}$/\1/p' "$LAB_DIR/slow" | jq -s 'add // 0')
}

slow_has_all() {
	slow_counts
	[ $((told + lost)) -ge 60000 ]
}

serves_flood() {
	ask /api/v1/status | grep -q "$LAB-flood"
}

# A viewer that does not read holds nobody up, and is told how much it has missed.
a_viewer_that_does_not_read() {
	local link slow told lost
	attach flood eth0 --netns "$LAB-client" --max-flows 65536
	wait_for 5 serves_flood || fail "the second instance is not served"
	wait_for 20 healthy || fail "no events of the second instance: $(ask /healthz)"
	ask "/api/v1/events?filter=port+$((42000 + 1))+or+not+port+80" -N --max-time 600 >"$LAB_DIR/slow" &
	slow=$!
	lab_pids+=($!)
	wait_for 5 grep -q '^retry:' "$LAB_DIR/slow" || fail "no stream"
	kill -STOP "$(pgrep -P "$slow" curl || echo "$slow")"
	link=$(find /sys/fs/bpf/synscope -path "*/$LAB-flood/*" -name '*xdp*')
	"$BUILD/fill" "$link" 20000 3 >/dev/null || fail "fill failed"
	some_connections 5
	lives
	asked 200 '/api/v1/flows?limit=5000'
	[ "$(jq length "$LAB_DIR/content")" -eq 5000 ] || fail "not 5000 of 20000 flows"
	kill -CONT "$(pgrep -P "$slow" curl || echo "$slow")"
	wait_for 30 slow_has_all || fail "$told told and $lost lost are not 60000"
	[ "$lost" -gt 0 ] || fail "nothing was lost: the viewer was not slow enough"
	detach flood
	lives
}

lab_begin
lab_pair
attach attack eth0 --netns "$LAB-server"
must peer server l0 listen $server4 80
serve_start --listen 127.0.0.1:9293
"$BUILD/synscope" watch -o jsonl --name "$LAB-attack" port 80 >"$LAB_DIR/watched" 2>/dev/null </dev/null &
watcher=$!
lab_pids+=($!)
wait_for 5 watching "$watcher" || fail "watch does not start"
ask "/api/v1/events?filter=port+80+and+instance+$LAB-attack" -N --max-time 600 >"$LAB_DIR/viewed" &
lab_pids+=($!)
wait_for 5 grep -q '^retry:' "$LAB_DIR/viewed" || fail "no stream"
slow_loris_begins
broken_requests
large_requests
pipelining
too_much_at_once
ten_thousand_connections
! grep -q '^event: lost' "$LAB_DIR/viewed" || fail "the viewer has lost events"
a_viewer_that_does_not_read
wait_for 10 watched || fail "watch saw $(grep -c '"event":"handshake"' "$LAB_DIR/watched") of $connections handshakes"
wait_for 10 viewed || fail "the viewer saw $(grep -ac '^data: {"event":"handshake"' "$LAB_DIR/viewed") of $connections"
slow_loris_has_ended
refusals_are_counted
serve_end 0
echo "$most kB of memory at most"
