#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every command that runs for a while, ended half-way by each signal: it exits soon, with the right status, and nothing
# of it stays in the kernel.
. tests/system/lib/lib.sh

held() { # by process $pid: "link|map|prog ID" of each object that is new
	only_in_second "$ids" "$(sed -nE 's/^(link|map|prog)_id:[[:space:]]*([0-9]+)$/\1 \2/p' "/proc/$pid/fdinfo/"* | sort -u)"
}

# `run` closes what it has loaded once that is attached: what was found a moment ago may be gone.
holds_something() {
	its_own=$(held)
	[ -n "$its_own" ]
}

in_kernel() { # those of them that still exist
	comm -12 <(sort <<<"$its_own") <(kernel_ids)
}

nothing_left() {
	[ -z "$(in_kernel)" ]
}

has_programs() { # process $pid has loaded programs
	find "/proc/$pid/fd" -lname '*bpf-prog*' 2>/dev/null | grep -q .
}

has_mapped() { # process $pid has mapped a flow table
	grep -q 'bpf-map' "/proc/$pid/maps" 2>/dev/null
}

has_reader() { # process $pid has a heartbeat thread
	[ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ]
}

# SIGNAL STATUS READY COMMAND...: send the signal when READY succeeds
interrupted() {
	local signal=$1 expected=$2 ready=$3 status=0
	shift 3
	: >"$LAB_DIR/out" # what the last one said
	"$BUILD/synscope" "$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" <"$LAB_DIR/pipe" &
	pid=$!
	lab_pids+=("$pid")
	wait_for 10 "$ready" || fail "'$*' does not start: $(cat "$LAB_DIR/err")"
	holds_something || [[ $1 =~ stats|watch ]] || wait_for 10 holds_something || fail "'$*' held nothing"
	[ "$expected" -ne 0 ] || wait_for 10 takes_signals || fail "'$*' does not wait for signals"
	kill "-$signal" $pid
	wait $pid || status=$?
	unset 'lab_pids[-1]'
	[ $status -eq "$expected" ] || fail "'$*' ended by SIG$signal with $status, not $expected: $(cat "$LAB_DIR/err")"
	! grep -v 'Ctrl-C ends it' "$LAB_DIR/err" || fail "'$*' prints a message on SIG$signal"
	wait_for 10 nothing_left || fail "'$*' ended by SIG$signal left $(in_kernel)"
}

lab_begin
lab_pair
attach cut eth0 --netns "$LAB-client"
must peer server l listen $server4 80
must peer client c connect $server4 80 53001
mkfifo "$LAB_DIR/pipe"
exec {keep_open}<>"$LAB_DIR/pipe" # a pipe for a capture that is never written
ids=$(kernel_ids)
for signal in INT TERM HUP QUIT; do
	interrupted $signal 0 has_programs run eth0 --netns "$LAB-server"
	nothing_attached server eth0
	interrupted $signal 0 has_reader watch --name "$LAB-cut"
	interrupted $signal 0 has_mapped stats --name "$LAB-cut" --interval 100
done
interrupted KILL 137 has_programs run eth0 --netns "$LAB-server"
wait_for 10 is_bare server eth0 || fail "a killed run left $(interface_programs server eth0)"
for signal in TERM HUP KILL; do # a script's background jobs ignore INT
	"$BUILD/capture_maker" </dev/null >"$LAB_DIR/pipe" # the header alone
	interrupted $signal $((128 + $(kill -l $signal))) has_programs replay - --in-kernel
done
exec {keep_open}>&-
synscope status --name "$LAB-cut" >/dev/null || fail "status fails after the interrupted commands"
