#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# When `detach` returns nothing is left: no program, map, link, pin, qdisc or filter.
# exclusive: it compares all that is in the kernel before and after
. tests/system/lib/lib.sh

leftovers() { # those ids on stdin that the kernel still knows
	local kind id
	while read -r kind id; do
		! bpftool -j "$kind" show id "$id" >/dev/null 2>&1 || echo "$kind $id"
	done
}

nothing_left() { # IDS
	left=$(leftovers <<<"$1")
	[ -z "$left" ]
}

attach_and_detach() { # MODE
	local ids patience=0
	attach clean eth0 --netns "$LAB-server" --mode "$1"
	ids=$(instance_ids clean server eth0)
	[[ $ids == *map*map*map*map*prog* ]] ||
		fail "$1: cannot tell what belongs to the instance: $ids"
	detach clean
	# what other processes keep for longer than `detach` waits is told by it
	! grep -q 'the kernel still keeps' "$LAB_DIR/err" || patience=30
	wait_for $patience nothing_left "$ids" || fail "$1: still in the kernel: $left"
	[ -z "$(pins clean)" ] || fail "$1: pins are left: $(pins clean)"
	nothing_attached server eth0
}

somebody_loads() { # Do other processes of this machine load programs, without anything that this test does?
	local before
	before=$(kernel_ids)
	for _ in 1 2 3 4 5 6; do
		sleep 0.5
		[ -z "$(only_in_second "$before" "$(kernel_ids)")" ] || return 0
	done
	return 1
}

# Other processes may load programs meanwhile. If they do so during each of several attempts, nothing can be told.
nothing_new() { # MODE
	local before new
	for _ in 1 2 3 4 5; do
		before=$(kernel_ids)
		attach_and_detach "$1"
		new=$(only_in_second "$before" "$(kernel_ids)")
		[ -n "$new" ] || return 0
	done
	somebody_loads || fail "$1: new in the kernel after detach: $new"
	blind+=("$1")
}

lab_begin
lab_pair
blind=()
for mode in native generic tc; do
	nothing_new $mode
done

# A clsact qdisc that existed before stays, with its filters. The available classifiers differ between kernels.
foreign_filter() { # CLASSIFIER...
	on server tc filter add dev eth0 egress prio 7 "$@" 2>/dev/null
}
filters() {
	on server tc filter show dev eth0 egress | grep 'pref 7' || true
}
on server tc qdisc add dev eth0 clsact
foreign_filter u32 match u32 0 0 || foreign_filter matchall || echo "this kernel has no classifier for someone else's filter"
before=$(filters)
attach clean eth0 --netns "$LAB-server"
detach clean
on server tc qdisc show dev eth0 clsact | grep clsact >/dev/null || fail "someone else's qdisc is gone"
[ "$(filters)" = "$before" ] || fail "someone else's filter is gone"
[ ${#blind[@]} -eq 0 ] ||
	skip "the rest passes; other processes load programs all the time, so nothing new can be told for: ${blind[*]}"
