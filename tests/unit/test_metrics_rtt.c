// SPDX-License-Identifier: GPL-2.0-only
/* Round trips (--rtt) in /metrics. */
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"
#include "metrics_decode.h"
#include "metrics_fixture.h"
#include "suites.h"

#define FAMILY "synscope_round_trip_duration_seconds"
#define COUNT_OF(port, side) FAMILY "_count{tracker=\"eth0\",server_port=\"" port "\",side=\"" side "\"} "
#define SUM_OF(port, side) FAMILY "_sum{tracker=\"eth0\",server_port=\"" port "\",side=\"" side "\"} "

static struct figures *figures;

static void begin(void)
{
	figures = figures_new();
	figures_port(figures, 0, 443);
	figures_port(figures, 1, 80);
	figures_round_trips(figures, 0, ROUND_TRIP_SERVER, 10 * MS, 3);
	figures_round_trips(figures, 0, ROUND_TRIP_CLIENT, 40 * MS, 2);
	figures_round_trips(figures, 1, ROUND_TRIP_SERVER, 20 * MS, 4);
	figures_round_trips(figures, SERVER_PORT_OTHER, ROUND_TRIP_SERVER, 30 * MS, 5);
}

static void end(void)
{
	free(figures);
}

/* Not even the name of the family is there. */
START_TEST(absent_without_rtt)
{
	for (enum metrics_format format = METRICS_OPENMETRICS; format < METRICS_FORMATS; format++) {
		size_t bytes;
		char *data = figures_write(figures, format, &bytes);

		ck_assert_ptr_null(memmem(data, bytes, FAMILY, strlen(FAMILY)));
		free(data);
	}
}
END_TEST

START_TEST(classic_histograms)
{
	figures_rtt(figures);
	figures_expect(figures, "# TYPE " FAMILY " histogram\n# UNIT " FAMILY " seconds\n" FAMILY
				"_bucket{tracker=\"eth0\",server_port=\"443\",side=\"client\",le=\"4.096e-06\"} 0\n");
	figures_expect(figures, "server_port=\"443\",side=\"server\",le=\"0.008388608\"} 0\n");
	figures_expect(figures, "server_port=\"443\",side=\"server\",le=\"0.016777216\"} 3\n");
	figures_expect(figures, SUM_OF("443", "client") "0.08\n" COUNT_OF("443", "client") "2\n");
	figures_expect(figures, SUM_OF("443", "server") "0.03\n" COUNT_OF("443", "server") "3\n");
	figures_expect(figures, COUNT_OF("80", "client") "0\n");
	figures_expect(figures, COUNT_OF("other", "server") "5\n");
}
END_TEST

START_TEST(ports_beyond_the_limit)
{
	char *text;

	figures_rtt(figures);
	figures->input.ports = 1;
	figures_expect(figures, COUNT_OF("443", "server") "3\n");
	figures_expect(figures, SUM_OF("other", "server") "0.23\n" COUNT_OF("other", "server") "9\n");
	text = figures_write(figures, METRICS_OPENMETRICS, NULL);
	ck_assert_ptr_null(strstr(text, COUNT_OF("80", "server")));
	free(text);
}
END_TEST

/* Of two instances, one has --rtt. */
START_TEST(only_of_those_that_count)
{
	struct metrics_tracker trackers[2] = { figures->tracker, figures->tracker };
	struct instance_meta meta = figures->meta;
	char *text;

	strcpy(meta.name, "eth1");
	trackers[1].meta = &meta;
	trackers[1].round_trips = figures->round_trips;
	figures->input.tracker = trackers;
	figures->input.tracker_count = 2;
	text = figures_write(figures, METRICS_OPENMETRICS, NULL);
	ck_assert_ptr_nonnull(strstr(text, FAMILY "_count{tracker=\"eth1\",server_port=\"443\",side=\"server\"} 3\n"));
	ck_assert_ptr_null(strstr(text, FAMILY "_count{tracker=\"eth0\""));
	free(text);
}
END_TEST

START_TEST(native_histograms)
{
	static const char expected[] =
		"label {\nname: \"server_port\"\nvalue: \"443\"\n}\nlabel {\nname: \"side\"\nvalue: \"client\"\n}\n"
		"histogram {\nsample_count: 2\nsample_sum: 0.08\nschema: 3\n";
	size_t bytes;
	char *data, *text;

	figures_rtt(figures);
	data = figures_write(figures, METRICS_PROTOBUF, &bytes);
	text = decode_family(data, bytes, FAMILY);
	free(data);
	ck_assert_msg(strstr(text, expected), "%s", text);
	free(text);
}
END_TEST

Suite *metrics_rtt_suite(void)
{
	Suite *suite = suite_create("metrics_rtt");
	TCase *tests = tcase_create("metrics_rtt");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, absent_without_rtt);
	tcase_add_test(tests, classic_histograms);
	tcase_add_test(tests, ports_beyond_the_limit);
	tcase_add_test(tests, only_of_those_that_count);
	tcase_add_test(tests, native_histograms);
	suite_add_tcase(suite, tests);
	return suite;
}
