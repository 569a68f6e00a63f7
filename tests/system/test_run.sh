#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `run`: attaches, shows, and leaves no trace however it ends.
. tests/system/lib/lib.sh
. tests/system/lib/terminal.sh

start_run() { # on a terminal of its own
	terminal_start 100 24 "$BUILD/synscope run eth0 --netns $LAB-server"
	screen_must_show 'eth0'
}

ended_cleanly() { # STATUS
	screen_must_show "ended with $1"
	nothing_attached server eth0
	terminal_end
}

lab_begin
lab_pair
must peer server l listen $server4 80
start_run
must peer client c connect $server4 80 51001
screen_must_show '51001.*ESTAB|ESTAB.*51001'
must peer client c reset
press q
ended_cleanly 0

start_run
press C-c
ended_cleanly '(0|130)'

# The interface is deleted: the command says so and exits.
start_run
ip -n "$LAB-server" link delete eth0
screen_must_show 'ended with 1'
screen_shows 'gone|disappeared' || fail "no message about the interface"
terminal_end

# Killed while it tracks: nothing was pinned, so nothing stays.
attached_both_ways() {
	[ "$(interface_programs server eth0 | grep -c .)" -ge 2 ]
}
lab_link client eth0 server eth0
"$BUILD/synscope" run eth0 --netns "$LAB-server" >"$LAB_DIR/killed" 2>&1 </dev/null &
pid=$!
lab_pids+=("$pid")
wait_for 20 attached_both_ways || fail "run does not attach: $(cat "$LAB_DIR/killed")"
status=0
kill -9 "$pid"
wait "$pid" || status=$?
[ "$status" -eq 137 ] || fail "it was not killed, but exited with $status: $(cat "$LAB_DIR/killed")"
wait_for 20 is_bare server eth0 || fail "a killed run left $(interface_programs server eth0)"
