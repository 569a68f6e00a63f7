#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# One bad thing among the pins: it is named, with what is wrong, whoever asks; everything else is as ever; and `detach`
# removes it with all that it has attached.
. tests/system/lib.sh
own_mounts
. tests/system/terminal.sh

readonly pins=/sys/fs/bpf/synscope
helper="$BUILD/bpf_helper"

named() { # WHAT: the last command names what is bad once, with what is wrong with it
	[ "$(grep -cE "'($bad_name)' is left out: .*($1)" "$LAB_DIR/err")" -eq 1 ] ||
		fail "'$bad_name' is not named once, with '$1': $(cat "$LAB_DIR/err")"
}

unnamed() {
	! grep -qE "$bad_name" "$LAB_DIR/err" || fail "named without need: $(cat "$LAB_DIR/err")"
}

out_has() { # REGEX
	grep -qE -- "$1" "$LAB_DIR/out" || fail "no '$1': $(cat "$LAB_DIR/out" "$LAB_DIR/err")"
}

run_command() { # STATUS COMMAND: of the good one it prints what it should
	case $2 in
	list) outcome "$1" synscope list ;;
	show) outcome "$1" synscope show "$flow" ;;
	flush) outcome "$1" synscope flush port 1 ;;
	*) outcome "$1" synscope "$2" ;;
	esac
	case $2 in
	list) out_has "^$flow +ESTABLISHED" ;;
	show) out_has "instance +$LAB-good$" ;;
	stats | status) out_has "^$LAB-good$" ;;
	flush) out_has "^$LAB-good: 0 flows" ;;
	esac
}

# watch goes on until it is ended; that it has a place is to be seen from its events' reader.
good_is_watched() {
	"$helper" readers "$pins/$LAB-good" | grep -q ' 1$'
}
run_watch() { # STATUS
	local status=0
	"$BUILD/synscope" watch >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null &
	lab_pids+=($!)
	wait_for 10 good_is_watched || fail "the good one is not watched: $(cat "$LAB_DIR/err")"
	kill -INT "${lab_pids[-1]}"
	wait "${lab_pids[-1]}" || status=$?
	[ "$status" -eq "$1" ] || fail "watch ended with $status, not $1: $(cat "$LAB_DIR/err")"
}

# Each kind of badness: what is wrong, as it is told, and the commands that must tell; the others have no need of what is
# bad, and work.
readonly commands="list show stats status flush"
check() { # TOLD TELLING...
	local told=$1 command
	shift
	for command in $commands; do
		if [[ " $* " == *" $command "* ]]; then
			run_command 1 "$command"
			named "$told"
		else
			run_command 0 "$command"
			unnamed
		fi
	done
}

attach_bad() { # [OPTION]...
	attach bad eth0 --netns "$LAB-client" "$@"
	bad_name="$LAB-bad"
	bad="$pins/$bad_name"
}

detach_bad() { # it goes, and nothing of it stays
	outcome 0 synscope detach "$bad_name"
	says "(removed|detached) '$bad_name'"
	[ ! -e "$bad" ] || fail "still pinned: $(find "$bad")"
	[ -z "$(ls "$pins" | grep -v "^$LAB-good$")" ] || fail "left among the pins: $(ls "$pins")"
	nothing_attached client eth0
	run_command 0 list
	unnamed
}

new_map() { # OBJECT TYPE VALUE-BYTES ENTRIES [MORE]...: in place of what is pinned
	local object=$1 type=$2 value=$3 entries=$4
	shift 4
	rm -f "$bad/$object"
	bpftool map create "$bad/$object" type "$type" key 4 value "$value" entries "$entries" name "$object" "$@"
}

lab_begin
lab_pair
must peer server l listen $server4 80
attach good eth0 --netns "$LAB-server"
must peer client c connect $server4 80 43001
must peer server a accept l
flow_must good 43001 '.client.state == "ESTABLISHED"'
flow="$client4:43001-$server4:80"

# ---- what is no instance
for stray in file directory name link; do
	bad_name="stray-$stray"
	case $stray in
	file) bpftool map create "$pins/$bad_name" type array key 4 value 4 entries 1 name stray ;;
	directory) mkdir "$pins/$bad_name" ;;
	name)
		bad_name='%zz-%41'
		mkdir -m 0700 "$pins/$bad_name" "$pins/$bad_name/sub" "$pins/$bad_name/sub/sub"
		;;
	link) ln -s "$pins/$LAB-good" "$pins/$bad_name" ;;
	esac
	bad="$pins/$bad_name"
	check '(not a directory|is missing|no instance|link)' $commands
	detach_bad
	[ -n "$(pins good)" ] || fail "what a link leads to was removed"
done

# ---- something of it is missing, or something else is in its place
attach_bad
for object in meta hot cold counters latencies server_ports; do
	[ -e "$bad" ] || attach_bad
	case $object in
	counters) telling=status ;;
	latencies | server_ports) telling=stats ;;
	*) telling=$commands ;;
	esac
	rm "$bad/$object"
	# shellcheck disable=SC2086 # several words
	check "'$object' is missing" $telling
	detach_bad
done
attach_bad
rm "$bad/places" "$bad/sweep" # a version before this one had none
check none
detach_bad

wrong_place() { # OBJECT TOLD TELLING...
	check "'$1' $2" "${@:3}"
	detach_bad
	attach_bad
}
attach_bad
program=$(bpftool -j prog show pinned "$bad/sweep" | jq .id)
rm "$bad/counters" && bpftool prog pin id "$program" "$bad/counters"
wrong_place counters 'is no map' status
new_map hot array 64 1
wrong_place hot 'has values of another size \(64, not' $commands
link=$(bpftool -j link show pinned "$(echo "$bad"/link_*_xdp)" | jq .id)
rm "$bad/cold" && bpftool link pin id "$link" "$bad/cold"
wrong_place cold 'is no map' $commands
new_map cold array "$(bpftool -j map show pinned "$pins/$LAB-good/cold" | jq .bytes_value)" 8 flags 0x400
wrong_place cold 'has another number of entries \(8, not' $commands
new_map counters percpu_array 32000 1 # a lookup in it would write so much for each CPU
wrong_place counters 'has values of another size \(32000, not' status
new_map counters hash 240 1
wrong_place counters 'is a map of another type' status
new_map latencies array 5432 257
wrong_place latencies 'cannot be mapped' stats
new_map server_ports array 8 1 flags 0x400
wrong_place server_ports 'has values of another size' stats
new_map places array 65536 1 flags 0x400
run_watch 1
named "'places' has values of another size"
wrong_place places 'has values of another size' status
new_map flush array 4 1
wrong_place flush 'is no program' flush
new_map meta array 100000 1
wrong_place meta 'is damaged' $commands
new_map meta array 1192 1 # of zeros
wrong_place meta 'is damaged' $commands
rm "$bad/meta" && mkdir "$bad/meta"
wrong_place meta 'is no pinned object' $commands
rm "$bad/hot" && ln -s "$pins/$LAB-good/hot" "$bad/hot"
wrong_place hot 'is no pinned object' $commands

# ---- what it says of itself cannot be
for damage in 'all:damaged' 'interfaces:4294967295 interfaces' 'no-interfaces:0 interfaces' 'buckets:4294967295 buckets' \
	'other-buckets:another number of entries' 'record-size:records of' 'name:no end' 'netns:no end' 'ifname:no end' \
	'other-name:is that of' 'byte-order:damaged'; do
	[ -e "$bad" ] || attach_bad
	"$helper" damage "$bad/meta" "${damage%%:*}"
	check "${damage#*:}" $commands
	if [ "${damage%%:*}" = all ]; then
		run_watch 1
		named damaged
		terminal_start 100 30 "$BUILD/synscope top"
		screen_must_show "$flow"
		press q
		screen_must_show 'ended with 1'
		screen_must_show "'$bad_name' is left out"
		terminal_end

		# Only who asks for it is told of it.
		outcome 0 synscope list --name "$LAB-good"
		unnamed
		outcome 1 synscope list --name "$bad_name"
		named damaged

		# Another one can be attached, upgraded and detached.
		outcome 0 synscope attach lo --netns "$LAB-client" --name "$LAB-other" --max-flows 64
		named damaged
		lab_instances+=("$LAB-other")
		outcome 0 synscope attach --upgrade "$LAB-other"
		unnamed
		outcome 0 synscope detach "$LAB-other"
		outcome 1 synscope attach lo --netns "$LAB-client" --name "$bad_name"
		says "an instance '$bad_name' exists already"
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

# ---- an upgrade asks before it swaps
attach_bad
before=$(instance_ids bad client eth0)
for damage in 'other-buckets:another number of entries' 'interfaces:interfaces'; do
	"$helper" damage "$bad/meta" "${damage%%:*}"
	outcome 1 synscope attach --upgrade "$bad_name"
	says "'$bad_name' cannot be upgraded: .*${damage#*:}"
	[ "$(instance_ids bad client eth0)" = "$before" ] || fail "something was swapped all the same"
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
says 'is no link'
detach_bad

# ---- attached, and pinned no more: another process has the links, or they are pinned elsewhere
for mode in native tc; do
	attach_bad --mode $mode
	[ $mode = native ] || "$helper" damage "$bad/meta" all
	mkdir "/sys/fs/bpf/$LAB-elsewhere"
	mv "$bad"/link_* "/sys/fs/bpf/$LAB-elsewhere"
	detach_bad
	rm -r "/sys/fs/bpf/$LAB-elsewhere"
done

# ---- filters, as on kernels before 6.6
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

# ---- all at once: one file, one of another layout, a damaged one, one that lacks something
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
[ "$(grep -cE "'($bad_name)' is left out" "$LAB_DIR/err")" -eq 4 ] || fail "not each is named: $(cat "$LAB_DIR/err")"
outcome 0 synscope detach --all
[ ! -e "$pins" ] || fail "still pinned: $(find "$pins")"
nothing_attached client eth0
nothing_attached client lo
nothing_attached server eth0
nothing_attached server lo
