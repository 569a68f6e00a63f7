# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What commands may do when they run out of something. To be sourced after lib.sh.
# shellcheck disable=SC2086,SC2154 # addresses of lib.sh

readonly limit_words='out of memory|too many open files|no further thread|would be larger than is allowed'

# The ages in a listing, the id of a new instance and the like differ between runs; the number of lines does not.
outcome_of() { # COMMAND...: "STATUS LINES"; the output is in $LAB_DIR/out and $LAB_DIR/err
	local status=0
	"$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null || status=$?
	echo "$status $(wc -l <"$LAB_DIR/out")"
}

as_if_nothing() { # EXPECTED OUTCOME: the command ended as without a shortage, with the same output
	[ "$1" = "$2" ] && { [ "${1%% *}" -eq 0 ] || ! grep -qE "$limit_words" "$LAB_DIR/err"; }
}

# The command either does what it does without a shortage, or fails with status 1 and names what it ran out of.
copes() { # EXPECTED OUTCOME WHAT...: EXPECTED is the outcome without a shortage
	local whole=$1 got=$2
	shift 2
	as_if_nothing "$whole" "$got" && return
	[ "${got%% *}" -eq 1 ] || fail "$*: ended with ${got%% *}: $(cat "$LAB_DIR/out" "$LAB_DIR/err")"
	grep -qE "$limit_words" "$LAB_DIR/err" || fail "$*: does not say what it ran out of: '$(cat "$LAB_DIR/err")'"
	[ "${whole%% *}" -ne 0 ] || ! grep -qE 'no interface|sudo|was detached|not a pcap|nothing is attached' "$LAB_DIR/err" ||
		fail "$*: blames something else: $(cat "$LAB_DIR/err")"
}

# Every command with every kind of output, except for those that wait for a signal.
short_commands() { # one per line
	cat <<-END
		help
		--version
		help FILTER
		list --help
		list state established and not port 22
		list -r
		list -p
		list -o csv --sort client
		show $client4:43210-$server4:80
		stats
		stats --by server-port -o csv
		status
		status -o csv
		flush port 1
		detach nosuch
		attach --upgrade $LAB-a
		attach eth0 --netns $LAB-client --name $LAB-b --max-flows 64
		run eth0 -o jsonl --max-flows 64
		replay $LAB_DIR/capture --max-flows 64
		replay $LAB_DIR/capture-ng --events --max-flows 64
		replay $LAB_DIR/capture --show 10.0.1.0:1025-10.0.0.1:443 --max-flows 64
	END
}

short_lab() { # what the commands work on
	lab_pair
	attach a eth0 --netns "$LAB-server"
	must peer server l listen $server4 80
	must peer client c connect $server4 80 43210
	must peer server a accept l
	"$BUILD/capture_maker" -c 5 >"$LAB_DIR/capture"
	"$BUILD/capture_maker" -f pcapng -c 5 >"$LAB_DIR/capture-ng"
}

at_end() {
	synscope detach "$LAB-b" >/dev/null 2>&1 || true
}

# `run`, on the client, ended once it tracks, if it does not end by itself.
until_it_tracks() { # COMMAND...
	local pid
	nsenter --net="/run/netns/$LAB-client" env --default-signal=INT "$@" &
	pid=$!
	wait_for 20 tracks_or_is_over "$pid"
	kill -INT "$pid" 2>/dev/null || true
	wait "$pid"
}

tracks_or_is_over() { # PID
	local stat
	grep -q tracking "$LAB_DIR/err" || ! read -r stat <"/proc/$1/stat" || [[ $stat == *') Z '* ]]
}

# What `attach` attached must be detached.
short_run() { # WRAPPER... -- COMMAND...: the outcome; what was attached is detached again
	local wrapper=()
	while [ "$1" != -- ]; do
		wrapper+=("$1")
		shift
	done
	shift
	case $1 in
	run) outcome_of until_it_tracks "${wrapper[@]}" "$BUILD/synscope" "$@" ;;
	*) outcome_of "${wrapper[@]}" "$BUILD/synscope" "$@" ;;
	esac
	case "$*" in
	attach*-b*)
		[ ! -d "/sys/fs/bpf/synscope/$LAB-b" ] || synscope detach "$LAB-b" >"$LAB_DIR/detached" 2>&1 ||
			fail "cannot detach: $(cat "$LAB_DIR/detached")"
		nothing_attached client eth0
		;;
	esac
}
