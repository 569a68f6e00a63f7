#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The Makefile and what it calls: help lists every goal, a make without -j uses all processors, and lint fails on a
# comment that is too wide and on a file without a licence.
. tests/system/lib/lib.sh

jobs_of() { # ARGUMENT...: the -j of recipes, and that of recipes of a make within make
	cat >"$LAB_DIR/show.mk" <<-'END'
		include Makefile
		.RECIPEPREFIX := >
		show_jobs:
		>@echo $(filter -j%,$(MAKEFLAGS))
		>@[ $(MAKELEVEL) -gt 0 ] || $(MAKE) -f $(firstword $(MAKEFILE_LIST)) show_jobs
	END
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -f "$LAB_DIR/show.mk" show_jobs "$@"
}

all_goals_are_told() {
	local goal
	outcome 0 make -s help
	for goal in $(sed -n '/^\.PHONY/s/^[^:]*://p' Makefile | tr ' ' '\n' | grep -vxE 'all|help|test-programs|FORCE|'); do
		grep -qE "(make $goal\b|\b$goal removes|\`make $goal\`)" "$LAB_DIR/out" || fail "make help does not name '$goal'"
	done
	while read -r goal; do
		grep -qE "^$goal:" Makefile || fail "make help names '$goal', which does not exist"
	done < <(sed -nE 's/^  make ([a-z-]+) .*/\1/p' "$LAB_DIR/out")
}

runs_in_parallel() {
	[ "$(jobs_of)" = "-j$(nproc)
-j$(nproc)" ] || fail "without -j: $(jobs_of)"
	[ "$(jobs_of -j3)" = "-j3
-j3" ] || fail "with -j3: $(jobs_of -j3)"
	[ "$(jobs_of -j1)" = "-j1
-j1" ] || fail "with -j1: $(jobs_of -j1)"
}

lint() {
	(cd "$LAB_DIR/tree" && tools/lint.sh --staged)
}

staged_is() { # FILE: stage what is on stdin as its content
	cat >"$LAB_DIR/tree/$1"
	git -C "$LAB_DIR/tree" add "$1"
}

lint_finds() {
	local wide it
	for it in clang-format shellcheck cppcheck git; do
		command -v $it >/dev/null || return 0 # as on a machine that has only the packages of the tests
	done
	mkdir -p "$LAB_DIR/tree/user"
	cp -a tools docs .clang-format "$LAB_DIR/tree"
	git -C "$LAB_DIR/tree" init -q
	wide=$(printf 'x%.0s' {1..118})
	staged_is user/good.c <<<"// SPDX-License-Identifier: GPL-2.0-only"
	outcome 0 lint
	staged_is user/wide.c <<<"// SPDX-License-Identifier: GPL-2.0-only
/* $wide */"
	outcome 1 lint
	says '^user/wide.c:2: a comment of more than 120 columns$'
	staged_is user/wide.c <<<"// SPDX-License-Identifier: GPL-2.0-only"
	printf '#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0-only\n# %s\n' "$wide$wide" | staged_is user/wide.sh
	outcome 1 lint
	says '^user/wide.sh:3: a comment of more than 120 columns$'
	printf '#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0-only\necho %s\n' "$wide$wide" | staged_is user/wide.sh
	outcome 0 lint
	staged_is user/bare.h <<<"/* no licence */"
	outcome 1 lint
	says 'no SPDX-License-Identifier: user/bare.h'
}

lab_begin
all_goals_are_told
runs_in_parallel
lint_finds
