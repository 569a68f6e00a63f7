/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics as text: OpenMetrics 1.0, and the older text format of Prometheus, 0.0.4, which has no units, no infos and no
 * exemplars.
 */
#ifndef SYNSCOPE_SERVE_OPENMETRICS_H
#define SYNSCOPE_SERVE_OPENMETRICS_H

#include "serve/exposition.h"

#define TEXT_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Upper bounds of buckets, powers of two and parts of them, as exponents of ns: 4.096 us to 34.4 s. */
#define BOUND_LEAST_SHIFT 12
#define BOUND_LAST_SHIFT 35
#define BOUNDS_MAX ((BOUND_LAST_SHIFT - BOUND_LEAST_SHIFT) * HISTOGRAM_SUBS + 1)
#define BOUND_SIZE 16

struct openmetrics {
	struct exposition to; /* where metrics are written to */
	bool is_open; /* OpenMetrics, and not 0.0.4 */
	int bound_count; /* without +Inf, which comes after them */
	struct {
		char text[BOUND_SIZE]; /* in seconds */
		int bytes;
		__u32 bucket; /* the first one of the kernel's that is beyond it */
	} bound[BOUNDS_MAX + 1];
	char labels[METRIC_LABELS_MAX * (2 * sizeof(struct foreign_text) + 32)]; /* of the histogram being written */
	int label_bytes;
};

/* `per_octave`: bounds to each power of two, 1, 2, 4 or 8. */
void openmetrics_init(struct openmetrics *text, struct buffer *out, bool is_open, unsigned int per_octave);

#endif
