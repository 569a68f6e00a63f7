// SPDX-License-Identifier: GPL-2.0-only
/* The text of /metrics. */
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"
#include "manual.h"
#include "metrics_fixture.h"
#include "serve/openmetrics.h"
#include "suites.h"

static struct figures *figures;

static void begin(void)
{
	figures = figures_new();
}

static void end(void)
{
	free(figures);
}

/* Compare a family, from its HELP to the next one's. */
static void expect_family(enum metrics_format format, const char *name, const char *expected)
{
	char *text = figures_write(figures, format, NULL), head[128], *from, *to;

	snprintf(head, sizeof(head), "# HELP %s ", name);
	from = strstr(text, head);
	ck_assert_msg(from, "no %s", name);
	from = strchr(from, '\n') + 1;
	to = strstr(from, "# HELP ");
	to = to ? to : strstr(from, "# EOF");
	if (to)
		*to = '\0';
	ck_assert_str_eq(from, expected);
	free(text);
}

/* 4 us is below the first bound, 40 s beyond the last one. */
START_TEST(classic_histogram)
{
	figures_port(figures, 0, 443);
	figures_count(figures, 0, 4000, 1);
	figures_count(figures, 0, 10 * MS, 2);
	figures_count(figures, 0, 40 * S, 1);
	figures->input.tracker_count = 1;
	figures_expect(
		figures,
		"# TYPE synscope_handshake_duration_seconds histogram\n"
		"# UNIT synscope_handshake_duration_seconds seconds\n"
		"synscope_handshake_duration_seconds_bucket{tracker=\"eth0\",server_port=\"443\",le=\"4.096e-06\"} 1\n"
		"synscope_handshake_duration_seconds_bucket{tracker=\"eth0\",server_port=\"443\",le=\"8.192e-06\"} 1\n"
		"synscope_handshake_duration_seconds_bucket{tracker=\"eth0\",server_port=\"443\",le=\"1.6384e-05\"} 1\n"
		"synscope_handshake_duration_seconds_bucket{tracker=\"eth0\",server_port=\"443\",le=\"3.2768e-05\"} 1\n"
		"synscope_handshake_duration_seconds_bucket{tracker=\"eth0\",server_port=\"443\",le=\"6.5536e-05\"} 1\n"
		"synscope_handshake_duration_seconds_bucket{tracker=\"eth0\",server_port=\"443\",le=\"0.000131072\"} "
		"1\n");
	figures_expect(figures, "server_port=\"443\",le=\"0.008388608\"} 1\n");
	figures_expect(figures, "server_port=\"443\",le=\"0.016777216\"} 3\n");
	figures_expect(
		figures,
		"server_port=\"443\",le=\"34.359738368\"} 3\n"
		"synscope_handshake_duration_seconds_bucket{tracker=\"eth0\",server_port=\"443\",le=\"+Inf\"} 4\n"
		"synscope_handshake_duration_seconds_sum{tracker=\"eth0\",server_port=\"443\"} 40.020004\n"
		"synscope_handshake_duration_seconds_count{tracker=\"eth0\",server_port=\"443\"} 4\n"
		"synscope_handshake_duration_seconds_bucket{tracker=\"eth0\",server_port=\"other\",le=\"4.096e-"
		"06\"} 0\n");
}
END_TEST

/* Loop index: 2^i bounds to each power of two. Each is where a bucket of the kernel begins. */
START_TEST(bounds)
{
	struct openmetrics text;
	unsigned int per_octave = 1U << _i;

	openmetrics_init(&text, NULL, true, per_octave);
	ck_assert_int_eq(text.bound_count, 23 * (int)per_octave + 1);
	for (int i = 0; i < text.bound_count; i++) {
		__u64 ns = histogram_least(text.bound[i].bucket), from = 1ULL << (12 + i / per_octave);
		char shown[BOUND_SIZE + 1];

		ck_assert_uint_eq(ns, from + from / per_octave * (i % per_octave));
		snprintf(shown, sizeof(shown), "%.*s", text.bound[i].bytes, text.bound[i].text);
		ck_assert_uint_eq((__u64)(strtod(shown, NULL) * 1e9 + 0.5), ns);
		ck_assert_int_eq(!!strchr(shown, 'e'), ns < 100000);
	}
}
END_TEST

START_TEST(gauges_and_counters)
{
	figures->counters[COUNTER_INSERTED] = 18446744073709551610ULL;
	figures->counters[COUNTER_INCARNATION] = 5;
	figures->counters[COUNTER_SYN] = 7;
	figures->counters[COUNTER_REFUSED_BUSY] = 5;
	figures->counters[COUNTER_BUSY] = 6;
	figures->latencies[SERVER_PORT_OTHER].refused = 4;
	figures->meta.memory_bytes = 64 << 20;
	figures->tracker.flows.states[SIDE_SERVER][STATE_LISTEN] = 9;
	expect_family(METRICS_OPENMETRICS, "synscope_flows_created",
		      "# TYPE synscope_flows_created counter\n"
		      "synscope_flows_created_total{tracker=\"eth0\"} 18446744073709551615\n");
	expect_family(METRICS_OPENMETRICS, "synscope_handshake_segments",
		      "# TYPE synscope_handshake_segments counter\n"
		      "synscope_handshake_segments_total{tracker=\"eth0\",kind=\"syn\"} 7\n"
		      "synscope_handshake_segments_total{tracker=\"eth0\",kind=\"synack\"} 0\n");
	expect_family(METRICS_OPENMETRICS, "synscope_insert_failures",
		      "# TYPE synscope_insert_failures counter\n"
		      "synscope_insert_failures_total{tracker=\"eth0\",reason=\"full\"} 0\n"
		      "synscope_insert_failures_total{tracker=\"eth0\",reason=\"busy\"} 5\n");
	expect_family(METRICS_OPENMETRICS, "synscope_connects_refused",
		      "# TYPE synscope_connects_refused counter\n"
		      "synscope_connects_refused_total{tracker=\"eth0\",server_port=\"other\"} 4\n");
	expect_family(METRICS_OPENMETRICS, "synscope_table_memory_bytes",
		      "# TYPE synscope_table_memory_bytes gauge\n"
		      "# UNIT synscope_table_memory_bytes bytes\n"
		      "synscope_table_memory_bytes{tracker=\"eth0\"} 67108864\n");
	expect_family(METRICS_OPENMETRICS, "synscope_export_records", "# TYPE synscope_export_records counter\n");
	figures_expect(figures, "synscope_packets_ignored_total{tracker=\"eth0\",reason=\"busy\"} 6\n");
	figures_expect(figures, "synscope_flows{tracker=\"eth0\",side=\"server\",state=\"LISTEN\"} 9\n");
}
END_TEST

/* Without units, infos and exemplars; counters are named as their samples. */
START_TEST(older_text)
{
	char *text = figures_write(figures, METRICS_TEXT, NULL);

	ck_assert_ptr_null(strstr(text, "# EOF"));
	ck_assert_ptr_null(strstr(text, "# UNIT"));
	ck_assert_ptr_null(strstr(text, " info\n"));
	free(text);
	expect_family(METRICS_TEXT, "synscope_flows_created_total",
		      "# TYPE synscope_flows_created_total counter\n"
		      "synscope_flows_created_total{tracker=\"eth0\"} 0\n");
	expect_family(METRICS_TEXT, "synscope_tracker_info",
		      "# TYPE synscope_tracker_info gauge\n"
		      "synscope_tracker_info{tracker=\"eth0\",netns=\"\",mode=\"native\"} 1\n");
	expect_family(METRICS_OPENMETRICS, "synscope_tracker",
		      "# TYPE synscope_tracker info\n"
		      "synscope_tracker_info{tracker=\"eth0\",netns=\"\",mode=\"native\"} 1\n");
	text = figures_write(figures, METRICS_OPENMETRICS, NULL);
	ck_assert_str_eq(text + strlen(text) - strlen("\n# EOF\n"), "\n# EOF\n");
	free(text);
}
END_TEST

START_TEST(requests_and_refusals)
{
	figures->input.refusals = (struct refusals){ .requests = 70000, .count[REFUSAL_SLOW] = 256 };
	expect_family(METRICS_OPENMETRICS, "synscope_serve_requests",
		      "# TYPE synscope_serve_requests counter\n"
		      "synscope_serve_requests_total 70000\n");
	expect_family(METRICS_OPENMETRICS, "synscope_serve_refusals",
		      "# TYPE synscope_serve_refusals counter\n"
		      "synscope_serve_refusals_total{reason=\"method\"} 0\n"
		      "synscope_serve_refusals_total{reason=\"host\"} 0\n"
		      "synscope_serve_refusals_total{reason=\"origin\"} 0\n"
		      "synscope_serve_refusals_total{reason=\"token\"} 0\n"
		      "synscope_serve_refusals_total{reason=\"header\"} 0\n"
		      "synscope_serve_refusals_total{reason=\"query\"} 0\n"
		      "synscope_serve_refusals_total{reason=\"busy\"} 0\n"
		      "synscope_serve_refusals_total{reason=\"connections\"} 0\n"
		      "synscope_serve_refusals_total{reason=\"streams\"} 0\n"
		      "synscope_serve_refusals_total{reason=\"slow\"} 256\n");
}
END_TEST

START_TEST(process_and_sinks)
{
	const struct metrics_drops drops[] = { { "queue_full", 3 }, { "refused", 1 } };
	const struct metrics_sink sink = { "tcp://h:1", 10, 2, drops, 2 };

	figures->input.sink = &sink;
	figures->input.sink_count = 1;
	figures->input.process = (struct metrics_process){ 1500 * MS, 4096, 12, 1670000000 * S + 5 };
	expect_family(METRICS_OPENMETRICS, "process_cpu_seconds",
		      "# TYPE process_cpu_seconds counter\n"
		      "# UNIT process_cpu_seconds seconds\n"
		      "process_cpu_seconds_total 1.5\n");
	expect_family(METRICS_OPENMETRICS, "process_start_time_seconds",
		      "# TYPE process_start_time_seconds gauge\n"
		      "# UNIT process_start_time_seconds seconds\n"
		      "process_start_time_seconds 1670000000.000000005\n");
	expect_family(METRICS_OPENMETRICS, "synscope_export_records",
		      "# TYPE synscope_export_records counter\n"
		      "synscope_export_records_total{sink=\"tcp://h:1\"} 10\n");
	expect_family(METRICS_OPENMETRICS, "synscope_export_dropped",
		      "# TYPE synscope_export_dropped counter\n"
		      "synscope_export_dropped_total{sink=\"tcp://h:1\",reason=\"queue_full\"} 3\n"
		      "synscope_export_dropped_total{sink=\"tcp://h:1\",reason=\"refused\"} 1\n");
	expect_family(METRICS_OPENMETRICS, "synscope_export_queue_records",
		      "# TYPE synscope_export_queue_records gauge\n"
		      "synscope_export_queue_records{sink=\"tcp://h:1\"} 2\n");
}
END_TEST

/* Quotes and backslashes as the format has them; what is not harmless, visibly, and so never a line of its own. */
START_TEST(labels_of_others)
{
	strcpy(figures->meta.name, "a\"b\\c\nd\x1b\xff\xc3\xa9");
	expect_family(METRICS_OPENMETRICS, "synscope_flows_created",
		      "# TYPE synscope_flows_created counter\n"
		      "synscope_flows_created_total{tracker=\"a\\\"b\\\\c\\\\x0ad\\\\x1b\\\\xff\xc3\xa9\"} 0\n");
}
END_TEST

static void add_interface(const char *name, bool deleted)
{
	__u32 i = figures->meta.interfaces++;

	strcpy(figures->interface[i].ifname, name);
	figures->interface[i].deleted = deleted;
	figures->meta.interface[i] = figures->meta.interface[0];
}

/* One that was deleted and made again under its name is one series. */
START_TEST(interfaces)
{
	figures->interface[0].deleted = true;
	add_interface("eth1", true);
	add_interface("eth0", false);
	add_interface("eth1", false);
	figures->meta.interface[3].xdp = XDP_MODE_NONE;
	figures->meta.interface[3].tc_ingress = TC_MODE_CLSACT;
	expect_family(METRICS_OPENMETRICS, "synscope_interface_up",
		      "# TYPE synscope_interface_up gauge\n"
		      "synscope_interface_up{tracker=\"eth0\",interface=\"eth0\",xdp=\"native\",egress=\"tcx\"} 1\n"
		      "synscope_interface_up{tracker=\"eth0\",interface=\"eth1\",xdp=\"native\",egress=\"tcx\"} 0\n"
		      "synscope_interface_up{tracker=\"eth0\",interface=\"eth1\",xdp=\"none\",egress=\"tcx\"} 1\n");
	figures_expect(figures, "mode=\"mixed\"} 1\n");
}
END_TEST

/* A port keeps its series; ports of later places are part of `other` from the beginning, and nothing falls. */
START_TEST(ports_beyond_the_limit)
{
	figures->input.ports = 2;
	figures_port(figures, 0, 443);
	figures_port(figures, 1, 80);
	figures_port(figures, 2, 22);
	figures->latencies[1].refused = 1;
	figures->latencies[2].refused = 2;
	figures->latencies[SERVER_PORT_OTHER].refused = 4;
	figures_count(figures, 2, MS, 3);
	figures_count(figures, SERVER_PORT_OTHER, MS, 5);
	expect_family(METRICS_OPENMETRICS, "synscope_connects_refused",
		      "# TYPE synscope_connects_refused counter\n"
		      "synscope_connects_refused_total{tracker=\"eth0\",server_port=\"443\"} 0\n"
		      "synscope_connects_refused_total{tracker=\"eth0\",server_port=\"80\"} 1\n"
		      "synscope_connects_refused_total{tracker=\"eth0\",server_port=\"other\"} 6\n");
	figures_expect(figures,
		       "synscope_handshake_duration_seconds_count{tracker=\"eth0\",server_port=\"other\"} 8\n");
	figures_expect(figures,
		       "synscope_handshake_duration_seconds_sum{tracker=\"eth0\",server_port=\"other\"} 0.008\n");
	figures_expect(figures, "synscope_server_ports_used{tracker=\"eth0\"} 3\n");
	figures->input.ports = 0;
	expect_family(METRICS_OPENMETRICS, "synscope_connects_refused",
		      "# TYPE synscope_connects_refused counter\n"
		      "synscope_connects_refused_total{tracker=\"eth0\",server_port=\"other\"} 7\n");
}
END_TEST

/* The value of a sample, which stands behind its last space. */
static double value_of(const char *text, const char *series, size_t bytes)
{
	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		if (!strncmp(line, series, bytes) && line[bytes] == ' ')
			return strtod(line + bytes, NULL);
	return -1;
}

/* Ports come, latencies are counted everywhere: no series that there once was is missing later, or has fallen. */
START_TEST(series_are_monotone)
{
	char *before = figures_write(figures, METRICS_OPENMETRICS, NULL);

	figures->input.ports = 3;
	for (int round = 0; round < 20; round++) {
		char *text;

		figures_port(figures, round % 8, 1000 + round % 8);
		for (int i = 0; i <= round % 8; i++)
			figures_count(figures, i, (__u64)(round * i + 1) * 100000, 1);
		figures_count(figures, SERVER_PORT_OTHER, MS << round, 1);
		text = figures_write(figures, METRICS_OPENMETRICS, NULL);
		for (const char *line = before; *line; line = strchr(line, '\n') + 1) {
			size_t bytes = strcspn(line, " ");

			if (*line == '#' || !memchr(line, '{', bytes) || !strncmp(line, "process", 7))
				continue;
			ck_assert_msg(value_of(text, line, bytes) >= strtod(line + bytes, NULL), "%.*s fell or is gone",
				      (int)bytes, line);
		}
		free(before);
		before = text;
	}
	free(before);
}
END_TEST

static void fill_ports(void)
{
	for (int i = 0; i < SERVER_PORTS; i++) {
		figures_port(figures, i, 60000 + i);
		figures_count(figures, i, MS, 1);
	}
}

/* synscope-serve(1) says how many series a tracker has at most: these numbers. */
START_TEST(series_are_bounded)
{
	static const struct {
		unsigned int per_octave, ports;
		int most;
		bool rtt;
	} cases[] = {
		{ 1, 32, 2798, false },	 { 1, 0, 174, false },	   { 2, 32, 5075, false }, { 4, 32, 9629, false },
		{ 8, 32, 18737, false }, { 1, 256, 21166, false }, { 1, 32, 4580, true },  { 8, 32, 31145, true },
	};
	int fixed;

	fill_ports();
	figures->input.tracker_count = 0;
	free(figures_write(figures, METRICS_TEXT, NULL));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text;

		figures->input.per_octave = cases[i].per_octave;
		figures->input.ports = cases[i].ports;
		figures->input.tracker_count = 0;
		text = figures_write(figures, METRICS_TEXT, NULL);
		fixed = count_samples(text);
		free(text);
		ck_assert_int_eq(fixed, 6 + REFUSAL_COUNT);
		figures->input.tracker_count = 1;
		figures->tracker.round_trips = cases[i].rtt ? figures->round_trips : NULL;
		text = figures_write(figures, METRICS_TEXT, NULL);
		ck_assert_int_eq(count_samples(text) - fixed - 1, cases[i].most);
		free(text);
	}
}
END_TEST

/* Each metric has an entry with its type and its labels, and the numbers of series are those of the test above. */
START_TEST(manual_names_every_metric)
{
	static const char *const types[] = { "counter", "gauge", "histogram", "info" };
	char *page = manual_read("docs/man/synscope-serve.1.scd"), entry[256];
	const struct metric_family *family;
	const char *labels;

	for (size_t i = 0; (family = metrics_family(i, &labels)); i++) {
		snprintf(entry, sizeof(entry), "\n*%s* (%s%s%s)\n\t", family->name, types[family->type],
			 *labels ? "; " : "", labels);
		ck_assert_msg(strstr(page, entry), "no entry%s", entry);
	}
	ck_assert_ptr_nonnull(strstr(page, "in text 92, one for each interface"));
	ck_assert_ptr_nonnull(strstr(page, "82, 151, 289 or 565"));
	ck_assert_ptr_nonnull(strstr(page, "2798 and the interfaces"));
	ck_assert_ptr_nonnull(strstr(page, "1120 and the interfaces"));
	ck_assert_ptr_nonnull(strstr(page, "54, 100, 192 or 376 more"));
	ck_assert_ptr_nonnull(strstr(page, "4580 and the interfaces"));
	ck_assert_ptr_nonnull(strstr(page, "1634 and the interfaces"));
	for (enum refusal refusal = 0; refusal < REFUSAL_COUNT; refusal++) {
		snprintf(entry, sizeof(entry), "\n\t\t_%s_ ", refusal_names[refusal]);
		ck_assert_msg(strstr(page, entry), "no reason%s", entry);
	}
	free(page);
}
END_TEST

static void take(__u32 kinds, enum stage stage, __u32 place, enum flow_outcome outcome)
{
	struct flow_record record = record_at(stage);
	struct flow_view view = view_after(&record, 40 * MS);
	struct flow_event event = { .time_ns = T0 + 35 * MS, .kinds = kinds };

	view.outcome = outcome;
	metrics_take_event(&figures->events, &event, &view, place, 5 * S);
}

START_TEST(flows_closed)
{
	take(EVENT_NEW | EVENT_CLOSED, STAGE_OPEN, 0, OUTCOME_REFUSED);
	take(EVENT_CLOSED | EVENT_RETIRED, STAGE_OPEN, 0, OUTCOME_REFUSED);
	take(EVENT_HANDSHAKE, STAGE_OPEN, 0, OUTCOME_OPEN);
	take(EVENT_RETIRED, STAGE_OPEN, 0, OUTCOME_CLOSED);
	figures_expect(figures, "synscope_flows_closed_total{tracker=\"eth0\",outcome=\"refused\"} 2\n");
	figures_expect(figures, "synscope_flows_closed_total{tracker=\"eth0\",outcome=\"open\"} 0\n");
	figures_expect(figures, "synscope_flows_closed_total{tracker=\"eth0\",outcome=\"closed\"} 0\n");
}
END_TEST

/* An exemplar is on the bucket of its latency, of its port, and in OpenMetrics only. */
START_TEST(exemplars)
{
	char *text;

	figures_port(figures, 0, 443);
	figures_count(figures, 0, 10 * MS, 1);
	take(EVENT_HANDSHAKE, STAGE_OPEN, 0, OUTCOME_OPEN);
	figures_expect(figures,
		       "synscope_syn_to_synack_duration_seconds_bucket{tracker=\"eth0\",server_port=\"443\",le=\"0."
		       "016777216\"}"
		       " 1 # {flow=\"10.0.0.1:40000-10.0.0.2:443\"} 0.01 1005.035\n");
	text = figures_write(figures, METRICS_OPENMETRICS, NULL);
	ck_assert_ptr_null(strstr(strstr(text, "# {") + 1, "\"other\",le=\"0.016777216\"} 0 #"));
	free(text);
	text = figures_write(figures, METRICS_TEXT, NULL);
	ck_assert_ptr_null(strstr(text, "# {"));
	free(text);
	figures->tracker.exemplars = false;
	text = figures_write(figures, METRICS_OPENMETRICS, NULL);
	ck_assert_ptr_null(strstr(text, "# {"));
	free(text);
	figures->tracker.exemplars = true;
	figures->input.ports = 0;
	figures->events.exemplar[LATENCY_SYN_TO_SYNACK][0] = (struct metric_exemplar){ .ns = 100, .flow = "x" };
	figures->events.exemplar[LATENCY_SYN_TO_SYNACK][1] =
		(struct metric_exemplar){ .ns = 600, .flow = "newer", .wall_ns = 1, .place = SERVER_PORT_OTHER };
	figures_expect(figures, "server_port=\"other\",le=\"4.096e-06\"} 0 # {flow=\"newer\"} 0.0000006 0.000000001\n");
}
END_TEST

/* 128 characters of labels are the limit of OpenMetrics for an exemplar. */
START_TEST(exemplar_of_the_longest_flow)
{
	ck_assert_int_le(strlen("flow") + FLOW_ID_SIZE, 128);
}
END_TEST

START_TEST(flows_are_counted)
{
	struct flow_record open = record_at(STAGE_OPEN), syn = record_at(STAGE_SYN);
	struct metrics_flows *flows = &figures->tracker.flows;
	struct flow_view view = view_after(&open, 40 * MS);

	metrics_count_flow(flows, &view);
	view = view_after(&syn, MS);
	metrics_count_flow(flows, &view);
	ck_assert_uint_eq(flows->used, 2);
	ck_assert_uint_eq(flows->half_open, 1);
	ck_assert_uint_eq(flows->outcomes[OUTCOME_OPEN], 1);
	ck_assert_uint_eq(flows->states[SIDE_CLIENT][STATE_SYN_SENT], 1);
	ck_assert_uint_eq(flows->states[SIDE_SERVER][STATE_ESTABLISHED], 1);
}
END_TEST

START_TEST(process_of_this_test)
{
	struct metrics_process process;
	struct process_reader reader;
	__u64 fds;

	process_reader_open(&reader);
	process_read(&reader, &process);
	fds = process.open_fds;
	ck_assert_uint_gt(process.resident_bytes, 1 << 20);
	ck_assert_uint_gt(process.cpu_ns, 0);
	ck_assert_uint_gt(process.start_ns, 1500000000 * S);
	process_reader_close(&reader);
	process_read(&reader, &process);
	ck_assert_uint_eq(process.open_fds, fds - 1);
	ck_assert_uint_eq(process.resident_bytes, 0);
}
END_TEST

Suite *metrics_suite(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tcase = tcase_create("text");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, classic_histogram);
	tcase_add_loop_test(tcase, bounds, 0, 4);
	tcase_add_test(tcase, gauges_and_counters);
	tcase_add_test(tcase, older_text);
	tcase_add_test(tcase, requests_and_refusals);
	tcase_add_test(tcase, process_and_sinks);
	tcase_add_test(tcase, labels_of_others);
	tcase_add_test(tcase, interfaces);
	tcase_add_test(tcase, ports_beyond_the_limit);
	tcase_add_test(tcase, series_are_monotone);
	tcase_add_test(tcase, series_are_bounded);
	tcase_add_test(tcase, manual_names_every_metric);
	tcase_add_test(tcase, flows_closed);
	tcase_add_test(tcase, exemplars);
	tcase_add_test(tcase, exemplar_of_the_longest_flow);
	tcase_add_test(tcase, flows_are_counted);
	tcase_add_test(tcase, process_of_this_test);
	suite_add_tcase(suite, tcase);
	return suite;
}
