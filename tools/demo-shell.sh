# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The prompt of `demo.sh --shell`. To be sourced by demo.sh; commands are read from stdin.

flooder= # the process id of the flood, while there is one

shell_help() {
	cat <<-'END'
		client|server SOCKET COMMAND...   what a program does with a socket, to which it gives a name:
		    listen ADDRESS PORT           wait for connections
		    connect ADDRESS PORT [PORT]   send a SYN, and wait for the answer; the second port is its own
		    start ADDRESS PORT [PORT]     the same without waiting
		    accept LISTENER               take the connection that has come to a listener
		    send COUNT, recv COUNT        so many bytes; recv 0 waits for the end of what the other sends
		    shutdown                      no more will be sent: a FIN
		    close                         nothing more will be sent or read
		    reset                         close at once, by a RST
		synscope ...                      any command of synscope
		on client|server|middle COMMAND   any command on that host, as: on client ss -tn
		flood on, flood off               SYNs from addresses that do not exist, as many as possible
		exit                              remove everything
	END
}

socket_command() { # HOST SOCKET COMMAND...
	if [ $# -lt 3 ]; then
		echo "expected: $1 SOCKET COMMAND..., see help"
		return 1
	fi
	peer "$@" || {
		echo "$PEER_REPLY"
		return 1
	}
}

client() {
	socket_command client "$@"
}

server() {
	socket_command server "$@"
}

synscope() {
	"$BUILD/synscope" "$@"
}

flooded() {
	# shellcheck disable=SC2154 # demo.sh sets $name
	[ "$(synscope status --name "$name" -o json | jq '.[0].half_open')" -gt 10000 ]
}

# It begins at obs0, because the wire that delays segments carries fewer than an attacker sends.
flood() { # on|off: it goes on behind the prompt
	{ [ -z "$flooder" ] || { kill "$flooder" && wait "$flooder"; }; } 2>/dev/null
	flooder=
	[ "${1-}" = on ] || return 0
	ip netns exec "$LAB-middle" "$BUILD/flooder" obs0 &
	flooder=$!
	lab_pids+=("$flooder")
	wait_for 10 flooded
}

run_lines() { # of stdin, until `exit`; Ctrl-C ends a command, not the shell
	local line
	trap : INT
	while IFS= read -erp 'demo> ' line || [ $? -gt 128 ]; do
		[ -t 0 ] || printf 'demo> %s\n' "$line"
		case $line in
		'') ;;
		help) shell_help ;;
		exit) return ;;
		*)
			history -s "$line"
			set +u
			eval "$line" || true
			set -u
			;;
		esac
	done
}

demo_shell() {
	"$BUILD/synscope" attach obs0 --netns "$LAB-middle" --name "$name" --timeout syn_sent=2 --timeout closed=600
	say "synscope is attached to obs0. 'client' and 'server' make connections; 'help' tells more, 'exit' ends.
docs/tutorial.md is a course with commands to type here."
	echo
	run_lines
}
