#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Containers by the host name of their UTS namespace: in lists, filters and figures, and as the value of --netns.
. tests/system/lib/lib.sh
own_mounts

# Named as docker's process does: its name is that of its own UTS namespace, in front of the command.
# shellcheck disable=SC2016 # $0 is expanded by the inner shell
in_container() { # NAME COMMAND...
	unshare --uts bash -c 'echo "$0" >/proc/sys/kernel/hostname && exec "$@"' "$@"
}

listed() { # JQ-CONDITION: of the flow from port 40001, with -p
	synscope list -p --all --name "$LAB-server" -o jsonl |
		jq -es "any(.[] | select(.client.port == 40001); $1)" >/dev/null
}

count_is() { # COUNT OPTION...: so many flows are listed
	local count=$1
	shift
	[ "$(synscope list --all --name "$LAB-server" -o jsonl "$@" | wc -l)" = "$count" ]
}

count_must() {
	wait_for 5 count_is "$@" || fail "not $1 flows by ${*:2}: $(synscope list -p --all --name "$LAB-server")"
}

lab_begin
unshare --uts true 2>/dev/null || skip "no UTS namespace can be made here"
lab_host client server
lab_link client eth0 server eth0
lab_link client c1 server s1
lab_address client eth0 $client4/24
lab_address server eth0 $server4/24
in_container "$LAB-web" bash -c 'exec "$@"' - true || skip "no host name can be set here"
peer_start client
# shellcheck disable=SC2016 # for the inner shell
peer_start server unshare --uts bash -c 'echo "$0" >/proc/sys/kernel/hostname && exec "$@"' "$LAB-web"
server_pid=${lab_pids[-1]}
attach server eth0 --netns "$LAB-server" --timeout closed=600
must peer server l listen $server4 80
must peer client c connect $server4 80 40001
must peer server a accept l
must peer client d connect $server4 80 40002

wait_for 5 listed ".server.process.container == \"$LAB-web\" and .server.local and .client.process == null and
	(.client.local | not)" || fail "no container: $(synscope list -p --all --name "$LAB-server" -o jsonl)"
synscope list -p --name "$LAB-server" >"$LAB_DIR/out"
grep -qE 'PROCESS +LOCAL +CONTAINER +CGROUP' "$LAB_DIR/out" || fail "headings: $(cat "$LAB_DIR/out")"
grep -qE ":40001-.* peer/[0-9]+ +server +$LAB-web " "$LAB_DIR/out" || fail "no container: $(cat "$LAB_DIR/out")"
synscope show -p --name "$LAB-server" "$client4:40001-$server4:80" >"$LAB_DIR/out"
grep -qE "^  local +- +yes" "$LAB_DIR/out" || fail "show: $(cat "$LAB_DIR/out")"
grep -qE "^  container +- +$LAB-web" "$LAB_DIR/out" || fail "show: $(cat "$LAB_DIR/out")"

# Filters look processes up by themselves. The connection that was not accepted has no process yet.
count_must 1 container "$LAB-web"
count_must 1 server container "$LAB-web" and server process peer
count_must 0 client container "$LAB-web"
count_must 0 container "$LAB-we"
count_must 1 process peer
count_must 1 pid "$server_pid"
count_must 1 not process peer
count_must 1 --limit 1 --sort client not process nothing

# Figures by them; "-" are those without.
synscope stats --by container --name "$LAB-server" >"$LAB_DIR/out"
grep -qE "^CONTAINER " "$LAB_DIR/out" || fail "stats: $(cat "$LAB_DIR/out")"
grep -qE "^$LAB-web +1 " "$LAB_DIR/out" || fail "stats: $(cat "$LAB_DIR/out")"
synscope stats --by process --name "$LAB-server" -o json |
	jq -e 'map({key, flows, by}) | sort_by(.key) == [{key: null, flows: 1, by: "process"}, {key: "peer", flows: 1, by: "process"}]' \
		>/dev/null || fail "stats: $(synscope stats --by process --name "$LAB-server" -o jsonl)"

# --netns: by the name of ip netns first, then by the container's.
attach container s1 --netns "$LAB-web"
detach container
# shellcheck disable=SC2016 # for the inner shell
lab_background "$LAB_DIR/other" ip netns exec "$LAB-client" \
	unshare --uts bash -c 'echo "$0" >/proc/sys/kernel/hostname && exec sleep 1000' "$LAB-web"
other=${lab_pids[-1]}
other_has_name() {
	[ "$(nsenter --target "$other" --uts hostname)" = "$LAB-web" ]
}
wait_for 5 other_has_name || fail "the second container has no name"
outcome 1 synscope attach s1 --netns "$LAB-web" --name "$LAB-container"
says "'$LAB-web' is the host name of several containers, with the processes $server_pid \(peer\), $other \(sleep\)|\
'$LAB-web' is the host name of several containers, with the processes $other \(sleep\), $server_pid \(peer\)"
ip netns add "$LAB-web"
attach container lo --netns "$LAB-web"
detach container
outcome 1 synscope attach s1 --netns "$LAB-web" --name "$LAB-container"
says 's1'
ip netns delete "$LAB-web"
outcome 1 synscope attach lo --netns "$LAB-nowhere" --name "$LAB-container"
says "no network namespace '$LAB-nowhere'.*no container has that host name"

# Where processes are not looked up, that is said.
outcome 2 synscope flush process peer
says "'process', 'pid' and 'container' ask for processes of this host"
outcome 2 synscope export - pid 1
outcome 2 synscope list --from /dev/null container web
outcome 2 synscope replay /dev/null not process peer
outcome 2 synscope stats --from /dev/null --by process
says "which a file does not name"
