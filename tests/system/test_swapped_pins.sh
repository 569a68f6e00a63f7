#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# When a directory of pins is taken away while a command is at work, at whatever moment, and a stranger's or a link is in its
# place, then nothing outside is touched. Pins and names of namespaces are the test's own.
namespace=$(readlink /proc/self/ns/mnt)
[ $# -gt 0 ] || exec unshare --mount --propagation private bash "$0" "$namespace"
[ "$1" != "$namespace" ] && mount -t bpf -o mode=1777 bpf /sys/fs/bpf && mkdir -p /run/netns &&
	mount -t tmpfs netns /run/netns || exit 1
. tests/system/lib.sh
. tests/system/strangers.sh

# WHAT COMMAND...: WHAT is done before the first, the second and so on of the calls of the command, each time anew
at_every_call() {
	local n status what=$1
	shift
	for ((n = 1; ; n++)); do
		rm -rf $pins $bpffs/aside
		mkdir -m 0700 $pins "$pins/%old" $pins/inst
		bpftool map create "$pins/%old/x" type array key 4 value 4 entries 1 name x
		bpftool map create "$pins/inst/precious" type array key 4 value 4 entries 1 name x
		status=0
		"$BUILD/at_call" $n "$what" "$BUILD/synscope" "$@" >/dev/null 2>&1 || status=$?
		[ "$(find "$victim" | sort)" = "$victims" ] || fail "'$*', swapped at call $n: left of the victim:" \
			"$(find "$victim")"
		[ $status -ne 125 ] || break
		[ $status -le 1 ] || fail "'$*', swapped at call $n, ended with $status"
	done
	[ $n -gt 10 ] || fail "'$*' makes $n calls only"
	rm -rf $pins $bpffs/aside
}

readonly entry_swapped="[ ! -d $pins/%old ] || mv $pins/%old $bpffs/aside; ln -sfn \$VICTIM $pins/%old || true"
readonly all_swapped="mv $pins $bpffs/aside && ${as_stranger[*]} sh -c 'mkdir $pins && ln -s \$VICTIM $pins/%old &&
	ln -s \$VICTIM $pins/inst' || true"

lab_begin
make_victim
export VICTIM=$victim
victims=$(find "$victim" | sort)
at_every_call "$entry_swapped" list
at_every_call "$all_swapped" list
at_every_call "$all_swapped" detach inst
