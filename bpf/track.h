/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A segment that the fast path (fast.h) has declined: find or insert its flow, hold the direction of the sender, ask
 * the rules (rules/rule.h), carry out their ruling (record/commit.h), and announce what has changed.
 */
#ifndef SYNSCOPE_BPF_TRACK_H
#define SYNSCOPE_BPF_TRACK_H

#include "bpf/record/emit.h"
#include "bpf/record/new_flow.h"
#include "bpf/rules/icmp.h"
#include "bpf/table/hold.h"
#include "bpf/table/rank.h"

#define TRACK_TRIES 256 /* some 50 ns each; another CPU needs under a microsecond for what is waited for */

/* What came of one attempt to track a segment. */
enum attempt {
	ATTEMPT_AGAIN, /* another CPU is changing the flow, or has changed it: look the flow up again */
	ATTEMPT_DONE, /* go on: the record is this CPU's to write */
	ATTEMPT_NOTHING, /* the segment has no flow and begins none */
};

/* Has the timeout of a flow passed at `now`? That of a closed one counts from the last segment that still mattered. */
static __always_inline _Bool has_expired(const struct flow_hot *hot, const struct flow_cold *cold, __u32 timeout,
					 __u64 now)
{
	__u64 age = (__u64)age_of(hot, now >> LAST_SEEN_SHIFT) << LAST_SEEN_SHIFT;

	if (timeout == TIMEOUT_CLOSED || timeout == TIMEOUT_TIME_WAIT)
		age = now > cold->last_exact_ns ? now - cold->last_exact_ns : 0;
	return older_than(age, timeout);
}

/*
 * Parts of rule(), each a global function: verified once. The kinds of rules with the most paths have a function each;
 * `kind` is an enum rule_kind.
 */
__noinline int judge_ack(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	return seg && known && ruling ? (int)rule_as(RULE_ACK, seg, known, ruling) : 0;
}

__noinline int judge_synack(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	return seg && known && ruling ? (int)rule_as(RULE_SYNACK, seg, known, ruling) : 0;
}

__noinline int judge_other(const struct segment *seg, const struct known *known, struct ruling *ruling, __u32 kind)
{
	return seg && known && ruling ? (int)rule_as(kind, seg, known, ruling) : 0;
}

__noinline int judge_end(const struct segment *seg, const struct memory *memory, struct ruling *ruling)
{
	if (seg && memory && ruling)
		rule_end(seg, memory, ruling);
	return 0;
}

/*
 * Reads the facts of the segment's flow, whose sender's direction is held. The facts word of the other direction is
 * read before its numbers, so that the numbers that it refers to are there. This, read_known_memory() and reconsider()
 * are functions of their own because of the stack.
 */
__noinline int read_known_facts(const struct segment *seg, struct tracking *tracking)
{
	const struct flow_hot *hot;
	const struct flow_cold *cold;
	__u32 slot;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	if (!hot)
		return 0;
	tracking->peer_word = READ_ONCE(hot->dir[!seg->dir].facts) & ~FACT_WRITING;
	slot = tracking->slot + zero_after(tracking->peer_word);
	hot = hot_slot(slot);
	cold = cold_slot(slot);
	if (hot && cold)
		known_facts(&tracking->known, &tracking->ruling.me, seg, hot, cold, tracking->word,
			    tracking->peer_word);
	return 0;
}

/* Reads what is known beside the facts. */
__noinline int read_known_memory(const struct segment *seg, struct tracking *tracking, __u32 begins_record)
{
	struct known *known;
	const struct flow_hot *hot;
	const struct flow_cold *cold;

	if (!seg || !tracking)
		return 0;
	known = &tracking->known;
	hot = hot_slot(tracking->slot);
	cold = cold_slot(tracking->slot);
	if (!hot || !cold)
		return 0;
	known_memory(known, &tracking->ruling.me, seg, cold);
	known->memory.expired = has_expired(hot, cold, known->memory.timeout, tracking->now);
	known->memory.begins_record = begins_record;
	known->memory.is_copy = is_copy(seg, &cold->last_syn[seg->dir & 1], tracking->now);
	return 0;
}

/* Rule 19a: facts that the segment refutes are left out of what is known. */
__noinline int reconsider(const struct segment *seg, struct tracking *tracking)
{
	const struct flow_cold *cold;

	if (!seg || !tracking)
		return 0;
	cold = cold_slot(tracking->slot);
	if (cold)
		look_back(seg, cold, &tracking->ruling.me, &tracking->known);
	return 0;
}

/* Asks the rules about the segment. Returns an enum verdict. */
__noinline int judge(const struct segment *seg, struct tracking *tracking)
{
	struct ruling *ruling;
	__u32 kind;

	if (!seg || !tracking)
		return VERDICT_IGNORED;
	ruling = &tracking->ruling;
	clear_ruling(ruling);
	kind = rule_kind_of(seg, &tracking->known);
	if (kind == RULE_ACK)
		ruling->verdict = judge_ack(seg, &tracking->known, ruling);
	else if (kind == RULE_SYNACK)
		ruling->verdict = judge_synack(seg, &tracking->known, ruling);
	else
		ruling->verdict = judge_other(seg, &tracking->known, ruling, kind);
	judge_end(seg, &tracking->known.memory, ruling);
	return ruling->verdict;
}

/* Reads what is known, and asks the rules. */
static __always_inline int weigh(const struct segment *seg, struct tracking *tracking, __u32 begins_record)
{
	read_known_facts(seg, tracking);
	read_known_memory(seg, tracking, begins_record);
	if ((tracking->ruling.me.bits | tracking->known.peer.bits) & (FACT_RST | FACT_FIN))
		reconsider(seg, tracking);
	return judge(seg, tracking);
}

/*
 * The same for the SYN with which a record begins, without reading the record: nothing is known but what init_record()
 * has written, and no other CPU changes it before this segment is learnt (hold_direction()).
 */
static __always_inline void weigh_first_syn(const struct segment *seg, struct tracking *tracking)
{
	tracking->ruling.me = tracking->begins.me;
	tracking->ruling.me.bits = tracking->word;
	tracking->known.peer.bits |= tracking->word & (FACTS_GENERATION_MASK << FACTS_GENERATION_SHIFT);
	tracking->peer_word = tracking->known.peer.bits;
	tracking->known.memory = (struct memory){ .begins_record = 1, .timeout = TIMEOUT_SYN_SENT };
	clear_ruling(&tracking->ruling);
	tracking->ruling.verdict = judge_other(seg, &tracking->known, &tracking->ruling, RULE_SYN);
	judge_end(seg, &tracking->known.memory, &tracking->ruling);
}

/* The first segment of a record: `verdict`, which says how it began, is one of VERDICT_RENEW_*. */
static __always_inline void weigh_first(const struct segment *seg, struct tracking *tracking, __u32 verdict)
{
	if (verdict == VERDICT_RENEW_SYN)
		weigh_first_syn(seg, tracking);
	else
		weigh(seg, tracking, 1);
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
	    !flow_retake(hot, seg, tracking->word, tracking->peer_word & FACTS_MASK)) {
		release(seg, hot, tracking->word);
		return 0;
	}
	count(COUNTER_INCARNATION);
	if (verdict == VERDICT_RENEW_REMEMBERED)
		uncount_remembered(tracking->slot);
	announce_retired(tracking->slot, RETIRE_REPLACED, tracking->now);
	incarnation = cold->incarnation;
	return init_record(seg, tracking, verdict, incarnation < 0xffff ? incarnation + 1 : incarnation);
}

/* A flow that was not in the table. */
static __always_inline enum attempt insert_flow(const struct segment *seg, struct tracking *tracking)
{
	__u32 verdict = what_begins(seg);
	int slot;

	if (verdict == VERDICT_IGNORED) {
		count(COUNTER_NO_FLOW);
		return ATTEMPT_NOTHING;
	}
	if (tracking->turn == TURN_TAKEN) { /* it is not known that there is no such flow since a certain turn */
		tracking->turn = read_turn(seg);
		if (flow_find(seg, zero_after(tracking->turn)) != SLOT_NONE)
			return ATTEMPT_AGAIN;
	}
	slot = flow_claim(seg, tracking->now, tracking->turn);
	if (slot < 0)
		return slot == SLOT_BUSY ? ATTEMPT_AGAIN : ATTEMPT_NOTHING;
	tracking->slot = slot;
	count(COUNTER_INSERTED);
	init_record(seg, tracking, verdict, 1);
	end_turn(seg);
	weigh_first(seg, tracking, verdict);
	return ATTEMPT_DONE;
}

/* Releases the sender's direction, of which nothing was changed. */
static __always_inline enum attempt release_unchanged(const struct segment *seg, const struct tracking *tracking,
						      enum attempt attempt)
{
	struct flow_hot *hot = hot_slot(tracking->slot);

	if (hot)
		release(seg, hot, tracking->word);
	return attempt;
}

/* A flow that was found, in tracking->slot. */
static __always_inline enum attempt continue_flow(const struct segment *seg, struct tracking *tracking)
{
	__u64 held = hold_direction(seg, tracking->slot);
	int verdict;

	if (!held)
		return ATTEMPT_AGAIN;
	tracking->word = held;
	verdict = weigh(seg, tracking, 0);
	if (verdict == VERDICT_IGNORED) {
		count(COUNTER_NO_FLOW);
		return release_unchanged(seg, tracking, ATTEMPT_NOTHING);
	}
	if (verdict == VERDICT_DONE) {
		if (HINDSIGHT_RECEIVER(tracking->known.memory.hindsight) && !withdraw(seg, tracking))
			return release_unchanged(seg, tracking, ATTEMPT_AGAIN);
		return ATTEMPT_DONE;
	}
	if (!renew(seg, tracking, verdict))
		return ATTEMPT_AGAIN;
	weigh_first(seg, tracking, verdict);
	return ATTEMPT_DONE;
}

/* One attempt; an enum attempt. Every path that holds the direction ends in commit(), or releases it in renew(). */
__noinline int track_once(const struct segment *seg, struct tracking *tracking)
{
	__u64 round_trip = NO_ROUND_TRIP;
	enum attempt attempt;

	if (!seg || !tracking)
		return ATTEMPT_NOTHING;
	tracking->turn = TURN_TAKEN;
	if ((seg->flags & (SEGMENT_SYN | SEGMENT_ACK)) == SEGMENT_SYN) { /* it probably begins a flow */
		fetch_buckets(seg);
		tracking->turn = read_turn(seg);
	}
	tracking->slot = flow_find(seg, zero_after(tracking->turn));
	if ((int)tracking->slot == SLOT_BUSY)
		return ATTEMPT_AGAIN;
	attempt = (int)tracking->slot == SLOT_NONE ? insert_flow(seg, tracking) : continue_flow(seg, tracking);
	if (attempt != ATTEMPT_DONE)
		return attempt;
	if (config.rtt)
		round_trip = note_round_trip(seg, tracking);
	note_for_later(seg, tracking);
	commit(seg, tracking);
	announce(tracking->slot, facts_generation(tracking->word), tracking->now);
	if (config.rtt && round_trip != NO_ROUND_TRIP)
		announce_round_trip(tracking->slot, tracking->ruling.me.bits, round_trip, tracking->now);
	return ATTEMPT_DONE;
}

/* In one direction of the segment's flow. */
static __always_inline void track_direction(const struct segment *seg, struct tracking *tracking)
{
	for (int i = 0; i < TRACK_TRIES; i++) {
		if (track_once(seg, tracking) != ATTEMPT_AGAIN)
			return;
	}
	count(COUNTER_BUSY);
}

/* Any segment that the fast path did not take. Its options have been walked. */
__noinline int track_segment(struct segment *seg)
{
	struct tracking tracking = {};

	if (!seg)
		return 0;
	seg->syn_digest = syn_digest(seg);
	if (seg->flags & SEGMENT_SYN)
		count(seg->flags & SEGMENT_ACK ? COUNTER_SYNACK : COUNTER_SYN);
	tracking.now = exact_clock();
	track_direction(seg, &tracking);
	if (is_to_itself(seg)) { /* its sender is its receiver, too (rule 11a) */
		seg->dir = 1;
		track_direction(seg, &tracking);
	}
	return 0;
}

/*
 * One attempt to note an ICMP error about the flow of the segment that it quotes (rule 28). Returns 0 if another CPU is
 * changing the flow. The direction is held meanwhile, so that the slot does not change hands.
 */
__noinline int note_unreachable(const struct segment *seg)
{
	const struct flow_dir *mine, *peer;
	struct tcp_facts me, other;
	struct flow_cold *cold;
	struct flow_hot *hot;
	int slot;
	__u64 held;

	if (!seg)
		return 1;
	slot = flow_find(seg, 0);
	if (slot < 0)
		return slot != SLOT_BUSY;
	held = hold_direction(seg, slot);
	hot = hot_slot(slot);
	cold = cold_slot(slot);
	if (!held || !hot || !cold)
		return 0;
	mine = &hot->dir[seg->dir & 1];
	peer = &hot->dir[!seg->dir];
	me = tcp_facts_of((__u32)held, mine, &cold->dir[seg->dir & 1]);
	other = tcp_facts_of(READ_ONCE(peer->facts), peer, &cold->dir[!seg->dir]);
	if (rule_unreachable(seg, &me, &other)) {
		if (!(cold->flags & FLOW_UNREACHABLE))
			cold->unreachable = seg->report;
		__sync_fetch_and_or(&cold->flags, FLOW_UNREACHABLE);
		count(COUNTER_UNREACHABLE);
	}
	release(seg, hot, held);
	return 1;
}

/* Handles the segment that an ICMP error quotes. */
__noinline int track_unreachable(struct segment *seg)
{
	if (!seg)
		return 0;
	set_key(seg, &config);
	for (int i = 0; i < TRACK_TRIES; i++) {
		if (note_unreachable(seg))
			return 0;
	}
	count(COUNTER_BUSY);
	return 0;
}

#endif
