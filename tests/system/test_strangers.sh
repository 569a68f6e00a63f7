#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# In a bpffs that everybody can write to (mode 1777, the kernel's default), nothing that a user does there makes root's
# commands touch what is not synscope's, stops them without a message, or makes them print what is not true. The test
# has its own pins and names of namespaces.
# long: 10 s
namespace=$(readlink /proc/self/ns/mnt)
[ $# -gt 0 ] || exec unshare --mount --propagation private bash "$0" "$namespace"
[ "$1" != "$namespace" ] && mount -t bpf -o mode=1777 bpf /sys/fs/bpf && mkdir -p /run/netns &&
	mount -t tmpfs netns /run/netns || exit 1
. tests/system/lib/lib.sh
. tests/system/lib/strangers.sh

# ---- the directory of pins belongs to a stranger

squatted() {
	stranger ln -s /nowhere/at/all $pins
	all_refused "'$pins' is a symbolic link.*'rm $pins'"
	rm $pins
	stranger ln -s "$victim" $pins
	all_refused "'$pins' is a symbolic link"
	rm $pins

	stranger mkdir $pins $pins/x
	stranger ln -s "$victim" "$pins/%old"
	stranger ln -s "$victim" "$pins/%new"
	stranger ln -s "$victim" $pins/y
	all_refused "'$pins' belongs to uid 65534, not to root.*'rm -r $pins'"
	rm -r $pins

	mkdir -m 0777 $pins
	stranger ln -s "$victim" "$pins/%old"
	all_refused "'$pins' can be written to by others: its mode is 0777.*'chmod go-w $pins'"
	rm -r $pins
	mkdir -m 0770 $pins
	all_refused "'$pins' can be written to by others: its mode is 0770"
	rm -r $pins

	mkdir $pins
	mount --bind "$victim" $pins
	all_refused "'$pins' has something mounted over it.*'umount $pins'"
	umount $pins
	mkdir -p $bpffs/other/%old
	mount --bind $bpffs/other $pins
	all_refused "'$pins' has something mounted over it"
	umount $pins
	rm -r $pins $bpffs/other
}

bpffs_of_others() { # in which a stranger could rename synscope's directory
	mkdir $pins
	chmod 0777 $bpffs
	all_refused "'$bpffs' lets others rename and remove.*'chmod \\+t $bpffs'"
	chmod 1777 $bpffs
	chown 65534 $bpffs
	all_refused "'$bpffs' belongs to uid 65534.*'chown root $bpffs'"
	chown 0 $bpffs
	rmdir $pins
}

# An instance whose link a stranger has hard-linked in another directory: the link is not detached.
hard_links() {
	attach eth0 eth0 --netns "$LAB-server"
	mv $pins $bpffs/aside
	mkdir -p "$pins/%old" "$pins/$LAB-eth0"
	ln "$bpffs/aside/$LAB-eth0"/link_*_xdp "$pins/%old/x"
	ln "$bpffs/aside/$LAB-eth0"/* "$pins/$LAB-eth0/"
	chown -R -h 65534 $pins
	chown 0 "$bpffs/aside/$LAB-eth0"/*
	attached=$(interface_programs server eth0)
	all_refused "'$pins' belongs to uid 65534"
	[ "$(interface_programs server eth0)" = "$attached" ] || fail "the instance is no longer attached"
	rm -r $pins
	mv $bpffs/aside $pins
	detach eth0
	nothing_attached server eth0
}

# ---- others' sockets, and others' locks

# ADDRESS...: a stranger on the server binds sockets to these abstract addresses
strangers_sockets() {
	lab_background "$LAB_DIR/bound" ip netns exec "$LAB-server" "${as_stranger[@]}" "$LAB_DIR/bind_abstract" "$@"
	holder=${lab_pids[-1]}
	wait_for 10 grep -q ready "$LAB_DIR/bound" || fail "nothing is bound"
}

runs() {
	on server ss -xlaH | grep -q "synscope/run/$ifindex/" && grep -q tracking "$LAB_DIR/run"
}

guards() {
	ifindex=$(ip -n "$LAB-server" -j link show eth0 | jq '.[0].ifindex')
	cp "$BUILD/bind_abstract" "$LAB_DIR" # a stranger may have no access to the project's directory
	strangers_sockets "synscope/run/$ifindex" "synscope/run/$ifindex/" "synscope/run/$ifindex/0123456789abcdef"
	attach beside eth0 --netns "$LAB-server"
	detach beside
	outcome 1 limited detach eth0
	says 'nothing is attached'
	"$BUILD/synscope" run eth0 --netns "$LAB-server" >/dev/null 2>"$LAB_DIR/run" </dev/null &
	pid=$!
	lab_pids+=("$pid")
	wait_for 20 runs || fail "run does not: $(cat "$LAB_DIR/run")"
	outcome 1 limited attach eth0 --netns "$LAB-server" --mode tc
	says "running 'synscope run' tracks eth0"
	kill -KILL $pid
	wait $pid || true
	outcome 0 limited attach eth0 --netns "$LAB-server" --mode tc --name "$LAB-after"
	[ "$(interface_programs server eth0 | grep -cE 'tcx|bpf chain 0 handle')" -le 2 ] ||
		fail "what a killed run left is still there: $(interface_programs server eth0)"
	outcome 0 limited detach "$LAB-after"
	nothing_attached server eth0
	kill "$holder"
}

# A group that may read the directory of pins cannot block others by locks on it.
locked_by_readers() {
	attach good eth0 --netns "$LAB-server"
	chgrp 65534 $pins
	chmod 0750 $pins
	lab_background "$LAB_DIR/locked" "${as_stranger[@]}" flock --no-fork $pins sleep 1000
	holder=${lab_pids[-1]}
	wait_for 10 grep -qE "FLOCK +ADVISORY +WRITE $holder " /proc/locks || fail "no lock: $(cat "$LAB_DIR/locked")"
	outcome 0 limited detach "$LAB-good"
	kill "$holder"
}

at_end() { # otherwise the detach at the end waits for it
	[ -z "$holder" ] || kill "$holder" 2>/dev/null
}

holder=
lab_begin
lab_pair
make_victim
squatted
bpffs_of_others
hard_links
guards
locked_by_readers
