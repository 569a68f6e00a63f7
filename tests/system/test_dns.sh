#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# --dns: names of addresses beside them, looked up meanwhile; a name server that never answers holds up little.
. tests/system/lib/lib.sh
own_mounts

text_has() { # REGEX COMMAND...
	local regex=$1
	shift
	outcome 0 "$@"
	grep -qE -- "$regex" "$LAB_DIR/out" || fail "'$*' without '$regex': $(cat "$LAB_DIR/out")"
}

lab_begin
# In /etc/hosts, a name may have any bytes: this one an escape sequence, which no terminal may see.
printf '127.0.0.1 localhost\n%s client.example\n%s server\033[31m.example\n' $client4 $server4 >"$LAB_DIR/hosts"
printf 'nameserver %s\noptions timeout:30 attempts:5\n' $nobody4 >"$LAB_DIR/resolv.conf"
echo 'hosts: files' >"$LAB_DIR/nsswitch.conf"
for file in hosts nsswitch.conf resolv.conf; do
	[ -e /etc/$file ] || skip "there is no /etc/$file here"
	mount --bind "$LAB_DIR/$file" /etc/$file
done
lab_pair
lab_neighbour client eth0 02:00:00:00:ff:ff $nobody4
attach server eth0 --netns "$LAB-server"
must peer server l listen $server4 80
must peer server l6 listen $server6 80
must peer client c connect $server4 80 40001
flow_must server 40001 .
id="$client4:40001-$server4:80"

text_has 'CLIENT-NAME +SERVER-NAME' synscope list --dns --name "$LAB-server"
text_has ':40001-.* client.example +server\\x1b\[31m.example' synscope list --dns --name "$LAB-server"
text_has '^  name +client.example +server' synscope show --dns "$id" --name "$LAB-server"
outcome 0 synscope list --dns -o jsonl --name "$LAB-server"
jq -e '.client.name == "client.example" and .server.name == "server\u001b[31m.example"' "$LAB_DIR/out" >/dev/null ||
	fail "names: $(cat "$LAB_DIR/out")"
text_has '^[^{]*client.rst,.*client.name,.*server.name' synscope list --dns -o csv --name "$LAB-server"
outcome 0 synscope list -o jsonl --name "$LAB-server"
jq -e '.client | has("name") | not' "$LAB_DIR/out" >/dev/null || fail "a name without --dns: $(cat "$LAB_DIR/out")"

# Events: from when the name is known, which is told by those that follow.
lab_background "$LAB_DIR/events" "$BUILD/synscope" watch --dns --name "$LAB-server"
another_is_named() {
	peer client "w$1" connect $server4 80 "$((40100 + $1))" && grep -q 'from client.example, to server' "$LAB_DIR/events"
}
for ((i = 0; i < 200; i++)); do
	! another_is_named $i || break
	pause 0.05
done
grep -qE 'handshake .*, from client.example, to server\\x1b' "$LAB_DIR/events" || [ $i -lt 200 ] ||
	fail "no event with names: $(cat "$LAB_DIR/events")"

# Without an answer there are addresses, and no waiting for the resolver's half minute.
echo 'hosts: dns' >"$LAB_DIR/nsswitch.conf"
outcome 0 timeout 25 nsenter --net="/run/netns/$LAB-client" "$BUILD/synscope" list --dns -o jsonl --name "$LAB-server"
jq -es 'length > 0 and all(.[]; .client.name == null and .server.name == null)' "$LAB_DIR/out" >/dev/null ||
	fail "without an answer: $(cat "$LAB_DIR/out")"
outcome 0 timeout 25 nsenter --net="/run/netns/$LAB-client" "$BUILD/synscope" show --dns "$id" --name "$LAB-server"

outcome 2 synscope list --dns --from /dev/null
says "cannot be used with --dns"
