// SPDX-License-Identifier: GPL-2.0-only
/* The figures of a table and of histograms that are made here, and how they are printed. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"
#include "stats_fixture.h"
#include "stats/fields.h"
#include "stats/histogram_print.h"
#include "stats/print.h"
#include "suites.h"
#include "base/terminal.h"

static struct stats_fixture made;
static struct stats stats;
static enum stats_sort sort;

static void make_instance(void)
{
	stats_fixture_begin(&made, false);
}

static void open_stats(enum stats_by by, __u32 prefix4, __u32 prefix6)
{
	struct stats_options options = { .by = by, .sort = sort, .prefix4 = prefix4, .prefix6 = prefix6 };

	ck_assert_int_eq(stats_open(&stats, &options, &made.source), 0);
}

static void refresh(enum stats_by by, __u32 prefix4, __u32 prefix6)
{
	open_stats(by, prefix4, prefix6);
	ck_assert_int_eq(stats_refresh(&stats, false), 0);
}

static void end(void)
{
	stats_close(&stats);
	stats_fixture_end(&made);
}

static void put(const struct flow_record *record)
{
	stats_fixture_put(&made, record);
}

static void put_stage(enum stage stage)
{
	struct flow_record record = record_at(stage);

	put(&record);
}

static void put_reset(enum stage stage, int dir)
{
	struct flow_record record = record_at(stage);

	record.hot.dir[dir].facts |= FACT_RST;
	put(&record);
}

/* A flow so long ago that its timeout, which is 0 here, has passed. */
static void put_timed_out(enum stage stage)
{
	struct flow_record record = record_at(stage);

	for (int i = 0; i < FLOW_DIRS; i++) {
		record.hot.dir[i].last_seen = 0;
		record.cold.dir[i].syn_first_ns = 1;
	}
	record.cold.last_exact_ns = 1;
	put(&record);
}

/* A flow between other addresses; NULL: the usual one. */
static void put_between(const char *client, const char *server)
{
	struct flow_record record = record_at(STAGE_OPEN);
	const char *const address[FLOW_DIRS] = { client, server };

	for (int i = 0; i < FLOW_DIRS; i++) {
		if (address[i] && strchr(address[i], ':')) {
			record.cold.flags |= FLOW_IPV6;
			inet_pton(AF_INET6, address[i], record.cold.addr[i]);
		} else if (address[i]) {
			inet_pton(AF_INET, address[i], record.cold.addr[i]);
		}
	}
	put(&record);
}

static struct stats_figures group(size_t i, char *name)
{
	struct stats_figures figures;
	struct stats_key key;

	stats_group(&stats, i, &key, &figures);
	*put_stats_key(name, &key, NULL, false) = '\0';
	return figures;
}

static void expect_group(size_t i, const char *name, __u64 flows_there, __u64 handshakes, __u64 refused)
{
	char text[STATS_KEY_SIZE + 1];
	struct stats_figures figures = group(i, text);

	ck_assert_str_eq(text, name);
	ck_assert_uint_eq(figures.flows, flows_there);
	ck_assert_uint_eq(stats_handshakes(&figures), handshakes);
	ck_assert_uint_eq(figures.counted.latencies.refused, refused);
}

START_TEST(states_outcomes_and_failures)
{
	struct flow_record midstream = record_at(STAGE_SYNACK), unreachable = record_at(STAGE_SYN);

	make_instance();
	made.instance.meta.config.timeout_ns[TIMEOUT_SYN_SENT] = 0;
	made.instance.meta.config.timeout_ns[TIMEOUT_SYN_RECEIVED] = 0;
	put_stage(STAGE_OPEN);
	put_stage(STAGE_OPEN);
	put_stage(STAGE_FIN_ACKED);
	put_reset(STAGE_SYN, 1); /* refused */
	put_reset(STAGE_SYN, 1);
	put_reset(STAGE_SYNACK, 0); /* reset in the handshake */
	put_reset(STAGE_SYN, 0); /* reset in the handshake, too */
	put_reset(STAGE_OPEN, 0); /* reset after the handshake */
	put_timed_out(STAGE_SYN);
	put_timed_out(STAGE_SYNACK);
	unreachable.cold.flags |= FLOW_UNREACHABLE;
	put(&unreachable);
	midstream.cold.flags |= ORIGIN_MIDSTREAM;
	midstream.hot.dir[0].facts |= FACT_RST;
	put(&midstream);
	refresh(STATS_ALL, 32, 128);

	ck_assert_uint_eq(stats.whole.flows, 12);
	ck_assert_uint_eq(stats.whole.attempts, 11);
	ck_assert_uint_eq(stats.whole.states[SIDE_CLIENT][STATE_ESTABLISHED], 2);
	ck_assert_uint_eq(stats.whole.states[SIDE_CLIENT][STATE_FIN_WAIT_2], 1);
	ck_assert_uint_eq(stats.whole.states[SIDE_SERVER][STATE_CLOSE_WAIT], 1);
	ck_assert_uint_eq(stats.whole.states[SIDE_SERVER][STATE_CLOSED], stats.whole.closed);
	ck_assert_uint_eq(stats.whole.outcomes[OUTCOME_OPEN], 2);
	ck_assert_uint_eq(stats.whole.outcomes[OUTCOME_CLOSING], 1);
	ck_assert_uint_eq(stats.whole.outcomes[OUTCOME_RESET_BY_CLIENT], 4);
	ck_assert_uint_eq(stats.whole.failed[FAILURE_REFUSED], 2);
	ck_assert_uint_eq(stats.whole.failed[FAILURE_RESET], 2);
	ck_assert_uint_eq(stats.whole.failed[FAILURE_UNANSWERED], 1);
	ck_assert_uint_eq(stats.whole.failed[FAILURE_HALF_OPEN], 1);
	ck_assert_uint_eq(stats.whole.failed[FAILURE_UNREACHABLE], 1);
	ck_assert_uint_eq(stats_failed(&stats.whole), 7);
	end();
}
END_TEST

/* Port 443 has a histogram of its own, port 80 has none. */
static void fill_histograms(void)
{
	made.ports->index[443] = 3 + 1;
	made.latencies[3].count[LATENCY_HANDSHAKE][histogram_bucket(20 * MS)] = 5;
	made.latencies[3].count[LATENCY_SYN_TO_SYNACK][histogram_bucket(10 * MS)] = 6;
	made.latencies[3].refused = 1;
	made.latencies[SERVER_PORT_OTHER].count[LATENCY_HANDSHAKE][histogram_bucket(40 * MS)] = 7;
	made.latencies[SERVER_PORT_OTHER].refused = 2;
}

START_TEST(by_server_port)
{
	struct flow_record other = record_at(STAGE_OPEN);

	make_instance();
	fill_histograms();
	put_stage(STAGE_OPEN);
	other.hot.port[1] = htons(80);
	put(&other);
	put(&other);
	refresh(STATS_SERVER_PORT, 32, 128);
	ck_assert(stats_from_kernel(&stats));
	ck_assert_uint_eq(stats.group_count, 2);
	expect_group(0, "other", 2, 7, 2);
	expect_group(1, "443", 1, 5, 1);
	ck_assert_uint_eq(stats_handshakes(&stats.whole), 12);
	ck_assert_uint_eq(stats.whole.counted.latencies.refused, 3);
	end();
}
END_TEST

/* Loop index: enum stats_sort. 80 is the slowest, 22 the busiest, and 443 fails. */
START_TEST(sorted)
{
	static const char *const order[][3] = {
		[STATS_BUSIEST] = { "22", "80", "443" }, [STATS_FAILED] = { "443", "80", "22" },
		[STATS_P50] = { "80", "22", "443" },	 [STATS_P90] = { "80", "22", "443" },
		[STATS_P99] = { "80", "22", "443" },	 [STATS_P999] = { "22", "80", "443" },
	};
	char text[STATS_KEY_SIZE + 1];

	make_instance();
	made.ports->index[443] = 0 + 1;
	put_reset(STAGE_SYN, 1);
	put_reset(STAGE_SYN, 1);
	made.ports->index[80] = 1 + 1;
	made.latencies[1].count[LATENCY_HANDSHAKE][histogram_bucket(20 * MS)] = 5;
	made.latencies[1].refused = 1;
	made.ports->index[22] = 2 + 1;
	made.latencies[2].count[LATENCY_HANDSHAKE][histogram_bucket(1 * MS)] = 998;
	made.latencies[2].count[LATENCY_HANDSHAKE][histogram_bucket(90 * MS)] = 2;
	sort = _i;
	refresh(STATS_SERVER_PORT, 32, 128);
	for (int i = 0; i < 3; i++) {
		group(i, text);
		ck_assert_str_eq(text, order[_i][i]);
	}
	end();
}
END_TEST

START_TEST(since_the_last_refresh)
{
	make_instance();
	fill_histograms();
	put_stage(STAGE_OPEN);
	refresh(STATS_SERVER_PORT, 32, 128);
	ck_assert_int_eq(stats_refresh(&stats, true), 0);
	expect_group(0, "443", 1, 0, 0);
	made.latencies[3].count[LATENCY_HANDSHAKE][histogram_bucket(90 * MS)] += 2;
	made.latencies[3].refused++;
	ck_assert_int_eq(stats_refresh(&stats, true), 0);
	expect_group(0, "443", 1, 2, 1);
	ck_assert_uint_eq(stats_handshakes(&stats.whole), 2);
	ck_assert_uint_gt(stats.until_ns, stats.since_ns);
	ck_assert_int_eq(stats_refresh(&stats, true), 0);
	expect_group(0, "443", 1, 0, 0);
	end();
}
END_TEST

START_TEST(by_address)
{
	make_instance();
	fill_histograms();
	put_between("10.0.0.1", NULL);
	put_between("10.0.0.200", NULL);
	put_between("10.0.1.1", NULL);
	put_between("2001:db8:0:7:1::1", "fd00::2");
	put_between("2001:db8:0:7:2::1", "fd00::2");
	put_between("2001:db8:0:7:3::1", "fd00::2");
	put_between("2001:db8:0:8::1", "fd00::2");
	refresh(STATS_CLIENT, 24, 64);
	ck_assert(!stats_from_kernel(&stats));
	ck_assert_uint_eq(stats.group_count, 4);
	expect_group(0, "2001:db8:0:7::/64", 3, 3, 0);
	expect_group(1, "10.0.0.0/24", 2, 2, 0);
	expect_group(2, "10.0.1.0/24", 1, 1, 0);
	expect_group(3, "2001:db8:0:8::/64", 1, 1, 0);
	ck_assert_uint_eq(stats_handshakes(&stats.whole), 7);
	ck_assert_uint_eq(stats.whole.counted.latencies.sum_ns[LATENCY_HANDSHAKE], 7 * 35 * MS);
	stats_close(&stats);
	refresh(STATS_CLIENT, 32, 65);
	ck_assert_uint_eq(stats.group_count, 5);
	expect_group(0, "2001:db8:0:7::/65", 3, 3, 0);
	expect_group(1, "10.0.0.1", 1, 1, 0);
	stats_close(&stats);
	refresh(STATS_SERVER, 32, 128);
	ck_assert_uint_eq(stats.group_count, 2);
	expect_group(0, "fd00::2", 4, 4, 0);
	expect_group(1, "10.0.0.2", 3, 3, 0);
	end();
}
END_TEST

/* Flows of each kind, with long addresses, and latencies from the shortest to the longest. */
static void make_all_kinds(void)
{
	make_instance();
	fill_histograms();
	made.latencies[3].count[LATENCY_SYN_TO_SYNACK][0] = 100;
	made.latencies[3].count[LATENCY_HANDSHAKE][HISTOGRAM_LAST] = 123456;
	made.latencies[SERVER_PORT_OTHER].refused = 123456789;
	made.ports->index[9] = 9 + 1; /* without a handshake: its histogram is empty */
	made.latencies[9].refused = 1;
	for (enum stage stage = STAGE_SYN; stage <= STAGE_CLOSED; stage++)
		put_stage(stage);
	put_reset(STAGE_SYN, 1);
	put_between("2001:db8:1111:2222:3333:4444:5555:6666", "fe80:db8:1111:2222:3333:4444:5555:6666");
	put_between("10.0.0.200", "10.0.1.7");
}

static char *print_text(struct terminal terminal, __u32 limit)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	out.utf8 = terminal.utf8;
	ck_assert_int_eq(stats_print(&out, &terminal, &stats, limit), 0);
	buffer_char(&out, '\0');
	return out.data;
}

/* Loop index: enum stats_by. */
START_TEST(fits_any_width)
{
	make_all_kinds();
	refresh(_i, 32, 128);
	for (int columns = 40; columns <= 200; columns += columns < 82 ? 1 : 10) {
		for (int utf8 = 0; utf8 <= 1; utf8++) {
			char *text =
				print_text((struct terminal){ .columns = columns, .utf8 = utf8, .color = utf8 }, 0);

			ck_assert_msg(longest_line(text) <= columns, "%d columns, not %d:\n%s", longest_line(text),
				      columns, text);
			ck_assert_msg(!strstr(text, " \n"), "blanks at an end: %s", text);
			for (const char *p = text; !utf8 && *p; p++)
				ck_assert_msg(!(*p & 0x80), "not ASCII: %s", text);
			free(text);
		}
	}
	end();
}
END_TEST

START_TEST(whole_as_text)
{
	static const char expected[] =
		"eth0\n"
		"  flows       2 in the table, 1 of them closed\n"
		"  client      CLOSED 1, ESTABLISHED 1\n"
		"  server      CLOSED 1, ESTABLISHED 1\n"
		"  outcomes    open 1, refused 1\n"
		"  attempts    2 in the table, failed 1 (50%), refused 1 (50%)\n"
		"  handshakes  12 since attached, refused 3 (20%)\n"
		"\n"
		"LATENCY     COUNT     P50     P90     P99   P99.9\n"
		"SYN-SYNACK      6  9.96ms  9.96ms  9.96ms  9.96ms\n"
		"SYNACK-ACK      0       -       -       -       -\n"
		"HANDSHAKE      12  39.8ms  39.8ms  39.8ms  39.8ms\n"
		"\n"
		"               SYN-SYNACK            SYNACK-ACK            HANDSHAKE\n"
		"8.38ms-16.7ms  ██████████████     6\n"
		"16.7ms-33.5ms                                              ██████████         5\n"
		"33.5ms-67.1ms                                              ██████████████     7\n";
	char *text;

	make_instance();
	fill_histograms();
	put_stage(STAGE_OPEN);
	put_reset(STAGE_SYN, 1);
	refresh(STATS_ALL, 32, 128);
	text = print_text((struct terminal){ .columns = 80, .utf8 = true }, 0);
	ck_assert_str_eq(text, expected);
	free(text);
	end();
}
END_TEST

START_TEST(no_more_groups_than_asked_for)
{
	char *text;

	make_instance();
	for (int i = 1; i <= 25; i++) {
		char client[24];

		snprintf(client, sizeof(client), "10.1.1.%d", i);
		put_between(client, NULL);
	}
	refresh(STATS_CLIENT, 32, 128);
	text = print_text((struct terminal){ 0 }, 0);
	ck_assert_ptr_nonnull(strstr(text, "\n5 more: --limit\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n10.1.1.20 "));
	ck_assert_ptr_null(strstr(text, "\n10.1.1.21 "));
	free(text);
	text = print_text((struct terminal){ 0 }, 3);
	ck_assert_ptr_nonnull(strstr(text, "\n22 more: --limit\n"));
	free(text);
	end();
}
END_TEST

START_TEST(histogram_in_a_line)
{
	__u64 count[HISTOGRAM_BUCKETS] = { 0 };
	const struct histogram_set set = { .count = (const __u64(*)[HISTOGRAM_BUCKETS]) & count, .histograms = 1 };
	struct histogram_rows rows;
	char text[HISTOGRAM_LINE_SIZE + 1];

	rows = histogram_rows(&set, 16);
	ck_assert_ptr_eq(put_histogram_line(text, count, rows, true), text);
	ck_assert_ptr_eq(put_histogram_range(text, rows), text);
	count[histogram_bucket(1 << 20)] = 800;
	count[histogram_bucket(1 << 21)] = 400;
	count[histogram_bucket(1 << 23)] = 1;
	rows = histogram_rows(&set, 16);
	*put_histogram_line(text, count, rows, true) = '\0';
	ck_assert_str_eq(text, "█▄ ▁");
	*put_histogram_line(text, count, rows, false) = '\0';
	ck_assert_str_eq(text, "#= .");
	*put_histogram_range(text, rows) = '\0';
	ck_assert_str_eq(text, "1.04ms-16.7ms");
	count[0] = count[HISTOGRAM_LAST] = 1;
	rows = histogram_rows(&set, 16);
	ck_assert_int_eq(rows.powers, 2);
	*put_histogram_line(text, count, rows, true) = '\0';
	ck_assert_str_eq(text, "▁     █▁      ▁");
}
END_TEST

static int commas(const char *line)
{
	int count = 0;

	for (; *line && *line != '\n'; line++)
		count += *line == ',';
	return count;
}

START_TEST(csv_and_json)
{
	struct sink json = { .ops = &json_sink };
	struct output csv;
	struct buffer out;
	const char *record;

	make_instance();
	fill_histograms();
	put_stage(STAGE_OPEN);
	refresh(STATS_ALL, 32, 128);
	buffer_init(&out, BUFFER_MEMORY);
	json.out = &out;
	stats_output_begin(&csv, OUTPUT_CSV, &out);
	stats_output_add(&csv, &stats, NULL, &stats.whole);
	output_end(&csv);
	stats_fields(&json, &stats, NULL, &stats.whole);
	buffer_char(&out, '\0');
	record = strchr(out.data, '\n') + 1;
	ck_assert_int_eq(commas(record), commas(out.data));
	ck_assert_ptr_nonnull(strstr(record, ",18874368:5 37748736:7,,,,,,,,,,,,,0\n"));
	ck_assert_ptr_nonnull(strstr(record, "\"source\":\"kernel\",\"handshakes\":12,\"refused\":3,"));
	ck_assert_ptr_nonnull(
		strstr(record, "\"handshake_ns\":{\"count\":12,\"p50\":39845888,\"p90\":39845888,\"p99\":39845888,"
			       "\"p999\":39845888,\"histogram\":[{\"from_ns\":18874368,\"to_ns\":20971520,"
			       "\"count\":5},{\"from_ns\":37748736,\"to_ns\":41943040,\"count\":7}]}"));
	buffer_free(&out);
	end();
}
END_TEST

Suite *stats_suite(void)
{
	Suite *suite = suite_create("stats");
	TCase *figures = tcase_create("figures"), *output = tcase_create("output");

	tcase_add_test(figures, states_outcomes_and_failures);
	tcase_add_test(figures, by_server_port);
	tcase_add_loop_test(figures, sorted, 0, STATS_P999 + 1);
	tcase_add_test(figures, since_the_last_refresh);
	tcase_add_test(figures, by_address);
	tcase_set_timeout(output, 300); /* enough for a busy machine */
	tcase_add_loop_test(output, fits_any_width, STATS_ALL, STATS_CLIENT + 1);
	tcase_add_test(output, whole_as_text);
	tcase_add_test(output, no_more_groups_than_asked_for);
	tcase_add_test(output, histogram_in_a_line);
	tcase_add_test(output, csv_and_json);
	suite_add_tcase(suite, figures);
	suite_add_tcase(suite, output);
	return suite;
}
