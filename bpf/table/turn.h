/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns to insert a flow: of the CPUs whose flows have the same first bucket, one at a time inserts. A CPU reads the
 * number of the turn, looks for the flow, and takes the turn only if the number is still the same: so nobody has
 * inserted the flow since it looked.
 *
 * Nobody waits here. A CPU that does not get the turn handles its segment anew, as it does when another CPU is writing
 * the flow (track.h), and may give up in the end: so a program that interrupts another one on the same CPU, which has
 * the turn, does not hang.
 */
#ifndef SYNSCOPE_BPF_TABLE_TURN_H
#define SYNSCOPE_BPF_TABLE_TURN_H

#include "synscope/segment.h"
#include "bpf/maps.h"

static __always_inline struct flow_stamps *turns_of(const struct segment *seg)
{
	__u32 index = seg->bucket[0];

	return bpf_map_lookup_elem(&stamps, &index);
}

#define TURN_TAKEN 1U /* the bit that says that it is a CPU's turn */

/* What take_turn() needs. To be read before the flow is looked for. */
static __always_inline __u32 read_turn(const struct segment *seg)
{
	const struct flow_stamps *turns = turns_of(seg);

	return turns ? READ_ONCE(turns->turn) : TURN_TAKEN;
}

/* Returns 0 if it is another CPU's turn, or was since `turn` was read. Otherwise it is ours, until end_turn(). */
static __always_inline _Bool take_turn(const struct segment *seg, __u32 turn)
{
	struct flow_stamps *turns = turns_of(seg);

	return turns && !(turn & TURN_TAKEN) && __sync_val_compare_and_swap(&turns->turn, turn, turn + 1) == turn;
}

/* What was inserted is there before: set_tag(), by which it was published, is a full barrier. */
static __always_inline void end_turn(const struct segment *seg)
{
	struct flow_stamps *turns = turns_of(seg);

	if (turns)
		WRITE_ONCE(turns->turn, READ_ONCE(turns->turn) + 1);
}

#endif
