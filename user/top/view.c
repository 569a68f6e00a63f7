// SPDX-License-Identifier: GPL-2.0-only
#include "top/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "top/head.h"
#include "top/select.h"
#include "flow/ladder.h"
#include "flow/name.h"
#include "format/flow_table.h"
#include "format/ladder.h"
#include "format/table.h"
#include "instance/not_followed.h"

#define PANE_ROWS_MIN 4 /* of a ladder; if the table leaves fewer, the ladder gets all rows */
#define TABLE_ROWS_MIN 6 /* beside a ladder */

int top_view_open(struct top_view *view, struct flow_sources *sources, const char *filter_text)
{
	if (strlen(filter_text) < FILTER_TEXT_SIZE)
		strcpy(view->filter_text, filter_text);
	top_view_set_filter(view);
	return top_data_open(&view->data, sources);
}

void top_view_close(struct top_view *view)
{
	top_data_close(&view->data);
	filter_free(&view->filter);
	free(view->row);
}

bool top_view_set_filter(struct top_view *view)
{
	struct filter filter = { 0 };

	view->wrong.column = 0;
	if (view->filter_text[strspn(view->filter_text, " ")] &&
	    filter_parse_text(view->filter_text, &filter, &view->wrong))
		return false;
	filter_free(&view->filter);
	view->filter = filter;
	top_select_forget_widths(view);
	return true;
}

struct top_choice top_view_choice(const struct top_view *view, int rows)
{
	return (struct top_choice){
		.sort = view->sort,
		.reverse = view->reverse,
		.all = view->all,
		.filter = &view->filter,
		.most = (view->wanting ? view->wanted : view->first) + 2 * (size_t)rows,
	};
}

/* ---- composing */

/* Decode the rows that the window may show, unless they are up to date. Returns 0 or -ENOMEM (logged). */
static int load_rows(struct top_view *view, int rows)
{
	const struct flow_order *order = &view->data.order;

	if (rows > view->row_room) {
		struct top_row *row = array_resize(view->row, rows, sizeof(*row), "the rows of the screen");

		if (!row)
			return -ENOMEM;
		view->row = row;
		view->row_room = rows;
		view->loaded = false;
	}
	if (view->loaded)
		return 0;
	view->rows = 0;
	for (size_t index = view->first; index < order->count && view->rows < rows; index++) {
		struct top_row *row = &view->row[view->rows];
		struct flow_record record;

		row->index = index;
		view->rows +=
			flow_order_read(&order->flow[index], &view->data.sources->source[order->flow[index].source],
					&record, &row->view);
	}
	view->loaded = true;
	return 0;
}

/* What there is to say of packets in tunnels that are not followed, of the first instance that has some. */
static bool explain_nothing(const struct top_view *view, char text[NOT_FOLLOWED_TEXT])
{
	const struct top_data *data = &view->data;

	for (int i = 0; i < data->sources->count; i++)
		if (data->source[i].counted &&
		    not_followed_explain(text, data->source[i].counters,
					 data->sources->source[i].instance->meta.config.decap))
			return true;
	return false;
}

/* Print a text in lines, broken between words. Returns how many lines it took. */
static int print_words(const char *text, struct buffer *out, int columns, int lines)
{
	int used = 0;

	while (*text && used < lines) {
		char words[NOT_FOLLOWED_TEXT];
		struct top_line line = line_begin(out, columns);
		size_t length = strlen(text), end = length;

		if (length > (size_t)columns)
			for (end = columns; end && text[end] != ' '; end--)
				;
		if (!end) /* a word longer than the line, which is cut */
			end = strcspn(text, " ");
		snprintf(words, sizeof(words), "%.*s", (int)end, text);
		line_add_cut(&line, COLOR_DIM, words);
		line_end(&line);
		text += end + (text[end] == ' ');
		used++;
	}
	return used;
}

/* Why the table is empty, in at most `lines` lines. Returns how many it took. */
static int print_nothing(const struct top_view *view, struct buffer *out, int columns, int lines)
{
	char text[NOT_FOLLOWED_TEXT];

	if (view->filter.steps && view->data.flows + view->data.closed)
		return print_words("no flow matches", out, columns, lines);
	if (view->data.closed)
		return print_words("no open flow; a shows the closed ones", out, columns, lines);
	return print_words(explain_nothing(view, text) ? text : "no flow yet", out, columns, lines);
}

/* Print the table in at most `lines` lines. Returns how many it took, or -ENOMEM (logged). */
static int print_table(struct top_view *view, const struct terminal *terminal, struct buffer *out, int lines)
{
	const struct flow_sources *sources = view->data.sources;
	struct table table;

	if (flow_table_init(&table, out, terminal, sources->count))
		return -ENOMEM;
	if (flow_sources_have_rtt(sources))
		flow_table_add_rtt(&table);
	table.lines_left = lines;
	table.selected = top_select_row(view);
	for (int i = 0; i < table.column_count; i++)
		if (view->widest[i] > table.widest[i])
			table.widest[i] = view->widest[i];
	for (int i = 0; i < view->rows; i++) {
		const struct flow_source *source = &sources->source[view->data.order.flow[view->row[i].index].source];
		struct flow_labels labels = flow_source_labels(source, &view->row[i].view);

		flow_table_add(&table, &view->row[i].view, &labels);
	}
	table_finish(&table);
	memcpy(view->widest, table.widest, sizeof(view->widest));
	view->page = table.printed;
	return lines - table.lines_left;
}

/* The same; if the selection was moved, scrolls until its row is visible. */
static int print_flows(struct top_view *view, const struct terminal *terminal, struct buffer *out, int lines)
{
	size_t begin = out->used;
	int used, selected;

	for (;;) {
		if (load_rows(view, terminal->rows))
			return -ENOMEM;
		used = print_table(view, terminal, out, lines);
		selected = top_select_row(view);
		if (used < 0 || !view->follow || selected < 0 || selected < view->page || !selected)
			break;
		view->first++;
		view->loaded = false;
		out->used = begin;
	}
	view->follow = false;
	if (!view->rows && lines > 0)
		used += print_nothing(view, out, terminal->columns, lines - used);
	return used;
}

static void pad(struct buffer *out, int lines)
{
	for (; lines > 0; lines--)
		buffer_char(out, '\n');
}

static int count_lines(const struct buffer *text)
{
	int lines = 0;

	for (size_t i = 0; i < text->used; i++)
		lines += text->data[i] == '\n';
	return lines;
}

/* At most `lines` lines of a text, from line `first` on. */
static void put_lines(struct buffer *out, const struct buffer *text, int first, int lines)
{
	const char *p = text->data, *end = text->data + text->used;

	for (; p < end && lines > 0; first--) {
		const char *newline = memchr(p, '\n', end - p);
		const char *next = newline ? newline + 1 : end;

		if (first <= 0) {
			buffer_bytes(out, p, next - p);
			lines--;
		}
		p = next;
	}
}

/* The line between table and ladder, which names the flow. */
static void print_pane_head(const struct top_view *view, const struct terminal *terminal, struct buffer *out)
{
	const char *stroke = terminal->utf8 ? "─" : "-";
	const struct flow_view *flow = &view->flow;
	struct top_line line = line_begin(out, terminal->columns);
	char id[FLOW_ID_SIZE + 1];

	*put_flow_id(id, flow) = '\0';
	line_add(&line, COLOR_DIM, "%s%s ", stroke, stroke);
	line_add_cut(&line, COLOR_BOLD, id);
	line_add(&line, COLOR_NONE, "  %s", outcome_name(flow->outcome));
	if (view->missing)
		line_add(&line, COLOR_YELLOW, "  gone");
	line_add(&line, COLOR_DIM, "  %s %s", conn_state_name(flow->conn_state), flow->history);
	line_add(&line, COLOR_NONE, " ");
	while (line_add(&line, COLOR_DIM, "%s", stroke))
		;
	line_end(&line);
}

static int print_ladder(const struct top_view *view, const struct terminal *terminal, struct buffer *pane)
{
	static const struct ladder_style style = { 0 };
	struct ladder_step steps[LADDER_KEPT];
	struct ladder ladder;

	if (buffer_init(pane, BUFFER_MEMORY))
		return -ENOMEM;
	print_pane_head(view, terminal, pane);
	ladder_of_record(&ladder, steps, &view->record);
	ladder_print(pane, terminal, &ladder, &view->flow, &style);
	if (!ladder.count)
		buffer_text(pane, "no step of it was kept\n");
	return 0;
}

/* How many of the lines that are left are for the ladder. */
static int pane_lines(const struct buffer *pane, int left)
{
	int lines = count_lines(pane), most = left - TABLE_ROWS_MIN;

	if (most < PANE_ROWS_MIN)
		return left;
	return lines < most ? lines : most;
}

/* Print table and ladder in exactly `lines` lines. Returns 0 or -ENOMEM (logged). */
static int print_body(struct top_view *view, const struct terminal *terminal, struct buffer *out, int lines)
{
	struct buffer pane = { 0 };
	int pane_rows = 0, used = 0, overflow;

	if (view->ladder && view->shown) {
		if (print_ladder(view, terminal, &pane))
			return -ENOMEM;
		pane_rows = pane_lines(&pane, lines);
		overflow = count_lines(&pane) - pane_rows;
		if (view->ladder_first > overflow)
			view->ladder_first = overflow > 0 ? overflow : 0;
	}
	if (lines - pane_rows > 0)
		used = print_flows(view, terminal, out, lines - pane_rows);
	if (used >= 0) {
		pad(out, lines - pane_rows - used);
		put_lines(out, &pane, view->ladder_first, pane_rows);
		if (pane_rows)
			pad(out, pane_rows - count_lines(&pane));
	}
	buffer_free(&pane);
	return used < 0 ? used : 0;
}

int top_view_compose(struct top_view *view, const struct terminal *given, struct buffer *out, int *cursor)
{
	struct terminal terminal = *given;
	int bar = terminal.rows > 2, head, err;

	terminal.color = true; /* the screen drops what its terminal cannot show */
	*cursor = TOP_NO_CURSOR;
	if (view->columns != terminal.columns || view->lines != terminal.rows) {
		view->columns = terminal.columns;
		view->lines = terminal.rows;
		top_select_forget_widths(view);
	}
	if (view->help) {
		top_help_print(&terminal, out);
		return 0;
	}
	head = top_head_print(view, &terminal, out);
	if (head == terminal.rows)
		return 0;
	err = print_body(view, &terminal, out, terminal.rows - head - bar);
	if (!err && bar)
		top_bar_print(view, &terminal, out, cursor);
	return err;
}
