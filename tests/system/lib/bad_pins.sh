# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A good instance and a bad one, and what every command must say of either: to be sourced after lib.sh.

readonly pins=/sys/fs/bpf/synscope
helper="$BUILD/bpf_helper"

named() { # WHAT: the last command names what is bad once, with what is wrong with it
	[ "$(grep -cE "'($bad_name)' is left out: .*($1)" "$LAB_DIR/err")" -eq 1 ] ||
		fail "'$bad_name' is not named once, with '$1': $(cat "$LAB_DIR/err")"
}

unnamed() {
	! grep -qE "$bad_name" "$LAB_DIR/err" || fail "named without need: $(cat "$LAB_DIR/err")"
}

out_has() { # REGEX
	grep -qE -- "$1" "$LAB_DIR/out" || fail "no '$1': $(cat "$LAB_DIR/out" "$LAB_DIR/err")"
}

run_command() { # STATUS COMMAND: of the good one it prints what it should
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

# watch goes on until it is ended; that it has a place is to be seen from its events' reader.
good_is_watched() {
	"$helper" readers "$pins/$LAB-good" | grep -q ' 1$'
}
run_watch() { # STATUS
	local status=0
	"$BUILD/synscope" watch >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null &
	lab_pids+=($!)
	wait_for 10 good_is_watched || fail "the good one is not watched: $(cat "$LAB_DIR/err")"
	kill -INT "${lab_pids[-1]}"
	wait "${lab_pids[-1]}" || status=$?
	[ "$status" -eq "$1" ] || fail "watch ended with $status, not $1: $(cat "$LAB_DIR/err")"
}

# Each kind of badness: what is wrong, as it is told, and the commands that must tell; the others have no need of what is
# bad, and work.
readonly every="list show stats status flush"
commands=$every # those that are tried
check() { # TOLD TELLING-COMMANDS
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

detach_bad() { # it goes, and nothing of it stays
	outcome 0 synscope detach "$bad_name"
	says "(removed|detached) '$bad_name'"
	[ ! -e "$bad" ] || fail "still pinned: $(find "$bad")"
	[ "$(echo "$pins"/*)" = "$pins/$LAB-good" ] || fail "left among the pins: $(echo "$pins"/*)"
	nothing_attached client eth0
	run_command 0 list
	unnamed
}

take_away() { # OBJECT: it is kept elsewhere
	kept="/sys/fs/bpf/$LAB-kept"
	mv "$bad/$1" "$kept"
}

put_back() { # OBJECT
	rm -r "${bad:?}/$1"
	mv "$kept" "$bad/$1"
}

new_map() { # OBJECT TYPE VALUE-BYTES ENTRIES [MORE]...: in place of what is pinned
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
