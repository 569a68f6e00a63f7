/* SPDX-License-Identifier: GPL-2.0-only */
/* The last line of the screen of `top`: what is being typed, what the last key came to, or which keys there are. */
#ifndef SYNSCOPE_TOP_BAR_H
#define SYNSCOPE_TOP_BAR_H

#include "base/terminal.h"
#include "top/state.h"

/* Print it. *cursor is set only if something is being typed. */
void top_bar_print(struct top_view *view, const struct terminal *terminal, struct buffer *out, int *cursor);

/* The key that this column of it tells of, or TOP_KEY_NONE. */
int top_bar_key_at(const struct top_view *view, int column);

/* Say something on it until the next key. */
void top_bar_note(struct top_view *view, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
