#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The moment `detach` returns there is nothing left: no program, map, link, pin, qdisc or filter.
# exclusive: it compares all that is in the kernel before and after
. tests/system/lib/lib.sh

leftovers() { # of the ids on stdin, those that the kernel still knows
	local kind id
	while read -r kind id; do
		! bpftool -j "$kind" show id "$id" >/dev/null 2>&1 || echo "$kind $id"
	done
}

attach_and_detach() { # MODE
	local ids
	attach clean eth0 --netns "$LAB-server" --mode "$1"
	ids=$(instance_ids clean server eth0)
	[[ $ids == *map*map*map*map*prog* ]] ||
		fail "$1: cannot tell what belongs to the instance: $ids"
	detach clean
	left=$(leftovers <<<"$ids")
	[ -z "$left" ] || fail "$1: still in the kernel: $left"
	[ -z "$(pins clean)" ] || fail "$1: pins are left: $(pins clean)"
	nothing_attached server eth0
}

# Others on this machine may load programs at the same time, but not in each of several attempts.
nothing_new() { # MODE
	local before new
	for _ in 1 2 3 4 5; do
		before=$(kernel_ids)
		attach_and_detach "$1"
		new=$(only_in_second "$before" "$(kernel_ids)")
		[ -n "$new" ] || return 0
	done
	fail "$1: new in the kernel after detach: $new"
}

lab_begin
lab_pair
for mode in native generic tc; do
	nothing_new $mode
done

# A clsact qdisc that was there before stays, with what is in it. Not every kernel has the same classifiers.
foreign_filter() { # CLASSIFIER...
	on server tc filter add dev eth0 egress prio 7 "$@" 2>/dev/null
}
filters() {
	on server tc filter show dev eth0 egress | grep 'pref 7' || true
}
on server tc qdisc add dev eth0 clsact
foreign_filter u32 match u32 0 0 || foreign_filter matchall || echo "no classifier for a filter of someone else"
before=$(filters)
attach clean eth0 --netns "$LAB-server"
detach clean
on server tc qdisc show dev eth0 clsact | grep clsact >/dev/null || fail "the qdisc of someone else is gone"
[ "$(filters)" = "$before" ] || fail "the filter of someone else is gone"
