/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path: an ordinary segment of an established flow only moves counters and numbers on, within one cache line,
 * without lock, atomic instruction or exact clock. It declines, with nothing changed, whatever could teach more. What
 * it does is part of what track_segment() would do (tests/fuzz/subset.c).
 */
#ifndef SYNSCOPE_BPF_FAST_H
#define SYNSCOPE_BPF_FAST_H

#include "bpf/record/round_trip.h"
#include "bpf/rules/established.h"
#include "bpf/table/flow_table.h"

/* What both directions of an established, healthy flow look like. */
#define FAST_MASK (FACT_ACKED_SYN | FACT_SEQ | FACT_ACK | FACT_FIN | FACT_RST | FACT_WRITING)
#define FAST_WANT (FACT_ACKED_SYN | FACT_SEQ | FACT_ACK)

/*
 * Which side sent a packet, and whether it has payload, cannot be predicted, and a mispredicted branch costs half as
 * much as the rest of the function. So what depends on it is computed without a branch, and the barrier keeps the
 * compiler from putting one in.
 */
static __always_inline __u32 forward(__u32 number, __u32 to)
{
	__u32 distance = to - number, backward = (__s32)distance >> 31;

	barrier_var(backward);
	return number + (distance & ~backward);
}

/*
 * Does data begin where the last one ended, and lie in the same half of the range? And is a segment without data not
 * beyond that? Then nothing was sent again, and no hole begins, is filled or is forgotten (rule 32).
 */
static __always_inline _Bool is_in_order(__u32 next_seq, __u32 seq, __u32 payload)
{
	return !(is_after(seq, next_seq) | (is_some(payload) & is_after(next_seq, seq)) |
		 (next_seq ^ (next_seq + payload)) >> 31);
}

/* Does the segment only move numbers on? They are near the known ones, and its letter is in the history already. */
static __always_inline _Bool is_ordinary(const struct segment *seg, const struct flow_dir *mine,
					 const struct flow_dir *peer, __u32 facts)
{
	__u32 end = seg->seq + seg->payload, next_seq = mine->next_seq, edge = peer->max_ack;

	if (!(facts & FACT_HISTORY_ACK << is_some(seg->payload)))
		return 0;
	if (seq_distance(edge, end) > (__s32)SEQ_SLACK ||
	    (seq_distance(seg->seq, edge) > (__s32)SEQ_SLACK && seq_distance(seg->seq, next_seq) > (__s32)SEQ_SLACK))
		return 0; /* near enough for any window */
	if (seq_after(seg->ack, peer->next_seq) || !is_in_order(next_seq, seg->seq, seg->payload))
		return 0;
	return seg->window <= facts_window(facts) &&
	       (!config.min_mtu || seg->packets != 1 || seg->ip_bytes <= config.min_mtu);
}

/* Have both sides been silent for longer than the timeout of an established flow? */
static __always_inline _Bool is_expired(const struct flow_dir *mine, const struct flow_dir *peer, __u32 now)
{
	__s64 limit = config.timeout_ns[TIMEOUT_ESTABLISHED] >> LAST_SEEN_SHIFT;

	return (__s32)(now - peer->last_seen) > limit && (__s32)(now - mine->last_seen) > limit;
}

/*
 * Makes a direction young: it believes the numbers that the slow path has kept instead of those in the hot record.
 * Waits for a concurrent writer, whose final store would undo it. Returns 0 if that writer does not finish.
 */
__noinline int make_young(struct flow_dir *dir)
{
	if (!dir)
		return 0;
	for (int i = 0; i < WAIT_ROUNDS; i++) {
		__u32 facts = READ_ONCE(dir->facts);

		if (facts_are_young(facts))
			return 1;
		if (!(facts & FACT_WRITING) &&
		    __sync_val_compare_and_swap(&dir->facts, facts, facts & ~(FACT_HISTORY_ACK | FACT_HISTORY_DATA)) ==
			    facts)
			return 1;
	}
	return 0;
}

/*
 * Stores the numbers of a flow whose slot another CPU may have given to a new flow since the facts were read; the new
 * flow has another generation. If that happened during the stores, they went into the new flow's record: returns 0,
 * and the segment is to be tracked anew. The new flow's direction is young (facts_are_young()) and does not believe
 * them, or is made so, if it has grown up meanwhile.
 *
 * No barrier orders the stores before the last look at the generation, so it may come too early to notice. But then the
 * stores are in the CPU's store buffer: they come while the new flow is young.
 */
static __always_inline _Bool store_checked(struct flow_dir *mine, __u32 facts, __u32 next_seq, __u32 max_ack)
{
	if (READ_ONCE(mine->facts) != facts)
		return 0;
	WRITE_ONCE(mine->next_seq, next_seq);
	WRITE_ONCE(mine->max_ack, max_ack);
	if (facts_generation(READ_ONCE(mine->facts)) == facts_generation(facts))
		return 1;
	make_young(mine);
	return 0;
}

static __always_inline _Bool move_on(const struct segment *seg, struct flow_hot *hot, __u32 slot)
{
	struct flow_dir *mine = &hot->dir[seg->dir & 1];
	const struct flow_dir *peer = &hot->dir[(seg->dir & 1) ^ 1];
	__u32 now = coarse_ticks(), facts, packets, bytes;

	barrier_var(mine); /* or the compiler computes both anew wherever it needs them */
	barrier_var(peer);
	facts = READ_ONCE(mine->facts);
	packets = mine->packets;
	bytes = mine->bytes;
	if ((facts & FAST_MASK) != FAST_WANT || (READ_ONCE(peer->facts) & FAST_MASK) != FAST_WANT ||
	    !is_ordinary(seg, mine, peer, facts))
		return 0;
	if (packets + (seg->packets << PACKETS_SHIFT) < packets || bytes + seg->ip_bytes < bytes)
		return 0; /* a carry goes to cold */
	if (is_expired(mine, peer, now) || READ_ONCE(hot->tag) != seg->tag ||
	    !store_checked(mine, facts, mine->next_seq + seg->payload, forward(mine->max_ack, seg->ack)))
		return 0;
	if (config.rtt)
		time_ordinary(seg, slot, facts);
	WRITE_ONCE(mine->packets, (packets + (seg->packets << PACKETS_SHIFT)) | seg->flags >> PACKETS_FLAGS_SHIFT);
	WRITE_ONCE(mine->bytes, bytes + seg->ip_bytes);
	WRITE_ONCE(mine->last_seen, now);
	return 1;
}

/*
 * Updates the flow of an ordinary segment (no SYN, FIN or RST) whose key is set. Returns 0, with nothing changed, if
 * the flow is not found or the segment is not ordinary.
 */
static __always_inline _Bool track_found(const struct segment *seg, __u64 hash)
{
	struct flow_hot *found = 0;
	int slot;

	slot = find_in_bucket(seg, seg->bucket[0], 0, &found);
	if (!found) {
		barrier_var(hash); /* what few need is computed only here */
		slot = find_in_bucket(seg, second_bucket(hash, &config), 0, &found);
	}
	if (found && config.rtt)
		fetch_round_trips(slot);
	return found && !is_to_itself(seg) && move_on(seg, found, slot);
}

#endif
