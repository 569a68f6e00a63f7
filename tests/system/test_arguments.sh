#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line of every command: help, wrong options, values and words, and names that do not exist. Each mistake is
# reported in one line that says where to find help, with the right exit status, and nothing on stdout.
. tests/system/lib/lib.sh

readonly commands=(run attach detach status top list show watch stats flush replay)
readonly named=(status top list show watch stats flush) # the commands that take --name
readonly flow=10.0.0.1:1-10.0.0.2:2

wrong() { # STATUS REGEX COMMAND-LINE...
	local status=$1 regex=$2
	shift 2
	outcome "$status" synscope "$@"
	says "$regex"
	[ ! -s "$LAB_DIR/out" ] || fail "'$*' fails, but prints $(cat "$LAB_DIR/out")"
	[ "$status" -ne 2 ] || says "try 'synscope (help filter|.*--help)'"
}

helps() {
	local command
	outcome 0 synscope --help
	for command in "${commands[@]}"; do
		grep -q "^  $command " "$LAB_DIR/out" || fail "$command is not among the commands"
	done
	for command in "${commands[@]}"; do
		outcome 0 synscope "$command" --help
		mv "$LAB_DIR/out" "$LAB_DIR/help"
		grep -qE "^Usage: synscope $command( |$)" "$LAB_DIR/help" || fail "$command: no usage"
		grep -A 9 '^Example' "$LAB_DIR/help" | grep -qE "synscope $command( |$)" || fail "$command: no example"
		grep -v '^  synscope' "$LAB_DIR/help" | grep -E '^.{81,}' && fail "$command: help is wider than 80 columns"
		outcome 0 synscope help "$command"
		cmp "$LAB_DIR/out" "$LAB_DIR/help" || fail "help $command is not $command --help"
		outcome 0 synscope "$command" -h
		cmp "$LAB_DIR/out" "$LAB_DIR/help" || fail "$command -h is not $command --help"
	done
	outcome 0 synscope help help
	for command in filter FILTER; do
		outcome 0 synscope help $command
		grep -q 'latency > 100ms' "$LAB_DIR/out" || fail "help $command has no example"
	done
	wrong 2 "did you mean 'list'" help lst
	wrong 2 'unexpected.*at most' help list show
}

misspelt() {
	local command
	outcome 2 synscope
	wrong 2 "did you mean 'stats'" stat5
	wrong 2 "did you mean 'list'" lits
	wrong 2 'expected run, attach.* or help' frobnicate
	outcome 0 synscope version
	grep -q '^synscope [0-9]' "$LAB_DIR/out" || fail "version: $(cat "$LAB_DIR/out")"
	wrong 2 "'synscope top' shows the flows again and again, 'synscope watch'" list --watch
	wrong 2 "'--interval 1' prints" stats --watch
	wrong 2 "did you mean '--version'" --verison
	wrong 2 "did you mean 'synscope list'" --list
	wrong 2 'expected --help or --version' -x
	for command in "${commands[@]}"; do
		wrong 2 "unknown option '--hepl' .did you mean '--help'" "$command" --hepl
		wrong 2 "unknown option '--frobnicate" "$command" --frobnicate=3
		wrong 2 "unknown option '-z" "$command" -z
	done
	wrong 2 "did you mean '--limit'" list --limti 3
	wrong 2 "did you mean '--limit'" list --limti=3000000
	wrong 2 "did you mean 'jsonl'" list -o jsnol
	wrong 2 "did you mean 'server-port'" stats --by server-prot
}

values() {
	local command
	for command in "${named[@]}"; do
		wrong 2 '--name needs a value' "$command" --name
		wrong 2 "--name '': expected" "$command" -n ''
	done
	for command in run status list show watch stats flush replay; do
		wrong 2 'xml.*table, json, jsonl or csv' "$command" -o xml
		wrong 2 "--output '': expected" "$command" --output=
	done
	for command in list top; do
		wrong 2 'expected last_seen.*handshake' "$command" --sort age
		wrong 2 'takes no value' "$command" --all=yes
	done
	for command in 'list --limit 0' 'list --limit x' 'list --limit 4294967296' 'top --interval 0' 'top --interval 3601' \
		'stats --interval 0' 'stats --interval 1.5' 'stats --prefix4 33' 'stats --prefix6 129' 'stats --limit -1' \
		'run eth0 --max-flows 0' 'replay x --max-flows 0'; do
		# shellcheck disable=SC2086 # words
		wrong 2 'expected a whole number from' $command
	done
	wrong 2 '--prefix4 needs' stats --prefix4 24
	wrong 2 '--prefix6 needs' stats --by server-port --prefix6 64
	wrong 2 'cannot be used with --events' replay x --show $flow --events
}

words() {
	local command word
	for command in show replay detach; do
		wrong 2 'expected ' "$command"
	done
	for command in run attach; do # in a namespace without a default route, whose interface they would take
		wrong 2 'expected the name of an interface, or --all' "$command" --netns "$LAB-client"
	done
	wrong 2 'takes no arguments' status eth0
	wrong 2 'takes no arguments' stats eth0
	for command in show detach; do
		wrong 2 "unexpected word 'two': this command takes at most 1" "$command" one two
	done
	wrong 2 "either 'eth0' or --all" detach eth0 --all
	for command in run attach detach top list show watch replay "flush --name $LAB-words"; do
		# shellcheck disable=SC2086 # words
		wrong 2 'not an empty word' $command ''
		# shellcheck disable=SC2086
		wrong 2 'not an empty word' $command -- ' '
	done
	for word in x 10.0.0.1:1 10.0.0.1:1-10.0.0.2 10.0.0.1:1-10.0.0.2:65536 '10.0.0.1:1-[fd00::1]:2' "$flow#0" "$flow#"; do
		wrong 2 'is not the name of a flow: expected' show "$word"
		wrong 2 'is not the name of a flow: expected' replay x --show "$word"
	done
	for command in top list watch flush; do
		wrong 2 'column 6; try' "$command" port nonesuch
	done
}

what_is_not_there() {
	local command
	for command in status list watch stats flush; do
		wrong 1 "no instance '$LAB-nosuch'" $command --name "$LAB-nosuch"
	done
	wrong 1 "no instance '$LAB-nosuch'" show $flow --name "$LAB-nosuch"
	wrong 1 "no flow '$flow'.*list --all" show $flow --name "$LAB-words"
	wrong 1 "'nosuch0'; there are: eth0" run nosuch0 --netns "$LAB-server"
	wrong 1 "'nosuch0'; there are: eth0" attach nosuch0 --netns "$LAB-server"
	wrong 1 "$LAB-nosuch" run eth0 --netns "$LAB-nosuch"
	wrong 1 "$LAB-nosuch" detach "$LAB-nosuch"
	wrong 1 "$LAB-nosuch" attach --upgrade "$LAB-nosuch"
	wrong 1 'No such file' replay "$LAB_DIR/nosuch"
	wrong 1 'directory' replay "$LAB_DIR"
	wrong 1 'neither a pcap nor' replay tests/system/lib/lib.sh
}

# Words of other programs
words_that_people_know() {
	outcome 0 synscope ls --name "$LAB-words"
	grep -q ':53001-' "$LAB_DIR/out" || fail "ls: $(cat "$LAB_DIR/out")"
	outcome 0 synscope start -i lo --netns "$LAB-server" --name "$LAB-started" --max-flows 2k --timeout established=1h \
		--timeout syn_sent=1.5m --timeout closed=90s
	instance_status started | jq -e '.max_flows == 2000' >/dev/null || fail "--max-flows 2k: $(instance_status started)"
	outcome 0 synscope stop "$LAB-started"
	[ -z "$(pins started)" ] || fail "stop leaves $(pins started)"
	for value in 1T k 1.5k 300M 5kk 0k; do
		wrong 2 'expected a whole number from 1 to' attach lo --netns "$LAB-server" --max-flows "$value"
	done
	for value in 1w h 1hh 366d 1e3 -1h; do
		wrong 2 'a time such as 90s, 5m, 1h or 2d' attach lo --netns "$LAB-server" --timeout "established=$value"
	done
	wrong 1 "no instance '1'.*" watch -n 1
	says '-n takes the name of an instance'
	wrong 2 "--all forgets all flows, and cannot be used with a FILTER" flush --all --name "$LAB-words" port 1
	outcome 0 synscope flush --all --name "$LAB-words"
}

# In a bpffs of its own, so that nothing else is detached.
detach_all_by_word() {
	# shellcheck disable=SC2016 # the inner shell expands them
	outcome 0 unshare --mount bash -ec 'mount -t bpf bpf /sys/fs/bpf
		"$1" attach lo --netns "$2" --name "$3-1" --max-flows 64
		"$1" attach eth0 --netns "$2" --name "$3-2" --max-flows 64
		"$1" detach all
		[ "$("$1" list -o json)" = "[]" ] && [ ! -e /sys/fs/bpf/synscope ]' \
		bash "$BUILD/synscope" "$LAB-client" "$LAB-word"
	says "detached '$LAB-word-1'"
	says "detached '$LAB-word-2'"
}

# An unset variable gives an empty filter word, which is an error and does not mean "all flows".
nothing_is_forgotten() {
	flow_is words 53001 '.client.state == "ESTABLISHED"' || fail "the flow is gone: $(synscope list --name "$LAB-words")"
}

lab_begin
lab_pair
attach words eth0 --netns "$LAB-server"
must peer server l listen $server4 80
must peer client c connect $server4 80 53001
flow_must words 53001 '.client.state == "ESTABLISHED"'
helps
misspelt
values
words
nothing_is_forgotten
what_is_not_there
nothing_attached client eth0
words_that_people_know
detach_all_by_word
