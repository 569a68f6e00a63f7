#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Under limits of descriptors, address space, data and file sizes, from zero upward, every command does what it does, or
# reports which limit was reached, with its value. What ends before main(), by the kernel or the dynamic loader, prints
# messages that are not synscope's.
# long: 30 s
. tests/system/lib/lib.sh
. tests/system/lib/shortage.sh

lab_begin

# The loader does all of its work, but does not go on to main(). The status is not 0 if it failed.
load_only() { # WRAPPER...
	local got
	got=$(outcome_of "$@" env LD_TRACE_LOADED_OBJECTS=1 LD_WARN=yes LD_BIND_NOW=yes "$BUILD/synscope")
	[ "${got%% *}" -ne 0 ] || ! grep -q 'not found' "$LAB_DIR/out" "$LAB_DIR/err" || got=127
	echo "${got%% *}"
}

# From zero up to the limit that is enough for the loader, which becomes `begin`. Below that limit main() is not
# reached: the loader reports the failure, or the kernel kills the process.
walk_loader() { # OPTION STEP
	local got loader
	for ((begin = 0; ; begin += $2)); do
		loader=$(load_only prlimit "--$1=$begin:$begin")
		[ "$loader" -ne 0 ] || return 0
		got=$(outcome_of prlimit "--$1=$begin:$begin" "$BUILD/synscope" --version)
		case ${got%% *} in
		127) grep -q 'error while loading shared libraries' "$LAB_DIR/err" ;;
		126) grep -q '^prlimit: ' "$LAB_DIR/err" ;;
		*) [ "${got%% *}" -gt 128 ] ;;
		esac || fail "--$1=$begin: ended with ${got%% *}: $(cat "$LAB_DIR/err")"
	done
}

declare -A wholes # the outcomes of commands without a limit

walk() { # OPTION STEP MOST NAME COMMAND...
	local option=$1 step=$2 most=$3 name=$4 limit got
	shift 4
	[ -n "${wholes[$*]-}" ] || wholes[$*]=$(short_run -- "$@")
	for ((limit = begin; limit <= most; limit += limit < begin + 8 * step ? step : 3 * step)); do
		got=$(short_run prlimit "--$option=$limit:$limit" -- "$@")
		! as_if_nothing "${wholes[$*]}" "$got" || return 0
		copes "${wholes[$*]}" "$got" "--$option=$limit: $*"
		grep -qE "$name is [0-9]" "$LAB_DIR/err" || fail "--$option=$limit: $*: $(cat "$LAB_DIR/err")"
	done
	fail "--$option=$most is not enough for $*: $(cat "$LAB_DIR/err")"
}

walk_all() { # OPTION STEP MOST NAME
	local words
	walk_loader "$1" "$2"
	while read -ra words; do
		walk "$@" "${words[@]}"
		# each command once
	done < <(short_commands | awk '{ kind = $1 ($2 ~ /^--(help|upgrade)$/ ? $2 : "") } !seen[kind]++')
}

short_lab
walk_all nofile 1 80 RLIMIT_NOFILE
walk_all as $((2 << 20)) $((64 << 20)) RLIMIT_AS
walk_all data $((2 << 20)) $((64 << 20)) RLIMIT_DATA

# ---- file sizes: output to a file, and the temporary file of a screen

for command in 'help' 'list' 'status -o json' 'stats -o csv' "replay $LAB_DIR/capture"; do
	for size in 0 100; do
		status=0
		# shellcheck disable=SC2086 # words
		prlimit --fsize=$size:$size "$BUILD/synscope" $command 2>&1 >"$LAB_DIR/file" | cat >"$LAB_DIR/err" ||
			status=${PIPESTATUS[0]}
		[ "$status" -eq 1 ] || fail "--fsize=$size: $command ended with $status"
		says "cannot write the output: the file would be larger than is allowed \(RLIMIT_FSIZE is $size B"
	done
done
