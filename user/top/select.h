/* SPDX-License-Identifier: GPL-2.0-only */
/* Which flow of `top` is selected, and which part of the order its window shows. An index counts flows of the order. */
#ifndef SYNSCOPE_TOP_SELECT_H
#define SYNSCOPE_TOP_SELECT_H

#include "top/state.h"

/* The index of the selected flow, or -1. */
__s64 top_select_index(const struct top_view *view);

/* The row of the selected flow among the loaded rows, or -1. */
int top_select_row(const struct top_view *view);

/*
 * Select the flow with this index, or the nearest one there is. EFFECT_REFRESH: the order is not that long yet, so the
 * flow is selected after the tables were read again.
 */
enum top_effect top_select_move(struct top_view *view, __s64 index);

/* Select no flow, and show the first ones. */
void top_select_none(struct top_view *view);

/* Bring selection and window up to date after the tables were read. */
void top_select_update(struct top_view *view);

/* Let columns shrink again, because other rows will be shown. */
void top_select_forget_widths(struct top_view *view);

#endif
