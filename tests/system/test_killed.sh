#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Killed at any moment of attach or detach: either the instance tracks, or the next commands list and remove what is
# left.
# long: it begins first
. tests/system/lib/lib.sh

clean_up_and_check() { # WHEN
	local name="$LAB-killed"
	synscope status >"$LAB_DIR/out" 2>"$LAB_DIR/err" || fail "$1: status fails: $(cat "$LAB_DIR/err")"
	# Either it tracks, and so can be detached, or it is absent: then an attach works, and removes what was left.
	if ! synscope detach "$name" >/dev/null 2>"$LAB_DIR/err"; then
		outcome 0 synscope attach eth0 --netns "$LAB-server" --name "$name"
		outcome 0 synscope detach "$name"
	fi
	[ -z "$(pins killed)" ] || fail "$1: pins are left: $(pins killed)"
	nothing_attached server eth0
}

killed_after() { # US COMMAND...: adds 1 to $killed if the command had not exited by then
	local pid us=$1 status=0
	shift
	"$@" >/dev/null 2>&1 </dev/null &
	pid=$!
	sleep "$(printf '%d.%06d' $((us / 1000000)) $((us % 1000000)))"
	kill -9 $pid 2>/dev/null || true
	wait $pid 2>/dev/null || status=$?
	[ $status -ne 137 ] || killed=$((killed + 1))
}

takes() { # COMMAND...: sets $took to its duration in microseconds
	local start=${EPOCHREALTIME/./}
	outcome 0 "$@"
	took=$((${EPOCHREALTIME/./} - start))
}

lab_begin
lab_pair
lab_instances+=("$LAB-killed")
# The duration on this machine decides when to kill it. Some attempts may come too late, but not most of them.
killed=0
for part in 1 2 3 4 5 6 7 8 9 10; do
	takes synscope attach eth0 --netns "$LAB-server" --name "$LAB-killed"
	outcome 0 synscope detach "$LAB-killed"
	killed_after $((took * part / 11)) "$BUILD/synscope" attach eth0 --netns "$LAB-server" --name "$LAB-killed"
	clean_up_and_check "attach killed after $part of 11 parts of $took us"
done
[ $killed -ge 5 ] || fail "only $killed of 10 attaches were killed before they had finished"
killed=0
for part in 1 2 3 4 5; do
	outcome 0 synscope attach eth0 --netns "$LAB-server" --name "$LAB-killed"
	takes synscope detach "$LAB-killed"
	outcome 0 synscope attach eth0 --netns "$LAB-server" --name "$LAB-killed"
	killed_after $((took * part / 6)) "$BUILD/synscope" detach "$LAB-killed"
	clean_up_and_check "detach killed after $part of 6 parts of $took us"
done
[ $killed -ge 2 ] || fail "only $killed of 5 detaches were killed before they had finished"
