#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `serve`: its answers are those of the commands, byte for byte but for the time; one description says what there is;
# events arrive as `watch` prints them; instances come and go; addresses, sockets, TLS and the token.
# long: 10 s
. tests/system/lib/lib.sh
# shellcheck source=lib/serve.sh
. tests/system/lib/serve.sh

# Times of day depend on when the clocks were compared, ages and rates on when flows and counters were read.
timeless() {
	sed -E 's/"(first_seen|last_seen|time)":"[^"]*"/"\1":null/g; s/"(age|idle)_ns":[0-9]+/"\1_ns":null/g; s/"rates":\{[^}]*\{[^}]*\}[^}]*\{[^}]*\}[^}]*\}//; s/"used":[0-9]+//'
}

same_as() { # TARGET COMMAND...: both print the same
	timeless >"$LAB_DIR/command" < <(synscope "${@:2}" -o json)
	asked 200 "$1"
	timeless <"$LAB_DIR/content" >"$LAB_DIR/answer"
	cmp "$LAB_DIR/command" "$LAB_DIR/answer" || fail "'$1' and '${*:2}' differ: $(diff "$LAB_DIR/command" "$LAB_DIR/answer")"
	[ "$(wc -c <"$LAB_DIR/answer")" -gt 2 ] || fail "'$1' says nothing"
}

says_the_same() { # TARGET COMMAND...: both give the same error, but for the prefix
	outcome 2 synscope "${@:2}"
	asked 400 "$1"
	[ "$(jq -r .error "$LAB_DIR/content")" = "$(sed -n '1s/^synscope: //p' "$LAB_DIR/err")" ] ||
		fail "'$1' says $(cat "$LAB_DIR/content"), '${*:2}' says $(cat "$LAB_DIR/err")"
}

some_flows() {
	local i ip
	for ((i = 1; i <= 6; i++)); do
		ip=$server4
		[ $((i % 2)) -eq 0 ] || ip=$server6
		must peer client "c$i" connect $ip 80 $((41000 + i))
		must peer server "s$i" accept "l$((i % 2))"
	done
	close_in_turn client c5 server s5
	peer client refused connect $server4 81 42000 && fail "connected to port 81, where nothing listens"
	flow_must serve 41005 '.client.state == "TIME_WAIT"'
	flow_must serve 42000 '.outcome == "refused"'
}

status_is_that_of_the_command() { # once the counters have come to rest: the server has those of two seconds ago
	(same_as /api/v1/status status)
}

answers_are_those_of_the_commands() {
	local id
	beside same_as '/api/v1/flows' list
	beside same_as '/api/v1/flows?all=1&sort=client' list --all --sort client
	beside same_as '/api/v1/flows?filter=state+established+and+not+port+41002&sort=server&limit=2' \
		list state established and not port 41002 --sort server --limit 2
	beside same_as '/api/v1/flows?filter=outcome%20refused&all' list --all outcome refused
	id=$(flow serve 41001 | jq -r .id)
	same_as "/api/v1/flows/$(jq -rn --arg id "$id" '$id | @uri')" show "$id"
	jq -e '.ladder.steps | length >= 3' "$LAB_DIR/content" >/dev/null || fail "no ladder: $(cat "$LAB_DIR/content")"
	beside same_as /api/v1/stats stats
	beside same_as '/api/v1/stats?by=server-port&sort=p99' stats --by server-port --sort p99
	beside same_as '/api/v1/stats?by=client&prefix4=24&prefix6=64&limit=1' stats --by client --prefix4 24 --prefix6 64 --limit 1
	beside_end
	wait_for 5 status_is_that_of_the_command || same_as /api/v1/status status
	says_the_same '/api/v1/flows?filter=state+foo' list state foo
	says_the_same '/api/v1/events?filter=port+443+and' watch port 443 and
	asked 404 /api/v1/flows/10.9.9.9:1-10.0.0.2:443
	outcome 1 synscope show 10.9.9.9:1-10.0.0.2:443
	[ "$(jq -r .error "$LAB_DIR/content")" = "$(sed 's/^synscope: //' "$LAB_DIR/err")" ] || fail "$(cat "$LAB_DIR/content")"
}

has_latencies() { # both halves of the handshakes of some_flows, within two columns
	asked 200 /api/v1/latency
	jq -e '.[0] | .column_ns == 2e9 and (.columns | length > 1 and
		all(.syn_to_synack_ns, .synack_to_ack_ns | type == "object") and
		([.[].synack_to_ack_ns[]] | add) >= 1)' "$LAB_DIR/content" >/dev/null
}

forms_of_an_answer() {
	asked 200 /
	[ "$(field Cache-Control)" = no-store ] || fail "cache of the page '$(field Cache-Control)'"
	asked 200 '/api/v1/flows?all=1'
	[ "$(field X-Total-Count)" -eq 7 ] || fail "X-Total-Count is '$(field X-Total-Count)'"
	[ "$(field Content-Type)" = application/json ] || fail "type '$(field Content-Type)'"
	[ "$(field Cache-Control)" = no-store ] || fail "cache '$(field Cache-Control)'"
	[ "$(field X-Content-Type-Options)" = nosniff ] || fail "no nosniff"
	[ "$(field Content-Security-Policy)" = "default-src 'self'; frame-ancestors 'none'" ] || fail "no policy"
	cp "$LAB_DIR/content" "$LAB_DIR/plain"
	asked 200 '/api/v1/flows?all=1' --compressed
	[ "$(field Content-Encoding)" = gzip ] || fail "not compressed: $(cat "$LAB_DIR/header")"
	[ "$(jq length "$LAB_DIR/content")" -eq "$(jq length "$LAB_DIR/plain")" ] || fail "another content when compressed"
	asked 200 / -H 'Accept-Encoding:'
	grep -q '<!DOCTYPE html>' "$LAB_DIR/content" || fail "no page"
	asked 304 / -H "If-None-Match: $(field ETag)"
	[ ! -s "$LAB_DIR/content" ] || fail "304 with a content"
	asked 200 /api/v1/status -I
	[ "$(field Content-Length)" -gt 100 ] || fail "HEAD: $(cat "$LAB_DIR/header")"
	asked 405 /api/v1/status -X POST -d x
	[ "$(field Allow)" = 'GET, HEAD' ] || fail "no Allow"
}

path_is_right() { # PATH of the description
	local target name example query status type types
	for status in 200 400 405 421; do
		jq -e --arg path "$1" --arg status $status '.paths[$path].get.responses | has($status)' "$description" >/dev/null ||
			fail "$1 does not describe $status"
	done
	target=${1/\{id\}/$(flow serve 41002 | jq -r '.id | @uri')}
	mapfile -t types < <(jq -r --arg path "$1" '.paths[$path].get.responses."200".content | keys[]' "$description")
	for type in "${types[@]}"; do
		[[ $1 != */events ]] || break
		asked 200 "$target" -H "Accept: $type"
		[[ $(field Content-Type) == "$type"* ]] || fail "$target is '$(field Content-Type)', not $type"
	done
	asked 400 "$target?nonsense=1"
	asked 405 "$target" -X PUT
	asked 421 "$target" -H 'Host: evil.example'
	while read -r name example; do
		[ "$name" != instance ] || example="$LAB-serve"
		query="$name=$example"
		[[ $1 != */stats || $name == by ]] || query="by=server&$query"
		[[ $1 == */events ]] || asked 200 "$target?$query"
		asked 400 "$target?$name=&$name="
		jq -e '.error | test("given twice|expected")' "$LAB_DIR/content" >/dev/null || fail "$1 $name: $(cat "$LAB_DIR/content")"
	done < <(jq -r --arg path "$1" '.paths[$path].get.parameters // [] | .[] | select(.in == "query") |
		"\(.name) \(.example | tostring | @uri)"' "$description")
}

# Each path of the description exists, with its types and its parameters and no other, and each 4xx that can be provoked
# by a request is in it.
description_is_right() {
	local path description="$LAB_DIR/openapi"
	asked 200 /api/v1/openapi.json
	cp "$LAB_DIR/content" "$description"
	jq -e '.openapi == "3.0.3" and (.paths | has("/metrics")) and ([.paths[].get] | all(.responses | has("200")))' \
		"$description" >/dev/null || fail "no description"
	while read -r path; do
		beside path_is_right "$path"
	done < <(jq -r '.paths | keys[]' "$description")
	beside_end
}

events_arrive() {
	ask '/api/v1/events?filter=client+port+41100' -N >"$LAB_DIR/events" &
	lab_pids+=($!)
	"$BUILD/synscope" watch -o jsonl client port 41100 >"$LAB_DIR/watched" 2>/dev/null </dev/null &
	watcher=$!
	lab_pids+=($!)
	wait_for 5 watching "$watcher" || fail "watch does not start"
	wait_for 5 grep -q '^retry:' "$LAB_DIR/events" || fail "no stream: $(cat "$LAB_DIR/events")"
	must peer client late connect $server4 80 41100
	must peer server late accept l0
	close_in_turn client late server late
	wait_for 10 grep -q TIME_WAIT "$LAB_DIR/events" || fail "no event: $(cat "$LAB_DIR/events")"
	wait_for 10 grep -q '"to":"TIME_WAIT"' "$LAB_DIR/watched" || fail "watch saw nothing"
	[ "$(grep -v '"closed"\|"to":"CLOSED"' "$LAB_DIR/watched" | timeless)" = \
		"$(sed -n 's/^data: //p' "$LAB_DIR/events" | grep -v '"closed"\|"to":"CLOSED"' | timeless)" ] ||
		fail "events differ: $(diff "$LAB_DIR/watched" <(sed -n 's/^data: //p' "$LAB_DIR/events"))"
}

serves() { # NAME...: exactly these instances
	[ "$(ask /api/v1/status | jq -r '[.[].name] | join(" ")')" = "$*" ]
}

health() { # STATUS: with $LAB_DIR/content
	[ "$(ask /healthz -o "$LAB_DIR/content" -w '%{http_code}')" = "$1" ]
}

# With two instances that see the same connections.
one_is_chosen() {
	local id name
	must peer client chosen connect $server4 80 41200
	must peer server chosen accept l0
	id=$(flow serve 41200 | jq -r '.id | @uri')
	for name in "$LAB-other" "$LAB-serve"; do
		asked 200 "/api/v1/flows?all=1&instance=$name&filter=client+port+41200"
		[ "$(jq -r '.[].instance' "$LAB_DIR/content")" = "$name" ] || fail "flows: $(cat "$LAB_DIR/content")"
		asked 200 "/api/v1/flows/$id?instance=$name"
		[ "$(jq -r .instance "$LAB_DIR/content")" = "$name" ] || fail "flow: $(cat "$LAB_DIR/content")"
	done
	asked 404 "/api/v1/flows?instance=$LAB-nowhere"
}

instances_come_and_go() {
	asked 200 /healthz
	wait_for 5 serves "$LAB-serve" || fail "serves $(ask /api/v1/status)"
	attach other eth0 --netns "$LAB-client"
	wait_for 5 serves "$LAB-other" "$LAB-serve" || fail "the new one is missing"
	one_is_chosen
	rm "/sys/fs/bpf/synscope/$LAB-other/hot"
	outcome 0 synscope detach "$LAB-other"
	wait_for 5 serves "$LAB-serve" || fail "the detached one is still there"
	attach broken eth0 --netns "$LAB-client"
	wait_for 5 serves "$LAB-broken" "$LAB-serve" || fail "the third one is missing"
	detach broken
	mkdir "/sys/fs/bpf/synscope/$LAB-empty"
	wait_for 5 health 503 || fail "an instance without anything in it is healthy"
	grep -q "'$LAB-empty'" "$LAB_DIR/content" || fail "does not say which: $(cat "$LAB_DIR/content")"
	wait_for 5 serves "$LAB-serve" || fail "a bad instance takes the others down"
	rmdir "/sys/fs/bpf/synscope/$LAB-empty"
	wait_for 5 health 200 || fail "not healthy again: $(cat "$LAB_DIR/content")"
	[ "$(grep -c "left out: '$LAB-empty'" "$LAB_DIR/serve.err")" -eq 1 ] || fail "said: $(cat "$LAB_DIR/serve.err")"
}

refuses() { # REGEX OPTION...: one message
	outcome 1 timeout 20 nsenter --net="/run/netns/$LAB-server" "$BUILD/synscope" serve "${@:2}"
	says "$1"
	[ "$(wc -l <"$LAB_DIR/err")" -eq 1 ] || fail "several messages: $(cat "$LAB_DIR/err")"
}

starts_are_checked() {
	[ "$(stat -c %a "$socket")" = 660 ] || fail "the socket has mode $(stat -c %a "$socket")"
	refuses 'another process listens there' --listen "unix:$socket"
	touch "$LAB_DIR/file"
	refuses 'is no socket of this user' --listen "unix:$LAB_DIR/file"
	[ -f "$LAB_DIR/file" ] || fail "the file has gone"
	refuses 'which needs --tls-cert, --tls-key and --token-file' --listen "0.0.0.0:9293"
	refuses 'which needs' --listen "[::]:9293"
	printf '%064d\n' 7 >"$LAB_DIR/token"
	chmod 644 "$LAB_DIR/token"
	refuses 'mode 0644' --token-file "$LAB_DIR/token"
	chmod 600 "$LAB_DIR/token"
	refuses 'cannot read .*/missing: No such file' --tls-cert "$LAB_DIR/missing" --tls-key "$LAB_DIR/missing"
	refuses 'cannot use the certificate' --tls-cert "$LAB_DIR/token" --tls-key "$LAB_DIR/token" --listen "127.0.0.1:9293"
	echo short >"$LAB_DIR/short"
	chmod 600 "$LAB_DIR/short"
	refuses 'has no token' --token-file "$LAB_DIR/short"
	refuses 'no interface here has this address' --listen "192.0.2.1:9293" --insecure-listen
	outcome 2 synscope serve --tls-cert "$LAB_DIR/token"
	says 'need each other'
	outcome 2 synscope serve --listen localhost
	says 'expected ADDRESS:PORT'
}

listens_on_both() {
	[ "$(grep -c "listening on https://" "$LAB_DIR/serve.err")" -eq 2 ]
}

tcp_with_tls_and_token() {
	local token listener
	token=$(cat "$LAB_DIR/token")
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=box.example -days 2 \
		-keyout "$LAB_DIR/key" -out "$LAB_DIR/cert" 2>/dev/null
	serve_start --listen "127.0.0.1:9293" --listen "[::1]:9293" --tls-cert "$LAB_DIR/cert" --tls-key "$LAB_DIR/key" \
		--token-file "$LAB_DIR/token" --host box.example
	wait_for 5 listens_on_both || fail "said: $(cat "$LAB_DIR/serve.err")"
	local curl=(on server curl -sk --max-time 20 -o "$LAB_DIR/content" -w '%{http_code}')
	[ "$("${curl[@]}" "https://127.0.0.1:9293/api/v1/status")" = 401 ] || fail "no token is asked for"
	[ "$("${curl[@]}" "https://127.0.0.1:9293/")" = 200 ] || fail "the page needs a token"
	[ "$("${curl[@]}" "https://[::1]:9293/api/v1/status" -H "Authorization: Bearer $token")" = 200 ] || fail "IPv6"
	[ "$("${curl[@]}" "https://box.example:9293/healthz" --connect-to "::127.0.0.1:" -H "Authorization: Bearer $token")" = 200 ] || fail "--host"
	[ "$("${curl[@]}" "https://127.0.0.1:9293/healthz" -H "Authorization: Bearer ${token}0")" = 401 ] || fail "a wrong token"
	asked 200 /healthz -H "Authorization: Bearer $token" # the unix socket, without TLS
	listener=$(pgrep -P "$server")
	kill -9 "$server"
	wait "$server" || true
	wait_for 10 is_gone "$listener" || fail "the process that listens lives on"
	[ -S "$socket" ] || fail "no stale socket"
	serve_start --listen "127.0.0.1:9293"
	asked 200 /healthz
	serve_end 0 INT
	[ ! -e "$socket" ] || fail "the socket is left behind"
}

systemd_passes_sockets() {
	command -v systemd-socket-activate >/dev/null || return 0
	on server systemd-socket-activate -l "[::]:9293" "$BUILD/synscope" serve --insecure-listen 2>"$LAB_DIR/activated" &
	lab_pids+=($!)
	wait_for 5 on server curl -sf --max-time 20 "http://[::1]:9293/healthz" || fail "no answer: $(cat "$LAB_DIR/activated")"
	on server curl -sf --max-time 20 -o "$LAB_DIR/content" "http://127.0.0.1:9293/healthz" ||
		fail "over IPv4: $(cat "$LAB_DIR/activated")"
	kill %?systemd-socket 2>/dev/null || true
}

lab_begin
lab_pair
attach serve eth0 --netns "$LAB-server" --timeout closed=3600 --timeout time_wait=3600
must peer server l0 listen $server4 80
must peer server l1 listen $server6 80
serve_start
some_flows
answers_are_those_of_the_commands
forms_of_an_answer
wait_for 10 has_latencies || fail "latencies: $(cat "$LAB_DIR/content")"
description_is_right
events_arrive
instances_come_and_go
starts_are_checked
serve_end 0
tcp_with_tls_and_token
systemd_passes_sockets
