# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# `export` in the background; connections for it; and collectors of flow records: nfcapd, nfacctd and ClickHouse, on the
# host `collector`. To be sourced after lib.sh; connections need wired.sh.
# shellcheck disable=SC2034 # variables for the test

without=() # programs that are not installed

have() { # PROGRAM
	[ -z "$(type -P "$1")" ] || return 0
	without+=("$1")
	echo "not tested, because $1 is not installed" >&2
	return 1
}

skip_without() { # at the end of a test: say what could not be tested
	[ ${#without[@]} -eq 0 ] || skip "the rest passes; not installed: $(printf '%s\n' "${without[@]}" | sort -u | xargs)"
}

in_collector() { # LOG COMMAND...: start it on the host `collector`; its process id is in $started
	local log=$1
	shift
	nsenter --net="/run/netns/$LAB-collector" "$@" >"$log" 2>&1 </dev/null &
	started=$!
	lab_pids+=($!)
}

kill_started() { # PID [SIGNAL]
	kill "-${2-TERM}" "$1"
	wait "$1" || true
}

# ---- pmacct's collector

# AGGREGATE: it keeps these in $LAB_DIR/acct.json; $LAB_DIR/primitives says what those are that it does not know
nfacctd_begin() {
	cat >"$LAB_DIR/nfacctd.conf" <<-EOF
		nfacctd_port: 9996
		nfacctd_ip: 127.0.0.1
		plugins: print
		aggregate_primitives: $LAB_DIR/primitives
		aggregate: $1
		print_output: json
		print_output_file: $LAB_DIR/acct.json
		print_output_file_append: true
		print_refresh_time: 1
		plugin_pipe_size: 1024000
	EOF
	in_collector "$LAB_DIR/nfacctd.log" nfacctd -f "$LAB_DIR/nfacctd.conf"
	acct=$started
	wait_for 10 grep -q 'JSON: setting' "$LAB_DIR/nfacctd.log" || fail "nfacctd does not start: $(cat "$LAB_DIR/nfacctd.log")"
}

nfacctd_end() { # neither it nor its plug-in ends by SIGTERM while there is nothing to receive
	pkill -KILL -P "$acct" || true
	kill -KILL "$acct"
}

acct_has() { # COUNT: it has received that many records
	[ "$(wc -l 2>/dev/null <"$LAB_DIR/acct.json")" -eq "$1" ]
}

# ---- exports

declare -A exporter # process ids

exporting() { # ID INSTANCE: that export makes records of what ends from now on
	grep -q "exporting the flows of '$LAB-$2'" "$LAB_DIR/$1.err"
}

export_begun() { # ID PID INSTANCE: a process whose messages are in ID.err
	exporter[$1]=$2
	lab_pids+=("$2")
	wait_for 5 exporting "$1" "$3" || fail "export does not start: $(cat "$LAB_DIR/$1.err")"
}

ends_with() { # STATUS PID: it ends with that status
	local status=0
	wait "$2" || status=$?
	[ "$status" -eq "$1" ] || fail "ended with $status, not $1: $(cat "$LAB_DIR"/*.err)"
}

export_end() { # ID [SIGNAL]: with status 0
	kill "-${2-TERM}" "${exporter[$1]}"
	ends_with 0 "${exporter[$1]}"
}

port=43000
connection() { # a connection from $port of the client, over IPv4 or IPv6 in turn, that ends
	local ip=$server4
	port=$((port + 1))
	[ $((port % 2)) -eq 0 ] || ip=$server6
	must peer client c connect $ip 80 $port
	must peer server a accept "l$((port % 2))"
	must peer client c send 100
	must peer server a recv 100
	must peer client c close
	must peer server a close
}

# ---- nfdump

bound() { # PORT: somebody on the host `collector` has this UDP port
	[ -n "$(on collector ss -uanH "sport = :$1")" ]
}

nfcapd_start() { # NAME PORT [ADDRESS]: it writes to the directory NAME
	mkdir "$LAB_DIR/$1"
	in_collector "$LAB_DIR/$1.log" nfcapd -w "$LAB_DIR/$1" -p "$2" -b "${3-127.0.0.1}"
	nfcapd=$started
	wait_for 10 bound "$2" || fail "nfcapd does not start: $(cat "$LAB_DIR/$1.log")"
}

received() { # PORT: nothing waits in that socket
	[ "$(on collector ss -uanH "sport = :$1" | awk '{ sum += $2 } END { print sum + 0 }')" -eq 0 ]
}

nfcapd_end() { # PORT
	wait_for 10 received "$1" || fail "nfcapd does not read"
	kill_started "$nfcapd"
}

nfdump_reads() { # NAME: in JSON
	nfdump -R "$LAB_DIR/$1" -o json | jq -c '.[]'
}

# ---- ClickHouse

sql() { # QUERY: print its answer
	on collector curl -sS --fail-with-body http://127.0.0.1:8123/ --data-binary "$1" || fail "ClickHouse: $1"
}

rows_are() { # QUERY ANSWER
	[ "$(sql "$1")" = "$2" ]
}

clickhouse_start() {
	in_collector "$LAB_DIR/clickhouse.log" clickhouse-server --config-file="$LAB_DIR/clickhouse/config.xml"
	clickhouse=$started # for the test
	wait_for 30 on collector curl -sSf http://127.0.0.1:8123/ping >/dev/null ||
		fail "no ClickHouse: $(cat "$LAB_DIR/clickhouse.log")"
}

clickhouse_begin() { # ADDRESS: with the table, which the command of README.md makes
	mkdir "$LAB_DIR/clickhouse"
	cat >"$LAB_DIR/clickhouse/config.xml" <<-EOF
		<yandex>
		<logger><level>warning</level><console>1</console></logger>
		<listen_host>$1</listen_host><http_port>8123</http_port><tcp_port>9000</tcp_port>
		<path>$LAB_DIR/clickhouse/</path><tmp_path>$LAB_DIR/clickhouse/tmp/</tmp_path>
		<mark_cache_size>5368709</mark_cache_size><users_config>users.xml</users_config>
		<default_profile>default</default_profile><default_database>default</default_database>
		</yandex>
	EOF
	cat >"$LAB_DIR/clickhouse/users.xml" <<-EOF
		<yandex><profiles><default/></profiles><quotas><default/></quotas><users><default><password/>
		<networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></default></users></yandex>
	EOF
	clickhouse_start
	# shellcheck disable=SC2016 # the quote is one of README.md
	on collector bash -c "$(grep -oE 'curl --data-binary [^\`]*flows.sql [^\`]*' README.md)" || fail "the table of README.md"
}

clickhouse_address() { # where README.md exports to
	sed -nE "s/^sudo synscope export '(http:[^']*INSERT[^']*)'.*/\1/p" README.md
}

answer_of() { # HEADING: the answer to that query of contrib/clickhouse/queries.sql
	local query
	query=$(awk -v heading="-- $1" 'index($0, heading) == 1 { found = 1 } found && /^--/ { next } found && !NF { exit } found' \
		contrib/clickhouse/queries.sql)
	[ -n "$query" ] || fail "no query '$1'"
	sql "${query%;}"
}
