#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `--explain`: a sentence below each step, in English and in Korean, also where the Korean locale is not installed; and
# the catalogues have a translation of every text.
. tests/system/lib/lib.sh
readonly flow=10.0.0.1:40000-10.0.0.2:443

the_capture() { # a whole life, a RST that is not believed, and the end of TIME_WAIT
	"$BUILD/capture_maker" >"$LAB_DIR/life" <<-'END'
		0.000000 1:40000 2:443 S 1000 0 0
		0.010000 2:443 1:40000 SA 9000 1001 0
		0.035000 1:40000 2:443 A 1001 9001 0
		0.036000 1:40000 2:443 PA 1001 9001 120
		0.037000 2:443 1:40000 A 9001 1121 0
		0.038000 2:443 1:40000 R 99 0 0
		0.050000 1:40000 2:443 FA 1121 9001 0
		0.060000 2:443 1:40000 A 9001 1122 0
		0.070000 2:443 1:40000 FA 9001 1122 0
		0.080000 1:40000 2:443 A 1122 9002 0
		99.00000 1:40001 2:443 S 7000 0 0
	END
}

explained() { # LOCALE
	env -u LANGUAGE -u LANG -u LC_MESSAGES LC_ALL="$1" "$BUILD/synscope" replay "$LAB_DIR/life" --show "$flow" --explain
}

sentences() { # of an explained ladder on stdin: one on a line, without the ladder
	sed -n '/^ *seconds /,$p' | grep -vE '^ *([0-9]+\.[0-9]{6}|now|⋮|seconds) |^ +[┊:]' | tr '\n' ' ' |
		tr -s ' ' | sed -E 's/(RFC 9293 [^)]*\))\. */\1.\n/g; s/^ //'
}

count_is() { # WHAT EXPECTED TEXT
	[ "$(grep -c . <<<"$3")" -eq "$2" ] || fail "$1: not $2 sentences: $3"
}

english() {
	local text
	text=$(explained C.UTF-8 | sentences)
	count_is English 11 "$text"
	while read -r expected; do
		grep -qE "^$expected" <<<"$text" || fail "no '$expected': $text"
	done <<-'END'
		The client asks for a connection .*SYN_SENT.*LISTEN \(RFC 9293 section 3\.5\)
		The server agrees: .*plus one.*SYN_RECEIVED
		The client acknowledges the other SYN .* both ends are in ESTABLISHED
		The client sends data
		This RST has not exactly the number .*RFC 5961 section 3
		The client has nothing more to send: .*FIN_WAIT_1
		The server acknowledges the FIN .*CLOSE_WAIT.*FIN_WAIT_2
		The server has nothing more to send, either.*LAST_ACK
		The client acknowledges the FIN .*CLOSED.*TIME_WAIT for twice the life of a segment
		Twice the life of a segment has passed
	END
	! explained C | LC_ALL=C grep -q '[^ -~]' || fail "not ASCII: $(explained C)"
}

both_close() { # at the same time, so that both wait for the same reason
	"$BUILD/capture_maker" >"$LAB_DIR/both" <<-'END'
		0.000000 1:40000 2:443 S 1000 0 0
		0.010000 2:443 1:40000 SA 9000 1001 0
		0.035000 1:40000 2:443 A 1001 9001 0
		0.050000 1:40000 2:443 FA 1001 9001 0
		0.051000 2:443 1:40000 FA 9001 1001 0
		0.060000 1:40000 2:443 A 1002 9002 0
		0.061000 2:443 1:40000 A 9002 1002 0
		0.062000 2:443 1:40000 FA 9001 1002 0
	END
	"$BUILD/synscope" replay "$LAB_DIR/both" --show "$flow" --explain | sentences >"$LAB_DIR/out"
	echo "simultaneous close: $(cat "$LAB_DIR/out")"
	! grep -E 'TIME_WAIT.*TIME_WAIT' "$LAB_DIR/out" || fail "said twice: $(cat "$LAB_DIR/out")"
}

korean() { # LOCALE
	local text english
	text=$(explained "$1" | sentences)
	count_is "Korean ($1)" 11 "$text"
	grep -q '^클라이언트가 연결을 요청.*SYN_SENT.*(RFC 9293 3\.5절)\.$' <<<"$text" || fail "$1: $text"
	english=$(sed -E 's/RFC [0-9]+ (section )?//g' <<<"$text" | grep -oE '\b[a-z]+\b' || true)
	[ -z "$english" ] || fail "$1: not translated: $english: $text"
}

overview() { # the summaries of all commands, too
	local text
	text=$(env -u LANGUAGE LC_ALL=ko_KR.UTF-8 "$BUILD/synscope" help)
	grep -q '^  list     플로를 출력합니다$' <<<"$text" || fail "the overview is not in Korean: $text"
	[ "$(grep -cE '^  [a-z]+ {2,}[^ -~]' <<<"$text")" -eq "$(synscope help | grep -cE '^  [a-z]+ {2,}[a-z]')" ] ||
		fail "not all summaries are in Korean: $text"
	[ "$(env -u LANGUAGE LC_ALL=ko_KR.UTF-8 LC_CTYPE=C "$BUILD/synscope" help | grep -c 플로)" -gt 0 ] ||
		fail "LC_ALL does not override LC_CTYPE"
	! env -u LANGUAGE -u LC_ALL LC_MESSAGES=ko_KR.UTF-8 LC_CTYPE=C "$BUILD/synscope" help | LC_ALL=C grep -q '[^ -~]' ||
		fail "not ASCII, where LC_CTYPE is C"
}

# `--help` of each command: its description, and each option.
helps() {
	local command text english
	for command in $(synscope help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -vx help); do
		text=$(env -u LANGUAGE LC_ALL=ko_KR.UTF-8 "$BUILD/synscope" "$command" --help)
		english=$("$BUILD/synscope" "$command" --help)
		[ "$(head -n 1 <<<"$text")" = "$(head -n 1 <<<"$english" | sed 's/^Usage:/사용법:/')" ] || fail "$command: $text"
		[ "$(grep -cE '^  (-., |    )--' <<<"$text")" -eq "$(grep -cE '^  (-., |    )--' <<<"$english")" ] ||
			fail "$command: not as many options in Korean: $text"
		english=$(sed '/^Example:/,$d' <<<"$english" | sort -u | comm -12 <(sort -u <<<"$text") - |
			grep -vE '^$|^  (-., |    )--[a-z-]+( [A-Z=|:]+)?$' || true)
		[ -z "$english" ] || fail "$command: not in Korean: $english"
	done
}

# The commands of a translated README are those of README.md, where they are tested, and the example is what is printed.
translated_readme() {
	local line
	while read -r line; do
		grep -qxF -- "$line" README.md || fail "docs/ko/README.md: README.md has no command '$line'"
	done < <(awk '/^```/ { inside = $0 == "```sh"; next } inside && NF' docs/ko/README.md)
	explained ko_KR.UTF-8 >"$LAB_DIR/out"
	while IFS= read -r line; do
		grep -qxF -- "$line" "$LAB_DIR/out" || fail "docs/ko/README.md: not printed: $line"
	done < <(awk '/^```/ { begun = !begun; inside = begun && $0 == "```"; next } inside && NF' docs/ko/README.md)
}

catalogues_are_complete() {
	local catalogue
	command -v xgettext msgcmp >/dev/null || skip "the rest passes; no gettext, which tools/install-deps.sh installs"
	grep -rlE '\b(_|N_)\("' user --include='*.c' |
		xgettext --from-code=UTF-8 -k_ -kN_ --omit-header -f - -o "$LAB_DIR/sources.pot"
	{ # the texts of the tables of options, which are translated where they are printed
		printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
		"$BUILD/help_texts"
		cat "$LAB_DIR/sources.pot"
	} | msguniq - >"$LAB_DIR/texts.pot"
	for catalogue in po/*.po; do
		msgfmt --check-format --check-domain -o /dev/null "$catalogue" || fail "$catalogue is wrong"
		[ -z "$(msgattrib --only-fuzzy "$catalogue")$(msgattrib --untranslated "$catalogue")" ] ||
			fail "$catalogue: not translated, or fuzzy: $(msgattrib --only-fuzzy --untranslated "$catalogue")"
		msgcmp "$catalogue" "$LAB_DIR/texts.pot" || fail "$catalogue is not complete"
		diff <(msgattrib --no-obsolete --no-wrap "$catalogue" | grep -oE '^msgid ".+"' | sort) \
			<(msgattrib --no-wrap "$LAB_DIR/texts.pot" | grep -oE '^msgid ".+"' | sort) ||
			fail "$catalogue has texts that the program has not"
	done
}

# The words in braces of a translation are those of its text.
names_are_kept() {
	local catalogue
	for catalogue in po/*.po; do
		msgattrib --no-wrap "$catalogue" | awk '
			function names(text, list) {
				list = ""
				while (match(text, /\{[a-zA-Z]+\}/)) {
					list = list > substr(text, RSTART, RLENGTH) ? list : substr(text, RSTART, RLENGTH)
					text = substr(text, RSTART + RLENGTH)
				}
				return list
			}
			/^msgid / { id = names($0) }
			/^msgstr / && names($0) != id { print; bad = 1 }
			END { exit bad }' || fail "$catalogue: a {name} is missing"
	done
}

lab_begin
the_capture
english
both_close
korean ko_KR.UTF-8
korean ko_KR.utf8
overview
helps
translated_readme
catalogues_are_complete
names_are_kept
