#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Every flag that an end has ever set is shown, in JSON, CSV and `show`, and filters find it: those of ordinary
# connections, urgent data, and congestion notification.
. tests/system/lib/lib.sh

open() { # SERVER-IP CLIENT-PORT
	must peer server l listen "$1" 80
	must peer client c connect "$1" 80 "$2"
	must peer server s accept l
}

end() {
	must peer client c close
	wait_for 5 fin_is_acknowledged client || fail "the FIN is not acknowledged"
	must peer server s recv 0
	must peer server s close
	must peer server l close
}

flags_are() { # CLIENT-PORT "CLIENT-FLAGS" "SERVER-FLAGS": in every output
	local id name
	for name in client server; do
		flow_must $name "$1" "(.client.flags | join(\" \")) == \"$2\" and (.server.flags | join(\" \")) == \"$3\""
	done
	id=$(flow server "$1" | jq -r .id)
	synscope list --all --name "$LAB-server" -o csv "client port $1" | csv_has client.flags "$2"
	synscope list --all --name "$LAB-server" -o csv "client port $1" | csv_has server.flags "$3"
	outcome 0 synscope show "$id" --name "$LAB-server"
	grep -qE "^ *flags +$2 +$3\$" "$LAB_DIR/out" || fail "show has other flags: $(cat "$LAB_DIR/out")"
}

csv_has() { # COLUMN VALUE: in the only record on stdin, in which no cell before it has a comma
	awk -F , -v name="$1" -v value="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
		NR == 2 { found = $column == value }
		END { exit !found }' || fail "the column $1 is not '$2'"
}

found() { # CLIENT-PORTS FILTER
	local ports
	ports=$(synscope list --all --name "$LAB-client" -o jsonl "$2" | jq .client.port | sort | xargs)
	[ "$ports" = "$1" ] || fail "'$2' finds '$ports', not '$1'"
}

lab_begin
lab_pair
attach client eth0 --netns "$LAB-client" --timeout closed=600
attach server eth0 --netns "$LAB-server" --timeout closed=600

open $server4 47001
flags_are 47001 'SYN ACK' 'SYN ACK'
must peer client c urgent
flags_are 47001 'SYN PSH ACK URG' 'SYN ACK'
end
flags_are 47001 'FIN SYN PSH ACK URG' 'FIN SYN ACK'

open $server6 47002
must peer server s send 10
must peer client c recv 10
must peer client c reset
flags_are 47002 'SYN RST ACK' 'SYN PSH ACK'
must peer server s close
must peer server l close

# Both ends offer congestion notification.
for host in client server; do
	on $host sysctl -qw net.ipv4.tcp_ecn=1
done
open $server4 47003
end
flags_are 47003 'FIN SYN ACK ECE CWR' 'FIN SYN ACK ECE'

found 47001 'client flags has urg'
found '' 'server flags has urg'
found '47001 47002' 'flags has psh'
found 47002 'client flags has rst'
found '47001 47003' 'client flags has fin and server flags has fin'
found 47003 'flags has cwr'
found '47001 47002' 'flags != ece'
