/* SPDX-License-Identifier: GPL-2.0-only */
/* The screen of `top` as lines of text, for any size. It knows no terminal: see base/screen.h. */
#ifndef SYNSCOPE_TOP_VIEW_H
#define SYNSCOPE_TOP_VIEW_H

#include "base/terminal.h"
#include "top/state.h"

#define TOP_NO_CURSOR (-1)

/* `filter_text`: the words of a command line, joined, or empty. Returns 0 or -ENOMEM (logged). */
int top_view_open(struct top_view *view, struct flow_sources *sources, const char *filter_text);
void top_view_close(struct top_view *view);

/* Make the filter what view->filter_text says. False: the text is not valid, and the filter stays as it was. */
bool top_view_set_filter(struct top_view *view);

/* The flows to read for a screen of so many rows; call top_select_update() after they were read. */
struct top_choice top_view_choice(const struct top_view *view, int rows);

/*
 * The screen: at most given->rows lines of at most given->columns. *cursor: its column on the last line, or
 * TOP_NO_CURSOR. Returns 0 or -ENOMEM (logged).
 */
int top_view_compose(struct top_view *view, const struct terminal *given, struct buffer *out, int *cursor);

#endif
