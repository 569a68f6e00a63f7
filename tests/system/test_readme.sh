#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The commands of README.md, word by word: those of its recipes answer their questions on traffic of the kind that the
# question assumes, and all other commands do what the text says. Their output is printed here, too: the screens of
# README.md are copied from it.
# long: 20 s
. tests/system/lib/lib.sh
. tests/system/lib/terminal.sh
. tests/system/lib/services.sh

readonly own="Your own interface" flood="Is this a SYN flood?" # a section, and a recipe
readonly shown=10.0.0.2:40000-10.2.0.2:5432 # the flow that README.md shows

# The function that checks each recipe, by heading.
declare -A check_of=(
	["Which service is slow to connect?"]=slow_service
	["Whose SYNs get lost?"]=lost_syns
	["Who is refused, and why?"]=refused
	["Is this a SYN flood?"]=flood
	["Who leaks half-closed connections?"]=leaks
	["Who comes through this router?"]=through_router
	["What did this capture show?"]=capture
	["What does each segment do to the states?"]=segments
	["Why does each segment do that?"]=explained
	["What does a container do?"]=container
	["How long are the round trips, as pping shows them?"]=round_trips
	["How do I script it?"]=computed
)
# The host for a recipe's commands, if it is not "host".
declare -A place_of=([through_router]=router)

# ---- README.md

commands() { # a line "SECTION<TAB>RECIPE<TAB>COMMAND" for each line in a block of commands
	awk -v OFS='\t' '
		/^## / { section = substr($0, 4); recipe = "" }
		/^### / { recipe = substr($0, 5) }
		/^```/ { inside = $0 == "```sh"; next }
		inside && NF { print section, recipe, $0 }' README.md
}

commands_of() { # SECTION [RECIPE]: its commands, one per line
	commands | awk -F '\t' -v section="$1" -v recipe="${2-}" '$1 == section && $2 == recipe { print $3 }'
}

# Nothing in a command is replaced: the place has `sudo` and `synscope`, an `eth0` of the host, and the files.
make_place() {
	mkdir "$LAB_DIR/bin" "$LAB_DIR/home"
	ln -s "$(realpath "$BUILD/synscope")" "$LAB_DIR/bin/synscope"
	printf '#!/bin/sh\nexec "$@"\n' >"$LAB_DIR/bin/sudo"
	chmod +x "$LAB_DIR/bin/sudo"
	export PATH="$LAB_DIR/bin:$PATH"
}

typed() { # HOST COMMAND: as if a user typed it there
	# shellcheck disable=SC2016 # expanded by the inner shell
	on_machine "$1" bash -c 'cd "$0" && eval "$1"' "$LAB_DIR/home" "$2"
}

run_typed() { # HOST COMMAND: it must succeed; its output is in $LAB_DIR/out and $LAB_DIR/err
	printf '\n$ %s\n' "$2"
	outcome 0 typed "$1" "$2"
	cat "$LAB_DIR/out" "$LAB_DIR/err"
}

out_has() { # REGEX...: each matches some line of the output
	local regex
	for regex in "$@"; do
		grep -qE -- "$regex" "$LAB_DIR/out" || return 1
	done
}

rows() { # WORD...: the first column below the heading that begins with these words
	awk -v word="$1" 'found { print $1 } $1 == word { found = 1 }' "$LAB_DIR/out"
}

answers() { # HOST COMMAND CHECK
	outcome 0 typed "$1" "$2"
	"$3"
}

# ---- terminals

terminal_typed() { # COMMAND: on the host, in a terminal
	local words
	# shellcheck disable=SC2016 # expanded by the inner shell
	printf -v words '%q ' nsenter --mount="/proc/${machine_pid[host]}/ns/mnt" --net="/run/netns/$LAB-host" \
		env PATH="$PATH" bash -c 'cd "$0" && eval "$1"' "$LAB_DIR/home" "$1"
	terminal_start 112 30 "$words"
	screen_must_show 'q quit'
}

drawn_again() {
	[ "$(screen | head -1)" != "$first_line" ]
}

seen() { # COMMAND: print its screen once there are rates on it, then press q
	local first_line
	printf '\n$ %s\n' "$1"
	terminal_typed "$1"
	first_line=$(screen | head -1)
	wait_for 20 drawn_again || fail "'$1' stands still: $(screen)"
	screen
	press q
	screen_must_show 'ended with 0'
	terminal_end
}

# ---- the recipes

slow_service() {
	[ "$(rows PORT | sed -n 2p)" = 5432 ] && out_has '^5432 .* [0-9.]+ms .* [0-9.]*[0-9]s ' '^443 '
}

lost_syns() {
	out_has "^$shown +ESTABLISHED" && [ "$(rows FLOW | wc -l)" -eq 1 ]
}

refused() {
	out_has "-$near4:8080 .* refused$" "-$unreachable4:9092 .* unreachable$" "-$lost4:9200 .* unanswered$" &&
		[ "$(rows FLOW | wc -l)" -eq 5 ]
}

leaks() {
	out_has "-$far4:5432 +CLOSE_WAIT +FIN_WAIT_2 .* closing +peer/[0-9]+" && [ "$(rows FLOW | wc -l)" -eq 2 ]
}

flood() { # until the table is full of it
	out_has '^  table +([0-9]{6}|[7-9][0-9]{4}) flows' 'half-open \(9[0-9]%\)' '^  per second +[0-9]{3,} SYN, [0-9]{1,2} SYN/ACK' 'evicted \(half_open\)'
}

through_router() {
	[ "$(rows CLIENT | tr '\n' ' ')" = 'all 10.0.0.0/24 10.7.0.0/24 ' ]
}

capture() {
	out_has ':40001-10.0.0.2:81 .* refused$' ':40002-10.0.0.9:443 .* opening$' &&
		[ "$(rows FLOW | wc -l)" -eq 2 ]
}

segments() {
	[ "$(grep -cE '[▶◀]' "$LAB_DIR/out")" -eq 8 ] &&
		out_has '25.0ms network and client' 'FIN .*▶' '^  1.002000  TIME_WAIT '
}

explained() {
	out_has 'The client asks for a connection ' 'SYN_SENT until an answer comes' 'The server agrees' 'RFC 9293 section 3.6'
}

# The name of a network namespace belongs to the machine: only here something is replaced.
container() { # COMMAND
	terminal_typed "${1/--netns web /--netns $LAB-near }"
	screen_must_show "^$LAB-near:eth0 "
	must peer host inside connect $near4 443
	screen_must_show "-$near4:443 +ESTABLISHED +ESTABLISHED"
	screen >"$LAB_DIR/out"
	press q
	screen_must_show 'ended with 0'
	terminal_end
	nothing_attached near eth0
}

# The host's eth0 has an instance already, as README.md says, so it is that of another host here.
round_trips() { # COMMAND
	outcome 1 typed host "$1"
	says "'synscope detach eth0' removes that"
	terminal_typed "${1/ eth0/ --netns $LAB-near eth0}"
	screen_must_show "^$LAB-near:eth0 "
	must peer near listen-444 listen $near4 444
	must peer host timed connect $near4 444
	must peer near timed accept listen-444
	for _ in 1 2; do
		must peer host timed send 120
		must peer near timed recv 120
		must peer near timed send 120
		must peer host timed recv 120
	done
	screen_must_show 'CLIENT RTT +SERVER RTT'
	screen_must_show "-$near4:444 +ESTABLISHED +ESTABLISHED( +[0-9.]+[mµ]?s){5}"
	screen >"$LAB_DIR/out"
	press q
	screen_must_show 'ended with 0'
	terminal_end
	nothing_attached near eth0
}

computed() {
	[ "$(head -n 1 "$LAB_DIR/out" | xargs)" = "3 $near4:8080 refused" ] && [ "$(wc -l <"$LAB_DIR/out")" -eq 3 ]
}

# ---- traffic

shown_lost_a_syn() {
	on_machine host synscope list --all -o jsonl "client port 40000" |
		jq -se 'max_by(.incarnation).handshake.syn_retransmits > 0' >/dev/null
}

connect_through_loss() { # the flow that the recipe shows: its first SYN is lost
	while
		router_loses $far4
		must peer host shown start $far4 5432 40000
		router_finds $far4
		must peer far shown accept listen-5432
		! shown_lost_a_syn
	do # the SYN was not lost: it reached the router after router_finds
		must peer host shown reset
		must peer far shown close
	done
}

all_kinds() {
	serve near 443 5 4000
	serve near 6379 4 300
	serve far 5432 4 20000
	connect_through_loss
	for _ in 1 2 3; do
		in_vain $near4 8080 ECONNREFUSED
	done
	must peer host unreachable start $unreachable4 9092
	must peer host lost start $lost4 9200
	must peer far 5432-1 shutdown
	must peer far 5432-2 shutdown
	must peer host unreachable close
	must peer host lost close
	must peer host 443-1 reset
}

another_network() { # the far host, behind the router, is a client, too, with an address of that network
	lab_address far eth0 10.7.0.2/24
	lab_neighbour router eth2 "$(lab_mac far eth0)" 10.7.0.2
	ip -n "$LAB-router" route add 10.7.0.0/24 dev eth2
	ip -n "$LAB-far" route change default via 10.2.0.1 src 10.7.0.2
	must peer far client connect $near4 443
}

make_files() {
	"$BUILD/capture_maker" >"$LAB_DIR/home/trace.pcap" <<-'END'
		0.000000 1:40000 2:443 S 1000 0 0
		0.010000 2:443 1:40000 SA 9000 1001 0
		0.035000 1:40000 2:443 A 1001 9001 0
		0.036000 1:40000 2:443 PA 1001 9001 120
		0.040000 2:443 1:40000 A 9001 1121 0
		0.500000 1:40001 2:81 S 3000 0 0
		0.500300 2:81 1:40001 RA 0 3001 0
		0.600000 1:40002 9:443 S 5000 0 0
		1.000000 1:40000 2:443 FA 1121 9001 0
		1.001000 2:443 1:40000 FA 9001 1122 0
		1.002000 1:40000 2:443 A 1122 9002 0
		1.600000 1:40002 9:443 S 5000 0 0
	END
}

ask() { # RECIPE: run its last command, which is the question, after those that prepare it
	local check=${check_of[$1]} command host
	command=$(commands_of Recipes "$1" | tail -n 1)
	host=${place_of[$check]-host}
	printf '\n== %s\n$ %s\n' "$1" "$command"
	case $command in
	"sudo synscope run "*) "$check" "$command" ;;
	*) wait_for 30 answers "$host" "$command" "$check" || fail "'$1' is not answered: $(cat "$LAB_DIR/out" "$LAB_DIR/err")" ;;
	esac
	cat "$LAB_DIR/out"
}

# ---- commands outside the recipes

typed_watches() {
	watching "$(cat "$LAB_DIR/home/pid")"
}

typed_serves() {
	grep -q 'listening on' "$LAB_DIR/err"
}

typed_exports() {
	grep -q 'exporting the flows of' "$LAB_DIR/err"
}

until_interrupted() { # COMMAND CHECK: when it passes the check, end it by Ctrl-C
	: >"$LAB_DIR/out"
	: >"$LAB_DIR/err" # what the last one said
	# A background job would ignore the signal.
	typed host "echo \$\$ >pid; exec env --default-signal=INT $1" >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null &
	lab_pids+=($!)
	wait_for 20 "$2" || fail "'$1' does not start: $(cat "$LAB_DIR/out" "$LAB_DIR/err")"
	kill -INT "$(cat "$LAB_DIR/home/pid")"
	wait $! || fail "'$1' ended with $?: $(cat "$LAB_DIR/err")"
}

other_command() { # COMMAND
	case $1 in
	"sudo synscope run "* | "sudo synscope top"*) seen "$1" ;;
	"sudo synscope watch "*) until_interrupted "${1#sudo }" typed_watches ;;
	"sudo synscope export "*) until_interrupted "${1#sudo }" typed_exports ;;
	"sudo synscope serve"*) until_interrupted "${1#sudo }" typed_serves ;;
	"sudo synscope "*) run_typed host "$1" ;;
	"make "* | "sudo make "*) outcome 0 typed_make "${1#sudo }" ;;
	*) fail "README.md has a command that no test knows: $1" ;;
	esac
}

typed_make() { # COMMAND: does it have a goal that exists?
	eval "${1/#make/make --dry-run}"
}

section() { # NAME: run its commands in their order
	local command
	while IFS= read -r command <&3; do
		other_command "$command"
		[[ $1 != "$own" || $command != "sudo synscope attach "* ]] ||
			must peer host shown connect $far4 5432 40000
	done 3< <(commands_of "$1")
}

your_own_interface() {
	must peer far listen-5432 listen $far4 5432
	section "$own"
	nothing_attached host eth0
	must peer host shown reset
	must peer far listen-5432 close
}

every_option() { # every option that README.md names is an option of some command
	local option command
	for command in $(synscope help | sed -nE "s/^  ([a-z]+)  .*/\1/p"); do
		synscope "$command" --help
	done >"$LAB_DIR/help"
	while read -r option; do
		grep -qE -- "(^|[^a-z-])$option([^a-z-]|$)" "$LAB_DIR/help" || fail "README.md names an option '$option'"
	done < <(sed 's/curl --data-binary//' README.md | grep -oE -- '--[a-z][a-z0-9-]+' | sort -u)
}

prepare_recipes() {
	local recipe command check
	while IFS= read -r command <&3; do
		run_typed host "$command"
	done 3< <(commands_of Recipes)
	while IFS= read -r recipe <&3; do
		check=${check_of[$recipe]}
		while IFS= read -r command <&4; do
			run_typed "${place_of[$check]-host}" "$command"
		done 4< <(commands_of Recipes "$recipe" | head -n -1)
	done 3< <(recipes)
}

recipes() {
	sed -n '/^## Recipes/,/^## How/s/^### //p' README.md
}

questions() { # ask all recipes but one, which comes last
	local recipe
	while IFS= read -r recipe <&3; do
		[ "$recipe" = "$flood" ] || ask "$recipe"
	done 3< <(recipes)
}

# Every section with commands is run below, and every check has its recipe. test_group.sh runs "Without root".
nothing_left_out() {
	local known
	known=$(printf '%s\n' "" "Two commands" "$own" "One connection" "All of them" "Without root" Recipes | sort)
	[ "$(commands | cut -f 1 | sort -u)" = "$known" ] || fail "sections with commands: $(commands | cut -f 1 | sort -u)"
	[ "$(printf '%s\n' "${!check_of[@]}" | sort)" = "$(recipes | sort)" ] ||
		fail "recipes and checks differ: $(printf '%s\n' "${!check_of[@]}" | sort | diff - <(recipes | sort))"
}

lab_begin
nothing_left_out
every_option
services_lab
make_place
make_files
section "Two commands"
your_own_interface
prepare_recipes
all_kinds
another_network
section ""
section "One connection"
questions
section "All of them"
lab_background "$LAB_DIR/flooder" ip netns exec "$LAB-router" "$BUILD/flooder" eth0
ask "$flood"
