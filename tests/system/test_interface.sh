#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Which interface is meant: that of the default route if none is given; -i; a filter that begins with the name of one.
# What there is instead, if there is no such interface. `run` inside `ip netns exec`.
. tests/system/lib/lib.sh
. tests/system/lib/terminal.sh


sees() { # PORT: the flow that `run` prints at its end
	jq -e --argjson port "$1" 'any(.[]; .client.port == $port)' "$LAB_DIR/out" >/dev/null
}

runs() { # MESSAGE COMMAND...: it tracks, says so, and prints a connection when it is ended
	local message=$1 status=0
	shift
	port=$((port + 1))
	: >"$LAB_DIR/err"
	"$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null &
	lab_pids+=($!)
	wait_for 10 grep -q 'Ctrl-C ends it' "$LAB_DIR/err" || fail "'$*' does not begin: $(cat "$LAB_DIR/err")"
	grep -q -- "$message" "$LAB_DIR/err" || fail "'$*' does not say '$message': $(cat "$LAB_DIR/err")"
	must peer client c connect $server4 80 $port
	must peer server a accept l
	must peer client c reset
	must peer server a close
	kill -INT "${lab_pids[-1]}"
	wait "${lab_pids[-1]}" || status=$?
	[ $status -eq 0 ] || fail "'$*' ended with $status: $(cat "$LAB_DIR/err")"
	sees $port || fail "'$*' did not see the connection: $(cat "$LAB_DIR/out")"
	nothing_attached server eth0
}

without_a_default_route() {
	local command
	for command in run attach; do
		outcome 2 synscope $command --netns "$LAB-server"
		says "expected the name of an interface, or --all: there is no default route .*: eth0, spare0; try"
	done
	for command in run attach; do
		outcome 1 synscope $command nope0 --netns "$LAB-server"
		says "no interface 'nope0'; there are: eth0, spare0\$"
	done
	terminal_start 200 30 "unshare --mount bash -c 'mount -t bpf bpf /sys/fs/bpf && exec \"\$@\"' bash ${on_server[*]} $BUILD/synscope top"
	screen_must_show 'ended with 1'
	screen_must_show "there is no default route whose interface could be tracked; .*there are: eth0, spare0"
	terminal_end
}

of_the_default_route() {
	local taken='no IFACE is given: taking eth0, to which the default route leads'
	runs "$taken" "$BUILD/synscope" run -o json --netns "$LAB-server"
	runs "$taken" "${on_server[@]}" "$BUILD/synscope" run -o json
	outcome 0 synscope attach --netns "$LAB-server" --name "$LAB-default"
	says "$taken"
	instance_status default | jq -e '.interfaces[0].ifname == "eth0"' >/dev/null || fail "$(instance_status default)"
	outcome 0 synscope detach "$LAB-default"
}

top_without_instances() {
	terminal_start 140 30 "unshare --mount bash -c 'mount -t bpf bpf /sys/fs/bpf && exec \"\$@\"' bash ${on_server[*]} $BUILD/synscope top server port 80"
	screen_must_show 'quit'
	must peer client c connect $server4 80 49900
	must peer server a accept l
	screen_must_show ':49900-.*ESTABLISHED'
	press q
	screen_must_show 'taking eth0, to which the default route leads'
	screen_must_show 'ended with 0'
	terminal_end
	must peer client c reset
	must peer server a close
	nothing_attached server eth0
}

by_name() {
	attach it --netns "$LAB-server" -i eth0 --interface=spare0 --direction both
	must peer client c connect $server4 80 49910
	must peer server a accept l
	flow_must it 49910 '.client.state == "ESTABLISHED"'
	local words
	for words in 'eth0' '-i eth0' 'eth0 state established' 'eth0 and state established' '--interface eth0 port 80 or port 81'; do
		# shellcheck disable=SC2086 # words
		outcome 0 synscope list --name "$LAB-it" -o json $words
		sees 49910 || fail "list $words: $(cat "$LAB_DIR/out")"
	done
	for words in 'spare0' '-i spare0' 'spare0 state established' '-i spare0 port 80 or port 80' 'eth0 port 81'; do
		# shellcheck disable=SC2086 # words
		outcome 0 synscope list --name "$LAB-it" -o json $words
		[ "$(cat "$LAB_DIR/out")" = '[]' ] || fail "list $words: $(cat "$LAB_DIR/out")"
	done
	outcome 2 synscope list --name "$LAB-it" nope0
	says 'column 1'
	outcome 0 synscope flush --name "$LAB-it" spare0
	grep -q ' 0 flows forgotten' "$LAB_DIR/out" || fail "flush spare0: $(cat "$LAB_DIR/out")"
	terminal_start 140 30 "$BUILD/synscope top --name $LAB-it -i eth0 server port 80"
	screen_must_show ':49910-'
	screen_must_show 'filter: interface eth0 and \( server port 80 \)'
	press q
	terminal_end
	outcome 2 synscope detach "$LAB-it" -i eth0
	says "either '$LAB-it' or --interface 'eth0'"
	outcome 0 on server "$BUILD/synscope" detach -i eth0
	[ -z "$(pins it)" ] || fail "detach -i leaves pins"
	must peer client c reset
	must peer server a close
}

# Pins of the host are out of sight there: what they track must be left alone.
inside_netns_exec() {
	runs "tracking 'eth0'" ip netns exec "$LAB-server" "$BUILD/synscope" run eth0 -o json
	runs "taking eth0" ip netns exec "$LAB-server" "$BUILD/synscope" run -o json
	outcome 1 ip netns exec "$LAB-server" "$BUILD/synscope" attach eth0
	says '--netns'
	attach it eth0 --netns "$LAB-server" --mode tc
	# refused where tc filters are of the old kind, beside the other where they are links
	timeout --preserve-status -s INT 3 ip netns exec "$LAB-server" "$BUILD/synscope" run eth0 --mode tc </dev/null \
		>/dev/null 2>&1 || true
	must peer client c connect $server4 80 49920
	must peer server a accept l
	flow_must it 49920 '.client.state == "ESTABLISHED" and .server.state == "ESTABLISHED"'
	detach it
}

port=49000
lab_begin
lab_pair
on_server=(nsenter "--net=/run/netns/$LAB-server")
lab_link client spare0 server spare0
must peer server l listen $server4 80
without_a_default_route
ip -n "$LAB-server" route add default dev spare0 metric 50
ip -n "$LAB-server" route add default via $client4 dev eth0 metric 10
ip -n "$LAB-server" route add default dev lo table 77
of_the_default_route
top_without_instances
ip -n "$LAB-server" route delete default via $client4 dev eth0 metric 10
ip -n "$LAB-server" route delete default dev spare0 metric 50
ip -n "$LAB-server" -6 route add default via $client6 dev eth0
of_the_default_route
by_name
inside_netns_exec
