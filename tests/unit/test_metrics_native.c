// SPDX-License-Identifier: GPL-2.0-only
/* The metrics as protobuf, with native histograms; and who gets which format. */
#include <stdlib.h>

#include "fixture.h"
#include "metrics_decode.h"
#include "metrics_fixture.h"
#include "serve/protobuf.h"
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

static char *family(const char *name)
{
	size_t bytes;
	char *data = figures_write(figures, METRICS_PROTOBUF, &bytes);
	char *text = decode_family(data, bytes, name);

	free(data);
	return text;
}

static void expect_family(const char *name, const char *expected)
{
	char *text = family(name);

	ck_assert_msg(text, "no %s", name);
	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(counters_gauges_and_infos)
{
	figures->counters[COUNTER_INSERTED] = 300;
	figures->input.process.start_ns = 1670000000 * S + 500 * MS;
	expect_family("synscope_flows_created_total",
		      "name: \"synscope_flows_created_total\"\n"
		      "help: \"Flows that began: put into the table, or begun again there by the same ends.\"\n"
		      "type: 0\n"
		      "metric {\nlabel {\nname: \"tracker\"\nvalue: \"eth0\"\n}\ncounter {\nvalue: 300\n}\n}\n");
	expect_family("process_start_time_seconds", "name: \"process_start_time_seconds\"\n"
						    "help: \"When serve began, since 1970.\"\n"
						    "type: 1\n"
						    "unit: \"seconds\"\n"
						    "metric {\ngauge {\nvalue: 1670000000\n}\n}\n");
	expect_family(
		"synscope_tracker_info",
		"name: \"synscope_tracker_info\"\n"
		"help: \"How an instance is attached.\"\n"
		"type: 1\n"
		"metric {\nlabel {\nname: \"tracker\"\nvalue: \"eth0\"\n}\nlabel {\nname: \"netns\"\nvalue: \"\"\n}\n"
		"label {\nname: \"mode\"\nvalue: \"native\"\n}\ngauge {\nvalue: 1\n}\n}\n");
	ck_assert_ptr_null(family("synscope_export_records_total"));
}
END_TEST

#define HANDSHAKE                                                                      \
	"name: \"synscope_handshake_duration_seconds\"\n"                              \
	"help: \"Time from the first SYN to the ACK that completes the handshake.\"\n" \
	"type: 4\nunit: \"seconds\"\n"
#define LABELS_OF(port)                                                                                            \
	"metric {\nlabel {\nname: \"tracker\"\nvalue: \"eth0\"\n}\nlabel {\nname: \"server_port\"\nvalue: \"" port \
	"\"\n}\n"
#define EMPTY                                                                                                      \
	LABELS_OF("other")                                                                                         \
	"histogram {\nsample_count: 0\nsample_sum: 0\nschema: 3\nzero_threshold: 5.199946082e-07\nzero_count: 0\n" \
	"positive_span {\noffset: 0\nlength: 0\n}\n}\n}\n"

/* Without a span, Prometheus would take it for a classic histogram. */
START_TEST(empty_histogram)
{
	expect_family("synscope_handshake_duration_seconds", HANDSHAKE EMPTY);
}
END_TEST

/* Two buckets with a small gap, which is written as zeros, and one far away. 1 ms is in octave 19, its bucket 7. */
START_TEST(spans_and_deltas)
{
	figures_port(figures, 0, 443);
	figures_count(figures, 0, 100, 2);
	figures_count(figures, 0, 1000000, 5);
	figures_count(figures, 0, 1400000, 3);
	figures_count(figures, 0, S, 1);
	expect_family("synscope_handshake_duration_seconds",
		      HANDSHAKE LABELS_OF("443") "histogram {\nsample_count: 11\nsample_sum: 1.0092002\nschema: 3\n"
						 "zero_threshold: 5.199946082e-07\nzero_count: 2\n"
						 "positive_span {\noffset: -79\nlength: 4\n}\n"
						 "positive_span {\noffset: 75\nlength: 1\n}\n"
						 "positive_delta: 5\npositive_delta: -5\npositive_delta: "
						 "0\npositive_delta: 3\npositive_delta: -2\n"
						 "}\n}\n" EMPTY);
}
END_TEST

/* 2^(index/8) seconds, in ns. */
static double native_bound(int index)
{
	double bound = 1e9;

	for (; index > 0; index--)
		bound *= 1.0905077326652577;
	for (; index < 0; index++)
		bound /= 1.0905077326652577;
	return bound;
}

/* Bucket k of octave n is bucket 8n+k+1-239 of schema 3, whose bound is at most 4.3 percent away. */
START_TEST(indexes)
{
	for (__u32 octave = HISTOGRAM_LEAST_SHIFT; octave < HISTOGRAM_END_SHIFT; octave++)
		for (__u32 k = 0; k < HISTOGRAM_SUBS; k++) {
			__u64 least = (8 + k) * (1ULL << octave) / 8, most = (8 + k + 1) * (1ULL << octave) / 8;
			int index = NATIVE_INDEX(histogram_bucket(least));
			double bound = native_bound(index);

			ck_assert_int_eq(index, 8 * (int)octave + (int)k + 1 - 239);
			ck_assert_double_ge(bound / (double)most, 0.957);
			ck_assert_double_le(bound / (double)most, 1.016);
		}
	ck_assert_int_eq(NATIVE_INDEX(HISTOGRAM_LAST), 8 * HISTOGRAM_END_SHIFT + 1 - 239);
}
END_TEST

static int count(const char *text, const char *what)
{
	int found = 0;

	for (const char *at = text; at && (at = strstr(at, what)); at++)
		found++;
	return found;
}

/* All places have series, whatever the limit for text. */
START_TEST(every_port)
{
	char *data, *text;
	size_t bytes;

	figures->input.ports = 1;
	for (int i = 0; i < SERVER_PORTS; i++)
		figures_port(figures, i, 1 + i);
	text = family("synscope_handshake_duration_seconds");
	ck_assert_int_eq(count(text, "metric {"), SERVER_PORT_INDEXES);
	free(text);
	for (int rtt = 0; rtt <= 1; rtt++) {
		if (rtt)
			figures_rtt(figures);
		data = figures_write(figures, METRICS_PROTOBUF, &bytes);
		text = decode_all(data, bytes);
		free(data);
		/* As in synscope-serve(1); an interface; of serve itself. */
		ck_assert_int_eq(count(text, "metric {"), (rtt ? 1634 : 1120) + 1 + 6 + REFUSAL_COUNT);
		free(text);
	}
}
END_TEST

START_TEST(exemplars)
{
	struct metric_exemplar *exemplar = &figures->events.exemplar[LATENCY_HANDSHAKE][3];
	char *text;

	*exemplar = (struct metric_exemplar){ .ns = 40 * MS, .wall_ns = 1670000000 * S + 5, .place = 7 };
	strcpy(exemplar->flow, "10.0.0.1:40000-10.0.0.2:443");
	figures_port(figures, 7, 443);
	text = family("synscope_handshake_duration_seconds");
	ck_assert_msg(strstr(text, "length: 0\n}\n"
				   "exemplars {\nlabel {\nname: \"flow\"\nvalue: \"10.0.0.1:40000-10.0.0.2:443\"\n}\n"
				   "value: 0.04\ntimestamp {\nseconds: 1670000000\nnanos: 5\n}\n}\n}\n}\n" EMPTY),
		      "%s", text);
	free(text);
}
END_TEST

START_TEST(labels_of_others)
{
	char *text;

	strcpy(figures->meta.name, "a\"b\\\n\xff");
	text = family("synscope_flows_created_total");
	ck_assert_msg(strstr(text, "value: \"a\"b\\\\x0a\\xff\"\n"), "%s", text);
	free(text);
}
END_TEST

/* Lengths of more than one byte, at every level: 256 ports with all buckets filled. */
START_TEST(everything_filled)
{
	size_t bytes;
	char *data;

	for (int i = 0; i < SERVER_PORTS; i++) {
		figures_port(figures, i, 1 + i);
		for (__u32 bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
			figures_count(figures, i, histogram_least(bucket), ~0ULL / 300 + bucket);
	}
	data = figures_write(figures, METRICS_PROTOBUF, &bytes);
	ck_assert_ptr_null(decode_family(data, bytes, "none"));
	free(data);
}
END_TEST

static const struct {
	const char *accept;
	enum metrics_format expected;
} cases[] = {
	{ NULL, METRICS_OPENMETRICS },
	{ "", METRICS_OPENMETRICS },
	{ "*/*", METRICS_OPENMETRICS },
	{ "text/plain", METRICS_TEXT },
	{ "text/plain;version=0.0.4;q=1,*/*;q=0.1", METRICS_TEXT },
	{ "text/plain, */*", METRICS_TEXT },
	{ "text/*", METRICS_TEXT },
	{ "TEXT/Plain; Version=0.0.4", METRICS_TEXT },
	{ "text/plain;version=1.0.0, */*;q=0.1", METRICS_OPENMETRICS },
	{ "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", METRICS_OPENMETRICS },
	{ "application/json", METRICS_OPENMETRICS },
	/* Prometheus 2.42 */
	{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
	  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
	  METRICS_OPENMETRICS },
	/* the same with native histograms */
	{ "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
	  "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
	  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
	  METRICS_PROTOBUF },
	/* Prometheus 3 */
	{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
	  "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
	  "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
	  METRICS_OPENMETRICS },
	{ "application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", METRICS_TEXT },
	{ "application/vnd.google.protobuf", METRICS_PROTOBUF },
	{ "application/vnd.google.protobuf;proto=\"io.prometheus.client.MetricFamily\"; encoding=\"delimited\"",
	  METRICS_PROTOBUF },
	{ "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
	  METRICS_OPENMETRICS },
	{ "application/vnd.google.protobuf;proto=other;encoding=delimited,text/plain;q=0.1", METRICS_TEXT },
	{ "application/vnd.google.protobuf,application/openmetrics-text", METRICS_PROTOBUF },
	{ "application/vnd.google.protobuf;q=0.3,text/plain;q=0.25", METRICS_PROTOBUF },
	{ "application/vnd.google.protobuf;q=0.25,text/plain;q=0.3", METRICS_TEXT },
	{ "application/vnd.google.protobuf;q=0.009,text/plain;q=0.01", METRICS_TEXT },
	{ "application/vnd.google.protobuf;q=0", METRICS_OPENMETRICS },
	{ "application/openmetrics-text;q=0,text/plain;q=0.000", METRICS_OPENMETRICS },
	{ "application/openmetrics-text;q=0, */*", METRICS_TEXT },
	{ "application/*, text/*;q=0.5", METRICS_OPENMETRICS },
	{ ",,;;=,\"unended, text/plain", METRICS_OPENMETRICS },
	{ " ; q = 0.1 , text/plain ;q=1.000", METRICS_TEXT },
	{ "text/plain;q=nonsense,application/openmetrics-text;q=0.9", METRICS_TEXT },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

START_TEST(accepted)
{
	for (size_t i = 0; i < CASES; i++) {
		enum metrics_format got = accept_format(cases[i].accept);

		ck_assert_msg(got == cases[i].expected, "'%s': %s", cases[i].accept, metrics_type(got));
	}
}
END_TEST

Suite *metrics_native_suite(void)
{
	Suite *suite = suite_create("metrics_native");
	TCase *tcase = tcase_create("protobuf"), *accept = tcase_create("accept");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, counters_gauges_and_infos);
	tcase_add_test(tcase, empty_histogram);
	tcase_add_test(tcase, spans_and_deltas);
	tcase_add_test(tcase, indexes);
	tcase_add_test(tcase, every_port);
	tcase_add_test(tcase, exemplars);
	tcase_add_test(tcase, labels_of_others);
	tcase_add_test(tcase, everything_filled);
	suite_add_tcase(suite, tcase);
	tcase_set_timeout(accept, 60);
	tcase_add_test(accept, accepted);
	suite_add_tcase(suite, accept);
	return suite;
}
