/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The result of a schedule, without what may differ between schedules: the slot and the generation of a flow, and the
 * order of simultaneous events.
 */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_OUTCOME_H
#define SYNSCOPE_TESTS_INTERLEAVE_OUTCOME_H

#include "world.h"

struct outcome_dir {
	__u32 facts; /* without the generation */
	__u32 next_seq, max_ack;
	__u32 tcp_flags;
	__u32 packets, bytes, packets_high, bytes_high;
	__u32 isn, fin_seq, fin_ack, late_ack;
	__u32 syns, fins, rsts, syn_retransmits, retransmits, seq_wraps, mss;
};

struct outcome_flow {
	__u32 present;
	__u32 flags; /* from the cold record */
	__u32 incarnation;
	__u32 letters; /* the letters of the history, a bit for each */
	__u32 remembered_isn, remembered_flags;
	__u32 anomalies[ANOMALY_COUNT];
	__u32 steps; /* the sum of the bytes of the steps, which is independent of their order */
	struct outcome_dir dir[FLOW_DIRS];
};

struct outcome {
	struct outcome_flow flow[FLOWS_MOST];
	__u32 counter[COUNTER_COUNT]; /* without those of CPUs that gave way or gave up */
};

void outcome_take(struct outcome *outcome);

/* The number of words in which they differ. */
unsigned int outcome_distance(const struct outcome *a, const struct outcome *b);
unsigned int outcome_flow_distance(const struct outcome_flow *a, const struct outcome_flow *b);

/* Describes the differences, as far as there is room, or says "none". */
const char *outcome_difference(const struct outcome *is, const struct outcome *should_be);

#endif
