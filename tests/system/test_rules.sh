#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# contrib/prometheus: the rules and the configuration are well-formed, each alert fires when it should and not on an
# ordinary day, and what they ask for are metrics that `serve` has.
. tests/system/lib/lib.sh

type -P promtool >/dev/null || skip "no promtool, which tools/install-deps.sh test installs"

documented() { # the metrics of the manual page, with those that a histogram is made of
	sed -n 's/^\*\(synscope_[a-z_]*\)\* (\([a-z]*\).*/\1 \2/p' docs/man/synscope-serve.1.scd | while read -r name type; do
		[ "$type" = histogram ] && printf '%s\n' "${name}_bucket" "${name}_sum" "${name}_count" || echo "$name"
	done
}

lab_begin
outcome 0 promtool check config contrib/prometheus/prometheus.yml
outcome 0 promtool check rules contrib/prometheus/synscope.rules.yml
outcome 0 promtool test rules contrib/prometheus/synscope.rules.test.yml
documented >"$LAB_DIR/documented"
[ "$(wc -l <"$LAB_DIR/documented")" -gt 30 ] || fail "few metrics are documented"
grep -o '\bsynscope_[a-z_]*' contrib/prometheus/synscope.rules.yml | grep -vxF -f "$LAB_DIR/documented" |
	grep -vx -e 'synscope_[a-z_]*_seconds' -e synscope_connects -e synscope_connects_refused -e synscope_syn_unanswered &&
	fail "no such metric"
while read -r alert; do
	grep -q "alertname: $alert\$" contrib/prometheus/synscope.rules.test.yml || fail "$alert is not tested"
done < <(sed -n 's/.*- alert: //p' contrib/prometheus/synscope.rules.yml)
