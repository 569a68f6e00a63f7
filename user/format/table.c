// SPDX-License-Identifier: GPL-2.0-only
#include "format/table.h"

#include <errno.h>

#include "base/terminal.h"
#include "base/unicode.h"

#define ROWS_AT_ONCE 2000 /* rows that decide on the widths; later ones are printed at once */
#define GAP 2
#define STACK_INDENT 2
#define HEADING_SIZE 64

/* Header of a waiting cell; its text follows in table.cells. */
struct cell {
	int bytes;
	int columns;
	enum table_color color;
};

/* The layout of the rows that are being printed. */
struct layout {
	bool shown[TABLE_COLUMNS_MAX];
	bool stacked; /* the first column has a line of its own */
	int gap;
};

static const char *const color_codes[] = {
	[COLOR_BOLD] = "\033[1m",    [COLOR_DIM] = "\033[2m",	[COLOR_RED] = "\033[31m",    [COLOR_GREEN] = "\033[32m",
	[COLOR_YELLOW] = "\033[33m", [COLOR_CYAN] = "\033[36m", [COLOR_REVERSE] = "\033[7m",
};

#define COLOR_END "\033[0m"

/* Print text that has been through put_foreign(). */
static void put_colored(struct buffer *out, bool enabled, enum table_color color, const char *text, int bytes)
{
	if (!enabled || color == COLOR_NONE) {
		buffer_bytes(out, text, bytes);
		return;
	}
	buffer_text(out, color_codes[color]);
	buffer_bytes(out, text, bytes);
	buffer_text(out, COLOR_END);
}

void buffer_colored(struct buffer *out, bool enabled, enum table_color color, const char *text, int bytes)
{
	struct foreign_text clean = foreign_text(text, bytes, !out->utf8);

	put_colored(out, enabled, color, clean.text, clean.bytes);
}

static int heading_columns(const struct table_column *column)
{
	return text_columns(column->heading, (int)strlen(column->heading));
}

void table_add_column(struct table *table, const struct table_column *column)
{
	table->widest[table->column_count] = heading_columns(column);
	table->columns[table->column_count++] = *column;
}

int table_init(struct table *table, const struct table_column *columns, int count, struct buffer *out,
	       const struct terminal *terminal)
{
	*table = (struct table){
		.out = out,
		.width = terminal->columns,
		.color = terminal->color,
		.lines_left = -1,
		.selected = -1,
		.sorted = -1,
	};
	for (int i = 0; i < count; i++)
		table_add_column(table, &columns[i]);
	if (buffer_init(&table->cells, BUFFER_MEMORY))
		return -ENOMEM;
	table->cells.utf8 = out->utf8;
	return 0;
}

/* The width of a line with the columns from `first` on. */
static int line_columns(const struct table *table, const struct layout *layout, int first)
{
	int columns = 0;

	for (int i = first; i < table->column_count; i++)
		if (layout->shown[i])
			columns += table->widest[i] + (columns ? layout->gap : 0);
	return columns;
}

static bool fits(const struct table *table, const struct layout *layout)
{
	if (!table->width)
		return true;
	if (layout->stacked)
		return STACK_INDENT + line_columns(table, layout, 1) <= table->width;
	return line_columns(table, layout, 0) <= table->width;
}

/* Hide the column with the highest rank of those shown, if its rank is above `kept`. False: there is none. */
static bool hide_one(const struct table *table, struct layout *layout, int kept)
{
	int worst = -1;

	for (int i = 0; i < table->column_count; i++)
		if (layout->shown[i] && table->columns[i].rank > kept &&
		    (worst < 0 || table->columns[i].rank >= table->columns[worst].rank))
			worst = i;
	if (worst < 0)
		return false;
	layout->shown[worst] = false;
	return true;
}

/* Show columns again that fit after all, the most important first. */
static void show_what_fits(const struct table *table, struct layout *layout)
{
	int most = 0;

	for (int i = 0; i < table->column_count; i++)
		most = table->columns[i].rank > most ? table->columns[i].rank : most;
	for (int rank = 1; rank <= most; rank++)
		for (int i = 0; i < table->column_count; i++) {
			if (layout->shown[i] || table->columns[i].rank != rank)
				continue;
			layout->shown[i] = true;
			if (!fits(table, layout))
				layout->shown[i] = false;
		}
}

static struct layout all_shown(const struct table *table, int gap, bool stacked)
{
	struct layout layout = { .gap = gap, .stacked = stacked };

	for (int i = 0; i < table->column_count; i++)
		layout.shown[i] = true;
	return layout;
}

static struct layout choose_layout(const struct table *table)
{
	struct layout layout = all_shown(table, GAP, false);

	if (fits(table, &layout))
		return layout;
	layout.gap = 1;
	while (!fits(table, &layout)) {
		if (hide_one(table, &layout, RANK_WANTED))
			continue;
		layout = all_shown(table, 1, true);
		while (!fits(table, &layout) && hide_one(table, &layout, RANK_NEEDED))
			;
		break;
	}
	show_what_fits(table, &layout);
	return layout;
}

/* Print one cell, padded to the width of its column. `last`: it is the last of its line. */
static void print_cell(struct table *table, int column, const struct cell *cell, const char *text, bool last)
{
	int padding = table->widest[column] - cell->columns;

	if (table->columns[column].right)
		buffer_spaces(table->out, padding);
	put_colored(table->out, table->color, cell->color, text, cell->bytes);
	if (!table->columns[column].right && !last)
		buffer_spaces(table->out, padding);
}

/* The length of the next line of a text that is broken into lines. */
static int next_line(const char *text, int bytes, int columns)
{
	int fit = columns ? text_fit(text, bytes, columns) : bytes;
	const char *dash = memrchr(text, '-', fit);

	if (fit == bytes)
		return bytes;
	if (dash)
		return (int)(dash - text) + 1;
	return fit ? fit : character_at(text, bytes).bytes;
}

static int put_broken(struct buffer *out, bool color_enabled, enum table_color color, const char *text, int bytes,
		      int columns)
{
	int lines = 0;

	while (bytes) {
		int part = next_line(text, bytes, columns);

		put_colored(out, color_enabled, color, text, part);
		buffer_char(out, '\n');
		text += part;
		bytes -= part;
		lines++;
	}
	return lines;
}

int buffer_broken(struct buffer *out, bool color_enabled, enum table_color color, const char *text, int bytes,
		  int columns)
{
	struct foreign_text clean = foreign_text(text, bytes, !out->utf8);

	return put_broken(out, color_enabled, color, clean.text, clean.bytes, columns);
}

static int print_line(struct table *table, const struct layout *layout, const struct cell *cells,
		      const char *const *texts, bool selected)
{
	int lines = 1, last = 0;
	int first = 0;

	for (int i = 0; i < table->column_count; i++)
		if (layout->shown[i] && cells[i].bytes)
			last = i;
	if (layout->stacked)
		lines += put_broken(table->out, table->color || selected, selected ? COLOR_REVERSE : cells[0].color,
				    texts[0], cells[0].bytes, table->width);
	if (selected)
		buffer_text(table->out, color_codes[COLOR_REVERSE]);
	if (layout->stacked) {
		buffer_spaces(table->out, STACK_INDENT);
		first = 1;
	}
	for (int i = first; i <= last; i++) {
		if (!layout->shown[i])
			continue;
		print_cell(table, i, &cells[i], texts[i], i == last);
		if (i != last)
			buffer_spaces(table->out, layout->gap);
	}
	if (selected)
		buffer_text(table->out, COLOR_END);
	buffer_char(table->out, '\n');
	return lines;
}

/* Note where the headings are, each with the gap after it. */
static void place_headings(struct table *table, const struct layout *layout)
{
	int at = layout->stacked ? STACK_INDENT : 0, line = table->lines + layout->stacked;

	for (int i = 0; i < table->column_count; i++) {
		int end = at + table->widest[i] + layout->gap;

		if (!layout->shown[i])
			continue;
		if (layout->stacked && i == 0) {
			table->heading[i] = (struct table_heading){ table->lines, 0, table->width };
			continue;
		}
		table->heading[i] = (struct table_heading){ line, at, end };
		at = end;
	}
}

static int print_headings(struct table *table, const struct layout *layout)
{
	char headings[TABLE_COLUMNS_MAX][HEADING_SIZE];
	const char *texts[TABLE_COLUMNS_MAX] = { 0 };
	struct cell cells[TABLE_COLUMNS_MAX] = { 0 };

	for (int i = 0; i < table->column_count; i++) {
		const char *heading = table->columns[i].heading;
		char *end = put_foreign(headings[i], headings[i] + HEADING_SIZE, heading, strlen(heading), FOREIGN_TEXT,
					!table->out->utf8);

		texts[i] = headings[i];
		cells[i] = (struct cell){ (int)(end - headings[i]), heading_columns(&table->columns[i]),
					  i == table->sorted ? COLOR_CYAN : COLOR_BOLD };
	}
	place_headings(table, layout);
	return print_line(table, layout, cells, texts, false);
}

/* How many lines a row will take. */
static int row_lines(const struct table *table, const struct layout *layout, const struct cell *first, const char *text)
{
	int lines = 1;

	for (int rest = first->bytes; layout->stacked && rest; lines++) {
		int part = next_line(text, rest, table->width);

		text += part;
		rest -= part;
	}
	return lines;
}

static void took_lines(struct table *table, int lines)
{
	table->lines += lines;
	if (table->lines_left >= 0)
		table->lines_left = table->lines_left > lines ? table->lines_left - lines : 0;
}

/* Find the cells of a waiting row. Returns where the next row begins. */
static const char *read_row(const struct table *table, const char *p, struct cell *cells, const char **texts)
{
	for (int i = 0; i < table->column_count; i++) {
		memcpy(&cells[i], p, sizeof(cells[i]));
		texts[i] = p + sizeof(cells[i]);
		p = texts[i] + cells[i].bytes;
	}
	return p;
}

/* Print one row; the selected row has one colour. Returns the number of lines. */
static int print_row(struct table *table, const struct layout *layout, struct cell *cells, const char *const *texts)
{
	bool selected = table->printed++ == table->selected;

	for (int i = 0; selected && i < table->column_count; i++)
		cells[i].color = COLOR_NONE;
	return print_line(table, layout, cells, texts, selected);
}

/* Is there room for the headings and a row? A row that fits only without them is more than headings without a row. */
static bool has_room_for_headings(const struct table *table, const struct layout *layout)
{
	const char *texts[TABLE_COLUMNS_MAX] = { 0 };
	struct cell cells[TABLE_COLUMNS_MAX] = { 0 };
	int row;

	if (table->lines_left < 0)
		return true;
	read_row(table, table->cells.data, cells, texts);
	row = row_lines(table, layout, &cells[0], texts[0]);
	return row > table->lines_left || row + 1 + layout->stacked <= table->lines_left;
}

static void print_rows(struct table *table)
{
	struct layout layout = choose_layout(table);
	const char *texts[TABLE_COLUMNS_MAX] = { 0 };
	struct cell cells[TABLE_COLUMNS_MAX] = { 0 };
	const char *p = table->cells.data;

	if (table->cells.error) {
		buffer_spoil(table->out, table->cells.error);
		table->rows = 0;
	}
	if (table->rows && !table->headed) {
		if (has_room_for_headings(table, &layout))
			took_lines(table, print_headings(table, &layout));
		table->headed = true;
	}
	for (; table->rows; table->rows--) {
		p = read_row(table, p, cells, texts);
		if (table->lines_left >= 0 && row_lines(table, &layout, &cells[0], texts[0]) > table->lines_left)
			break;
		if (table->row_line)
			table->row_line[table->printed] = table->lines;
		took_lines(table, print_row(table, &layout, cells, texts));
	}
	table->cells.used = 0;
	table->rows = 0;
}

void table_cell(struct table *table, enum table_color color, const char *text, int bytes)
{
	struct buffer *cells = &table->cells;
	struct cell cell = { .color = color };
	size_t at = cells->used, begin;

	buffer_bytes(cells, (const char *)&cell, sizeof(cell));
	begin = cells->used;
	buffer_foreign(cells, text, bytes, FOREIGN_TEXT);
	if (!buffer_failed(cells)) {
		cell.bytes = (int)(cells->used - begin);
		cell.columns = text_columns(cells->data + begin, cell.bytes);
		memcpy(cells->data + at, &cell, sizeof(cell));
	}
	if (cell.columns > table->widest[table->cell])
		table->widest[table->cell] = cell.columns;
	if (++table->cell < table->column_count)
		return;
	table->cell = 0;
	if (++table->rows >= ROWS_AT_ONCE)
		print_rows(table);
}

void table_text(struct table *table, enum table_color color, const char *text)
{
	table_cell(table, color, text, (int)strlen(text));
}

void table_finish(struct table *table)
{
	print_rows(table);
	buffer_free(&table->cells);
}
