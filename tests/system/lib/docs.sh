# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tests of the documents share. To be sourced after lib.sh.

same() { # WHAT WRITTEN TRUE: lines, in any order
	local difference
	difference=$(diff <(sort <<<"$2") <(sort <<<"$3")) ||
		fail "$1: $(sed -n 's/^</written, but not true:/p; s/^>/true, but not written:/p' <<<"$difference")"
}

section() { # PAGE HEADING: its source
	awk -v heading="# $2" '/^# / { here = $0 == heading; next } here' "docs/man/$1.scd"
}
