/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Latencies as the head of `top` shows them: percentiles of the last minute, and histograms of as many bars as there is
 * room for. The programs count them, so that no handshake between two refreshes is missed.
 */
#ifndef SYNSCOPE_TOP_LATENCY_H
#define SYNSCOPE_TOP_LATENCY_H

#include "instance/histogram.h"
#include "top/line.h"

#define TOP_LATENCY_LINES (1 + LATENCY_COUNT)
#define TOP_LATENCY_SAMPLES 32

/* The histograms at a time. */
struct latency_sample {
	__u64 ns;
	struct port_latencies sum;
};

struct top_latencies {
	struct latency_sample sample[TOP_LATENCY_SAMPLES]; /* of the last minute, the oldest first */
	int samples;
	struct latency_sample now;
	struct port_latencies lately; /* since the oldest sample */
};

/* Compute `lately` from `now`, which the caller has filled in. */
void top_latencies_take(struct top_latencies *latencies);

/* Print TOP_LATENCY_LINES lines, of the last minute, or of all time if there was nothing in the last minute. */
void top_latencies_print(struct buffer *out, int columns, bool utf8, const struct top_latencies *latencies);

#endif
