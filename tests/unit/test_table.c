// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdlib.h>

#include "fixture.h"
#include "format/flow_table.h"
#include "flow/labels.h"
#include "suites.h"
#include "base/terminal.h"

static const struct flow_labels labels = { .instance = "eth0", .ifname = "eth0" };

/* Prints flows of all kinds, with the widest possible values, as a table of that width. */
static char *print_table(struct terminal terminal, int rows_most)
{
	struct table table;
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	flow_table_init(&table, &out, &terminal, 2, false);
	if (rows_most)
		table.lines_left = rows_most;
	for (enum stage stage = STAGE_SYN; stage <= STAGE_CLOSED; stage++) {
		struct flow_record record = record_at(stage);
		struct flow_view view = view_after(&record, 20 * S);

		flow_table_add(&table, &view, &labels);
		if (stage == STAGE_CLOSED) {
			view.side[SIDE_CLIENT].ip.ipv6 = view.side[SIDE_SERVER].ip.ipv6 = true;
			inet_pton(AF_INET6, "2001:db8:1111:2222:3333:4444:5555:6666", view.side[SIDE_CLIENT].ip.word);
			inet_pton(AF_INET6, "fe80:db8:1111:2222:3333:4444:5555:6666", view.side[SIDE_SERVER].ip.word);
			flow_table_add(&table, &view, &labels);
		}
	}
	table_finish(&table);
	buffer_char(&out, '\0');
	return out.data;
}

START_TEST(fits_any_terminal)
{
	for (int columns = 40; columns < 200; columns++) {
		char *text = print_table((struct terminal){ .columns = columns }, 0);

		ck_assert_int_le(longest_line(text), columns);
		ck_assert_ptr_nonnull(strstr(text, "ESTABLISHED"));
		ck_assert_ptr_nonnull(strstr(text, "LAST_ACK"));
		ck_assert_msg(columns < 60 || strstr(text, "OUTCOME"), "%d columns: %s", columns, text);
		free(text);
	}
}
END_TEST

START_TEST(whole_where_width_is_unknown)
{
	char *text = print_table((struct terminal){ 0 }, 0);

	ck_assert_int_eq(count_lines(text), 1 + STAGE_CLOSED + 1 + 1);
	ck_assert_ptr_nonnull(strstr(text, "[2001:db8:1111:2222:3333:4444:5555:6666]:40000-"
					   "[fe80:db8:1111:2222:3333:4444:5555:6666]:443"));
	ck_assert_ptr_nonnull(strstr(text, "OUTCOME"));
	ck_assert_ptr_nonnull(strstr(text, "INSTANCE"));
	ck_assert_ptr_null(strchr(text, '\033'));
	ck_assert_ptr_null(strstr(text, " \n"));
	free(text);
}
END_TEST

/* Each value is under its heading. The whole handshake includes lost SYNs, and is not the sum of its parts. */
START_TEST(columns_in_their_order)
{
	struct flow_record record = record_at(STAGE_OPEN);
	struct terminal terminal = { 0 };
	struct flow_view view;
	struct table table;
	struct buffer out;

	record.cold.dir[0].syn_first_ns -= 1 * S;
	view = view_after(&record, 20 * S);
	buffer_init(&out, BUFFER_MEMORY);
	flow_table_init(&table, &out, &terminal, 1, false);
	flow_table_add(&table, &view, &labels);
	table_finish(&table);
	buffer_char(&out, '\0');
	ck_assert_str_eq(out.data,
			 "FLOW                         CLIENT       SERVER       SYN-SYNACK  SYNACK-ACK  HANDSHAKE"
			 "  PACKETS  BYTES  AGE  IDLE  OUTCOME\n"
			 "10.0.0.1:40000-10.0.0.2:443  ESTABLISHED  ESTABLISHED      10.0ms      25.0ms      1.03s"
			 "        3    172  21s   19s  open\n");
	buffer_free(&out);
}
END_TEST

START_TEST(height_is_kept)
{
	for (int rows = 1; rows < 30; rows++) {
		char *wide = print_table((struct terminal){ .columns = 200 }, rows);
		char *narrow = print_table((struct terminal){ .columns = 40 }, rows);

		ck_assert_int_le(count_lines(wide), rows);
		ck_assert_int_le(count_lines(narrow), rows < 2 ? 2 : rows);
		free(wide);
		free(narrow);
	}
}
END_TEST

/* A flow without headings is more than headings without a flow. */
START_TEST(headings_give_way)
{
	char *both = print_table((struct terminal){ .columns = 40 }, 4);
	char *flow = print_table((struct terminal){ .columns = 40 }, 3);

	ck_assert_ptr_nonnull(strstr(both, "FLOW"));
	ck_assert_ptr_nonnull(strstr(both, "SYN_SENT"));
	ck_assert_ptr_null(strstr(flow, "FLOW"));
	ck_assert_ptr_nonnull(strstr(flow, "SYN_SENT"));
	free(both);
	free(flow);
}
END_TEST

START_TEST(color_only_if_wanted)
{
	char *text = print_table((struct terminal){ .color = true }, 0);

	ck_assert_ptr_nonnull(strstr(text, "\033[32mESTABLISHED\033[0m"));
	free(text);
}
END_TEST

START_TEST(nothing_for_no_rows)
{
	struct terminal terminal = { 0 };
	struct table table;
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	flow_table_init(&table, &out, &terminal, 1, false);
	table_finish(&table);
	ck_assert_uint_eq(out.used, 0);
	buffer_free(&out);
}
END_TEST

/* More rows than the table buffers to find the widths. */
START_TEST(many_rows)
{
	struct flow_record record = record_at(STAGE_OPEN);
	struct flow_view view = view_after(&record, 1 * S);
	struct terminal terminal = { 0 };
	struct table table;
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	flow_table_init(&table, &out, &terminal, 1, false);
	for (int i = 0; i < 10000; i++)
		flow_table_add(&table, &view, &labels);
	table_finish(&table);
	buffer_char(&out, '\0');
	ck_assert_int_eq(count_lines(out.data), 10001);
	buffer_free(&out);
}
END_TEST

Suite *table_suite(void)
{
	Suite *suite = suite_create("table");
	TCase *tcase = tcase_create("table");

	tcase_add_test(tcase, fits_any_terminal);
	tcase_add_test(tcase, whole_where_width_is_unknown);
	tcase_add_test(tcase, columns_in_their_order);
	tcase_add_test(tcase, height_is_kept);
	tcase_add_test(tcase, headings_give_way);
	tcase_add_test(tcase, color_only_if_wanted);
	tcase_add_test(tcase, nothing_for_no_rows);
	tcase_add_test(tcase, many_rows);
	suite_add_tcase(suite, tcase);
	return suite;
}
