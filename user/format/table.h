/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table for people, fitted to the width there is: first its gaps shrink, then the least important columns go, and
 * where even those that are wanted have no room side by side, the first cell gets a line of its own above the others.
 */
#ifndef SYNSCOPE_FORMAT_TABLE_H
#define SYNSCOPE_FORMAT_TABLE_H

#include <stdbool.h>

#include "base/buffer.h"

#define TABLE_COLUMNS_MAX 16

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
	int rank; /* the higher ones go first */
};

/* Ranks that mean more. */
#define RANK_NEEDED 0 /* never goes */
#define RANK_WANTED 1 /* before it goes, the first column gets a line of its own */

struct table {
	struct buffer *out;
	struct buffer cells; /* rows waiting for their width */
	struct table_column columns[TABLE_COLUMNS_MAX];
	int column_count;
	int width; /* 0: unlimited */
	bool color;
	int lines_left; /* -1: unlimited */
	int selected; /* the row that stands out, from 0; -1: none */
	int printed; /* rows so far */
	int widest[TABLE_COLUMNS_MAX]; /* may be raised before the first row, to keep columns in their places */
	int cell; /* of the present row */
	int rows; /* waiting */
	bool headed;
};

/* `out`, and the headings, must outlive the table. Returns 0 or -ENOMEM (logged). */
int table_init(struct table *table, const struct table_column *columns, int count, struct buffer *out,
	       const struct terminal *terminal);

/* One more column, before the first row. */
void table_add_column(struct table *table, const struct table_column *column);

/* Add the next cell of the present row, whoever's its text is; the last column's ends the row. */
void table_cell(struct table *table, enum table_color color, const char *text, int bytes);

/* Print what waits, and free. Without a row nothing is printed, not even the headings. */
void table_finish(struct table *table);

/* Free without printing. */
void table_discard(struct table *table);

/* Text in a colour, if `enabled`, whoever's it is. */
void buffer_colored(struct buffer *out, bool enabled, enum table_color color, const char *text, int bytes);

/*
 * The same on lines of its own: broken after a '-', where a flow's two ends meet, or wherever the line ends. `columns`
 * 0 is unlimited. Returns the number of lines.
 */
int buffer_broken(struct buffer *out, bool color_enabled, enum table_color color, const char *text, int bytes,
		  int columns);

#endif
