#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `run`: attaches, shows, and is gone without a trace however it ends.
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

# The interface goes: it says so and ends.
start_run
ip -n "$LAB-server" link delete eth0
screen_must_show 'ended with 1'
screen_shows 'gone|disappeared' || fail "nothing is said of the interface"
terminal_end

# Killed: nothing was pinned, so nothing stays.
lab_link client eth0 server eth0
"$BUILD/synscope" run eth0 --netns "$LAB-server" >/dev/null 2>&1 </dev/null &
pid=$!
sleep 1
kill -9 $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
gone() {
	[ -z "$(interface_programs server eth0)" ]
}
wait_for 3 gone || fail "a killed run left $(interface_programs server eth0)"
