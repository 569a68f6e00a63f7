/* SPDX-License-Identifier: GPL-2.0-only */
/* RST validation (docs/specification.md, rules 17 to 19), and what segments of a closed flow mean (rules 15, 16). */
#ifndef SYNSCOPE_BPF_RESET_H
#define SYNSCOPE_BPF_RESET_H

#include "established.h"
#include "count.h"

/* Is the number exactly what the receiver expects, as far as an observer can know (RFC 5961 3.2)? */
static __always_inline _Bool expected_seq(const struct segment *seg, const struct change *change)
{
	if ((change->peer.bits & FACT_ACK) && seg->seq == change->peer.max_ack)
		return 1;
	return (change->me.bits & (FACT_SEQ | FACT_INFERRED)) && seg->seq == change->me.next_seq;
}

/* Would the receiver believe this RST? */
static __always_inline _Bool believable_rst(const struct segment *seg, const struct change *change)
{
	if ((change->me.bits & FACT_SYN) && !sent_syn(&change->peer, &change->me)) /* its own SYN is unanswered */
		return seg->seq == change->me.isn || seg->seq == change->me.isn + 1 || expected_seq(seg, change);
	if (tcp_state(&change->peer, &change->me, 0) == STATE_SYN_SENT) {
		if ((seg->flags & SEGMENT_ACK) && (change->peer.bits & FACT_SYN) &&
		    acks_syn(seg->ack, change->peer.isn, change->peer.next_seq))
			return 1;
		return sent_syn(&change->me, &change->peer) && expected_seq(seg, change);
	}
	return expected_seq(seg, change);
}

/* A RST. */
__noinline int learn_rst(const struct segment *seg, struct change *change)
{
	if (!seg || !change)
		return VERDICT_DONE;
	change->step = 1;
	if (!believable_rst(seg, change)) {
		anomaly(change, ANOMALY_BAD_RST);
		return VERDICT_DONE;
	}
	if (!(change->me.bits & (FACT_RST | FACT_CLIENT)) && !sent_syn(&change->me, &change->peer))
		count_refused(seg->port[seg->dir & 1]);
	change->me.bits |= FACT_RST;
	change->learnt = 1;
	return VERDICT_DONE;
}

/* May this SYN open a new incarnation although TIME_WAIT is not over (RFC 6191, RFC 9293 3.10.7.4)? */
static __always_inline _Bool newer_syn(const struct segment *seg, const struct change *change,
				       const struct flow_cold *cold)
{
	__u32 known = (__u32)OPTION_TIMESTAMPS << FLOW_OPTIONS_SHIFT(seg->dir & 1);

	if (!(change->me.bits & FACT_SEQ) || !seq_after(change->me.next_seq, seg->seq))
		return 1;
	return (seg->options & OPTION_TIMESTAMPS) && (cold->flags & known) &&
	       seq_after(seg->tsval, cold->dir[seg->dir & 1].last_tsval);
}

/* A segment without SYN and RST after the close: only a FIN sent again, and the ACK of it, restart TIME_WAIT. */
static __always_inline void after_close(const struct segment *seg, struct change *change, struct flow_cold *cold)
{
	__u32 end = seg->seq + seg->payload + !!(seg->flags & SEGMENT_FIN);
	_Bool last_ack = end == seg->seq && seg->ack == change->peer.next_seq && seg->seq == change->me.next_seq;

	change->quiet =
		change->timeout == TIMEOUT_CLOSED || change->expired || !((seg->flags & SEGMENT_FIN) || last_ack);
	if (is_retransmit(seg, change, end)) {
		cold->dir[seg->dir & 1].retransmits++;
		change->remark = REMARK_RETRANSMIT;
	}
	change->step = !change->quiet;
	keep_tsval(seg, change, cold);
}

/* Any segment of a flow that is closed or in TIME_WAIT. */
__noinline int learn_after_close(const struct segment *seg, struct change *change)
{
	struct flow_cold *cold;

	if (!seg || !change)
		return VERDICT_DONE;
	cold = cold_slot(change->slot);
	if (!cold)
		return VERDICT_DONE;
	if (seg->flags & SEGMENT_SYN) {
		change->quiet = 1;
		if (seg->flags & SEGMENT_ACK) {
			if (answers_remembered(cold, seg))
				return VERDICT_RENEW_REMEMBERED;
			anomaly(change, ANOMALY_BAD_ACK);
			return VERDICT_DONE;
		}
		if (change->timeout == TIMEOUT_CLOSED || change->expired || newer_syn(seg, change, cold))
			return VERDICT_RENEW_SYN;
		remember_syn(change, cold, seg);
		return VERDICT_DONE;
	}
	if (!(seg->flags & SEGMENT_RST))
		after_close(seg, change, cold);
	else if (change->timeout == TIMEOUT_TIME_WAIT)
		return learn_rst(seg, change);
	else
		change->quiet = 1;
	return VERDICT_DONE;
}

#endif
