#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# While an attach is stopped, other commands say which process they wait for, and every signal ends them, from their
# first instant. An attach that is ended by a signal, at whatever moment, leaves nothing. The test has its own pins and
# names of namespaces.
# long: 15 s
namespace=$(readlink /proc/self/ns/mnt)
[ $# -gt 0 ] || exec unshare --mount --propagation private bash "$0" "$namespace"
[ "$1" != "$namespace" ] && mount -t bpf -o mode=0700 bpf /sys/fs/bpf && mkdir -p /run/netns &&
	mount -t tmpfs netns /run/netns || exit 1
. tests/system/lib/lib.sh

readonly pins=/sys/fs/bpf/synscope

start() { # COMMAND...: in the background, with the signal handling of a foreground job; sets $pid
	: >"$LAB_DIR/err" # what the last one printed is not to be taken for this one's
	env --default-signal=INT,QUIT "$BUILD/synscope" "$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null &
	pid=$!
	lab_pids+=("$pid")
}

ends() { # STATUS COMMAND...: the started command exits with it; wait for that
	local status=0
	wait_for 10 is_over || fail "'${*:2}' does not end: $(cat "/proc/$pid/stack" "$LAB_DIR/err")"
	wait "$pid" || status=$?
	unset 'lab_pids[-1]'
	[ $status -eq "$1" ] || fail "'${*:2}' ended with $status, not $1: $(cat "$LAB_DIR/err")"
}

is_over() {
	! grep -q '^State:[[:space:]]*[^Z[:space:]]' "/proc/$pid/status" 2>/dev/null
}

locks() { # PID: it holds a lock
	grep -qE "^[0-9]+: FLOCK +ADVISORY +WRITE $1 " /proc/locks
}

waits() { # process $pid waits for a lock
	grep -qE "^[0-9]+: -> FLOCK +ADVISORY +WRITE $pid " /proc/locks
}

stopped() {
	grep -q '^State:[[:space:]]*T' "/proc/$holder/status"
}

# An attach that has taken the lock, stopped before its last step at the latest; how many of its steps are done does not
# matter.
stop_an_attach() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		start attach eth0 --netns "$LAB-server" --max-flows 100000 --name "$LAB-slow"
		holder=$pid
		until locks "$holder" || is_over; do :; done
		kill -STOP "$holder"
		wait_for 10 stopped || true
		! locks "$holder" || return 0
		kill -CONT "$holder"
		ends 0 attach
		outcome 0 synscope detach "$LAB-slow"
	done
	fail "no attach was caught with the lock"
}

waiting_is_told_and_ended() {
	local signal
	for command in "attach eth0 --netns $LAB-client" "run eth0 --netns $LAB-client" "detach $LAB-slow" \
		'detach --all' "attach --upgrade $LAB-slow"; do
		read -ra words <<<"$command"
		for signal in INT TERM HUP; do
			start "${words[@]}"
			wait_for 10 waits || fail "'$command' does not wait"
			kill -$signal "$pid"
			ends $((128 + $(kill -l $signal))) "$command"
		done
		start "${words[@]}"
		wait_for 10 grep -qE "waiting for process $holder \\('.*synscope attach eth0.*\\).*stopped.*kill -CONT $holder" \
			"$LAB_DIR/err" || fail "'$command' does not say for which process it waits: $(cat "$LAB_DIR/err")"
		says 'Ctrl-C'
		kill -INT "$pid"
		ends 130 "$command"
		[ "$(wc -l <"$LAB_DIR/err")" -eq 1 ] || fail "'$command' says more: $(cat "$LAB_DIR/err")"
	done
}

# Commands that only read, and would also finish what a killed process began, do not wait.
readers_go_on() {
	for command in list status stats flush; do
		outcome 0 timeout $((10 * ${TEST_PATIENCE:-1})) "$BUILD/synscope" $command
	done
}

at_end() { # otherwise the detach at the end waits for it
	kill -KILL "$holder" 2>/dev/null
}

holder=
lab_begin
lab_pair
stop_an_attach
waiting_is_told_and_ended
readers_go_on
pid=$holder
start detach "$LAB-slow"
wait_for 10 grep -q waiting "$LAB_DIR/err" || fail "detach does not wait"
kill -CONT "$holder"
ends 0 detach
says "detached '$LAB-slow'"
wait "$holder" || fail "the stopped attach did not continue"
[ ! -e $pins ] || fail "left: $(find $pins)"
nothing_attached server eth0

# The holder of the lock is killed.
mkdir -p "$pins/%lock"
flock --no-fork "$pins/%lock" sleep 1000 &
holder=$!
lab_pids+=("$holder")
wait_for 10 locks "$holder" || fail "no lock"
start attach eth0 --netns "$LAB-server" --name "$LAB-after"
wait_for 10 grep -q "waiting for process $holder" "$LAB_DIR/err" || fail "attach does not say for which process it waits"
kill -KILL "$holder"
ends 0 attach
outcome 0 synscope detach "$LAB-after"

# Ended at every moment: the attach has left nothing, or was complete already.
done_already=0 ended=0
for ((n = 1; ; n += 9)); do
	status=0
	# shellcheck disable=SC2016 # at_call sets $PID
	"$BUILD/at_call" $n 'kill -INT $PID' "$BUILD/synscope" attach eth0 --netns "$LAB-server" --max-flows 4096 \
		--name "$LAB-cut" 2>"$LAB_DIR/err" || status=$?
	case $status in
	130)
		ended=$((ended + 1))
		[ ! -e $pins ] || fail "interrupted at call $n, attach left: $(find $pins)"
		nothing_attached server eth0
		;;
	0 | 125)
		done_already=$((done_already + 1))
		outcome 0 synscope detach "$LAB-cut"
		[ $status -eq 0 ] || break
		;;
	*) fail "interrupted at call $n, attach ended with $status: $(cat "$LAB_DIR/err")" ;;
	esac
done
[ $ended -gt 5 ] || fail "attach was interrupted only $ended times"

# Nobody ever reads the output.
attach full eth0 --netns "$LAB-server"
link=$(find "$pins/$LAB-full" -name '*xdp*')
mkfifo "$LAB_DIR/pipe"
exec {keep_open}<>"$LAB_DIR/pipe"
timeout 1 cat /dev/zero >"$LAB_DIR/pipe" || true # until it is full
for command in 'INT stats --interval 1' 'TERM stats --interval 1 -o jsonl' 'HUP watch' 'INT watch -o jsonl'; do
	read -ra words <<<"$command"
	env --default-signal=INT "$BUILD/synscope" "${words[@]:1}" >"$LAB_DIR/pipe" 2>"$LAB_DIR/err" </dev/null &
	pid=$!
	lab_pids+=("$pid")
	wait_for 10 takes_signals || fail "'$command' does not start: $(cat "$LAB_DIR/err")"
	"$BUILD/fill" "$link" 2000 3 >/dev/null # so that watch has something to print
	kill -"${words[0]}" $pid
	ends 0 "${words[@]:1}"
done
exec {keep_open}>&-
