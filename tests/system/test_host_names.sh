#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Names of hosts and services: in filters, where the command line looks them up once and says so.
. tests/system/lib/lib.sh
own_mounts

names() { # CONTENT-OF-HOSTS: those alone are known, by /etc/hosts
	printf '127.0.0.1 localhost\n%s\n' "$1" >"$LAB_DIR/hosts"
}

ports_are() { # PORTS COMMAND...: of the clients of the listed flows
	local ports=$1
	shift
	outcome 0 "$@" -o jsonl --all --name "$LAB-server"
	[ "$(jq -r .client.port "$LAB_DIR/out" | sort -n | xargs)" = "$ports" ] ||
		fail "'$*' lists $(jq -r .id "$LAB_DIR/out" | xargs), not $ports"
}

lab_begin
names "$client4 client.example client
$server4 server.example
$server6 server.example
10.9.9.9 nowhere.example"
printf 'hosts: files\nservices: files\n' >"$LAB_DIR/nsswitch.conf"
mount --bind "$LAB_DIR/hosts" /etc/hosts
mount --bind "$LAB_DIR/nsswitch.conf" /etc/nsswitch.conf
lab_pair
attach server eth0 --netns "$LAB-server"
must peer server l listen $server4 443
must peer server l6 listen $server6 80
must peer client c connect $server4 443 40001
must peer client c6 connect $server6 80 40002
flow_must server 40001 .
flow_must server 40002 .

# A name with several addresses is any of them; an alias, and a name after the word for an end.
ports_are "40001 40002" synscope list host server.example
says "^synscope: server.example is ($server4, $server6|$server6, $server4)$"
ports_are 40001 synscope list client host client
says "^synscope: client is $client4$"
ports_are 40001 synscope list src client.example and port 443
ports_are 40002 synscope list host != client.example
ports_are "" synscope list host != server.example
ports_are "40001 40002" synscope list not host nowhere.example
ports_are 40001 synscope list host server.example and not host server.example or host client.example
[ "$(grep -c 'server.example is' "$LAB_DIR/err")" = 1 ] || fail "a name is looked up twice: $(cat "$LAB_DIR/err")"

# Services; a number stays one.
ports_are 40001 synscope list port https
ports_are 40001 synscope list established :https
ports_are 40001 synscope list dport :https
ports_are 40002 synscope list not server port https
ports_are 40001 synscope list port 443

# What is no name, and where none is looked up.
outcome 2 synscope list host unknown.example
says "cannot look up the host 'unknown.example': [A-Z]"
outcome 2 synscope list port nonesuch
says "expected a port \(443\), a service \(https\) or a range"
outcome 2 synscope list host 10.0.0.300
says "expected an address"
names "$(for i in {1..9}; do echo "10.8.0.$i h$i.example"; done)"
outcome 2 synscope list "$(seq -s ' or ' -f 'host h%.0f.example' 9)"
says "more than 8 names"
