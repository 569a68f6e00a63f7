#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# If a directory of pins is removed while a command works in it, at any moment, and a stranger's directory or a symbolic
# link takes its place, nothing outside is touched. The test has its own pins and names of namespaces.
# long: 10 s
namespace=$(readlink /proc/self/ns/mnt)
[ $# -gt 0 ] || exec unshare --mount --propagation private bash "$0" "$namespace"
[ "$1" != "$namespace" ] && mount -t bpf -o mode=1777 bpf /sys/fs/bpf && mkdir -p /run/netns &&
	mount -t tmpfs netns /run/netns || exit 1
. tests/system/lib/lib.sh
. tests/system/lib/strangers.sh

# WHAT ENTRY COMMAND...: for each of the command's calls, run the command anew, with WHAT done before that call.
at_every_call() {
	local n status what=$1 entry=$2
	shift 2
	for ((n = 1; ; n++)); do
		rm -rf $pins
		mkdir -m 0700 $pins "$pins/$entry"
		bpftool map create "$pins/$entry/x" type array key 4 value 4 entries 1 name x
		status=0
		"$BUILD/at_call" $n "$what" "$BUILD/synscope" "$@" >/dev/null 2>&1 || status=$?
		[ "$(echo "$victim"/* "$victim"/*/*)" = "$victims" ] ||
			fail "'$*', swapped at call $n, changed the victim's files: $(find "$victim")"
		[ $status -ne 125 ] || break
		[ $status -le 1 ] || fail "'$*', swapped at call $n, ended with $status"
	done
	[ $n -gt 10 ] || fail "'$*' makes $n calls only"
}

lab_begin
make_victim
shopt -s nullglob
victims=$(echo "$victim"/* "$victim"/*/*)
readonly entry_swapped="rm -rf $pins/%old; ln -s $victim $pins/%old || true"
readonly all_swapped="rm -rf $pins; mkdir $pins && ln -s $victim $pins/%old && ln -s $victim $pins/inst &&
	chown 65534 $pins || true"
at_every_call "$entry_swapped" %old list
at_every_call "$all_swapped" %old list
at_every_call "$all_swapped" inst detach inst
