#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# An instance whose `meta` holds impossible values: commands name it, everything else works as ever, an upgrade does not
# change it, and `detach` finds what it has attached without `meta`.
# long: it begins first
. tests/system/lib/lib.sh
own_mounts
. tests/system/lib/bad_pins.sh
. tests/system/lib/terminal.sh

begin_with_a_good_one

# ---- impossible values
for damage in 'all:damaged' 'interfaces:4294967295 interfaces' 'no-interfaces:0 interfaces' 'buckets:4294967295 buckets' \
	'other-buckets:another number of entries' 'record-size:records of' 'name:no end' 'netns:no end' 'ifname:no end' \
	'other-name:is that of' 'byte-order:damaged'; do
	attach_bad
	"$helper" damage "$bad/meta" "${damage%%:*}"
	check "${damage#*:}" "$commands"
	if [ "${damage%%:*}" = all ]; then
		run_watch 1
		named damaged
		terminal_start 100 30 "$BUILD/synscope top"
		screen_must_show "$flow"
		press q
		screen_must_show 'ended with 1'
		screen_must_show "'$bad_name' is left out"
		terminal_end

		# Only a command that reads this instance reports it.
		outcome 0 synscope list --name "$LAB-good"
		unnamed
		outcome 1 synscope list --name "$bad_name"
		named damaged

		# Another instance can be attached, upgraded and detached.
		outcome 0 synscope attach lo --netns "$LAB-client" --name "$LAB-other" --max-flows 64
		named damaged
		lab_instances+=("$LAB-other")
		outcome 0 synscope attach --upgrade "$LAB-other"
		unnamed
		outcome 0 synscope detach "$LAB-other"
		outcome 1 synscope attach lo --netns "$LAB-client" --name "$bad_name"
		says "an instance '$bad_name' exists already"
		commands='list status'
	fi
	detach_bad
done

# ---- another layout
attach_bad
"$helper" damage "$bad/meta" layout
for command in $commands; do
	run_command 1 "$command"
	says "instance '$bad_name' was attached by version"
done
outcome 1 synscope attach --upgrade "$bad_name"
says 'cannot take over'
detach_bad

# ---- an upgrade checks before it swaps programs
attach_bad
before=$(instance_ids bad client eth0)
for damage in 'other-buckets:another number of entries' 'interfaces:interfaces'; do
	"$helper" damage "$bad/meta" "${damage%%:*}"
	outcome 1 synscope attach --upgrade "$bad_name"
	says "'$bad_name' cannot be upgraded: .*${damage#*:}"
	[ "$(instance_ids bad client eth0)" = "$before" ] || fail "programs were replaced nevertheless"
done
detach_bad
attach_bad
rm "$bad/fingerprints"
outcome 1 synscope attach --upgrade "$bad_name"
says "'fingerprints' is missing"
detach_bad
attach_bad
link=$(echo "$bad"/link_*_xdp)
rm "$link"
bpftool map create "$link" type array key 4 value 4 entries 1 name stray
outcome 1 synscope attach --upgrade "$bad_name"
says 'is not a link'
detach_bad

# ---- attached, but no longer pinned: another process holds the links, or they are pinned elsewhere
for mode in native tc; do
	attach_bad_by --mode $mode
	[ $mode = native ] || "$helper" damage "$bad/meta" all
	mkdir "/sys/fs/bpf/$LAB-elsewhere"
	mv "$bad"/link_* "/sys/fs/bpf/$LAB-elsewhere"
	detach_bad
	rm -r "/sys/fs/bpf/$LAB-elsewhere"
done

# ---- filters in place of tcx links, as on kernels before 6.6
attach_filters() { # [OPTION]...
	bad_name="$LAB-bad" bad="$pins/$LAB-bad"
	outcome 0 "$helper" no-links "$BUILD/synscope" attach eth0 --netns "$LAB-client" --mode tc --name "$bad_name" \
		--max-flows 64
	[ "$(on client tc filter show dev eth0 ingress | grep -c "synscope:$bad_name")" -eq 1 ] || fail "no filter"
}
lab_instances+=("$LAB-bad")
for damage in all interfaces layout; do
	attach_filters
	"$helper" damage "$bad/meta" $damage
	detach_bad
done
attach_filters
rm "$bad/meta"
detach_bad
attach_filters
find "$bad" -type f -delete
detach_bad

