#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# docs/tutorial.md: its commands, typed at the prompt of `make demo KEEP=1` in their order, print what it shows, but for
# numbers, times and the widths of columns.
# long: 20 s
. tests/system/lib/lib.sh
readonly page=docs/tutorial.md

transcript() { # a line "COMMAND", then the lines that it prints, each after a tab, as on the page
	awk '/^```/ { inside = $0 == "```console"; next }
		inside && sub(/^demo> /, "") { print; next }
		inside { print "\t" $0 }' "$page"
}

shape() { # what does not change from one run to the next
	sed -E "s/$LAB_ID/ID/g"'; s/[0-9]+(\.[0-9]+)?(ns|µs|ms|s|m|h)( |$|,)/TIME\3/g; s/[0-9]+(\.[0-9]+)?K?/N/g; s/demoN|synN/NAME/g
		s/─+/─/g; s/ +/ /g; s/ $//; s/TIME|N/N/g'
}

demo_begin() {
	mkfifo "$LAB_DIR/typed" "$LAB_DIR/printed"
	tools/demo.sh --shell <"$LAB_DIR/typed" >"$LAB_DIR/printed" 2>&1 &
	lab_pids+=($!)
	demo=$!
	exec {typed}>"$LAB_DIR/typed" {printed}<"$LAB_DIR/printed"
	ask true
}

demo_end() {
	echo exit >&"$typed"
	wait "$demo" || fail "the demo ended with $?"
	exec {typed}>&- {printed}<&-
	rm "$LAB_DIR/typed" "$LAB_DIR/printed"
	[ -z "$(ip netns list | grep -v "^$LAB-" || true)" ] || fail "hosts are left: $(ip netns list)"
}

ask() { # COMMAND: sets $answer to what it prints
	local line
	printf '%s\necho == end\n' "$1" >&"$typed"
	answer=
	while IFS= read -r -t $((60 * ${TEST_PATIENCE:-1})) line <&"$printed"; do
		[ "$line" != "== end" ] || return 0
		[[ $line == "demo> "* ]] || answer+=$line$'\n'
	done
	fail "the demo's shell does not answer '$1': $answer"
}

answers() { # COMMAND PATTERN
	ask "$1"
	# shellcheck disable=SC2053 # a pattern
	[[ $(shape <<<"$answer") == $2 ]]
}

sent_again() { # PATTERN: has the last answer a segment that was sent again, which the page has not?
	[[ $answer == *" again "* && $1 != *" again "* ]]
}

answers_or_sent_again() { # COMMAND PATTERN
	answers "$@" || sent_again "$2"
}

# A question is asked again until the answer is that of the page; "…" stands for any lines. Returns 1 if that cannot be
# because a host, on a busy machine, has sent a segment again.
expect() { # COMMAND OUTPUT
	local pattern
	pattern=$(shape <<<"$2" | sed 's/[][\\*?]/\\&/g; s/…/*/g')
	case $1 in
	"synscope "* | "on client ss "*)
		wait_for 15 answers_or_sent_again "$1" "$pattern" ||
			fail "'$1' does not print what $page shows: $(diff <(shape <<<"$2") <(shape <<<"$answer"))"
		! sent_again "$pattern" || return 1
		;;
	*) answers "$1" "$pattern" || fail "'$1' prints, other than in $page: $answer" ;;
	esac
}

follow() { # returns 1 as expect() does
	local line command='' output='' count=0
	while IFS= read -r line <&3; do
		if [[ $line == $'\t'* ]]; then
			output+=${line#?}$'\n'
			continue
		fi
		[ -z "$command" ] || expect "$command" "${output%$'\n'}" || return 1
		command=$line output='' count=$((count + 1))
	done 3< <(transcript)
	[ "$command" = exit ] || fail "$page does not end with exit, but with '$command'"
	[ "$count" -gt 50 ] || fail "only $count commands in $page"
}

# Each chapter cites its sections of RFC 9293.
chapters_cite() {
	local chapter
	while read -r chapter; do
		sed -n "/^## $chapter/,/^## /p" "$page" | grep -qE '\(([a-z ]+ of RFC 9293|3\.[0-9.]+|section 7)|\([0-9.]+\)' ||
			fail "$page: '$chapter' cites no section of RFC 9293"
	done < <(sed -n 's/^## \([0-9].*\)/\1/p' "$page")
}

lab_begin
chapters_cite
demo_begin
for ((attempt = 1; attempt <= 5; attempt++)); do
	! follow || break
	[ $attempt -lt 5 ] || fail "segments were sent again each time, at last: $answer"
	demo_end
	demo_begin
done
ask help
grep -q 'client|server SOCKET COMMAND' <<<"$answer" || fail "no help: $answer"
ask 'nonsense; client a'
grep -q 'nonsense: command not found' <<<"$answer" || fail "$answer"
grep -q 'expected: client SOCKET COMMAND' <<<"$answer" || fail "$answer"
demo_end
