/* SPDX-License-Identifier: GPL-2.0-only */
/* The pages of `top` on which something is chosen: the columns of the table, and what it is sorted by. */
#ifndef SYNSCOPE_TOP_MENU_H
#define SYNSCOPE_TOP_MENU_H

#include "base/terminal.h"
#include "top/state.h"

enum top_effect top_menu_open(struct top_view *view, enum top_page page);

/* A key on such a page. */
enum top_effect top_menu_key(struct top_view *view, int key);

/* A click on this line of the screen. */
enum top_effect top_menu_click(struct top_view *view, int line);

/* Print the page in at most `lines` lines. Returns how many it took. */
int top_menu_print(struct top_view *view, const struct terminal *terminal, struct buffer *out, int lines);

/* Sort by something else, from the first flow on. */
enum top_effect top_menu_sort(struct top_view *view, enum sort_key sort);

#endif
