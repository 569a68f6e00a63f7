#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The Makefile and what it calls: help lists every goal, a make without -j uses all processors, another architecture has
# compiler, packages and directory of its own, and lint fails on a comment that is too wide and on a file without a
# licence.
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

make_for() { # ARCH ARGUMENT...: as a user calls it
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u BUILD -u CC -u SYSROOT make -s "ARCH=$1" "${@:2}"
}

is_for_arm64() { # FILE
	[ "$(od -An -tu2 -j18 -N2 "$1" | tr -d ' ')" = 183 ] # e_machine of ELF: EM_AARCH64
}

builds_for_arm64() {
	local sysroot=${KERNEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kernels}/sysroot-arm64/root
	outcome 2 make_for vax
	says 'ARCH=vax: only arm64 is built on another machine'
	[ "$(dpkg --print-architecture)" != arm64 ] || return 0
	outcome 2 make_for arm64 SYSROOT=/other test
	says 'ARCH=arm64 is for all, deb and test-kernels'
	outcome 0 make_for arm64 SYSROOT=/other -Bn V=1 build/arm64/wire build/arm64/completions/tables
	grep -qE '^ *aarch64-linux-gnu-gcc --sysroot=/other .*-o build/arm64/wire$' "$LAB_DIR/out" ||
		fail "wire is not linked for arm64: $(cat "$LAB_DIR/out")"
	grep -qF 'qemu-aarch64 -L /other build/arm64/completion' "$LAB_DIR/out" || fail "the build runs what is for arm64"
	command -v aarch64-linux-gnu-gcc >/dev/null && [ -d "$sysroot" ] ||
		return 0 # tools/install-deps.sh arm64 and tools/sysroot.sh make both
	outcome 0 make_for arm64 SYSROOT="$sysroot" BUILD="$LAB_DIR/arm64" "$LAB_DIR/arm64/wire"
	is_for_arm64 "$LAB_DIR/arm64/wire" || fail "wire is not for arm64"
	! is_for_arm64 "$BUILD/wire" || fail "is_for_arm64 takes anything"
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
builds_for_arm64
lint_finds
