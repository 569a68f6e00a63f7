/* SPDX-License-Identifier: GPL-2.0-only */
/* What a segment without SYN and RST teaches (docs/specification.md, rules 3, 11 to 14, 21). */
#ifndef SYNSCOPE_BPF_ESTABLISHED_H
#define SYNSCOPE_BPF_ESTABLISHED_H

#include "bpf/rules/handshake.h"

#define SEQ_SLACK 65536U /* beyond the window, rule 21a */

/* Is the observer known to have missed what one side said? Then an ACK stands in for what was not seen. */
static __always_inline _Bool half_blind(const struct tracking *tracking)
{
	return ((tracking->me.bits | tracking->peer.bits) & FACT_INFERRED) ||
	       handshake_proven(&tracking->me, &tracking->peer);
}

/* Rule 21a's W + 64 KiB: the receiver's largest window, scaled if both SYNs offered it, by 14 if a SYN was not seen. */
static __always_inline __u32 window_slack(const struct tracking *tracking, __u32 peer_word)
{
	__u32 window = facts_window(peer_word), shift = facts_wscale(peer_word);

	if (!(tracking->me.bits & tracking->peer.bits & FACT_SYN))
		shift = 14;
	else if (shift == FACTS_WSCALE_NONE || facts_wscale(tracking->word) == FACTS_WSCALE_NONE)
		shift = 0;
	if (window > 65535)
		window = 65535;
	return (window << shift) + SEQ_SLACK;
}

/* A capture gap heals: the peer acknowledged something at or just below this segment, and its own ACK fits. */
static __always_inline _Bool closes_gap(const struct segment *seg, const struct tracking *tracking, __u32 end,
					__u32 slack)
{
	__u32 late = tracking->peer.late_ack;

	if (!(tracking->peer.bits & FACT_LATE_ACK) || seq_after(late, end) ||
	    seq_distance(seg->seq, late) > (__s32)slack)
		return 0;
	return !seq_after(seg->ack, tracking->peer.next_seq) &&
	       seq_distance(tracking->peer.next_seq, seg->ack) <= (__s32)slack;
}

/* Are the segment's own numbers anywhere near what the flow is at? Rule 21a. */
static __always_inline _Bool plausible_seq(const struct segment *seg, const struct tracking *tracking, __u32 slack)
{
	__u32 end = seg->seq + seg->payload + !!(seg->flags & SEGMENT_FIN);
	_Bool next_known = !!(tracking->me.bits & (FACT_SEQ | FACT_INFERRED));
	__u32 low, high;

	if (!next_known && !(tracking->peer.bits & FACT_ACK))
		return 1;
	low = tracking->peer.bits & FACT_ACK ? tracking->peer.max_ack : tracking->me.next_seq;
	high = next_known ? seq_max(low, tracking->me.next_seq) : low;
	if (seq_distance(low, end) <= (__s32)slack && seq_distance(seg->seq, high) <= (__s32)slack)
		return 1;
	return closes_gap(seg, tracking, end, slack);
}

/* An ACK beyond what the peer was seen to send is kept aside, and not believed. */
static __always_inline void keep_late_ack(struct tracking *tracking, struct flow_cold *cold, const struct segment *seg)
{
	anomaly(tracking, ANOMALY_ACK_UNSEEN);
	WRITE_ONCE(cold->dir[seg->dir & 1].late_ack, seg->ack);
	tracking->me.late_ack = seg->ack;
	tracking->me.bits |= FACT_LATE_ACK;
	tracking->effects.facts_changed = 1;
}

static __always_inline void believe_ack(struct tracking *tracking, __u32 ack)
{
	tracking->me.max_ack = tracking->me.bits & FACT_ACK ? seq_max(tracking->me.max_ack, ack) : ack;
	tracking->me.bits |= FACT_ACK;
	tracking->effects.facts_changed = 1;
}

/* The sender has not acknowledged the peer's SYN before: does it now? 0: nothing else of the segment is learnt. */
static __always_inline _Bool complete_handshake(const struct segment *seg, struct tracking *tracking,
						struct flow_cold *cold)
{
	if (!(tracking->peer.bits & FACT_SYN)) { /* its SYN was missed, or is still to come: this ACK proves it */
		WRITE_ONCE(cold->dir[seg->dir & 1].late_ack, seg->ack); /* and acknowledges it, should it turn up */
		tracking->me.late_ack = seg->ack;
		tracking->me.bits |= FACT_PROOF | FACT_LATE_ACK;
	} else if (acks_syn(seg->ack, tracking->peer.isn, tracking->peer.next_seq) ||
		   (half_blind(tracking) && seq_after(seg->ack, tracking->peer.isn))) {
		tracking->me.bits |= FACT_ACKED_SYN;
	} else {
		if (seq_after(seg->ack, tracking->peer.next_seq))
			keep_late_ack(tracking, cold, seg);
		else
			anomaly(tracking, ANOMALY_BAD_ACK);
		return 0;
	}
	if (is_client(tracking))
		note_acked(tracking, cold, seg);
	tracking->effects.log_step = 1;
	believe_ack(tracking, seg->ack);
	return 1;
}

/* The server of a flow first seen at its SYN/ACK goes on, and its client was never seen: rule 11. */
static __always_inline void prove_one_way(struct tracking *tracking)
{
	if (!(tracking->peer.bits & (FACT_SYN | FACT_SEQ)) && !acked_syn(&tracking->peer, &tracking->me))
		tracking->me.bits |= FACT_PROOF;
}

/* What the numbers say by now becomes a fact, which no later number takes back. */
static __always_inline void latch(struct tracking *tracking)
{
	if (acked_syn(&tracking->me, &tracking->peer) && !handshake_proven(&tracking->me, &tracking->peer))
		tracking->me.bits |= FACT_ACKED_SYN;
	if (acked_fin(&tracking->me, &tracking->peer))
		tracking->me.bits |= FACT_ACKED_FIN;
}

static __always_inline void learn_ack(const struct segment *seg, struct tracking *tracking, struct flow_cold *cold)
{
	_Bool had_acked_fin = acked_fin(&tracking->me, &tracking->peer);

	latch(tracking); /* before the number that says so is replaced by a later one */
	if (half_blind(tracking) || !seq_after(seg->ack, tracking->peer.next_seq))
		believe_ack(tracking, seg->ack);
	else
		keep_late_ack(tracking, cold, seg);
	prove_one_way(tracking);
	latch(tracking);
	tracking->effects.log_step |= !had_acked_fin && (tracking->me.bits & FACT_ACKED_FIN);
}

/*
 * A FIN below what the receiver has acknowledged is old or forged (rule 14a); otherwise the first one's number stands.
 */
static __always_inline _Bool learn_fin(const struct segment *seg, struct tracking *tracking)
{
	__u32 fin_seq = seg->seq + seg->payload;

	tracking->effects.log_step = 1;
	if (tracking->me.bits & FACT_FIN)
		return 1;
	if ((tracking->peer.bits & FACT_ACK) && seq_after(tracking->peer.max_ack, fin_seq + 1)) {
		anomaly(tracking, ANOMALY_BAD_SEQ);
		return 0;
	}
	tracking->me.fin_seq = fin_seq;
	tracking->me.fin_ack = seg->ack;
	tracking->me.bits |= FACT_FIN;
	return 1;
}

/* Only sequence space already sent, and no keepalive (seq = next_seq - 1, 0 or 1 byte). */
static __always_inline _Bool is_retransmit(const struct segment *seg, const struct tracking *tracking, __u32 end)
{
	if (end == seg->seq || !(tracking->me.bits & FACT_SEQ) || seq_after(end, tracking->me.next_seq))
		return 0;
	return (seg->flags & SEGMENT_FIN) || seg->payload > 1 || seg->seq != tracking->me.next_seq - 1;
}

static __always_inline void learn_seq(const struct segment *seg, struct tracking *tracking, struct flow_cold *cold)
{
	__u32 end = seg->seq + seg->payload + !!(seg->flags & SEGMENT_FIN);

	if (is_retransmit(seg, tracking, end)) {
		cold->dir[seg->dir & 1].retransmits++;
		tracking->effects.remark = REMARK_RETRANSMIT;
	}
	if (!(tracking->me.bits & (FACT_SEQ | FACT_INFERRED))) { /* never heard */
		if (!(tracking->me.bits & FACT_SYN)) { /* its SYN was missed: payload counts from here */
			cold->dir[seg->dir & 1].isn = seg->seq;
			tracking->me.isn = seg->seq;
		}
		tracking->me.next_seq = end;
		tracking->effects.seq_restarted = 1;
	} else {
		/* not heard yet: what the peer acknowledged is all that is known */
		if (!(tracking->me.bits & FACT_SEQ) && (tracking->peer.bits & FACT_ACK))
			tracking->me.next_seq = tracking->peer.max_ack;
		tracking->me.next_seq = seq_max(tracking->me.next_seq, end);
	}
	tracking->me.bits |= FACT_SEQ;
	tracking->effects.facts_changed = 1;
}

/* RFC 6191: the newest TSval, kept once either side sent a FIN, tells a new SYN in TIME_WAIT from an old one. */
static __always_inline void keep_tsval(const struct segment *seg, const struct tracking *tracking,
				       struct flow_cold *cold)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];
	__u32 known = (__u32)OPTION_TIMESTAMPS << FLOW_OPTIONS_SHIFT(seg->dir & 1);

	if (!(seg->options & OPTION_TIMESTAMPS) || !((tracking->me.bits | tracking->peer.bits) & FACT_FIN))
		return;
	if (!(cold->flags & known) || seq_after(seg->tsval, mine->last_tsval))
		mine->last_tsval = seg->tsval;
	__sync_fetch_and_or(&cold->flags, known);
}

/* A segment without SYN and RST; it carries ACK. */
__noinline int learn_segment(const struct segment *seg, struct tracking *tracking, __u32 peer_word)
{
	struct flow_cold *cold;
	__u32 slack;

	if (!seg || !tracking)
		return VERDICT_DONE;
	cold = cold_slot(tracking->slot);
	if (!cold || !sent_syn(&tracking->me, &tracking->peer))
		return VERDICT_DONE; /* rule 2: an ACK that answers a SYN, from an old incarnation */
	slack = window_slack(tracking, peer_word);
	if (!plausible_seq(seg, tracking, slack)) {
		anomaly(tracking, ANOMALY_BAD_SEQ);
		return VERDICT_DONE;
	}
	if (!acked_syn(&tracking->me, &tracking->peer)) {
		if (!complete_handshake(seg, tracking, cold))
			return VERDICT_DONE;
	} else {
		learn_ack(seg, tracking, cold);
	}
	if ((seg->flags & SEGMENT_FIN) && !learn_fin(seg, tracking))
		return VERDICT_DONE;
	learn_seq(seg, tracking, cold);
	keep_tsval(seg, tracking, cold);
	return VERDICT_DONE;
}

#endif
