#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Hostile names - of interfaces, network namespaces, instances, processes, cgroups, files, services, and words of the
# command line - through every command and every output: no byte that controls a terminal reaches it, programs get
# well-formed JSON and CSV with the real names, and a spreadsheet gets no formula.
# long: 15 s
. tests/system/lib/lib.sh

# Each name ends a terminal's window title, and contains a C1 control in UTF-8, a direction override, and a byte that is
# not UTF-8.
readonly title=$'\e]0;own\a' c1=$'\xc2\x9b' override=$'\xe2\x80\xae' stray=$'\x9b' wide='日'
readonly odd="$title$c1$wide" odder="x$override$stray$c1" formula='=1+1|a,"b' oddest=$'@1\e]0;r\a\xc2\x9b' process=$'-1+1\e]2;\xc2\x9d'
readonly file_name="$title$c1$override$stray"
# How each must be shown.
readonly odd_shown="\\x1b]0;own\\x07\\u009b$wide" odder_shown='x\u202e\x9b\u009b' process_shown='-1+1\x1b]2;\u009d'

# ---- bytes

# What no output may contain: controls except newlines, C1 controls in UTF-8, characters that change the direction of
# text or are invisible.
readonly harm='[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xd8\x9c|\xef\xbb\xbf'

harmless() { # WHAT FILE...
	iconv -f UTF-8 -t UTF-8 "${@:2}" >/dev/null 2>&1 || fail "$1: not UTF-8: $(cat -v "${@:2}")"
	! LC_ALL=C grep -aqP "$harm" "${@:2}" || fail "$1: not harmless: $(cat -v "${@:2}")"
}

only_ascii() { # FILE WHAT
	! LC_ALL=C grep -aqP '[^\x00-\x7f]' "$1" || fail "$2: not ASCII: $(cat -v "$1")"
}

said() { # STATUS COMMAND...: it exits with that status, and its output and messages are harmless
	outcome "$@"
	harmless "'${*:2}'" "$LAB_DIR/out" "$LAB_DIR/err"
}

in_ascii() { # STATUS COMMAND...: the same in a locale that has only ASCII
	LC_ALL=C said "$@"
	only_ascii "$LAB_DIR/err" "'${*:2}'"
}

shows() { # TEXT...: the last output contains it
	local text
	for text in "$@"; do
		grep -qF -- "$text" "$LAB_DIR/out" || fail "no '$text': $(cat -v "$LAB_DIR/out")"
	done
}

# ---- formats

json_is() { # JQ-ARGUMENT...
	jq -es "$@" <"$LAB_DIR/out" >/dev/null || fail "not '${*: -1}': $(cat -v "$LAB_DIR/out")"
}

csv_count=0

keep_csv() { # FILE: to be checked with all the others
	csv_count=$((csv_count + 1))
	cp "$1" "$LAB_DIR/$csv_count.csv"
}

# Each record has as many cells as the header, and no cell that a spreadsheet would run: one that begins with a sign,
# unless it is a number or the "-" that stands for null in lists.
csv_is_sound() {
	if ! command -v python3 >/dev/null; then
		echo "NOT TESTED: CSV, because there is no python3 to read it"
		return
	fi
	[ $csv_count -ge 10 ] || fail "only $csv_count outputs of CSV"
	python3 - "$LAB_DIR"/*.csv <<-'END' || fail "CSV"
		import csv, re, sys
		for name in sys.argv[1:]:
		    text = open(name, encoding="utf-8", newline="").read()
		    rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
		    assert 1 < len(rows) == text.count("\n"), "%d records on other lines: %r" % (len(rows), text)
		    for row in rows[1:]:
		        assert len(row) == len(rows[0]), "%d cells, not %d: %r" % (len(row), len(rows[0]), text)
		        for cell in row:
		            formula = re.match(r"\s*[=+@-]", cell) and not re.fullmatch(r"-?[0-9.]+|[- ]+", cell)
		            assert not formula, "a formula: %r" % cell
	END
}

in_every_format() { # COMMAND...: for commands that print records
	local format
	for format in table json jsonl csv; do
		said 0 "$@" -o $format
		[ -s "$LAB_DIR/out" ] || fail "'$*' prints nothing as $format"
		case $format in
		table)
			in_ascii 0 "$@" -o table
			only_ascii "$LAB_DIR/out" "'$*'"
			;;
		json*) json_is 'length > 0' ;;
		csv) keep_csv "$LAB_DIR/out" ;;
		esac
	done
}

# ---- a terminal

# LOCALE COMMAND-LINE: leaves what it writes to a terminal of 120 columns in $LAB_DIR/raw, without carriage returns.
on_terminal() {
	LC_ALL=$1 TERM=xterm script -qec "stty cols 120 rows 40; $2" /dev/null </dev/null >"$LAB_DIR/typed" || true
	tr -d '\r' <"$LAB_DIR/typed" >"$LAB_DIR/raw"
}

# FILE: the names begin a window title (ESC ]), or contain C1 controls, which synscope itself never writes. Other
# control sequences draw the screen.
harmless_on_terminal() {
	! LC_ALL=C grep -aqP '\x1b[\]PX^_]|\x07' "$1" || fail "a title is set: $(cat -v "$1")"
	sed 's/\x1b\[[?0-9;]*[a-zA-Z]//g; s/\x1b[()][0B]//g; s/\x1b[=>78M]//g' "$1" | tr -d '\b\r\016\017' >"$LAB_DIR/stripped"
	harmless "on a terminal" "$LAB_DIR/stripped"
}

# ---- hostile names

connect_as() { # NAME: a process of the client with that name connects, and stays; sets $connected to its id
	# shellcheck disable=SC2016 # expanded by that shell
	on client bash -c '
		printf %s "$1" >/proc/$$/comm
		exec 3<>"/dev/tcp/$2/80"
		echo $$
		read -r -u 3' bash "$1" $server4 >"$LAB_DIR/connected" 2>&1 &
	lab_pids+=($!)
	wait_for 10 grep -q . "$LAB_DIR/connected" || fail "no connection"
	connected=$(cat "$LAB_DIR/connected")
	[ -e "/proc/$connected" ] || fail "no connection: $connected"
}

into_cgroup() { # PID: move it into a cgroup with a hostile name; fails if this system does not allow that
	local long
	printf -v long '%100s' '' # the path in one of the hierarchies is shown, the longest one
	mkdir "$LAB_DIR/cgroup"
	mount -t cgroup2 cgroup "$LAB_DIR/cgroup" 2>/dev/null && cgroup=$LAB_DIR/cgroup/$LAB-$c1$override$title$long &&
		mkdir "$cgroup" 2>/dev/null && echo "$1" 2>/dev/null >"$cgroup/cgroup.procs"
}

at_end() {
	[ -z "${cgroup-}" ] || {
		kill "$connected"
		wait_for 5 rmdir "$cgroup"
	} 2>/dev/null
	umount "$LAB_DIR/cgroup" 2>/dev/null
}

# An instance on each interface of the client, and one on all others, with names as hostile as those of the interfaces.
attach_hostile() {
	instance="$LAB-$c1$override$stray"
	for it in odd:"$odd" odder:"$odder" formula:"$formula"; do
		lab_instances+=("$instance${it%%:*}")
		said 0 synscope attach --max-flows 4096 --netns "$LAB-$host" "${it#*:}" --name "$instance${it%%:*}"
	done
}

# ---- the parts of the test

status_of_all() {
	in_every_format synscope status --name "${instance}odd"
	in_every_format synscope status --name "${instance}formula"
	said 0 synscope status --name "${instance}odd"
	shows "$odd_shown" "$LAB-\\u009b\\u202e\\x9bodd"
	said 0 synscope status --name "${instance}odder"
	shows "$odder_shown"
	said 0 synscope status --name "${instance}odd" -o json
	# shellcheck disable=SC2016 # expanded by jq
	json_is --arg name "$odd" '.[0][0].interfaces[0].ifname == $name'
	said 0 synscope status --name "${instance}formula" -o csv
	shows "\"'=1+1|a,\"\"b\""
}

flows_of_all() {
	local id
	in_every_format synscope list --all --processes --name "${instance}odd"
	said 0 synscope list --processes --name "${instance}odd" -o json
	# shellcheck disable=SC2016 # expanded by jq
	json_is --arg name "$process" '.[0][0].client.process.name == $name'
	# shellcheck disable=SC2016 # expanded by jq
	json_is --arg name "$odd" '.[0][0].ifname == $name'
	id=$(jq -r '.[0].id' "$LAB_DIR/out")
	said 0 synscope list --processes --name "${instance}odd"
	shows "$process_shown/"
	in_every_format synscope show --processes --name "${instance}odd" "$id"
	said 0 synscope show --processes --name "${instance}odd" "$id"
	shows "$odd_shown" "$process_shown"
	in_every_format synscope stats --name "${instance}odd"
	in_every_format synscope stats --by server --name "${instance}odd"
	in_every_format synscope list --all interface "$odd"
	on_terminal C.UTF-8 "$BUILD/synscope list --all --processes"
	harmless_on_terminal "$LAB_DIR/raw"
	on_terminal C "$BUILD/synscope list --all --processes"
	only_ascii "$LAB_DIR/raw" "list on a terminal that knows only ASCII"
	on_terminal C "$BUILD/synscope list --all --processes -o json"
	only_ascii "$LAB_DIR/raw" "list as JSON on a terminal that knows only ASCII"
	on_terminal C "$BUILD/synscope list --all --processes -o csv"
	only_ascii "$LAB_DIR/raw" "list as CSV on a terminal that knows only ASCII"
}

cgroups() {
	if ! into_cgroup "$connected"; then
		echo "NOT TESTED: cgroups, because none can be made here"
		return
	fi
	in_every_format synscope list --processes --name "${instance}odd"
	said 0 synscope list --processes --name "${instance}odd"
	shows "$LAB-\\u009b\\u202e\\x1b"
}

services() { # a service's name that is not an ASCII word is ignored; others are shown
	local command words
	printf '%s\t80/tcp\n%s\t443/tcp\n' "$title$c1" '=web' >"$LAB_DIR/services"
	# shellcheck disable=SC2016 # expanded by that shell
	for command in "list --all" "stats --by server-port"; do
		read -ra words <<<"$command"
		said 0 unshare -m bash -c 'mount --bind "$1" /etc/services && shift && exec "$@"' bash \
			"$LAB_DIR/services" "$BUILD/synscope" "${words[@]}" --resolve --name "${instance}odd"
	done
}

watched() { # FILE...: none of them is empty
	local it
	for it in "$@"; do
		[ "$(wc -l <"$it")" -ge 2 ] || return 1
	done
}

watching() {
	local format pids=()
	for format in table json jsonl csv; do
		"$BUILD/synscope" watch -o $format >"$LAB_DIR/watch-$format" 2>"$LAB_DIR/watch-err" </dev/null &
		pids+=($!)
	done
	lab_pids+=("${pids[@]}")
	more_flows() { # refused, because nobody accepts them: after some dozens the server would not answer any more
		on client bash -c "exec 3<>/dev/tcp/$server4/81" 2>/dev/null && fail "somebody listens at port 81"
		watched "$LAB_DIR"/watch-{table,json,jsonl,csv}
	}
	wait_for 20 more_flows || fail "watch shows nothing: $(cat -v "$LAB_DIR"/watch-*)"
	kill -INT "${pids[@]}"
	wait "${pids[@]}" || fail "watch ends with $?"
	for format in table json jsonl csv; do
		harmless "watch as $format" "$LAB_DIR/watch-$format"
		cp "$LAB_DIR/watch-$format" "$LAB_DIR/out"
		case $format in
		table) shows "(${instance_shown}odd)" ;;
		json*) json_is 'length > 0' ;;
		csv) keep_csv "$LAB_DIR/out" ;;
		esac
	done
}

# LOCALE TEXT-TO-WAIT-FOR COMMAND-LINE [KEYS]: run it on a terminal until q is pressed, and leave what it drew in
# $LAB_DIR/screen.
screen_of() {
	local screen keys
	rm -f "$LAB_DIR/keys"
	mkfifo "$LAB_DIR/keys"
	: >"$LAB_DIR/screen" # what the last one drew: keys that come before `top` is there are echoed by the terminal
	LC_ALL=$1 TERM=xterm script -qec "stty cols 150 rows 40; $3" /dev/null <"$LAB_DIR/keys" >"$LAB_DIR/screen" 2>&1 &
	screen=$!
	lab_pids+=("$screen")
	exec {keys}<>"$LAB_DIR/keys" # open for reading, too, so that a write does not fail after the reader has exited
	wait_for 20 grep -qaF -- "$2" "$LAB_DIR/screen" || fail "no '$2' on the screen: $(cat -v "$LAB_DIR/screen")"
	[ -z "${4-}" ] || {
		echo -n "$4" >&"$keys"
		wait_for 20 grep -qaF 'filter:' "$LAB_DIR/screen" || fail "no filter: $(cat -v "$LAB_DIR/screen")"
		echo -n $'\n\e' >&"$keys"
	}
	until echo -n q >&"$keys" && wait_for 1 ended "$screen"; do :; done
	exec {keys}>&-
	wait "$screen" || true
	harmless_on_terminal "$LAB_DIR/screen"
	[ "$1" != C ] || only_ascii "$LAB_DIR/screen" "'$3'"
}

ended() { # PID
	! kill -0 "$1" 2>/dev/null
}

screens() {
	local locale
	for locale in C.UTF-8 C; do
		screen_of $locale "${instance_shown}odd" "$BUILD/synscope top"
		screen_of $locale "${instance_shown}odd" "$BUILD/synscope top --name '${instance}odd'" "fport $c1$stray$override"
		screen_of $locale "${instance_shown}odd" "$BUILD/synscope stats --interval 1 --name '${instance}odd'"
		printf -v words '%q ' run "$oddest" --netns "$LAB-$host" --name "${instance}run"
		screen_of $locale "${instance_shown}run" "$BUILD/synscope $words"
	done
}

runs() {
	local format
	for format in table json jsonl csv; do
		said 0 timeout --preserve-status -s INT 2 "$BUILD/synscope" run "$oddest" --netns "$LAB-$host" --name "${instance}run" \
			-o $format
	done
}

files_of_captures() {
	local file="$LAB_DIR/$file_name.pcap"
	printf '%s\n' '0.000000 1:40000 2:443 S 1000 0 0' '0.010000 2:443 1:40000 SA 9000 1001 0' |
		"$BUILD/capture_maker" >"$file"
	in_every_format synscope replay "$file"
	in_every_format synscope replay --events "$file"
	said 0 synscope replay "$file" -o json
	json_is '.[0] | length == 1'
	head -c 50 "$file" >"$file.cut"
	in_ascii 1 synscope replay "$file.cut"
	grep -qF '\x1b]0;own\x07' "$LAB_DIR/err" || fail "the file is not named: $(cat -v "$LAB_DIR/err")"
	echo "$file_name" >"$file.none"
	said 1 synscope replay "$file.none"
	said 1 synscope replay "$file.not-there"
	said 1 synscope replay "$LAB_DIR"
}

refused() { # COMMAND...: it must fail, and its messages must be harmless
	local status=0
	timeout $((20 * ${TEST_PATIENCE:-1})) "$BUILD/synscope" "$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null || status=$?
	[ $status -eq 1 ] || [ $status -eq 2 ] || fail "'$*' ended with $status: $(cat -v "$LAB_DIR"/{out,err})"
	[ -s "$LAB_DIR/err" ] || fail "'$*' says nothing"
	harmless "'$*'" "$LAB_DIR/out" "$LAB_DIR/err"
}

# Words of the command line are repeated in messages.
mistakes() {
	local all="$title$c1$override$stray" word command words
	for word in "$all" "-$all" "--$all" $'a\nb\tc'; do
		refused "$word"
		refused help "$word"
		refused list port "$word"
	done
	for command in attach detach flush list replay run show stats status top watch; do
		refused $command "--$all"
		refused $command --name "$all" "$all" "$all"
		refused $command --output="$all"
	done
	for command in flush list top watch; do
		refused $command port "$all"
		refused $command "$all" and "'$all"
		refused $command state "$all"
	done
	refused attach "$all" --netns "$all"
	refused attach lo --mode "$all"
	refused attach lo --timeout "$all=1"
	refused attach lo --max-flows "$all"
	refused attach --upgrade "$all"
	refused show "$all"
	refused list --sort "$all"
	refused list --limit "$all"
	refused stats --by "$all"
	LC_ALL=C refused list port "$all"
	only_ascii "$LAB_DIR/err" "a mistake in a filter"
	for command in attach detach flush list replay run show stats status top watch help; do
		NO_COLOR=$all TERM=$all said 0 synscope $command --help
	done
	printf -v words '%q ' "TERM=$all"
	on_terminal C.UTF-8 "env $words $BUILD/synscope top"
	harmless_on_terminal "$LAB_DIR/raw"
	grep -qF '\x1b]0;own' "$LAB_DIR/raw" || fail "TERM is not named: $(cat -v "$LAB_DIR/raw")"
}

# A deleted interface is shown with the name that it had at attach.
gone() {
	ip -n "$LAB-$host" link delete "$odder"
	said 0 synscope status --name "${instance}odder"
	shows "$odder_shown" gone
	in_every_format synscope status --name "${instance}odder"
}

ends() {
	in_every_format synscope flush --name "${instance}odd"
	said 0 synscope detach "${instance}odd"
	said 1 synscope detach "${instance}odd"
	said 0 synscope detach "${instance}formula"
}

lab_begin
host="client$c1$title"
instance_shown="$LAB-\\u009b\\u202e\\x9b"
lab_host "$host" server
lab_link "$host" "$odd" server eth0
lab_address "$host" "$odd" $client4/24
lab_address server eth0 $server4/24
lab_link "$host" "$odder" server eth1
lab_link "$host" "$formula" server eth2
lab_link "$host" "$oddest" server eth3
on() { # the other functions call it "client"
	local at=$1
	shift
	[ "$at" != client ] || at=$host
	nsenter --net="/run/netns/$LAB-$at" "$@"
}
peer_start server
must peer server l listen $server4 80

attach_hostile
connect_as "$process"
wait_for 10 jq -es 'length == 1' <(synscope list --name "${instance}odd" -o jsonl) >/dev/null || fail "no flow"
status_of_all
flows_of_all
cgroups
services
watching ""
screens
runs
files_of_captures
mistakes
gone
ends
csv_is_sound
