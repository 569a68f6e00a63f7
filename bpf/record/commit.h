/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries out a ruling: the only place where a segment that is being tracked is written into its record, counted, and
 * shown to histograms. The direction of its sender is held, and is released with the new facts word.
 */
#ifndef SYNSCOPE_BPF_RECORD_COMMIT_H
#define SYNSCOPE_BPF_RECORD_COMMIT_H

#include "bpf/record/count.h"
#include "bpf/record/record.h"
#include "bpf/rules/begin.h"
#include "bpf/rules/expiry.h"
#include "bpf/rules/rule.h"
#include "bpf/table/stamp.h"

/* A segment that is being tracked, and its flow, whose direction this CPU holds by FACT_WRITING. */
struct tracking {
	__u64 now; /* exact */
	__u32 slot;
	__u32 word; /* the sender's facts word when it was taken */
	__u32 peer_word; /* the receiver's facts word when it was read, without FACT_WRITING */
	__u32 turn; /* before the flow was looked for, see turn.h; or TURN_TAKEN */
	union { /* the stack has no room for both */
		struct known known; /* of the flow before the segment */
		struct beginning begins; /* the segment begins a record */
	};
	struct ruling ruling;
};

_Static_assert(__builtin_offsetof(struct known, peer) == __builtin_offsetof(struct beginning, peer),
	       "weigh_first_syn() goes on with the facts of the receiver where they are");

/* Keeps the options of the sender's SYN; the window scale is in the facts word. */
static __always_inline void keep_options(struct flow_cold *cold, const struct segment *seg)
{
	__u32 shift = FLOW_OPTIONS_SHIFT(seg->dir & 1);

	cold->dir[seg->dir & 1].mss = seg->mss;
	__sync_fetch_and_and(&cold->flags, ~(FLOW_OPTIONS_MASK << shift));
	__sync_fetch_and_or(&cold->flags, (__u32)(seg->options & FLOW_OPTIONS_MASK) << shift);
}

/* The sender's SYN: a new one, or the one that is known once more. */
static __always_inline void keep_syn(struct flow_cold *cold, const struct segment *seg, const struct tracking *tracking)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];
	__u32 effects = tracking->ruling.effects;

	if (effects & (EFFECT_SYN | EFFECT_SYN_LAST)) {
		mine->syn_last_ns = time_stamp(tracking->now);
		mine->last_tsval = seg->tsval;
	}
	if (effects & EFFECT_SYN) {
		mine->syn_first_ns = time_stamp(tracking->now);
		mine->syn_first_tsval = seg->tsval;
		keep_options(cold, seg); /* atomic: after the times, and before the check whether the ACK has passed */
	}
	if (effects & EFFECT_SYN_AGAIN)
		saturating_add(&mine->syn_retransmits, 1);
	if (effects & EFFECT_SIMULTANEOUS)
		__sync_fetch_and_or(&cold->flags, FLOW_SIMULTANEOUS);
	if (effects & EFFECT_HANDSHAKE)
		__sync_fetch_and_and(&cold->flags, ~(__u32)FLOW_ORIGIN_MASK); /* ORIGIN_HANDSHAKE */
}

static __always_inline void remember(struct flow_cold *cold, const struct segment *seg, __u64 now)
{
	struct remembered_syn *remembered = &cold->remembered;

	if (remembered->flags & REMEMBERED_VALID) /* nothing has answered it: it was a segment of this incarnation */
		add_tcp_flags(cold, remembered_tcp_flags(remembered), !!(remembered->flags & REMEMBERED_DIR));
	remembered->flags = 0;
	remembered->ns = now;
	remembered->isn = seg->seq;
	remembered->tsval = seg->tsval;
	remembered->payload = seg->payload;
	remembered->mss = seg->mss;
	remembered->headers = seg->ip_bytes - seg->payload;
	remembered->wscale = remembered_wscale(seg->wscale, seg->flags);
	WRITE_ONCE(remembered->flags,
		   REMEMBERED_VALID | (seg->dir ? REMEMBERED_DIR : 0) | (seg->options & FLOW_OPTIONS_MASK));
}

/*
 * The server's first SYN/ACK passed. A time that runs backwards (two queues), or that is not known, leaves the latency
 * unknown.
 */
static __always_inline void note_answered(struct flow_cold *cold, const struct segment *seg,
					  const struct tracking *tracking)
{
	const struct flow_cold_dir *client = &cold->dir[!seg->dir];
	enum answered which = tracking->ruling.answered;
	__u64 asked = which == ANSWERED_FIRST ? client->syn_first_ns : client->syn_last_ns;
	__u64 now = time_stamp(tracking->now);

	__sync_fetch_and_and(&cold->flags, ~(__u32)(FLOW_SYN_TO_SYNACK | FLOW_SYNACK_AMBIGUOUS));
	if (!asked || now < asked)
		return;
	cold->syn_to_synack_ns = now - asked;
	__sync_fetch_and_or(&cold->flags,
			    FLOW_SYN_TO_SYNACK | (which == ANSWERED_AMBIGUOUS ? FLOW_SYNACK_AMBIGUOUS : 0));
}

/*
 * The client's first believed ACK passed. Which SYN/ACK it answers is decided here; the latency is computed by readers.
 */
static __always_inline void note_acked(struct flow_cold *cold, const struct tracking *tracking)
{
	enum answered which = tracking->ruling.answered;

	cold->acked_ns = time_stamp(tracking->now);
	__sync_fetch_and_or(&cold->flags, FLOW_ACKED | (which == ANSWERED_FIRST ? FLOW_ACK_OF_FIRST_SYNACK : 0) |
						  (which == ANSWERED_AMBIGUOUS ? FLOW_ACK_AMBIGUOUS : 0));
}

/* What the handshake and its latencies need. Every segment but SYNs and the client's first ACK has none of these. */
static __always_inline void commit_handshake(struct flow_cold *cold, const struct segment *seg,
					     const struct tracking *tracking)
{
	__u32 effects = tracking->ruling.effects;

	keep_syn(cold, seg, tracking);
	if (effects & EFFECT_REMEMBER)
		remember(cold, seg, time_stamp(tracking->now));
	if (effects & EFFECT_ANSWERED)
		note_answered(cold, seg, tracking);
	if (effects & EFFECT_ACKED)
		note_acked(cold, tracking);
	/* the ACK may have been processed before the SYN/ACK */
	if ((effects & (EFFECT_ANSWERED | EFFECT_ACKED)) ||
	    ((effects & EFFECT_SYN) && (READ_ONCE(cold->flags) & FLOW_ACKED)))
		count_latencies(cold, tracking->slot, is_client(&tracking->ruling) ? seg->dir : !seg->dir);
}

/* Counts anomalies of the instance and of the flow, at most one or two at once. */
static __always_inline void count_anomalies(struct flow_cold *cold, __u32 anomalies)
{
	for (__u32 kind = 0; kind < ANOMALY_COUNT; kind++) {
		if (!(anomalies & 1U << kind))
			continue;
		count(COUNTER_OF_ANOMALY(kind));
		add_anomaly(cold, kind);
	}
}

/*
 * Keeps what a copy of a SYN or SYN/ACK is recognised by (rule 31). A copy itself does not prolong the time for others.
 */
static __always_inline void note_syn(struct flow_cold *cold, const struct segment *seg, const struct tracking *tracking)
{
	struct last_syn *last = &cold->last_syn[seg->dir & 1];

	if (!(seg->flags & SEGMENT_SYN) || (tracking->ruling.anomalies & 1U << ANOMALY_DUPLICATE))
		return;
	last->digest = seg->syn_digest;
	last->at = tracking->now >> LAST_SYN_SHIFT;
}

/* Rule 25: notes that the end of what the sender sent is not known, or that it is known now. */
static __always_inline void keep_open_end(struct flow_cold *cold, const struct segment *seg, __u32 effects)
{
	__u32 dir = seg->dir & 1;

	if (effects & EFFECT_OPEN_END) {
		cold->open_seq[dir] = seg->seq;
		cold->open_flags[dir] |= OPEN_END;
	}
	if (effects & EFFECT_OPEN_FIN)
		cold->open_flags[dir] |= OPEN_FIN;
	else if (effects & EFFECT_FIN_KNOWN)
		cold->open_flags[dir] &= ~OPEN_FIN;
}

/* Keeps what a RST that is believed leaves for rule 19a. A function of its own because of the stack. */
__noinline int keep_mark(const struct segment *seg, const struct tracking *tracking)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	struct flow_mark mark;
	struct tcp_facts peer;
	__u32 dir;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	cold = cold_slot(tracking->slot);
	if (!hot || !cold)
		return 0;
	dir = seg->dir & 1;
	peer = tcp_facts(&hot->dir[!dir], &cold->dir[!dir]);
	mark = mark_of_rst(&tracking->ruling.me, &peer, mark_of(cold, dir), !!(tracking->word & FACT_RST));
	cold->mark[dir] = mark.bits;
	cold->span[dir].at_rst = mark.at;
	return 0;
}

/* Stores what any segment may change in cold, but for numbers. */
static __always_inline void commit_cold(struct flow_cold *cold, const struct segment *seg,
					const struct tracking *tracking)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];
	__u32 effects = tracking->ruling.effects;

	if (!(effects & EFFECT_REMEMBER))
		add_tcp_flags(cold, seg->flags, seg->dir & 1);
	if (tracking->ruling.anomalies)
		count_anomalies(cold, tracking->ruling.anomalies);
	if (effects & EFFECT_LATE_ACK)
		WRITE_ONCE(mine->late_ack, tracking->ruling.me.late_ack);
	if (effects & EFFECT_RETRANSMIT)
		mine->retransmits += segments_again(seg, cold);
	if (effects & EFFECT_TSVAL) {
		mine->last_tsval = seg->tsval;
		__sync_fetch_and_or(&cold->flags, (__u32)OPTION_TIMESTAMPS << FLOW_OPTIONS_SHIFT(seg->dir & 1));
	}
	if (effects & (EFFECT_OPEN_END | EFFECT_FIN_KNOWN))
		keep_open_end(cold, seg, effects);
	if (effects & EFFECT_MARK_RST)
		keep_mark(seg, tracking);
	if (effects & EFFECT_MARK_SYNACK)
		cold->mark[seg->dir & 1] |= MARK_SYNACK;
	if (effects & EFFECT_REFUSED)
		count_refused(seg->port[seg->dir & 1]);
	if (!(effects & EFFECT_STAY_CLOSED))
		cold->last_exact_ns = tracking->now;
}

/* History and ladder. */
static __always_inline void commit_story(struct flow_cold *cold, const struct segment *seg,
					 const struct tracking *tracking)
{
	__u32 letter = segment_letter(seg) | (is_client(&tracking->ruling) ? 0 : HISTORY_SERVER);
	_Bool step = !!(tracking->ruling.effects & EFFECT_STEP);

	if (tracking->ruling.effects & EFFECT_HISTORY)
		step |= append_history(cold, letter);
	if (step)
		add_step(cold, seg, tracking->now, tracking->ruling.remark,
			 !!((tracking->ruling.me.bits | tracking->peer_word) & (FACT_FIN | FACT_RST)));
}

/*
 * The hole of the sender's direction, whose next_seq was `was` (rule 32). An old hole is forgotten when next_seq comes
 * to the half of the range in which it began, before the same numbers are in use again. While a RST of the sender
 * stands, its numbers are in the place of the hole: see flow_span.
 */
static __always_inline void store_hole(struct sequence_hole *hole, const struct segment *seg,
				       const struct tracking *tracking, __u32 was)
{
	__u32 effects = tracking->ruling.effects, is = tracking->ruling.me.next_seq;

	if (tracking->ruling.me.bits & FACT_RST)
		return;
	if (effects & EFFECT_FILL)
		fill_hole(seg, hole);
	else if ((tracking->word & FACT_RST) || (in_other_half(was, is) && !in_other_half(hole->from, is)))
		*hole = (struct sequence_hole){ 0 };
	if ((effects & EFFECT_HOLE) && seq_after(seg->seq, was))
		*hole = (struct sequence_hole){ was, seg->seq };
}

/*
 * The numbers are kept in cold, too, until the FIN's are: see facts_are_young().
 *
 * seq_wraps counts how often next_seq passed 2^32 since the ISN, the SYN's own number included.
 */
static __always_inline void store_numbers(struct flow_dir *mine, struct flow_cold_dir *cold,
					  const struct tracking *tracking)
{
	const struct tcp_facts *me = &tracking->ruling.me;
	__u32 was = next_seq_of(tracking->word, mine, cold);

	if (tracking->ruling.effects & EFFECT_ISN) {
		cold->isn = me->isn;
		cold->seq_wraps = me->next_seq < me->isn;
	} else if (me->next_seq < was && seq_after(me->next_seq, was)) {
		cold->seq_wraps++;
	}
	mine->next_seq = me->next_seq;
	mine->max_ack = me->max_ack;
	if (!(me->bits & FACT_FIN)) {
		cold->kept_next_seq = me->next_seq;
		cold->kept_max_ack = me->max_ack;
	} else {
		cold->fin_seq = me->fin_seq;
		cold->fin_ack = me->fin_ack;
	}
}

/*
 * Notes what rules 31 and 32 need to know of this segment when later ones come. To be called before commit(), which
 * replaces next_seq, and by its caller, because commit() has no stack left. A function of its own, so that the verifier
 * follows it once.
 */
__noinline int note_for_later(const struct segment *seg, const struct tracking *tracking)
{
	const struct flow_hot *hot;
	struct flow_cold *cold;
	__u32 dir;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	cold = cold_slot(tracking->slot);
	if (!hot || !cold)
		return 0;
	dir = seg->dir & 1;
	note_syn(cold, seg, tracking);
	store_hole(&cold->span[dir].hole, seg, tracking, next_seq_of(tracking->word, &hot->dir[dir], &cold->dir[dir]));
	return 0;
}

/*
 * Withdraws the facts of the receiver that the segment refutes (rule 19a). Returns 0, with nothing changed, if another
 * CPU is changing the receiver's direction or has changed it.
 */
__noinline int withdraw(const struct segment *seg, const struct tracking *tracking)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	struct flow_dir *peer;
	__u32 word, refuted;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	cold = cold_slot(tracking->slot);
	if (!hot || !cold)
		return 0;
	peer = &hot->dir[!seg->dir];
	word = tracking->peer_word;
	refuted = HINDSIGHT_RECEIVER(tracking->known.memory.hindsight);
	if (__sync_val_compare_and_swap(&peer->facts, word, word | FACT_WRITING) != word)
		return 0;
	if (refuted & FACT_FIN) { /* the direction may be young again: see facts_are_young() */
		cold->dir[!seg->dir].kept_next_seq = peer->next_seq;
		cold->dir[!seg->dir].kept_max_ack = peer->max_ack;
	}
	if (refuted & FACT_RST)
		cold->span[!seg->dir].hole = (struct sequence_hole){ 0 };
	__sync_lock_test_and_set(&peer->facts, word & ~refuted);
	return 1;
}

/* Notes of the slot what new flows need to know, if the segment has changed that: see stamp.h. */
static __always_inline void note_stamp(const struct tracking *tracking)
{
	__u32 was = more_than_a_syn(tracking->word, tracking->peer_word);
	__u32 is = more_than_a_syn(tracking->ruling.me.bits, tracking->peer_word);

	if (!is)
		set_stamp(tracking->slot, half_open_stamp(tracking->now >> LAST_SEEN_SHIFT));
	else if (!was)
		set_stamp(tracking->slot, STAMP_OTHER);
}

/* Counts the segment, writes what was learnt, and releases the direction. */
__noinline int commit(const struct segment *seg, struct tracking *tracking)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	struct flow_dir *mine;
	__u32 dir;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	cold = cold_slot(tracking->slot);
	if (!hot || !cold)
		return 0;
	dir = seg->dir & 1;
	mine = &hot->dir[dir];
	commit_handshake(cold, seg, tracking);
	commit_cold(cold, seg, tracking);
	account(mine, cold, seg, tracking->now >> LAST_SEEN_SHIFT);
	commit_story(cold, seg, tracking);
	if ((tracking->ruling.effects & EFFECT_NUMBERS) || facts_are_young(tracking->word))
		store_numbers(mine, &cold->dir[dir], tracking);
	note_stamp(tracking);
	__sync_lock_test_and_set(&mine->facts, tracking->ruling.me.bits);
	return 0;
}

#endif
