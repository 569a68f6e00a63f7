/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table for people, fitted to the available width. First the gaps shrink, then the least important columns are left
 * out. If even the important ones do not fit side by side, the first cell gets a line of its own above the others.
 */
#ifndef SYNSCOPE_FORMAT_TABLE_H
#define SYNSCOPE_FORMAT_TABLE_H

#include <stdbool.h>

#include "base/buffer.h"

#define TABLE_COLUMNS_MAX 40

struct terminal;

enum table_color {
	COLOR_NONE,
	COLOR_BOLD,
	COLOR_DIM,
	COLOR_RED,
	COLOR_GREEN,
	COLOR_YELLOW,
	COLOR_CYAN,
	COLOR_REVERSE,
};

struct table_column {
	const char *heading;
	bool right; /* aligned to the right */
	int rank; /* columns with a higher rank are left out first */
	int id; /* the caller's */
};

/* Ranks with a meaning. */
#define RANK_NEEDED 0 /* never left out */
#define RANK_WANTED 1 /* before it is left out, the first column gets a line of its own */
#define RANK_FIRST 2 /* left out as the last of those for which the first column stays where it is */

/* Where the heading of a column was printed, within the table. `end` is 0 for a column that was left out. */
struct table_heading {
	int line, begin, end;
};

struct table {
	struct buffer *out;
	struct buffer cells; /* rows waiting until the widths are known */
	struct table_column columns[TABLE_COLUMNS_MAX];
	int column_count;
	int width; /* 0: no limit */
	bool color;
	int lines_left; /* -1: no limit */
	int selected; /* the highlighted row, from 0; -1: none */
	int printed; /* rows so far */
	int widest[TABLE_COLUMNS_MAX]; /* may be raised before the first row, to keep columns in place */
	int sorted; /* the column whose heading is marked, -1: none */
	int *row_line; /* NULL, or room for each row that fits: the line at which it begins */
	struct table_heading heading[TABLE_COLUMNS_MAX];
	int lines; /* printed so far */
	int cell; /* of the present row */
	int rows; /* waiting */
	bool headed;
};

/* `out`, and the headings, must outlive the table. Returns 0 or -ENOMEM (logged). */
int table_init(struct table *table, const struct table_column *columns, int count, struct buffer *out,
	       const struct terminal *terminal);

/* Add a column, before the first row. */
void table_add_column(struct table *table, const struct table_column *column);

/* Add the next cell of the present row; its text may be of others. The cell of the last column ends the row. */
void table_cell(struct table *table, enum table_color color, const char *text, int bytes);

/* The same for a text that is terminated by NUL. */
void table_text(struct table *table, enum table_color color, const char *text);

/* Print the rows that wait, and free the table. A table without rows prints nothing, not even headings. */
void table_finish(struct table *table);

/* Print text, which may be of others, in a colour if `enabled`. */
void buffer_colored(struct buffer *out, bool enabled, enum table_color color, const char *text, int bytes);

/*
 * The same on lines of its own, broken after a '-' (between the two ends of a flow), or else where the line ends.
 * `columns`: 0 for no limit. Returns the number of lines.
 */
int buffer_broken(struct buffer *out, bool color_enabled, enum table_color color, const char *text, int bytes,
		  int columns);

#endif
