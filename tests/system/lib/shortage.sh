# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Commands that are short of something: what they may do then. To be sourced after lib.sh.

readonly limit_words='out of memory|too many open files|no further thread|would be larger than is allowed'

# A listing's ages, a new instance's id and the like differ from one run to the next; how many lines there are does not.
outcome_of() { # COMMAND...: "STATUS LINES"; what it printed is in $LAB_DIR/out and err
	local status=0
	"$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null || status=$?
	echo "$status $(wc -l <"$LAB_DIR/out")"
}

as_if_nothing() { # WHOLE OUTCOME: it ended as it does when nothing is short, and said so too
	[ "$1" = "$2" ] && { [ "${1%% *}" -eq 0 ] || ! grep -qE "$limit_words" "$LAB_DIR/err"; }
}

# It either does what it does when nothing is short, or fails with status 1 and says what it was short of.
copes() { # WHOLE OUTCOME WHAT...: WHOLE is the outcome when nothing is short
	local whole=$1 got=$2
	shift 2
	as_if_nothing "$whole" "$got" && return
	[ "${got%% *}" -eq 1 ] || fail "$*: ended with ${got%% *}: $(cat "$LAB_DIR/out" "$LAB_DIR/err")"
	grep -qE "$limit_words" "$LAB_DIR/err" || fail "$*: does not say what it is short of: '$(cat "$LAB_DIR/err")'"
	[ "${whole%% *}" -ne 0 ] || ! grep -qE 'no interface|sudo|was detached|not a pcap|nothing is attached' "$LAB_DIR/err" ||
		fail "$*: blames something else, too: $(cat "$LAB_DIR/err")"
}

# Every command and every kind of output there is; those that wait for a signal are not among them.
short_commands() { # one a line
	cat <<-END
		help
		--version
		help FILTER
		list --help
		list state established and not port 22
		list -r
		list -p
		list -o json
		list -o csv --sort client
		show $client4:43210-$server4:80
		stats
		stats --by server-port -o csv
		stats --by client
		status
		status -o csv
		flush port 1
		detach nosuch
		attach --upgrade $LAB-a
		attach eth0 --netns $LAB-client --name $LAB-b --max-flows 64
		run eth0 -o jsonl
		replay $LAB_DIR/capture
		replay $LAB_DIR/capture-ng --events
		replay $LAB_DIR/capture --show 10.0.1.0:1025-10.0.0.1:443
	END
}

short_lab() { # what they work on
	lab_pair
	attach a eth0 --netns "$LAB-server"
	must peer server l listen $server4 80
	must peer client c connect $server4 80 43210
	must peer server a accept l
	"$BUILD/capture_maker" -c 5 >"$LAB_DIR/capture"
	"$BUILD/capture_maker" -f pcapng -c 5 >"$LAB_DIR/capture-ng"
	lab_instances+=("$LAB-b")
}

# `run` ends when nobody reads what it prints, and `attach` leaves what it attached.
short_run() { # WRAPPER... -- COMMAND...: the outcome, and what was attached is detached again
	local wrapper=()
	while [ "$1" != -- ]; do
		wrapper+=("$1")
		shift
	done
	shift
	case $1 in
	run) outcome_of on client timeout --preserve-status -s INT 0.3 "${wrapper[@]}" "$BUILD/synscope" "$@" ;;
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
