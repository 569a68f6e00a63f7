#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# When memory or descriptors run out at any point of a command, the message says so: no crash, no silence, and no other
# cause is blamed. For each code path by which the program requests something, one request fails, and all that follow it
# (see preload/shortage.c); SHORTAGES is how many of the paths are tried for each command, evenly spread.
# long: 15 s
. tests/system/lib/lib.sh
. tests/system/lib/shortage.sh

lab_begin
readonly shortages=${SHORTAGES:-3}

survey() { # COMMAND...: a line "KIND NUMBER" for the first request of each code path that was not seen before
	rm -f "$LAB_DIR/survey"
	short_run env LD_PRELOAD="$PWD/$BUILD/shortage.so" SHORTAGE_SURVEY="$LAB_DIR/survey" -- "$@" >"$LAB_DIR/whole"
	touch "$LAB_DIR/seen"
	awk -v seen="$LAB_DIR/seen" 'BEGIN { while ((getline <seen) > 0) known[$1, $3] }
		!(($1, $3) in known) { known[$1, $3]; print >>seen; print $1, $2 }' "$LAB_DIR/survey" >"$LAB_DIR/new"
	awk -v most="$shortages" '
		{ kind[NR] = $1; number[NR] = $2; of[NR] = ++all[$1] }
		END {
			for (i = 1; i <= NR; i++)
				if (all[kind[i]] <= most ||
				    int(of[i] * most / all[kind[i]]) != int((of[i] - 1) * most / all[kind[i]]))
					print kind[i], number[i]
		}' "$LAB_DIR/new"
}

short_lab
tried=0
while read -ra words; do
	survey "${words[@]}" >"$LAB_DIR/requests"
	while read -r kind from; do
		got=$(short_run env LD_PRELOAD="$PWD/$BUILD/shortage.so" SHORTAGE_OF="$kind" SHORTAGE_FROM="$from" -- \
			"${words[@]}")
		copes "$(cat "$LAB_DIR/whole")" "$got" "short of $kind from request $from on: ${words[*]}"
		tried=$((tried + 1))
	done <"$LAB_DIR/requests"
done < <(short_commands)
[ "$tried" -ge 60 ] || fail "only $tried shortages were tried"
