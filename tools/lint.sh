#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# lint.sh: check the sources; lint.sh --staged: those to be committed, by all that is quick, for a pre-commit hook;
# lint.sh --format: write them as clang-format wants them. `make lint` calls it with the flags that the compilers get,
# in CPPFLAGS and BPF_CFLAGS.
set -euo pipefail
cd "$(dirname "$0")/.."

export LC_ALL=C.UTF-8 # a column is a character
readonly max_lines=500 max_columns=120
failed=0

check() { # WHAT COMMAND...: run one check, go on when it fails
	local what=$1
	shift
	printf '  %-8s %s\n' LINT "$what"
	"$@" || failed=1
}

files() { # PATTERN...: the project's files, tracked or about to be; with --staged those that the next commit changes
	if [ "$staged" ]; then
		git diff --cached --name-only --diff-filter=d -- "$@"
	elif git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
			[ ! -f "$file" ] || printf '%s\n' "$file"
		done
	else
		local names=() pattern
		for pattern in "$@"; do
			names+=(-o -path "./$pattern")
		done
		find . -path ./build -prune -o -type f \( "${names[@]:1}" \) -print | sed 's|^\./||'
	fi | sort
}

tidy() { # FILE: one file is one process, so that they run side by side
	local flags
	case $1 in
	*.bpf.c) flags=$BPF_CFLAGS ;;
	*) flags="-std=gnu17 -Wall -Wextra $CPPFLAGS" ;;
	esac
	eval "set -- \"\$1\" -- $flags"
	clang-tidy --quiet "$@" 2> >(grep -vE '^[0-9]+ warnings?( and [0-9]+ errors?)? generated|^Suppressed|^Use -header' >&2)
}

scripts() {
	files '*' | while read -r file; do
		head -c 64 "$file" | grep -qaE '^#!.*\b(ba)?sh\b' && printf '%s\n' "$file"
	done
}

spdx() {
	local bad
	bad=$(files '*.c' '*.h' '*.sh' Makefile 'tests/*' 'man/*' | xargs -r grep -L 'SPDX-License-Identifier: GPL-2.0-only')
	[ -z "$bad" ] || {
		printf 'no SPDX-License-Identifier: %s\n' "$bad" >&2
		return 1
	}
}

lengths() {
	files '*.c' '*.h' '*.sh' | xargs -r wc -l |
		awk -v max="$max_lines" '$2 != "total" && $1 > max { print $2 ": " $1 " lines, more than " max; bad = 1 } END { exit bad }' >&2
}

wide() { # COMMENT: lines on stdin, one file's name each; whether what looks like a COMMENT there is too wide
	local file bad=0
	while read -r file; do
		! expand "$file" | grep -nE "^.{$max_columns}." | grep -E "$1" |
			sed "s|^\([0-9]*\):.*|$file:\1: a comment of more than $max_columns columns|" | grep . >&2 || bad=1
	done
	return "$bad"
}

# Code is as wide as clang-format makes it, which leaves comments alone, and in shell scripts as wide as its strings.
columns() {
	local bad=0
	files '*.c' '*.h' | wide '^[0-9]+: *(\*|//)|/\*' || bad=1
	{ files Makefile && scripts; } | wide '^[0-9]+: *#' || bad=1
	return "$bad"
}

staged=''
[ "${1-}" != --staged ] || staged=yes
mapfile -t sources < <(files '*.c' '*.h')
if [ "${1-}" = --format ]; then
	clang-format -i "${sources[@]}"
	exit
fi

export -f tidy
export CPPFLAGS=${CPPFLAGS:--D_GNU_SOURCE -Iinclude -Ibuild -Iuser -Ibpf} BPF_CFLAGS=${BPF_CFLAGS-}
mapfile -t shell < <(scripts)
mapfile -t host_sources < <(files 'user/*.c' 'tools/*.c' 'tests/*.c' | grep -v '\.bpf\.c$')

check spdx spdx
check length lengths
check columns columns
[ ${#sources[@]} -eq 0 ] || check clang-format clang-format --dry-run --Werror "${sources[@]}"
[ ${#shell[@]} -eq 0 ] || check shellcheck shellcheck --external-sources "${shell[@]}"
# What it says of uninitialised and escaping variables is left to clang's analyzer, which follows them better.
[ ${#host_sources[@]} -eq 0 ] || check cppcheck cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
	--enable=warning,performance,portability --suppress=missingInclude \
	--suppress=autoVariables --suppress=uninitvar --suppress=ctuuninitvar \
	-D__x86_64__ '-DLIBBPF_OPTS(type,name,...)=struct type name' -Iinclude -Iuser "${host_sources[@]}"
[ -z "$staged" ] || exit $failed
# shellcheck disable=SC2016 # $1 is for the inner shell
files '*.c' | check clang-tidy xargs -r -P "$(nproc)" -I{} bash -c 'tidy "$1"' tidy {}
exit $failed
