// SPDX-License-Identifier: GPL-2.0-only
/* `top` without a terminal: which flows it selects, what its keys do, and its screen at every size. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "fixture.h"
#include "manual.h"
#include "suites.h"
#include "top/keys.h"
#include "top/select.h"
#include "top/view.h"

#define BUCKETS 32
#define FLOWS (BUCKETS * FLOW_SLOTS_PER_BUCKET)
#define ROWS 24

static struct instance instance = { .meta.name = "eth0" };
static struct flow_bucket hot[BUCKETS];
static struct flow_cold cold[FLOWS];
static struct flow_source source;
static struct flow_sources sources;
static struct top_source top_source;
static struct top_view view;

/* Flows of all stages, some over IPv6, some refused; no two are equal. */
static struct flow_record flow_number(int i)
{
	struct flow_record record = record_at(i % (STAGE_CLOSED + 1));

	record.slot = i;
	record.hot.tag |= (__u32)(i + 1) << 5;
	record.hot.port[0] = htons(1000 + i * 37 % FLOWS);
	record.hot.dir[0].packets = (1 + i * 101 % 1009) * PACKETS_ONE;
	record.hot.dir[1].packets = i % 7 * PACKETS_ONE;
	record.cold.last_exact_ns = T0 + i * 7919 % 5003 * MS;
	if (record.cold.flags & FLOW_SYN_TO_SYNACK)
		record.cold.syn_to_synack_ns = i * 523 % 4999 * 1000;
	if (i % 5 == 0) {
		record.cold.flags |= FLOW_IPV6;
		inet_pton(AF_INET6, "2001:db8:1111:2222:3333:4444:5555:6666", record.cold.addr[0]);
		inet_pton(AF_INET6, "2001:db8::2", record.cold.addr[1]);
	}
	if (i % 11 == 3)
		record.hot.dir[1].facts |= FACT_RST;
	return record;
}

static void setup(void)
{
	memcpy(instance.meta.config.timeout_ns, default_timeouts, sizeof(default_timeouts));
	for (int i = 0; i < FLOWS; i++) {
		struct flow_record record = flow_number(i);

		hot[i / FLOW_SLOTS_PER_BUCKET].slot[i % FLOW_SLOTS_PER_BUCKET] = record.hot;
		cold[i] = record.cold;
	}
	source = (struct flow_source){ .instance = &instance, .clock.now_ns = T0 + 6 * S };
	flow_reader_init_memory(&source.reader, hot, cold, BUCKETS);
	sources = (struct flow_sources){ .source = &source, .count = 1 };
	view = (struct top_view){ .data = { .sources = &sources, .source = &top_source }, .all = true };
}

static void teardown(void)
{
	flow_order_free(&view.data.order);
	filter_free(&view.filter);
	free(view.row);
}

static void refresh(void)
{
	struct top_choice choice = top_view_choice(&view, ROWS);

	ck_assert_int_eq(top_data_scan(&view.data, &choice), 0);
	top_select_update(&view);
}

static char *compose(struct terminal terminal, int *cursor)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	out.utf8 = terminal.utf8;
	ck_assert_int_eq(top_view_compose(&view, &terminal, &out, cursor), 0);
	buffer_char(&out, '\0');
	return out.data;
}

/* Does a screen of 80 columns show it? */
static bool shows(const char *what)
{
	int cursor;
	char *text = compose((struct terminal){ .columns = 80, .rows = ROWS, .utf8 = true }, &cursor);
	bool found = strstr(text, what);

	free(text);
	return found;
}

static void press(const char *keys)
{
	for (; *keys; keys++)
		if (top_view_key(&view, (unsigned char)*keys) == EFFECT_REFRESH)
			refresh();
}

static void press_key(int key)
{
	if (top_view_key(&view, key) == EFFECT_REFRESH)
		refresh();
	shows(""); /* the layout is known after the screen was composed once */
}

/* ---- which flows come first */

/* The first flows by any key, in either direction, are the same as with sorting all flows. */
START_TEST(first_of_all)
{
	static const size_t wanted[] = { 1, 2, 10, 100, FLOWS - 1, FLOWS, FLOWS + 10 };
	struct top_choice choice = { .sort = _i / 2, .reverse = _i % 2, .all = true, .filter = &view.filter };
	struct ordered_flow all[FLOWS];
	size_t count;

	ck_assert_int_eq(top_data_scan(&view.data, &choice), 0);
	count = view.data.order.count;
	ck_assert_uint_gt(count, FLOWS / 2);
	memcpy(all, view.data.order.flow, count * sizeof(all[0]));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		choice.most = wanted[i];
		ck_assert_int_eq(top_data_scan(&view.data, &choice), 0);
		ck_assert_uint_eq(view.data.order.count, wanted[i] < count ? wanted[i] : count);
		ck_assert_uint_eq(view.data.matched, count);
		for (size_t j = 0; j < view.data.order.count; j++)
			ck_assert_uint_eq(view.data.order.flow[j].slot, all[j].slot);
	}
}
END_TEST

START_TEST(reverse_keeps_unknown_last)
{
	struct top_choice choice = { .sort = SORT_SYN_TO_SYNACK, .reverse = true, .all = true, .filter = &view.filter };
	__s64 before = -1;
	size_t i = 0;

	ck_assert_int_eq(top_data_scan(&view.data, &choice), 0);
	for (; i < view.data.order.count; i++) {
		struct flow_record record;
		struct flow_view flow;

		ck_assert(flow_order_read(&view.data.order.flow[i], sources.source, &record, &flow));
		if (flow.syn_to_synack_ns == LATENCY_UNKNOWN)
			break;
		ck_assert_int_ge(flow.syn_to_synack_ns, before);
		before = flow.syn_to_synack_ns;
	}
	ck_assert_uint_gt(i, 0);
	ck_assert_uint_lt(i, view.data.order.count);
	for (; i < view.data.order.count; i++) {
		struct flow_record record;
		struct flow_view flow;

		ck_assert(flow_order_read(&view.data.order.flow[i], sources.source, &record, &flow));
		ck_assert_int_eq(flow.syn_to_synack_ns, LATENCY_UNKNOWN);
	}
}
END_TEST

START_TEST(counts)
{
	__u64 client = 0, server = 0, all;

	refresh();
	all = view.data.flows + view.data.closed;
	ck_assert_uint_eq(view.data.matched, all);
	ck_assert_uint_gt(view.data.closed, 0);
	for (int i = 0; i < STATE_COUNT; i++) {
		client += view.data.states[SIDE_CLIENT][i];
		server += view.data.states[SIDE_SERVER][i];
	}
	ck_assert_uint_eq(client, view.data.flows);
	ck_assert_uint_eq(server, view.data.flows);
	press("a");
	ck_assert_uint_eq(view.data.matched, view.data.flows);
	ck_assert_uint_eq(view.data.flows + view.data.closed, all);
}
END_TEST

static void take(struct top_latencies *latencies, __u64 seconds, unsigned int handshakes)
{
	latencies->now.ns = T0 + seconds * S;
	latencies->now.sum.count[LATENCY_SYN_TO_SYNACK][histogram_bucket(10 * MS)] += handshakes;
	top_latencies_take(latencies);
}

/* The latencies shown are those of the last minute, within the distance of two samples. */
START_TEST(latencies_of_the_last_minute)
{
	struct top_latencies *latencies = &view.data.latencies;
	const __u64 *lately = latencies->lately.count[LATENCY_SYN_TO_SYNACK];

	take(latencies, 0, 500);
	ck_assert_uint_eq(histogram_total(lately), 0);
	ck_assert(shows("in all"));
	ck_assert(shows("10.2ms") || shows("9.9"));
	for (unsigned int second = 1; second <= 300; second++) {
		take(latencies, second, 1);
		ck_assert_uint_ge(histogram_total(lately), second < 60 ? second : 60);
		ck_assert_uint_le(histogram_total(lately), second < 64 ? second : 64);
	}
	ck_assert(shows("last 6"));
	latencies->now.sum = (struct port_latencies){ 0 }; /* an instance was detached, and another one stays */
	take(latencies, 301, 3);
	ck_assert_uint_lt(histogram_total(lately), 64);
	take(latencies, 4000, 7);
	take(latencies, 8000, 7);
	ck_assert_uint_eq(histogram_total(lately), 7);
}
END_TEST

/* ---- the screen */

/* At every size, in every mode, there are no more lines and no longer ones than fit. */
START_TEST(fits_any_terminal)
{
	static const char *const modes[] = { "",   "?", "/state est", "/server port 443\r",
					     "\r", " ", "Hr",	      "/state established and (\r" };

	press(modes[_i]);
	refresh();
	for (int columns = 40; columns <= 200; columns += columns < 100 ? 5 : 40)
		for (int rows = 1; rows <= 60; rows += rows < 24 ? 1 : 12) {
			int cursor;
			char *text = compose((struct terminal){ .columns = columns, .rows = rows, .utf8 = columns % 2 },
					     &cursor);

			ck_assert_msg(longest_line(text) <= columns && count_lines(text) <= rows && cursor < columns,
				      "%d x %d: %d columns, %d lines:\n%s", columns, rows, longest_line(text),
				      count_lines(text), text);
			free(text);
		}
}
END_TEST

START_TEST(parts_of_the_screen)
{
	refresh();
	ck_assert(shows("eth0\033[0m  "));
	ck_assert(shows("ESTABLISHED"));
	ck_assert(shows("p99"));
	ck_assert(shows("SYN -/s") || shows("-/s"));
	ck_assert(shows("quit"));
	ck_assert(!shows("\033[7m"));
	ck_assert(!shows("PAUSED"));
	press(" ");
	ck_assert(shows("PAUSED"));
	press("?");
	ck_assert(shows("syn_to_synack"));
	press("x");
	ck_assert(shows("FLOW"));
}
END_TEST

/* ---- keys */

START_TEST(selection)
{
	refresh();
	shows("");
	ck_assert_int_eq(top_select_index(&view), -1);
	press_key(TOP_KEY_DOWN);
	ck_assert_int_eq(top_select_index(&view), 0);
	press_key(TOP_KEY_DOWN);
	ck_assert_int_eq(top_select_index(&view), 1);
	ck_assert(shows("\033[7m"));
	press_key(TOP_KEY_UP);
	press_key(TOP_KEY_UP);
	ck_assert_int_eq(top_select_index(&view), 0);
	press_key(TOP_KEY_PAGE_DOWN);
	ck_assert_int_eq(top_select_index(&view), view.page - 1);
	press_key(TOP_KEY_END);
	ck_assert_int_eq(top_select_index(&view), (__s64)view.data.matched - 1);
	ck_assert_uint_eq(view.first, view.data.matched - view.page);
	press_key(TOP_KEY_DOWN);
	ck_assert_int_eq(top_select_index(&view), (__s64)view.data.matched - 1);
	for (int i = 0; i < 5; i++)
		press_key(TOP_KEY_UP);
	ck_assert_int_eq(top_select_index(&view), (__s64)view.data.matched - 6);
	press_key(TOP_KEY_HOME);
	ck_assert_uint_eq(view.first, 0);
	press_key(TOP_KEY_ESCAPE);
	ck_assert_int_eq(top_select_index(&view), -1);
}
END_TEST

/* A narrow row takes several lines: the row that was selected by a key is visible all the same. */
START_TEST(selection_is_seen)
{
	struct terminal terminal = { .columns = 40, .rows = 10 };
	int cursor;

	refresh();
	free(compose(terminal, &cursor));
	for (int i = 0; i < 30; i++) {
		char *text;

		if (top_view_key(&view, i == 20 ? TOP_KEY_END : i > 20 ? TOP_KEY_UP : TOP_KEY_DOWN) == EFFECT_REFRESH)
			refresh();
		text = compose(terminal, &cursor);
		ck_assert_msg(strstr(text, "\033[7m") != NULL, "after %d keys:\n%s", i + 1, text);
		free(text);
	}
}
END_TEST

/* The flow stays selected when its position changes with the order. */
START_TEST(selection_follows_the_flow)
{
	__u32 slot;

	refresh();
	press_key(TOP_KEY_DOWN);
	press_key(TOP_KEY_DOWN);
	slot = view.chosen.slot;
	press("\r");
	ck_assert(shows("──"));
	press("P");
	ck_assert_uint_eq(view.chosen.slot, slot);
	ck_assert_uint_eq(view.record.slot, slot);
	hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET].tag = 0;
	refresh();
	ck_assert(view.missing);
	ck_assert(shows("gone"));
	press_key(TOP_KEY_ESCAPE);
	ck_assert(!shows("gone"));
}
END_TEST

START_TEST(filter_as_typed)
{
	__u64 all, some;

	refresh();
	all = view.data.matched;
	press("/net 2001:db8::/32");
	some = view.data.matched;
	ck_assert_uint_gt(some, 0);
	ck_assert_uint_lt(some, all);
	ck_assert(view.prompting);
	press(" and");
	ck_assert_uint_eq(view.wrong.column, 22);
	ck_assert_uint_eq(view.data.matched, some);
	ck_assert(shows("column 22"));
	press("\r");
	ck_assert(view.prompting); /* an invalid filter is not accepted */
	press("\x17\r");
	ck_assert(!view.prompting);
	ck_assert(shows("filter: "));
	press("/ and port 1\x15");
	ck_assert_uint_eq(view.data.matched, all);
	press_key(TOP_KEY_ESCAPE);
	ck_assert_uint_eq(view.data.matched, some);
	ck_assert_str_eq(view.filter_text, "net 2001:db8::/32 ");
	press("/\x7f\xc2\xb5\x7f\r");
	ck_assert_str_eq(view.filter_text, "net 2001:db8::/32");
}
END_TEST

/* However long the filter is, what is wrong with it can be read, and the end of it, where it is edited. */
START_TEST(long_filters_leave_room)
{
	refresh();
	press("/");
	for (int i = 0; i < 10; i++)
		press("net 2001:db8::/32 and ");
	ck_assert(shows("<"));
	ck_assert(shows("2001:db8::/32 and "));
	ck_assert(shows("   column 221: "));
	ck_assert(shows("expected a field"));
	press("port x");
	ck_assert(shows("and port x"));
	ck_assert(shows("   column 226: "));
	press("\x15");
	ck_assert(!shows("<"));
}
END_TEST

START_TEST(sorting)
{
	refresh();
	ck_assert_int_eq(view.sort, SORT_LAST_SEEN);
	press(">");
	ck_assert_int_eq(view.data.order.sort, SORT_FIRST_SEEN);
	press("<<");
	ck_assert_int_eq(view.data.order.sort, SORT_SERVER_RTT);
	press("P");
	ck_assert_int_eq(view.data.order.sort, SORT_PACKETS);
	press("r");
	ck_assert(view.data.order.reverse);
	ck_assert(shows("by packets reversed"));
	ck_assert_int_eq(top_view_key(&view, 'q'), EFFECT_QUIT);
}
END_TEST

#define PAGE "docs/man/synscope-top.1.scd"

/* Each key that does something has an entry in the page, and each entry is a key that does something. */
START_TEST(keys_are_in_the_manual)
{
	char *page = manual_read(PAGE);
	struct part keys = manual_section(page, "KEYS"), term, meaning;

	for (int key = ' '; key <= '~'; key++) {
		const char name[] = { (char)key, '\0' };
		bool explained = manual_entry(keys, key == ' ' ? "space" : name, &term, &meaning), means;

		refresh();
		means = top_view_key(&view, key) != EFFECT_NONE;
		ck_assert_msg(means == explained, "'%c' is%s explained by " PAGE, key, explained ? "" : " not");
		teardown();
		setup();
	}
	free(page);
}
END_TEST

START_TEST(manual_tells_what_letters_sort_by)
{
	char *page = manual_read(PAGE), letter[WORD_BYTES];
	struct part letters, meaning;
	int count = 0;

	ck_assert(manual_entry(manual_section(page, "KEYS"), "L", &letters, &meaning));
	meaning.at = strstr(meaning.at, "by ") + 3;
	while (part_bold(&letters, letter)) {
		size_t length = strcspn(meaning.at, ",.");

		press(letter);
		ck_assert_msg(length == strlen(sort_names[view.sort]) &&
				      !strncmp(meaning.at, sort_names[view.sort], length),
			      "%s sorts by %s, not by %.*s", letter, sort_names[view.sort], (int)length, meaning.at);
		meaning.at += length + 1;
		meaning.at += strspn(meaning.at, " \t\n");
		count++;
	}
	ck_assert_int_eq(count, SORT_NONE);
	free(page);
}
END_TEST

/* An empty table says which option follows the tunnels that were counted, in full on a narrow screen. */
START_TEST(tunnels_that_are_not_followed)
{
	memset(hot, 0, sizeof(hot));
	instance.meta.config.decap = TUNNELS_DEFAULT;
	refresh();
	ck_assert(shows("no flow yet"));
	top_source.counted = true;
	top_source.counters[COUNTER_OF_TUNNEL(TUNNEL_GRE)] = 12;
	ck_assert(!shows("no flow yet"));
	ck_assert(shows("no flow, but packets in tunnels that are not followed (12 gre): --decap"));
	ck_assert(shows("pppoe,mpls,gre follows them"));
	top_source.counters[COUNTER_INSERTED] = 1;
	ck_assert(shows("no flow yet"));
}
END_TEST

Suite *top_suite(void)
{
	Suite *suite = suite_create("top");
	TCase *tcase = tcase_create("top");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, first_of_all, 0, 2 * SORT_NONE);
	tcase_add_test(tcase, reverse_keeps_unknown_last);
	tcase_add_test(tcase, counts);
	tcase_add_test(tcase, latencies_of_the_last_minute);
	tcase_add_loop_test(tcase, fits_any_terminal, 0, 8);
	tcase_add_test(tcase, parts_of_the_screen);
	tcase_add_test(tcase, selection);
	tcase_add_test(tcase, selection_is_seen);
	tcase_add_test(tcase, selection_follows_the_flow);
	tcase_add_test(tcase, filter_as_typed);
	tcase_add_test(tcase, sorting);
	tcase_add_test(tcase, long_filters_leave_room);
	tcase_add_test(tcase, tunnels_that_are_not_followed);
	tcase_add_test(tcase, keys_are_in_the_manual);
	tcase_add_test(tcase, manual_tells_what_letters_sort_by);
	suite_add_tcase(suite, tcase);
	return suite;
}
