// SPDX-License-Identifier: GPL-2.0-only
/* Everything that prints a name of others, given hostile names: the output is harmless, fits, and stays aligned. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "format/folded_line.h"
#include "format/event.h"

#include "hostile.h"
#include "status/print.h"
#include "flow/ladder.h"
#include "base/message.h"
#include "suites.h"
#include "base/terminal.h"
#include "top/line.h"
#include "top/view.h"
#include "base/unicode.h"
#include "format/detail.h"
#include "format/flow_output.h"
#include "query/order.h"
#include "query/source.h"

/* A text that was printed: by which function, in which form. */
struct given {
	const char *name;
	struct buffer *out;
	struct terminal terminal;
};

static struct flow_view example(void)
{
	struct flow_record record = record_at(STAGE_CLOSED);

	return view_after(&record, 1 * S);
}

static struct flow_labels hostile_labels(const struct given *given)
{
	return (struct flow_labels){ .instance = given->name, .ifname = given->name };
}

/* ---- functions that take any text */

static void by_printf(struct given *given)
{
	buffer_printf(given->out, "interface %-20s of %s\n", given->name, given->name);
}

static void by_colored(struct given *given)
{
	buffer_colored(given->out, given->terminal.color, COLOR_RED, given->name, (int)strlen(given->name));
}

static void by_broken(struct given *given)
{
	buffer_broken(given->out, given->terminal.color, COLOR_RED, given->name, (int)strlen(given->name), 7);
}

static void by_folded_line(struct given *given)
{
	struct folded_line line = folded_line_begin(given->out, &given->terminal, given->name);

	for (int i = 0; i < 9; i++)
		folded_line_add(&line, given->name);
	folded_line_end(&line);
}

static void by_screen_line(struct given *given)
{
	struct top_line line = line_begin(given->out, given->terminal.columns);

	line_add(&line, COLOR_BOLD, "%s: %d", given->name, 1);
	line_add_cut(&line, COLOR_DIM, given->name);
	line_end(&line);
}

static void by_table(struct given *given)
{
	const struct table_column columns[] = { { .heading = given->name }, { .heading = "B" } };
	struct table table;

	table_init(&table, columns, 2, given->out, &given->terminal);
	for (int i = 0; i < 4; i++)
		table_cell(&table, COLOR_GREEN, given->name, (int)strlen(given->name));
	table_finish(&table);
}

/* ---- the outputs of commands */

static void by_flow_table(struct given *given)
{
	struct flow_labels labels = hostile_labels(given);
	struct flow_view view = example();
	struct flow_output output;

	flow_output_begin(&output, OUTPUT_TABLE, given->out, &given->terminal, 2, (struct flow_extras){ 0 });
	flow_output_add(&output, &view, &labels);
	flow_output_end(&output);
}

static void by_detail(struct given *given)
{
	struct flow_labels labels = hostile_labels(given);
	struct flow_view view = example();
	struct detail_style style = { .format = OUTPUT_TABLE };
	struct ladder ladder = { 0 };

	flow_detail_print(given->out, &style, &given->terminal, &view, &ladder, &labels);
}

static void by_events(struct given *given)
{
	struct flow_record record = record_at(STAGE_CLOSED);
	struct flow_event event = { .time_ns = T0, .hot = record.hot, .cold = record.cold };
	struct event_context context = { .labels = hostile_labels(given), .timeout_ns = default_timeouts };
	struct flow_view view = example();
	struct event_output output;

	event.kinds = EVENT_NEW | EVENT_CLOSED;
	event_output_begin(&output, OUTPUT_TABLE, given->out, &given->terminal, 2, (struct flow_extras){ 0 });
	event_output_add(&output, &event, &view, &context);
	event_output_end(&output);
}

static struct instance_meta hostile_meta(const struct given *given)
{
	struct instance_meta meta = { .interfaces = 1 };

	snprintf(meta.name, sizeof(meta.name), "%s", given->name);
	snprintf(meta.netns, sizeof(meta.netns), "%s", given->name);
	return meta;
}

static void by_status(struct given *given)
{
	struct instance_meta meta = hostile_meta(given);
	struct interface_state interface = { .moved = true };
	struct program_ahead ahead = { .hook = HOOK_TC_EGRESS, .id = 1 };
	struct instance_status status = { .meta = &meta, .interface = &interface, .ahead = &ahead, .ahead_count = 1 };

	meta.interface[0].tc_egress = TC_MODE_TCX;
	snprintf(interface.ifname, sizeof(interface.ifname), "%s", given->name);
	snprintf(interface.netns, sizeof(interface.netns), "%s", given->name);
	snprintf(ahead.name, sizeof(ahead.name), "%s", given->name);
	instance_status_print(given->out, &given->terminal, &status);
}

static void by_top(struct given *given)
{
	static struct flow_bucket hot;
	static struct flow_cold cold[FLOW_SLOTS_PER_BUCKET];
	struct instance instance = { .meta = hostile_meta(given) };
	struct flow_source source = { .instance = &instance };
	struct flow_sources sources = { .source = &source, .count = 1 };
	struct top_source top_source = { 0 };
	struct top_view view = { .data = { .sources = &sources, .source = &top_source } };
	int cursor;

	flow_reader_init_memory(&source.reader, &hot, cold, 1);
	snprintf(view.filter_text, sizeof(view.filter_text), "port %s", given->name);
	view.prompt = PROMPT_FILTER;
	top_view_set_filter(&view);
	ck_assert_int_eq(top_view_compose(&view, &given->terminal, given->out, &cursor), 0);
	filter_free(&view.filter);
	free(view.row);
	free(view.row_line);
}

static const struct {
	void (*print)(struct given *given);
	bool fits; /* no line is longer than the terminal */
} sinks[] = {
	{ by_printf, false },	  { by_colored, false }, { by_broken, false },	  { by_folded_line, false },
	{ by_screen_line, true }, { by_table, false },	 { by_flow_table, true }, { by_detail, true },
	{ by_events, true },	  { by_status, true },	 { by_top, true },
};

/* The widest line, without colour codes. */
static int widest_line(const char *text)
{
	int widest = 0, columns = 0;

	while (*text) {
		size_t bytes = strcspn(text, "\033\n");

		columns += text_columns(text, (int)bytes);
		widest = columns > widest ? columns : widest;
		text += bytes;
		if (*text == '\n') {
			columns = 0;
			text++;
		} else if (*text) {
			text += strcspn(text, "m") + 1;
		}
	}
	return widest;
}

START_TEST(prints_no_harm)
{
	static const int widths[] = { 40, 80, 132 };

	for (const char *const *name = hostile_names; *name; name++) {
		for (int i = 0; i < 3 * 4; i++) {
			struct terminal terminal = {
				.columns = widths[i / 4], .rows = 24, .utf8 = i & 1, .color = i & 2
			};
			struct buffer out;

			buffer_init(&out, BUFFER_MEMORY);
			out.utf8 = terminal.utf8;
			sinks[_i].print(&(struct given){ *name, &out, terminal });
			buffer_char(&out, '\0');
			must_be_harmless_output(out.data, !terminal.utf8);
			ck_assert_msg(!sinks[_i].fits || widest_line(out.data) <= terminal.columns, "%d columns: %s",
				      terminal.columns, out.data);
			buffer_free(&out);
		}
	}
}
END_TEST

/* The names are shown, not left out. */
START_TEST(shows_what_there_was)
{
	static const char name[] = "\033[31m\302\233";
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	sinks[_i].print(&(struct given){ name, &out, { .columns = 132, .rows = 24, .utf8 = true } });
	buffer_char(&out, '\0');
	ck_assert_ptr_nonnull(strstr(out.data, "\\x1b["));
	buffer_free(&out);
}
END_TEST

/* ---- messages */

static void all_messages(const char *name)
{
	message_error("cannot open '%s': %s", name, name);
	message_warning("%s", name);
	message_info("%s", name);
	message_usage(NULL, "unknown command '%s'", name);
	message_usage("list", "unknown option '%s'", name);
}

START_TEST(messages)
{
	char logged[8192];

	for (const char *const *name = hostile_names; *name; name++) {
		struct capture capture = capture_begin(STDERR_FILENO);

		all_messages(*name);
		capture_end(&capture, logged, sizeof(logged));
		must_be_harmless_output(logged, false);
		ck_assert_int_eq(count_lines(logged), 5);
	}
}
END_TEST

/* A text that is too long for a message is cut between characters, and the message still has its end. */
START_TEST(long_messages)
{
	char name[5000], logged[8192];
	struct capture capture;

	for (int shift = 0; shift < 4; shift++) {
		for (const char *const *piece = hostile_names; *piece; piece++) {
			size_t bytes = shift;

			memset(name, 'a', shift);
			while (bytes + 32 < sizeof(name))
				bytes = stpcpy(name + bytes, *piece) - name;
			capture = capture_begin(STDERR_FILENO);
			message_usage("list", "%s", name);
			capture_end(&capture, logged, sizeof(logged));
			must_be_harmless_output(logged, false);
			ck_assert_int_eq(count_lines(logged), 1);
			ck_assert_ptr_nonnull(strstr(logged, "; try 'synscope list --help'\n"));
		}
	}
}
END_TEST

/* The mark stands under the right character, whatever the width of those before it. */
START_TEST(mark_of_a_place)
{
	static const struct {
		const char *text;
		unsigned int column;
		const char *lines;
	} cases[] = {
		{ "abc", 2, "  abc\n   ^\n" },
		{ "\033bc", 2, "  \\x1bbc\n      ^\n" },
		{ "\xe6\x97\xa5z", 2, "  \xe6\x97\xa5z\n    ^\n" },
		{ "\xff\xffz", 3, "  \\xff\\xffz\n          ^\n" },
		{ "abc", 4, "  abc\n     ^\n" },
	};
	char logged[4096], text[4096];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct capture capture = capture_begin(STDERR_FILENO);

		message_at("filter", "it is wrong", cases[i].text, cases[i].column);
		capture_end(&capture, logged, sizeof(logged));
		ck_assert_str_eq(strchr(logged, '\n') + 1, cases[i].lines);
	}
	for (int i = 0; i < 1000; i++) {
		struct capture capture = capture_begin(STDERR_FILENO);

		memset(text, "\033x"[i & 1], i);
		text[i] = '\0';
		message_at("filter", text, text, i + 1);
		capture_end(&capture, logged, sizeof(logged));
		must_be_harmless_output(logged, false);
		ck_assert_int_eq(count_lines(logged), 3);
		ck_assert_int_le(widest_line(strchr(logged, '\n')), 80);
	}
}
END_TEST

/* ---- alignment */

/* The columns of a line that precede a word. */
static int column_of(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	ck_assert_ptr_nonnull(at);
	return text_columns(line, (int)(at - line));
}

START_TEST(tables_stay_aligned)
{
	static const char *const cells[] = { "eth0",
					     "\xe6\x97\xa5\xe6\x9c\xac",
					     "e\xcc\x81th",
					     "\033[31m",
					     "\xf0\x9f\x90\xa7",
					     "\x9b",
					     "b\xc3\xbcro",
					     "\xe2\x80\xae" };
	static const struct table_column columns[] = { { .heading = "NAME" }, { .heading = "END" } };
	const char *line;
	struct table table;
	struct buffer out;
	int wanted;

	buffer_init(&out, BUFFER_MEMORY);
	out.utf8 = _i;
	table_init(&table, columns, 2, &out, &(struct terminal){ .utf8 = _i });
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		table_cell(&table, COLOR_NONE, cells[i], (int)strlen(cells[i]));
		table_cell(&table, COLOR_NONE, "here", 4);
	}
	table_finish(&table);
	buffer_char(&out, '\0');
	wanted = column_of(out.data, "END");
	line = strchr(out.data, '\n') + 1;
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		ck_assert_msg(column_of(line, "here") == wanted, "not at %d: %s", wanted, out.data);
		line = strchr(line, '\n') + 1;
	}
	buffer_free(&out);
}
END_TEST

/* ---- records */

START_TEST(records)
{
	static const enum output_format formats[] = { OUTPUT_JSON, OUTPUT_JSONL, OUTPUT_CSV };

	for (const char *const *name = hostile_names; *name; name++) {
		struct flow_labels labels = { .instance = *name, .ifname = *name };
		struct flow_view view = example();
		struct flow_output output;
		struct buffer out;

		buffer_init(&out, BUFFER_MEMORY);
		out.utf8 = _i & 1;
		out.terminal = true; /* output for ASCII only must contain nothing else */
		flow_output_begin(&output, formats[_i / 2], &out, &(struct terminal){ 0 }, 2,
				  (struct flow_extras){ 0 });
		flow_output_add(&output, &view, &labels);
		flow_output_end(&output);
		buffer_char(&out, '\0');
		must_be_harmless_output(out.data, !out.utf8);
		ck_assert_int_eq(count_lines(out.data), formats[_i / 2] == OUTPUT_JSON ? 3 : 1 + (_i / 2 == 2));
		buffer_free(&out);
	}
}
END_TEST

Suite *sinks_suite(void)
{
	Suite *suite = suite_create("sinks");
	TCase *tcase = tcase_create("sinks");

	tcase_set_timeout(tcase, 60); /* enough for a busy machine */
	tcase_add_loop_test(tcase, prints_no_harm, 0, sizeof(sinks) / sizeof(sinks[0]));
	tcase_add_loop_test(tcase, shows_what_there_was, 0, sizeof(sinks) / sizeof(sinks[0]));
	tcase_add_test(tcase, messages);
	tcase_add_test(tcase, long_messages);
	tcase_add_test(tcase, mark_of_a_place);
	tcase_add_loop_test(tcase, tables_stay_aligned, 0, 2);
	tcase_add_loop_test(tcase, records, 0, 6);
	suite_add_tcase(suite, tcase);
	return suite;
}
