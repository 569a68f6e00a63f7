/* SPDX-License-Identifier: GPL-2.0-only */
/* Which columns the table of `top` has, in which order, and what a click on a heading sorts by. */
#ifndef SYNSCOPE_TOP_COLUMNS_H
#define SYNSCOPE_TOP_COLUMNS_H

#include "base/buffer.h"
#include "base/reason.h"
#include "format/flow_columns.h"
#include "query/order.h"

struct top_columns {
	enum flow_column order[FLOW_COLUMN_COUNT]; /* each column once */
	bool shown[FLOW_COLUMN_COUNT]; /* by column: where there is room for it */
};

struct top_columns top_columns_default(void);

/* The column after `from`, or before it with `step` -1, changes places with it. Returns where `from` is now. */
int top_columns_move(struct top_columns *columns, int from, int step);

/* The choice as the text of a file. */
void top_columns_write(const struct top_columns *columns, struct buffer *out);

/*
 * Read such a text, which is terminated by NUL. Columns that it does not name follow those that it does. False: it is
 * not one, for the reason in *why; then *columns is unchanged.
 */
bool top_columns_read(struct top_columns *columns, const char *text, struct reason *why);

/* What a click on the heading sorts by; SORT_NONE: nothing. */
enum sort_key top_column_sort(enum flow_column column);

/* The column that shows what is sorted by. */
enum flow_column top_column_of_sort(enum sort_key sort);

#endif
