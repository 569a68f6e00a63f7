# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Hosts in network namespaces, links and wires between them, and the sockets on them, for the demo and the system tests.
# To be sourced. All names contain the process id, and everything is removed when the script exits, for whatever reason.
#
# A host is named by one word ("client"); its namespace is $LAB-client.

BUILD=${BUILD:-build}
export LC_ALL=C.UTF-8 # $EPOCHREALTIME has a dot, and characters are not bytes

lab_hosts=() lab_pids=() lab_instances=() lab_macs=0
declare -A lab_peer_in lab_peer_out

at_end() { # called at exit; a script may define its own clean-up here
	:
}

lab_begin() {
	LAB="syn${LAB_ID:-$$}"
	LAB_DIR=$(mktemp -d)
	trap lab_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# A signal is lost if the shell has only just forked: its child forgets what came for the traps of its parent.
end_processes() {
	local i
	kill "${lab_pids[@]}"
	for ((i = 0; i < 200 * ${TEST_PATIENCE:-1}; i++)); do
		kill -0 "${lab_pids[@]}" || break
		pause 0.05
	done
	kill -KILL "${lab_pids[@]}"
	wait "${lab_pids[@]}"
}

lab_end() {
	local status=$? it
	trap '' INT TERM
	trap - ERR # what fails here is no result, and the last line of a test that was skipped says why
	set +e
	at_end
	for it in "${lab_instances[@]}"; do
		"$BUILD/synscope" detach "$it" >/dev/null 2>&1
	done
	[ ${#lab_pids[@]} -eq 0 ] || end_processes 2>/dev/null
	for it in "${lab_hosts[@]}"; do
		ip netns delete "$LAB-$it" 2>/dev/null
	done
	rm -rf --one-file-system "$LAB_DIR" # a file system that is still mounted there must not be emptied
	exit "$status"
}

# Tests connect from ports of their choice, from 40000 on. The kernel must not give these to anybody else.
lab_host() { # HOST...
	local host
	for host in "$@"; do
		ip netns add "$LAB-$host"
		lab_hosts+=("$host")
		ip -n "$LAB-$host" link set lo up
		ip netns exec "$LAB-$host" sysctl -qw net.ipv4.ip_local_port_range='11000 39999'
	done
}

on() { # HOST COMMAND...
	local host=$1
	shift
	nsenter --net="/run/netns/$LAB-$host" "$@"
}

lab_link() { # HOST1 IFNAME1 HOST2 IFNAME2: a veth pair, up, with fixed link-layer addresses that tests can know
	local mac1 mac2
	lab_macs=$((lab_macs + 2))
	printf -v mac1 '02:00:00:00:00:%02x' $((lab_macs - 1))
	printf -v mac2 '02:00:00:00:00:%02x' $lab_macs
	ip -n "$LAB-$1" link add "$2" address "$mac1" type veth peer name "$4" address "$mac2" netns "$LAB-$3"
	ip -n "$LAB-$1" link set "$2" up
	ip -n "$LAB-$3" link set "$4" up
}

lab_mac() { # HOST IFNAME
	ip -n "$LAB-$1" -j link show "$2" | jq -r '.[0].address'
}

lab_address() { # HOST IFNAME ADDRESS/LENGTH...
	local host=$1 ifname=$2 address nodad
	shift 2
	for address in "$@"; do
		nodad=
		[[ $address != *:* ]] || nodad=nodad
		# shellcheck disable=SC2086 # zero words or one
		ip -n "$LAB-$host" address add "$address" dev "$ifname" $nodad
	done
}

lab_neighbour() { # HOST IFNAME MAC ADDRESS...: permanent entries, so that no address resolution delays a handshake
	local host=$1 ifname=$2 mac=$3 address
	shift 3
	for address in "$@"; do
		ip -n "$LAB-$host" neighbour replace "$address" lladdr "$mac" dev "$ifname" nud permanent
	done
}

lab_silent() { # HOST...: hosts that only forward send no packets of their own
	local host
	for host in "$@"; do
		on "$host" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
}

lab_background() { # LOG COMMAND...: run it until the lab ends
	local log=$1
	shift
	: >"$log" # what an earlier one said is not to be taken for what this one says, before it begins
	"$@" >"$log" 2>&1 </dev/null &
	lab_pids+=($!)
}

exec {lab_never}<> <(:) # a pipe that is never written to

pause() { # SECONDS: `sleep`, without starting a process
	read -r -t "$1" -u "$lab_never" || true
}

# SECONDS COMMAND...: run it until it succeeds; its error messages are dropped. The limit is for an idle machine: a busy
# one gets ten times as long, and a slow one $TEST_PATIENCE times that. Between two attempts the processor is free for
# as long as an attempt takes.
wait_for() {
	local begun=${EPOCHREALTIME/./} now seconds end
	end=$((begun + $1 * 10 * ${TEST_PATIENCE:-1} * 1000000))
	shift
	until "$@" 2>/dev/null; do
		now=${EPOCHREALTIME/./}
		[ "$now" -lt "$end" ] || return 1
		printf -v seconds '%d.%06d' $(((now - begun) / 1000000)) $(((now - begun) % 1000000))
		[ $((now - begun)) -ge 20000 ] || seconds=0.02
		pause "$seconds"
		begun=${EPOCHREALTIME/./}
	done
}

lab_wire() { # HOST IFNAME1 IFNAME2 DELAY-MS
	local log="$LAB_DIR/wire-$2-$3"
	lab_background "$log" ip netns exec "$LAB-$1" "$BUILD/wire" --delay-ms "$4" "$2" "$3"
	wait_for 5 grep -q ready "$log" || {
		echo "no wire between $2 and $3: $(cat "$log")" >&2
		return 1
	}
}

# HOST [COMMAND...]: start the process that owns the host's sockets, by that command if given; `peer HOST ...` drives it
# (see peer.c)
peer_start() {
	local in out
	mkfifo "$LAB_DIR/$1.in" "$LAB_DIR/$1.out"
	ip netns exec "$LAB-$1" "${@:2}" "$BUILD/peer" <"$LAB_DIR/$1.in" >"$LAB_DIR/$1.out" &
	lab_pids+=($!)
	exec {in}>"$LAB_DIR/$1.in" {out}<"$LAB_DIR/$1.out"
	lab_peer_in[$1]=$in
	lab_peer_out[$1]=$out
}

peer() { # HOST SOCKET COMMAND [ARGUMENT]...: PEER_REPLY is the text after "ok" or "err"; fails on "err"
	local host=$1 verdict
	shift
	PEER_REPLY=
	echo "$*" >&"${lab_peer_in[$host]}"
	# shellcheck disable=SC2034 # the caller reads the reply
	read -r -t $((15 * ${TEST_PATIENCE:-1})) verdict PEER_REPLY <&"${lab_peer_out[$host]}" || PEER_REPLY="no answer"
	[ "${verdict-}" = ok ]
}
