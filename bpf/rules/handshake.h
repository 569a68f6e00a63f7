/* SPDX-License-Identifier: GPL-2.0-only */
/* What a SYN or a SYN/ACK teaches (docs/specification.md, rules 1 to 10, 13, 15). */
#ifndef SYNSCOPE_BPF_RULES_HANDSHAKE_H
#define SYNSCOPE_BPF_RULES_HANDSHAKE_H

#include "bpf/rules/ruling.h"

/*
 * Which of the SYNs (SYN/ACKs) that the receiver sent does this segment answer? If there were several, the timestamp
 * option tells (RFC 7323: TSecr of the answer is TSval of the question); the first and the last one sent are kept.
 * Otherwise it is not known (Karn and Partridge, 1987).
 */
static __always_inline enum answered which_answered(const struct segment *seg, const struct memory *memory)
{
	_Bool first = seg->tsecr == memory->asked_first_tsval, last = seg->tsecr == memory->asked_last_tsval;

	if (!memory->asked_again)
		return ANSWERED_FIRST;
	if (!(seg->options & OPTION_TIMESTAMPS) || first == last)
		return ANSWERED_AMBIGUOUS;
	return first ? ANSWERED_FIRST : ANSWERED_LAST;
}

/* The sender's SYN (or SYN/ACK) becomes a fact: its number, its time, its options. */
static __always_inline void adopt_syn(const struct segment *seg, struct ruling *ruling)
{
	struct tcp_facts *me = &ruling->me;
	/* numbers that were learnt before stay, but those of a SYN that this one replaces */
	_Bool known = (me->bits & FACT_SYN) ? me->isn == seg->seq : !!(me->bits & (FACT_SEQ | FACT_INFERRED));

	me->next_seq = known ? seq_max(me->next_seq, segment_end(seg)) : segment_end(seg);
	me->isn = seg->seq;
	me->bits &= ~(FACT_INFERRED | FACTS_WSCALE_MASK << FACTS_WSCALE_SHIFT);
	me->bits |= FACT_SYN | FACT_SEQ | (__u32)(seg->wscale & FACTS_WSCALE_MASK) << FACTS_WSCALE_SHIFT;
	ruling->effects |= EFFECT_SYN | EFFECT_ISN | EFFECT_NUMBERS | (seg->open_end ? EFFECT_OPEN_END : 0);
}

/* Rule 1: sent again. While nobody has acknowledged it, the last time and timestamp count for the latency. */
static __always_inline void syn_again(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	if (!acked_syn(&known->peer, &ruling->me))
		ruling->effects |= EFFECT_SYN_LAST;
	ruling->me.next_seq = seq_max(ruling->me.next_seq, segment_end(seg));
	ruling->effects |= EFFECT_SYN_AGAIN | EFFECT_NUMBERS;
	ruling->remark = REMARK_RETRANSMIT;
}

/* Rule 13: a SYN that changes no state (RFC 5961 4.2), but may turn out to be the beginning of a new incarnation. */
static __always_inline void remember_syn(struct ruling *ruling)
{
	anomaly(ruling, ANOMALY_CHALLENGE_SYN);
	ruling->effects |= EFFECT_REMEMBER;
}

static __always_inline _Bool answers_remembered(const struct segment *seg, const struct memory *memory)
{
	__u32 isn = memory->remembered_isn;

	return (memory->remembered_flags & REMEMBERED_VALID) &&
	       !(memory->remembered_flags & REMEMBERED_DIR) != !seg->dir &&
	       acks_syn(seg->ack, isn, isn + 1 + memory->remembered_payload);
}

/* A SYN of a sender whose SYN is known already: the same one again, or another one (rules 1, 10, 13). */
static __always_inline enum verdict another_syn(const struct segment *seg, const struct known *known,
						struct ruling *ruling)
{
	if (seg->seq != ruling->me.isn) {
		if (!acked_syn(&known->peer, &ruling->me))
			return VERDICT_RENEW_SYN;
		remember_syn(ruling);
	} else if (ruling->me.bits & FACT_ACKED_SYN) {
		anomaly(ruling, ANOMALY_CHALLENGE_SYN);
	} else {
		syn_again(seg, known, ruling);
	}
	return VERDICT_DONE;
}

/* Rule 8: the flow was first seen at its SYN/ACK, and here may be the SYN. */
static __always_inline enum verdict syn_after_synack(const struct segment *seg, const struct known *known,
						     struct ruling *ruling)
{
	/* the inferred ISN is the SYN/ACK's ack less one */
	if (acks_syn(ruling->me.isn + 1, seg->seq, segment_end(seg))) {
		adopt_syn(seg, ruling);
		ruling->effects |= EFFECT_HANDSHAKE;
		return VERDICT_DONE;
	}
	if (!acked_syn(&ruling->me, &known->peer))
		return VERDICT_RENEW_SYN;
	remember_syn(ruling);
	return VERDICT_DONE;
}

/* The flow's first segment, or a simultaneous open (rule 7). */
static __always_inline void first_syn(const struct segment *seg, const struct tcp_facts *peer, struct ruling *ruling)
{
	adopt_syn(seg, ruling);
	if (peer->bits & FACT_SYN)
		ruling->effects |= EFFECT_SIMULTANEOUS;
}

/* A SYN without ACK. */
static __always_inline enum verdict rule_syn(const struct segment *seg, const struct known *known,
					     struct ruling *ruling)
{
	const struct tcp_facts *me = &ruling->me, *peer = &known->peer;

	ruling->effects |= EFFECT_STEP;
	if (me->bits & FACT_SYN)
		return another_syn(seg, known, ruling);
	if ((me->bits & FACT_INFERRED) && !(peer->bits & FACT_INFERRED))
		return syn_after_synack(seg, known, ruling);
	if ((me->bits & FACT_INFERRED) || ((me->bits & FACT_SEQ) && handshake_proven(me, peer)))
		remember_syn(ruling);
	else
		first_syn(seg, peer, ruling);
	return VERDICT_DONE;
}

/*
 * The sender acknowledges the other end's SYN: is the handshake done with this? Of the two ends that do so in a
 * simultaneous open (rule 7) the later one completes it; otherwise the client does.
 */
static __always_inline _Bool completes_handshake(const struct ruling *ruling, const struct tcp_facts *peer)
{
	const struct tcp_facts *me = &ruling->me;

	if (me->bits & peer->bits & FACT_SYN)
		return acked_syn(peer, me);
	return is_client(ruling);
}

static __always_inline void believe_synack_ack(const struct segment *seg, const struct known *known,
					       struct ruling *ruling)
{
	ruling->me.bits |= FACT_ACKED_SYN | FACT_ACK;
	ruling->me.max_ack = seg->ack;
	ruling->effects |= EFFECT_NUMBERS;
	ruling->answered = which_answered(seg, &known->memory);
	if (!is_client(ruling) && (known->peer.bits & FACT_SYN))
		ruling->effects |= EFFECT_ANSWERED;
	if (is_simultaneous(known->memory.flags) && completes_handshake(ruling, &known->peer))
		ruling->effects |= EFFECT_ACKED;
}

/* A believed SYN/ACK, the first one or the first with its ISN. */
static __always_inline void adopt_synack(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	if (is_unbelieved(&ruling->me)) /* the late_ack that is kept was that of another segment */
		note_late_ack(seg, ruling);
	adopt_syn(seg, ruling);
	believe_synack_ack(seg, known, ruling);
}

/* The sender's SYN is known and this SYN/ACK carries the same number. */
static __always_inline void same_synack(const struct segment *seg, const struct known *known, struct ruling *ruling)
{
	if (ruling->me.bits & FACT_ACKED_SYN)
		syn_again(seg, known, ruling);
	else if (is_client(ruling)) /* simultaneous open: the SYN of each side went before (rule 7) */
		believe_synack_ack(seg, known, ruling);
	else
		adopt_synack(seg, known, ruling);
}

/* Does it acknowledge the receiver's SYN, seen or inferred, and nothing beyond? Rules 2 and 6. */
static __always_inline _Bool answers_syn(const struct segment *seg, const struct tcp_facts *peer)
{
	return (peer->bits & (FACT_SYN | FACT_INFERRED)) && acks_syn(seg->ack, peer->isn, peer->next_seq);
}

/* A SYN/ACK. */
static __always_inline enum verdict rule_synack(const struct segment *seg, const struct known *known,
						struct ruling *ruling)
{
	const struct tcp_facts *me = &ruling->me, *peer = &known->peer;
	_Bool midstream = !!(me->bits & peer->bits & FACT_INFERRED),
	      same = (me->bits & FACT_SYN) && seg->seq == me->isn;

	ruling->effects |= EFFECT_STEP;
	if (!same && answers_remembered(seg, &known->memory))
		return VERDICT_RENEW_REMEMBERED;
	if (midstream && (me->bits & FACT_SEQ)) {
		anomaly(ruling, ANOMALY_CHALLENGE_SYN);
		return VERDICT_DONE;
	}
	if (!midstream && !answers_syn(seg, peer)) {
		if (!(peer->bits & (FACT_SEQ | FACT_SYN)) && (peer->bits & FACT_INFERRED))
			return VERDICT_RENEW_SYNACK; /* the SYN was only inferred, from another SYN/ACK */
		anomaly(ruling, ANOMALY_BAD_ACK);
		if (!sent_syn(me, peer))
			note_late_ack(seg, ruling);
		return VERDICT_DONE;
	}
	if (same)
		same_synack(seg, known, ruling);
	else if ((me->bits & FACT_SYN) && acked_syn(peer, me))
		anomaly(ruling, ANOMALY_CHALLENGE_SYN);
	else
		adopt_synack(seg, known, ruling); /* rule 1: nobody acknowledged an earlier one */
	return VERDICT_DONE;
}

#endif
