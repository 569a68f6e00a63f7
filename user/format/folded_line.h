/* SPDX-License-Identifier: GPL-2.0-only */
/* "label  name 1, other 2", folded at the terminal's width, with continuation lines below the first value. */
#ifndef SYNSCOPE_FORMAT_FOLDED_LINE_H
#define SYNSCOPE_FORMAT_FOLDED_LINE_H

#include <stdbool.h>

#include <linux/types.h>

#include "base/buffer.h"

struct terminal;

struct folded_line {
	struct buffer *out;
	int width, used; /* columns; width 0: no limit */
	int indent; /* column in which values begin */
	bool begun; /* a value was added */
};

/* Print a label, which values may follow. To start without a label, initialise the struct yourself. */
struct folded_line folded_line_begin(struct buffer *out, const struct terminal *terminal, const char *label);
/* Add a value, which may be text of others, see base/foreign.h. */
void folded_line_add(struct folded_line *line, const char *text);
void folded_line_add_amount(struct folded_line *line, const char *name, __u64 amount);

/* End the line; without values, it gets a dash. */
void folded_line_end(struct folded_line *line);

#endif
