/* SPDX-License-Identifier: GPL-2.0-only */
/* Which flow of `top` is selected, and which part of the order its window shows. */
#ifndef SYNSCOPE_TOP_SELECT_H
#define SYNSCOPE_TOP_SELECT_H

#include "top/view.h"

/* The place of the selected flow in the order, or -1. */
__s64 top_select_place(const struct top_view *view);

/* Which of the loaded rows it is, or -1. */
int top_select_row(const struct top_view *view);

/* Select what is at that place, or at the nearest there is. EFFECT_LOOK: it is not known yet what is there. */
enum top_effect top_select_move(struct top_view *view, __s64 place);

/* No flow is selected, and the window is at the top again. */
void top_select_none(struct top_view *view);

/* The tables were looked at anew. */
void top_select_settle(struct top_view *view);

/* Other rows are to come: columns need not be as wide as for those before. */
void top_select_forget_widths(struct top_view *view);

#endif
