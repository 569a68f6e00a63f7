// SPDX-License-Identifier: GPL-2.0-only
/* Histories: rows and records, filters as SQL, flows that are told again, what is kept. */
#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_tree.h"
#include "fixture.h"
#include "history/keep.h"
#include "history/pack.h"
#include "history/row.h"
#include "history/schema.h"
#include "history/where.h"
#include "history_fixture.h"
#include "made_flow.h"
#include "suites.h"

#define FLOWS 300
#define FILTERS 800

static const struct filter all;

/* ---- bytes of records */

START_TEST(packed_bytes)
{
	__u8 record[64], packed[PACKED_MAX(64)], back[64];

	for (int round = 0; round < 2000; round++) {
		size_t bytes;

		for (size_t i = 0; i < sizeof(record); i++)
			record[i] = chance(2) ? 0 : (__u8)chance(256);
		bytes = pack_bytes(record, sizeof(record), packed);
		ck_assert(unpack_bytes(packed, bytes, back, sizeof(back)));
		ck_assert_mem_eq(record, back, sizeof(record));
		ck_assert(!unpack_bytes(packed, bytes - 1, back, sizeof(back)));
		ck_assert(!unpack_bytes(packed, bytes + 1, back, sizeof(back)) || bytes == sizeof(packed));
	}
}
END_TEST

/* ---- rows */

struct expected {
	const struct history_flow *flow;
	size_t count;
};

static void check_view(const struct history_found *found, const struct history_flow *flow)
{
	const struct flow_record record = { .hot = flow->hot, .cold = flow->cold };
	const struct flow_view *view = &found->view;
	struct flow_view then;

	flow_view_decode_retired(&then, &record, flow->retired, flow->origin.timeout_ns, flow->now_ns);
	ck_assert_uint_eq(view->first_seen_ns, then.first_seen_ns + flow->origin.wall_offset_ns);
	ck_assert_uint_eq(view->last_seen_ns, then.last_seen_ns + flow->origin.wall_offset_ns);
	ck_assert_uint_eq(view->idle_ns, HISTORY_NOW_NS - view->last_seen_ns);
	ck_assert_uint_eq(view->duration_ns, then.duration_ns);
	for (int i = 0; i < SIDE_COUNT; i++) {
		ck_assert_mem_eq(&view->side[i].ip, &then.side[i].ip, sizeof(then.side[i].ip.word));
		ck_assert_uint_eq(view->side[i].bytes, then.side[i].bytes);
		ck_assert_int_eq(view->side[i].state, then.side[i].state);
	}
	ck_assert_int_eq(view->outcome, then.outcome);
	ck_assert_int_eq(view->handshake_ns, then.handshake_ns);
}

static int check_row(void *context, const struct history_found *found)
{
	struct expected *expected = context;
	const struct history_flow *flow = &expected->flow[found->id - 1], *read = found->flow;

	ck_assert_mem_eq(&read->hot, &flow->hot, sizeof(flow->hot));
	ck_assert_mem_eq(&read->cold, &flow->cold, sizeof(flow->cold));
	ck_assert_mem_eq(&read->round_trips, &flow->round_trips, sizeof(flow->round_trips));
	ck_assert_mem_eq(&read->origin, &flow->origin, sizeof(flow->origin));
	ck_assert_uint_eq(read->now_ns, flow->now_ns);
	ck_assert_int_eq(read->retired, flow->retired);
	ck_assert_int_eq(read->tunnel_known, flow->tunnel_known);
	if (flow->tunnel_known)
		ck_assert_mem_eq(read->tunnel.layer, flow->tunnel.layer, sizeof(flow->tunnel.layer));
	ck_assert_str_eq(found->labels.instance, flow->origin.instance);
	ck_assert_int_eq(found->labels.ifname == NULL, !*flow->origin.ifname);
	check_view(found, flow);
	expected->count++;
	return 0;
}

static struct history_flow *some_flows(size_t count)
{
	struct history_flow *flows = calloc(count, sizeof(*flows));

	for (size_t i = 0; i < count; i++)
		flows[i] = some_flow_of_history();
	return flows;
}

START_TEST(records_come_back)
{
	struct history_flow *flows = some_flows(FLOWS);
	struct expected expected = { .flow = flows };
	struct history_reader reader;

	history_write(flows, FLOWS);
	reader = history_open_now();
	ck_assert_int_eq(history_each(&reader, &all, HISTORY_ANY_ORDER, check_row, &expected), 0);
	ck_assert_uint_eq(expected.count, FLOWS);
	ck_assert_int_eq(history_reader_close(&reader, 0), 0);
	ck_assert_int_eq(history_sql("SELECT count(DISTINCT source) FROM flows"),
			 history_sql("SELECT count(*) FROM sources"));
	free(flows);
}
END_TEST

/* A record whose bytes are all set is the longest when it is packed; there are enough to be inserted together. */
START_TEST(the_longest_records_come_back)
{
	struct history_flow *flows = some_flows(FLOWS);
	struct expected expected = { .flow = flows };
	struct history_reader reader;

	for (size_t i = 0; i < FLOWS; i++) {
		struct flow_cold *cold = &flows[i].cold;

		memset(&flows[i], 0xff, offsetof(struct history_flow, origin));
		for (int step = 0; step < FLOW_OPENING_STEPS; step++)
			cold->opening[step].remark = REMARK_FIN_REFUTED;
		for (int step = 0; step < FLOW_CLOSING_STEPS; step++)
			cold->closing[step].remark = REMARK_FIN_REFUTED;
	}
	history_write(flows, FLOWS);
	reader = history_open_now();
	ck_assert_int_eq(history_each(&reader, &all, HISTORY_ANY_ORDER, check_row, &expected), 0);
	ck_assert_uint_eq(expected.count, FLOWS);
	ck_assert_int_eq(history_reader_close(&reader, 0), 0);
	free(flows);
}
END_TEST

/* ---- filters */

struct answers {
	bool has[FLOWS + 1]; /* by id */
	int count;
};

static int take_answer(void *context, const struct history_found *found)
{
	struct answers *answers = context;

	answers->has[found->id] = true;
	answers->count++;
	return 0;
}

static void match_all(struct answers *answers, const struct filter *filter, const struct history_flow *flows)
{
	for (int i = 0; i < FLOWS; i++) {
		struct flow_labels labels = history_labels(&flows[i], NULL);
		struct flow_view view;

		history_view_at(&view, &flows[i], HISTORY_NOW_NS);
		answers->has[i + 1] = filter_match(filter, &view, &labels);
		answers->count += answers->has[i + 1];
	}
}

/* How many rows SQL alone takes. */
static int rows_of_sql(const struct history_reader *reader, const struct filter *filter)
{
	struct history_where where;
	sqlite3_int64 rows;
	char *sql;

	ck_assert_int_eq(history_where(&where, filter, HISTORY_NOW_NS), 0);
	ck_assert_int_gt(asprintf(&sql, "%s SELECT count(*) FROM flows WHERE %s", where.with, where.condition), 0);
	ck_assert_int_eq(history_number(reader->db, sql, &rows), SQLITE_OK);
	free(sql);
	history_where_free(&where);
	return (int)rows;
}

/* By the file, and by the filter alone. Returns how many match; *rows is increased by what SQL leaves to the filter. */
static int compare(struct history_reader *reader, const struct history_flow *flows, const char *text, int *rows)
{
	struct answers by_file = { 0 }, by_filter = { 0 };
	struct filter_error error;
	struct filter filter;

	ck_assert_msg(!filter_parse_text(text, NULL, &filter, &error), "'%s': %s", text, error.text);
	match_all(&by_filter, &filter, flows);
	ck_assert_int_eq(history_each(reader, &filter, HISTORY_ANY_ORDER, take_answer, &by_file), 0);
	ck_assert_msg(by_file.count == by_filter.count && !memcmp(by_file.has, by_filter.has, sizeof(by_file.has)),
		      "'%s': the file has %d, and should have %d", text, by_file.count, by_filter.count);
	*rows += rows_of_sql(reader, &filter);
	filter_free(&filter);
	return by_file.count;
}

START_TEST(filters_as_sql)
{
	static char text[FILTER_TEXT_SIZE + 128];
	static const char *const times[] = {
		"started > -2s or (",	      "started <= -90s or (",	       "ended > -1m and (",
		"ended < -1s and (",	      "not started > -1h or (",	       "not (ended > -5s) and (",
		"started > 2026-11-20 and (", "ended < 2026-11-20T11:00 or (", "(",
	};
	static struct tree tree;
	struct history_flow *flows = some_flows(FLOWS);
	int matching = 0, rows = 0;
	struct history_reader reader;

	history_write(flows, FLOWS);
	reader = history_open_now();
	for (int i = 0; i < FILTERS; i++) {
		size_t used = (size_t)sprintf(text, "%s", PICK(times));

		tree_grow(&tree, 1 + i % 5);
		tree_write(&tree, text + used);
		strcat(text, ")");
		matching += compare(&reader, flows, text, &rows);
	}
	history_reader_close(&reader, 0);
	/* otherwise the comparison would prove little, or the filter would do most of the work */
	ck_assert_int_gt(matching, FILTERS * FLOWS / 10);
	ck_assert_int_lt(matching, FILTERS * FLOWS * 9 / 10);
	ck_assert_int_lt(rows - matching, FILTERS * FLOWS / 10);
	free(flows);
}
END_TEST

/* What people search for is found by an index, and not by reading all rows. */
static const struct {
	const char *filter, *index;
} searches[] = {
	{ "started > -2h", "by_started" },
	{ "ended < 2026-11-26T03:00", "by_last_seen" },
	{ "failed", "by_trouble" },
	{ "outcome refused and started > -2h", "by_trouble" },
	{ "client host 10.1.2.3", "by_client" },
	{ "host 10.0.0.0/24", "by_server" },
	{ "host 2001:db8::1 and started > -2h", "by_client" },
	{ "server port 22", "by_server_port" },
	{ "server port 22 and host 10.1.2.3", "by_client" },
	{ "server port 22 and server host 10.1.2.3", "by_server " },
	{ "server port 22 and client host 10.1.2.0/24", "by_client" },
	{ "latency > 1s", "by_handshake" },
	{ "latency > 1s and instance web", "by_handshake" },
};

static int find_index(void *context, int columns, char **values, char **names)
{
	const char **wanted = context;

	(void)names;
	if (columns > 3 && *wanted && strstr(values[3], *wanted))
		*wanted = NULL;
	ck_assert_msg(!strstr(values[3], "SCAN flows") || strstr(values[3], "INDEX"), "%s", values[3]);
	return 0;
}

START_TEST(searches_use_indexes)
{
	struct history_flow flow = some_flow_of_history();
	struct filter_error error;
	struct history_where where;
	struct filter filter;
	const char *wanted = searches[_i].index;
	char *sql;
	sqlite3 *db;

	history_write(&flow, 1);
	ck_assert_int_eq(filter_parse_text(searches[_i].filter, NULL, &filter, &error), 0);
	ck_assert_int_eq(history_where(&where, &filter, HISTORY_NOW_NS), 0);
	ck_assert_int_gt(asprintf(&sql, "EXPLAIN QUERY PLAN %s SELECT record FROM flows WHERE %s", where.with,
				  where.condition),
			 0);
	ck_assert_int_eq(sqlite3_open(HISTORY_PATH, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, find_index, &wanted, NULL), SQLITE_OK);
	ck_assert_msg(!wanted, "'%s' does not use %s", searches[_i].filter, searches[_i].index);
	sqlite3_close(db);
	free(sql);
	history_where_free(&where);
	filter_free(&filter);
}
END_TEST

/* ---- flows that are told again */

static struct history_flow told_at(__u64 now_ns, __s64 wall_offset_ns, bool again)
{
	const struct flow_clock clock = { .now_ns = 1000 * S, .wall_offset_ns = wall_offset_ns };
	struct history_flow flow = made_flow(7, &clock);

	flow.now_ns = now_ns;
	flow.again = again;
	flow.reason = again ? "ended" : "active";
	flow.hot.dir[0].bytes = (__u32)(now_ns / S);
	return flow;
}

START_TEST(the_last_record_replaces_earlier_ones)
{
	struct history_flow flows[] = { told_at(1001 * S, 5 * S, false), told_at(1002 * S, 5 * S, true) };
	struct history_flow later = told_at(1003 * S, 3600 * S, true), another = told_at(1004 * S, 5 * S, true);

	history_write(flows, 2);
	ck_assert_int_eq(history_sql("SELECT count(*) FROM flows"), 1);
	ck_assert_int_eq(history_sql("SELECT client_bytes FROM flows"), 1002);
	history_write(&later, 1); /* the clock was set meanwhile */
	ck_assert_int_eq(history_sql("SELECT count(*) FROM flows"), 1);
	ck_assert_int_eq(history_sql("SELECT client_bytes FROM flows"), 1003);
	another.cold.incarnation++;
	history_write(&another, 1);
	ck_assert_int_eq(history_sql("SELECT count(*) FROM flows"), 2);
	another.hot.port[0]++;
	history_write(&another, 1);
	ck_assert_int_eq(history_sql("SELECT count(*) FROM flows"), 3);
	strcpy(another.origin.instance, "other");
	history_write(&another, 1);
	ck_assert_int_eq(history_sql("SELECT count(*) FROM flows"), 4);
}
END_TEST

/* Rows are inserted many at once, and what is left one by one; an earlier one may be among those that wait. */
START_TEST(many_at_once)
{
	const struct flow_clock clock = { .now_ns = 1000 * S, .wall_offset_ns = 5 * S };
	struct history_flow flows[200];
	const int count = (int)(sizeof(flows) / sizeof(flows[0]));

	for (int i = 0; i < count; i++)
		flows[i] = made_flow(i, &clock);
	flows[100] = told_at(1001 * S, 5 * S, false);
	flows[101] = told_at(1002 * S, 5 * S, true);
	flows[7] = made_flow(count, &clock); /* the number of those two */
	history_write(flows, count);
	ck_assert_int_eq(history_sql("SELECT count(*) FROM flows"), count - 1);
	ck_assert_int_eq(history_sql("SELECT count(DISTINCT client_port) FROM flows"), count - 1);
	ck_assert_int_eq(history_sql("SELECT max(id) FROM flows"), count);
	ck_assert_int_eq(history_sql("SELECT count(*) FROM flows WHERE client_bytes = 1002"), 1);
	ck_assert_int_eq(history_sql("SELECT count(*) FROM flows WHERE client_bytes = 1001"), 0);
}
END_TEST

/* After a reboot the clock of the records begins again. */
START_TEST(another_boot)
{
	struct history_flow flow = told_at(1001 * S, 5 * S, true);

	history_write(&flow, 1);
	history_sql("UPDATE sources SET boot = 'before'");
	history_write(&flow, 1);
	ck_assert_int_eq(history_sql("SELECT count(*) FROM flows"), 2);
}
END_TEST

/* ---- what is kept */

START_TEST(old_flows_are_deleted)
{
	struct flow_clock clock = flow_clock_now();
	struct history_flow flows[] = { made_flow(1, &clock), made_flow(2, &clock) };
	struct history_writer writer;
	struct reason why;

	flows[0].origin.wall_offset_ns -= 3600 * S;
	ck_assert_int_eq(history_writer_open(&writer, HISTORY_PATH, &(struct history_keep){ .ns = 1800 * S }, &why), 0);
	ck_assert_int_eq(history_writer_put(&writer, flows, 2, &why), 0);
	ck_assert_int_eq(history_keep_tidy(&writer, &why), 0);
	history_writer_close(&writer);
	ck_assert_int_eq(history_sql("SELECT count(*) FROM flows"), 1);
	ck_assert_int_eq(history_sql("SELECT client_bytes FROM flows"), 2);
}
END_TEST

Suite *history_suite(void)
{
	Suite *suite = suite_create("history");
	TCase *tcase = tcase_create("history");

	tcase_add_checked_fixture(tcase, history_directory_begin, history_directory_end);
	tcase_add_test(tcase, packed_bytes);
	tcase_add_test(tcase, records_come_back);
	tcase_add_test(tcase, the_longest_records_come_back);
	tcase_add_test(tcase, filters_as_sql);
	tcase_add_loop_test(tcase, searches_use_indexes, 0, sizeof(searches) / sizeof(searches[0]));
	tcase_add_test(tcase, the_last_record_replaces_earlier_ones);
	tcase_add_test(tcase, many_at_once);
	tcase_add_test(tcase, another_boot);
	tcase_add_test(tcase, old_flows_are_deleted);
	tcase_set_timeout(tcase, 300);
	suite_add_tcase(suite, tcase);
	return suite;
}
