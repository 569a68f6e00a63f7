/* SPDX-License-Identifier: GPL-2.0-only */
/* What a segment without SYN and RST teaches (docs/specification.md, rules 3, 11 to 15, 21). */
#ifndef SYNSCOPE_BPF_RULES_ESTABLISHED_H
#define SYNSCOPE_BPF_RULES_ESTABLISHED_H

#include "bpf/rules/handshake.h"

/* Is the observer known to have missed what one side said? Then an ACK stands in for what was not seen (rule 21). */
static __always_inline _Bool half_blind(const struct tcp_facts *me, const struct tcp_facts *peer)
{
	return ((me->bits | peer->bits) & FACT_INFERRED) || handshake_proven(me, peer);
}

/* Rule 21a's W + 64 KiB: the receiver's largest window, scaled if both SYNs offered it, by 14 if a SYN was not seen. */
static __always_inline __u32 window_slack(const struct tcp_facts *me, const struct tcp_facts *peer)
{
	__u32 window = facts_window(peer->bits), shift = facts_wscale(peer->bits);

	if (!(me->bits & peer->bits & FACT_SYN))
		shift = 14;
	else if (shift == FACTS_WSCALE_NONE || facts_wscale(me->bits) == FACTS_WSCALE_NONE)
		shift = 0;
	if (window > 65535)
		window = 65535;
	return (window << shift) + SEQ_SLACK;
}

/* A capture gap heals: the peer acknowledged something at or just below this segment, and its own ACK fits. */
static __always_inline _Bool closes_gap(const struct segment *seg, const struct tcp_facts *peer, __s32 slack)
{
	__u32 late = peer->late_ack;

	if (!(peer->bits & FACT_LATE_ACK) || seq_after(late, segment_end(seg)) || seq_distance(seg->seq, late) > slack)
		return 0;
	return !seq_after(seg->ack, peer->next_seq) && seq_distance(peer->next_seq, seg->ack) <= slack;
}

/* Rule 21a: are the segment's own numbers anywhere near what the flow is at? */
static __always_inline _Bool plausible_seq(const struct segment *seg, const struct tcp_facts *me,
					   const struct tcp_facts *peer)
{
	_Bool next_known = !!(me->bits & (FACT_SEQ | FACT_INFERRED));
	__s32 slack = window_slack(me, peer);
	__u32 low = peer->bits & FACT_ACK ? peer->max_ack : me->next_seq;

	if (!next_known && !(peer->bits & FACT_ACK))
		return 1;
	if (seq_distance(low, segment_end(seg)) <= slack &&
	    (seq_distance(seg->seq, low) <= slack || (next_known && seq_distance(seg->seq, me->next_seq) <= slack)))
		return 1;
	return closes_gap(seg, peer, slack);
}

/* Rule 21: an ACK beyond what the peer was seen to send is kept aside, and not believed. */
static __always_inline void keep_late_ack(const struct segment *seg, struct ruling *ruling)
{
	anomaly(ruling, ANOMALY_ACK_UNSEEN);
	note_late_ack(seg, ruling);
	ruling->effects |= EFFECT_NUMBERS;
}

static __always_inline void believe_ack(const struct segment *seg, struct ruling *ruling)
{
	struct tcp_facts *me = &ruling->me;

	me->max_ack = me->bits & FACT_ACK ? seq_max(me->max_ack, seg->ack) : seg->ack;
	me->bits |= FACT_ACK;
	ruling->effects |= EFFECT_NUMBERS;
}

/*
 * Rule 3: the sender has not acknowledged the peer's SYN before; does it now? 0: nothing else of the segment is learnt.
 */
static __always_inline _Bool complete_handshake(const struct segment *seg, const struct known *known,
						struct ruling *ruling)
{
	const struct tcp_facts *me = &ruling->me, *peer = &known->peer;

	if (is_unbelieved(peer)) { /* rule 2 */
		keep_late_ack(seg, ruling);
		return 0;
	}
	if (!(peer->bits & FACT_SYN)) { /* rule 11: its SYN was missed, or is still to come: this ACK proves it … */
		note_late_ack(seg, ruling); /* … and acknowledges it, should it turn up */
		ruling->me.bits |= FACT_PROOF;
	} else if (acks_syn(seg->ack, peer->isn, peer->next_seq) ||
		   (half_blind(me, peer) && seq_after(seg->ack, peer->isn))) {
		ruling->me.bits |= FACT_ACKED_SYN;
	} else {
		if (seq_after(seg->ack, peer->next_seq))
			keep_late_ack(seg, ruling);
		else
			anomaly(ruling, ANOMALY_BAD_ACK);
		return 0;
	}
	if (completes_handshake(ruling, peer)) {
		ruling->effects |= EFFECT_ACKED;
		ruling->answered = which_answered(seg, &known->memory);
	}
	ruling->effects |= EFFECT_STEP;
	believe_ack(seg, ruling);
	return 1;
}

/* Rule 11: the server of a flow first seen at its SYN/ACK goes on, and its client was never seen. */
static __always_inline void prove_one_way(const struct tcp_facts *peer, struct tcp_facts *me)
{
	if (!(peer->bits & (FACT_SYN | FACT_SEQ)) && !acked_syn(peer, me))
		me->bits |= FACT_PROOF;
}

/* What the numbers say by now becomes a fact, which no later number takes back. */
static __always_inline void latch(const struct tcp_facts *peer, struct tcp_facts *me)
{
	if (acked_syn(me, peer) && !handshake_proven(me, peer))
		me->bits |= FACT_ACKED_SYN;
	if (acked_fin(me, peer))
		me->bits |= FACT_ACKED_FIN;
}

/*
 * Rule 11: the receiver drops a segment that ends below what it has acknowledged, so its ACK acknowledges no FIN,
 * whether that was seen or is to come.
 */
static __always_inline _Bool is_dropped_ack(const struct segment *seg, const struct tcp_facts *peer)
{
	return (peer->bits & FACT_ACK) && seq_after(peer->max_ack, segment_end(seg)) &&
	       (seq_after(seg->ack, peer->next_seq) || ((peer->bits & FACT_FIN) && seq_after(seg->ack, peer->fin_seq)));
}

static __always_inline void learn_ack(const struct segment *seg, const struct tcp_facts *peer, struct ruling *ruling)
{
	struct tcp_facts *me = &ruling->me;
	_Bool had_acked_fin = acked_fin(me, peer);

	latch(peer, me); /* before the number that says so is replaced by a later one */
	if (is_dropped_ack(seg, peer))
		return;
	if (half_blind(me, peer) || !seq_after(seg->ack, peer->next_seq))
		believe_ack(seg, ruling);
	else
		keep_late_ack(seg, ruling);
	prove_one_way(peer, me);
	latch(peer, me);
	if (!had_acked_fin && (me->bits & FACT_ACKED_FIN))
		ruling->effects |= EFFECT_STEP;
}

/*
 * The number after the segment's last one. If its data goes on in other fragments (rule 25) that is not known, unless
 * the peer has acknowledged something already that nobody was seen to send.
 */
static __always_inline __u32 known_end(const struct segment *seg, const struct tcp_facts *me,
				       const struct tcp_facts *peer)
{
	__u32 end = segment_end(seg), told = peer->max_ack;

	if (!seg->open_end || !(peer->bits & (FACT_ACK | FACT_LATE_ACK)))
		return end;
	if ((peer->bits & FACT_LATE_ACK) && (!(peer->bits & FACT_ACK) || seq_after(peer->late_ack, told)))
		told = peer->late_ack;
	return seq_after(told, me->next_seq) && told - seg->seq <= DATAGRAM_MAX ? seq_max(end, told) : end;
}

/*
 * Rule 14a: a FIN below what its receiver has acknowledged is old or forged; else the number of the first one that
 * counts stands. `again`: there was one before this segment.
 */
static __always_inline _Bool learn_fin(const struct segment *seg, const struct known *known, _Bool again,
				       struct ruling *ruling)
{
	const struct tcp_facts *peer = &known->peer;
	struct tcp_facts *me = &ruling->me;
	__u32 fin_seq = known_end(seg, me, peer) - 1;

	ruling->effects |= EFFECT_STEP;
	if (again && (seg->open_end || !(known->memory.open & OPEN_FIN)))
		return 1;
	if ((peer->bits & FACT_ACK) && seq_after(peer->max_ack, fin_seq + 1)) {
		anomaly(ruling, ANOMALY_BAD_SEQ);
		return 0;
	}
	if (!again)
		me->fin_ack = seg->ack;
	me->fin_seq = again ? seq_max(me->fin_seq, fin_seq) : fin_seq;
	me->bits |= FACT_FIN;
	ruling->effects |= seg->open_end && fin_seq == seg->seq ? EFFECT_OPEN_FIN : EFFECT_FIN_TOLD;
	return 1;
}

/*
 * Rule 12: is a byte at next_seq - 1 a keepalive? It is if it was acknowledged before, or the receiver was never heard;
 * else it is sent again.
 */
static __always_inline _Bool is_keepalive(const struct segment *seg, const struct tcp_facts *me,
					  const struct tcp_facts *peer)
{
	return !(seg->flags & SEGMENT_FIN) && seg->payload == 1 && seg->seq == me->next_seq - 1 &&
	       (!(peer->bits & FACT_ACK) || seq_after(peer->max_ack, seg->seq));
}

/* Only sequence space already sent, and no keepalive? */
static __always_inline _Bool is_retransmit(const struct segment *seg, const struct tcp_facts *me,
					   const struct tcp_facts *peer)
{
	__u32 end = segment_end(seg);

	if (end == seg->seq || !(me->bits & FACT_SEQ) || seq_after(end, me->next_seq))
		return 0;
	return !is_keepalive(seg, me, peer);
}

/* Rule 32: it fills a hole, and so is no retransmission. It is late if all of it lies below next_seq. */
static __always_inline void note_filled(const struct segment *seg, struct ruling *ruling)
{
	ruling->effects |= EFFECT_FILL;
	if (seq_after(segment_end(seg), ruling->me.next_seq))
		return;
	ruling->anomalies |= 1U << ANOMALY_REORDERED;
	ruling->remark = REMARK_REORDERED;
}

/* Was it sent before, or does it come late? */
static __always_inline void note_old(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	if (known->memory.fills_hole) {
		note_filled(seg, ruling);
	} else if (is_retransmit(seg, &ruling->me, &known->peer)) {
		ruling->effects |= EFFECT_RETRANSMIT;
		ruling->remark = REMARK_RETRANSMIT;
	}
}

static __always_inline void learn_seq(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	const struct tcp_facts *peer = &known->peer;
	struct tcp_facts *me = &ruling->me;
	__u32 end = known_end(seg, me, peer);

	note_old(seg, known, ruling);
	if ((me->bits & FACT_SEQ) && seq_after(seg->seq, me->next_seq))
		ruling->effects |= EFFECT_HOLE;
	if (!(me->bits & (FACT_SEQ | FACT_INFERRED))) { /* its SYN was missed: payload counts from here */
		me->isn = seg->seq;
		me->next_seq = end;
		ruling->effects |= EFFECT_ISN;
	} else {
		/* not heard yet: what the peer acknowledged is all that is known */
		if (!(me->bits & FACT_SEQ) && (peer->bits & FACT_ACK))
			me->next_seq = peer->max_ack;
		me->next_seq = seq_max(me->next_seq, end);
	}
	me->bits |= FACT_SEQ;
	ruling->effects |= EFFECT_NUMBERS | (seg->open_end ? EFFECT_OPEN_END : 0);
	if ((known->memory.open & OPEN_FIN) && seg->payload) { /* sent again in other pieces: the FIN comes after it */
		me->fin_seq = seq_max(me->fin_seq, seg->seq + seg->payload);
		me->next_seq = seq_max(me->next_seq, me->fin_seq + 1);
	}
}

/* Rule 15: the newest timestamp, kept once either side sent a FIN, tells a new SYN in TIME_WAIT from an old one. */
static __always_inline void keep_tsval(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	if (!(seg->options & OPTION_TIMESTAMPS) || !((ruling->me.bits | known->peer.bits) & FACT_FIN))
		return;
	if (!tsval_known(seg, &known->memory) || seq_after(seg->tsval, known->memory.last_tsval))
		ruling->effects |= EFFECT_TSVAL;
}

/* A segment without SYN and RST; it carries ACK. */
static __always_inline enum verdict rule_ack(const struct segment *seg, const struct known *known,
					     struct ruling *ruling)
{
	const struct tcp_facts *me = &ruling->me, *peer = &known->peer;
	_Bool closed = fin_counts(me, peer);

	if (!sent_syn(me, peer)) { /* rule 2: an ACK that answers a SYN, from an old incarnation */
		if (!acks_syn(seg->ack, peer->isn, peer->next_seq))
			note_late_ack(seg, ruling);
		return VERDICT_DONE;
	}
	if (!plausible_seq(seg, me, peer)) {
		anomaly(ruling, ANOMALY_BAD_SEQ);
		return VERDICT_DONE;
	}
	if (acked_syn(me, peer))
		learn_ack(seg, peer, ruling);
	else if (!complete_handshake(seg, known, ruling))
		return VERDICT_DONE;
	if ((seg->flags & SEGMENT_FIN) && !learn_fin(seg, known, closed, ruling))
		return VERDICT_DONE;
	learn_seq(seg, known, ruling);
	keep_tsval(seg, known, ruling);
	return VERDICT_DONE;
}

#endif
