/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segment + flow -> facts.
 *
 * track_established() is the whole life of most segments: nothing but counters and numbers moves on, in one cache line,
 * without lock, atomic or exact clock. Everything else goes to track_segment(), which holds the sender's direction
 * (FACT_WRITING) while it learns.
 */
#ifndef SYNSCOPE_BPF_TRACK_H
#define SYNSCOPE_BPF_TRACK_H

#include "new_flow.h"
#include "reset.h"
#include "emit.h"
#include "count.h"
#include "rank.h"

#define TRACK_TRIES 256 /* each some 50 ns; what is waited for takes under a microsecond on a running CPU */

/* What both directions of an established, healthy flow look like. */
#define FAST_MASK (FACT_ACKED_SYN | FACT_SEQ | FACT_ACK | FACT_FIN | FACT_RST | FACT_WRITING)
#define FAST_WANT (FACT_ACKED_SYN | FACT_SEQ | FACT_ACK)

/* Fills in the facts of both sides for a direction that is held. */
__noinline int load_facts(const struct segment *seg, struct change *change)
{
	const struct flow_hot *hot;
	const struct flow_cold *cold;

	if (!seg || !change)
		return 0;
	hot = hot_slot(change->slot);
	cold = cold_slot(change->slot);
	if (!hot || !cold)
		return 0;
	change->me = tcp_facts(&hot->dir[seg->dir & 1], &cold->dir[seg->dir & 1]);
	change->peer = tcp_facts(&hot->dir[!seg->dir], &cold->dir[!seg->dir]);
	change->me.bits &= ~FACT_WRITING;
	change->peer.bits &= ~FACT_WRITING;
	change->timeout = flow_timeout(&change->me, &change->peer);
	if (change->timeout == TIMEOUT_CLOSED || change->timeout == TIMEOUT_TIME_WAIT) {
		__u64 since = cold->last_exact_ns;

		change->expired = older_than(change->now > since ? change->now - since : 0, change->timeout);
	} else {
		change->expired = older_than((__u64)age_of(hot, change->now >> LAST_SEEN_SHIFT) << LAST_SEEN_SHIFT,
					     change->timeout);
	}
	return 0;
}

/*
 * Takes the sender's direction of a flow that was found. 0: it is being changed by another CPU, or is gone by now: look
 * again. With it the slot cannot be given to another flow.
 */
__noinline int hold_direction(const struct segment *seg, struct change *change)
{
	struct flow_hot *hot;
	struct flow_dir *mine;
	__u32 word, peer_word;

	if (!seg || !change)
		return 0;
	hot = hot_slot(change->slot);
	if (!hot)
		return 0;
	mine = &hot->dir[seg->dir & 1];
	word = LOAD(mine->facts);
	if ((word & FACT_WRITING) || __sync_val_compare_and_swap(&mine->facts, word, word | FACT_WRITING) != word)
		return 0;
	peer_word = LOAD(hot->dir[!seg->dir].facts);
	if (LOAD(hot->tag) != seg->tag || !same_key(hot, seg) ||
	    facts_generation(word) != facts_generation(peer_word) || !((word | peer_word) & FACT_SEQ)) {
		STORE(mine->facts, word);
		return 0;
	}
	change->word = word;
	load_facts(seg, change);
	return 1;
}

/* seq_wraps counts how often next_seq passed 2^32 since the ISN, the SYN's own number included. */
static __always_inline void store_numbers(struct flow_dir *mine, struct flow_cold_dir *cold,
					  const struct change *change)
{
	__u32 next_seq = change->me.next_seq;

	if (change->adopted)
		cold->seq_wraps = next_seq < change->me.isn;
	else if (next_seq < mine->next_seq && seq_after(next_seq, mine->next_seq))
		cold->seq_wraps++;
	mine->next_seq = next_seq;
	mine->max_ack = change->me.max_ack;
}

/* Counts the segment, writes what was learnt, and lets go of the direction. */
__noinline int finish(const struct segment *seg, struct change *change)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	struct flow_dir *mine;
	__u32 word, window, letter, seen;

	if (!seg || !change)
		return 0;
	hot = hot_slot(change->slot);
	cold = cold_slot(change->slot);
	if (!hot || !cold)
		return 0;
	mine = &hot->dir[seg->dir & 1];
	account(mine, cold, seg, change->now >> LAST_SEEN_SHIFT);
	letter = segment_letter(seg);
	seen = letter == HISTORY_DATA ? FACT_HISTORY_DATA : letter == HISTORY_ACK ? FACT_HISTORY_ACK : 0;
	if (!seen || !(change->me.bits & seen)) {
		append_history(cold, letter | (change->me.bits & FACT_CLIENT ? 0 : HISTORY_SERVER));
		change->me.bits |= seen;
		change->step = 1;
	}
	if (change->step)
		add_step(cold, seg, change);
	if (change->timed)
		count_latencies(change->slot, is_client(change) ? seg->dir : !seg->dir);
	if (!change->quiet)
		cold->last_exact_ns = change->now;
	if (change->learnt)
		store_numbers(mine, &cold->dir[seg->dir & 1], change);
	window = window_log(seg->window);
	word = change->word & ~FACTS_MASK;
	if (change->learnt && window > ((word >> FACTS_WINDOW_SHIFT) & FACTS_WINDOW_MASK))
		word = (word & ~(FACTS_WINDOW_MASK << FACTS_WINDOW_SHIFT)) | window << FACTS_WINDOW_SHIFT;
	__sync_lock_test_and_set(&mine->facts, word | change->me.bits);
	return 0;
}

/* Lets go of the direction with nothing learnt. */
static __always_inline void release(const struct segment *seg, const struct change *change, struct flow_hot *hot)
{
	STORE(hot->dir[seg->dir & 1].facts, change->word);
}

static __always_inline int learn(const struct segment *seg, struct change *change)
{
	struct flow_hot *hot = hot_slot(change->slot);

	if (change->timeout == TIMEOUT_CLOSED || change->timeout == TIMEOUT_TIME_WAIT)
		return learn_after_close(seg, change);
	if (change->expired)
		return begins(seg);
	if (seg->flags & SEGMENT_RST)
		return learn_rst(seg, change);
	if (!(seg->flags & SEGMENT_SYN))
		return learn_segment(seg, change, hot ? LOAD(hot->dir[!seg->dir].facts) : 0);
	return seg->flags & SEGMENT_ACK ? learn_synack(seg, change) : learn_syn(seg, change);
}

/* A new incarnation in the same slot. 0: another CPU changed it meanwhile, look again. */
__noinline int renew(const struct segment *seg, struct change *change, __u32 verdict)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	__u32 incarnation;

	if (!seg || !change)
		return 0;
	hot = hot_slot(change->slot);
	cold = cold_slot(change->slot);
	if (!hot || !cold)
		return 0;
	release(seg, change, hot);
	if (verdict == VERDICT_RENEW_REMEMBERED && !(cold->remembered.flags & REMEMBERED_VALID))
		return 0;
	if (!flow_retake(seg, hot))
		return 0;
	count(COUNTER_INCARNATION);
	announce_retired(change->slot, RETIRE_REPLACED, change->now);
	incarnation = cold->incarnation;
	return begin_flow(seg, change, verdict, incarnation < 0xffff ? incarnation + 1 : incarnation);
}

/* A flow that was not in the table. 0: look again. Negative: there is nothing to look for. */
static __always_inline int begin_new(const struct segment *seg, struct change *change)
{
	__u32 verdict;
	int slot;

	verdict = begins(seg);
	if (verdict == VERDICT_IGNORED) {
		count(COUNTER_NO_FLOW);
		return -1;
	}
	slot = flow_claim(seg, change->now);
	if (slot < 0)
		return slot == SLOT_BUSY ? 0 : -1;
	change->slot = slot;
	count(COUNTER_INSERTED);
	return begin_flow(seg, change, verdict, 1);
}

/* What was just begun has no past: the facts are those that begin_flow() wrote. */
static __always_inline void load_begun(const struct segment *seg, struct change *change)
{
	change->quiet = 0;
	change->adopted = 0;
	change->step = 0;
	change->timed = 0;
	change->remark = REMARK_NONE;
	change->learnt = 1;
	load_facts(seg, change);
}

/*
 * One attempt. 0: look again; 1: done. Every path that holds the direction ends in finish() or lets go of it in
 * renew().
 */
__noinline int track_once(const struct segment *seg, struct change *change)
{
	int verdict, begun;

	if (!seg || !change)
		return 1;
	change->slot = flow_find(seg);
	if ((int)change->slot == SLOT_BUSY)
		return 0;
	if ((int)change->slot == SLOT_NONE) {
		begun = begin_new(seg, change);
		if (begun <= 0)
			return begun < 0;
	} else {
		if (!hold_direction(seg, change))
			return 0;
		verdict = learn(seg, change);
		if (verdict == VERDICT_IGNORED)
			count(COUNTER_NO_FLOW);
		if (verdict == VERDICT_DONE || verdict == VERDICT_IGNORED)
			goto learnt;
		if (!renew(seg, change, verdict))
			return 0;
	}
	load_begun(seg, change);
	learn(seg, change);
learnt:
	finish(seg, change);
	announce(change->slot, facts_generation(change->word), change->now);
	return 1;
}

/* Any segment that track_established() did not take. Its options have been walked. */
__noinline int track_segment(struct segment *seg)
{
	struct change change = {};

	if (!seg)
		return 0;
	if (seg->flags & SEGMENT_SYN)
		count(seg->flags & SEGMENT_ACK ? COUNTER_SYNACK : COUNTER_SYN);
	change.now = exact_clock();
	for (int i = 0; i < TRACK_TRIES; i++) {
		if (track_once(seg, &change))
			return 0;
	}
	count(COUNTER_BUSY);
	return 0;
}

#endif
