/* SPDX-License-Identifier: GPL-2.0-only */
/* Which RST is believed (docs/specification.md, rules 4, 17 to 19a; RFC 5961 and Linux practice). */
#ifndef SYNSCOPE_BPF_RULES_RESET_H
#define SYNSCOPE_BPF_RULES_RESET_H

#include "bpf/rules/ruling.h"

/*
 * Rule 18: does the RST have the number of its sender's FIN, and is its receiver in CLOSE_WAIT, LAST_ACK or CLOSING?
 * macOS sends such a RST, and Linux believes it (tcp_reset_check()).
 */
static __always_inline _Bool is_seq_of_fin(const struct segment *seg, const struct tcp_facts *me,
					   const struct tcp_facts *peer)
{
	return (me->bits & FACT_FIN) && seg->seq == me->fin_seq && acked_syn(me, peer) && acked_syn(peer, me) &&
	       acked_fin(peer, me) && !((peer->bits & FACT_FIN) && acked_fin(me, peer));
}

/*
 * Rule 18: has the receiver acknowledged up to this number, which the observer has not seen? (Rule 19a undoes what was
 * forged.)
 */
static __always_inline _Bool is_number_of_unseen_ack(const struct segment *seg, const struct tcp_facts *me,
						     const struct tcp_facts *peer)
{
	return (peer->bits & FACT_LATE_ACK) && seg->seq == peer->late_ack && acked_syn(me, peer) && acked_syn(peer, me);
}

/* Rule 18: is the number exactly what the receiver expects, as far as an observer can know? */
static __always_inline _Bool expected_seq(const struct segment *seg, const struct tcp_facts *me,
					  const struct tcp_facts *peer)
{
	if ((peer->bits & FACT_ACK) && seg->seq == peer->max_ack)
		return 1;
	if ((me->bits & (FACT_SEQ | FACT_INFERRED)) && seg->seq == me->next_seq)
		return 1;
	return is_number_of_unseen_ack(seg, me, peer) || is_seq_of_fin(seg, me, peer);
}

/* Would the receiver believe this RST? */
static __always_inline _Bool believable_rst(const struct segment *seg, const struct tcp_facts *me,
					    const struct tcp_facts *peer)
{
	if (is_unbelieved(peer) && seg->seq == peer->late_ack) /* rule 2: it answers the segment that had this number */
		return 0;
	if ((me->bits & FACT_SYN) && !sent_syn(peer, me)) /* rule 18: its own SYN is unanswered */
		return seg->seq == me->isn || seg->seq == me->isn + 1 || expected_seq(seg, me, peer);
	if (in_syn_sent(peer, me)) { /* rule 17 */
		if ((seg->flags & SEGMENT_ACK) && (peer->bits & FACT_SYN) &&
		    acks_syn(seg->ack, peer->isn, peer->next_seq))
			return 1;
		return sent_syn(me, peer) && expected_seq(seg, me, peer);
	}
	return expected_seq(seg, me, peer);
}

/* What a direction remembers of RSTs. All 0: nothing. */
struct flow_mark {
	__u32 bits; /* MARK_* */
	struct rst_numbers at; /* as of its last RST that was believed, with FACT_RST */
};

static __always_inline struct flow_mark mark_of(const struct flow_cold *cold, __u32 dir)
{
	return (struct flow_mark){ cold->mark[dir], cold->span[dir].at_rst };
}

/* What has been acknowledged, as facts that no later number changes. */
static __always_inline __u32 facts_by_now(const struct tcp_facts *x, const struct tcp_facts *peer)
{
	return (x->bits & MARK_FACTS & ~FACT_FIN) | (fin_counts(x, peer) ? FACT_FIN : 0) |
	       (acked_syn(x, peer) ? FACT_ACKED_SYN : 0) | (acked_fin(x, peer) ? FACT_ACKED_FIN : 0);
}

/*
 * Rule 19a: what both ends had sent by the time of a RST. Another RST sets it anew, because what passed before it must
 * not refute it. The facts stay those at the first RST, because they decide the outcome. `again`: an earlier RST of the
 * sender stands.
 */
static __always_inline struct flow_mark mark_of_rst(const struct tcp_facts *me, const struct tcp_facts *peer,
						    struct flow_mark mark, _Bool again)
{
	if (!again) {
		mark.bits &= ~(MARK_FACTS | MARK_FACTS << MARK_PEER_FACTS_SHIFT);
		mark.bits |= MARK_RST | facts_by_now(me, peer) | facts_by_now(peer, me) << MARK_PEER_FACTS_SHIFT;
	}
	mark.at.next_seq = me->next_seq;
	mark.at.peer_next_seq = !(peer->bits & FACT_SEQ) && (me->bits & FACT_ACK) ? me->max_ack : peer->next_seq;
	return mark;
}

/* A RST. */
static __always_inline enum verdict rule_rst(const struct segment *seg, const struct known *known,
					     struct ruling *ruling)
{
	const struct tcp_facts *me = &ruling->me, *peer = &known->peer;

	ruling->effects |= EFFECT_STEP;
	if (!believable_rst(seg, me, peer)) {
		anomaly(ruling, ANOMALY_BAD_RST);
		return VERDICT_DONE;
	}
	if (!((me->bits | peer->bits) & FACT_RST) && !(me->bits & FACT_CLIENT) && !sent_syn(me, peer))
		ruling->effects |= EFFECT_REFUSED; /* rule 4 */
	ruling->me.bits |= FACT_RST;
	ruling->effects |= EFFECT_NUMBERS | EFFECT_MARK_RST;
	return VERDICT_DONE;
}

#endif
