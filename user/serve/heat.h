/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two halves of the handshake's latency over the last minutes: what the histograms of an instance have counted, as
 * one column for each two seconds. Only buckets that are not empty are kept.
 */
#ifndef SYNSCOPE_SERVE_HEAT_H
#define SYNSCOPE_SERVE_HEAT_H

#include "format/sink.h"
#include "instance/histogram.h"

#define HEAT_COLUMNS 300U
#define HEAT_COLUMN_NS 2000000000ULL
#define HEAT_HALVES 2 /* LATENCY_SYN_TO_SYNACK, LATENCY_SYNACK_TO_ACK */

struct heat_cell {
	__u32 bucket;
	__u32 count;
};

struct heat_column {
	__u64 wall_ns; /* when it ended */
	__u32 cells[HEAT_HALVES];
	struct heat_cell *cell; /* those of the first half, then those of the second; NULL: none */
};

struct heat {
	struct heat_column column[HEAT_COLUMNS];
	__u64 next; /* the number of the next one; it goes to column[next % HEAT_COLUMNS] */
	__u64 ended; /* which interval of HEAT_COLUMN_NS since 1970 the last one ended with */
	struct port_latencies before; /* what the histograms had counted then */
};

/* Begin with what has been counted by now, of which nothing is shown. */
void heat_begin(struct heat *heat, const struct histogram_reader *histograms, __u64 wall_ns);

/* Add a column if the interval of the last one has passed. */
void heat_tick(struct heat *heat, const struct histogram_reader *histograms, __u64 wall_ns);

/* Write the list "columns", the oldest first. */
void heat_fields(struct sink *sink, const struct heat *heat);

void heat_free(struct heat *heat);

#endif
