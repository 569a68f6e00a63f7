#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# synscope-json(7) documents every field that the commands print, with its type, and no other; it lists the columns of
# csv, and the pages of commands have the headings of their tables.
. tests/system/lib/lib.sh
# shellcheck source=lib/docs.sh
. tests/system/lib/docs.sh
. tests/system/lib/terminal.sh

# What a section of the page documents, as lines "PATH TYPE", one for each type. Entries are "*PATH*, *PATH* (TYPE or
# TYPE)", over one line or more.
documented() { # SECTION
	section synscope-json.7 "$1" | awk '
		/^$/ { entry = ""; next }
		/^\*/ && entry == "" { entry = $0; next }
		entry != "" && !/^\t/ { entry = entry " " $0; next }
		entry != "" {
			types = entry
			sub(/.*\(/, "", types); sub(/\)$/, "", types); sub(/ \([^)]*\)$/, "", entry)
			gsub(/\*/, "", entry)
			paths = split(entry, path, /, */); kinds = split(types, kind, / or /)
			for (i = 1; i <= paths; i++)
				for (j = 1; j <= kinds; j++)
					print path[i] " " kind[j]
			entry = ""
		}' | sort
}

# shellcheck disable=SC2016 # jq expands the variables
readonly walk='
	def kind: {string: "text", number: "integer"}[type] // type;
	def walk($path):
		if type == "object" then
			(if $path == "" then empty else "\($path) object" end),
			(to_entries[] | .key as $key | .value | walk(if $path == "" then $key else "\($path).\($key)" end))
		elif . == [] then "\($path) array"
		elif type == "array" and all(.[]; type == "number") then "\($path) array of integers"
		elif type == "array" and all(.[]; type == "string") then "\($path) array of text"
		elif type == "array" then .[] | walk("\($path)[]")
		elif type == "number" and (floor != . or . < 0) then "\($path) \(.)"
		else "\($path) \(kind)" end;
	(if type == "array" then .[] else . end)'

printed() { # [JQ-FILTER]: the same for the records on stdin, in the order of the fields
	jq -r "$walk | ${1-.} | walk(\"\")" | awk '!seen[$0]++'
}

# An object is documented as such only if it may be null, or if it is described elsewhere. An empty array is of the type
# that is documented.
without_containers() { # DOCUMENTED: applied to the lines on stdin
	local path type
	while read -r path type; do
		case $type in
		object) ! grep -qxF "$path object" <<<"$1" || echo "$path $type" ;;
		array) grep -F "$path array of " <<<"$1" || grep -qF "${path}[]" <<<"$1" || echo "$path $type" ;;
		*) echo "$path $type" ;;
		esac
	done
}

# WHAT DOCUMENTED PRINTED: each printed path is documented with each of its types, and each documented path was printed.
is_documented() {
	local extra missing
	extra=$(without_containers "$2" <<<"$3" | sort -u | comm -13 <(echo "$2") -)
	[ -z "$extra" ] || fail "$1: printed, but not in synscope-json(7): $extra"
	missing=$(comm -23 <(cut -d ' ' -f 1 <<<"$2" | sort -u) <(cut -d ' ' -f 1 <<<"$3" | sort -u))
	[ -z "$missing" ] || fail "$1: in synscope-json(7), but never printed: $missing"
}

columns_are() { # WHAT PATHS: the columns of the csv on stdin
	same "columns of the csv of $1" "$2" "$(head -n 1 | tr ',' '\n')"
}

paths() { # DOCUMENTED: the csv columns for these paths; an array of objects has none of its own
	cut -d ' ' -f 1 <<<"$1" | grep -vxFf <(sed -n 's/\[\].*//p' <<<"$1") |
		sed 's/histogram\[\].*/histogram/; s/\[\]//' | sort -u
}

# ---- flows

flows_are_documented() {
	local flow types unknown
	flow=$(documented FLOW)
	types=$({
		synscope list --all -p --dns --name "$LAB-client" -o json
		synscope list --all -p --name "$LAB-server" -o jsonl
		synscope show "$connection_id" --name "$LAB-server" -o json
		synscope replay "$LAB_DIR/capture" --decap all -o json
		synscope replay --rtt "$LAB_DIR/capture" -o json
		synscope replay "$LAB_DIR/untimed" -o json
	} | printed)
	is_documented flows "$flow" "$types"
	# A record keeps neither length nor number of a segment with data. None is kept here: test_ladder.c has one.
	unknown=$(grep ' null$' <<<"$flow" |
		grep -vxE '(client|server).process.cgroup null|rtt.(client|server) null|tunnel null|ladder.steps\[\].(payload_bytes|seq) null' |
		comm -23 - <(sort <<<"$types"))
	[ -z "$unknown" ] || fail "documented as null at times, but never printed so: $unknown"
	flow=$(grep -vE '^(ladder|rtt(\.client|\.server)? )' <<<"$flow") # only JSON has it, and what may be null as a whole
	synscope list --all -p --dns --name "$LAB-server" -o csv |
		columns_are "list -p" "$(paths "$flow" | grep -vx 'client.process\|server.process')"
	flow=$(grep -v '\.process\|\.local\|\.name ' <<<"$flow")
	synscope list --all --name "$LAB-server" -o csv | columns_are list "$(paths "$flow")"
	synscope replay "$LAB_DIR/capture" -o csv | columns_are replay "$(paths "$flow")"
	types=$(synscope replay "$LAB_DIR/capture" --decap all -o json 'tunnel vxlan' | printed | without_containers "$flow")
	[ "$(cut -d ' ' -f 1 <<<"$types" | tr -d '[]' | grep -vx rtt)" = "$(synscope show "$connection_id" --name "$LAB-server" -o csv |
		head -n 1 | tr ',' '\n' | grep -v '^rtt')" ] || fail "the columns of show are not in the order of the fields"
}

# ---- events

watch_has() { # JQ-CONDITION
	jq -se "any(.[]; $1)" "$LAB_DIR/events" >/dev/null
}

keep_open_until_watched() { # open new connections, one after the other, until the watcher reports one
	ports=$((ports + 1))
	must peer client "w$ports" connect $server4 80 $ports
	watch_has '.event == "new"'
}

events_are_documented() {
	local event flow
	ports=47000
	"$BUILD/synscope" watch --name "$LAB-server" -o jsonl >"$LAB_DIR/events" 2>/dev/null </dev/null &
	lab_pids+=($!)
	wait_for 10 keep_open_until_watched || fail "watch tells nothing"
	outcome 0 synscope flush --name "$LAB-server"
	wait_for 5 watch_has '.reason == "flushed"' || fail "watch did not report the flush"
	synscope replay --samples "$LAB_DIR/capture" --decap all --events -o jsonl >>"$LAB_DIR/events"
	event=$(documented EVENT)
	flow=$(documented FLOW | grep -vE '^(ladder|age_ns|idle_ns)|\.process|\.local|\.name ')
	is_documented events "$event" "$(printed '.flow = {}' <"$LAB_DIR/events")"
	is_documented "flows of events" "$flow" "$(printed .flow <"$LAB_DIR/events")"
	flow=$(grep -vE '^rtt(\.client|\.server)? ' <<<"$flow")
	synscope replay "$LAB_DIR/capture" --events -o csv |
		columns_are events "$(paths "$event" | grep -vx flow; paths "$flow" | sed 's/^/flow./')"
}

# ---- instances

stats_of() { # WHAT...: as JSON, by each
	for by; do
		synscope stats --name "$LAB-client" --by "$by" -o json
	done
}

time_round_trips() { # attach again, so that there are some of the connection
	detach client
	attach client eth0 --netns "$LAB-client" --rtt
	for _ in 1 2 3; do # the first segments are not timed, because their SYNs were not seen
		must peer client c send 10
		must peer server a recv 10
		must peer client c acked
		must peer server a send 10
		must peer client c recv 10
		must peer server a acked
	done
}

instances_are_documented() {
	local status stats flush without
	status=$(documented STATUS)
	is_documented status "$status" "$(synscope status --name "$LAB-client" -o json | printed)"
	synscope status --name "$LAB-client" -o csv | columns_are status "$(paths "$status" | grep -v '_behind$')"
	stats=$(documented STATS)
	without=$(stats_of all server-port server client)
	time_round_trips
	is_documented stats "$stats" "$({
		echo "$without"
		stats_of all server-port
	} | printed)"
	synscope stats --name "$LAB-client" -o csv | columns_are stats "$(paths "$(grep -v '^rtt ' <<<"$stats")")"
	flush=$(documented FLUSH)
	is_documented flush "$flush" "$(synscope flush --name "$LAB-client" -o json | printed)"
	synscope flush --name "$LAB-client" -o csv | columns_are flush "$(paths "$flush")"
}

# ---- tables

headings_in() { # PAGE
	section "$1" OUTPUT | grep '^\*' | grep -oE '\*[A-Z][A-Z0-9./-]+\*' | tr -d '*' | sort -u
}

headings_of() { # FIRST: the headings of the tables on stdin that begin with it; a histogram's range is not a heading
	awk -v first="$1" '$1 == first { for (i = 1; i <= NF; i++) print $i }' | grep -v '[a-z]' | sort -u
}

headings_of_top() { # with every column, on a terminal that has room for all
	mkdir -p "$LAB_DIR/config/synscope"
	printf '+%s\n' client_packets server_packets conn_state history interface >"$LAB_DIR/config/synscope/top"
	terminal_start 400 30 "$BUILD/synscope top -a"
	screen_must_show '^C-PKTS '
	screen | sed 's/^C-PKTS /FLOW C-PKTS /' | headings_of FLOW
	terminal_end
}

headings_are_documented() {
	local key headings
	# of all instances, so that there is a column for them; others may be of other versions, whose errors do not
	# matter
	same "headings of list" "$(headings_in synscope-list.1)" "$({ synscope list -a -p --dns || true; } | headings_of FLOW)"
	same "headings of top" "$(headings_in synscope-top.1 | grep -vxE 'SYN(/ACK)?')" "$(headings_of_top)"
	headings=$(synscope stats --name "$LAB-server" | headings_of LATENCY)
	for key in PORT:server-port SERVER:server CLIENT:client; do
		headings+=$'\n'$(synscope stats --name "$LAB-server" --by ${key#*:} | headings_of ${key%:*})
	done
	same "headings of stats" "$(headings_in synscope-stats.1)" "$(sort -u <<<"$headings")"
}

lab_begin
lab_pair
attach client eth0 --netns "$LAB-client"
attach server eth0 --netns "$LAB-server" --timeout closed=600
must peer server l listen $server4 80
must peer client c connect $server4 80 46001
must peer server a accept l
! peer client x connect $server4 81 46002 || fail "connected to a port where nothing listens"
connection_id=$client4:46001-$server4:80
flow_must server 46001 '.client.state == "ESTABLISHED"'
# A whole connection, one that was picked up midstream, of which much is unknown, and some in tunnels.
"$BUILD/capture_maker" >"$LAB_DIR/capture" <<-EOF
	0.000000 1:40000 2:443 S 1000 0 0
	0.010000 2:443 1:40000 SA 9000 1001 0
	0.035000 1:40000 2:443 A 1001 9001 0
	1.000000 1:40000 2:443 FA 1001 9001 0
	1.001000 2:443 1:40000 FA 9001 1002 0
	1.002000 1:40000 2:443 A 1002 9002 0
	1.100000 1:40001 2:443 PA 5000 7000 10
	1.200000 2:443 1:40001 A 7000 5010 0
	vxlan:42 1.300000 1:40002 2:443 S 1000 0 0
	ipip:0 1.300000 1:40003 2:443 S 1000 0 0
	pppoe:7 1.300000 1:40004 2:443 S 1000 0 0
EOF
# A capture without times: all are 0, which is so many seconds before the first one of capture_maker.
printf -- '-1700000000.0 1:40000 2:443 %s 1000 0 0\n' S R | "$BUILD/capture_maker" >"$LAB_DIR/untimed"
headings_are_documented
flows_are_documented
events_are_documented
instances_are_documented
