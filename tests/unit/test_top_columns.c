// SPDX-License-Identifier: GPL-2.0-only
/* Which columns the table of `top` has, and where they are on the screen. */
#include <stdlib.h>

#include "suites.h"
#include "top/table.h"
#include "top_fixture.h"

static void write_columns(struct buffer *out, const struct top_columns *columns)
{
	buffer_init(out, BUFFER_MEMORY);
	top_columns_write(columns, out);
	buffer_char(out, '\0');
}

/* What was written is read again, whatever the order. */
START_TEST(written_and_read)
{
	struct top_columns columns = top_columns_default(), read = { 0 };
	struct reason why;
	struct buffer text;

	srand(_i);
	for (int i = 0; i < 50; i++) {
		int at = rand() % FLOW_COLUMN_COUNT;

		columns.shown[rand() % FLOW_COLUMN_COUNT] ^= 1;
		at = top_columns_move(&columns, at, rand() % 2 ? 1 : -1);
		ck_assert(at >= 0 && at < FLOW_COLUMN_COUNT);
	}
	write_columns(&text, &columns);
	ck_assert_msg(top_columns_read(&read, text.data, &why), "%s", why.text);
	ck_assert_mem_eq(read.order, columns.order, sizeof(columns.order));
	ck_assert_mem_eq(read.shown, columns.shown, sizeof(columns.shown));
	buffer_free(&text);
}
END_TEST

START_TEST(damaged)
{
	static const struct {
		const char *text, *why;
	} texts[] = {
		{ "+flow\n+clown\n", "line 2 names no column: '+clown'" },
		{ "# x\n\nflow\n", "line 3 does not begin with + or -: 'flow'" },
		{ "+flow\n-flow\n", "line 2 names a column again: '-flow'" },
		{ "+flow client\n", "line 1 names no column: '+flow client'" },
		{ "+", "line 1 names no column: '+'" },
	};
	struct top_columns columns = top_columns_default(), before = columns;
	struct reason why;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert(!top_columns_read(&columns, texts[i].text, &why));
		ck_assert_str_eq(why.text, texts[i].why);
		ck_assert_mem_eq(&columns, &before, sizeof(columns));
	}
}
END_TEST

/* Columns that a version before this one did not know come last, as they are by default. */
START_TEST(columns_that_are_not_named)
{
	struct top_columns columns;
	struct reason why;

	ck_assert(top_columns_read(&columns, "+mss\n-flow", &why));
	ck_assert_int_eq(columns.order[0], FLOW_COLUMN_MSS);
	ck_assert_int_eq(columns.order[1], FLOW_COLUMN_FLOW);
	ck_assert_int_eq(columns.order[2], FLOW_COLUMN_CLIENT);
	ck_assert_int_eq(columns.order[FLOW_COLUMN_COUNT - 1], FLOW_COLUMN_INSTANCE);
	ck_assert(!columns.shown[FLOW_COLUMN_FLOW]);
	ck_assert(!columns.shown[FLOW_COLUMN_HISTORY]);
	ck_assert(columns.shown[FLOW_COLUMN_AGE]);
}
END_TEST

/* Columns without colours, from the line of the table on. */
static char *plain_table(int columns, int rows)
{
	int cursor, lines = 0;
	char *text = top_compose((struct terminal){ .columns = columns, .rows = rows, .utf8 = true }, &cursor);
	char *to = text, *from = text;

	for (; *from && lines < top.view.table_at; from++)
		lines += *from == '\n';
	while (*from) {
		if (*from == '\033')
			from += strcspn(from, "m") + 1;
		else
			*to++ = *from++;
	}
	*to = '\0';
	return text;
}

/* Each order has a column, which a click sorts by; only that of the server shares one, which sorts by the client. */
START_TEST(columns_of_orders)
{
	for (enum sort_key sort = 0; sort < SORT_NONE; sort++) {
		enum sort_key clicked = top_column_sort(top_column_of_sort(sort));

		ck_assert_msg(clicked == (sort == SORT_SERVER ? SORT_CLIENT : sort),
			      "'%s' has no column, but that of '%s'", sort_rated_names[sort],
			      sort_rated_names[clicked]);
	}
}
END_TEST

/* The word of the heading, and the row, that are on the screen where they are said to be. */
START_TEST(places)
{
	static const int widths[] = { 20, 40, 80, 130, 200, 260 };
	int columns = widths[_i], found = 0, line = 0;
	char *text, *end;

	top_refresh();
	text = plain_table(columns, 30);
	for (char *p = text; line < top.view.table_lines; p = end + 1, line++) {
		end = strchr(p, '\n');
		*end = '\0';
		for (int at = 0; at < columns; at++) {
			enum flow_column column = top_table_heading_at(&top.view, line, at);
			const char *heading, *there;

			if (column == FLOW_COLUMN_COUNT)
				continue;
			heading = flow_columns[column].column.heading;
			there = strstr(p, heading);
			ck_assert_msg(there != NULL, "no %s in '%s'", heading, p);
			found++;
		}
	}
	ck_assert_msg(found > columns / 2, "%d characters of headings", found);
	ck_assert_int_eq(top_table_row_at(&top.view, line), -1);
	ck_assert_int_eq(top_table_row_at(&top.view, line - 1), top.view.rows_shown - 1);
	ck_assert_int_eq(top_table_row_at(&top.view, 0), -1);
	free(text);
}
END_TEST

/* The first character of a heading belongs to it, and the last one. */
START_TEST(edges_of_headings)
{
	char *text, *heading;
	int at;

	top_refresh();
	text = plain_table(200, 30);
	*strchr(text, '\n') = '\0';
	for (int i = 0; i < FLOW_COLUMN_COUNT; i++) {
		if (i == FLOW_COLUMN_BYTES || i == FLOW_COLUMN_RATE_PAST) /* parts of other words */
			continue;
		heading = strstr(text, flow_columns[i].column.heading);
		if (!heading)
			continue;
		at = (int)(heading - text);
		ck_assert_int_eq(top_table_heading_at(&top.view, 0, at), i);
		ck_assert_int_eq(
			top_table_heading_at(&top.view, 0, at + (int)strlen(flow_columns[i].column.heading) - 1), i);
	}
	free(text);
}
END_TEST

/* Columns stand in the order that is wanted; hidden ones are not there, on the widest of terminals. */
START_TEST(chosen)
{
	struct reason why;
	char *text;

	ck_assert(top_columns_read(&top.view.columns, "+mss\n+flow\n+history\n-bytes\n-idle\n", &why));
	top_refresh();
	text = plain_table(400, 30);
	*strchr(text, '\n') = '\0';
	ck_assert_msg(strstr(text, "MSS  FLOW") && strstr(text, "HISTORY") && !strstr(text, "IDLE"), "%s", text);
	ck_assert_ptr_null(strstr(text, " BYTES "));
	free(text);
}
END_TEST

/* The column that is sorted by is there where others have to go. */
START_TEST(sorted_column_is_seen)
{
	top_refresh();
	ck_assert(!top_shows("PACKETS"));
	top_press("P");
	ck_assert(top_shows("\033[36mPACKETS"));
	top_press("R");
	ck_assert(top_shows("\033[36mBYTES/S"));
	ck_assert(!top_shows("PACKETS"));
}
END_TEST

Suite *top_columns_suite(void)
{
	Suite *suite = suite_create("top_columns");
	TCase *tcase = tcase_create("top_columns");

	tcase_add_checked_fixture(tcase, top_setup, top_teardown);
	tcase_add_loop_test(tcase, written_and_read, 0, 5);
	tcase_add_test(tcase, damaged);
	tcase_add_test(tcase, columns_that_are_not_named);
	tcase_add_test(tcase, columns_of_orders);
	tcase_add_loop_test(tcase, places, 0, 6);
	tcase_add_test(tcase, edges_of_headings);
	tcase_add_test(tcase, chosen);
	tcase_add_test(tcase, sorted_column_is_seen);
	suite_add_tcase(suite, tcase);
	return suite;
}
