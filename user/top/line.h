/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of a screen, composed as text. What does not fit into the width is left out, a word at a time. */
#ifndef SYNSCOPE_TOP_LINE_H
#define SYNSCOPE_TOP_LINE_H

#include "format/table.h"

struct top_line {
	struct buffer *out;
	int left; /* columns */
};

struct top_line line_begin(struct buffer *out, int columns);
void line_end(struct top_line *line);

/* Append text in a colour, if there is room for all of it. It may hold text of others, see base/foreign.h. */
bool line_add(struct top_line *line, enum table_color color, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, cut where the room ends. */
void line_add_cut(struct top_line *line, enum table_color color, const char *text);

/* Append spaces until only so many columns are left. */
void line_leave(struct top_line *line, int columns);

#endif
