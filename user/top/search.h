/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Searching the flows of `top` for a text. It is looked for in what the table says of a flow: its ends, their states,
 * its outcome, its instance; capitals or not. For that the order must have all flows, so the search follows a reading.
 */
#ifndef SYNSCOPE_TOP_SEARCH_H
#define SYNSCOPE_TOP_SEARCH_H

#include "top/state.h"

/* The index of the selected flow, or else of the first one that is shown. */
__s64 top_search_here(const struct top_view *view);

/* Search from the flow with that index on; step 1: forwards, -1: backwards. */
enum top_effect top_search_begin(struct top_view *view, int step, __s64 from);

/* Select the next flow that has the text. */
void top_search_finish(struct top_view *view);

#endif
