/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a schedule left behind, without what may differ from one schedule to the next: which slot a flow has, its
 * generation, the order of what happened at the same time.
 */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_OUTCOME_H
#define SYNSCOPE_TESTS_INTERLEAVE_OUTCOME_H

#include "world.h"

struct outcome_dir {
	__u32 facts; /* without the generation */
	__u32 next_seq, max_ack;
	__u32 packets, bytes, packets_high, bytes_high;
	__u32 isn, fin_seq, fin_ack, late_ack;
	__u32 syns, fins, rsts, syn_retransmits, retransmits, seq_wraps, mss;
};

struct outcome_flow {
	__u32 present;
	__u32 flags; /* of cold */
	__u32 incarnation;
	__u32 letters; /* of the history, a bit each */
	__u32 remembered_isn, remembered_flags;
	__u32 anomalies[ANOMALY_COUNT];
	__u32 steps; /* the sum of what their bytes are: in any order */
	struct outcome_dir dir[FLOW_DIRS];
};

struct outcome {
	struct outcome_flow flow[FLOWS_MOST];
	__u32 counter[COUNTER_COUNT]; /* without those of CPUs that gave way or gave up */
};

void outcome_take(struct outcome *outcome);

/* In how many words do they differ? */
unsigned int outcome_distance(const struct outcome *a, const struct outcome *b);
unsigned int outcome_flow_distance(const struct outcome_flow *a, const struct outcome_flow *b);

/* The differences in words, as far as there is room, or "none". */
const char *outcome_difference(const struct outcome *is, const struct outcome *should_be);

#endif
