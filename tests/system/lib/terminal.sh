# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Terminals for the system tests, by tmux. To be sourced after lib.sh, in a test that has called lab_begin.

command -v tmux >/dev/null || skip "tmux is not installed"

terminals=0

at_end() {
	terminal kill-server 2>/dev/null || true
}

terminal() { # TMUX-COMMAND...: for the current terminal, without what this user has chosen for programs
	TMUX_TMPDIR=$LAB_DIR XDG_CONFIG_HOME=$LAB_DIR/config tmux -L "terminal-$terminals" "$@"
}

terminal_start() { # COLUMNS ROWS COMMAND: run it on a new terminal, which becomes the current one
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

screen() { # print its text
	terminal capture-pane -p -t main 2>/dev/null
}

colours() { # print the colour codes of its text
	terminal capture-pane -e -p -t main | grep -oE $'\x1b\\[[0-9;]*3[0-7]m' || true
}

screen_shows() { # REGEX
	screen | grep -E -- "$1" >/dev/null
}

screen_must_show() { # REGEX: wait for it
	wait_for 20 screen_shows "$1" || fail "no '$1' on the screen: $(screen)"
}

screen_hides() { # REGEX
	! screen_shows "$1"
}

screen_must_hide() { # REGEX: wait for that
	wait_for 20 screen_hides "$1" || fail "'$1' is still on the screen: $(screen)"
}
