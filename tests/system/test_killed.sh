#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Killed at any moment of attach or detach: either the instance tracks, or the next commands list and remove what is
# left.
# long: 25 s
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

# Sets $status: 137 if the command was killed before its Nth call that concerns directories or BPF, 125 if it
# makes fewer of them.
killed_at() { # N COMMAND...
	status=0
	# shellcheck disable=SC2016 # at_call has a shell expand it
	"$BUILD/at_call" "$1" 'kill -9 $PID' "${@:2}" >"$LAB_DIR/out" 2>&1 || status=$?
	[ $status -eq 137 ] || [ $status -eq 125 ] || fail "'${*:2}', killed at call $1: $status: $(cat "$LAB_DIR/out")"
}

lab_begin
lab_pair
lab_instances+=("$LAB-killed")
for ((n = 1, status = 137; status == 137; n += 20)); do
	killed_at $n "$BUILD/synscope" attach eth0 --netns "$LAB-server" --name "$LAB-killed"
	clean_up_and_check "attach killed at call $n"
done
[ $n -gt 100 ] || fail "attach makes fewer than $n calls"
for ((n = 1, status = 137; status == 137; n += 60)); do
	outcome 0 synscope attach eth0 --netns "$LAB-server" --name "$LAB-killed"
	killed_at $n "$BUILD/synscope" detach "$LAB-killed"
	clean_up_and_check "detach killed at call $n"
done
[ $n -gt 150 ] || fail "detach makes fewer than $n calls"
