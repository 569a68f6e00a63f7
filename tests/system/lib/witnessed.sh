# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Many connections between the two hosts, with the kernel's own tracepoint for socket states as the witness. To be
# sourced after lib.sh; the instance is called "crowd".

# Prints one line for each end that was a socket, in the format of the witness. A refusal involves only one socket.
ends() {
	jq -r 'def address: if .ip | contains(":") then "[\(.ip)]:\(.port)" else "\(.ip):\(.port)" end;
		"\(.client | address) \(.server | address) \(.client.state)",
		if .outcome == "refused" then empty
		else "\(.server | address) \(.client | address) \(.server.state)" end' "$1"
}

# A socket in TIME_WAIT can be reset without an event of the tracepoint. These are the sockets that `ss` no longer
# shows.
reset_in_time_wait() { # changes the lines on stdin
	local host
	for host in client server; do
		on $host ss -tanH state time-wait | awk '{ print $3, $4 }'
	done >"$LAB_DIR/time_wait"
	awk 'NR == FNR { waits[$0]; next }
		$3 == "TIME_WAIT" && !(($1 " " $2) in waits) { $3 = "CLOSED" }
		{ print $1, $2, $3 }' "$LAB_DIR/time_wait" -
}

# A FIN of the client can be lost before it reaches the observer at the server, and a RST of the server behind it. To
# any observer on the path, the client is then in TIME_WAIT if it closed last, or reset. Changes the lines on stdin.
lost_beside_the_observer() {
	awk -v file="$LAB_DIR/tracked" -v client4="$client4:" -v client6="[$client6]:" '
		BEGIN { while ((getline < file) > 0) tracked[$1 " " $2] = $3 }
		$3 == "TIME_WAIT" && tracked[$1 " " $2] == "CLOSED" && (index($1, client4) == 1 || index($1, client6) == 1) {
			$3 = "CLOSED"
		}
		{ print }'
}

same_as_witnessed() { # lossy|lossless: the last segments may still be on their way
	synscope list --all --name "$LAB-crowd" -o jsonl >"$LAB_DIR/flows"
	ends "$LAB_DIR/flows" | sort >"$LAB_DIR/tracked"
	if [ "$1" = lossy ]; then
		lost_beside_the_observer <"$LAB_DIR/witnessed"
	else
		cat "$LAB_DIR/witnessed"
	fi | diff - "$LAB_DIR/tracked" >"$LAB_DIR/difference"
}

sockets_left() { # print the sockets that are still on their way to TIME_WAIT or CLOSED
	local host
	for host in client server; do
		echo "$host: $(on $host ss -tanoH exclude time-wait exclude listening)"
	done
}

different_flow() { # print the first flow that differs
	local near far
	read -r _ near far _ < <(grep '^[<>]' "$LAB_DIR/difference")
	grep -F -e "\"$near-$far\"" -e "\"$far-$near\"" "$LAB_DIR/flows"
}

# CONNECTIONS lossy|lossless: run as many connections in each thread, over a link of that kind. synscope must have the
# same connections as the kernel, none missing, none extra, with each end in the same final state. The flows are in
# $LAB_DIR/flows afterwards.
witnessed_crowd() {
	local start=${EPOCHREALTIME/./}
	outcome 0 "$BUILD/witness" "$LAB-client" "$LAB-server" "$BUILD/crowd" "$LAB-client" "$LAB-server" \
		$client4 $server4 $client6 $server6 "$1"
	crowd_ms=$(((${EPOCHREALTIME/./} - start) / 1000))
	[ "$crowd_ms" -lt 55000 ] || fail "after $crowd_ms ms TIME_WAIT has ended for the first ones; left: $(sockets_left)"
	reset_in_time_wait <"$LAB_DIR/out" | sort >"$LAB_DIR/witnessed"
	wait_for 10 same_as_witnessed "$2" || fail "the kernel (<) and synscope (>) differ in $(
		grep -c '^[<>]' "$LAB_DIR/difference"
	) ends: $(head -n 20 "$LAB_DIR/difference"; different_flow)"
}

states_summary() {
	cut -d ' ' -f 3 "$LAB_DIR/witnessed" | sort | uniq -c | awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " }'
}
