#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `run`: attaches, shows, and is gone without a trace however it ends.
. tests/system/lib.sh

command -v tmux >/dev/null || skip "tmux is not installed"

terminals=0

at_end() {
	terminal kill-server 2>/dev/null
}

terminal() {
	tmux -L "terminal-$terminals" "$@"
}

screen_shows() { # REGEX
	terminal capture-pane -p -t main 2>/dev/null | grep -E -- "$1" >/dev/null
}

screen_must_show() { # REGEX
	wait_for 8 screen_shows "$1" || fail "no '$1' on the screen: $(terminal capture-pane -p -t main 2>&1)"
}

start_run() { # on a terminal of its own
	terminals=$((terminals + 1))
	terminal new-session -d -s main -x 100 -y 24 \
		"$BUILD/synscope run eth0 --netns $LAB-server; echo ended with \$?; sleep 60"
	screen_must_show 'eth0'
}

ended_cleanly() { # STATUS
	screen_must_show "ended with $1"
	nothing_attached server eth0
	terminal kill-server
}

lab_begin
export TMUX_TMPDIR=$LAB_DIR
lab_pair
must peer server l listen $server4 80
start_run
must peer client c connect $server4 80 51001
screen_must_show '51001.*ESTAB|ESTAB.*51001'
must peer client c reset
terminal send-keys -t main q
ended_cleanly 0

start_run
terminal send-keys -t main C-c
ended_cleanly '(0|130)'

# The interface goes: it says so and ends.
start_run
ip -n "$LAB-server" link delete eth0
screen_must_show 'ended with 1'
screen_shows 'gone|disappeared' || fail "nothing is said of the interface"
terminal kill-server

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
