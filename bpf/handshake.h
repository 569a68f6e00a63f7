/* SPDX-License-Identifier: GPL-2.0-only */
/* What a SYN or a SYN/ACK teaches (docs/specification.md, rules 1 to 10, 13, 15). */
#ifndef SYNSCOPE_BPF_HANDSHAKE_H
#define SYNSCOPE_BPF_HANDSHAKE_H

#include "timing.h"

/* What is to happen with the record after a segment was looked at. */
enum verdict {
	VERDICT_DONE, /* the facts in struct change are right: write them */
	/* the segment belongs to a new incarnation, which begins … */
	VERDICT_RENEW_SYN, /* … with this SYN */
	VERDICT_RENEW_SYNACK, /* … with this SYN/ACK, whose SYN was not seen */
	VERDICT_RENEW_MIDSTREAM, /* … somewhere in the middle */
	VERDICT_RENEW_REMEMBERED, /* … with the SYN that was remembered (rule 13), which this SYN/ACK answers */
	VERDICT_IGNORED, /* nothing: there is no flow that it could belong to */
};

static __always_inline _Bool is_client(const struct change *change)
{
	return !!(change->me.bits & FACT_CLIENT);
}

/* Keeps the options of the sender's SYN. */
static __always_inline void keep_options(struct change *change, struct flow_cold *cold, const struct segment *seg)
{
	__u32 shift = FLOW_OPTIONS_SHIFT(seg->dir & 1);

	cold->dir[seg->dir & 1].mss = seg->mss;
	__sync_fetch_and_and(&cold->flags, ~(FLOW_OPTIONS_MASK << shift));
	__sync_fetch_and_or(&cold->flags, (__u32)((seg->options | OPTION_KNOWN) & FLOW_OPTIONS_MASK) << shift);
	change->word &= ~(FACTS_WSCALE_MASK << FACTS_WSCALE_SHIFT);
	change->word |= (__u32)(seg->wscale & FACTS_WSCALE_MASK) << FACTS_WSCALE_SHIFT;
}

/* The sender's SYN (or SYN/ACK) becomes a fact: its number, its time, its options. */
static __always_inline void adopt_syn(struct change *change, struct flow_cold *cold, const struct segment *seg)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];
	__u32 end = seg->seq + 1 + seg->payload;
	/* numbers that were learnt before stay, but those of a SYN that this one replaces */
	_Bool known = (change->me.bits & FACT_SYN) ? change->me.isn == seg->seq
						   : !!(change->me.bits & (FACT_SEQ | FACT_INFERRED));

	change->me.next_seq = known ? seq_max(change->me.next_seq, end) : end;
	change->me.isn = seg->seq;
	change->me.bits = (change->me.bits | FACT_SYN | FACT_SEQ) & ~FACT_INFERRED;
	mine->isn = seg->seq;
	mine->syn_first_ns = change->now;
	mine->syn_last_ns = change->now;
	mine->syn_first_tsval = seg->tsval;
	mine->last_tsval = seg->tsval;
	keep_options(change, cold, seg);
	change->timed = !!(LOAD(cold->flags) & FLOW_ACKED); /* the ACK was processed first */
	change->adopted = 1;
	change->learnt = 1;
}

/* Sent again. While nobody has acknowledged it, the last time and timestamp count for the latency. */
static __always_inline void note_syn_retransmit(struct change *change, struct flow_cold *cold,
						const struct segment *seg)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];

	saturating_add(&mine->syn_retransmits, 1);
	if (!acked_syn(&change->peer, &change->me)) {
		mine->syn_last_ns = change->now;
		mine->last_tsval = seg->tsval;
	}
	change->me.next_seq = seq_max(change->me.next_seq, seg->seq + 1 + seg->payload);
	change->learnt = 1;
	change->remark = REMARK_RETRANSMIT;
}

/* A SYN that changes no state (RFC 5961 4.2), but may turn out to be the beginning of a new incarnation. */
static __always_inline void remember_syn(struct change *change, struct flow_cold *cold, const struct segment *seg)
{
	struct remembered_syn *remembered = &cold->remembered;

	anomaly(change, ANOMALY_CHALLENGE_SYN);
	remembered->flags = 0;
	remembered->ns = change->now;
	remembered->isn = seg->seq;
	remembered->tsval = seg->tsval;
	remembered->payload = seg->payload;
	remembered->mss = seg->mss;
	remembered->headers = seg->ip_bytes - seg->payload;
	remembered->wscale = seg->wscale;
	STORE(remembered->flags,
	      REMEMBERED_VALID | (seg->dir ? REMEMBERED_DIR : 0) | (seg->options & FLOW_OPTIONS_MASK));
}

static __always_inline _Bool answers_remembered(const struct flow_cold *cold, const struct segment *seg)
{
	const struct remembered_syn *remembered = &cold->remembered;

	return (remembered->flags & REMEMBERED_VALID) && !(remembered->flags & REMEMBERED_DIR) != !seg->dir &&
	       acks_syn(seg->ack, remembered->isn, remembered->isn + 1 + remembered->payload);
}

/* The sender's SYN is known already, or was inferred: is this it, and if not, what then? */
static __always_inline enum verdict another_syn(struct change *change, struct flow_cold *cold,
						const struct segment *seg)
{
	if ((change->me.bits & FACT_SYN) && seg->seq == change->me.isn) {
		if (change->me.bits & FACT_ACKED_SYN)
			anomaly(change, ANOMALY_CHALLENGE_SYN);
		else
			note_syn_retransmit(change, cold, seg);
		return VERDICT_DONE;
	}
	if ((change->me.bits & FACT_SYN) && !acked_syn(&change->peer, &change->me))
		return VERDICT_RENEW_SYN; /* rule 10 */
	remember_syn(change, cold, seg);
	return VERDICT_DONE;
}

/* The flow was first seen at its SYN/ACK, and here may be the SYN (rule 8). */
static __always_inline enum verdict syn_after_synack(struct change *change, struct flow_cold *cold,
						     const struct segment *seg)
{
	/* the inferred ISN is the SYN/ACK's ack less one */
	if (acks_syn(change->me.isn + 1, seg->seq, seg->seq + 1 + seg->payload)) {
		adopt_syn(change, cold, seg);
		__sync_fetch_and_and(&cold->flags, ~(__u32)FLOW_ORIGIN_MASK); /* ORIGIN_HANDSHAKE */
		return VERDICT_DONE;
	}
	if (!acked_syn(&change->me, &change->peer))
		return VERDICT_RENEW_SYN;
	remember_syn(change, cold, seg);
	return VERDICT_DONE;
}

/* A SYN without ACK. */
__noinline int learn_syn(const struct segment *seg, struct change *change)
{
	struct flow_cold *cold;

	if (!seg || !change)
		return VERDICT_DONE;
	cold = cold_slot(change->slot);
	if (!cold)
		return VERDICT_DONE;
	change->step = 1;
	if (change->me.bits & FACT_SYN)
		return another_syn(change, cold, seg);
	if ((change->me.bits & FACT_INFERRED) && !(change->peer.bits & FACT_INFERRED))
		return syn_after_synack(change, cold, seg);
	if ((change->me.bits & FACT_INFERRED) ||
	    ((change->me.bits & FACT_SEQ) && handshake_proven(&change->me, &change->peer))) {
		remember_syn(change, cold, seg);
		return VERDICT_DONE;
	}
	adopt_syn(change, cold, seg); /* the flow's first segment, or a simultaneous open */
	return VERDICT_DONE;
}

static __always_inline void believe_synack_ack(struct change *change, struct flow_cold *cold, const struct segment *seg)
{
	change->me.bits |= FACT_ACKED_SYN | FACT_ACK;
	change->me.max_ack = seg->ack;
	change->learnt = 1;
	if (!is_client(change) && (change->peer.bits & FACT_SYN))
		note_syn_answered(change, cold, seg);
	if (is_client(change) && !(cold->flags & FLOW_ACKED)) /* simultaneous open: it acknowledges the server's SYN */
		note_acked(change, cold, seg);
}

/* A believed SYN/ACK, the first one or the first with its ISN. */
static __always_inline void adopt_synack(struct change *change, struct flow_cold *cold, const struct segment *seg)
{
	adopt_syn(change, cold, seg);
	believe_synack_ack(change, cold, seg);
}

/* The sender's SYN is known and this SYN/ACK carries the same number. */
static __always_inline void same_synack(struct change *change, struct flow_cold *cold, const struct segment *seg)
{
	if (change->me.bits & FACT_ACKED_SYN)
		note_syn_retransmit(change, cold, seg);
	else if (is_client(change)) /* simultaneous open: the SYN of each side went before */
		believe_synack_ack(change, cold, seg);
	else
		adopt_synack(change, cold, seg);
}

/* A SYN/ACK whose number differs from that of the sender's known SYN. */
static __always_inline void other_synack(struct change *change, struct flow_cold *cold, const struct segment *seg)
{
	if (acked_syn(&change->peer, &change->me)) {
		anomaly(change, ANOMALY_CHALLENGE_SYN);
		return;
	}
	adopt_synack(change, cold, seg); /* rule 1: nobody acknowledged the earlier one */
}

/* Whose SYN does a SYN/ACK answer, and does it? */
static __always_inline enum verdict believe_synack(struct change *change, struct flow_cold *cold,
						   const struct segment *seg)
{
	_Bool midstream = (change->me.bits & FACT_INFERRED) && (change->peer.bits & FACT_INFERRED);

	if (midstream && (change->me.bits & FACT_SEQ)) {
		anomaly(change, ANOMALY_CHALLENGE_SYN);
		return VERDICT_DONE;
	}
	if (!midstream && !((change->peer.bits & (FACT_SYN | FACT_INFERRED)) &&
			    acks_syn(seg->ack, change->peer.isn, change->peer.next_seq))) {
		if (change->peer.bits & (FACT_SEQ | FACT_SYN) || !(change->peer.bits & FACT_INFERRED)) {
			anomaly(change, ANOMALY_BAD_ACK);
			return VERDICT_DONE;
		}
		return VERDICT_RENEW_SYNACK; /* nothing but another SYN/ACK spoke for the first one */
	}
	if (!(change->me.bits & FACT_SYN))
		adopt_synack(change, cold, seg);
	else if (seg->seq == change->me.isn)
		same_synack(change, cold, seg);
	else
		other_synack(change, cold, seg);
	return VERDICT_DONE;
}

/* A SYN/ACK. */
__noinline int learn_synack(const struct segment *seg, struct change *change)
{
	struct flow_cold *cold;

	if (!seg || !change)
		return VERDICT_DONE;
	cold = cold_slot(change->slot);
	if (!cold)
		return VERDICT_DONE;
	change->step = 1;
	if (!((change->me.bits & FACT_SYN) && seg->seq == change->me.isn) && answers_remembered(cold, seg))
		return VERDICT_RENEW_REMEMBERED;
	return believe_synack(change, cold, seg);
}

#endif
