/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of `stats`, for programs and for people. */
#ifndef SYNSCOPE_STATS_PRINT_H
#define SYNSCOPE_STATS_PRINT_H

#include "format/sink.h"
#include "stats/stats.h"
#include "base/terminal.h"

#define STATS_LIMIT_DEFAULT 20 /* groups, for people */

/* One record: of a group of the last look, or of the whole if `key` is NULL. */
void stats_fields(struct sink *sink, const struct stats *stats, const struct stats_key *key,
		  const struct stats_figures *figures);

/* The csv header that goes with it. */
void stats_csv_header(struct buffer *out);

/* The last look in full, for people; `limit`: groups at most, 0: STATS_LIMIT_DEFAULT. Returns 0 or -ENOMEM (logged). */
int stats_print(struct buffer *out, const struct terminal *terminal, const struct stats *stats, __u32 limit);

/* Rows of histograms: a power of two each, or several where that would be too many. */
struct histogram_rows {
	int first, last; /* powers; first > last: all is empty */
	int powers; /* in a row */
};

/* The rows that show all of these histograms, `most` at most. */
struct histogram_rows histogram_rows(const struct port_latencies *latencies, int most);

/* The three histograms side by side, or below each other where that is too wide. */
void histograms_print(struct buffer *out, const struct terminal *terminal, const struct port_latencies *latencies);

/*
 * One histogram in a line, a character a row of `rows`. Writes at most HISTOGRAM_LINE_ROOM bytes, returns their end.
 * put_histogram_range writes "16.7ms-2.14s": what the line goes over.
 */
#define HISTOGRAM_LINE_ROOM 96
char *put_histogram_line(char *p, const __u64 count[HISTOGRAM_BUCKETS], struct histogram_rows rows, bool utf8);
char *put_histogram_range(char *p, struct histogram_rows rows);

#endif
