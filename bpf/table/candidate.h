/* SPDX-License-Identifier: GPL-2.0-only */
/* A slot that a new flow could take, as a number: the lowest of those that are compared is taken. */
#ifndef SYNSCOPE_BPF_CANDIDATE_H
#define SYNSCOPE_BPF_CANDIDATE_H

#include "synscope/flow.h"

/*
 * In which order room is taken: the lowest goes first (docs/specification.md, section 7).
 *
 * A new flow has shown one segment, which anybody can forge: a flood consists of such segments. So while there is room
 * elsewhere in the table, it never displaces a connection of which both ends were seen (RANK_CLOSING and above). At the
 * rated load one new flow in twenty million finds both buckets full of such connections: it is refused, and counted.
 */
enum flow_rank {
	RANK_FREE,
	RANK_EXPIRED,
	RANK_CLOSED,
	RANK_TIME_WAIT,
	RANK_HALF_OPEN,
	RANK_CLOSING,
	RANK_ESTABLISHED,
	RANK_BUSY, /* being written */
};

#define CANDIDATE_POSITION_MASK (2 * FLOW_SLOTS_PER_BUCKET - 1)
#define CANDIDATE_AGE_SHIFT 4
#define CANDIDATE_RANK_SHIFT 36
#define CANDIDATE_USED_SHIFT 40
#define CANDIDATE_MASK ((1ULL << CANDIDATE_USED_SHIFT) - 1)

/* The number: rank, then age in units of 2^LAST_SEEN_SHIFT ns, the oldest first, then `position`. */
static __always_inline __u64 candidate_of(__u64 rank, __u32 age, __u32 position)
{
	return rank << CANDIDATE_RANK_SHIFT | (__u64)~age << CANDIDATE_AGE_SHIFT | position;
}

#endif
