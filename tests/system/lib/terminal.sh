# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Terminals for the system tests, in tmux: to be sourced after lib.sh, in a test that has begun (lab_begin).

command -v tmux >/dev/null || skip "tmux is not installed"

terminals=0

at_end() {
	terminal kill-server 2>/dev/null || true
}

terminal() { # TMUX-COMMAND...: of the present terminal
	TMUX_TMPDIR=$LAB_DIR tmux -L "terminal-$terminals" "$@"
}

terminal_start() { # COLUMNS ROWS COMMAND: the present terminal is a new one, on which that runs
	terminals=$((terminals + 1))
	terminal -f /dev/null new-session -d -s main -x "$1" -y "$2" "$3; echo ended with \$?; sleep 600"
}

terminal_end() {
	terminal kill-server
}

terminal_resize() { # COLUMNS ROWS
	terminal resize-window -t main -x "$1" -y "$2"
}

press() { # KEY...: as tmux names them, or text
	terminal send-keys -t main "$@"
}

screen() { # what is on it
	terminal capture-pane -p -t main 2>/dev/null
}

colours() { # the codes of those on it
	terminal capture-pane -e -p -t main | grep -oE $'\x1b\\[[0-9;]*3[0-7]m' || true
}

screen_shows() { # REGEX
	screen | grep -E -- "$1" >/dev/null
}

screen_must_show() { # REGEX: soon
	wait_for 20 screen_shows "$1" || fail "no '$1' on the screen: $(screen)"
}

screen_hides() { # REGEX
	! screen_shows "$1"
}

screen_must_hide() { # REGEX: soon
	wait_for 20 screen_hides "$1" || fail "'$1' is still on the screen: $(screen)"
}
