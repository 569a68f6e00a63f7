#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `top` on terminals of all kinds: what it shows, what its keys do, and that it restores the terminal however it ends.
. tests/system/lib/lib.sh
. tests/system/lib/terminal.sh

start_top() { # COLUMNS ROWS [OPTION]...: options of `env` come first, then those of `top`
	terminal_start "$1" "$2" "echo before; ${3-} $BUILD/synscope top --name $LAB-top ${4-}"
	screen_must_show 'quit|filter'
}

fits() { # COLUMNS
	local too_long
	too_long=$(screen | grep -E "^.{$(($1 + 1)),}" || true)
	[ -z "$too_long" ] || fail "longer than $1 columns: $too_long"
}

given_back() { # STATUS: the terminal is as before, with what was on it
	screen_must_show "ended with $1"
	screen_shows '^before' || fail "the earlier screen is not restored: $(screen)"
	cooked || fail "the terminal's modes: $(modes)"
	mouse_is 0 || fail "the terminal still reports the mouse"
	terminal_end
}

modes() {
	stty -a -F "$(terminal display-message -p -t main '#{pane_tty}')"
}

cooked() {
	[[ $(modes) == *" icanon "*" echo "* ]]
}

top_pid() {
	pgrep -P "$(terminal display-message -p -t main '#{pane_pid}')" -x synscope
}

every_width() {
	local columns
	start_top 80 24
	for columns in 40 80 200 80; do
		terminal_resize $columns 24
		if [ $columns -eq 40 ]; then
			screen_must_show '^  ESTABLISHED +ESTABLISHED'
		else
			screen_must_show "^10.0.0.1:53001-10.0.0.2:80 .*ESTABLISHED +ESTABLISHED.* open *$"
		fi
		screen_must_show 'p50 +p90 +p99'
		screen_must_show '^SYN-SYNACK +[0-9.]+[nµm]?s'
		screen_must_show '^client  ESTABLISHED [0-9]'
		screen_must_show 'new [0-9.]+/s +SYN [0-9.]+/s'
		fits $columns
		press Down Enter
		screen_must_show 'SYN seq=0 ─+▶'
		screen_must_show 'network and server'
		fits $columns
		press Escape Escape
		screen_must_hide '▶'
	done
	terminal_resize 80 3
	screen_must_hide 'p50'
	screen_must_show 'ESTABLISHED'
	press q
	given_back 0
}

keys_of_htop() {
	start_top 100 30
	press F6
	screen_must_show '^\* last_seen'
	press Down Enter
	screen_must_show 'by first_seen  '
	press BTab
	screen_must_show 'by last_seen  '
	press Tab Tab
	screen_must_show 'by packets  '
	press F3 ':53003-' Enter Enter
	screen_must_show '▶'
	screen_must_show '── 10.0.0.1:53003-'
	press F5 F9
	screen_must_show 'flows are not killed'
	press F1
	screen_must_show '^q F10 +quit'
	press F1 F5
	screen_must_show '▶'
	press F5 F4 'client port 53002' Enter
	screen_must_hide ':53001-'
	press F10
	given_back 0
	start_top 20 5
	screen_must_show '^10.0.0.1:5300'
	screen_must_show 'ESTABLISHED'
	press q
	given_back 0
}

keys() {
	start_top 100 30
	press '?'
	screen_must_show '^q F10 +quit'
	press x
	press H r
	screen_must_show 'by handshake reversed'
	press r '<'
	screen_must_show 'by synack_to_ack  '
	press f 'client port 53002'
	screen_must_show 'filter: client port 53002 +1 of 4'
	screen_must_hide ':53001-'
	press ' and'
	screen_must_show 'column 22: expected'
	screen_shows ':53002-' || fail "the last valid filter is gone: $(screen)"
	press Escape
	screen_must_show ':53001-'
	press F4 'server port 81' Enter
	screen_must_show 'no flow matches'
	press a
	screen_must_show 'refused'
	press f C-u Enter ' '
	screen_must_show 'PAUSED'
	must peer client paused connect $server4 80 53009
	flow_must top 53009 '.client.state == "ESTABLISHED"'
	sleep 1.2
	screen_shows 53009 && fail "it is not paused: $(screen)"
	press ' '
	screen_must_show 53009
	must peer client paused reset
	press q
	given_back 0
}

# Flows that a filter on the command line chooses, without colours; and a terminal that has no colours.
processes() {
	start_top 200 24
	press p
	screen_must_show 'OUTCOME +PROCESS +LOCAL'
	screen_must_show ":53001-10.0.0.2:80 .* peer/${lab_pids[-1]} +server"
	press p
	screen_must_hide 'PROCESS'
	press f 'process peer' Enter
	screen_must_show ':53001-'
	press f C-u 'not process peer' Enter
	screen_must_hide ':5300[1-4]-'
	press f C-u "pid ${lab_pids[-1]} and client port 53002" Enter
	screen_must_show ':53002-'
	screen_must_hide ':53001-'
	press f C-u 'host example.com'
	screen_must_show 'is a name: hosts are looked up'
	press Escape q
	given_back 0
	start_top 200 24 '' -p
	screen_must_show 'PROCESS'
	press q
	given_back 0
}

without_colour() {
	start_top 80 24 "NO_COLOR=1" "client port 53003"
	screen_must_show '^10.0.0.1:53003'
	screen_shows ':53001-' && fail "not filtered: $(screen)"
	[ -z "$(colours)" ] || fail "colour in spite of NO_COLOR"
	press q
	given_back 0
	start_top 80 24 "TERM=vt100 LC_ALL=C"
	press Down Enter
	screen_must_show 'SYN seq=0 -+>'
	screen | LC_ALL=C grep '[^ -~]' && fail "not ASCII: $(screen)"
	[ -z "$(colours)" ] || fail "colour on a vt100"
	press q
	screen_must_show 'ended with 0' # it has no alternate screen: nothing is restored
	terminal_end
	start_top 80 24
	[ -n "$(colours)" ] || fail "no colour"
	press q
	given_back 0
}

click() { # LINE COLUMN, from 1
	press -l $'\e'"[<0;$2;$1M"$'\e'"[<0;$2;$1m"
}

line_of() { # REGEX: of the screen, from 1
	screen | grep -nE -m 1 -- "$1" | cut -d : -f 1
}

mouse_is() { # 0 or 1: does the terminal report it, in the form that has no end of columns?
	[ "$(terminal display-message -p -t main '#{mouse_standard_flag}#{mouse_sgr_flag}')" = "$1$1" ]
}

mouse() {
	local heading before
	start_top 100 30
	wait_for 20 mouse_is 1 || fail "the terminal does not report the mouse"
	heading=$(screen | grep -E '^FLOW')
	before=${heading%%SYNACK-ACK*}
	click "$(line_of '^FLOW')" $((${#before} + 3))
	screen_must_show 'by synack_to_ack  '
	click "$(line_of '^FLOW')" $((${#before} + 3))
	screen_must_show 'by synack_to_ack reversed'
	click "$(line_of ':53002-')" 3
	screen_hides '▶' || fail "one click opened the ladder: $(screen)"
	click "$(line_of ':53002-')" 90
	screen_must_show '── 10.0.0.1:53002-'
	press Escape
	click 30 "$(($(screen | tail -n 1 | grep -bo 'F1' | cut -d : -f 1) + 1))"
	screen_must_show '^q F10 +quit'
	press x m
	screen_must_show 'mouse off'
	wait_for 20 mouse_is 0 || fail "m leaves the mouse on"
	press m
	wait_for 20 mouse_is 1 || fail "m again leaves it off"
	press q
	given_back 0
}

# What is pasted is text, with nothing in it that a terminal obeys, and no command.
pastes() {
	start_top 100 30
	terminal set-buffer $'q\n'
	terminal paste-buffer -p -t main
	press f
	screen_must_show '^filter: '
	terminal set-buffer $'client\tport \e[31m53003\n'
	terminal paste-buffer -p -r -t main
	screen_must_show '^filter: clientport \[31m53003 +column 1'
	press C-u
	terminal set-buffer $'client port\n 53003\r\n'
	terminal paste-buffer -p -r -t main
	screen_must_show '^filter: client port 53003 +1 of 4'
	press Enter q
	given_back 0
}

# However it ends, also without a moment for the terminal. What the shell says at that moment may be restored away.
killed() {
	local signal
	for signal in KILL SEGV; do
		start_top 80 24
		wait_for 20 mouse_is 1 || fail "the terminal does not report the mouse"
		kill -"$signal" "$(top_pid)"
		wait_for 20 mouse_is 0 || fail "after SIG$signal the terminal still reports the mouse"
		wait_for 20 cooked || fail "after SIG$signal: $(modes)"
		screen_must_show '^before'
		terminal_end
	done
}

ends() {
	start_top 80 24
	kill -TERM "$(top_pid)"
	given_back 0
	start_top 80 24
	press C-c
	given_back 0
	"$BUILD/stopped_reader" env TERM=xterm "$BUILD/synscope" top --name "$LAB-top" >"$LAB_DIR/err" 2>&1 ||
		fail "on a terminal that nobody reads: status $? $(cat "$LAB_DIR/err")"
}

# Ctrl-Z gives the terminal back to the shell, and `fg` takes it again; also if it is pressed just when top paints.
stops() { # [PRELOAD]: a library that does as if Ctrl-Z were pressed
	terminal_start 80 24 "PS1='shell> ' bash --norc --noprofile -i"
	screen_must_show 'shell>'
	press "${1:+LD_PRELOAD=$BUILD/$1 }$BUILD/synscope top --name $LAB-top" Enter
	if [ $# -eq 0 ]; then
		screen_must_show 'q quit'
		press C-z
	fi
	screen_must_show 'Stopped'
	wait_for 20 mouse_is 0 || fail "a stopped program has the mouse"
	screen_must_hide 'q quit'
	press fg Enter
	screen_must_show 'q quit'
	press q
	screen_must_hide 'q quit'
	press 'exit' Enter
	screen_must_show 'ended with 0'
	terminal_end
}

no_terminal() {
	outcome 1 synscope top --name "$LAB-top"
	says 'needs a terminal.*synscope list'
	outcome 2 synscope top --interval 0
	outcome 2 synscope top 'port and'
}

detached() {
	start_top 80 24
	detach top
	screen_must_show "'$LAB-top' was detached"
	given_back 0
}

lab_begin
lab_pair
attach top eth0 --netns "$LAB-server" --timeout closed=60
must peer server l listen $server4 80
for i in 1 2 3 4; do
	must peer client "c$i" connect $server4 80 $((53000 + i))
	must peer server "a$i" accept l
done
peer client refused connect $server4 81 53010 && fail "connected to port 81, where nothing listens"
no_terminal
every_width
keys
keys_of_htop
processes
without_colour
mouse
pastes
ends
killed
stops
stops stop_at_paint.so
detached
