#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# RSTs and FINs that pass the observers at both ends but reach no host, as if they were forged, or lost behind the
# observers. Those that their receiver would not believe change nothing. The others are believed until the connection
# goes on; from then on the flow has the states of both kernels, to its end.
. tests/system/lib/lib.sh

readonly hosts6="2001:db8::" # the addresses that capture_maker gives to hosts

inject() { # HOST LINE: a segment, as a line for capture_maker with TIME for its time
	"$BUILD/capture_maker" <<<"${2/TIME/0.0}" | on "$1" "$BUILD/injector" eth0
}

both() { # JQ-CONDITION: at both ends
	local name
	for name in client server; do
		flow_must $name "$port" "$1"
	done
}

exchange() { # BYTES: from the client
	must peer client c send "$1"
	must peer server s recv "$1"
}

open() { # FAMILY CLIENT-PORT: a connection that has carried 1000 bytes; sets what by_client and by_server need
	port=$2
	six=''
	[ "$1" = 4 ] || six='6 '
	must peer client c connect "$(address "$1" 2)" 80 "$port"
	must peer server s accept "l$1"
	exchange 1000
	both '.client.payload_bytes == 1000 and .client.state == "ESTABLISHED"'
	client_next=$((($(flow client "$port" .client.isn) + 1001) % (1 << 32)))
	server_next=$((($(flow client "$port" .server.isn) + 1) % (1 << 32)))
}

address() { # FAMILY HOST-NUMBER
	[ "$1" = 4 ] && echo "10.0.0.$2" || echo "$hosts6$2"
}

by_client() { # FLAGS [BEYOND [ACK-BEYOND]]: a segment that the client did not send, so far beyond the numbers
	local seq=$(((client_next + ${2:-0}) % (1 << 32))) ack=$(((server_next + ${3:-0}) % (1 << 32)))
	inject client "${six}TIME 1:$port 2:80 $1 $seq $ack 0"
}

by_server() { # FLAGS: one that the server did not send
	inject server "${six}TIME 2:80 1:$port $1 $server_next $client_next 0"
}

end() { # the connection ends as any other
	close_in_turn client c server s
	both '.outcome == "closed" and .client.state == "TIME_WAIT" and .server.state == "CLOSED"'
}

not_believed() { # FAMILY CLIENT-PORT
	open "$1" "$2"
	by_client RA 10
	both '.anomalies.bad_rst == 1 and .outcome == "open" and .client.state == "ESTABLISHED"'
	by_client FA -10
	both '.client.fin == 1 and .outcome == "open" and .client.state == "ESTABLISHED"'
	by_client FA 0 100000
	both '.anomalies.ack_unseen == 1 and .outcome == "open" and .client.state == "ESTABLISHED"'
	exchange 500
	both '.client.payload_bytes == 1500 and .anomalies.rst_refuted == 0 and .anomalies.fin_refuted == 0'
	end
}

refuted() { # FAMILY CLIENT-PORT BY SEGMENT-FLAGS ANOMALY OUTCOME
	open "$1" "$2"
	"by_$3" "$4"
	both ".outcome == \"$6\""
	exchange 500
	must peer server s send 500
	must peer client c recv 500
	exchange 500
	both ".anomalies.$5 == 1 and .outcome == \"open\" and .client.payload_bytes == 2000
		and .client.state == \"ESTABLISHED\" and .server.state == \"ESTABLISHED\""
	[ "$(synscope list --name "$LAB-client" -o json "client port $2 and $5 = 1 and state established" | jq length)" -eq 1 ] ||
		fail "list does not find it"
	end
}

lab_begin
lab_pair
for number in 1 2; do
	host=client there=server
	[ $number = 1 ] || host=server there=client
	lab_address $host eth0 "$hosts6$number/64"
	lab_neighbour $there eth0 "$(lab_mac $host eth0)" "$hosts6$number"
	attach $host eth0 --netns "$LAB-$host"
done
for family in 4 6; do
	must peer server l$family listen "$(address $family 2)" 80
	not_believed $family 4510$family
	refuted $family 4520$family client RA rst_refuted reset_by_client
	refuted $family 4530$family server RA rst_refuted reset_by_server
	refuted $family 4540$family client FA fin_refuted closing
done
