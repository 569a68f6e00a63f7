# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Prometheus, and what answers as it does, on the host $monitor, which the test names. To be sourced after lib.sh.
# shellcheck disable=SC2154 # $monitor

scraper_start() { # NAME URL COMMAND...: on $monitor, until the URL answers
	lab_background "$LAB_DIR/$1.log" nsenter --net="/run/netns/$LAB-$monitor" "${@:3}"
	wait_for 30 on "$monitor" curl -sf -o /dev/null "$2" || fail "$1 does not start: $(tail -5 "$LAB_DIR/$1.log")"
}

prometheus_start() { # NAME PORT [OPTION]...: as $LAB_DIR/prometheus.yml says
	mkdir "$LAB_DIR/$1"
	scraper_start "$1" "http://127.0.0.1:$2/-/ready" prometheus --config.file="$LAB_DIR/prometheus.yml" \
		--storage.tsdb.path="$LAB_DIR/$1" --web.listen-address="127.0.0.1:$2" "${@:3}"
}

query_json() { # PORT PROMQL: a line for each series
	on "$monitor" curl -sf --max-time 20 --data-urlencode "query=$2" "http://127.0.0.1:$1/api/v1/query" | jq -c '.data.result[]'
}

query() { # PORT PROMQL: the values, a line each
	query_json "$@" | jq -r '.value[1]'
}

has_data() { # PORT PROMQL: a number, at least one
	query "$1" "$2" | grep -qv NaN
}

# The queries of contrib/grafana, a line each: those of the panels of that title, or all with those for the variables.
dashboard_queries() { # TRACKER [TITLE]
	local expr
	# shellcheck disable=SC2016 # these are variables of Grafana
	jq -r --arg title "${2-}" '(.panels[] | select($title == "" or .title == $title) | .targets[]?.expr),
		(.templating.list[] | select($title == "") | .definition // empty |
		capture("label_values\\((?<metric>.*), (?<label>[a-z_]*)\\)") | "count by (\(.label)) (\(.metric))")' \
		contrib/grafana/synscope.json | while IFS= read -r expr; do
		expr=${expr//'$__rate_interval'/5m}
		expr=${expr//'$instance'/.*}
		expr=${expr//'$tracker'/$1}
		expr=${expr//'$server_port'/80|443|other}
		echo "$expr"
	done
}
