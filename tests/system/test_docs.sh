#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What is written about synscope is true: the manual pages render, and name exactly the commands and options that exist;
# the files, functions and constants that documents name exist; every example command line is accepted, and every
# example mistake gives the message that the page shows.
# long: 10 s
. tests/system/lib/lib.sh
# shellcheck source=lib/docs.sh
. tests/system/lib/docs.sh

# Sets $powerless to a synscope without any capability, and makes a directory of programs for a shell: such a synscope,
# whose exit statuses are kept, a sudo that adds no rights, and a jq that only parses its program.
shell_begin() {
	mkdir "$LAB_DIR/bin" "$LAB_DIR/build"
	cp "$BUILD/synscope" "$LAB_DIR/program"
	chmod 755 "$LAB_DIR" "$LAB_DIR/program"
	powerless="$(command -v setpriv) --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all"
	powerless+=" $LAB_DIR/program"
	cat >"$LAB_DIR/bin/synscope" <<-EOF
		#!/bin/sh
		$powerless "\$@" </dev/null >/dev/null 2>>"$LAB_DIR/said"
		echo synscope \$? >>"$LAB_DIR/statuses"
	EOF
	cat >"$LAB_DIR/bin/jq" <<-EOF
		#!/bin/sh
		$(command -v jq) "\$@" </dev/null >/dev/null 2>>"$LAB_DIR/said"
		echo jq \$? >>"$LAB_DIR/statuses"
	EOF
	printf '#!/bin/sh\nexec "$@"\n' >"$LAB_DIR/bin/sudo"
	printf '#!/bin/sh\n' >"$LAB_DIR/bin/tcpdump"
	chmod 755 "$LAB_DIR/bin"/*
	ln -s "$LAB_DIR/bin/synscope" "$LAB_DIR/build/synscope"
}

commands() {
	synscope help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -vx help
}

# ---- the manual pages

pages_render() {
	local source page errors wide
	for source in docs/man/*.scd; do
		page="$BUILD/man/$(basename "$source" .scd)"
		[ "$page" -nt "$source" ] || fail "$page is not built, or older than its source: make man"
		errors=$(MANWIDTH=80 man --warnings -l "$page" 2>&1 >"$LAB_DIR/page") || fail "$page: $errors"
		[ -z "$errors" ] || fail "$page: $errors"
		wide=$(grep -E '^.{81}' "$LAB_DIR/page" || true)
		[ -z "$wide" ] || fail "$page is wider than 80 columns: $wide"
	done
}

commands_have_pages() {
	local written summaries command
	written=$(cd docs/man && printf '%s\n' synscope-*.1.scd | sed 's/^synscope-//; s/\.1\.scd$//')
	same "commands with a page" "$written" "$(commands)"
	summaries=$(synscope help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) */\1 /p' | grep -v '^help ')
	written=$(section synscope.1 COMMANDS | awk '/^\*synscope-/ { gsub(/\*|synscope-|\(1\)/, ""); name = $0 }
		/^\t/ { sub(/^\t/, ""); print name " " $0 }')
	same "commands in synscope.1" "$written" "$summaries"
	written=$(for command in $(commands); do
		section "synscope-$command.1" NAME | sed -n 's/^synscope-\([a-z]*\) - /\1 /p'
	done)
	same "what the pages of commands begin with" "$written" "$summaries"
	same "what synscope.1 begins with" "$(section synscope.1 NAME | sed -n 's/^synscope - //p')" \
		"$(synscope help | sed -n '1s/^synscope [^:]*: //p')"
}

# ---- options

# COMMAND: in the form of `--help`, "-n, --name NAME". Explanations, of several words, begin in column 24, or on the
# next line.
options_of() {
	synscope "$1" --help | awk '/^Options:/ { here = 1 } /^Example:/ { here = 0 }
		here && /^  (-., |    )--/ { text = substr($0, 24, 1) == " " && substr($0, 25) ~ / / ? substr($0, 1, 24) : $0
			gsub(/^ +| +$/, "", text); print text }'
}

options_are_written() {
	local command
	for command in $(commands); do
		same "options of '$command'" "$(section "synscope-$command.1" OPTIONS | sed -n '/^\*-/s/[*_]//gp')" \
			"$(options_of "$command")"
	done
}

entry() { # PAGE OPTION: the page's text about it
	section "$1" OPTIONS | awk -v option="$2" '/^\*-/ { here = index($0, "*" option "*") } here'
}

# The values that an option takes, one per line, if its error message lists them. The value "" is always an error.
choices_of() { # COMMAND OPTION
	{ $powerless "$1" "$2=" 2>&1 || true; } | sed -nE "s/.*: expected (([a-z0-9_-]+, )+[a-z0-9_-]+ or [a-z0-9_-]+|[a-z0-9_-]+ or [a-z0-9_-]+);.*/\1/p" |
		sed 's/, \| or /\n/g'
}

choices_are_written() {
	local command option choices count=0
	for command in $(commands); do
		for option in $(options_of "$command" | grep -o -- '--[a-z0-9-]*'); do
			choices=$(choices_of "$command" "$option")
			[ -n "$choices" ] || continue
			same "values of $option in synscope-$command.1" "$(entry "synscope-$command.1" "$option" |
				sed '/^\*-/d' | grep -oE '\*[a-z0-9_][a-z0-9_-]*\*([^(]|$)' | sed 's/^\*//; s/\*.*//' | sort -u)" "$choices"
			count=$((count + 1))
		done
	done
	[ "$count" -gt 10 ] || fail "only $count options with choices"
}

defaults_are_written() { # the default timeouts in the pages are those of the help
	local defaults
	defaults=$(synscope attach --help | tr -s ' \n' ' ' | sed 's/.*and its default: //; s/, or all;.*//; s/, /\n/g')
	same "timeouts in synscope.1" \
		"$(section synscope.1 TIMEOUTS | sed -nE 's/^([a-z_]+) +([0-9]+)  .*/\1 \2/p')" "$defaults"
	same "timeouts in docs/specification.md" \
		"$(sed -n '/^| name | default, seconds/,/^$/s/^| .\([a-z_]*\). | \([0-9]*\) |.*/\1 \2/p' docs/specification.md)" \
		"$defaults"
}

known_words() {
	local command
	for command in $(commands); do
		options_of "$command"
	done | grep -o -- '--[a-z0-9-]*' | sort -u
	echo --version
}

# For lines "FILE: TEXT" on stdin: everything that looks like a long option, and is not in the file KNOWN. A word that
# printf completes need only be the beginning of an option.
unknown_words() { # KNOWN
	awk 'NR == FNR { known[$0]; next }
		function is_known(word, it) {
			if (word !~ /%$/)
				return word in known
			sub(/%$/, "", word)
			for (it in known)
				if (index(it, word) == 1)
					return 1
			return 0
		}
		{
			file = substr($0, 1, index($0, ": ") - 1)
			text = " " substr($0, length(file) + 3)
			for (; match(text, /[^[:alnum:]-]--[a-z][a-z0-9-]*%?/); text = substr(text, RSTART + RLENGTH)) {
				word = substr(text, RSTART + 1, RLENGTH - 1)
				if (!is_known(word))
					print word " in " file
			}
		}' "$1" - | sort -u
}

readonly documents=(*.md docs/*.md tests/*.md)

# Commands of other projects, whose options may be named.
readonly others='systemctl enable --now|tools/lint[.]sh --staged|--enable-feature=native-histograms|curl --data-binary'

no_other_words() { # in manual pages, documents, and the texts of the program
	local file unknown
	known_words >"$LAB_DIR/known"
	unknown=$({
		for file in docs/man/*.scd "${documents[@]}" contrib/systemd/*; do
			sed -E "s/[*_]//g; s,$others,,g; s|^|$file: |" "$file"
		done
		strings -f -d -n 4 "$BUILD"/user/*/*.o "$BUILD"/user/*.o
	} | unknown_words "$LAB_DIR/known")
	[ -z "$unknown" ] || fail "options that no command has: $unknown"
}

# ---- files, functions and constants that documents name in backquotes; NAME stands for any word

quoted() { # FILE PATTERN: the words in backquotes that match
	# shellcheck disable=SC2016 # the backquotes are searched for
	grep -oE '`[^` ]+`' "$1" | tr -d '`' | grep -xE "$2" | grep -v NAME | sort -u || true
}

exists() { # FILE-OR-PATTERN: a shell pattern
	compgen -G "$1" >/dev/null
}

nowhere() { # FILE: print those names on stdin that are not a line of FILE; * in a name stands for anything
	awk 'NR == FNR { line[$0]; next }
		$0 in line { next }
		/[*]/ {
			pattern = $0
			gsub(/[.]/, "[.]", pattern)
			gsub(/[*]/, ".*", pattern)
			for (it in line)
				if (it ~ "^" pattern "$")
					next
		}
		{ print }' "$1" -
}

named_files_exist() { # files that are named by path, by name alone, or in a link
	local document folder name
	find . -path ./build -prune -o -path ./.git -prune -o -type f -printf '%f\n' | sort -u >"$LAB_DIR/files"
	for document in "${documents[@]}"; do
		folder=$(dirname "$document")
		while read -r name; do
			exists "$name" || [[ $name == build/* ]] || fail "$document names $name, which does not exist"
		done < <(quoted "$document" '[a-z.]+/[A-Za-z0-9_./*-]+')
		name=$(quoted "$document" '[A-Za-z0-9_*-]+\.(c|h|sh|md|scd)' | nowhere "$LAB_DIR/files")
		[ -z "$name" ] || fail "$document names $name, which is nowhere"
		while read -r name; do
			exists "$folder/$name" || fail "$document links $name, which is not there"
		done < <(grep -oE '\]\([A-Za-z0-9_./-]+\)' "$document" | sed 's/^](//; s/)$//' | sort -u)
	done
}

named_code_exists() { # functions, and those constants and variables whose names have a "_"
	local document name
	grep -rhoE '[A-Za-z_][A-Za-z0-9_]*' --include='*.[ch]' --include='*.sh' --include=run --include=Makefile \
		bpf include user tests tools Makefile | sort -u >"$LAB_DIR/words"
	for document in "${documents[@]}"; do
		name=$(quoted "$document" '[a-z_0-9]+\(\)|[A-Z][A-Z0-9]*_[A-Z0-9_]*\*?' | sed 's/()$//' | nowhere "$LAB_DIR/words")
		[ -z "$name" ] || fail "$document names $name, which is nowhere in the code"
	done
}

# ---- examples

understood() { # FILE LINE: synscope reports no usage error, and other programs no error at all
	rm -f "$LAB_DIR/said" "$LAB_DIR/statuses"
	(cd "$LAB_DIR" && PATH="$LAB_DIR/bin" "$BASH" -c "$2" 2>>"$LAB_DIR/said") || true
	if grep -vxE 'synscope [01]|jq 0' "$LAB_DIR/statuses" || ! grep -q '^synscope' "$LAB_DIR/statuses"; then
		fail "the example '$2' in $1 is not accepted: $(cat "$LAB_DIR/said")"
	fi
}

example_lines() { # the command lines of the text on stdin
	sed -nE 's/^[[:space:]]*(\$ (sudo ))?((sudo )?(build\/)?synscope [^ ].*|tcpdump .*)/\2\3/p'
}

examples_are_understood() {
	local file line count=0
	for file in docs/man/*.scd "${documents[@]}"; do
		while read -r line; do
			understood "$file" "$line"
			count=$((count + 1))
		done < <(awk '/^```/ { code = !code } code' "$file" | example_lines)
		[ "$count" -gt 0 ] || [[ $file != *.scd && $file != README.md ]] || fail "no example in $file"
		count=0
	done
	for file in $(commands) filter; do
		while read -r line; do
			understood "$file --help" "$line"
		done < <(synscope help "$file" | sed '/^Usage:/d' | example_lines)
	done
}

mistakes_are_told() { # each "$ COMMAND" of synscope-filter(7) prints the lines that follow it there
	local line command expected count=0
	while read -r line; do
		command=${line%%$'\t'*} expected=${line#*$'\t'}
		: >"$LAB_DIR/said"
		PATH="$LAB_DIR/bin" "$BASH" -c "$command"
		[ "$(tr -s ' \n' ' ' <"$LAB_DIR/said" | sed 's/ $//')" = "$expected" ] ||
			fail "'$command' says: $(cat "$LAB_DIR/said")"
		count=$((count + 1))
	done < <(section synscope-filter.7 MISTAKES | awk -v RS= '/\n\$ |^\$ / {
		sub(/.*\$ /, ""); sub(/```.*/, ""); sub(/\n/, "\t"); gsub(/[ \n]+/, " "); sub(/ $/, ""); print }')
	[ "$count" -gt 0 ] || fail "synscope-filter(7) shows no mistake"
}

lab_begin
shell_begin
pages_render
commands_have_pages
options_are_written
choices_are_written
defaults_are_written
no_other_words
named_files_exist
named_code_exists
examples_are_understood
mistakes_are_told
