/* SPDX-License-Identifier: GPL-2.0-only */
/* Histograms as text: bars from left to right, or one line. */
#ifndef SYNSCOPE_STATS_HISTOGRAM_PRINT_H
#define SYNSCOPE_STATS_HISTOGRAM_PRINT_H

#include "base/buffer.h"
#include "base/terminal.h"
#include "instance/histogram.h"

/* Histograms that are shown together, over the same rows. */
#define HISTOGRAM_SET_MAX LATENCY_COUNT
struct histogram_set {
	const __u64 (*count)[HISTOGRAM_BUCKETS];
	const char *const *heading;
	int histograms; /* at most HISTOGRAM_SET_MAX */
};

struct histogram_set histograms_of_latencies(const struct port_latencies *latencies);
struct histogram_set histograms_of_round_trips(const struct port_round_trips *round_trips);

/* Rows of a histogram: one for each power of two, or one for several if there would be too many. */
struct histogram_rows {
	int first, last; /* powers; first > last: the histogram is empty */
	int powers; /* in a row */
};

/* The rows that show all of these histograms, at most `max`. */
struct histogram_rows histogram_rows(const struct histogram_set *set, int max);

/* Print the histograms side by side, or below each other if that is too wide; nothing if all are empty. */
void histograms_print(struct buffer *out, const struct terminal *terminal, const struct histogram_set *set);

/* Write a histogram in one line, a character for each row: at most HISTOGRAM_LINE_SIZE bytes. Returns its end. */
#define HISTOGRAM_LINE_SIZE 96
char *put_histogram_line(char *p, const __u64 count[HISTOGRAM_BUCKETS], struct histogram_rows rows, bool utf8);

/* Write the range of latencies that the rows cover: "16.7ms-2.14s". Returns its end. */
char *put_histogram_range(char *p, struct histogram_rows rows);

#endif
