#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Connections that were idle when tracking began, and are closed after that by either end, over IPv4 and IPv6: what is
# listed on both hosts is what their kernels show, and in the end nothing is left.
. tests/system/lib/lib.sh

readonly of_each_family=20 leaks=4 # the last few are closed by one end alone

# ROUND FAMILY N: the client's port
port() {
	echo $((40000 + $1 * 1000 + $2 * 100 + $3))
}

open_all() { # ROUND
	local family address n
	for family in 4 6; do
		[ $family = 4 ] && address=$server4 || address=$server6
		for ((n = 0; n < of_each_family; n++)); do
			must peer client "c$1-$family-$n" connect "$address" 80 "$(port "$1" $family $n)"
			must peer server "s$1-$family-$n" accept "l$family"
		done
	done
}

# ROUND FAMILY N: every other connection is closed by the server first; of the last ones, the other end does nothing
close_one() {
	local first=client second=server
	[ $(($3 % 2)) = 0 ] || first=server second=client
	must peer $first "${first:0:1}$1-$2-$3" close
	must peer $second "${second:0:1}$1-$2-$3" recv 0
	wait_for 5 fin_is_acknowledged $first || fail "the FIN of $first is not acknowledged"
	[ "$3" -ge $((of_each_family - leaks)) ] || must peer $second "${second:0:1}$1-$2-$3" close
}

close_all() { # ROUND
	local family n
	for family in 4 6; do
		for ((n = 0; n < of_each_family; n++)); do
			close_one "$1" $family $n
		done
	done
}

# The connections to port 80, "CLIENT SERVER CLIENT-STATE SERVER-STATE" each: as both kernels have them …
by_the_kernels() {
	{
		on client ss -tanH 'dst :80' | awk '{ print "C", $4, $5, $1 }'
		on server ss -tanH 'src :80' | awk '$1 != "LISTEN" { print "S", $5, $4, $1 }'
	} | awk '
		{ ends[$2 " " $3]; state[$1 " " $2 " " $3] = $4 }
		END {
			for (both in ends)
				print both, name(state["C " both]), name(state["S " both])
		}
		function name(word) {
			sub(/ESTAB/, "ESTABLISHED", word)
			gsub(/-/, "_", word)
			return word ? word : "CLOSED"
		}' | sort
}

# … and as an instance lists them
by_synscope() { # NAME
	synscope list --all --name "$LAB-$1" -o jsonl | jq -r '
		def address: if .ip | contains(":") then "[\(.ip)]:\(.port)" else "\(.ip):\(.port)" end;
		"\(.client | address) \(.server | address) \(.client.state) \(.server.state)"' | sort
}

agree_on_all() { # COUNT
	local kernels
	kernels=$(by_the_kernels)
	[ "$(wc -l <<<"$kernels")" -eq "$1" ] && [ "$(by_synscope client)" = "$kernels" ] &&
		[ "$(by_synscope server)" = "$kernels" ]
}

none_left() { # NAME
	[ -z "$(by_synscope "$1")" ]
}

attach_both() { # OPTION...
	attach client eth0 --netns "$LAB-client" "$@"
	attach server eth0 --netns "$LAB-server" "$@"
}

lab_begin
lab_pair
must peer server l4 listen $server4 80
must peer server l6 listen $server6 80
open_all 0
attach_both
close_all 0
wait_for 15 agree_on_all $((2 * of_each_family)) || fail "the kernels: $(by_the_kernels)
at the client: $(by_synscope client)
at the server: $(by_synscope server)"
for name in client server; do
	synscope list --all --name "$LAB-$name" -o jsonl >"$LAB_DIR/flows"
	jq -es "all(.origin == \"midstream\" and (.one_way | not) and
		.outcome == (if .client.port % 100 < $((of_each_family - leaks)) then \"closed\" else \"closing\" end))" \
		"$LAB_DIR/flows" || fail "$(cat "$LAB_DIR/flows")"
	# the recipe of the README finds those that one end did not close, and no other
	synscope list 'state close_wait' --name "$LAB-$name" -o jsonl >"$LAB_DIR/flows"
	jq -es "length == $((2 * leaks)) and all(.client.port % 100 >= $((of_each_family - leaks)))" "$LAB_DIR/flows" ||
		fail "leaks: $(cat "$LAB_DIR/flows")"
	detach $name
done

# Once more, with short timeouts: every record goes.
open_all 1
attach_both --timeout all=1
close_all 1
for name in client server; do
	wait_for 15 none_left $name || fail "still listed at the $name: $(by_synscope $name)"
done
