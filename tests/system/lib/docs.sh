# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of the documents share. To be sourced after lib.sh.

same() { # WHAT WRITTEN TRUE: compare two lists of lines, in any order
	local difference
	difference=$(diff <(sort <<<"$2") <(sort <<<"$3")) ||
		fail "$1: $(sed -n 's/^</documented, but not so:/p; s/^>/not documented:/p' <<<"$difference")"
}

section() { # PAGE HEADING: print the section's source
	awk -v heading="# $2" '/^# / { here = $0 == heading; next } here' "docs/man/$1.scd"
}
