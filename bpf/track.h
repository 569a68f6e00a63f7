/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segment + flow -> facts.
 *
 * fast.h takes most segments before they get here: those that only move counters and numbers on, in one cache line,
 * without lock, atomic or exact clock. track_segment() takes all others. It holds the direction of the sender
 * (FACT_WRITING) while it learns.
 */
#ifndef SYNSCOPE_BPF_TRACK_H
#define SYNSCOPE_BPF_TRACK_H

#include "bpf/record/new_flow.h"
#include "bpf/rules/reset.h"
#include "bpf/record/emit.h"
#include "bpf/record/count.h"
#include "bpf/table/rank.h"

#define TRACK_TRIES 256 /* some 50 ns each; another CPU needs under a microsecond for what is waited for */

/* What both directions of an established, healthy flow look like. */
#define FAST_MASK (FACT_ACKED_SYN | FACT_SEQ | FACT_ACK | FACT_FIN | FACT_RST | FACT_WRITING)
#define FAST_WANT (FACT_ACKED_SYN | FACT_SEQ | FACT_ACK)

/* What came of one attempt to track a segment. */
enum attempt {
	ATTEMPT_AGAIN, /* another CPU is changing the flow, or has changed it: look the flow up again */
	ATTEMPT_DONE, /* go on: the record is this CPU's to write */
	ATTEMPT_NOTHING, /* the segment has no flow and begins none */
};

/*
 * Fills in the facts of both sides. The direction of the sender is held; of the other one the facts are read first, so
 * that the numbers are there to which they refer.
 */
__noinline int load_facts(const struct segment *seg, struct tracking *tracking)
{
	const struct flow_hot *hot;
	const struct flow_cold *cold;
	__u32 peer, slot;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	if (!hot)
		return 0;
	peer = READ_ONCE(hot->dir[!seg->dir].facts);
	slot = tracking->slot + zero_after(peer);
	hot = hot_slot(slot);
	cold = cold_slot(slot);
	if (!hot || !cold)
		return 0;
	tracking->me = tcp_facts(&hot->dir[seg->dir & 1], &cold->dir[seg->dir & 1]);
	tracking->peer = tcp_facts_of(peer, &hot->dir[!seg->dir], &cold->dir[!seg->dir]);
	tracking->me.bits &= ~FACT_WRITING;
	tracking->peer.bits &= ~FACT_WRITING;
	tracking->timeout = flow_timeout(&tracking->me, &tracking->peer);
	if (tracking->timeout == TIMEOUT_CLOSED || tracking->timeout == TIMEOUT_TIME_WAIT) {
		__u64 since = cold->last_exact_ns;

		tracking->expired = older_than(tracking->now > since ? tracking->now - since : 0, tracking->timeout);
	} else {
		tracking->expired = older_than((__u64)age_of(hot, tracking->now >> LAST_SEEN_SHIFT) << LAST_SEEN_SHIFT,
					       tracking->timeout);
	}
	return 0;
}

/*
 * Takes the direction of the sender of a flow that was found; while it is held, the slot cannot be given to another
 * flow. Returns 0 if another CPU is changing the direction, or the slot has another flow by now.
 */
__noinline int hold_direction(const struct segment *seg, struct tracking *tracking)
{
	struct flow_hot *hot;
	struct flow_dir *mine;
	__u32 word, peer_word;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	if (!hot)
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
	tracking->word = word;
	load_facts(seg, tracking);
	return 1;
}

/*
 * The numbers are kept in cold, too, until the FIN's are: see facts_are_young().
 *
 * seq_wraps counts how often next_seq passed 2^32 since the ISN, the SYN's own number included.
 */
static __always_inline void store_numbers(struct flow_dir *mine, struct flow_cold_dir *cold,
					  const struct tracking *tracking)
{
	__u32 next_seq = tracking->me.next_seq, was = next_seq_of(tracking->word, mine, cold);

	if (tracking->effects.seq_restarted)
		cold->seq_wraps = next_seq < tracking->me.isn;
	else if (next_seq < was && seq_after(next_seq, was))
		cold->seq_wraps++;
	mine->next_seq = next_seq;
	mine->max_ack = tracking->me.max_ack;
	if (!(tracking->me.bits & FACT_FIN)) {
		cold->kept_next_seq = next_seq;
		cold->kept_max_ack = tracking->me.max_ack;
	} else if (!(tracking->word & FACT_FIN)) {
		cold->fin_seq = tracking->me.fin_seq;
		cold->fin_ack = tracking->me.fin_ack;
	}
}

/* Counts the segment, writes what was learnt, and releases the direction. */
__noinline int finish(const struct segment *seg, struct tracking *tracking)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	struct flow_dir *mine;
	__u32 word, window, letter, seen;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	cold = cold_slot(tracking->slot);
	if (!hot || !cold)
		return 0;
	mine = &hot->dir[seg->dir & 1];
	account(mine, cold, seg, tracking->now >> LAST_SEEN_SHIFT);
	letter = segment_letter(seg);
	seen = letter == HISTORY_DATA ? FACT_HISTORY_DATA : letter == HISTORY_ACK ? FACT_HISTORY_ACK : 0;
	if (!seen || !(tracking->me.bits & seen)) {
		if (append_history(cold, letter | (tracking->me.bits & FACT_CLIENT ? 0 : HISTORY_SERVER)) || !seen)
			tracking->effects.log_step = 1;
		if (!tracking->effects.begins_record)
			tracking->me.bits |= seen;
	}
	if (tracking->effects.log_step)
		add_step(cold, seg, tracking);
	if (tracking->effects.latency_known)
		count_latencies(tracking->slot, is_client(tracking) ? seg->dir : !seg->dir);
	if (!tracking->effects.keep_close_time)
		cold->last_exact_ns = tracking->now;
	if (tracking->effects.facts_changed || facts_are_young(tracking->word))
		store_numbers(mine, &cold->dir[seg->dir & 1], tracking);
	window = window_log(seg->window);
	word = tracking->word & ~FACTS_MASK;
	if (tracking->effects.facts_changed && window > ((word >> FACTS_WINDOW_SHIFT) & FACTS_WINDOW_MASK))
		word = (word & ~(FACTS_WINDOW_MASK << FACTS_WINDOW_SHIFT)) | window << FACTS_WINDOW_SHIFT;
	__sync_lock_test_and_set(&mine->facts, word | tracking->me.bits);
	return 0;
}

/* Releases the direction with nothing learnt. */
static __always_inline void release(const struct segment *seg, const struct tracking *tracking, struct flow_hot *hot)
{
	WRITE_ONCE(hot->dir[seg->dir & 1].facts, tracking->word);
}

static __always_inline int learn(const struct segment *seg, struct tracking *tracking)
{
	struct flow_hot *hot = hot_slot(tracking->slot);

	if (tracking->timeout == TIMEOUT_CLOSED || tracking->timeout == TIMEOUT_TIME_WAIT)
		return learn_after_close(seg, tracking);
	if (tracking->expired)
		return what_begins(seg);
	if (seg->flags & SEGMENT_RST)
		return learn_rst(seg, tracking);
	if (!(seg->flags & SEGMENT_SYN))
		return learn_segment(seg, tracking, hot ? READ_ONCE(hot->dir[!seg->dir].facts) : 0);
	return seg->flags & SEGMENT_ACK ? learn_synack(seg, tracking) : learn_syn(seg, tracking);
}

/*
 * Begins a new incarnation in the same slot. If another CPU has changed the flow meanwhile, releases the direction and
 * returns 0.
 */
__noinline int renew(const struct segment *seg, struct tracking *tracking, __u32 verdict)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	__u32 incarnation;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	cold = cold_slot(tracking->slot);
	if (!hot || !cold)
		return 0;
	if ((verdict == VERDICT_RENEW_REMEMBERED && !(cold->remembered.flags & REMEMBERED_VALID)) ||
	    !flow_retake(hot, seg, tracking->word, tracking->peer.bits)) {
		release(seg, tracking, hot);
		return 0;
	}
	count(COUNTER_INCARNATION);
	announce_retired(tracking->slot, RETIRE_REPLACED, tracking->now);
	incarnation = cold->incarnation;
	return init_record(seg, tracking, verdict, incarnation < 0xffff ? incarnation + 1 : incarnation);
}

/* A flow that was not in the table. */
static __always_inline enum attempt insert_flow(const struct segment *seg, struct tracking *tracking)
{
	__u32 verdict;
	int slot;

	verdict = what_begins(seg);
	if (verdict == VERDICT_IGNORED) {
		count(COUNTER_NO_FLOW);
		return ATTEMPT_NOTHING;
	}
	slot = flow_claim(seg, tracking->now);
	if (slot < 0)
		return slot == SLOT_BUSY ? ATTEMPT_AGAIN : ATTEMPT_NOTHING;
	tracking->slot = slot;
	count(COUNTER_INSERTED);
	init_record(seg, tracking, verdict, 1);
	return ATTEMPT_DONE;
}

/* The facts of a record that init_record() has just written. */
static __always_inline void load_new_facts(const struct segment *seg, struct tracking *tracking)
{
	tracking->effects = (struct effects){ .facts_changed = 1, .begins_record = 1 };
	load_facts(seg, tracking);
}

/* One attempt; an enum attempt. Every path that holds the direction ends in finish(), or releases it in renew(). */
__noinline int track_once(const struct segment *seg, struct tracking *tracking)
{
	int verdict;

	if (!seg || !tracking)
		return ATTEMPT_NOTHING;
	tracking->effects = (struct effects){};
	tracking->slot = flow_find(seg);
	if ((int)tracking->slot == SLOT_BUSY)
		return ATTEMPT_AGAIN;
	if ((int)tracking->slot == SLOT_NONE) {
		enum attempt inserted = insert_flow(seg, tracking);

		if (inserted != ATTEMPT_DONE)
			return inserted;
	} else {
		if (!hold_direction(seg, tracking))
			return ATTEMPT_AGAIN;
		verdict = learn(seg, tracking);
		if (verdict == VERDICT_IGNORED)
			count(COUNTER_NO_FLOW);
		if (verdict == VERDICT_DONE || verdict == VERDICT_IGNORED)
			goto learnt;
		if (!renew(seg, tracking, verdict))
			return ATTEMPT_AGAIN;
	}
	load_new_facts(seg, tracking);
	learn(seg, tracking);
learnt:
	finish(seg, tracking);
	announce(tracking->slot, facts_generation(tracking->word), tracking->now);
	return ATTEMPT_DONE;
}

/* Any segment that track_established() did not take. Its options have been walked. */
__noinline int track_segment(struct segment *seg)
{
	struct tracking tracking = {};

	if (!seg)
		return 0;
	if (seg->flags & SEGMENT_SYN)
		count(seg->flags & SEGMENT_ACK ? COUNTER_SYNACK : COUNTER_SYN);
	tracking.now = exact_clock();
	for (int i = 0; i < TRACK_TRIES; i++) {
		if (track_once(seg, &tracking) != ATTEMPT_AGAIN)
			return 0;
	}
	count(COUNTER_BUSY);
	return 0;
}

#endif
