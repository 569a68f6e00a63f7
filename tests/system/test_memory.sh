#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A flow table that would need more memory than is available is refused before any of it is allocated. The message says
# what the table needs, what is available, which limit that is, and how many flows would fit.
. tests/system/lib/lib.sh

lab_begin
lab_pair
"$BUILD/capture_maker" -c 5 >"$LAB_DIR/capture"
group=

at_end() {
	[ -z "$group" ] || wait_for 10 remove_group || echo "cannot remove $group" >&2
}

remove_group() { # when the last process of the group has exited
	[ ! -d "$group/inner" ] || rmdir "$group/inner"
	[ ! -d "$group" ] || rmdir "$group"
}

refused() { # REGEX: the last command was refused, with a message that matches
	says 'the flow table would take [0-9.]+ [KMGT]iB of memory'
	says "$1"
	says '(--max-flows [0-9]+ would fit|not even the smallest table would fit)'
	nothing_attached client eth0
	[ -z "$(pins b)" ] || fail "the refused attach left pins"
}

# ---- more than this machine has: 2^28 flows need 224 GiB

available=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
if [ "$available" -lt $((180 << 20)) ]; then
	for command in "attach eth0 --netns $LAB-client --name $LAB-b" "run eth0 --netns $LAB-client" \
		"replay $LAB_DIR/capture"; do
		# shellcheck disable=SC2086 # words
		outcome 1 timeout 20 "$BUILD/synscope" $command --max-flows 268435456
		refused '(this machine|the control group .*) has [0-9.]+ [KMGT]?i?B left, of which a sixteenth is kept free'
	done
fi

# ---- more than a control group may use

for place in "/sys/fs/cgroup memory.max" "/sys/fs/cgroup/unified memory.max" \
	"/sys/fs/cgroup/memory memory.limit_in_bytes"; do
	read -r root limit <<<"$place"
	if [ -e "$root/cgroup.procs" ] && mkdir "$root/$LAB" 2>/dev/null; then
		group=$root/$LAB
		[ ! -w "$group/$limit" ] || break
		remove_group
		group=
	fi
done
[ -n "$group" ] || skip "no control group with a memory limit can be made here"
mkdir "$group/inner" 2>/dev/null || fail "cannot make a group in $group"
inner=$group/inner
echo 64M >"$group/$limit"

in_group() { # COMMAND...
	# shellcheck disable=SC2016 # expanded by the inner shell
	bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' bash "$inner" "$@"
}

outcome 1 in_group "$BUILD/synscope" attach eth0 --netns "$LAB-client" --name "$LAB-b" --max-flows 1000000
refused "the control group .*/$LAB \($limit is 64.0 MiB\) has [0-9.]+ MiB left"
would_fit() { # prints the number of flows that would fit
	sed -nE 's/.*--max-flows ([0-9]+) would fit.*/\1/p' "$LAB_DIR/err"
}
[ "$(would_fit)" -gt 1000 ] || fail "what would fit: $(cat "$LAB_DIR/err")"
outcome 1 in_group "$BUILD/synscope" replay "$LAB_DIR/capture" --max-flows 1000000
refused "$limit is 64.0 MiB"
outcome 1 in_group "$BUILD/synscope" run eth0 --netns "$LAB-client" --max-flows 1000000
refused "$limit is 64.0 MiB"

# A table of the size that is said to fit does fit. Not all of the group's memory is the command's: the kernel charges
# the group for pages of files, too, and a little less may be left at the next attempt. Then the message gives a smaller
# number.
attach_what_fits() {
	fits=$(would_fit)
	in_group "$BUILD/synscope" attach eth0 --netns "$LAB-client" --name "$LAB-b" --max-flows "$fits" 2>"$LAB_DIR/err"
}
wait_for 2 attach_what_fits || fail "$fits flows do not fit: $(cat "$LAB_DIR/err")"
lab_instances+=("$LAB-b")
outcome 0 synscope detach "$LAB-b"
