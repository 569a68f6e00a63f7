// SPDX-License-Identifier: GPL-2.0-only
#include "top/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "flow/processes.h"
#include "format/flow_table.h"
#include "instance/not_followed.h"
#include "top/select.h"

/* Decode the rows that the window may show, unless they are up to date. Returns 0 or -ENOMEM (logged). */
static int load_rows(struct top_view *view, int rows)
{
	const struct flow_order *order = &view->data.order;

	if (rows > view->row_room) {
		struct top_row *row = array_resize(view->row, rows, sizeof(*row), "the rows of the screen");
		int *line = array_resize(view->row_line, rows, sizeof(*line), "the rows of the screen");

		view->row = row ? row : view->row;
		view->row_line = line ? line : view->row_line;
		if (!row || !line)
			return -ENOMEM;
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

/* The columns that are wanted, for struct table. */
static void add_columns(struct top_view *view, struct table *table)
{
	enum flow_column sorted = top_column_of_sort(view->sort);

	for (int i = 0; i < FLOW_COLUMN_COUNT; i++) {
		enum flow_column column = view->columns.order[i];
		struct table_column shown = flow_columns[column].column;

		if (!view->columns.shown[column])
			continue;
		if (column == FLOW_COLUMN_INSTANCE && view->data.sources->count < 2)
			continue;
		if ((column == FLOW_COLUMN_CLIENT_RTT || column == FLOW_COLUMN_SERVER_RTT) &&
		    !flow_sources_have_rtt(view->data.sources))
			continue;
		if (column == sorted) {
			table->sorted = table->column_count;
			shown.rank = shown.rank > RANK_FIRST ? RANK_FIRST : shown.rank;
		}
		view->column[table->column_count] = column;
		table_add_column(table, &shown);
	}
}

static void add_row(const struct top_view *view, struct table *table, int columns, const struct top_row *row)
{
	static const struct process_sockets none;
	const struct ordered_flow *flow = &view->data.order.flow[row->index];
	struct flow_labels labels = flow_source_labels(&view->data.sources->source[flow->source], &row->view);
	struct flow_rate rate = top_rates_of(&view->data.source[flow->source].rates, flow->slot, flow->tag);
	const struct flow_row shown = { .view = &row->view, .labels = &labels, .rate = &rate };

	for (int i = 0; i < columns; i++)
		flow_columns[view->column[i]].cell(table, &shown);
	labels.sockets = !view->processes ? NULL : labels.sockets ? labels.sockets : &none;
	flow_table_add_extras(table, &row->view, &labels);
}

/* Print the table in at most `lines` lines. Returns how many it took, or -ENOMEM (logged). */
static int print_table(struct top_view *view, const struct terminal *terminal, struct buffer *out, int lines)
{
	struct table table;
	int columns;

	if (table_init(&table, NULL, 0, out, terminal))
		return -ENOMEM;
	add_columns(view, &table);
	columns = table.column_count;
	if (view->processes)
		flow_table_add_processes(&table);
	if (view->host_names)
		flow_table_add_names(&table);
	for (int i = columns; i < table.column_count; i++)
		view->column[i] = FLOW_COLUMN_COUNT; /* a click on its heading does nothing */
	table.lines_left = lines;
	table.selected = top_select_row(view);
	table.row_line = view->row_line;
	for (int i = 0; i < table.column_count; i++)
		if (view->widest[i] > table.widest[i])
			table.widest[i] = view->widest[i];
	for (int i = 0; i < view->rows; i++)
		add_row(view, &table, columns, &view->row[i]);
	table_finish(&table);
	memcpy(view->widest, table.widest, sizeof(view->widest));
	memcpy(view->heading, table.heading, sizeof(view->heading));
	view->rows_shown = table.printed;
	view->table_lines = lines - table.lines_left;
	return view->table_lines;
}

int top_table_print(struct top_view *view, const struct terminal *terminal, struct buffer *out, int lines)
{
	size_t begin = out->used;
	int used, selected;

	for (;;) {
		if (load_rows(view, terminal->rows))
			return -ENOMEM;
		used = print_table(view, terminal, out, lines);
		selected = top_select_row(view);
		if (used < 0 || !view->follow || selected < 0 || selected < view->rows_shown || !selected)
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

int top_table_row_at(const struct top_view *view, int line)
{
	int row = view->rows_shown;

	if (line < 0 || line >= view->table_lines)
		return -1;
	while (row > 0 && view->row_line[row - 1] > line)
		row--;
	return row - 1;
}

enum flow_column top_table_heading_at(const struct top_view *view, int line, int column)
{
	for (int i = 0; i < TABLE_COLUMNS_MAX; i++)
		if (view->heading[i].end && line == view->heading[i].line && column >= view->heading[i].begin &&
		    column < view->heading[i].end)
			return view->column[i];
	return FLOW_COLUMN_COUNT;
}
