#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# When memory or descriptors end amid a command, wherever that is, it says so: no crash, no silence, and nothing else is
# blamed. One request of each way by which the program asks for something fails, and all that come after it (see
# preload/shortage.c); SHORTAGES is how many of them are tried for each command, spread evenly.
. tests/system/lib/lib.sh
. tests/system/lib/shortage.sh

lab_begin
readonly shortages=${SHORTAGES:-6}

survey() { # KIND COMMAND...: numbers of requests of ways that were not seen before
	local kind=$1
	shift
	rm -f "$LAB_DIR/survey"
	touch "$LAB_DIR/survey"
	short_run env LD_PRELOAD="$PWD/$BUILD/shortage.so" SHORTAGE_OF="$kind" SHORTAGE_SURVEY="$LAB_DIR/survey" -- "$@" \
		>"$LAB_DIR/whole"
	awk -v seen="$LAB_DIR/seen.$kind" 'BEGIN { while ((getline way <seen) > 0) known[way] }
		!($2 in known) { known[$2]; print $2 >>seen; print $1 }' "$LAB_DIR/survey" >"$LAB_DIR/new"
	awk -v most="$shortages" -v all="$(wc -l <"$LAB_DIR/new")" \
		'all <= most || int(NR * most / all) != int((NR - 1) * most / all)' "$LAB_DIR/new"
}

short_lab
tried=0
while read -ra words; do
	for kind in memory descriptors; do
		for from in $(survey "$kind" "${words[@]}"); do
			got=$(short_run env LD_PRELOAD="$PWD/$BUILD/shortage.so" SHORTAGE_OF="$kind" \
				SHORTAGE_FROM="$from" -- "${words[@]}")
			copes "$(cat "$LAB_DIR/whole")" "$got" "short of $kind from request $from on: ${words[*]}"
			tried=$((tried + 1))
		done
	done
done < <(short_commands)
[ "$tried" -ge 100 ] || fail "only $tried shortages were tried"
