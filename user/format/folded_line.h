/* SPDX-License-Identifier: GPL-2.0-only */
/* "label  name 1, other 2", folded at the terminal's width under where the values begin. */
#ifndef SYNSCOPE_FORMAT_FOLDED_LINE_H
#define SYNSCOPE_FORMAT_FOLDED_LINE_H

#include <stdbool.h>

#include <linux/types.h>

#include "base/buffer.h"

struct terminal;

struct folded_line {
	struct buffer *out;
	int width, used; /* columns; width 0: unlimited */
	int indent; /* where values begin */
	bool begun; /* a value was added */
};

/* A label is printed, and values may follow. Without a label, who fills in the fields begins. */
struct folded_line folded_line_begin(struct buffer *out, const struct terminal *terminal, const char *label);
/* Whoever's the text is. */
void folded_line_add(struct folded_line *line, const char *text);
void folded_line_add_amount(struct folded_line *line, const char *name, __u64 amount);

/* A line without values says so by a dash. */
void folded_line_end(struct folded_line *line);

#endif
