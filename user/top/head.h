/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the screen of `top` beside its table and its ladder. */
#ifndef SYNSCOPE_TOP_HEAD_H
#define SYNSCOPE_TOP_HEAD_H

#include "base/terminal.h"
#include "top/state.h"

/* The lines above the table, as many as the screen has room for. Returns their number. */
int top_head_print(const struct top_view *view, const struct terminal *terminal, struct buffer *out);

/* The last line: the prompt of the filter, or hints. *cursor is set only if there is a prompt. */
void top_bar_print(const struct top_view *view, const struct terminal *terminal, struct buffer *out, int *cursor);

/* The list of keys, instead of anything else. */
void top_help_print(const struct terminal *terminal, struct buffer *out);

#endif
