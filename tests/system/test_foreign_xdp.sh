#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Someone else's XDP program is named and left alone; --mode tc works beside it; --force replaces it only if no link
# holds it.
. tests/system/lib/lib.sh

foreign() { # hold-link|hold-netlink: attached until `foreign_ends`
	mkfifo "$LAB_DIR/hold"
	: >"$LAB_DIR/held" # what the last one printed is not to be taken for this one's
	ip netns exec "$LAB-server" "$BUILD/bpf_helper" "$1" eth0 <"$LAB_DIR/hold" >"$LAB_DIR/held" &
	holder=$!
	lab_pids+=("$holder")
	exec {hold}>"$LAB_DIR/hold"
	wait_for 5 grep -q ready "$LAB_DIR/held" || fail "no foreign program"
	foreign_id=$(on server ip -j link show eth0 | jq '.[0].xdp.prog.id')
}

foreign_ends() {
	exec {hold}>&-
	wait "$holder"
	rm "$LAB_DIR/hold"
}

still_foreign() {
	on server ip -j link show eth0 | jq -e --argjson id "$foreign_id" '.[0].xdp.prog.id == $id' ||
		fail "the foreign program is gone"
}

lab_begin
lab_pair
must peer server l listen $server4 80
port=47000
for how in hold-link hold-netlink; do
	foreign $how
	outcome 1 synscope attach eth0 --netns "$LAB-server" --name "$LAB-beside"
	says 'foreign'
	says "$foreign_id"
	says '--mode tc'
	still_foreign
	attach beside eth0 --netns "$LAB-server" --mode tc
	must peer client c connect $server4 80 $((++port))
	must peer server a accept l
	flow_must beside $port '.client.state == "ESTABLISHED" and .server.state == "ESTABLISHED"'
	close_in_turn client c server a
	detach beside
	still_foreign
	if [ $how = hold-link ]; then
		outcome 1 synscope attach eth0 --netns "$LAB-server" --name "$LAB-beside" --force
		says 'link'
		still_foreign
	else
		attach beside eth0 --netns "$LAB-server" --force
		detach beside
		nothing_attached server eth0
	fi
	foreign_ends
done
