#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# lint.sh: check the sources. lint.sh --staged: check the staged files with the quick checks, for a pre-commit hook.
# lint.sh --format: format the sources with clang-format. `make lint` passes the flags of the compilers in CPPFLAGS and
# BPF_CFLAGS.
set -euo pipefail
cd "$(dirname "$0")/.."

export LC_ALL=C.UTF-8 # columns are counted in characters
readonly max_lines=500 max_columns=120
failed=0

check() { # WHAT COMMAND...: run one check, and continue if it fails
	local what=$1
	shift
	printf '  %-8s %s\n' LINT "$what"
	"$@" || failed=1
}

files() { # PATTERN...: the project's files, tracked or not yet added; with --staged those that the next commit changes
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

tidy() { # FILE: one process per file, so that several run in parallel
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
		! head -c 64 "$file" | grep -qaE '^#!.*\b(ba)?sh\b' || printf '%s\n' "$file"
	done
}

spdx() { # headers that other programs include to read the maps have a second licence
	local bad
	bad=$(
		files 'include/*.h' | xargs -r grep -LE 'SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\b'
		files '*.c' '*.h' '*.sh' '*.js' '*.mjs' '*.css' Makefile 'tests/*' 'docs/man/*' | grep -v '^include/' |
			xargs -r grep -LE 'SPDX-License-Identifier: GPL-2.0-only( (\*/|-->))?$'
	)
	[ -z "$bad" ] || {
		printf 'no SPDX-License-Identifier: %s\n' "$bad" >&2
		return 1
	}
}

lengths() {
	files '*.c' '*.h' '*.sh' '*.js' '*.mjs' '*.css' | xargs -r wc -l |
		awk -v max="$max_lines" '$2 != "total" && $1 > max { print $2 ": " $1 " lines, more than " max; bad = 1 } END { exit bad }' >&2
}

rules() { # the specification has each rule and section that is cited
	files '*.c' '*.h' '*.sh' '*.md' | { xargs -r grep -oHnE \
		'\b([Rr]ules?|specification\.md,? sections?) [0-9]+[a-z]?((,| and| or| to)* [0-9]+[a-z]?)*' || true; } |
		awk -F : '
			NR == FNR { known[$0]; next }
			{
				kind = $3 ~ /section/ ? "section" : "rule"
				sub(/.*(ule|ection)s? /, "", $3)
				for (i = split($3, word, /[ ,]+/); i; i--)
					if (word[i] ~ /^[0-9]/ && !(kind " " word[i] in known))
						bad = print_missing($1 ":" $2, kind " " word[i])
			}
			function print_missing(place, what) {
				print place ": " what " is not in docs/specification.md"
				return 1
			}
			END { exit bad }
		' <(sed -nE 's/^- \*\*([0-9]+[a-z]?)\.\*\*.*/rule \1/p; s/^## ([0-9]+)\..*/section \1/p' \
			docs/specification.md) - >&2
}

wide() { # COMMENT: for a list of files on stdin: is a line that matches COMMENT too wide?
	local file bad=0
	while read -r file; do
		! expand "$file" | grep -nE "^.{$max_columns}." | grep -E "$1" |
			sed "s|^\([0-9]*\):.*|$file:\1: a comment of more than $max_columns columns|" | grep . >&2 || bad=1
	done
	return "$bad"
}

# clang-format limits the width of C code, but not of comments; the width of code in shell scripts is not limited.
columns() {
	local bad=0
	files '*.c' '*.h' | wide '^[0-9]+: *(\*|//)|/\*' || bad=1
	files '*.js' '*.mjs' | wide '^[0-9]+: *//' || bad=1
	{ files Makefile && scripts; } | wide '^[0-9]+: *#' || bad=1
	return "$bad"
}

# FOLDER: the folders that a file of user/FOLDER, or of bpf/FOLDER, may include, besides that folder.
readonly below_format="instance flow kernel base"
readonly below_query="format filter $below_format"
readonly directions="
packet:
rules:
table: rules packet maps.h
record: rules packet table maps.h
base:
kernel: base
flow: kernel base
instance: flow kernel base
filter: $below_format
format: $below_format
query: $below_query
replay: query $below_query
status: query $below_query
stats: query $below_query
top: query $below_query
history: filter $below_format
export: history query $below_query
serve: export stats status query $below_query
cli: serve export history top stats status replay query $below_query
"

includes() { # each file of user/ and of bpf/ includes by folder, and only from folders below its own
	files 'user/*/*.c' 'user/*/*.h' 'bpf/*/*.h' | { xargs -r grep -nH '^#include "' || true; } | awk -F '[:"/]' '
		NR == FNR { if (NF) { from = $1; allowed[from, from]; n = split($2, to, " "); while (n) allowed[from, to[n--]] } next }
		$6 ~ /^synscope/ || $1 == "user" && $6 == "bpf" { next }
		!(($2, $1 == "bpf" ? $7 : $6) in allowed) { print $0 ": " $1 "/" $2 " may not include that"; bad = 1 }
		END { exit bad }
	' <(printf '%s' "$directions") - >&2
}

pure() { # no rule has a helper, a map or an atomic instruction
	! files 'bpf/rules/*.h' | xargs -r grep -nHE '__sync_|__atomic_|\bSEC\(|\bbpf_[a-z0-9_]+\(' |
		grep -vE '\bbpf_(ntoh|hton)[sl]\(' >&2
}

# Headers that stand for several sources of their folder. Any other header declares what the source of its name defines.
readonly shared_headers="user/cli/commands user/filter/filter user/filter/internal user/format/sink"

headers() { # each function and table that a header of user/ declares is defined where the header's name says
	# shellcheck disable=SC2016 # expanded by awk
	files 'user/*/*.h' 'user/*/*.c' | xargs -r awk -v shared=" $shared_headers " '
		FNR == 1 { name = ""; unit = FILENAME; header = sub(/\.h$/, "", unit); sub(/\.c$/, "", unit) }
		/^[a-z].*[a-z0-9_]\(/ && !/^(static|typedef)/ { name = $0; sub(/\(.*/, "", name) }
		/^extern / || !header && /^const .*= / { name = $0; sub(/ *[[=;].*/, "", name) }
		name == "" { next }
		header && /;/ { sub(/.*[ *]/, "", name); declared[name] = unit; name = "" }
		!header && /^\{|^const/ { sub(/.*[ *]/, "", name); defined[name] = unit; name = "" }
		END {
			for (name in declared) {
				here = declared[name]; there = defined[name]; from = here; to = there
				if (index(shared, " " here " ")) { sub(/[^\/]*$/, "", from); sub(/[^\/]*$/, "", to) }
				if (from != to)
					bad = print_wrong(here ".h", name, there == "" ? "nowhere" : "in " there ".c")
			}
			exit bad
		}
		function print_wrong(header, name, where) {
			print header ": " name " is defined " where
			return 1
		}
	' >&2
}

staged=''
[ "${1-}" != --staged ] || staged=yes
mapfile -t sources < <(files '*.c' '*.h')
if [ "${1-}" = --format ]; then
	clang-format -i "${sources[@]}"
	exit
fi

export -f tidy
export CPPFLAGS=${CPPFLAGS:--D_GNU_SOURCE -Iinclude -Ibuild -Iuser -I.} BPF_CFLAGS=${BPF_CFLAGS-}
mapfile -t shell < <(scripts)
mapfile -t host_sources < <(files 'user/*.c' 'tools/*.c' 'tests/*.c' | grep -v '\.bpf\.c$')

check spdx spdx
check length lengths
check rules rules
check includes includes
check pure pure
check columns columns
[ ${#sources[@]} -eq 0 ] || check clang-format clang-format --dry-run --Werror "${sources[@]}"
[ ${#shell[@]} -eq 0 ] || check shellcheck shellcheck --external-sources "${shell[@]}"
# Uninitialised and escaping variables are left to clang's analyzer, which follows them better.
[ ${#host_sources[@]} -eq 0 ] || check cppcheck cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
	--enable=warning,performance,portability --suppress=missingInclude \
	--suppress=autoVariables --suppress=uninitvar --suppress=ctuuninitvar \
	-D__x86_64__ '-DLIBBPF_OPTS(type,name,...)=struct type name' -Iinclude -Iuser "${host_sources[@]}"
[ -z "$staged" ] || exit $failed
check headers headers
# Not in a pipeline: its failure would be noted in a subshell and be lost.
# shellcheck disable=SC2016 # $1 is expanded by the inner shell
check clang-tidy xargs -r -P "$(nproc)" -I{} bash -c 'tidy "$1"' tidy {} < <(files '*.c')
exit $failed
