#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `attach --all`, `--except` and `--follow`, and `run --all`: which interfaces are tracked, also of those that
# appear later.
. tests/system/lib/lib.sh

interfaces_are() { # NAME IFNAME...: those of the instance that exist, sorted
	local found
	found=$(instance_status "$1" | jq -r '[.interfaces[] | select(.state == "up") | .ifname] | sort | join(" ")')
	[ "$found" = "${*:2}" ] || {
		echo "the interfaces are '$found'"
		return 1
	}
}

interfaces_must() { # NAME IFNAME...: wait for them
	wait_for 10 interfaces_are "$@" >/dev/null || fail "not '${*:2}': $(interfaces_are "$@")"
}

new_link() { # IFNAME N: a new link between client and server, with addresses of 10.N.0.0/24
	lab_link client "$1" server "$1"
	lab_address client "$1" "10.$2.0.1/24"
	lab_address server "$1" "10.$2.0.2/24"
}

connection() { # N PORT CLIENT-PORT: over the link with these addresses
	must peer server l listen "10.$1.0.2" "$2"
	must peer client c connect "10.$1.0.2" "$2" "$3"
	must peer server a accept l
	must peer client c reset
	must peer server a close
	must peer server l close
}

follows() { # LOG: has it begun?
	grep -q 'takes new interfaces' "$1"
}

on_loopback() { # PORT: a connection of the server with itself
	must peer server l listen 127.0.0.1 "$1"
	must peer server b connect 127.0.0.1 "$1" 49001
	must peer server a accept l
	must peer server l close
	must peer server b close
	must peer server a close
}

lab_begin
lab_pair
in_server=(--netns "$LAB-server" --max-flows 4096)

# Options that contradict each other, and patterns that leave no interface.
outcome 2 synscope attach --all eth0 "${in_server[@]}"
says "--all takes no interface, but 'eth0' was given; --except PATTERN leaves some out"
outcome 2 synscope run --all eth0 "${in_server[@]}"
outcome 2 synscope attach eth0 --except 'veth*' "${in_server[@]}"
says "--except 'veth\*' leaves interfaces out of --all, which was not given"
outcome 2 synscope attach eth0 --follow "${in_server[@]}"
says '--follow .* --all, which was not given'
outcome 2 synscope attach --all --except '' "${in_server[@]}"
says 'expected a shell pattern'
outcome 2 synscope attach "${in_server[@]}"
says 'expected the name of an interface, or --all'
outcome 2 synscope attach --upgrade x --all
says '--all cannot be used with --upgrade'
for command in attach run; do
	outcome 1 synscope $command --all --except '*' "${in_server[@]}"
	says 'left out, because of --except: lo, eth0'
	says '--all finds no interface that can be tracked'
done
nothing_attached server eth0

# One interface beside loopback: each segment of this host is seen once.
attach all --all "${in_server[@]}"
interfaces_are all eth0 lo
instance_status all | jq -e '[.interfaces[] | {(.ifname): .egress}] | add | .lo == null and .eth0 != null' ||
	fail "the hooks: $(instance_status all)"
must peer server l listen $server4 80
must peer client c connect $server4 80 48001
must peer server a accept l
flow_must all 48001 '.client.syn == 1 and .server.syn == 1 and .ifname == "eth0"'
must peer client c reset
must peer server a close
must peer server l close
on_loopback 80
flow_must all 49001 '.client.syn == 1 and .server.syn == 1 and .ifname == "lo"'
detach all
outcome 0 synscope attach --all --except lo --except 'e*[1-9]' "${in_server[@]}"
outcome 0 synscope detach "$LAB-server:all"

# An interface that is tracked already, or has someone else's program, is left out, and named.
new_link odd[1] 20
new_link foreign 21
mkfifo "$LAB_DIR/hold"
ip netns exec "$LAB-server" "$BUILD/bpf_helper" hold-link foreign <"$LAB_DIR/hold" >"$LAB_DIR/foreign" &
lab_pids+=($!)
exec {hold}>"$LAB_DIR/hold" # it holds the program until this is closed
: "$hold"
has_xdp() { # HOST IFNAME
	on "$1" ip -j link show "$2" | jq -e '.[0].xdp.prog.id' >/dev/null
}
wait_for 10 has_xdp server foreign || fail "no foreign program: $(cat "$LAB_DIR/foreign")"
attach eth eth0 --netns "$LAB-server"
attach all --all --netns "$LAB-server" --except lo
says "eth0 is in the instance '$LAB-eth' already"
says 'eth0 is left out'
says 'foreign has an XDP program already'
says 'foreign is left out'
interfaces_are all 'odd[1]'
detach all
detach eth

# With --follow new interfaces are tracked, except for those that --except names and those that have a program already.
lab_background "$LAB_DIR/follow" "$BUILD/synscope" attach --all --except lo --except 'x?' --except 'odd\[1]' --follow \
	"${in_server[@]}" --name "$LAB-follow"
follower=$!
lab_instances+=("$LAB-follow")
wait_for 20 follows "$LAB_DIR/follow" || fail "it does not follow: $(cat "$LAB_DIR/follow")"
interfaces_are follow eth0
new_link x1 31
new_link new1 32
interfaces_must follow eth0 new1
connection 32 80 48032
flow_must follow 48032 '.ifname == "new1" and .client.syn == 1'
connection 31 80 48031
[ -z "$(flow follow 48031)" ] || fail "an interface that is excepted is tracked"
nothing_attached server x1
grep -q "'$LAB-follow' tracks new1, too" "$LAB_DIR/follow" || fail "nobody says so: $(cat "$LAB_DIR/follow")"

# An interface whose new name is not excepted, and one that comes back under its old name.
ip -n "$LAB-server" link set x1 down
ip -n "$LAB-server" link set x1 name y1
interfaces_must follow eth0 new1 y1
ip -n "$LAB-server" link delete new1
new_link new1 32
interfaces_must follow eth0 new1 y1
connection 32 80 48033
flow_must follow 48033 '.ifname == "new1"'

# Many new interfaces at once, some of which vanish immediately.
for ((i = 0; i < 20; i++)); do
	echo "link add c$i type veth peer name x2"
	echo "link delete x2"
	echo "link add b$i type veth peer name d$i"
	echo "link set b$i up"
done >"$LAB_DIR/burst"
ip -n "$LAB-server" -batch "$LAB_DIR/burst"
are_up() { # NAME COUNT
	[ "$(instance_status "$1" | jq '[.interfaces[] | select(.state == "up")] | length')" -eq "$2" ]
}
wait_for 30 are_up follow 43 || fail "after a burst: $(interfaces_are follow)"

# Killed: tracking goes on. Then a detach leaves nothing.
kill -9 $follower
wait $follower 2>/dev/null || true
connection 32 80 48034
flow_must follow 48034 '.ifname == "new1"'
detach follow
for it in eth0 new1 y1 b0 d19; do
	nothing_attached server $it
done

# `attach --follow` ends when the instance is detached, and by a signal, after which the instance stays.
for way in detach signal; do
	lab_background "$LAB_DIR/follow" "$BUILD/synscope" attach --all --except '[!e]*' --follow "${in_server[@]}" \
		--name "$LAB-$way"
	follower=$!
	wait_for 20 follows "$LAB_DIR/follow" || fail "it does not follow: $(cat "$LAB_DIR/follow")"
	[ $way = detach ] || kill $follower
	[ $way = signal ] || detach $way
	wait $follower || fail "by $way it ended with $?"
	[ $way = detach ] || detach $way
done
nothing_attached server eth0

# `run` follows, too, and leaves nothing.
lab_background "$LAB_DIR/run" "$BUILD/synscope" run --all --except lo --except '[bcdx]*' --netns "$LAB-server"
runner=$!
wait_for 20 grep -q tracking "$LAB_DIR/run" || fail "run: $(cat "$LAB_DIR/run")"
new_link late 33
wait_for 10 has_xdp server late || fail "run does not follow: $(cat "$LAB_DIR/run")"
connection 33 80 48035
wait_for 10 grep -q 48035 "$LAB_DIR/run" || fail "run does not show it: $(cat "$LAB_DIR/run")"
kill $runner
wait $runner || fail "run ended with $?: $(cat "$LAB_DIR/run")"
nothing_attached server late
nothing_attached server eth0
