#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# One bad object among the pins, a stray one or one in place of another: every command that needs it names it and says
# what is wrong; everything else works as ever; and `detach` removes it with everything that it has attached.
. tests/system/lib/lib.sh
own_mounts
. tests/system/lib/bad_pins.sh

begin_with_a_good_one

# ---- what is not an instance
for stray in file directory name; do
	bad_name="stray-$stray"
	case $stray in
	file) bpftool map create "$pins/$bad_name" type array key 4 value 4 entries 1 name stray ;;
	directory) mkdir "$pins/$bad_name" ;;
	name)
		bad_name='%zz-%41'
		mkdir -m 0700 "$pins/$bad_name" "$pins/$bad_name/sub" "$pins/$bad_name/sub/sub"
		;;
	esac
	bad="$pins/$bad_name"
	check '(single pinned object|is missing|no instance)' "$commands"
	detach_bad
done

# A link, and what belongs to a stranger, is left for the user to examine.
bad_name=stray-link bad="$pins/stray-link"
ln -s "$pins/$LAB-good" "$bad"
check 'is a symbolic link' "$commands"
outcome 1 synscope detach "$bad_name"
says 'is a symbolic link'
if [ ! -L "$bad" ] || [ -z "$(pins good)" ]; then
	fail "a symbolic link was followed"
fi
rm "$bad"

# ---- an object of the instance is missing
attach_bad
for object in meta hot cold tunnels counters latencies server_ports; do
	case $object in
	counters) telling=status ;;
	latencies | server_ports) telling=stats ;;
	*) telling=$commands ;;
	esac
	take_away $object
	check "'$object' is missing" "$telling"
	mkdir "$bad/$object" && put_back $object
	commands='list status stats'
done
commands=$every
rm "$bad/reader_slots" "$bad/sweep" # an earlier version had none of these
check none ''
rm "$bad/meta"
detach_bad

# ---- an object of another kind is in its place
wrong_place() { # OBJECT MESSAGE COMMANDS
	check "'$1' $2" "$3"
	put_back "$1"
}
commands='list status stats'
attach_bad
new_map hot array 64 1
wrong_place hot 'has values of another size \(64, not' "$commands"
new_map cold array "$(bpftool -j map show pinned "$pins/$LAB-good/cold" | jq .bytes_value)" 8 flags 0x400
wrong_place cold 'has another number of entries \(8, not' "$commands"
new_map counters percpu_array 32000 1 # a lookup in it would write this many bytes for each CPU
wrong_place counters 'has values of another size \(32000, not' status
new_map counters hash 240 1
wrong_place counters 'is a map of another type' status
new_map latencies array 5456 257
wrong_place latencies 'cannot be mapped' stats
new_map server_ports array 8 1 flags 0x400
wrong_place server_ports 'has values of another size' stats
new_map reader_slots array 65536 1 flags 0x400
run_watch 1
named "'reader_slots' has values of another size"
wrong_place reader_slots 'has values of another size' status
new_map flush array 4 1
commands=flush
wrong_place flush 'is not a program' flush
commands='list status'
new_map meta array 100000 1
wrong_place meta 'is damaged' "$commands"
new_map meta array 1200 1 # contains zeros
wrong_place meta 'is damaged' "$commands"
link=$(bpftool -j link show pinned "$(echo "$bad"/link_*_xdp)" | jq .id)
take_away cold
bpftool link pin id "$link" "$bad/cold"
wrong_place cold 'is not a map' "$commands"
program=$(bpftool -j prog show pinned "$bad/sweep" | jq .id)
rm "$bad/counters" && bpftool prog pin id "$program" "$bad/counters"
check "'counters' is not a map" status
rm "$bad/hot" && ln -s "$pins/$LAB-good/hot" "$bad/hot"
check "'hot' is not a pinned object" "$commands"
rm "$bad/meta" && mkdir "$bad/meta"
check "'meta' is not a pinned object" "$commands"
detach_bad
[ -n "$(pins good)" ] || fail "the target of a symbolic link was removed"

# ---- all at once: a file, an instance of another layout, a damaged one, and one that lacks an object
attach_bad
"$helper" damage "$bad/meta" all
outcome 0 synscope attach lo --netns "$LAB-client" --name "$LAB-layout" --max-flows 64
"$helper" damage "$pins/$LAB-layout/meta" layout
outcome 0 synscope attach lo --netns "$LAB-server" --name "$LAB-lacks" --max-flows 64
rm "$pins/$LAB-lacks/hot"
bpftool map create "$pins/stray" type array key 4 value 4 entries 1 name stray
mkdir "$pins/%41"
run_command 1 list
bad_name="stray|$LAB-bad|%41|$LAB-lacks"
[ "$(grep -cE "'($bad_name)' is left out" "$LAB_DIR/err")" -eq 4 ] || fail "not all of them are named: $(cat "$LAB_DIR/err")"
# Another process attaches a link of its own at the same time.
outcome 0 env LD_PRELOAD="$PWD/$BUILD/unsettled.so" "$BUILD/synscope" detach --all
[ ! -e "$pins" ] || fail "still pinned: $(find "$pins")"
nothing_attached client eth0
nothing_attached client lo
nothing_attached server eth0
nothing_attached server lo
