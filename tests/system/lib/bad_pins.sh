# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A good instance and a bad one, and what every command must print about each. To be sourced after lib.sh.

readonly pins=/sys/fs/bpf/synscope
helper="$BUILD/bpf_helper"

named() { # WHAT: the last command named the bad object exactly once, with what is wrong with it
	[ "$(grep -cE "'($bad_name)' is left out: .*($1)" "$LAB_DIR/err")" -eq 1 ] ||
		fail "not exactly one message names '$bad_name' with '$1': $(cat "$LAB_DIR/err")"
}

unnamed() {
	! grep -qE "$bad_name" "$LAB_DIR/err" || fail "named without need: $(cat "$LAB_DIR/err")"
}

out_has() { # REGEX
	grep -qE -- "$1" "$LAB_DIR/out" || fail "no '$1': $(cat "$LAB_DIR/out" "$LAB_DIR/err")"
}

run_command() { # STATUS COMMAND: it prints what it should about the good instance
	case $2 in
	list) outcome "$1" synscope list ;;
	show) outcome "$1" synscope show "$flow" ;;
	flush) outcome "$1" synscope flush port 1 ;;
	*) outcome "$1" synscope "$2" ;;
	esac
	case $2 in
	list) out_has "^$flow +ESTABLISHED" ;;
	show) out_has "instance +$LAB-good$" ;;
	stats | status) out_has "^$LAB-good$" ;;
	flush) out_has "^$LAB-good: 0 flows" ;;
	esac
}

# watch runs until it is stopped. It reads the good instance if that one has a reader's ring buffer.
good_is_watched() {
	"$helper" readers "$pins/$LAB-good" | grep -q ' 1$'
}
run_watch() { # STATUS
	local status=0
	"$BUILD/synscope" watch >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null &
	lab_pids+=($!)
	wait_for 10 good_is_watched || fail "the good instance is not watched: $(cat "$LAB_DIR/err")"
	kill -INT "${lab_pids[-1]}"
	wait "${lab_pids[-1]}" || status=$?
	[ "$status" -eq "$1" ] || fail "watch ended with $status, not $1: $(cat "$LAB_DIR/err")"
}

# For each kind of damage: what is wrong, the message, and the commands that must print it. The other commands do not
# need the damaged object, and work.
readonly every="list show stats status flush"
commands=$every # the commands to try
check() { # MESSAGE COMMANDS
	local told=$1 command
	for command in $commands; do
		if [[ " $2 " == *" $command "* ]]; then
			run_command 1 "$command"
			named "$told"
		else
			run_command 0 "$command"
			unnamed
		fi
	done
}

attach_bad_by() { # OPTION...
	attach bad eth0 --netns "$LAB-client" "$@"
	bad_name="$LAB-bad"
	bad="$pins/$bad_name"
}

attach_bad() {
	attach_bad_by --mode auto
}

detach_bad() { # it is removed, and nothing of it stays
	outcome 0 synscope detach "$bad_name"
	says "(removed|detached) '$bad_name'"
	[ ! -e "$bad" ] || fail "still pinned: $(find "$bad")"
	[ "$(echo "$pins"/*)" = "$pins/$LAB-good" ] || fail "left among the pins: $(echo "$pins"/*)"
	nothing_attached client eth0
	run_command 0 list
	unnamed
}

take_away() { # OBJECT: move it to another directory
	kept="/sys/fs/bpf/$LAB-kept"
	mv "$bad/$1" "$kept"
}

put_back() { # OBJECT
	rm -r "${bad:?}/$1"
	mv "$kept" "$bad/$1"
}

new_map() { # OBJECT TYPE VALUE-BYTES ENTRIES [MORE]...: pin a new map in place of the object
	local object=$1 type=$2 value=$3 entries=$4
	shift 4
	take_away "$object"
	bpftool map create "$bad/$object" type "$type" key 4 value "$value" entries "$entries" name "$object" "$@"
}

begin_with_a_good_one() {
	lab_begin
	lab_pair
	must peer server l listen $server4 80
	attach good eth0 --netns "$LAB-server"
	must peer client c connect $server4 80 43001
	must peer server a accept l
	flow_must good 43001 '.client.state == "ESTABLISHED"'
	flow="$client4:43001-$server4:80"
}
