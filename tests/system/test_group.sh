#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `attach --group`: the members of the group can read an instance without any capability, and can change nothing.
. tests/system/lib/lib.sh
. tests/system/lib/users.sh
own_bpffs "$@"

readonly member=60001 team=60002 other_team=60003 stranger=60004

as_member() { # COMMAND...
	user $member $team ""
	on client "${as_user[@]}" "$@"
}

synscope_as() { # USER GROUP CAPABILITIES ARGUMENT...
	user "$1" "$2" "$3"
	shift 3
	on client "${as_user[@]}" "$LAB_DIR/synscope" "$@"
}

attach_here() { # INTERFACE ARGUMENT...: in the users' network namespace, whose interfaces they can see
	on client "$BUILD/synscope" attach --max-flows 4096 "$@"
}

shared_modes() { # INSTANCE
	(cd "/sys/fs/bpf/synscope/$1" && stat -c '%n %a %u %g' -- * .)
}

# Where systemd mounts the bpffs, users cannot enter it. The administrator and the user are both told what to do, and
# doing it works.
the_way_is_told() {
	local command
	outcome 0 attach_here eth0 --group $team
	says 'mode is 1700'
	command=$(sed -n "s/.*: '\(chgrp [^']*\)'.*/\1/p" "$LAB_DIR/err")
	outcome 1 synscope_as $member $team "" list
	says '/sys/fs/bpf is closed.*chgrp'
	bash -c "$command"
	outcome 0 synscope_as $member $team "" list
	outcome 1 synscope_as $stranger $other_team "" list
	says '/sys/fs/bpf is closed'
	chmod 0711 /sys/fs/bpf
	outcome 0 attach_here eth1 --group $other_team
	[ ! -s "$LAB_DIR/err" ] || ! grep -q warning "$LAB_DIR/err" || fail "a warning without a reason: $(cat "$LAB_DIR/err")"
	outcome 0 attach_here eth2
}

names() {
	jq -c '[.[].name]' "$LAB_DIR/out"
}

members_read() {
	local command
	for command in list status stats "show $flow" 'list --name eth0' 'status -o csv' 'stats --by server-port'; do
		# shellcheck disable=SC2086 # words
		outcome 0 synscope_as $member $team "" $command
		[ -s "$LAB_DIR/out" ] || fail "'$command' prints nothing"
		[ ! -s "$LAB_DIR/err" ] || fail "'$command' says: $(cat "$LAB_DIR/err")"
	done
	outcome 0 synscope_as $member $team "" list --all -o json
	jq -e '[.[] | select(.id | contains(":51001-"))] | length == 1 and .[0].ifname == "eth0"' "$LAB_DIR/out" >/dev/null ||
		fail "the member sees: $(cat "$LAB_DIR/out")"
	outcome 0 synscope_as $member $team "" stats -o json
	jq -e '.[0].handshakes == 1' "$LAB_DIR/out" >/dev/null || fail "the member's figures: $(cat "$LAB_DIR/out")"
	user $member $team ""
	outcome 0 top_ends nsenter --net="/run/netns/$LAB-client" "${as_user[@]}" "$LAB_DIR/synscope" top
	[ ! -e "$LAB_DIR/screen" ] || grep -q ':51001-' "$LAB_DIR/screen" || fail "top shows $(cat "$LAB_DIR/screen")"
}

# Of several instances, each user sees those of the user's group; the others are named as unreadable.
each_its_own() {
	outcome 0 synscope_as $member $team "" status -o json
	[ "$(names)" = '["eth0"]' ] || fail "the member sees $(names)"
	outcome 0 synscope_as $stranger $other_team "" status -o json
	[ "$(names)" = '["eth1"]' ] || fail "the other team sees $(names)"
	outcome 1 synscope_as $member $team "" list --name eth2
	says 'eth2.*Permission denied.*CAP_DAC_OVERRIDE'
	outcome 1 synscope_as $stranger $stranger "" list
	says 'CAP_DAC_OVERRIDE'
	outcome 0 on client "$BUILD/synscope" status -o json
	[ "$(names)" = '["eth0","eth1","eth2"]' ] || fail "root sees $(names)"
}

members_change_nothing() {
	local capabilities command
	for capabilities in "" "bpf net_admin perfmon"; do
		for command in flush watch 'detach eth0' 'detach --all' 'attach --upgrade eth0' 'flush --name eth0'; do
			# shellcheck disable=SC2086 # words
			outcome 1 synscope_as $member $team "$capabilities" $command
			says 'CAP_'
			says 'sudo'
		done
	done
	flow_there || fail "the flow is gone"
	[ -z "$(as_member "$LAB_DIR/bpf_helper" tamper /sys/fs/bpf/synscope/eth0)" ] ||
		fail "a member can: $(as_member "$LAB_DIR/bpf_helper" tamper /sys/fs/bpf/synscope/eth0)"
	flow_there || fail "the flow is gone"
}

flow_there() {
	on client "$BUILD/synscope" list -o jsonl --name eth0 | grep -q ':51001-'
}

# In every instance, root cannot write either to what only programs write to. (That tampering is detected at all is
# proven by the maps that commands must write to.)
frozen_for_all() {
	local can
	can=$("$BUILD/bpf_helper" tamper /sys/fs/bpf/synscope/eth2 | sort -u)
	[[ $can == *'meta update'*'reader_slots map'* ]] || fail "tampering is not detected: $can"
	! grep -vE '^(meta|reader_slots|reader_rings|sweep|flush|link_[a-z0-9_]*) ' <<<"$can" || fail "root can: $can"
}

# A member who holds everything that can be held does not delay root.
members_hold_up_nobody() {
	local pid
	user $member $team ""
	lab_background "$LAB_DIR/locked" "${as_user[@]}" flock /sys/fs/bpf/synscope -c 'echo locked; sleep 60'
	pid=$!
	wait_for 5 grep -q locked "$LAB_DIR/locked" || fail "not locked"
	outcome 0 timeout 20 nsenter --net="/run/netns/$LAB-client" "$BUILD/synscope" detach eth2
	! grep -q waiting "$LAB_DIR/err" || fail "root waited: $(cat "$LAB_DIR/err")"
	kill "$pid"
}

upgrades_keep_it() {
	local before
	before=$(shared_modes eth0)
	rm /sys/fs/bpf/synscope/eth0/reader_slots # as if an earlier version had attached it, which had none
	outcome 0 on client "$BUILD/synscope" attach --upgrade eth0
	[ "$(shared_modes eth0)" = "$before" ] || fail "the upgrade changed $(diff <(echo "$before") <(shared_modes eth0))"
	outcome 0 synscope_as $member $team "" list
	outcome 1 synscope_as $member $team "" flush
	outcome 2 on client "$BUILD/synscope" attach --upgrade eth0 --group $other_team
}

# A deleted interface is reported to members, too.
gone_is_told() {
	ip -n "$LAB-client" link delete eth1
	outcome 0 synscope_as $stranger $other_team "" status -o json
	jq -e '.[0].interfaces[0].state == "gone"' "$LAB_DIR/out" >/dev/null || fail "$(cat "$LAB_DIR/out")"
}

refusals() {
	outcome 1 attach_here eth2 --group "no-such-group-$$"
	says "no-such-group-$$"
	outcome 1 on client setpriv --bounding-set=-chown --inh-caps=-chown "$BUILD/synscope" attach eth2 --group $team
	says 'CAP_CHOWN'
	# Members who could load programs could write to the maps.
	echo 0 >"$LAB_DIR/disabled"
	mount --bind "$LAB_DIR/disabled" /proc/sys/kernel/unprivileged_bpf_disabled
	outcome 1 attach_here eth2 --group $team
	says 'unprivileged_bpf_disabled'
	umount /proc/sys/kernel/unprivileged_bpf_disabled
	[ ! -e /sys/fs/bpf/synscope/eth2 ] || fail "attached nevertheless"
}

lab_begin
users_begin
[ "$(cat /proc/sys/kernel/unprivileged_bpf_disabled)" != 0 ] ||
	skip "kernel.unprivileged_bpf_disabled is 0 here, and --group is refused then"
install -m 755 "$BUILD/bpf_helper" "$LAB_DIR/bpf_helper"
lab_pair
for number in 1 2; do
	lab_link client eth$number server eth$number
done
mount_bpffs 0700
must peer server l listen $server4 80
the_way_is_told
must peer client c connect $server4 80 51001
must peer server a accept l
flow="$client4:51001-$server4:80"
wait_for 5 flow_there || fail "no flow"
members_read
each_its_own
members_change_nothing
frozen_for_all
members_hold_up_nobody
upgrades_keep_it
gone_is_told
refusals
outcome 0 on client "$BUILD/synscope" detach --all
[ ! -e /sys/fs/bpf/synscope ] || fail "still there: $(find /sys/fs/bpf/synscope)"
outcome 1 synscope_as $member $team "" list
says 'no instance that this user may read'
