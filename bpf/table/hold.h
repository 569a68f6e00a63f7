/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holding the direction of the sender of a segment, by FACT_WRITING in its facts word: the CPU that holds it may change
 * its facts, and the slot cannot be given away (take.h).
 */
#ifndef SYNSCOPE_BPF_TABLE_HOLD_H
#define SYNSCOPE_BPF_TABLE_HOLD_H

#include "bpf/table/take.h"

#define HELD (1ULL << 32) /* in the result of hold_direction() */

/*
 * Takes the direction of the sender of a flow that was found; while it is held, the slot cannot be given to another
 * flow. Returns the facts word that it had, and HELD; or 0 if another CPU is changing the direction, or the slot has
 * another flow by now.
 */
__noinline __u64 hold_direction(const struct segment *seg, __u32 slot)
{
	struct flow_hot *hot = hot_slot(slot);
	struct flow_dir *mine;
	__u32 word, peer_word;

	if (!seg || !hot)
		return 0;
	mine = &hot->dir[seg->dir & 1];
	word = READ_ONCE(mine->facts);
	if ((word & FACT_WRITING) || __sync_val_compare_and_swap(&mine->facts, word, word | FACT_WRITING) != word)
		return 0;
	peer_word = READ_ONCE(hot->dir[!seg->dir].facts);
	/* if the other direction is held and has not been heard, the first segment of the record is being learnt */
	if (READ_ONCE(hot->tag) != seg->tag || !same_key(hot, seg) ||
	    (peer_word & (FACT_WRITING | FACT_SEQ)) == FACT_WRITING) {
		WRITE_ONCE(mine->facts, word);
		return 0;
	}
	return HELD | word;
}

/* Releases it with the facts word that it had: nothing was learnt. */
static __always_inline void release(const struct segment *seg, struct flow_hot *hot, __u32 word)
{
	WRITE_ONCE(hot->dir[seg->dir & 1].facts, word);
}

#endif
