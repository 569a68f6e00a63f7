#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Who owns the connections: the process at either end, if it is in the instance's namespace; and ports by name.
. tests/system/lib/lib.sh

process_is() { # NAME CLIENT-PORT JQ-CONDITION: with -p
	synscope list -p --all --name "$LAB-$1" -o jsonl |
		jq -es --argjson port "$2" "any(.[] | select(.client.port == \$port); $3)" >/dev/null
}

process_must() { # NAME CLIENT-PORT JQ-CONDITION: wait for it
	wait_for 5 process_is "$@" ||
		fail "not '$3': $(synscope list -p --all --name "$LAB-$1" -o jsonl | jq -c '[.id, .client.process, .server.process]')"
}

text_has() { # REGEX COMMAND...
	local regex=$1
	shift
	"$@" >"$LAB_DIR/out"
	grep -qE -- "$regex" "$LAB_DIR/out" || fail "'$*' without '$regex': $(cat "$LAB_DIR/out")"
}

lab_begin
lab_pair # the process ids of the two peers are the last ones
client_pid=${lab_pids[-2]} server_pid=${lab_pids[-1]}
attach server eth0 --netns "$LAB-server" --timeout closed=600
attach lo lo --netns "$LAB-client" --timeout time_wait=1 --timeout closed=1
must peer server l listen $server4 80
must peer server l6 listen $server6 80
must peer client c connect $server4 80 40001
must peer client c6 connect $server6 80 40002
must peer server a accept l

# An end in the instance's namespace has a process as soon as the process has the socket.
is_server=".server.process.pid == $server_pid and .server.process.name == \"peer\" and .client.process == null"
process_must server 40002 '.server.process == null'
must peer server a6 accept l6
process_must server 40002 "$is_server"

# Both ends of a connection of a host with itself.
must peer client local listen 127.0.0.1 8080
must peer client self connect 127.0.0.1 8080 40003
must peer client accepted accept local
process_must lo 40003 ".client.process.pid == $client_pid and .server.process.pid == $client_pid"
text_has "PROCESS +LOCAL +CONTAINER +CGROUP" synscope list -p --name "$LAB-lo"
text_has "peer/$client_pid-peer/$client_pid" synscope list -p --name "$LAB-lo"
text_has "process +peer/$client_pid +peer/$client_pid" synscope show -p --name "$LAB-lo" 127.0.0.1:40003-127.0.0.1:8080
[ "$(synscope show -p -o json --name "$LAB-lo" 127.0.0.1:40003-127.0.0.1:8080 | jq .client.process.pid)" = "$client_pid" ] ||
	fail "show -p -o json"

# Sockets are read after the table: a connection that is opened in between is not listed without its process.
stopped() { # PID
	grep -q '^State:.T' "/proc/$1/status"
}
lab_background "$LAB_DIR/listed" env LD_PRELOAD="$PWD/$BUILD/stopping.so" STOPPING_AT=/proc \
	"$BUILD/synscope" list -p --all -o jsonl --name "$LAB-lo"
wait_for 5 stopped "${lab_pids[-1]}" || fail "it did not stop before it read /proc"
must peer client later connect 127.0.0.1 8080 40004
must peer client accepted_later accept local
kill -CONT "${lab_pids[-1]}"
wait "${lab_pids[-1]}" || fail "list -p: $(cat "$LAB_DIR/listed")"
jq -es 'length > 0 and all(.[]; .client.process.pid and .server.process.pid)' "$LAB_DIR/listed" >/dev/null ||
	fail "a flow without its process: $(cat "$LAB_DIR/listed")"
process_must lo 40004 ".client.process.pid == $client_pid and .server.process.pid == $client_pid"

# A closed socket, and output without -p.
close_in_turn client c server a
process_must server 40001 '.server.process == null'
synscope list --all -o json --name "$LAB-server" | grep -q process && fail "processes without -p"

# Ports by name, only in output for people; and times.
service=$(getent services 80/tcp | awk '{ print $1 }') || skip "no service of port 80 is known here"
text_has ":40002-\[$server6\]:$service " synscope list -r --name "$LAB-server"
text_has "^$service " synscope stats -r --by server-port --name "$LAB-server"
text_has " $service$" synscope show -r --name "$LAB-server" "[$client6]:40002-[$server6]:80"
[ "$(synscope list -r -o json --name "$LAB-server" | jq '.[0].server.port')" = 80 ] || fail "a name in JSON"
export TZ=XST-5:30
text_has 'first seen .*\+05:30$' synscope show --name "$LAB-server" "[$client6]:40002-[$server6]:80"
text_has 'first seen .*Z$' synscope show --utc --name "$LAB-server" "[$client6]:40002-[$server6]:80"
[[ $(synscope show -o json --name "$LAB-server" "[$client6]:40002-[$server6]:80" | jq -r .first_seen) == *Z ]] ||
	fail "local time in JSON"

# `run` and `watch` name them, too; an event of a connection that is closed as well.
export TZ=UTC0
lab_background "$LAB_DIR/events" "$BUILD/synscope" watch -p -o jsonl --name "$LAB-lo" process peer
wait_for 10 watching "${lab_pids[-1]}" || fail "watch did not begin: $(cat "$LAB_DIR/events")"
must peer client watched connect 127.0.0.1 8080 40005
must peer client accepted_watched accept local
event_names_it() { # EVENT
	jq -es --arg event "$1" --argjson pid "$client_pid" 'any(.[]; .event == $event and .flow.client.port == 40005 and
		.flow.client.process.pid == $pid)' "$LAB_DIR/events" >/dev/null
}
event_must_name_it() { # EVENT
	wait_for 10 event_names_it "$1" || fail "no process in '$1': $(cat "$LAB_DIR/events")"
}
event_must_name_it new
event_must_name_it handshake
must peer client watched close
must peer client accepted_watched close
event_must_name_it closed
lab_background "$LAB_DIR/run" on client "$BUILD/synscope" run eth0 -p --name "$LAB-run"
run_names_it() {
	grep -qE "$client4:40006-.* peer/$client_pid +client" "$LAB_DIR/run"
}
wait_for 10 grep -q tracking "$LAB_DIR/run" || fail "run: $(cat "$LAB_DIR/run")"
must peer client ran connect $server4 80 40006
wait_for 10 run_names_it || fail "run names no process: $(cat "$LAB_DIR/run")"
kill "${lab_pids[-1]}"
