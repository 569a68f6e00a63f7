#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# /metrics of `serve`, as the programs that people scrape it with take it: Prometheus with native histograms and
# without, VictoriaMetrics, promtool. What they compute from it is what `stats` prints, and the dashboard in
# contrib/grafana shows something in every panel.
# long: 10 s
. tests/system/lib/lib.sh
# shellcheck source=lib/wired.sh
. tests/system/lib/wired.sh
. tests/system/lib/prometheus.sh

readonly monitor=client handshakes=30 halves="syn_to_synack synack_to_ack"

for program in prometheus promtool victoria-metrics curl; do
	type -P "$program" >/dev/null || skip "no $program, which tools/install-deps.sh test installs"
done

handshake() { # PORT CLIENT-PORT
	must peer client c connect $server4 "$1" "$2"
	must peer server a accept "l$1"
	must peer client c send 100
	must peer server a recv 100
	must peer client c acked
	must peer server a send 100
	must peer client c recv 100
	must peer server a acked
	must peer client c reset
	must peer server a close
}

counted() { # all handshakes
	synscope stats --name "$LAB-metrics" -o json | jq -e ".[0].handshakes == 2 * $handshakes" >/dev/null
}

scrape() { # [OPTION-OF-CURL]...
	on client curl -sf --max-time 20 "$@" http://127.0.0.1:9293/metrics
}

scraped() { # PORT COUNT-QUERY: it has seen all that was counted
	[ "$(query "$1" "$2")" = "$handshakes" ]
}

# HALF PORT: "QUANTILE SECONDS" of the middle of the fullest bucket that `stats` has. At that quantile, whoever takes
# the latencies of a bucket for spread evenly gets the middle of his bucket.
expected() {
	synscope stats --by server-port --name "$LAB-metrics" -o jsonl | jq -r --arg half "${1}_ns" --argjson port "$2" '
		select((.key | tostring) == ($port | tostring)) | .latencies[$half] as $latencies |
		($latencies.histogram | to_entries | max_by(.value.count)) as $fullest |
		([$latencies.histogram[:$fullest.key][].count] | add // 0) as $below |
		"\(($below + $fullest.value.count / 2) / $latencies.count) \(($fullest.value.from_ns + $fullest.value.to_ns) / 2e9)"'
}

near() { # EXPECTED GOT ERROR: relative to what is expected
	awk -v expected="$1" -v got="$2" -v error="$3" \
		'BEGIN { off = (got - expected) / expected; exit !(got != "" && (off < 0 ? -off : off) <= error) }'
}

agrees() { # HTTP-PORT SUFFIX ERROR: both halves, of both ports
	local half port quantile seconds got
	for half in $halves; do
		for port in 80 443; do
			read -r quantile seconds < <(expected "$half" "$port")
			got=$(query "$1" "histogram_quantile($quantile, synscope_${half}_duration_seconds$2{server_port=\"$port\"})")
			near "$seconds" "$got" "$3" ||
				fail "$half of port $port at $quantile: $got by the port $1, $seconds by stats"
		done
	done
}

formats() {
	scrape -H 'Accept: text/plain' >"$LAB_DIR/text"
	promtool check metrics <"$LAB_DIR/text" >"$LAB_DIR/lint" 2>&1 || fail "promtool: $(cat "$LAB_DIR/lint")"
	[ ! -s "$LAB_DIR/lint" ] || fail "promtool: $(cat "$LAB_DIR/lint")"
	scrape >"$LAB_DIR/open"
	[ "$(tail -1 "$LAB_DIR/open")" = '# EOF' ] || fail "no end: $(tail -1 "$LAB_DIR/open")"
	grep -q "# {flow=\"$client4:" "$LAB_DIR/open" || fail "no flow stands for a bucket"
	! on client curl -sf http://127.0.0.1:9294/metrics | grep -F "$client4" || fail "an address for everybody"
	[ "$(scrape -H 'Accept: application/vnd.google.protobuf' | wc -c)" -lt $(($(wc -c <"$LAB_DIR/text") / 2)) ] ||
		fail "native histograms are not small"
}

native() {
	local port=9091
	wait_for 10 scraped $port 'histogram_count(synscope_handshake_duration_seconds{server_port="443"})' ||
		fail "no native histogram: $(query $port 'synscope_handshake_duration_seconds{server_port="443"}')"
	agrees $port '' 0.0625
	# The whole is the sum of the halves, so its mean is that of stats to the nanosecond.
	near "$(synscope stats --name "$LAB-metrics" --by server-port -o jsonl | jq -s '[.[] | .handshakes] | add')" \
		"$(query $port 'sum(histogram_count(synscope_handshake_duration_seconds))')" 0 || fail "counts differ"
	[ "$(query $port 'count({__name__=~"synscope_.*_bucket"})')" = '' ] || fail "classic buckets as well"
}

classic() { # PORT: buckets of an eighth of a power of two
	wait_for 10 scraped "$1" 'synscope_handshake_duration_seconds_count{server_port="443"}' ||
		fail "port $1 has no histogram: $(query "$1" 'synscope_handshake_duration_seconds_count')"
	agrees "$1" _bucket 0.0625
}

exemplars() {
	on client curl -sfG --data-urlencode 'query=synscope_syn_to_synack_duration_seconds_bucket' \
		--data-urlencode "start=$(($(date +%s) - 600))" --data-urlencode "end=$(($(date +%s) + 60))" \
		http://127.0.0.1:9092/api/v1/query_exemplars | jq -e '[.data[].exemplars[].labels.flow] | length > 0' >/dev/null ||
		fail "Prometheus has no exemplars"
}

round_trips() { # PORT: as many as stats has, of both ends, and as long
	local side port=$1 metric=synscope_round_trip_duration_seconds
	for side in client server; do
		near "$(synscope stats --name "$LAB-metrics" -o json | jq ".[0].rtt.${side}_ns.count")" \
			"$(query "$port" "sum(${metric}_count{side=\"$side\"})")" 0 || fail "round trips to the $side on port $port"
	done
	near 0.04 "$(query "$port" "histogram_quantile(0.5, sum by (le) (${metric}_bucket{side=\"server\"}))")" 0.1 ||
		fail "the wire's delay is not in the round trips on port $port"
}

rest() { # PORT: what is no histogram
	[ "$(query "$1" 'synscope_connects_refused_total{server_port="other"}')" = 1 ] || fail "no refusal on port $1"
	[ "$(query "$1" 'sum(synscope_flows{side="client"}) - sum(synscope_table_used_slots)')" = 0 ] || fail "flows on $1"
	[ "$(query "$1" 'synscope_interface_up')" = 1 ] || fail "no interface on port $1"
	[ "$(query "$1" 'synscope_server_ports_used')" = 2 ] || fail "ports used on $1"
	[ "$(query "$1" 'count(synscope_tracker_info{mode!="",tracker="'"$LAB-metrics"'"})')" = 1 ] || fail "no info on $1"
}

# Each query of contrib/grafana, with values for its variables, gives data.
dashboard() {
	local file=contrib/grafana/synscope.json expr count=0
	jq -e '.schemaVersion >= 38 and ([.panels[].id] | length == (unique | length)) and
		([.panels[] | select(.type != "row")] | all(.datasource.uid == "${datasource}" and
			(.targets | length > 0 and all(.datasource.uid == "${datasource}" and .expr != ""))) and
			all(.gridPos | .x + .w <= 24)) and
		[.templating.list[].name] == ["datasource", "instance", "tracker", "server_port"]' $file >/dev/null || fail "$file is malformed"
	jq -e '.templating.list[] | select(.name == "instance") | .definition == .query.query and
		.definition == "label_values(up{job=\"synscope\"}, instance)"' $file >/dev/null ||
		fail "a host that does not answer, of which only 'up' tells, cannot be chosen"
	for ((i = 0; i < 3; i++)); do
		handshake 80 $((44000 + i))
		handshake 443 $((45000 + i))
		peer client refused connect $server4 81 $((46000 + i)) && fail "connected to port 81, where nothing listens"
	done
	while IFS= read -r expr; do
		[[ $expr != *\$* ]] || fail "a variable without a value: $expr"
		wait_for 10 has_data 9092 "$expr" || fail "no data: $expr"
		count=$((count + 1))
	done < <(dashboard_queries "$LAB-metrics")
	[ $count -gt 20 ] || fail "only $count queries"
}

lab_begin
lab_wired_pair 20
for host in client server; do
	on $host ip link set lo up
done
attach metrics eth0 --netns "$LAB-client" --rtt
lab_background "$LAB_DIR/serve.log" nsenter --net="/run/netns/$LAB-client" "$BUILD/synscope" serve \
	--name "$LAB-metrics" --metrics-buckets 8 --metrics-listen 127.0.0.1:9294
wait_for 10 grep -q 'listening on' "$LAB_DIR/serve.log" || fail "serve does not start: $(cat "$LAB_DIR/serve.log")"
for port in 80 443; do
	must peer server l$port listen $server4 $port
done
for ((i = 0; i < handshakes; i++)); do
	handshake 80 $((41000 + i))
	handshake 443 $((42000 + i))
done
peer client refused connect $server4 81 43000 && fail "connected to port 81, where nothing listens"
wait_for 10 counted || fail "not all handshakes were counted: $(synscope stats --name "$LAB-metrics")"

cat >"$LAB_DIR/prometheus.yml" <<YML
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: synscope
    static_configs: [{targets: ["127.0.0.1:9293"]}]
YML
formats
prometheus_start native 9091 --enable-feature=native-histograms
prometheus_start classic 9092 --enable-feature=exemplar-storage
mkdir "$LAB_DIR/victoria"
scraper_start victoria http://127.0.0.1:9093/health victoria-metrics -storageDataPath="$LAB_DIR/victoria" \
	-httpListenAddr=127.0.0.1:9093 -promscrape.config="$LAB_DIR/prometheus.yml" -search.latencyOffset=0s
native
classic 9092
classic 9093
round_trips 9092
round_trips 9093
exemplars
for port in 9091 9092; do
	[ "$(query $port 'up{job="synscope"}')" = 1 ] || fail "Prometheus could not scrape"
	rest $port
done
rest 9093
dashboard
queries=$(awk '/^```promql/ { here = 1; next } /^```/ { here = 0 } here' README.md)
[ "$(wc -l <<<"$queries")" -ge 2 ] || fail "README.md has no queries: $queries"
while IFS= read -r promql; do
	wait_for 10 has_data 9092 "$promql" || fail "no data: $promql"
done <<<"$queries"
