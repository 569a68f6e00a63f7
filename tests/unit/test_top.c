// SPDX-License-Identifier: GPL-2.0-only
/* `top` without a terminal: which flows it selects, what its keys do, and its screen at every size. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "manual.h"
#include "suites.h"
#include "top/select.h"
#include "top_fixture.h"

/* ---- which flows come first */

/* The first flows by any key, in either direction, are the same as with sorting all flows. */
START_TEST(first_of_all)
{
	static const size_t wanted[] = { 1, 2, 10, 100, FLOWS - 1, FLOWS, FLOWS + 10 };
	struct top_choice choice = { .sort = _i / 2, .reverse = _i % 2, .all = true, .filter = &top.view.filter };
	struct ordered_flow all[FLOWS];
	size_t count;

	ck_assert_int_eq(top_data_scan(&top.view.data, &choice), 0);
	count = top.view.data.order.count;
	ck_assert_uint_gt(count, FLOWS / 2);
	memcpy(all, top.view.data.order.flow, count * sizeof(all[0]));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		choice.most = wanted[i];
		ck_assert_int_eq(top_data_scan(&top.view.data, &choice), 0);
		ck_assert_uint_eq(top.view.data.order.count, wanted[i] < count ? wanted[i] : count);
		ck_assert_uint_eq(top.view.data.matched, count);
		for (size_t j = 0; j < top.view.data.order.count; j++)
			ck_assert_uint_eq(top.view.data.order.flow[j].slot, all[j].slot);
	}
}
END_TEST

START_TEST(reverse_keeps_unknown_last)
{
	struct top_choice choice = {
		.sort = SORT_SYN_TO_SYNACK, .reverse = true, .all = true, .filter = &top.view.filter
	};
	__s64 before = -1;
	size_t i = 0;

	ck_assert_int_eq(top_data_scan(&top.view.data, &choice), 0);
	for (; i < top.view.data.order.count; i++) {
		struct flow_record record;
		struct flow_view flow;

		ck_assert(flow_order_read(&top.view.data.order.flow[i], top.sources.source, &record, &flow));
		if (flow.syn_to_synack_ns == LATENCY_UNKNOWN)
			break;
		ck_assert_int_ge(flow.syn_to_synack_ns, before);
		before = flow.syn_to_synack_ns;
	}
	ck_assert_uint_gt(i, 0);
	ck_assert_uint_lt(i, top.view.data.order.count);
	for (; i < top.view.data.order.count; i++) {
		struct flow_record record;
		struct flow_view flow;

		ck_assert(flow_order_read(&top.view.data.order.flow[i], top.sources.source, &record, &flow));
		ck_assert_int_eq(flow.syn_to_synack_ns, LATENCY_UNKNOWN);
	}
}
END_TEST

START_TEST(counts)
{
	__u64 client = 0, server = 0, all;

	top_refresh();
	all = top.view.data.flows + top.view.data.closed;
	ck_assert_uint_eq(top.view.data.matched, all);
	ck_assert_uint_gt(top.view.data.closed, 0);
	for (int i = 0; i < STATE_COUNT; i++) {
		client += top.view.data.states[SIDE_CLIENT][i];
		server += top.view.data.states[SIDE_SERVER][i];
	}
	ck_assert_uint_eq(client, top.view.data.flows);
	ck_assert_uint_eq(server, top.view.data.flows);
	top_press("a");
	ck_assert_uint_eq(top.view.data.matched, top.view.data.flows);
	ck_assert_uint_eq(top.view.data.flows + top.view.data.closed, all);
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
	struct top_latencies *latencies = &top.view.data.latencies;
	const __u64 *lately = latencies->lately.count[LATENCY_SYN_TO_SYNACK];

	take(latencies, 0, 500);
	ck_assert_uint_eq(histogram_total(lately), 0);
	ck_assert(top_shows("in all"));
	ck_assert(top_shows("10.2ms") || top_shows("9.9"));
	for (unsigned int second = 1; second <= 300; second++) {
		take(latencies, second, 1);
		ck_assert_uint_ge(histogram_total(lately), second < 60 ? second : 60);
		ck_assert_uint_le(histogram_total(lately), second < 64 ? second : 64);
	}
	ck_assert(top_shows("last 6"));
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
	static const char *const modes[] = { "",   "?", "fstate est", "fserver port 443\r",
					     "\r", " ", "Hr",	      "fstate established and (\r" };

	top_press(modes[_i]);
	top_refresh();
	for (int columns = 40; columns <= 200; columns += columns < 100 ? 5 : 40)
		for (int rows = 1; rows <= 60; rows += rows < 24 ? 1 : 12) {
			int cursor;
			char *text = top_compose(
				(struct terminal){ .columns = columns, .rows = rows, .utf8 = columns % 2 }, &cursor);

			ck_assert_msg(longest_line(text) <= columns && count_lines(text) <= rows && cursor < columns,
				      "%d x %d: %d columns, %d lines:\n%s", columns, rows, longest_line(text),
				      count_lines(text), text);
			free(text);
		}
}
END_TEST

START_TEST(parts_of_the_screen)
{
	top_refresh();
	ck_assert(top_shows("eth0\033[0m  "));
	ck_assert(top_shows("ESTABLISHED"));
	ck_assert(top_shows("p99"));
	ck_assert(top_shows("SYN -/s") || top_shows("-/s"));
	ck_assert(top_shows("quit"));
	ck_assert(!top_shows("\033[7m"));
	ck_assert(!top_shows("PAUSED"));
	top_press(" ");
	ck_assert(top_shows("PAUSED"));
	top_press("?");
	ck_assert(top_shows("syn_to_synack"));
	top_press("x");
	ck_assert(top_shows("FLOW"));
}
END_TEST

/* ---- keys */

START_TEST(selection)
{
	top_refresh();
	top_shows("");
	ck_assert_int_eq(top_select_index(&top.view), -1);
	top_press_key(TOP_KEY_DOWN);
	ck_assert_int_eq(top_select_index(&top.view), 0);
	top_press_key(TOP_KEY_DOWN);
	ck_assert_int_eq(top_select_index(&top.view), 1);
	ck_assert(top_shows("\033[7m"));
	top_press_key(TOP_KEY_UP);
	top_press_key(TOP_KEY_UP);
	ck_assert_int_eq(top_select_index(&top.view), 0);
	top_press_key(TOP_KEY_PAGE_DOWN);
	ck_assert_int_eq(top_select_index(&top.view), top.view.rows_shown - 1);
	top_press_key(TOP_KEY_END);
	ck_assert_int_eq(top_select_index(&top.view), (__s64)top.view.data.matched - 1);
	ck_assert_uint_eq(top.view.first, top.view.data.matched - top.view.rows_shown);
	top_press_key(TOP_KEY_DOWN);
	ck_assert_int_eq(top_select_index(&top.view), (__s64)top.view.data.matched - 1);
	for (int i = 0; i < 5; i++)
		top_press_key(TOP_KEY_UP);
	ck_assert_int_eq(top_select_index(&top.view), (__s64)top.view.data.matched - 6);
	top_press_key(TOP_KEY_HOME);
	ck_assert_uint_eq(top.view.first, 0);
	top_press_key(TOP_KEY_ESCAPE);
	ck_assert_int_eq(top_select_index(&top.view), -1);
}
END_TEST

/* A narrow row takes several lines: the row that was selected by a key is visible all the same. */
START_TEST(selection_is_seen)
{
	struct terminal terminal = { .columns = 40, .rows = 10 };
	int cursor;

	top_refresh();
	free(top_compose(terminal, &cursor));
	for (int i = 0; i < 30; i++) {
		char *text;

		if (top_view_key(&top.view, i == 20  ? TOP_KEY_END
					    : i > 20 ? TOP_KEY_UP
						     : TOP_KEY_DOWN) == EFFECT_REFRESH)
			top_refresh();
		text = top_compose(terminal, &cursor);
		ck_assert_msg(strstr(text, "\033[7m") != NULL, "after %d keys:\n%s", i + 1, text);
		free(text);
	}
}
END_TEST

/* The flow stays selected when its position changes with the order. */
START_TEST(selection_follows_the_flow)
{
	__u32 slot;

	top_refresh();
	top_press_key(TOP_KEY_DOWN);
	top_press_key(TOP_KEY_DOWN);
	slot = top.view.chosen.slot;
	top_press("\r");
	ck_assert(top_shows("──"));
	top_press("P");
	ck_assert_uint_eq(top.view.chosen.slot, slot);
	ck_assert_uint_eq(top.view.record.slot, slot);
	top.hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET].tag = 0;
	top_refresh();
	ck_assert(top.view.missing);
	ck_assert(top_shows("gone"));
	top_press_key(TOP_KEY_ESCAPE);
	ck_assert(!top_shows("gone"));
}
END_TEST

START_TEST(filter_as_typed)
{
	__u64 all, some;

	top_refresh();
	all = top.view.data.matched;
	top_press("fnet 2001:db8::/32");
	some = top.view.data.matched;
	ck_assert_uint_gt(some, 0);
	ck_assert_uint_lt(some, all);
	ck_assert_int_eq(top.view.prompt, PROMPT_FILTER);
	top_press(" and");
	ck_assert_uint_eq(top.view.wrong.column, 22);
	ck_assert_uint_eq(top.view.data.matched, some);
	ck_assert(top_shows("column 22"));
	top_press("\r");
	ck_assert_int_eq(top.view.prompt, PROMPT_FILTER); /* an invalid filter is not accepted */
	top_press("\x17\r");
	ck_assert_int_eq(top.view.prompt, PROMPT_NONE);
	ck_assert(top_shows("filter: "));
	top_press("f and port 1\x15");
	ck_assert_uint_eq(top.view.data.matched, all);
	top_press_key(TOP_KEY_ESCAPE);
	ck_assert_uint_eq(top.view.data.matched, some);
	ck_assert_str_eq(top.view.filter_text, "net 2001:db8::/32 ");
	top_press("f\x7f\xc2\xb5\x7f\r");
	ck_assert_str_eq(top.view.filter_text, "net 2001:db8::/32");
}
END_TEST

/* However long the filter is, what is wrong with it can be read, and the end of it, where it is edited. */
START_TEST(long_filters_leave_room)
{
	top_refresh();
	top_press("\\");
	for (int i = 0; i < 10; i++)
		top_press("net 2001:db8::/32 and ");
	ck_assert(top_shows("<"));
	ck_assert(top_shows("2001:db8::/32 and "));
	ck_assert(top_shows("   column 221: "));
	ck_assert(top_shows("expected a field"));
	top_press("port x");
	ck_assert(top_shows("and port x"));
	ck_assert(top_shows("   column 226: "));
	top_press("\x15");
	ck_assert(!top_shows("<"));
}
END_TEST

/* However long the filter in force is, its beginning can be read, and how many flows it leaves. */
START_TEST(long_filters_are_cut)
{
	char kept[64];

	top_press("f");
	for (int i = 0; i < 20; i++)
		top_press("net 2001:db8::/32 and ");
	top_press("port 1\r");
	top_refresh();
	snprintf(kept, sizeof(kept), "   %llu of %llu   ", top.view.data.matched,
		 top.view.data.flows + top.view.data.closed);
	ck_assert(top_shows("net 2001:db8::/32 and net 2001:db8::/32 an"));
	ck_assert(top_shows(">"));
	ck_assert(top_shows(kept));
	top_press("f\x15port 1\r");
	ck_assert(top_shows("port 1"));
	ck_assert(!top_shows(">"));
}
END_TEST

START_TEST(sorting)
{
	top_refresh();
	ck_assert_int_eq(top.view.sort, SORT_LAST_SEEN);
	top_press(">");
	ck_assert_int_eq(top.view.data.order.sort, SORT_FIRST_SEEN);
	top_press("<<");
	ck_assert_int_eq(top.view.data.order.sort, SORT_PACKET_RATE);
	top_press("P");
	ck_assert_int_eq(top.view.data.order.sort, SORT_PACKETS);
	top_press("r");
	ck_assert(top.view.data.order.reverse);
	ck_assert(top_shows("by packets reversed"));
	ck_assert_int_eq(top_view_key(&top.view, 'q'), EFFECT_QUIT);
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
		bool explained = manual_entry(keys,
					      key == ' '    ? "space"
					      : key == '\\' ? "\\\\"
							    : name,
					      &term, &meaning),
		     means;

		top_refresh();
		means = top_view_key(&top.view, key) != EFFECT_NONE;
		ck_assert_msg(means == explained, "'%c' is%s explained by " PAGE, key, explained ? "" : " not");
		top_teardown();
		top_setup();
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

		top_press(letter);
		ck_assert_msg(length == strlen(sort_rated_names[top.view.sort]) &&
				      !strncmp(meaning.at, sort_rated_names[top.view.sort], length),
			      "%s sorts by %s, not by %.*s", letter, sort_rated_names[top.view.sort], (int)length,
			      meaning.at);
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
	memset(top.hot, 0, sizeof(top.hot));
	top.instance.meta.config.decap = TUNNELS_DEFAULT;
	top_refresh();
	ck_assert(top_shows("no flow yet"));
	top.rated.counted = true;
	top.rated.counters[COUNTER_OF_TUNNEL(TUNNEL_GRE)] = 12;
	ck_assert(!top_shows("no flow yet"));
	ck_assert(top_shows("no flow, but packets in tunnels that are not followed (12 gre): --decap"));
	ck_assert(top_shows("pppoe,mpls,gre follows them"));
	top.rated.counters[COUNTER_INSERTED] = 1;
	ck_assert(top_shows("no flow yet"));
}
END_TEST

Suite *top_suite(void)
{
	Suite *suite = suite_create("top");
	TCase *tcase = tcase_create("top");

	tcase_add_checked_fixture(tcase, top_setup, top_teardown);
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
	tcase_add_test(tcase, long_filters_are_cut);
	tcase_add_test(tcase, tunnels_that_are_not_followed);
	tcase_add_test(tcase, keys_are_in_the_manual);
	tcase_add_test(tcase, manual_tells_what_letters_sort_by);
	suite_add_tcase(suite, tcase);
	return suite;
}
