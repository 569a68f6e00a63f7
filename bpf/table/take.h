/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking a slot. docs/design.md describes the whole protocol; hold.h has the other half of it.
 *
 * A slot's tag goes from free or live to busy by a compare-and-swap of the one CPU that may then write the whole
 * record, and from busy to live when the record is complete. Before that CPU writes, it also takes FACT_WRITING in both
 * directions, with a new generation: from then on a CPU that had found the old flow can neither change a fact of the
 * new one nor miss that it is gone.
 *
 * A slot that is claimed for a new flow keeps key and fingerprint of the flow that lived there until both directions
 * are taken: until then the claim may still be undone, and a segment of that flow waits.
 */
#ifndef SYNSCOPE_BPF_TABLE_TAKE_H
#define SYNSCOPE_BPF_TABLE_TAKE_H

#include "synscope/segment.h"
#include "bpf/maps.h"

#define WAIT_ROUNDS 64 /* another CPU needs well under a microsecond for what is waited for */

static __always_inline _Bool same_key(const struct flow_hot *hot, const struct segment *seg)
{
	return !((hot->id[0] ^ seg->id[0]) | (hot->id[1] ^ seg->id[1]) | (hot->ports ^ seg->ports));
}

/* The facts word of a direction that this CPU has taken, for the record that it is about to write. */
static __always_inline __u32 next_generation(__u32 facts)
{
	return (facts + (1U << FACTS_GENERATION_SHIFT)) | FACT_WRITING;
}

/*
 * Takes one direction of a slot that this CPU has marked busy, and begins its next generation. Waits for a CPU that is
 * writing the direction. The old facts word goes to *was. Returns 0 if the other CPU still holds the direction.
 */
static __always_inline _Bool take_direction(struct flow_dir *dir, __u32 *was)
{
	for (int i = 0; i < WAIT_ROUNDS; i++) {
		__u32 facts = READ_ONCE(dir->facts);

		*was = facts;
		if (!(facts & FACT_WRITING) &&
		    __sync_val_compare_and_swap(&dir->facts, facts, next_generation(facts)) == facts)
			return 1;
	}
	return 0;
}

/* Both or neither: the generations of the two directions stay equal. */
__noinline int take_both(struct flow_hot *hot)
{
	__u32 was[FLOW_DIRS];

	if (!hot)
		return 0;
	if (!take_direction(&hot->dir[0], &was[0]))
		return 0;
	if (take_direction(&hot->dir[1], &was[1]))
		return 1;
	WRITE_ONCE(hot->dir[0].facts, was[0]);
	return 0;
}

/* Busy -> `tag`. The exchange is a full barrier: the record is complete before. */
static __always_inline void set_tag(struct flow_hot *hot, __u32 tag)
{
	__sync_lock_test_and_set(&hot->tag, tag);
}

/*
 * Claims a live slot for a new incarnation of the same flow, by the CPU that holds one direction, `mine`, whose facts
 * word is `word`. Nothing is claimed, and the result is 0, if another CPU has the slot, or if the facts of the other
 * direction are no longer `peer_bits`: what was decided from them may be wrong.
 */
static __always_inline _Bool flow_retake(struct flow_hot *hot, const struct segment *seg, __u32 word, __u32 peer_bits)
{
	struct flow_dir *mine = &hot->dir[seg->dir & 1], *peer = &hot->dir[!seg->dir];
	__u32 was;

	if (__sync_val_compare_and_swap(&hot->tag, seg->tag, seg->tag ^ (TAG_LIVE | TAG_BUSY)) != seg->tag)
		return 0;
	if (take_direction(peer, &was)) {
		if ((was & FACTS_MASK) == peer_bits) {
			WRITE_ONCE(mine->facts, next_generation(word));
			return 1;
		}
		WRITE_ONCE(peer->facts, was);
	}
	set_tag(hot, seg->tag);
	return 0;
}

/*
 * Takes a live slot that still has this tag and generation, as an insert would: no other CPU writes it until it is
 * freed or given back. Returns 0 if the slot has another flow by now, or a CPU is writing it.
 */
static __always_inline _Bool hold_slot(struct flow_hot *hot, __u32 tag, __u32 generation)
{
	__u32 was = READ_ONCE(hot->tag);

	if (was != tag || __sync_val_compare_and_swap(&hot->tag, was, was ^ (TAG_LIVE | TAG_BUSY)) != was)
		return 0;
	if (facts_generation(READ_ONCE(hot->dir[0].facts)) == generation && take_both(hot))
		return 1;
	set_tag(hot, tag);
	return 0;
}

/* Gives a held slot back as it was, with its old generation, by which events know the record (flow_cold.announced). */
static __always_inline void unhold_slot(struct flow_hot *hot, __u32 tag)
{
	for (int i = 0; i < FLOW_DIRS; i++)
		WRITE_ONCE(hot->dir[i].facts,
			   (READ_ONCE(hot->dir[i].facts) - (1U << FACTS_GENERATION_SHIFT)) & ~FACT_WRITING);
	set_tag(hot, tag);
}

#endif
