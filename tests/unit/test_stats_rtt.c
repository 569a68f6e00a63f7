// SPDX-License-Identifier: GPL-2.0-only
/* Round trips (--rtt) in the figures by server port, and how they are printed. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "fixture.h"
#include "stats_fixture.h"
#include "stats/fields.h"
#include "stats/print.h"
#include "stats/round_trips.h"
#include "suites.h"
#include "base/terminal.h"

#define PLACE 3

static struct stats_fixture made;
static struct stats stats;

static void count(int place, enum round_trip_end end, __u64 ns, __u64 times)
{
	made.round_trips[place].count[end][histogram_bucket(ns)] += times;
	made.round_trips[place].sum_ns[end] += ns * times;
}

/* Port 443 has a histogram of its own, with round trips and nothing else. */
static void begin(enum stats_by by, bool rtt)
{
	const struct stats_options options = { .by = by, .prefix4 = 32, .prefix6 = 128 };
	struct flow_record record = record_at(STAGE_OPEN);

	stats_fixture_begin(&made, rtt);
	if (by != STATS_SERVER_PORT)
		stats_fixture_put(&made, &record);
	made.ports->index[443] = PLACE + 1;
	if (rtt) {
		count(PLACE, ROUND_TRIP_SERVER, 20 * MS, 5);
		count(PLACE, ROUND_TRIP_CLIENT, 40 * MS, 2);
		count(SERVER_PORT_OTHER, ROUND_TRIP_SERVER, 80 * MS, 1);
	}
	ck_assert_int_eq(stats_open(&stats, &options, &made.source), 0);
	ck_assert_int_eq(stats_refresh(&stats, false), 0);
}

static void end(void)
{
	stats_close(&stats);
	stats_fixture_end(&made);
}

static __u64 counted(const struct stats_figures *figures, enum round_trip_end end)
{
	return histogram_total(figures->counted.round_trips.count[end]);
}

START_TEST(by_server_port)
{
	struct stats_figures figures[2];
	struct stats_key key[2];

	begin(STATS_SERVER_PORT, true);
	ck_assert(stats_has_round_trips(&stats, NULL));
	ck_assert_uint_eq(stats.group_count, 2);
	for (int i = 0; i < 2; i++)
		stats_group(&stats, i, &key[i], &figures[i]);
	ck_assert_int_eq(key[0].port, 443);
	ck_assert_uint_eq(counted(&figures[0], ROUND_TRIP_SERVER), 5);
	ck_assert_uint_eq(counted(&figures[0], ROUND_TRIP_CLIENT), 2);
	ck_assert_uint_eq(figures[0].counted.round_trips.sum_ns[ROUND_TRIP_CLIENT], 80 * MS);
	ck_assert_int_eq(key[1].port, NO_PORT);
	ck_assert_uint_eq(counted(&figures[1], ROUND_TRIP_SERVER), 1);
	ck_assert_uint_eq(counted(&stats.whole, ROUND_TRIP_SERVER), 6);
	ck_assert_uint_eq(counted(&stats.whole, ROUND_TRIP_CLIENT), 2);
	end();
}
END_TEST

START_TEST(since_the_last_refresh)
{
	begin(STATS_ALL, true);
	count(PLACE, ROUND_TRIP_SERVER, 20 * MS, 3);
	ck_assert_int_eq(stats_refresh(&stats, true), 0);
	ck_assert_uint_eq(counted(&stats.whole, ROUND_TRIP_SERVER), 3);
	ck_assert_uint_eq(counted(&stats.whole, ROUND_TRIP_CLIENT), 0);
	ck_assert_uint_eq(stats.whole.counted.round_trips.sum_ns[ROUND_TRIP_SERVER], 60 * MS);
	end();
}
END_TEST

static char *print_text(int columns)
{
	const struct terminal terminal = { .columns = columns };
	struct buffer out;

	ck_assert_int_eq(buffer_init(&out, BUFFER_MEMORY), 0);
	ck_assert_int_eq(stats_print(&out, &terminal, &stats, 0), 0);
	buffer_char(&out, '\0');
	return out.data;
}

static void expect_text(const char *expected, bool there)
{
	char *text = print_text(160);

	ck_assert_msg(!!strstr(text, expected) == there, "'%s' in\n%s", expected, text);
	free(text);
}

START_TEST(whole_as_text)
{
	begin(STATS_ALL, true);
	expect_text("\nCLIENT RTT      2  39.8ms  39.8ms  39.8ms  39.8ms\n"
		    "SERVER RTT      6  19.9ms  79.6ms  79.6ms  79.6ms\n",
		    true);
	expect_text("\n               CLIENT RTT  ", true); /* the heading of a histogram */
	end();
}
END_TEST

START_TEST(groups_as_text)
{
	begin(STATS_SERVER_PORT, true);
	expect_text("SYNACK-ACK  CLIENT RTT  SERVER RTT  P50", true);
	expect_text("CLIENT RTT: median, SERVER RTT: median", true);
	expect_text("         -      39.8ms      19.9ms    -", true);
	end();
}
END_TEST

/* Loop index: enum stats_by. */
START_TEST(fits_any_width)
{
	begin(_i, true);
	for (int columns = 40; columns <= 140; columns += columns < 90 ? 1 : 10) {
		char *text = print_text(columns);

		for (char *line = text, *next; *line; line = next) {
			next = strchr(line, '\n') + 1;
			ck_assert_msg(next - line - 1 <= columns, "not %d columns:\n%s", columns, text);
		}
		free(text);
	}
	end();
}
END_TEST

/* Loop index: enum stats_by, STATS_SERVER and later without a histogram; and STATS_ALL without --rtt. */
START_TEST(absent)
{
	begin(_i, _i != STATS_ALL);
	ck_assert(!stats_has_round_trips(&stats, NULL));
	expect_text("RTT", false);
	end();
}
END_TEST

static char *print_fields(const struct sink_ops *ops, const struct stats_key *key, const struct stats_figures *figures)
{
	struct sink sink = { .ops = ops };
	struct buffer out;

	ck_assert_int_eq(buffer_init(&out, BUFFER_MEMORY), 0);
	sink.out = &out;
	stats_fields(&sink, &stats, key, figures);
	buffer_char(&out, '\0');
	return out.data;
}

START_TEST(json)
{
	char *text;

	begin(STATS_ALL, true);
	text = print_fields(&json_sink, NULL, &stats.whole);
	ck_assert_ptr_nonnull(strstr(text, "\"rtt\":{\"client_ns\":{\"count\":2,\"p50\":39845888,"));
	ck_assert_ptr_nonnull(strstr(text, "\"server_ns\":{\"count\":6,\"p50\":19922944,\"p90\":79691776,"));
	free(text);
	end();
	begin(STATS_ALL, false);
	text = print_fields(&json_sink, NULL, &stats.whole);
	ck_assert_ptr_nonnull(strstr(text, "\"rtt\":null,"));
	free(text);
	end();
}
END_TEST

/* ---- of a capture */

static void take_recorded(__u16 port)
{
	struct flow_record record = record_at(STAGE_OPEN);
	struct flow_view view;

	record.hot.port[1] = htons(port);
	flow_view_decode(&view, &record, made.instance.meta.config.timeout_ns, T0 + S);
	ck_assert_int_eq(stats_take(&stats, &record, &view), 0);
}

/* Flows at ports 443, which has a histogram of its own, and 81, which has none; `shared`: because none was left. */
static void begin_recorded(enum stats_by by, bool known, bool shared)
{
	const struct stats_options options = { .by = by, .prefix4 = 32, .prefix6 = 128 };
	struct histogram_reader histograms;

	stats_fixture_begin(&made, true);
	made.ports->index[443] = PLACE + 1;
	count(PLACE, ROUND_TRIP_SERVER, 20 * MS, 5);
	count(PLACE, ROUND_TRIP_CLIENT, 40 * MS, 2);
	if (shared)
		count(SERVER_PORT_OTHER, ROUND_TRIP_SERVER, 80 * MS, 1);
	histograms = (struct histogram_reader){ made.latencies, made.ports, made.round_trips };
	stats_open_recorded(&stats, &options, &made.source, "in the capture", known ? &histograms : NULL);
	stats_begin(&stats, false);
	take_recorded(443);
	take_recorded(443);
	take_recorded(81);
	ck_assert_int_eq(stats_end(&stats), 0);
}

START_TEST(whole_of_a_capture)
{
	begin_recorded(STATS_ALL, true, true);
	expect_text("\nCLIENT RTT      2  39.8ms  39.8ms  39.8ms  39.8ms\n"
		    "SERVER RTT      6  19.9ms  79.6ms  79.6ms  79.6ms\n",
		    true);
	end();
}
END_TEST

/* Loop index: do ports share a histogram? Then it is not known which of its round trips are those of port 81. */
START_TEST(ports_of_a_capture)
{
	struct stats_figures figures[2];
	struct stats_key key[2];
	char *text;

	begin_recorded(STATS_SERVER_PORT, true, _i);
	ck_assert_uint_eq(stats.group_count, 2);
	for (int i = 0; i < 2; i++)
		stats_group(&stats, i, &key[i], &figures[i]);
	ck_assert_int_eq(key[0].port, 443);
	ck_assert_uint_eq(counted(&figures[0], ROUND_TRIP_SERVER), 5);
	ck_assert_uint_eq(counted(&figures[0], ROUND_TRIP_CLIENT), 2);
	ck_assert_int_eq(key[1].port, 81);
	ck_assert_uint_eq(counted(&figures[1], ROUND_TRIP_SERVER), 0);
	ck_assert(stats_has_round_trips(&stats, &key[0]));
	ck_assert_int_eq(stats_has_round_trips(&stats, &key[1]), !_i);
	text = print_fields(&json_sink, &key[1], &figures[1]);
	ck_assert_ptr_nonnull(strstr(text, _i ? "\"rtt\":null," : "\"rtt\":{\"client_ns\":{\"count\":0,"));
	free(text);
	expect_text("39.8ms      19.9ms", true);
	end();
}
END_TEST

/* Loop index: enum stats_by; by an address, and of a history, nothing is known. */
START_TEST(recorded_without)
{
	begin_recorded(_i, _i == STATS_SERVER || _i == STATS_CLIENT, true);
	ck_assert(!stats_has_round_trips(&stats, NULL));
	ck_assert_uint_eq(counted(&stats.whole, ROUND_TRIP_SERVER), 0);
	expect_text("RTT", false);
	end();
}
END_TEST

Suite *stats_rtt_suite(void)
{
	Suite *suite = suite_create("stats_rtt");
	TCase *tests = tcase_create("stats_rtt");

	tcase_set_timeout(tests, 300); /* enough for a busy machine */
	tcase_add_test(tests, by_server_port);
	tcase_add_test(tests, since_the_last_refresh);
	tcase_add_test(tests, whole_as_text);
	tcase_add_test(tests, groups_as_text);
	tcase_add_loop_test(tests, fits_any_width, STATS_ALL, STATS_SERVER_PORT + 1);
	tcase_add_test(tests, json);
	tcase_add_loop_test(tests, absent, STATS_ALL, STATS_ALL + 1);
	tcase_add_loop_test(tests, absent, STATS_SERVER, STATS_CLIENT + 1);
	tcase_add_test(tests, whole_of_a_capture);
	tcase_add_loop_test(tests, ports_of_a_capture, 0, 2);
	tcase_add_loop_test(tests, recorded_without, STATS_ALL, STATS_CLIENT + 1);
	suite_add_tcase(suite, tests);
	return suite;
}
