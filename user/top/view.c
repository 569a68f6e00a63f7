// SPDX-License-Identifier: GPL-2.0-only
#include "top/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "top/bar.h"
#include "top/head.h"
#include "top/help.h"
#include "top/menu.h"
#include "top/select.h"
#include "top/table.h"
#include "flow/ladder.h"
#include "flow/name.h"
#include "format/ladder.h"
#include "format/table.h"

#define PANE_ROWS_MIN 4 /* of a ladder; if the table leaves fewer, the ladder gets all rows */
#define TABLE_ROWS_MIN 6 /* beside a ladder */

int top_view_open(struct top_view *view, struct flow_sources *sources, const char *filter_text)
{
	if (strlen(filter_text) < FILTER_TEXT_SIZE)
		strcpy(view->filter_text, filter_text);
	top_view_set_filter(view);
	view->columns = top_columns_default();
	return top_data_open(&view->data, sources);
}

void top_view_close(struct top_view *view)
{
	top_data_close(&view->data);
	filter_free(&view->filter);
	free(view->row);
	free(view->row_line);
}

bool top_view_set_filter(struct top_view *view)
{
	struct filter filter = { 0 };

	view->wrong.column = 0;
	if (view->filter_text[strspn(view->filter_text, " ")] &&
	    filter_parse_text(view->filter_text, view->names, &filter, &view->wrong))
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
		.processes = view->processes,
		.filter = &view->filter,
		.most = view->search ? 0 : (view->wanting ? view->wanted : view->first) + 2 * (size_t)rows,
	};
}

/* ---- composing */

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
		used = top_table_print(view, terminal, out, lines - pane_rows);
	if (used >= 0) {
		pad(out, lines - pane_rows - used);
		view->pane_at = view->table_at + lines - pane_rows;
		put_lines(out, &pane, view->ladder_first, pane_rows);
		if (pane_rows)
			pad(out, pane_rows - count_lines(&pane));
	}
	buffer_free(&pane);
	return used < 0 ? used : 0;
}

/* Head, table, ladder and the last line. Returns 0 or -ENOMEM (logged). */
static int compose_flows(struct top_view *view, const struct terminal *terminal, struct buffer *out, int *cursor)
{
	int bar = terminal->rows > 2, err;

	view->table_at = top_head_print(view, terminal, out);
	if (view->table_at == terminal->rows)
		return 0;
	err = print_body(view, terminal, out, terminal->rows - view->table_at - bar);
	if (!err && bar)
		top_bar_print(view, terminal, out, cursor);
	return err;
}

int top_view_compose(struct top_view *view, const struct terminal *given, struct buffer *out, int *cursor)
{
	struct terminal terminal = *given;
	int bar = terminal.rows > 2;

	terminal.color = true; /* the screen drops what its terminal cannot show */
	*cursor = TOP_NO_CURSOR;
	if (view->screen_columns != terminal.columns || view->screen_lines != terminal.rows) {
		view->screen_columns = terminal.columns;
		view->screen_lines = terminal.rows;
		top_select_forget_widths(view);
	}
	if (view->page == PAGE_HELP) {
		view->hints = 0;
		top_help_print(&terminal, out);
		return 0;
	}
	if (view->page != PAGE_FLOWS) {
		pad(out, terminal.rows - bar - top_menu_print(view, &terminal, out, terminal.rows - bar));
		if (bar)
			top_bar_print(view, &terminal, out, cursor);
		return 0;
	}
	return compose_flows(view, &terminal, out, cursor);
}
