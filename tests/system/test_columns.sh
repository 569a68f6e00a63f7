#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# All commands that print tables, on terminals of 40, 80 and 200 columns: no line is wider than the terminal, headings
# stand over their columns, nothing important is missing at 80 columns, and nothing at all at 200. With IPv4 addresses,
# the longest IPv6 addresses, and long names.
# long: 10 s
. tests/system/lib/lib.sh

readonly long6=2001:db8:1111:2222:3333:4444:5555
readonly flow4="$client4:53001-$server4:80" flow6="[$long6:6666]:53002-[$long6:7777]:8443"
readonly capture_flow4=10.0.0.1:40000-10.0.0.2:443 capture_flow6='[2001:db8::1]:40000-[2001:db8::2]:443'

plain() { # the text without control sequences, with one letter in place of each character that is not ASCII
	tr -d '\r' <"$LAB_DIR/raw" | sed 's/\x1b\[[0-9;]*[a-zA-Z]//g; s/[^ -~]/o/g' >"$LAB_DIR/shown"
}

# COLUMNS COMMAND-LINE-OF-synscope...: leaves its output on a terminal of that width in $LAB_DIR/shown
shown() {
	local columns=$1 words
	shift
	printf -v words '%q ' "$BUILD/synscope" "$@"
	TERM=xterm NO_COLOR=1 script -qec "stty cols $columns rows 40; $words </dev/null" /dev/null </dev/null >"$LAB_DIR/raw" ||
		fail "'$*' on $columns columns ends with $?: $(cat "$LAB_DIR/raw")"
	plain
	what="'$*' on $columns columns"
	[ -s "$LAB_DIR/shown" ] || fail "$what: nothing"
	fits "$columns"
}

fits() { # COLUMNS
	local too_long
	too_long=$(grep -E "^.{$(($1 + 1)),}" "$LAB_DIR/shown" || true)
	[ -z "$too_long" ] || fail "$what: too long: $too_long"
	! grep -E ' $' "$LAB_DIR/shown" >/dev/null || fail "$what: spaces at the end: $(cat -A "$LAB_DIR/shown")"
}

must_show() { # TEXT...: each must be there, perhaps over several lines
	local text all
	all=$(tr -d '\n' <"$LAB_DIR/shown")
	for text in "$@"; do
		[[ $all == *"$text"* ]] || fail "$what: no '$text': $(cat "$LAB_DIR/shown")"
	done
}

# FIRST-HEADING: each value of the table that begins there begins or ends where its heading does. If the first column
# has lines of its own, the other columns are indented.
aligned() {
	awk -v first="$1" '
		function blank(line, at) { return at < 1 || at > length(line) || substr(line, at, 1) == " " }
		function check(line, i) {
			for (i = 1; i <= n; i++) {
				left = !blank(line, from[i]) && blank(line, from[i] - 1)
				right = !blank(line, to[i]) && blank(line, to[i] + 1)
				if (!left && !right && from[i] <= length(line) && name[i] !~ /s-[0-9]/) # no bars
					print "nothing under " name[i] ": " line
			}
			rows++
		}
		function learn(line, at) {
			for (n = 0; match(line, /[^ ]+/); line = substr(line, RSTART + RLENGTH)) {
				name[++n] = substr(line, RSTART, RLENGTH)
				from[n] = at + RSTART
				at += RSTART + RLENGTH - 1
				to[n] = at
			}
		}
		!begun && $1 == first { begun = 1; stacked = $0 == first; if (!stacked) learn($0, 0); next }
		!begun { next }
		stacked && !n { learn($0, 0); next }
		$0 == "" { exit }
		stacked && /^[^ ]/ { next }
		{ check($0) }
		END { if (!rows) print "no table that begins with " first }' "$LAB_DIR/shown" >"$LAB_DIR/misaligned"
	[ ! -s "$LAB_DIR/misaligned" ] || fail "$what: $(cat "$LAB_DIR/misaligned" "$LAB_DIR/shown")"
}

headings() { # HEADING...: these are there, in this order
	local order
	printf -v order '%s +' "$@"
	tr '\n' ' ' <"$LAB_DIR/shown" | grep -qE "(^| )${order}" || fail "$what: not the headings $*: $(cat "$LAB_DIR/shown")"
}

flows() { # COLUMNS FLOW1 FLOW2 COMMAND...: a table of flows
	local columns=$1 which=("$2" "$3")
	shift 3
	shown "$columns" "$@"
	aligned FLOW
	must_show "${which[@]}"
	headings FLOW CLIENT SERVER
	[ "$columns" -lt 80 ] || headings OUTCOME
	[ "$columns" -lt 200 ] || headings FLOW CLIENT SERVER SYN-SYNACK SYNACK-ACK HANDSHAKE
}

lists() { # COLUMNS
	local ours="instance $LAB-client or instance $LAB-$long_name"
	flows "$1" "$flow4" "$flow6" list -n "$LAB-client" -a
	must_show ESTABLISHED
	[ "$1" -lt 80 ] || must_show refused open
	[ "$1" -lt 200 ] || headings HANDSHAKE PACKETS BYTES AGE IDLE OUTCOME
	flows "$1" "$flow4" "$flow6" list "$ours"
	[ "$1" -lt 200 ] || must_show INSTANCE "$LAB-$long_name"
	flows "$1" "$client4:53001-$server4:http" "$flow6" list -n "$LAB-client" -apr
	[ "$1" -lt 80 ] || must_show PROCESS peer/
	[ "$1" -lt 200 ] || must_show LOCAL CONTAINER
}

details() { # COLUMNS
	shown "$1" show "$flow6" -pn "$LAB-$long_name"
	must_show "$flow6" "$LAB-$long_name" "$long6:7777" ESTABLISHED 'network and server' first process
	shown "$1" show "$flow4" -rn "$LAB-client"
	must_show "$flow4" http 'SYN ACK'
	shown "$1" status -n "$LAB-$longest_name"
	must_show "$LAB-$longest_name" memory 'sized for 4096 (' 'per second'
	shown "$1" status
	shown "$1" flush -n "$LAB-$longest_name" port 1
	must_show "$LAB-$longest_name: 0 flows forgotten"
}

statistics() { # COLUMNS
	local by heading
	shown "$1" stats -n "$LAB-$long_name"
	aligned LATENCY
	must_show "$LAB-$long_name" outcomes refused
	headings LATENCY COUNT P50
	[ "$1" -lt 80 ] || headings LATENCY COUNT P50 P90 P99 P99.9
	for by in server-port server client; do
		shown "$1" stats --by $by -n "$LAB-client"
		heading=${by#server-}
		aligned "${heading^^}"
		headings HANDSHAKES
		[ "$1" -lt 200 ] || headings HANDSHAKES REFUSED FLOWS FAILED SYN-SYNACK SYNACK-ACK P50 P90 P99 P99.9
	done
	must_show "$long6:6666" 10.0.0.1
}

replays() { # COLUMNS
	flows "$1" $capture_flow4 "$capture_flow6" replay "$LAB_DIR/capture"
	[ "$1" -lt 80 ] || must_show closed
	shown "$1" replay "$LAB_DIR/capture" --show "$capture_flow6"
	must_show "$capture_flow6" TIME_WAIT
	shown "$1" replay "$LAB_DIR/capture" --events
	must_show "$capture_flow4" "$capture_flow6" 'client SYN_SENT' 'server LAST_ACK -> CLOSED' '10.0ms + 25.0ms = 35.0ms'
}

connection_shows() { # a new connection opens and closes
	port=$((port + 1))
	must peer client w connect "$long6:7777" 8443 $port
	must peer server w accept l6
	must peer client w reset
	must peer server w close
	pause 0.1
	grep -q 'CLOSED' "$LAB_DIR/raw"
}

live() { # COLUMNS COMMAND...: the same for commands that run until they are stopped
	local columns=$1 words
	shift
	printf -v words '%q ' "$BUILD/synscope" "$@"
	TERM=xterm NO_COLOR=1 script -qfc "stty cols $columns rows 40; echo \$\$ >$LAB_DIR/pid; exec $words </dev/null 2>$LAB_DIR/err" \
		"$LAB_DIR/raw" </dev/null >/dev/null &
	lab_pids+=($!)
	wait_for 20 connection_shows || fail "'$*' shows nothing: $(cat "$LAB_DIR/raw")"
	kill -INT "$(cat "$LAB_DIR/pid")"
	wait "${lab_pids[-1]}" || true
	sed -i '1d; /^Script done/d' "$LAB_DIR/raw"
	plain
	what="'$*' on $columns columns"
	fits "$columns"
}

lab_begin
port=54000
long_name=a-name-that-is-rather-long
longest_name=$(printf 'n%.0s' {1..50})
lab_pair
lab_address client eth0 $long6:6666/64
lab_address server eth0 $long6:7777/64
lab_neighbour client eth0 "$server_mac" $long6:7777
lab_neighbour server eth0 "$client_mac" $long6:6666
attach client eth0 --netns "$LAB-client" --timeout closed=100
attach $long_name eth0 --netns "$LAB-server" --timeout closed=100
attach "$longest_name" lo --netns "$LAB-client"
must peer server l4 listen $server4 80
must peer server l6 listen $long6:7777 8443
must peer client c4 connect $server4 80 53001
must peer client c6 connect $long6:7777 8443 53002
must peer server s6 accept l6
peer client refused connect $server4 81 53003 && fail "connected to port 81, where nothing listens"
flow_must client 53003 '.outcome == "refused"'
flow_must $long_name 53002 '.client.state == "ESTABLISHED"'
for family in '' '6 '; do
	sed "s/^/$family/" <<-'END'
		0.000000 1:40000 2:443 S 1000 0 0
		0.010000 2:443 1:40000 SA 9000 1001 0
		0.035000 1:40000 2:443 A 1001 9001 0
		1.000000 1:40000 2:443 FA 1001 9001 0
		1.001000 2:443 1:40000 FA 9001 1002 0
		1.002000 1:40000 2:443 A 1002 9002 0
	END
done | "$BUILD/capture_maker" >"$LAB_DIR/capture"

for columns in 40 80 200; do
	lists $columns
	details $columns
	statistics $columns
	replays $columns
	live $columns watch -n "$LAB-$long_name"
done
detach client
for columns in 40 80 200; do
	live $columns run eth0 --netns "$LAB-client"
done
shown 80 --help
shown 80 help FILTER
