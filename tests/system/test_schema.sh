#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `--schema`: what every command prints in JSON is valid by the schema that it prints itself, which knows no other
# members; each member is printed at least once, and is described as in synscope-json(7).
. tests/system/lib/lib.sh
captures=${CAPTURES:-../shared/pcaps} # as in test_captures.sh
readonly id=$client4:46001-$server4:80

schema_of() { # RECORD COMMAND...
	outcome 0 synscope "${@:2}" --schema
	mv "$LAB_DIR/out" "$LAB_DIR/schemas/$1.schema"
}

printed() { # FILE COMMAND...: into RECORD.WHAT.json, or .jsonl
	synscope "${@:2}" >"$LAB_DIR/schemas/$1" || fail "${*:2} ended with $?"
}

schemas() {
	schema_of flow list
	schema_of flow_line list -o jsonl
	schema_of flow_shown show -o json
	schema_of event watch -o jsonl
	schema_of instance_status status
	schema_of instance_stats stats
	schema_of instance_flush flush
	schema_of export_record export
	schema_of export_record_flat export --flat
	cmp <(synscope replay --schema -o json | tail -n +4) <(tail -n +4 "$LAB_DIR/schemas/flow.schema") ||
		fail "the flows of replay are not those of list"
	cmp <(synscope replay --show "$id" --schema | tail -n +4) <(tail -n +4 "$LAB_DIR/schemas/flow_shown.schema") ||
		fail "the flow of replay --show is not that of show"
	cmp <(synscope replay --schema --events -o jsonl | tail -n +4) <(tail -n +4 "$LAB_DIR/schemas/event.schema") ||
		fail "the events of replay are not those of watch"
	cmp <(synscope run --schema | tail -n +4) <(tail -n +4 "$LAB_DIR/schemas/flow.schema") ||
		fail "the flows of run are not those of list"
	outcome 2 synscope list -o csv --schema
	says 'is of json and jsonl; csv has the same values'
	outcome 2 synscope detach --schema
	says "unknown option '--schema'"
}

make_capture() { # what is seldom seen
	"$BUILD/capture_maker" >"$LAB_DIR/capture" <<-EOF
		0.000000 1:40000 2:443 S 1000 0 0
		0.010000 2:443 1:40000 SA 9000 1001 0
		0.035000 1:40000 2:443 A 1001 9001 0
		1.000000 1:40000 2:443 FA 1001 9001 0
		1.001000 2:443 1:40000 FA 9001 1002 0
		1.002000 1:40000 2:443 A 1002 9002 0
		1.100000 1:40001 2:443 PA 5000 7000 10
		vxlan:42 1.300000 1:40002 2:443 S 1000 0 0
	EOF
}

live() {
	printed flow.live.json list --all -p --dns --name "$LAB-client" -o json
	printed flow.server.json list --all -p --name "$LAB-server" -o json
	printed flow_line.live.jsonl list --all -p --name "$LAB-client" -o jsonl
	printed flow_shown.live.json show -p --dns "$id" --name "$LAB-client" -o json
	printed instance_status.json.json status --name "$LAB-client" -o json
	for by in all server-port server client; do
		printed instance_stats.$by.json stats --name "$LAB-client" --by $by -o json
	done
	printed instance_stats.capture.json stats --from "$LAB_DIR/capture" -o json
}

begun() { # PID FILE
	case $2 in
	event*) watching "$1" ;;
	*) grep -q '^synscope: exporting the flows' "$LAB_DIR/$2.err" ;;
	esac
}

ended() { # while it is watched and exported
	local out pids=()
	for out in event.live.jsonl export_record.live.jsonl export_record_flat.live.jsonl; do
		case $out in
		event*) set -- watch -o jsonl ;;
		*flat*) set -- export --flat - ;;
		*) set -- export - ;;
		esac
		"$BUILD/synscope" "$1" --name "$LAB-client" "${@:2}" >"$LAB_DIR/schemas/$out" 2>"$LAB_DIR/$out.err" </dev/null &
		lab_pids+=($!)
		pids+=($!)
		wait_for 10 begun $! "$out" || fail "$*: $(cat "$LAB_DIR/$out.err")"
	done
	must peer client c send 10
	must peer server a reset
	printed instance_flush.live.json flush --name "$LAB-client" -o json
	for out in event export_record export_record_flat; do
		wait_for 10 grep -q flushed "$LAB_DIR/schemas/$out.live.jsonl" || fail "$out: nothing is told of the flush"
	done
	detach client # which ends them
	wait "${pids[@]}"
}

recorded() {
	local capture first count=0
	printed event.capture.jsonl replay "$LAB_DIR/capture" --events --samples -o jsonl
	printed flow.capture.json replay "$LAB_DIR/capture" --decap all -o json
	printed flow_shown.capture.json replay "$LAB_DIR/capture" --show 10.0.0.1:40000-10.0.0.2:443 -o json
	for capture in "$captures"/*.pcap "$captures"/*.pcapng; do
		[ -e "$capture" ] || continue
		count=$((count + 1))
		printed flow.$count.json replay "$capture" -o json
		printed event.$count.jsonl replay "$capture" --events --samples -o jsonl
		first=$(jq -r '.[0].id // empty' "$LAB_DIR/schemas/flow.$count.json")
		if [ -n "$first" ]; then # else no packet of it is whole
			printed flow_shown.$count.json replay "$capture" --show "$first" -o json
		fi
	done
	echo "$count captures of others"
}

lab_begin
python3 -c 'import jsonschema' || skip "no python3-jsonschema, which tools/install-deps.sh installs"
mkdir "$LAB_DIR/schemas"
lab_pair
attach client eth0 --netns "$LAB-client" --rtt
attach server eth0 --netns "$LAB-server"
must peer server l listen $server4 80
must peer client c connect $server4 80 46001
must peer server a accept l
must peer client d connect $server4 80 46003 # open until the flush
must peer server e accept l
must peer server e send 10
must peer client d recv 10
must peer client d send 10
must peer server e recv 10
! peer client x connect $server4 81 46002 || fail "connected to a port where nothing listens"
flow_must client 46001 '.client.state == "ESTABLISHED"'
make_capture
schemas
live
recorded
ended
python3 -W ignore tests/system/lib/schema.py "$LAB_DIR/schemas" docs/man/synscope-json.7.scd || fail "not as the schemas say"
