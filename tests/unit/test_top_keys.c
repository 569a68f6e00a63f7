// SPDX-License-Identifier: GPL-2.0-only
/* The keys of `top` beyond moving and sorting: searching, choosing columns, the mouse, and what is pasted. */
#include <stdlib.h>

#include "suites.h"
#include "top/bar.h"
#include "top/mouse.h"
#include "top/select.h"
#include "top/table.h"
#include "top_fixture.h"

static void handle(enum top_effect effect)
{
	if (effect == EFFECT_REFRESH)
		top_refresh();
	top_shows(""); /* what the next one acts on is known after the screen was composed */
}

static void press(const char *keys)
{
	for (; *keys; keys++)
		handle(top_view_key(&top.view, (unsigned char)*keys));
}

static void mouse(int key, int line, int column)
{
	handle(top_view_mouse(&top.view, key, line, column));
}

static void paste(const char *text)
{
	handle(top_view_key(&top.view, TOP_KEY_PASTE));
	press(text);
	handle(top_view_key(&top.view, TOP_KEY_PASTED));
}

/* Does the line of the selected flow show it? */
static bool selected_shows(const char *what)
{
	int cursor;
	char *text = top_compose((struct terminal){ .columns = 120, .rows = ROWS, .utf8 = true }, &cursor);
	char *line = strstr(text, "\033[7m"), *found = NULL;

	if (line) {
		*strchr(line, '\n') = '\0';
		found = strstr(line, what);
	}
	free(text);
	return found;
}

/* ---- searching */

/* The flows that have it, one after the other and round again; backwards the same ones. */
START_TEST(searching)
{
	__s64 first, second, at;

	top_refresh();
	press("C/Syn_Sent\r");
	ck_assert_int_eq(top.view.prompt, PROMPT_NONE);
	first = top_select_index(&top.view);
	ck_assert_int_ge(first, 0);
	ck_assert(selected_shows("SYN_SENT"));
	press("n");
	second = top_select_index(&top.view);
	ck_assert_int_gt(second, first);
	ck_assert(selected_shows("SYN_SENT"));
	press("N");
	ck_assert_int_eq(top_select_index(&top.view), first);
	press("N");
	ck_assert(selected_shows("SYN_SENT"));
	at = top_select_index(&top.view);
	ck_assert_int_gt(at, second); /* the last of all */
	press("n");
	ck_assert_int_eq(top_select_index(&top.view), first);
}
END_TEST

START_TEST(search_as_typed)
{
	top_refresh();
	press("/10.0.0.1:10");
	ck_assert(top_shows("search: "));
	ck_assert(selected_shows("10.0.0.1:10"));
	press("zz");
	ck_assert(top_shows("no flow has"));
	press("\x7f\x7f");
	ck_assert(!top_shows("no flow has"));
	top_press_key(TOP_KEY_ESCAPE);
	ck_assert_int_eq(top.view.prompt, PROMPT_NONE);
	ck_assert(selected_shows("10.0.0.1:10"));
	press("/\r");
	ck_assert(!*top.view.note);
	press("n");
	ck_assert(top_shows("nothing to search for"));
	press("g");
	ck_assert(!top_shows("nothing to search for"));
}
END_TEST

/* A flow is found that is far below the window, and then the window is there. */
START_TEST(search_beyond_the_window)
{
	top_refresh();
	press("C");
	press("/[2001:db8:1111:2222:3333:4444:5555:6666]:12");
	ck_assert_uint_gt(top.view.first, 2 * ROWS);
	ck_assert(selected_shows(":12"));
}
END_TEST

/* ---- keys of htop */

START_TEST(keys_of_htop)
{
	top_refresh();
	top_press_key(TOP_KEY_F9);
	ck_assert(top_shows("not killed"));
	top_press_key(TOP_KEY_F7);
	ck_assert(top_shows("no priority"));
	top_press_key(TOP_KEY_F1);
	ck_assert(top_shows("any key goes back"));
	top_press_key(TOP_KEY_F1);
	ck_assert_int_eq(top.view.page, PAGE_FLOWS);
	top_press_key(TOP_KEY_F4);
	ck_assert(top_shows("filter: "));
	top_press_key(TOP_KEY_ESCAPE);
	top_press_key(TOP_KEY_F3);
	ck_assert(top_shows("search: "));
	top_press_key(TOP_KEY_ESCAPE);
	top_press_key(TOP_KEY_F5);
	ck_assert(top_shows("──"));
	top_press_key(TOP_KEY_F6);
	ck_assert(top_shows("* last_seen"));
	top_press_key(TOP_KEY_END);
	top_press_key(TOP_KEY_ENTER);
	ck_assert_int_eq(top.view.data.order.sort, SORT_PACKET_RATE);
	ck_assert_int_eq(top_view_key(&top.view, TOP_KEY_F10), EFFECT_QUIT);
}
END_TEST

/* ---- columns */

START_TEST(choosing_columns)
{
	top_refresh();
	top_press_key(TOP_KEY_F2);
	ck_assert(top_shows("[x] FLOW"));
	for (int i = 0; i < FLOW_COLUMN_IDLE; i++)
		press("j");
	ck_assert(top_shows("\033[7m[x] IDLE"));
	press(" ");
	ck_assert(top_shows("\033[7m[ ] IDLE"));
	top_press_key(TOP_KEY_F7);
	ck_assert_int_eq(top.view.columns.order[FLOW_COLUMN_IDLE - 1], FLOW_COLUMN_IDLE);
	ck_assert(top_shows("\033[7m[ ] IDLE"));
	ck_assert(!top.view.keep);
	press("q");
	ck_assert(top.view.keep);
	ck_assert_int_eq(top.view.page, PAGE_FLOWS);
	ck_assert(!top_shows("IDLE"));
	top.view.keep = false;
	top_press_key(TOP_KEY_F2);
	press("d");
	top_press_key(TOP_KEY_ENTER);
	ck_assert(top.view.keep);
	ck_assert_int_eq(top.view.columns.order[FLOW_COLUMN_IDLE], FLOW_COLUMN_IDLE);
	top.view.keep = false;
	top_press_key(TOP_KEY_F2);
	top_press_key(TOP_KEY_ESCAPE);
	ck_assert(!top.view.keep);
}
END_TEST

/* ---- the mouse */

static int heading_at(enum flow_column wanted)
{
	for (int column = 0; column < 80; column++)
		for (int line = 0; line < top.view.table_lines; line++)
			if (top_table_heading_at(&top.view, line, column) == wanted)
				return column;
	ck_abort_msg("no heading of column %d", wanted);
}

static int heading_line(void)
{
	return top.view.table_at + top.view.heading[1].line;
}

START_TEST(clicks_on_headings)
{
	top_refresh();
	top_shows("");
	mouse(TOP_KEY_CLICK, heading_line(), heading_at(FLOW_COLUMN_SYN_TO_SYNACK));
	ck_assert_int_eq(top.view.data.order.sort, SORT_SYN_TO_SYNACK);
	ck_assert(!top.view.data.order.reverse);
	mouse(TOP_KEY_CLICK, heading_line(), heading_at(FLOW_COLUMN_SYN_TO_SYNACK));
	ck_assert(top.view.data.order.reverse);
	mouse(TOP_KEY_CLICK, heading_line(), heading_at(FLOW_COLUMN_CLIENT));
	ck_assert_int_eq(top.view.data.order.sort, SORT_STATE);
	ck_assert(!top.view.data.order.reverse);
	mouse(TOP_KEY_CLICK, heading_line(), heading_at(FLOW_COLUMN_OUTCOME));
	ck_assert_int_eq(top.view.data.order.sort, SORT_OUTCOME);
	for (int i = FLOW_COLUMN_CLIENT; i < FLOW_COLUMN_COUNT; i++)
		top.view.columns.shown[i] = i == FLOW_COLUMN_HISTORY;
	top_shows("");
	mouse(TOP_KEY_CLICK, heading_line(), heading_at(FLOW_COLUMN_HISTORY));
	ck_assert(top_shows("there is no order by HISTORY"));
	ck_assert_int_eq(top.view.data.order.sort, SORT_OUTCOME);
}
END_TEST

START_TEST(clicks_on_flows)
{
	int at;

	top_refresh();
	top_shows("");
	for (int row = 0; row < top.view.rows_shown; row++) {
		at = top.view.table_at + top.view.row_line[row];
		mouse(TOP_KEY_CLICK, at, 30);
		ck_assert_int_eq(top_select_row(&top.view), row);
		ck_assert(!top.view.ladder);
	}
	mouse(TOP_KEY_CLICK, top.view.table_at + top.view.row_line[1], 3);
	ck_assert_int_eq(top_select_row(&top.view), 1);
	mouse(TOP_KEY_CLICK, top.view.table_at + top.view.row_line[1], 3);
	ck_assert(top.view.ladder);
	mouse(TOP_KEY_CLICK, 0, 3); /* the title */
	ck_assert_int_eq(top_select_row(&top.view), 1);
}
END_TEST

START_TEST(wheel)
{
	size_t first;

	top_refresh();
	top_shows("");
	mouse(TOP_KEY_WHEEL_UP, 10, 3);
	ck_assert_uint_eq(top.view.first, 0);
	for (int i = 0; i < FLOWS; i++)
		mouse(TOP_KEY_WHEEL_DOWN, 10, 3);
	ck_assert_uint_eq(top.view.first, top.view.data.matched - top.view.rows_shown);
	ck_assert_int_eq(top_select_index(&top.view), -1);
	mouse(TOP_KEY_WHEEL_UP, 10, 3);
	ck_assert_uint_eq(top.view.first, top.view.data.matched - top.view.rows_shown - 3);
	press("\r");
	first = top.view.first;
	mouse(TOP_KEY_WHEEL_UP, top.view.pane_at, 3); /* over the ladder */
	ck_assert_uint_eq(top.view.first, first);
	mouse(TOP_KEY_WHEEL_UP, top.view.pane_at - 1, 3);
	ck_assert_uint_eq(top.view.first, first - 3);
	top_press_key(TOP_KEY_F6);
	mouse(TOP_KEY_WHEEL_DOWN, 3, 3);
	ck_assert_int_eq(top.view.menu_at, SORT_FIRST_SEEN);
	mouse(TOP_KEY_CLICK, 1 + SORT_BYTES, 3);
	ck_assert_int_eq(top.view.data.order.sort, SORT_BYTES);
	top_press_key(TOP_KEY_F2);
	mouse(TOP_KEY_CLICK, 1 + FLOW_COLUMN_SERVER, 3);
	ck_assert(!top.view.columns.shown[FLOW_COLUMN_SERVER]);
}
END_TEST

/* A key of the last line is pressed by a click on it. */
START_TEST(clicks_on_keys)
{
	int column = 0;

	top_refresh();
	top_shows("");
	while (top_bar_key_at(&top.view, column) != TOP_KEY_F1)
		ck_assert_int_lt(++column, 80);
	mouse(TOP_KEY_CLICK, ROWS - 1, column);
	ck_assert_int_eq(top.view.page, PAGE_HELP);
	mouse(TOP_KEY_CLICK, 3, 3);
	ck_assert_int_eq(top.view.page, PAGE_FLOWS);
	ck_assert_int_eq(top_view_mouse(&top.view, TOP_KEY_CLICK, ROWS - 1, 0), EFFECT_QUIT);
	press("m");
	ck_assert(top.view.mouse_off);
	ck_assert(top_shows("mouse off"));
	press("m");
	ck_assert(!top.view.mouse_off);
}
END_TEST

/* Wherever the mouse is, on any screen. */
START_TEST(anywhere)
{
	srand(_i);
	top_refresh();
	for (int i = 0; i < 2000; i++) {
		struct terminal terminal = { .columns = 20 + rand() % 100, .rows = 1 + rand() % 30, .utf8 = true };
		int key = TOP_KEY_CLICK + rand() % 3, cursor;

		free(top_compose(terminal, &cursor));
		handle(top_view_mouse(&top.view, key, rand() % 32 - 1, rand() % 130 - 1));
		free(top_compose(terminal, &cursor));
	}
}
END_TEST

/* ---- pasting */

START_TEST(pasted)
{
	top_refresh();
	paste("qr\n"); /* no commands */
	ck_assert(!top.view.reverse);
	press("f");
	paste("net \t2001:db8::/32\r\n\x1b\xc2\x9b\xe2\x80\xae");
	ck_assert_str_eq(top.view.filter_text, "net 2001:db8::/32");
	ck_assert_int_eq(top.view.prompt, PROMPT_FILTER);
	ck_assert_uint_lt(top.view.data.matched, FLOWS / 2);
	press("\r/");
	paste("SYN_SENT\n");
	ck_assert_str_eq(top.view.search_text, "SYN_SENT");
	ck_assert(selected_shows("SYN_SENT"));
	for (int i = 0; i < FILTER_TEXT_SIZE; i++)
		paste("long ");
	ck_assert_uint_eq(strlen(top.view.search_text), SEARCH_TEXT_SIZE - 1);
}
END_TEST

Suite *top_keys_suite(void)
{
	Suite *suite = suite_create("top_keys");
	TCase *tcase = tcase_create("top_keys");

	tcase_add_checked_fixture(tcase, top_setup, top_teardown);
	tcase_add_test(tcase, searching);
	tcase_add_test(tcase, search_as_typed);
	tcase_add_test(tcase, search_beyond_the_window);
	tcase_add_test(tcase, keys_of_htop);
	tcase_add_test(tcase, choosing_columns);
	tcase_add_test(tcase, clicks_on_headings);
	tcase_add_test(tcase, clicks_on_flows);
	tcase_add_test(tcase, wheel);
	tcase_add_test(tcase, clicks_on_keys);
	tcase_add_loop_test(tcase, anywhere, 0, 4);
	tcase_add_test(tcase, pasted);
	suite_add_tcase(suite, tcase);
	return suite;
}
