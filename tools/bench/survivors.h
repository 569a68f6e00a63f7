/* SPDX-License-Identifier: GPL-2.0-only */
/* The flows that a table still has. */
#ifndef SYNSCOPE_BENCH_SURVIVORS_H
#define SYNSCOPE_BENCH_SURVIVORS_H

#include "flow/reader.h"
#include "subject.h"

/* Calls `visit` with every flow in a table of synscope. Returns 0 or a negative errno (logged). */
int visit_flows(const struct subject *subject, void (*visit)(const struct flow_record *record, void *context),
		void *context);

/*
 * Counts the IPv4 flows for which the SYNs of both ends were seen, in a table of either kind. Returns 0 or a negative
 * errno (logged).
 */
int count_open(const struct subject *subject, __u64 *count);

/*
 * Reads a whole hash map by BPF_MAP_LOOKUP_BATCH. Values of key and value sizes as in `trackers.h`; `visit` may be
 * NULL. Returns how many there were or a negative errno (logged).
 */
struct tracked_flow;
long read_batches(int map, void (*visit)(const struct tracked_flow *flow, void *context), void *context);

#endif
