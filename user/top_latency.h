/* SPDX-License-Identifier: GPL-2.0-only */
/* Latencies as the head of `top` shows them: percentiles, and a histogram of as many bars as there is room for. */
#ifndef SYNSCOPE_TOP_LATENCY_H
#define SYNSCOPE_TOP_LATENCY_H

#include "flow_view.h"
#include "top_line.h"

#include "synscope/histogram.h"

#define TOP_LATENCY_LINES (1 + LATENCY_COUNT)

struct top_latencies {
	__u64 count[LATENCY_COUNT][HISTOGRAM_BUCKETS];
};

/* Count those of a flow. */
void top_latencies_add(struct top_latencies *latencies, const struct flow_view *view);

/* TOP_LATENCY_LINES lines. */
void top_latencies_print(struct buffer *out, int columns, bool utf8, const struct top_latencies *latencies);

#endif
