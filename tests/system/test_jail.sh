#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What a process may do in the jails of `serve`. It enters them by the same function, and tries each thing in a process
# of its own; without a jail, all of it can be done. From outside, its rights are those that /proc shows.
. tests/system/lib/lib.sh
. tests/system/lib/rights.sh

lab_begin

# Where the machine itself makes no user namespaces, as in a chroot, nobody can.
impossible='^$'
unshare --user true 2>/dev/null || impossible='^(clone_namespaces|clone3|unshare) refused$'

expect() { # JAIL try|use FILTER: every line that is not one of these is a failure
	local wrong
	"$BUILD/jailed" "$1" "$2" >"$LAB_DIR/tried"
	[ "$(wc -l <"$LAB_DIR/tried")" -ge 8 ] || fail "jailed $1 $2 tried too little: $(cat "$LAB_DIR/tried")"
	wrong=$(grep -vE " ($3)\$|$impossible" "$LAB_DIR/tried") || return 0
	fail "in the jail '$1': $wrong"
}

opener_may() { # what the opener may do besides
	sed -nE 's/^(bpf_map_create|bpf_obj_get|bpf_map_lookup) done$/\1/p' "$LAB_DIR/tried" | wc -l
}

expect free try 'done'
expect free use 'done'
expect server try 'killed|refused'
expect server use 'done'
"$BUILD/jailed" opener try >"$LAB_DIR/tried"
[ "$(opener_may)" = 3 ] || fail "the opener cannot open: $(cat "$LAB_DIR/tried")"
wrong=$(grep -vE ' (killed|refused)$|^bpf_(map_create|obj_get|map_lookup) ' "$LAB_DIR/tried") && fail "the opener: $wrong"

# The exporter may do what its user may do with files, sockets and memory, but nothing to other processes and to the
# kernel, and it accepts no connections.
readonly of_user='open|openat2|open_to_write|faccessat|proc|connect|bind|socket|unix_socket|netlink_socket|fork|setuid|setgid'
readonly of_exporter="$of_user|mmap_exec|mprotect_exec|bpf_map_create|bpf_obj_get|bpf_map_lookup"
"$BUILD/jailed" exporter try >"$LAB_DIR/tried"
wrong=$(grep -vE " (killed|refused)\$|^($of_exporter) done\$" "$LAB_DIR/tried") && fail "the exporter: $wrong"
[ "$(grep -c ' done$' "$LAB_DIR/tried")" = "$(tr '|' '\n' <<<"$of_exporter" | wc -l)" ] ||
	fail "the exporter cannot do what it needs: $(cat "$LAB_DIR/tried")"
for attempt in execve execveat listen kill tgkill rt_sigqueueinfo ptrace unshare clone_namespaces mount bpf_prog_load; do
	grep -qx "$attempt killed" "$LAB_DIR/tried" || fail "the exporter: $attempt is not what it is killed for: $(cat "$LAB_DIR/tried")"
done
"$BUILD/jailed" exporter use >"$LAB_DIR/tried"
wrong=$(grep -vE '^accept killed$|^(write|epoll|mapped|bpf_test_run|thread|memory|sort|time) done$' "$LAB_DIR/tried") &&
	fail "the exporter: $wrong"

# ---- from outside

held() { # JAIL THREADS RIGHTS: what a process there has
	local pid line='' threads
	mkfifo "$LAB_DIR/to" "$LAB_DIR/from"
	"$BUILD/jailed" "$1" hold <"$LAB_DIR/to" >"$LAB_DIR/from" &
	pid=$!
	lab_pids+=("$pid")
	exec 8>"$LAB_DIR/to" 9<"$LAB_DIR/from"
	read -r -t $((30 * ${TEST_PATIENCE:-1})) -u 9 line || true
	[ "$line" = ready ] || fail "jailed $1 hold"
	threads=("/proc/$pid/task"/*)
	[ ${#threads[@]} = "$2" ] || fail "$1: ${#threads[@]} threads"
	[ "$(rights "$pid")" = "$3" ] || fail "$1: $(rights "$pid")"
	[ "$(stat -c %U "/proc/$pid/mem")" = root ] || fail "$1: it can be traced by $(stat -c %U "/proc/$pid/mem")"
	exec 8>&- 9<&-
	wait "$pid" || fail "jailed $1 hold: status $?"
	rm "$LAB_DIR/to" "$LAB_DIR/from"
}

held server 4 "$rights_of_server"
held opener 1 "$rights_of_opener"
held exporter 4 "$rights_of_opener"
