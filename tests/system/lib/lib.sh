# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the system tests share: a client and a server, assertions, and the comparison of synscope's output with the
# kernels of both hosts. To be sourced; the test then runs in the project's root directory.
#
# A test attaches instances by `attach NAME...`. They are named $LAB-NAME, and are detached when the test ends.
set -Eeuo pipefail
. tests/system/lib/network.sh

readonly skip_status=77
readonly client4=10.0.0.1 server4=10.0.0.2 nobody4=10.0.0.99
readonly client6=fd00::1 server6=fd00::2 nobody6=fd00::99
bogus_mac=02:00:00:00:ff:ff

fail() {
	local frame
	trap - ERR
	echo "FAILED: $*" >&2
	for ((frame = 1; frame < ${#FUNCNAME[@]}; frame++)); do
		echo "  at ${BASH_SOURCE[frame]}:${BASH_LINENO[frame - 1]}" >&2
	done
	exit 1
}

skip() {
	trap - ERR
	echo "$*"
	exit $skip_status
}

trap '[ $BASH_SUBSHELL -gt 0 ] || echo "FAILED: line $LINENO: $BASH_COMMAND" >&2' ERR

synscope() {
	"$BUILD/synscope" "$@"
}

# `script` starts $SHELL for the command line, which `printf %q` quoted for bash. Without SHELL it would start sh.
SHELL=$(type -P bash)
export SHELL

# ---- the test's own pins and namespaces

own_mounts() { # to be called first: pins and named namespaces are then private to the test, and vanish with it
	[ -z "${LAB_OWN_MOUNTS-}" ] || return 0
	mkdir -p /run/netns
	# shellcheck disable=SC2016 # $0 is expanded by the inner shell
	LAB_OWN_MOUNTS=yes exec unshare --mount --propagation private bash -c '
		mount -t tmpfs tmpfs /run/netns && mount -t bpf -o mode=0700 bpf /sys/fs/bpf && exec bash "$0"' "$0"
}

# ---- the command line

outcome() { # STATUS COMMAND...: it must exit with that status; its output is in $LAB_DIR/out and $LAB_DIR/err
	local expected=$1 status=0
	shift
	"$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null || status=$?
	[ "$status" -eq "$expected" ] ||
		fail "'$*' exited with $status, not $expected; its messages: $(cat "$LAB_DIR/out" "$LAB_DIR/err")"
}

says() { # REGEX: the last `outcome` printed a matching line on stderr, in upper or lower case
	local line
	shopt -s nocasematch
	while IFS= read -r line || [ -n "$line" ]; do # without a process for grep: this is called thousands of times
		[[ ! $line =~ $1 ]] || break
	done <"$LAB_DIR/err"
	[[ $line =~ $1 ]] || fail "no '$1' in the message: $(cat "$LAB_DIR/err")"
	shopt -u nocasematch
}

attach() { # NAME ARGUMENT...: with a small table, which is quick to read, unless the arguments say otherwise
	local name="$LAB-$1"
	shift
	outcome 0 synscope attach --max-flows 4096 "$@" --name "$name"
	lab_instances+=("$name")
}

detach() { # NAME
	outcome 0 synscope detach "$LAB-$1"
}

is_gone() { # PID
	! kill -0 "$1" 2>/dev/null
}

watching() { # PID of `watch`: it has its ring buffer and its heartbeat thread
	find "/proc/$1/fd" -lname '*bpf-map*' 2>/dev/null | grep -q . &&
		[ "$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ]
}

# Until then process $pid ignores INT and QUIT, as all background jobs of a script do. That it blocks them says nothing:
# bash itself does so before it starts the job.
takes_signals() {
	find "/proc/$pid/fd" -lname '*signalfd*' 2>/dev/null | grep -q .
}

# ---- flows

flow() { # NAME CLIENT-PORT [JQ-FILTER]: the newest flow from that port, as JSON; nothing if there is none
	synscope list --all --name "$LAB-$1" -o jsonl | jq -cen --argjson port "$2" \
		"[inputs | select(.client.port == \$port)] | max_by(.incarnation) // empty | ${3-.}"
}

flow_is() { # NAME CLIENT-PORT JQ-CONDITION
	flow "$@" >/dev/null
}

flow_must() { # NAME CLIENT-PORT JQ-CONDITION: wait for it
	wait_for 5 flow_is "$@" || fail "the flow from port $2 is not '$3': $(flow "$1" "$2")"
}

instance_status() { # NAME: the instance's record of `status`, as JSON; --name skips others of any version
	synscope status --name "$LAB-$1" -o json | jq -c '.[]'
}

# ---- two hosts, and the states that their kernels report

lab_pair() { # client and server, linked by an eth0 on each
	lab_host client server
	lab_link client eth0 server eth0
	lab_address client eth0 $client4/24 $client6/64
	lab_address server eth0 $server4/24 $server6/64
	client_mac=$(lab_mac client eth0)
	server_mac=$(lab_mac server eth0)
	client_hears yes
	server_hears yes
	peer_start client
	peer_start server
}

# To make a host deaf, the other one gets a link-layer address for it that no host has. The segments still pass the
# observers at both ends of the link.
client_hears() { # yes|no
	local mac=$client_mac
	[ "$1" = yes ] || mac=$bogus_mac
	lab_neighbour server eth0 "$mac" $client4 $client6
}

server_hears() { # yes|no
	local mac=$server_mac
	[ "$1" = yes ] || mac=$bogus_mac
	lab_neighbour client eth0 "$mac" $server4 $server6 $nobody4 $nobody6
}

must() { # COMMAND...: of peer
	"$@" || fail "'$*': $PEER_REPLY"
}

exchange() { # FAMILY: a question and an answer on its connection, each acknowledged
	must peer client "c$1" send 100
	must peer server "s$1" recv 100
	must peer client "c$1" acked
	must peer server "s$1" send 100
	must peer client "c$1" recv 100
	must peer server "s$1" acked
}

fin_is_acknowledged() { # HOST: that of each of its sockets
	[ -z "$(on "$1" ss -tanH state fin-wait-1)" ]
}

# The second end closes when the first one's kernel has the ACK of its FIN. Otherwise that ACK and the second FIN may
# change places on a host of several processors; then the first end, which is in TIME_WAIT already, answers the ACK, too,
# and the RST that this brings ends its TIME_WAIT (RFC 1337).
close_in_turn() { # HOST SOCKET HOST SOCKET: of one connection
	must peer "$1" "$2" close
	wait_for 5 fin_is_acknowledged "$1" || fail "the FIN of '$2' is not acknowledged"
	must peer "$3" "$4" close
}

need_netem() {
	unshare --net tc qdisc add dev lo root netem delay 1ms 2>/dev/null || skip "this kernel has no netem"
}

netem() { # HOST IFNAME OPTION...: for what the host sends there
	on "$1" tc qdisc replace dev "$2" root netem "${@:3}"
}

bracketed() { # ADDRESS PORT
	[[ $1 == *:* ]] && echo "[$1]:$2" || echo "$1:$2"
}

socket_state() { # HOST LOCAL REMOTE: the state that `ss` shows, in the words of RFC 9293; "" if there is no such socket
	on "$1" ss -tanH "src $2 and dst $3" | awk '
		BEGIN {
			split("ESTAB ESTABLISHED SYN-SENT SYN_SENT SYN-RECV SYN_RECEIVED FIN-WAIT-1 FIN_WAIT_1 " \
			      "FIN-WAIT-2 FIN_WAIT_2 TIME-WAIT TIME_WAIT CLOSE-WAIT CLOSE_WAIT LAST-ACK LAST_ACK " \
			      "CLOSING CLOSING", words, " ")
			for (i = 1; i in words; i += 2)
				state[words[i]] = words[i + 1]
		}
		{ print state[$1]; exit }'
}

socket_is() { # HOST LOCAL REMOTE STATE
	local state
	state=$(socket_state "$1" "$2" "$3")
	case $4 in
	CLOSED) [ -z "$state" ] ;;
	LISTEN) [ -z "$state" ] && [ -n "$(on "$1" ss -tlnH "src $2")" ] ;;
	*) [ "$state" = "$4" ] ;;
	esac
}

connection_is() { # NAME CLIENT-IP CLIENT-PORT SERVER-IP SERVER-PORT: what `agree` compares; NAME is the instance
	connection=("$@")
	client_end=$(bracketed "$2" "$3")
	server_end=$(bracketed "$4" "$5")
}

states_are() { # CLIENT-STATE SERVER-STATE
	socket_is client "$client_end" "$server_end" "$1" && socket_is server "$server_end" "$client_end" "$2" &&
		flow_is "${connection[0]}" "${connection[2]}" ".client.state == \"$1\" and .server.state == \"$2\""
}

agree() { # CLIENT-STATE SERVER-STATE: wait until both kernels and synscope show these states
	wait_for 15 states_are "$@" || fail "expected $1 and $2;" \
		"client: $(socket_state client "$client_end" "$server_end")," \
		"server: $(socket_state server "$server_end" "$client_end")," \
		"synscope: $(flow "${connection[0]}" "${connection[2]}" |
			jq -c '[.client.state, .server.state, .outcome, .history]')"
}

# ---- what is left in the kernel

pins() { # NAME: the instance's files in bpffs
	find /sys/fs/bpf/synscope -path "*/$LAB-$1/*" -type f 2>/dev/null || true
}

pinned_ids() { # NAME: "link|map|prog ID" of each pin, and of the program of each link
	local kind
	for kind in link map prog; do
		bpftool -jf $kind show | jq -r --arg kind $kind --arg pins "/$LAB-$1/" '.[]
			| select(any(.pinned[]?; contains($pins))) | "\($kind) \(.id)", (.prog_id // empty | "prog \(.)")'
	done
}

instance_ids() { # NAME HOST IFNAME: "link|map|prog ID" of what the instance has on that interface only
	local kind id
	{
		pinned_ids "$1"
		# A clsact filter has neither a pin nor a link: "... direct-action not_in_hw id 35 name ..."
		interface_programs "$2" "$3" | sed -nE 's/.* id ([0-9]+) .*/prog \1/p'
	} | sort -u | while read -r kind id; do
		echo "$kind $id"
		[ "$kind" != prog ] || bpftool -j prog show id "$id" | jq -r '.map_ids // [] | .[] | "map \(.)"'
	done | sort -u
}

kernel_ids() { # the ids of all links, maps and programs of this machine
	local kind
	for kind in link map prog; do
		bpftool -j "$kind" show | jq -r --arg kind $kind '.[] | "\($kind) \(.id)"'
	done | sort
}

only_in_second() { # LINES1 LINES2
	echo "$1" >"$LAB_DIR/lines"
	echo "$2" | grep -vxFf "$LAB_DIR/lines" || true
}

interface_programs() { # HOST IFNAME: what is attached there by XDP, tcx and clsact
	on "$1" ip -j link show "$2" | jq -r '.[0].xdp // empty | "xdp \(.prog.id)"'
	on "$1" "$BUILD/bpf_helper" query "$2"
	on "$1" tc qdisc show dev "$2" clsact
	on "$1" tc filter show dev "$2" egress
	on "$1" tc filter show dev "$2" ingress
}

is_bare() { # HOST IFNAME
	[ -z "$(interface_programs "$@")" ]
}

nothing_attached() { # HOST IFNAME
	local found
	found=$(interface_programs "$1" "$2")
	[ -z "$found" ] || fail "still attached to $2: $found"
}
