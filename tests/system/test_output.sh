#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Output for people and for programs: the formats agree, a narrow terminal is respected, a closed pipe is not an error,
# and colours go only to terminals.
. tests/system/lib/lib.sh

terminal() { # COLUMNS COMMAND...: its output on a terminal that wide
	local columns=$1
	shift
	TERM=xterm script -qec "stty cols $columns; $*" /dev/null </dev/null | tr -d '\r'
}

without_colour() {
	sed 's/\x1b\[[0-9;]*[a-zA-Z]//g'
}

lab_begin
lab_pair
attach out eth0 --netns "$LAB-server"
must peer server l listen $server4 80
must peer server l6 listen $server6 80
for i in 1 2 3 4 5; do
	must peer client "v4-$i" connect $server4 80 $((50000 + i))
	must peer client "v6-$i" connect $server6 80 $((50010 + i))
done
flow_must out 50015 '.client.state == "ESTABLISHED"'
list=("$BUILD/synscope" list --name "$LAB-out")

[ "$("${list[@]}" -o json | jq length)" -eq 10 ] || fail "json"
[ "$("${list[@]}" -o jsonl | jq -s length)" -eq 10 ] || fail "jsonl"
[ "$("${list[@]}" -o csv | wc -l)" -eq 11 ] || fail "csv"
[[ $("${list[@]}" -o csv) == id,*client.ip,* ]] || fail "the CSV header has no dotted paths"
[ "$("${list[@]}" | grep -c ESTAB)" -eq 10 ] || fail "table: $("${list[@]}")"
"${list[@]}" | grep $'\x1b' >/dev/null && fail "colour in a pipe"
NO_COLOR=1 terminal 120 "${list[@]}" | grep $'\x1b\\[[0-9;]*m' >/dev/null && fail "colour in spite of NO_COLOR"

for columns in 40 80 132; do
	for command in "${list[*]}" "$BUILD/synscope status"; do
		too_long=$(terminal $columns "$command" | without_colour | grep -E "^.{$((columns + 1)),}" || true)
		[ -z "$too_long" ] || fail "'$command': longer than the $columns columns of the terminal: $too_long"
	done
done

id=$("${list[@]}" -o jsonl | jq -r 'select(.client.port == 50011).id')
[ "$id" = "[$client6]:50011-[$server6]:80" ] || fail "the id is '$id'"
outcome 0 synscope show "$id" --name "$LAB-out"
outcome 0 synscope show "[$server6]:80-[$client6]:50011" --name "$LAB-out" -o json
jq -e --arg id "$id" '(if type == "array" then .[0] else . end).id == $id' "$LAB_DIR/out" || fail "show is another flow"
outcome 1 synscope show 10.0.0.1:1-10.0.0.2:2 --name "$LAB-out"
outcome 2 synscope show nonsense

for format in table json jsonl csv; do
	status=0
	{
		"${list[@]}" -o $format 2>"$LAB_DIR/err" || echo $? >"$LAB_DIR/status"
	} > >(exec true)
	[ ! -s "$LAB_DIR/err" ] || fail "a closed pipe: $(cat "$LAB_DIR/err")"
done
{ "${list[@]}" -o json 2>"$LAB_DIR/err" && fail "a full disk is not an error"; } >/dev/full
[ -s "$LAB_DIR/err" ] || fail "no message about the full disk"

attach empty eth0 --netns "$LAB-client"
[ "$(synscope list --name "$LAB-empty" -o json)" = "[]" ] || fail "json of nothing"
[ -z "$(synscope list --name "$LAB-empty" -o jsonl)" ] || fail "jsonl of nothing"
