#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Someone else's tcx program that runs before synscope's on egress: status names it, and says whether it ends the chain,
# so that synscope sees nothing.
. tests/system/lib/lib.sh

first() { # VERDICT: attached until `first_ends`
	rm -f "$LAB_DIR/hold"
	mkfifo "$LAB_DIR/hold"
	: >"$LAB_DIR/held"
	ip netns exec "$LAB-server" "$BUILD/bpf_helper" hold-tcx eth0 "$1" <"$LAB_DIR/hold" >"$LAB_DIR/held" 2>&1 &
	holder=$!
	lab_pids+=("$holder")
	exec {hold}>"$LAB_DIR/hold"
	wait_for 5 test -s "$LAB_DIR/held" || fail "no foreign program"
	grep -q ready "$LAB_DIR/held" || skip "no tcx: $(cat "$LAB_DIR/held")"
}

first_ends() {
	exec {hold}>&-
	wait "$holder"
}

behind() { # JQ-CONDITION: true of the interface in the output of status
	instance_status in | jq -e ".interfaces[0] | $1" >/dev/null
}

lab_begin
lab_pair
lab_silent client server
must peer server l listen $server4 80
attach in eth0 --netns "$LAB-server"
behind '.egress_behind == null' || fail "there is a program before ours: $(instance_status in)"

# Nothing is sent: whether the chain goes on is not known.
first -1
wait_for 10 behind '.egress_behind | .name == "first" and .blind == null' || fail "status: $(instance_status in)"
outcome 0 synscope status --name "$LAB-in"
grep -q "blind if 'first'" "$LAB_DIR/out" || fail "status: $(cat "$LAB_DIR/out")"
first_ends

# shellcheck disable=SC2016 # for the other shell
lab_background /dev/null on server bash -c 'while sleep 0.02; do echo >/dev/udp/$0/9; done' "$client4"
first -1
wait_for 10 behind '.egress_behind | .name == "first" and .blind == false' || fail "not behind: $(instance_status in)"
first_ends

first 0 # TCX_PASS: no other program sees the packet
wait_for 10 behind '.egress_behind | .name == "first" and .blind == true' || fail "not blind: $(instance_status in)"
synscope status --name "$LAB-in" >"$LAB_DIR/status"
grep -Eq "egress tcx, blind: 'first' \(id [0-9]+\) runs first" "$LAB_DIR/status" || fail "status: $(cat "$LAB_DIR/status")"
first_ends
behind '.egress_behind == null' || fail "a program is left before ours: $(instance_status in)"
detach in
