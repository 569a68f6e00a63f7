#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# A small fleet as docs/fleet.md has it: three hosts, each with `serve --export`; a Prometheus, a ClickHouse and an
# nfcapd for all of them. The service of one host gets slow, that of another one refuses, and the third host dies and
# comes back: rules, dashboard and SQL say where, and each flow of a host that lives is in both collectors.
#
#   users 10.0.0.1 ----+---- alpha 10.0.0.11
#                   switch-- beta 10.0.0.12 eth1 ---- wire ---- pod 10.0.2.2
#   collector .20 -----+---- gamma 10.0.0.13
#
# The service of beta is that of the pod. What is slow is behind the interface that beta observes.
# long: 30 s
. tests/system/lib/lib.sh
. tests/system/lib/wired.sh
. tests/system/lib/machine.sh
. tests/system/lib/export.sh
. tests/system/lib/prometheus.sh

program=$(realpath "$BUILD/synscope")
readonly program monitor=collector users4=10.0.0.1 collector4=10.0.0.20
readonly hosts="alpha beta gamma" many=40 # in 5 minutes: more than the 0.1 a second that alerts ask for
declare -A address=([users]=$users4 [collector]=$collector4 [alpha]=10.0.0.11 [beta]=10.0.0.12 [gamma]=10.0.0.13)
declare -A service=([alpha]=10.0.0.11 [beta]=10.0.2.2 [gamma]=10.0.0.13) # its address
declare -A servers=([alpha]=alpha [beta]=pod [gamma]=gamma)             # who owns its sockets
declare -A serves=()                                                    # process ids

for engine in prometheus clickhouse-server nfcapd nfdump curl; do
	type -P "$engine" >/dev/null || skip "no $engine, which tools/install-deps.sh test installs"
done

network() {
	local host
	lab_host users switch collector wires pod alpha beta gamma
	lab_silent users switch collector wires pod alpha beta gamma
	ip -n "$LAB-switch" link add br0 type bridge
	ip -n "$LAB-switch" link set br0 up
	for host in "${!address[@]}"; do
		lab_link "$host" eth0 switch "$host"
		ip -n "$LAB-switch" link set "$host" master br0
		lab_address "$host" eth0 "${address[$host]}/24"
	done
	lab_link beta eth1 wires w1
	lab_link wires w2 pod eth0
	lab_address beta eth1 10.0.2.1/24
	lab_address pod eth0 10.0.2.2/24
	on beta sysctl -qw net.ipv4.ip_forward=1
	ip -n "$LAB-pod" route add default via 10.0.2.1
	ip -n "$LAB-users" route add 10.0.2.0/24 via 10.0.0.12
	lab_wire_commanded wires w1 w2 0
	for host in users pod alpha gamma; do
		peer_start $host
	done
}

boot() { # HOST: it tracks, serves and exports, as docs/fleet.md says
	local entering
	machine "$1"
	outcome 0 on_machine "$1" "$program" attach eth0 --max-flows 4096 --timeout time_wait=1 --timeout closed=2
	to_machine "$1"
	: >"$LAB_DIR/$1.err" # what the last one said
	"${entering[@]}" "$program" serve --metrics-listen "${address[$1]}:9294" --export "netflow9://$collector4:9995" \
		--export "$clickhouse_url" >"$LAB_DIR/$1.err" 2>&1 </dev/null &
	serves[$1]=$!
	lab_pids+=($!)
	wait_for 10 grep -q "exporting the flows of 'eth0'" "$LAB_DIR/$1.err" || fail "$1 does not serve: $(cat "$LAB_DIR/$1.err")"
}

die() { # HOST: without a farewell
	ip -n "$LAB-switch" link set "$1" down
	kill_started "${serves[$1]}" KILL
	kill_started "${machine_pid[$1]}" KILL
	wait_for 10 is_bare "$1" eth0 || fail "something of $1 lives on"
}

prometheus_scrapes_all() { # with the rules of contrib/prometheus, which here do not wait before they alert
	local host
	sed -E 's/^( +for: ).*/\10s/' contrib/prometheus/synscope.rules.yml >"$LAB_DIR/rules.yml"
	{
		echo "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}"
		echo "rule_files: [$LAB_DIR/rules.yml]"
		echo "scrape_configs: [{job_name: synscope, static_configs: ["
		for host in $hosts; do
			echo "{targets: ['${address[$host]}:9294'], labels: {instance: $host}},"
		done
		echo "]}]"
	} >"$LAB_DIR/prometheus.yml"
	prometheus_start prometheus 9090
}

# ---- connections, with what has to be known of them in the end

flows=() port=20000

next_flow() { # HOST: from $port
	port=$((port + 1))
	flows+=("$1 ${service[$1]} $port")
}

connections() { # HOST COUNT: that end; ten at once, because a slow service takes its time
	local server=${servers[$1]} left n now
	for ((left = $2; left > 0; left -= now)); do
		now=$((left < 10 ? left : 10))
		for ((n = 0; n < now; n++)); do
			next_flow "$1"
			must peer users c$n start "${service[$1]}" 443 $port
		done
		for ((n = 0; n < now; n++)); do
			must peer "$server" a accept l
			must peer "$server" a close
		done
		for ((n = 0; n < now; n++)); do
			must peer users c$n recv 0
			must peer users c$n close
		done
	done
}

refusals() { # HOST COUNT
	local n
	for ((n = 0; n < $2; n++)); do
		next_flow "$1"
		! peer users r connect "${service[$1]}" 443 $port || fail "$1 was connected"
		[ "$PEER_REPLY" = ECONNREFUSED ] || fail "$1: $PEER_REPLY"
	done
}

told() { # the flows of users in ClickHouse
	sql "SELECT host, server_ip, client_port FROM flows FINAL WHERE client_ip = '$users4' AND record = 'ended'" |
		tr '\t' ' ' | sort
}

all_told() {
	[ "$(told)" = "$(printf '%s\n' "${flows[@]}" | sort)" ]
}

none_missing() { # in ClickHouse, and none twice
	wait_for 15 all_told || fail "ClickHouse has other flows (>): $(diff <(printf '%s\n' "${flows[@]}" | sort) <(told))"
}

nfcapd_misses_none() { # of NetFlow it keeps no name of a host
	local got
	nfcapd_end 9995
	got=$(nfdump_reads nfcapd | jq -r --arg users $users4 'select(.src4_addr == $users) | "\(.dst4_addr) \(.src_port)"' | sort)
	[ "$got" = "$(printf '%s\n' "${flows[@]}" | cut -d ' ' -f 2- | sort)" ] || fail "nfcapd has other flows: $(
		diff <(printf '%s\n' "${flows[@]}" | cut -d ' ' -f 2- | sort) <(echo "$got"))"
}

# ---- what Prometheus says

worst() { # PROMQL: "HOST PORT" of the largest value
	query_json 9090 "$1" | jq -sr 'map(select(.value[1] != "NaN")) | max_by(.value[1] | tonumber).metric |
		"\(.instance) \(.server_port)"'
}

worst_is() { # "HOST PORT" PROMQL
	[ "$(worst "$2")" = "$1" ]
}

worst_must() { # "HOST PORT" PROMQL
	wait_for 15 worst_is "$@" || fail "'$2' shows '$(worst "$2")' and not '$1': $(query_json 9090 "$2")"
}

answer_is() { # PROMQL VALUE...
	[ "$(query 9090 "$1" | sort | xargs)" = "${*:2}" ]
}

alerting() { # print "ALERT HOST PORT" of each alert that fires, sorted
	query_json 9090 'ALERTS{alertstate="firing"}' |
		jq -r '.metric | "\(.alertname) \(.instance) \(.server_port // "")"' | sed 's/ $//' | sort
}

alerting_are() {
	[ "$(alerting)" = "$(printf '%s\n' "$@")" ]
}

alerts_must() { # [ALERT]...: these, sorted, and no others
	wait_for 15 alerting_are "$@" || fail "expected the alerts ($*), not: $(alerting)"
}

known_everywhere() { # COUNT: Prometheus has seen as many handshakes of each host
	answer_is 'synscope_handshake_duration_seconds_count{server_port="443"}' "$1" "$1" "$1"
}

# ---- the story

an_ordinary_day() {
	local host
	for host in $hosts; do
		must peer "${servers[$host]}" l listen "${service[$host]}" 443
		connections "$host" 3
	done
	wait_for 15 known_everywhere 3 || fail "not scraped: $(query_json 9090 synscope_handshake_duration_seconds_count)"
	wait_for 15 answer_is "$(dashboard_queries eth0 'Hosts that do not answer')" 0 || fail "a host does not answer"
	none_missing
	alerts_must ''
}

slow_and_refused() {
	wire delay-ms 600 # more than a second there and back, so that the SYN is sent again
	must peer gamma l close
	refusals gamma $many
	connections beta $many
	connections alpha $many
	wire delay-ms 0
}

found_in_prometheus() {
	alerts_must 'SynscopeConnectSlow beta 443' 'SynscopeConnectsRefused gamma 443'
	worst_must 'beta 443' tracker_server_port:synscope_handshake_duration_seconds:p99_5m
	worst_must 'beta 443' tracker_server_port:synscope_syn_to_synack_duration_seconds:p99_5m
	worst_must 'gamma 443' tracker_server_port:synscope_connects_refused:ratio_rate5m
	answer_is 'tracker_server_port:synscope_connects_refused:ratio_rate5m{server_port="443"} > 0' 1 ||
		fail "refused elsewhere: $(query_json 9090 tracker_server_port:synscope_connects_refused:ratio_rate5m)"
	worst_must 'beta 443' "$(dashboard_queries eth0 'Slowest to connect')"
	worst_must 'gamma 443' "$(dashboard_queries eth0 'Most refused')"
}

found_in_clickhouse() {
	local slow refused
	none_missing
	slow=$(answer_of 'Which service is slow to connect?')
	grep -qP "^443\tbeta\t$((many + 3))\t[\d.]+\t1[2-9]\d\d" <<<"$(head -n 1 <<<"$slow")" || fail "the slow one is not first: $slow"
	refused=$(answer_of 'Who is refused, and why?')
	grep -qP "^${service[gamma]}\t443\trefused\t\S+\t$many\t1\$" <<<"$(head -n 1 <<<"$refused")" ||
		fail "what refuses is not first: $refused"
}

one_dies_and_comes_back() {
	die alpha
	alerts_must 'SynscopeConnectSlow beta 443' 'SynscopeConnectsRefused gamma 443' 'SynscopeDown alpha'
	answer_is "$(dashboard_queries eth0 'Hosts that do not answer')" 1 || fail "the dashboard has no dead host"
	must peer gamma l listen "${service[gamma]}" 443
	connections beta 5
	connections gamma 5
	none_missing
	ip -n "$LAB-switch" link set alpha up
	boot alpha
	connections alpha 5
	none_missing
	alerts_must 'SynscopeConnectSlow beta 443' 'SynscopeConnectsRefused gamma 443'
	wait_for 15 answer_is 'synscope_handshake_duration_seconds_count{server_port="443",instance="alpha"}' 5 ||
		fail "figures of alpha: $(query_json 9090 'synscope_handshake_duration_seconds_count{instance="alpha"}')"
}

own_mounts
lab_begin
network
nfcapd_start nfcapd 9995 $collector4
clickhouse_begin 0.0.0.0
clickhouse_url=$(clickhouse_address)
clickhouse_url=${clickhouse_url/127.0.0.1/$collector4}
for host in $hosts; do
	boot "$host"
done
prometheus_scrapes_all
an_ordinary_day
slow_and_refused
found_in_prometheus
found_in_clickhouse
one_dies_and_comes_back
nfcapd_misses_none
