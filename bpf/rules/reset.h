/* SPDX-License-Identifier: GPL-2.0-only */
/* RST validation (docs/specification.md, rules 17 to 19), and what segments of a closed flow mean (rules 15, 16). */
#ifndef SYNSCOPE_BPF_RESET_H
#define SYNSCOPE_BPF_RESET_H

#include "bpf/rules/established.h"
#include "bpf/record/count.h"

/* Is the number exactly what the receiver expects, as far as an observer can know (RFC 5961 3.2)? */
static __always_inline _Bool expected_seq(const struct segment *seg, const struct tracking *tracking)
{
	if ((tracking->peer.bits & FACT_ACK) && seg->seq == tracking->peer.max_ack)
		return 1;
	return (tracking->me.bits & (FACT_SEQ | FACT_INFERRED)) && seg->seq == tracking->me.next_seq;
}

/* Would the receiver believe this RST? */
static __always_inline _Bool believable_rst(const struct segment *seg, const struct tracking *tracking)
{
	if ((tracking->me.bits & FACT_SYN) && !sent_syn(&tracking->peer, &tracking->me)) /* its own SYN is unanswered */
		return seg->seq == tracking->me.isn || seg->seq == tracking->me.isn + 1 || expected_seq(seg, tracking);
	if (tcp_state(&tracking->peer, &tracking->me, 0) == STATE_SYN_SENT) {
		if ((seg->flags & SEGMENT_ACK) && (tracking->peer.bits & FACT_SYN) &&
		    acks_syn(seg->ack, tracking->peer.isn, tracking->peer.next_seq))
			return 1;
		return sent_syn(&tracking->me, &tracking->peer) && expected_seq(seg, tracking);
	}
	return expected_seq(seg, tracking);
}

/* A RST. */
__noinline int learn_rst(const struct segment *seg, struct tracking *tracking)
{
	if (!seg || !tracking)
		return VERDICT_DONE;
	tracking->effects.log_step = 1;
	if (!believable_rst(seg, tracking)) {
		anomaly(tracking, ANOMALY_BAD_RST);
		return VERDICT_DONE;
	}
	if (!(tracking->me.bits & (FACT_RST | FACT_CLIENT)) && !sent_syn(&tracking->me, &tracking->peer))
		count_refused(seg->port[seg->dir & 1]);
	tracking->me.bits |= FACT_RST;
	tracking->effects.facts_changed = 1;
	return VERDICT_DONE;
}

/* May this SYN open a new incarnation although TIME_WAIT is not over (RFC 6191, RFC 9293 3.10.7.4)? */
static __always_inline _Bool newer_syn(const struct segment *seg, const struct tracking *tracking,
				       const struct flow_cold *cold)
{
	__u32 known = (__u32)OPTION_TIMESTAMPS << FLOW_OPTIONS_SHIFT(seg->dir & 1);

	if (!(tracking->me.bits & FACT_SEQ) || !seq_after(tracking->me.next_seq, seg->seq))
		return 1;
	return (seg->options & OPTION_TIMESTAMPS) && (cold->flags & known) &&
	       seq_after(seg->tsval, cold->dir[seg->dir & 1].last_tsval);
}

/* A segment without SYN and RST after the close: only a FIN sent again, and the ACK of it, restart TIME_WAIT. */
static __always_inline void after_close(const struct segment *seg, struct tracking *tracking, struct flow_cold *cold)
{
	__u32 end = seg->seq + seg->payload + !!(seg->flags & SEGMENT_FIN);
	_Bool last_ack = end == seg->seq && seg->ack == tracking->peer.next_seq && seg->seq == tracking->me.next_seq;

	tracking->effects.keep_close_time =
		tracking->timeout == TIMEOUT_CLOSED || tracking->expired || !((seg->flags & SEGMENT_FIN) || last_ack);
	if (is_retransmit(seg, tracking, end)) {
		cold->dir[seg->dir & 1].retransmits++;
		tracking->effects.remark = REMARK_RETRANSMIT;
	}
	tracking->effects.log_step = !tracking->effects.keep_close_time;
	keep_tsval(seg, tracking, cold);
}

/* Any segment of a flow that is closed or in TIME_WAIT. */
__noinline int learn_after_close(const struct segment *seg, struct tracking *tracking)
{
	struct flow_cold *cold;

	if (!seg || !tracking)
		return VERDICT_DONE;
	cold = cold_slot(tracking->slot);
	if (!cold)
		return VERDICT_DONE;
	if (seg->flags & SEGMENT_SYN) {
		tracking->effects.keep_close_time = 1;
		if (seg->flags & SEGMENT_ACK) {
			if (answers_remembered(cold, seg))
				return VERDICT_RENEW_REMEMBERED;
			anomaly(tracking, ANOMALY_BAD_ACK);
			return VERDICT_DONE;
		}
		if (tracking->timeout == TIMEOUT_CLOSED || tracking->expired || newer_syn(seg, tracking, cold))
			return VERDICT_RENEW_SYN;
		remember_syn(tracking, cold, seg);
		return VERDICT_DONE;
	}
	if (!(seg->flags & SEGMENT_RST))
		after_close(seg, tracking, cold);
	else if (tracking->timeout == TIMEOUT_TIME_WAIT)
		return learn_rst(seg, tracking);
	else
		tracking->effects.keep_close_time = 1;
	return VERDICT_DONE;
}

#endif
