#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Completion in bash, zsh and fish: each must offer what --help, the error messages and the system say exists.
# long: 10 s
. tests/system/lib/lib.sh
. tests/system/lib/terminal.sh

readonly shells="bash zsh fish"
for program in $shells; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done
PATH=$(realpath "$BUILD"):$PATH

# ---- what a shell offers at the end of each line of stdin: the line behind a tab, then one word per line

ask_bash() { # calls the function as readline does; what it would replace of the last word is put back in front
	bash --norc -c '
		. "$BUILD/completions/synscope.bash"
		while IFS= read -r line; do
			COMP_LINE=$line COMP_POINT=${#line}
			mapfile -t COMP_WORDS < <(grep -oE "[:=]+|[^[:blank:]:=]+" <<<"$line")
			[[ $line != *\  ]] || COMP_WORDS+=("")
			COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			COMPREPLY=()
			_synscope </dev/null
			last=${COMP_WORDS[-1]}
			[[ $last != [:=]* ]] || last=
			kept=${line%"$last"}
			printf "\t%s\n" "$line"
			for reply in "${COMPREPLY[@]}"; do
				printf "%s\n" "${kept##* }${reply//\\/}"
			done
		done'
}

ask_zsh() {
	mkdir -p "$LAB_DIR/zsh"
	cp "$BUILD/completions/synscope.zsh" "$LAB_DIR/zsh/_synscope"
	timeout $((60 * ${TEST_PATIENCE:-1})) zsh -f tests/system/lib/complete.zsh "$LAB_DIR/zsh"
}

ask_fish() {
	# shellcheck disable=SC2016 # fish expands it
	HOME=$LAB_DIR fish --no-config -c '
		source $BUILD/completions/synscope.fish
		while read -l line
			printf "\t%s\n" $line
			complete -C $line </dev/null
		end' | sed 's/^\(..*\)\t.*/\1/'
}

# Lines to be completed, and the expected words: sorted, one per line, or after "!" a pattern of words that must not be
# offered. `settle` asks for all of them together, because starting a shell takes longer than all completions.
declare -A expected=()

offers() { # LINE WORD...: each shell offers exactly these words, in any order
	expected[$1]=$(printf '%s\n' "${@:2}" | sort -u)
}

offers_no() { # LINE PATTERN: no shell offers a word that matches
	expected[$1]="!$2"
}

settle() { # to be called before anything changes that the shells read
	local shell line got count
	for shell in $shells; do
		count=0
		printf '%s\n' "${!expected[@]}" | "ask_$shell" >"$LAB_DIR/offered"
		while IFS= read -r -d $'\t' got; do
			line=${got%%$'\n'*}
			got=$(sort -u <<<"${got#*$'\n'}" | sed '/^$/d')
			count=$((count + 1))
			case ${expected[$line]} in
			!*) [[ $'\n'$got != *$'\n'${expected[$line]#!}* ]] || fail "$shell: '$line' offers: $got" ;;
			*) [ "$got" = "${expected[$line]}" ] ||
				fail "$shell: '$line' offers: $got" $'\n' "and not: ${expected[$line]}" ;;
			esac
		done < <(tail -c +2 "$LAB_DIR/offered" && printf '\t')
		[ $count -eq ${#expected[@]} ] || fail "$shell answers $count of ${#expected[@]} lines: $(cat "$LAB_DIR/offered")"
	done
	expected=()
}

# ---- the expected words

# The commands, and the options of each. (The words of the list are split.)
# shellcheck disable=SC2086
commands() {
	local commands command options
	commands=$(synscope --help | sed -nE 's/^  ([a-z]+)  .*/\1/p')
	[ "$(wc -w <<<"$commands")" -ge 12 ] || fail "--help lists: $commands"
	offers "synscope " $commands
	offers "synscope -" --help -h --version -V
	offers "synscope help " ${commands/help/} FILTER
	offers "synscope help list "
	for command in ${commands/help/}; do
		options=$(synscope "$command" --help |
			sed -nE 's/^  (-.), (--[a-z0-9-]+).*/\1 \2/p; s/^      (--[a-z0-9-]+).*/\1/p')
		[ "$(wc -w <<<"$options")" -ge 3 ] || fail "$command --help lists: $options"
		offers "synscope $command -" $options
		if [ "$command" = export ]; then
			offers "synscope $command -- -" - # standard output
		else
			offers_no "synscope $command -- -" - # completed as an option
		fi
	done
}

# A word that is not one of the choices is refused with a list of them.
choices() {
	local option words
	while read -r option; do
		# shellcheck disable=SC2086 # words
		outcome 2 synscope $option nonsense
		mapfile -t words < <(sed -nE "s/; try.*//; s/.*: expected //; s/, | or /\n/gp" "$LAB_DIR/err")
		[ ${#words[@]} -ge 2 ] || fail "'$option' says: $(cat "$LAB_DIR/err")"
		offers "synscope $option " "${words[@]}"
		[[ $option != *--* ]] || offers "synscope $option=" "${words[@]/#/${option##* }=}"
	done <<-END
		attach --mode
		run --direction
		list --sort
		top --sort
		stats --by
		replay --output
		watch -o
	END
	outcome 2 synscope attach --timeout nonsense
	mapfile -t words < <(sed -nE "s/.*NAME is one of (.*), and SECONDS.*/\1/; s/, or |, | or /\n/gp" "$LAB_DIR/err")
	[ ${#words[@]} -ge 9 ] || fail "--timeout says: $(cat "$LAB_DIR/err")"
	offers "synscope attach --timeout " "${words[@]/%/=}"
	offers "synscope list --limit "
}

of_this_system() {
	mapfile -t interfaces < <(find /sys/class/net -mindepth 1 -maxdepth 1 -type l -printf '%f\n')
	offers "synscope attach " "${interfaces[@]}"
	offers "synscope run --mode tc " "${interfaces[@]}"
	offers "synscope attach --netns $LAB-" "$LAB-client" "$LAB-server"
	offers "synscope detach $LAB-" "$LAB-$odd"
	offers "synscope list --name $LAB-" "$LAB-$odd"
	offers "synscope list instance $LAB-" "$LAB-$odd"
	offers "synscope attach --name $LAB-"
	offers "synscope show $client4:53001" "$client4:53001-$server4:80"
	offers "synscope show $client4:53001-" "$client4:53001-$server4:80"
	offers "synscope show [$client6]:53002-" "[$client6]:53002-[$server6]:80"
	offers "synscope show $client4:53001-$server4:80 "
	offers "synscope replay Makef" Makefile
}

# Within a quote that the user has opened, bash inserts a name unchanged. A name that would close the quote, and so be
# run, is not offered.
names_that_do_harm() {
	local quote="quo'te" found
	attach "$quote" eth0 --netns "$LAB-client"
	offers "synscope detach $LAB-quo" "$LAB-$quote"
	settle
	found=$(ask_bash <<<"synscope detach '$LAB-quo" | tail -n +2)
	[ -z "$found" ] || fail "offered within quotes: $found"
	detach "$quote"
	attach $'control\xc2\x9b' eth0 --netns "$LAB-client"
	found=$(ask_bash <<<"synscope detach $LAB-con" | tail -n +2)
	[ -z "$found" ] || fail "a control character is offered: $found"
	detach $'control\xc2\x9b'
}

filter_words() {
	offers "synscope list stat" state
	offers "synscope list --all -n $LAB-x stat" state
	offers "synscope top --sort state stat" state
	offers "synscope watch state synch" synchronized
	offers "synscope watch client state ESTAB" ESTABLISHED
	offers "synscope flush outcome == unan" unanswered
	offers "synscope flush outcome unanswered " and or
	offers "synscope list ipv4 and server p" packets payload payload_bytes pid port process
	offers "synscope list port "
	offers "synscope list latency '>' "
	offers "synscope list latency '>' 1s " and or
	offers "synscope list not one" one_way
}

# The line after completion in the shells' line editors.
becomes() { # LINE REGEX: when the line is completed, and "9" typed
	press C-u
	press -l "$1"
	press Tab
	press 9
	screen_must_show "$2"
}

in_a_terminal() {
	terminal_start 150 24 "bash --norc -i"
	press ". $BUILD/completions/synscope.bash; echo loade''d" Enter
	screen_must_show '^loaded'
	becomes 'synscope list --output=jsonl --sort synack_t' '--output=jsonl --sort synack_to_ack 9'
	becomes 'synscope attach --mode=nat' 'attach --mode=native 9'
	becomes 'synscope attach --timeout syn_s' 'attach --timeout syn_sent=9'
	becomes "synscope show $client4:53001" "show $client4:53001-$server4:80 9"
	becomes "synscope detach $LAB-" "detach $LAB-odd-\.\\\\; 9"
	becomes "synscope detach '$LAB-" "detach '$LAB-odd-\.;' 9"
	terminal_end
	terminal_start 150 24 "zsh -f -i"
	press "fpath=($LAB_DIR/zsh \$fpath); autoload compinit; compinit -u -d $LAB_DIR/zsh/dump; echo loade''d" Enter
	screen_must_show '^loaded'
	becomes 'synscope attach --mode=nat' 'attach --mode=native 9'
	becomes 'synscope attach --timeout syn_s' 'attach --timeout syn_sent=9'
	becomes "synscope detach $LAB-" "detach $LAB-odd-\.\\\\; 9"
	terminal_end
}

lab_begin
lab_pair
odd='odd-.;'
attach "$odd" eth0 --netns "$LAB-server"
must peer server l listen $server4 80
must peer client c connect $server4 80 53001
must peer server l6 listen $server6 80
must peer client c6 connect $server6 80 53002
flow_must "$odd" 53002 '.server.state == "ESTABLISHED"'

for shell in $shells; do
	$shell -n "$BUILD/completions/synscope.$shell" || fail "$shell cannot read its completion"
done
commands
choices
of_this_system
filter_words
settle
names_that_do_harm
in_a_terminal
