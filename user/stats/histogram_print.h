/* SPDX-License-Identifier: GPL-2.0-only */
/* Latency histograms as text: bars from left to right, or one line. */
#ifndef SYNSCOPE_STATS_HISTOGRAM_PRINT_H
#define SYNSCOPE_STATS_HISTOGRAM_PRINT_H

#include "base/buffer.h"
#include "base/terminal.h"
#include "instance/histogram.h"

/* Rows of a histogram: one for each power of two, or one for several if there would be too many. */
struct histogram_rows {
	int first, last; /* powers; first > last: the histogram is empty */
	int powers; /* in a row */
};

/* The rows that show all of these histograms, at most `max`. */
struct histogram_rows histogram_rows(const struct port_latencies *latencies, int max);

/* Print the three histograms side by side, or below each other if that is too wide. */
void histograms_print(struct buffer *out, const struct terminal *terminal, const struct port_latencies *latencies);

/* Write a histogram in one line, a character for each row: at most HISTOGRAM_LINE_SIZE bytes. Returns its end. */
#define HISTOGRAM_LINE_SIZE 96
char *put_histogram_line(char *p, const __u64 count[HISTOGRAM_BUCKETS], struct histogram_rows rows, bool utf8);

/* Write the range of latencies that the rows cover: "16.7ms-2.14s". Returns its end. */
char *put_histogram_range(char *p, struct histogram_rows rows);

#endif
