#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Full screens at any size, from the start and while the size changes; on dumb terminals, terminals that nobody reads,
# and terminals that vanish.
# long: 10 s
. tests/system/lib/lib.sh
. tests/system/lib/terminal.sh

readonly long6=2001:db8:1111:2222:3333:4444:5555

start() { # COLUMNS ROWS COMMAND-LINE-OF-synscope [VARIABLE=VALUE]
	terminal_start "$1" "$2" "${4-} $BUILD/synscope $3"
}

ends_with() { # STATUS
	screen_must_show "ended with $1"
	terminal_end
}

fits() { # COLUMNS
	local too_long
	too_long=$(screen | grep -E "^.{$(($1 + 1)),}" || true)
	[ -z "$too_long" ] || fail "longer than $1 columns: $too_long"
}

# The flow that was seen last is over IPv6, with addresses of the greatest length.
every_size() {
	local size columns
	for size in '40 10' '60 20' '80 24' '200 60'; do
		columns=${size% *}
		# shellcheck disable=SC2086 # two words
		start $size "top --name $LAB-top"
		screen_must_show '6 flows'
		screen_must_show 'FLOW'
		screen_must_show '6666\]|:53004-'
		screen_must_show 'ESTABLISHED +ESTABLISHED.* open'
		screen_must_show 'q quit'
		[ "$columns" -lt 80 ] || screen_must_show 'p50 +p90 +p99'
		fits "$columns"
		press Down Enter
		screen_must_show 'SYN seq=0 ─+▶'
		fits "$columns"
		press '?'
		screen_must_show '^Enter F5 +ladder'
		press x Escape f 'client port x'
		screen_must_show 'filter: client port x +column 13|filter: client port x +13\?'
		fits "$columns"
		press Escape q
		ends_with 0
	done
}

tiny() {
	local size
	for size in '20 5' '10 3' '5 2' '1 1'; do
		# shellcheck disable=SC2086 # two words
		start $size "top --name $LAB-top"
		wait_for 20 running || fail "top on $size does not start: $(screen)"
		press Down Enter '?' x / abc Escape End '<' PageDown Escape
		running || fail "top on $size: $(screen)"
		press q
		terminal_resize 80 24
		ends_with 0
	done
}

running() { # the program on the current terminal; sets $pid
	pid=$(pgrep -P "$(terminal display-message -p -t main '#{pane_pid}')" -x synscope)
}

changing_size() { # COMMAND REGEX: on a terminal of 80 columns it shows that
	local i
	start 80 24 "$1"
	screen_must_show "$2"
	for ((i = 0; i < 40; i++)); do
		terminal_resize $((1 + i * 37 % 230)) $((1 + i * 13 % 70))
		press Down
	done
	for i in '20 5' '1 1' '300 100' '40 10' '80 24'; do
		# shellcheck disable=SC2086 # two words
		terminal_resize $i
		sleep 0.1
	done
	running || fail "'$1' did not survive: $(screen)"
	screen_must_show "$2"
	fits 80
	press q
	ends_with 0
}

no_screen() {
	local term
	for term in dumb ''; do
		start 200 24 "top --name $LAB-top" TERM=$term
		screen_must_show 'but TERM says'
		ends_with 1
	done
	start 200 24 "top --name $LAB-top" TERM=nonsense
	screen_must_show "terminal type 'nonsense' is not known"
	ends_with 1
	start 200 24 "top --name $LAB-top </dev/null"
	screen_must_show 'but stdin and stdout are not both one'
	ends_with 1
	terminal_start 200 24 "PS1='shell> ' bash --norc --noprofile -i"
	screen_must_show 'shell>'
	press "$BUILD/synscope top --name $LAB-top &" Enter
	screen_must_show 'in the background'
	terminal_end
	# On a terminal without a screen mode, `stats` prints one table below the other.
	start 80 60 "stats --interval 1 --name $LAB-top" TERM=dumb
	screen_must_show '^syn.*-top$'
	wait_for 20 two_looks || fail "no second look: $(screen)"
	press C-c
	ends_with 0
}

two_looks() {
	[ "$(screen | grep -c '^  time ')" -ge 2 ]
}

stopped() {
	local how
	for how in '' -t; do
		# shellcheck disable=SC2086 # zero words or one
		"$BUILD/stopped_reader" $how env TERM=xterm "$BUILD/synscope" top --name "$LAB-top" >"$LAB_DIR/err" 2>&1 ||
			fail "'$how' on a terminal that nobody reads: status $? $(cat "$LAB_DIR/err")"
	done
}

gone() {
	! kill -0 "$pid" 2>/dev/null
}

ended_from_outside() {
	local signal
	for signal in HUP INT QUIT TERM; do
		start 80 24 "top --name $LAB-top"
		screen_must_show 'q quit'
		running
		kill -$signal "$pid"
		screen_must_show 'ended with 0'
		[[ $(stty -a -F "$(terminal display-message -p -t main '#{pane_tty}')") == *" icanon "*" echo "* ]] ||
			fail "SIG$signal: the terminal is not as before"
		terminal_end
	done
	start 80 24 "top --name $LAB-top"
	screen_must_show 'q quit'
	running
	terminal_end
	wait_for 20 gone || fail "the terminal is gone, and top still runs"
}

lab_begin
lab_pair
lab_address client eth0 $long6:6666/64
lab_address server eth0 $long6:7777/64
lab_neighbour client eth0 "$server_mac" $long6:7777
lab_neighbour server eth0 "$client_mac" $long6:6666
attach top eth0 --netns "$LAB-server"
must peer server l listen $server4 80
must peer server l6 listen $long6:7777 80
for i in 1 2 3; do
	must peer client "c$i" connect $server4 80 $((53000 + i))
	must peer client "d$i" connect $long6:7777 80 $((53001 + i))
done
flow_must top 53004 '.client.state == "ESTABLISHED"'
every_size
tiny
changing_size "top --name $LAB-top" 'ESTABLISHED +ESTABLISHED.* open'
changing_size "stats --interval 1 --name $LAB-top" '^SYN-SYNACK +[06]'
no_screen
stopped
ended_from_outside
