/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of `top`, and which flow or heading is where on the screen. */
#ifndef SYNSCOPE_TOP_TABLE_H
#define SYNSCOPE_TOP_TABLE_H

#include "base/terminal.h"
#include "top/state.h"

/*
 * Print the table in at most `lines` lines; if the selection was moved, it is scrolled until its row is visible.
 * Returns how many lines it took, or -ENOMEM (logged).
 */
int top_table_print(struct top_view *view, const struct terminal *terminal, struct buffer *out, int lines);

/* The row at this line of the table, or -1. */
int top_table_row_at(const struct top_view *view, int line);

/* The column whose heading is there, or FLOW_COLUMN_COUNT. */
enum flow_column top_table_heading_at(const struct top_view *view, int line, int column);

#endif
