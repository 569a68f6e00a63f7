#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `serve` gives up its rights and serves what is attached, detached and upgraded after that; if either of its two
# processes dies, the other one does not stay.
. tests/system/lib/lib.sh
. tests/system/lib/rights.sh

lab_begin
lab_pair
must peer server l listen $server4 80
readonly socket="$LAB_DIR/serve.sock"

get() { # PATH: what the server answers
	curl --silent --fail --max-time $((10 * ${TEST_PATIENCE:-1})) --unix-socket "$socket" "http://localhost$1"
}

start_serve() { # ARGUMENT...: in the client's namespace; sets $opener and $server, its two processes
	: >"$LAB_DIR/serve" # what the last one said
	nsenter --net="/run/netns/$LAB-client" "$BUILD/synscope" serve --listen "unix:$socket" "$@" >"$LAB_DIR/serve" 2>&1 </dev/null &
	opener=$!
	lab_pids+=("$opener")
	wait_for 20 listens_or_ends || true
	grep -q '^synscope: listening on' "$LAB_DIR/serve" || fail "serve does not start: $(cat "$LAB_DIR/serve")"
	server=$(pgrep -P "$opener")
}

listens_or_ends() {
	grep -q '^synscope: listening on' "$LAB_DIR/serve" || is_gone "$opener"
}

end_serve() { # STATUS [SIGNAL PID]: it ends with that status, and leaves no process
	local status=0
	[ $# -lt 2 ] || kill "-$2" "$3"
	wait "$opener" || status=$?
	[ "$status" -eq "$1" ] || fail "serve ended with $status, not $1: $(cat "$LAB_DIR/serve")"
	wait_for 10 is_gone "$server" || fail "the server stays: $(cat "$LAB_DIR/serve")"
}

holds() { # PID SOCKET
	find "/proc/$1/fd" -printf '%l\n' | grep -qFx "$2"
}

serves() { # NAME...: these instances and no others
	local expected
	expected=$(printf '%s\n' "$@" | sed '/./s/^/'"$LAB-"'/' | paste -sd ' ')
	[ "$(get /api/v1/status | jq -r '[.[].name] | join(" ")')" = "$expected" ]
}

must_serve() { # NAME...
	wait_for 10 serves "$@" || fail "serve does not serve '$*', but $(get /api/v1/status): $(cat "$LAB_DIR/serve")"
}

shows_flow() { # NAME PORT
	get "/api/v1/flows?all=1&filter=client+port+$2" |
		jq -e --arg name "$LAB-$1" '[.[] | select(.instance == $name)] | length == 1' >/dev/null
}

must_show_flow() { # NAME PORT
	must peer client "c$2" connect $server4 80 "$2"
	wait_for 10 shows_flow "$@" || fail "no flow from port $2: $(get '/api/v1/flows?all=1')"
}

announced() { # NAME PORT: an event of its handshake has arrived
	sed -n 's/^data: //p' "$LAB_DIR/events" | jq -e -n --arg name "$LAB-$1" --argjson port "$2" \
		'[inputs | select(.event == "handshake") | .flow | select(.instance == $name and .client.port == $port)]
		| length == 1' >/dev/null
}

read_events() { # from now on, to the file that announced() searches
	: >"$LAB_DIR/events"
	curl --silent --no-buffer --unix-socket "$socket" http://localhost/api/v1/events >"$LAB_DIR/events" &
	lab_pids+=($!)
	wait_for 10 test -s "$LAB_DIR/events" || fail "no stream of events"
}

is_told() { # NAME JQ-CONDITION: of its status
	get /api/v1/status | jq -e --arg name "$LAB-$1" ".[] | select(.name == \$name) | $2" >/dev/null
}

# ---- what is left of its rights, and that it says so

attach first eth0 --netns "$LAB-server"
start_serve
grep -q '^synscope: the server runs as the user nobody, without any capability: ' "$LAB_DIR/serve" || fail "$(cat "$LAB_DIR/serve")"
[ "$(rights "$server")" = "$rights_of_server" ] || fail "the server: $(rights "$server")"
[ "$(rights "$opener")" = "$rights_of_opener" ] || fail "the opener: $(rights "$opener")"
listener=$(awk -v path="$socket" '$8 == path { print "socket:[" $7 "]"; exit }' "/proc/$server/net/unix")
holds "$server" "$listener" || fail "the server does not hold $listener"
! holds "$opener" "$listener" || fail "the opener holds $listener"
must_serve first
must_show_flow first 41001
threads=("/proc/$server/task"/*)
[ ${#threads[@]} -ge 2 ] || fail "no heartbeat of events: ${#threads[@]} threads"
[ "$(rights "$server")" = "$rights_of_server" ] || fail "the server's threads: $(rights "$server")"

# ---- others come and go

attach second eth0 --netns "$LAB-client"
must_serve first second
read_events
must_show_flow second 41002
wait_for 10 announced second 41002 || fail "no event of an instance that was attached later: $(cat "$LAB_DIR/events")"
detach first
! grep -q 'another process still' "$LAB_DIR/err" || fail "serve holds what was detached: $(cat "$LAB_DIR/err")"
must_serve second
must_show_flow second 41003
outcome 0 synscope attach --upgrade "$LAB-second"
must_show_flow second 41004
wait_for 10 announced second 41004 || fail "no event after the upgrade: $(cat "$LAB_DIR/events")"
shows_flow second 41002 || fail "the upgrade lost a flow"
attach first eth0 --netns "$LAB-server" # another one of the same name
must_serve first second
must_show_flow first 41005
! shows_flow first 41001 || fail "the flows are those of the instance that was detached"
on client ip link set eth0 down
on client ip link set eth0 name eth9
on client ip link set eth9 up
wait_for 10 is_told second '.interfaces[0] | .ifname == "eth9" and .state == "up"' || fail "$(get /api/v1/status)"
[ "$(get /healthz)" = ok ] || fail "healthz: $(get /healthz)"
detach first
detach second
must_serve

# ---- what is served misses no event, however long it takes to make its ring buffer

end_serve 0 TERM "$opener"
LD_PRELOAD="$BUILD/late_ring.so" start_serve
read_events
attach late eth0 --netns "$LAB-server"
must_serve late
must_show_flow late 41006
wait_for 10 announced late 41006 || fail "no event of what was served already: $(cat "$LAB_DIR/events")"
detach late
must_serve

# ---- the end, in each way

end_serve 0 TERM "$opener"
[ ! -e "$socket" ] || fail "the socket is left"
start_serve
end_serve 0 INT "$server"
[ ! -e "$socket" ] || fail "the socket is left"
start_serve
end_serve 137 KILL "$opener"
start_serve # over the socket that was left
end_serve 1 KILL "$server"
grep -q 'killed by signal 9' "$LAB_DIR/serve" || fail "$(cat "$LAB_DIR/serve")"
start_serve --no-jail
grep -q 'without the jail' "$LAB_DIR/serve" || fail "$(cat "$LAB_DIR/serve")"
grep -q '^CapEff:.*[1-9a-f]' "/proc/$server/status" || fail "--no-jail takes rights"
end_serve 0 TERM "$opener"
