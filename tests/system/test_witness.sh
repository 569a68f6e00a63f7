#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Thousands of connections opened and closed at once, with the kernel's own tracepoint for socket states as the witness:
# synscope has the same connections, none missing, none extra, with each end in the same final state.
. tests/system/lib/lib.sh
# shellcheck source=lib/witnessed.sh
. tests/system/lib/witnessed.sh

readonly connections=12000 of_each_way=2000

outcomes_are() { # OUTCOME COUNT
	local count
	count=$(jq -c --arg outcome "$1" 'select(.outcome == $outcome)' "$LAB_DIR/flows" | wc -l)
	[ "$count" -eq "$2" ] || fail "$count flows are $1, not $2"
}

lab_begin
lab_pair
attach crowd eth0 --netns "$LAB-server" --max-flows 65536 --timeout closed=600 --timeout time_wait=600
witnessed_crowd 1500 lossless
outcomes_are closed $((3 * of_each_way))
outcomes_are reset_by_client $of_each_way
outcomes_are reset_by_server $of_each_way
outcomes_are refused $of_each_way
echo "$connections connections in $crowd_ms ms; final states of their sockets, all the same: $(states_summary)"
