#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# An entry among the pins, or an object in one, that does not belong to synscope is named and left alone, and everything
# else works as ever. The test has its own pins and names of namespaces.
# long: 25 s
namespace=$(readlink /proc/self/ns/mnt)
[ $# -gt 0 ] || exec unshare --mount --propagation private bash "$0" "$namespace"
[ "$1" != "$namespace" ] && mount -t bpf -o mode=1777 bpf /sys/fs/bpf && mkdir -p /run/netns &&
	mount -t tmpfs netns /run/netns || exit 1
. tests/system/lib/lib.sh
. tests/system/lib/strangers.sh

# ---- an entry, or an object, of others

foreign_entry() { # MESSAGE ENTRY: other instances are listed and detached as ever; the entry is named and left alone
	local foreign="$pins/$2" message="$1" status=0
	[ "$2" != x ] || status=1 # an instance could have that name: the output may be incomplete
	before=$(everything)
	for command in list flush; do
		refused $status "$message" $command
	done
	[ "$(synscope status -o json 2>/dev/null | jq -r '.[].name')" = "$LAB-good" ] ||
		fail "with $2: $(synscope status)"
	outcome 0 limited attach --upgrade "$LAB-good"
	outcome 0 limited detach "$LAB-good"
	says "$message"
	nothing_attached server eth0
	[ -e "$foreign" ] || [ -L "$foreign" ] || fail "'$2' is gone"
	if [ "$2" = %new ]; then
		before=$(everything)
		refused 1 "$message" "attach eth0 --netns $LAB-server --name $LAB-good"
		nothing_attached server eth0
	elif [ "$2" = x ]; then
		before=$(everything)
		refused 1 "$message" "attach eth0 --netns $LAB-server --name x"
		refused 1 "$message" "detach x"
		refused 1 "$message" "detach --all"
	fi
	[ "$(find "$victim" | sort)" = "$victims" ] || fail "with $2: the victim's files have changed: $(find "$victim")"
}

foreign_entries() {
	local entry
	victims=$(find "$victim" | sort)
	for entry in %old %new x; do
		attach good eth0 --netns "$LAB-server"
		ln -s "$victim" "$pins/$entry"
		foreign_entry "'$pins/$entry' is a symbolic link.*'rm $pins/$entry'" $entry
		rm "$pins/$entry"

		attach good eth0 --netns "$LAB-server"
		mkdir "$pins/$entry"
		bpftool map create "$pins/$entry/x" type array key 4 value 4 entries 1 name x
		chown 65534 "$pins/$entry"
		foreign_entry "'$pins/$entry' belongs to uid 65534.*'rm -r $pins/$entry'" $entry
		rm -r "${pins:?}/$entry"

		attach good eth0 --netns "$LAB-server"
		mkdir "$pins/$entry"
		mount --bind "$victim" "$pins/$entry"
		foreign_entry "'$pins/$entry' has something mounted over it.*'umount $pins/$entry'" $entry
		umount "$pins/$entry"
		rmdir "$pins/$entry"

		[ $entry != x ] || continue # `detach` removes it, see test_bad_pins.sh
		attach good eth0 --netns "$LAB-server"
		bpftool map create "$pins/$entry" type array key 4 value 4 entries 1 name x
		foreign_entry "'$pins/$entry' is not a directory.*'rm $pins/$entry'" $entry
		rm "$pins/$entry"
	done
	[ ! -e $pins ] || rmdir $pins
}

# What a killed process left is removed by name: not the target of a symbolic link, and not a file with a second hard
# link.
objects() {
	mkdir -p "$pins/%old"
	bpftool map create "$pins/%old/x" type array key 4 value 4 entries 1 name x
	bpftool map create $bpffs/theirs type array key 4 value 4 entries 1 name theirs
	ln $bpffs/theirs "$pins/%old/hard"
	ln -s $bpffs/theirs "$pins/%old/soft"
	ln -s "$victim/precious" "$pins/%old/meta"
	outcome 0 limited list
	[ ! -e $pins ] || fail "left: $(find $pins)"
	[ -e $bpffs/theirs ] || fail "a file with a second hard link is gone"
	[ -e "$victim/precious" ] || fail "the target of a symbolic link is gone"
	rm $bpffs/theirs
}

lab_begin
lab_pair
make_victim
foreign_entries
objects
