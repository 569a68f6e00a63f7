/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of a screen, composed as text: whatever does not fit into the width is left out, a word at a time. */
#ifndef SYNSCOPE_TOP_LINE_H
#define SYNSCOPE_TOP_LINE_H

#include "format/table.h"

struct line {
	struct buffer *out;
	int left; /* columns */
};

struct line line_begin(struct buffer *out, int columns);
void line_end(struct line *line);

/* Text in a colour, whoever's it is, if there is room for all of it. */
bool line_add(struct line *line, enum table_color color, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same, cut where the room ends. */
void line_add_cut(struct line *line, enum table_color color, const char *text);

/* Spaces, so that so many columns are left; none if there are fewer. */
void line_leave(struct line *line, int columns);

#endif
