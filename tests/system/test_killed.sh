#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Killed at any moment of attach or detach: either it tracks, or the next commands list and remove what is left.
. tests/system/lib/lib.sh

clean_up_and_check() { # WHEN
	local name="$LAB-killed"
	synscope status >"$LAB_DIR/out" 2>"$LAB_DIR/err" || fail "$1: status fails: $(cat "$LAB_DIR/err")"
	# Tracking, and so detachable, or absent: then an attach works and removes what was left.
	if ! synscope detach "$name" >/dev/null 2>"$LAB_DIR/err"; then
		outcome 0 synscope attach eth0 --netns "$LAB-server" --name "$name"
		outcome 0 synscope detach "$name"
	fi
	[ -z "$(pins killed)" ] || fail "$1: pins are left: $(pins killed)"
	nothing_attached server eth0
}

killed_after() { # MS COMMAND...
	local pid ms=$1
	shift
	"$@" >/dev/null 2>&1 </dev/null &
	pid=$!
	sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
	kill -9 $pid 2>/dev/null || true
	wait $pid 2>/dev/null || true
}

lab_begin
lab_pair
lab_instances+=("$LAB-killed")
for ms in 5 15 25 40 60 80 100 130 160 200; do
	killed_after $ms "$BUILD/synscope" attach eth0 --netns "$LAB-server" --name "$LAB-killed"
	clean_up_and_check "attach killed after $ms ms"
done
for ms in 2 5 10 20 30; do
	outcome 0 synscope attach eth0 --netns "$LAB-server" --name "$LAB-killed"
	killed_after $ms "$BUILD/synscope" detach "$LAB-killed"
	clean_up_and_check "detach killed after $ms ms"
done
