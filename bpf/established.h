/* SPDX-License-Identifier: GPL-2.0-only */
/* What a segment without SYN and RST teaches (docs/specification.md, rules 3, 11 to 14, 21). */
#ifndef SYNSCOPE_BPF_ESTABLISHED_H
#define SYNSCOPE_BPF_ESTABLISHED_H

#include "handshake.h"

#define SEQ_SLACK 65536U /* beyond the window, rule 21a */

/* Is the observer known to have missed what one side said? Then an ACK stands in for what was not seen. */
static __always_inline _Bool half_blind(const struct change *change)
{
	return ((change->me.bits | change->peer.bits) & FACT_INFERRED) || handshake_proven(&change->me, &change->peer);
}

/* Rule 21a's W + 64 KiB: the receiver's largest window, scaled if both SYNs offered it, by 14 if a SYN was not seen. */
static __always_inline __u32 window_slack(const struct change *change, __u32 peer_word)
{
	__u32 window = facts_window(peer_word), shift = facts_wscale(peer_word);

	if (!(change->me.bits & change->peer.bits & FACT_SYN))
		shift = 14;
	else if (shift == FACTS_WSCALE_NONE || facts_wscale(change->word) == FACTS_WSCALE_NONE)
		shift = 0;
	if (window > 65535)
		window = 65535;
	return (window << shift) + SEQ_SLACK;
}

/* A capture gap heals: the peer acknowledged something at or just below this segment, and its own ACK fits. */
static __always_inline _Bool closes_gap(const struct segment *seg, const struct change *change, __u32 end, __u32 slack)
{
	__u32 late = change->peer.late_ack;

	if (!(change->peer.bits & FACT_LATE_ACK) || seq_after(late, end) || seq_distance(seg->seq, late) > (__s32)slack)
		return 0;
	return !seq_after(seg->ack, change->peer.next_seq) &&
	       seq_distance(change->peer.next_seq, seg->ack) <= (__s32)slack;
}

/* Are the segment's own numbers anywhere near what the flow is at? Rule 21a. */
static __always_inline _Bool plausible_seq(const struct segment *seg, const struct change *change, __u32 slack)
{
	__u32 end = seg->seq + seg->payload + !!(seg->flags & SEGMENT_FIN);
	_Bool next_known = !!(change->me.bits & (FACT_SEQ | FACT_INFERRED));
	__u32 low, high;

	if (!next_known && !(change->peer.bits & FACT_ACK))
		return 1;
	low = change->peer.bits & FACT_ACK ? change->peer.max_ack : change->me.next_seq;
	high = next_known ? seq_max(low, change->me.next_seq) : low;
	if (seq_distance(low, end) <= (__s32)slack && seq_distance(seg->seq, high) <= (__s32)slack)
		return 1;
	return closes_gap(seg, change, end, slack);
}

/* An ACK beyond what the peer was seen to send is kept aside, and not believed. */
static __always_inline void keep_late_ack(struct change *change, struct flow_cold *cold, const struct segment *seg)
{
	anomaly(change, ANOMALY_ACK_UNSEEN);
	STORE(cold->dir[seg->dir & 1].late_ack, seg->ack);
	change->me.late_ack = seg->ack;
	change->me.bits |= FACT_LATE_ACK;
	change->learnt = 1;
}

static __always_inline void believe_ack(struct change *change, __u32 ack)
{
	change->me.max_ack = change->me.bits & FACT_ACK ? seq_max(change->me.max_ack, ack) : ack;
	change->me.bits |= FACT_ACK;
	change->learnt = 1;
}

/* The sender has not acknowledged the peer's SYN before: does it now? 0: nothing else of the segment is learnt. */
static __always_inline _Bool complete_handshake(const struct segment *seg, struct change *change,
						struct flow_cold *cold)
{
	if (!(change->peer.bits & FACT_SYN)) { /* its SYN was missed, or is still to come: this ACK proves it */
		STORE(cold->dir[seg->dir & 1].late_ack, seg->ack); /* and acknowledges it, should it turn up */
		change->me.late_ack = seg->ack;
		change->me.bits |= FACT_PROOF | FACT_LATE_ACK;
	} else if (acks_syn(seg->ack, change->peer.isn, change->peer.next_seq) ||
		   (half_blind(change) && seq_after(seg->ack, change->peer.isn))) {
		change->me.bits |= FACT_ACKED_SYN;
	} else {
		if (seq_after(seg->ack, change->peer.next_seq))
			keep_late_ack(change, cold, seg);
		else
			anomaly(change, ANOMALY_BAD_ACK);
		return 0;
	}
	if (is_client(change))
		note_acked(change, cold, seg);
	change->step = 1;
	believe_ack(change, seg->ack);
	return 1;
}

/* The server of a flow first seen at its SYN/ACK goes on, and its client was never seen: rule 11. */
static __always_inline void prove_one_way(struct change *change)
{
	if (!(change->peer.bits & (FACT_SYN | FACT_SEQ)) && !acked_syn(&change->peer, &change->me))
		change->me.bits |= FACT_PROOF;
}

/* What the numbers say by now becomes a fact, which no later number takes back. */
static __always_inline void latch(struct change *change)
{
	if (acked_syn(&change->me, &change->peer) && !handshake_proven(&change->me, &change->peer))
		change->me.bits |= FACT_ACKED_SYN;
	if (acked_fin(&change->me, &change->peer))
		change->me.bits |= FACT_ACKED_FIN;
}

static __always_inline void learn_ack(const struct segment *seg, struct change *change, struct flow_cold *cold)
{
	_Bool had_acked_fin = acked_fin(&change->me, &change->peer);

	latch(change); /* before the number that says so is replaced by a later one */
	if (half_blind(change) || !seq_after(seg->ack, change->peer.next_seq))
		believe_ack(change, seg->ack);
	else
		keep_late_ack(change, cold, seg);
	prove_one_way(change);
	latch(change);
	change->step |= !had_acked_fin && (change->me.bits & FACT_ACKED_FIN);
}

/* A FIN below what the receiver has acknowledged is old or forged (rule 14a); otherwise the first one's number stands. */
static __always_inline _Bool learn_fin(const struct segment *seg, struct change *change, struct flow_cold *cold)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];
	__u32 fin_seq = seg->seq + seg->payload;

	change->step = 1;
	if (change->me.bits & FACT_FIN)
		return 1;
	if ((change->peer.bits & FACT_ACK) && seq_after(change->peer.max_ack, fin_seq + 1)) {
		anomaly(change, ANOMALY_BAD_SEQ);
		return 0;
	}
	mine->fin_seq = fin_seq;
	mine->fin_ack = seg->ack;
	change->me.fin_seq = fin_seq;
	change->me.fin_ack = seg->ack;
	change->me.bits |= FACT_FIN;
	return 1;
}

/* Only sequence space already sent, and no keepalive (seq = next_seq - 1, 0 or 1 byte). */
static __always_inline _Bool is_retransmit(const struct segment *seg, const struct change *change, __u32 end)
{
	if (end == seg->seq || !(change->me.bits & FACT_SEQ) || seq_after(end, change->me.next_seq))
		return 0;
	return (seg->flags & SEGMENT_FIN) || seg->payload > 1 || seg->seq != change->me.next_seq - 1;
}

static __always_inline void learn_seq(const struct segment *seg, struct change *change, struct flow_cold *cold)
{
	__u32 end = seg->seq + seg->payload + !!(seg->flags & SEGMENT_FIN);

	if (is_retransmit(seg, change, end)) {
		cold->dir[seg->dir & 1].retransmits++;
		change->remark = REMARK_RETRANSMIT;
	}
	if (!(change->me.bits & (FACT_SEQ | FACT_INFERRED))) { /* never heard, or forgotten after a stale store */
		if (!(change->me.bits & FACT_SYN)) { /* its SYN was missed: payload counts from here */
			cold->dir[seg->dir & 1].isn = seg->seq;
			change->me.isn = seg->seq;
		}
		change->me.next_seq = end;
		change->adopted = 1;
	} else {
		/* not heard yet, or forgotten after a stale store: what the peer acknowledged is all that is known */
		if (!(change->me.bits & FACT_SEQ) && (change->peer.bits & FACT_ACK))
			change->me.next_seq = change->peer.max_ack;
		change->me.next_seq = seq_max(change->me.next_seq, end);
	}
	change->me.bits |= FACT_SEQ;
	change->learnt = 1;
}

/* RFC 6191: the newest TSval, kept once either side sent a FIN, tells a new SYN in TIME_WAIT from an old one. */
static __always_inline void keep_tsval(const struct segment *seg, const struct change *change, struct flow_cold *cold)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];
	__u32 known = (__u32)OPTION_TIMESTAMPS << FLOW_OPTIONS_SHIFT(seg->dir & 1);

	if (!(seg->options & OPTION_TIMESTAMPS) || !((change->me.bits | change->peer.bits) & FACT_FIN))
		return;
	if (!(cold->flags & known) || seq_after(seg->tsval, mine->last_tsval))
		mine->last_tsval = seg->tsval;
	__sync_fetch_and_or(&cold->flags, known);
}

/* A segment without SYN and RST; it carries ACK. */
__noinline int learn_segment(const struct segment *seg, struct change *change, __u32 peer_word)
{
	struct flow_cold *cold;
	__u32 slack;

	if (!seg || !change)
		return VERDICT_DONE;
	cold = cold_slot(change->slot);
	if (!cold || !sent_syn(&change->me, &change->peer))
		return VERDICT_DONE; /* rule 2: an ACK that answers a SYN, from an old incarnation */
	slack = window_slack(change, peer_word);
	if (!plausible_seq(seg, change, slack)) {
		anomaly(change, ANOMALY_BAD_SEQ);
		return VERDICT_DONE;
	}
	if (!acked_syn(&change->me, &change->peer)) {
		if (!complete_handshake(seg, change, cold))
			return VERDICT_DONE;
	} else {
		learn_ack(seg, change, cold);
	}
	if ((seg->flags & SEGMENT_FIN) && !learn_fin(seg, change, cold))
		return VERDICT_DONE;
	learn_seq(seg, change, cold);
	keep_tsval(seg, change, cold);
	return VERDICT_DONE;
}

#endif
