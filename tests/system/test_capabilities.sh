#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Each command works with the capabilities that SECURITY.md names, for an ordinary user who owns the directory of pins;
# with one less, the command names the missing one.
# long: 20 s
. tests/system/lib/lib.sh
. tests/system/lib/users.sh
own_bpffs "$@"

readonly loading="bpf net_admin perfmon"

rows() { # a line "COMMAND	CAPABILITY..." for each row, named as in setpriv
	# shellcheck disable=SC2016 # the backquotes are marks, not commands
	sed -nE 's/^\| `([^`]+)` \| ([^|]*) \| (none|read|write) \|$/\1\t\2/p' SECURITY.md |
		sed 's/\tnone$/\t/; s/CAP_//g; s/,//g' | tr '[:upper:]' '[:lower:]'
}

owner() { # CAPABILITIES: sets `own`; "${own[@]} ARGUMENT..." is synscope run by a user with only these
	user 65534 65534 "$1"
	own=(nsenter --net="/run/netns/$LAB-client" "${as_user[@]}" "$LAB_DIR/synscope")
}

own() { # CAPABILITIES ARGUMENT...
	owner "$1"
	shift
	"${own[@]}" "$@"
}

# `run`, ended when it has begun to track.
run_until_tracking() { # CAPABILITIES OPTION...
	local status=0 pid
	owner "$1"
	shift
	: >"$LAB_DIR/run" # what the last one printed is not to be taken for this one's
	"${own[@]}" run --max-flows 4096 "$@" >"$LAB_DIR/run" 2>&1 </dev/null &
	pid=$!
	wait_for 20 run_has_begun "$pid"
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" || status=$?
	cat "$LAB_DIR/run" >&2
	return "$status"
}

# `serve`, ended when it listens.
serve_until_listening() { # CAPABILITIES
	local status=0 pid
	owner "$1"
	: >"$LAB_DIR/run"
	"${own[@]}" serve >"$LAB_DIR/run" 2>&1 </dev/null &
	pid=$!
	wait_for 20 serve_has_begun "$pid"
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" || status=$?
	cat "$LAB_DIR/run" >&2
	return "$status"
}

# `export`, ended when it has begun to export.
export_until_exporting() { # CAPABILITIES
	local status=0 pid
	owner "$1"
	: >"$LAB_DIR/run"
	"${own[@]}" export - >"$LAB_DIR/exported" 2>"$LAB_DIR/run" </dev/null &
	pid=$!
	wait_for 20 export_has_begun "$pid"
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" || status=$?
	cat "$LAB_DIR/run" >&2
	return "$status"
}

export_has_begun() { # PID: it exports, or has exited
	grep -q 'exporting the flows' "$LAB_DIR/run" || ! kill -0 "$1"
}

serve_has_begun() { # PID: it listens, or has exited
	grep -q 'listening on' "$LAB_DIR/run" || ! kill -0 "$1"
}

run_has_begun() { # PID: it tracks, or has exited
	grep -q tracking "$LAB_DIR/run" || ! kill -0 "$1"
}

# The processes are root's, too: there must be no warning about them.
processes_told() { # CAPABILITIES
	own "$1" list -p -o json 2>"$LAB_DIR/processes"
	cat "$LAB_DIR/processes" >&2
	[ ! -s "$LAB_DIR/processes" ]
}

watch_once() { # CAPABILITIES: watch until there is an event
	local status=0 pid
	owner "$1"
	: >"$LAB_DIR/events"
	"${own[@]}" watch -o jsonl >"$LAB_DIR/events" 2>"$LAB_DIR/watch" </dev/null &
	pid=$!
	wait_for 20 watch_has_begun "$pid"
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" || status=$?
	cat "$LAB_DIR/watch" >&2
	return "$status"
}

watch_has_begun() { # PID: it watches, or has exited
	! kill -0 "$1" || {
		must peer client w connect $server4 80
		must peer server b accept l
		must peer client w reset
		must peer server b close
		[ -s "$LAB_DIR/events" ]
	}
}

# Try one row: run "COMMAND" with these capabilities, which may be fewer than it needs.
try() { # COMMAND CAPABILITIES
	case $1 in
	run) run_until_tracking "$2" eth0 ;;
	'run --netns') run_until_tracking "$2" eth0 --netns "$LAB-server" ;;
	attach) own "$2" attach --max-flows 4096 eth0 ;;
	'attach --netns') own "$2" attach --max-flows 4096 eth0 --netns "$LAB-server" ;;
	'attach --group') own "$2" attach --max-flows 4096 eth0 --group daemon ;;
	'attach --force') own "$2" attach --max-flows 4096 eth0 --force ;;
	'attach --upgrade') own "$2" attach --upgrade eth0 ;;
	detach) own "$2" detach eth0 ;;
	show) own "$2" show "$client4:51001-$server4:80" ;;
	'list -p') processes_told "$2" ;;
	top)
		owner "$2"
		top_ends "${own[@]}" top
		;;
	watch) watch_once "$2" ;;
	export) export_until_exporting "$2" ;;
	serve) serve_until_listening "$2" ;;
	replay) own "$2" replay "$LAB_DIR/replayed.pcap" ;;
	'replay --in-kernel') own "$2" replay --in-kernel "$LAB_DIR/replayed.pcap" ;;
	list | stats | status | flush) own "$2" "$1" ;;
	*) fail "SECURITY.md has a row for '$1', and this test does not" ;;
	esac
}

# Prepare what the command needs: an instance with a flow, nothing, or someone else's program.
prepare() { # COMMAND
	case $1 in
	'attach --upgrade' | detach | list* | show | stats | status | top | watch | export | serve | flush)
		[ ! -d /sys/fs/bpf/synscope/eth0 ] || return 0
		nothing_is_attached
		outcome 0 own "$loading" attach --max-flows 4096 eth0
		must peer client c connect $server4 80 51001
		must peer server a accept l
		wait_for 5 flow_is_there || fail "no flow"
		;;
	*)
		nothing_is_attached
		[ "$1" != 'attach --force' ] || foreign_begins
		;;
	esac
}

# The user's directory, in a bpffs that users may enter, is empty.
nothing_is_attached() {
	outcome 0 own "$loading sys_admin" detach --all
	[ -z "${holder-}" ] || foreign_ends
	peer client c reset || true
	peer server a close || true
}

flow_is_there() {
	own "" list --all -o jsonl | grep -q ':51001-'
}

foreign_begins() { # someone else's XDP program, which no link holds
	mkfifo "$LAB_DIR/hold"
	: >"$LAB_DIR/held"
	on client "$BUILD/bpf_helper" hold-netlink eth0 <"$LAB_DIR/hold" >"$LAB_DIR/held" &
	holder=$!
	lab_pids+=("$holder")
	exec {hold}>"$LAB_DIR/hold"
	wait_for 5 grep -q ready "$LAB_DIR/held" || fail "no foreign program"
}

foreign_ends() {
	exec {hold}>&-
	wait "$holder" || true
	holder=
	rm "$LAB_DIR/hold"
}

less() { # CAPABILITY CAPABILITY...: the others without the first; those that CAP_SYS_ADMIN implies replace it
	local without=$1 capability others=
	shift
	for capability; do
		[ "$capability" = "$without" ] || others+=" $capability"
	done
	[ "$without" != sys_admin ] || others+=" bpf perfmon"
	echo "$others"
}

row_is_true() { # COMMAND CAPABILITY...
	local command=$1 capability
	shift
	for capability; do
		prepare "$command"
		outcome 1 try "$command" "$(less "$capability" "$@")"
		says "CAP_$capability"
	done
	prepare "$command"
	outcome 0 try "$command" "$*"
}

every_row_is_true() {
	local count=0 command needs
	while IFS=$'\t' read -r command needs; do
		# shellcheck disable=SC2086 # words
		row_is_true "$command" $needs
		count=$((count + 1))
	done <<<"$(rows)"
	[ "$count" -eq 20 ] || fail "$count rows in SECURITY.md"
	nothing_is_attached
}

# The user who attached an instance with these three capabilities can see it; root cannot, and the message says why.
whose_pins() {
	outcome 0 own "$loading" attach --max-flows 4096 eth0
	outcome 0 own "" list -o json
	outcome 0 own "" status -o json
	jq -e 'length == 1 and .[0].name == "eth0"' "$LAB_DIR/out" >/dev/null || fail "$(cat "$LAB_DIR/out")"
	outcome 1 on client "$BUILD/synscope" list
	says 65534
	outcome 0 own net_admin detach eth0
}

# Filters of tc, which older kernels use in place of links, cannot be removed if their network namespace cannot be
# entered.
filters_elsewhere() {
	local command
	user 65534 65534 "net_admin sys_admin"
	outcome 0 nsenter --net="/run/netns/$LAB-client" "${as_user[@]}" "$LAB_DIR/bpf_helper" no-links \
		"$LAB_DIR/synscope" attach --max-flows 4096 eth0 --mode tc --netns "$LAB-server" --name filters
	for command in 'detach filters' 'detach --all' 'attach --upgrade filters'; do
		# shellcheck disable=SC2086 # words
		outcome 1 own "$loading" $command
		says CAP_SYS_ADMIN
		outcome 0 own "" status --name filters
	done
	outcome 0 own "net_admin sys_admin" attach --upgrade filters
	outcome 0 own "net_admin sys_admin" detach filters
	nothing_attached server eth0
	# Links can be.
	outcome 0 own "net_admin sys_admin" attach --max-flows 4096 eth0 --netns "$LAB-server" --name links
	[ -n "$(on server "$BUILD/bpf_helper" query eth0)" ] || return 0
	outcome 0 own "$loading" attach --upgrade links
	outcome 0 own net_admin detach links
	nothing_attached server eth0
}

# Where the pins may not be entered, `run` works without them, and the other commands name the capability that they
# lack.
closed_pins() {
	local arguments
	mount_bpffs 0700
	outcome 0 run_until_tracking "$loading" eth0
	for arguments in list status "attach eth0" 'detach --all' flush; do
		# shellcheck disable=SC2086 # words
		outcome 1 own "$loading" $arguments
		says 'CAP_DAC_OVERRIDE'
		says 'sudo'
	done
}

lab_begin
users_begin
lab_pair
must peer server l listen $server4 80
install -m 755 "$BUILD/bpf_helper" "$LAB_DIR/bpf_helper"
mount_bpffs 0711
install -d -m 0700 -o 65534 /sys/fs/bpf/synscope
"$BUILD/capture_maker" -c 2 >"$LAB_DIR/replayed.pcap"
chmod 644 "$LAB_DIR/replayed.pcap"
every_row_is_true
whose_pins
filters_elsewhere
closed_pins
