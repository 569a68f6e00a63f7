/* SPDX-License-Identifier: GPL-2.0-only */
/* What a SYN or a SYN/ACK teaches (docs/specification.md, rules 1 to 10, 13, 15). */
#ifndef SYNSCOPE_BPF_HANDSHAKE_H
#define SYNSCOPE_BPF_HANDSHAKE_H

#include "bpf/record/timing.h"

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

static __always_inline _Bool is_client(const struct tracking *tracking)
{
	return !!(tracking->me.bits & FACT_CLIENT);
}

/* Keeps the options of the sender's SYN. */
static __always_inline void keep_options(struct tracking *tracking, struct flow_cold *cold, const struct segment *seg)
{
	__u32 shift = FLOW_OPTIONS_SHIFT(seg->dir & 1);

	cold->dir[seg->dir & 1].mss = seg->mss;
	__sync_fetch_and_and(&cold->flags, ~(FLOW_OPTIONS_MASK << shift));
	__sync_fetch_and_or(&cold->flags, (__u32)((seg->options | OPTION_KNOWN) & FLOW_OPTIONS_MASK) << shift);
	tracking->word &= ~(FACTS_WSCALE_MASK << FACTS_WSCALE_SHIFT);
	tracking->word |= (__u32)(seg->wscale & FACTS_WSCALE_MASK) << FACTS_WSCALE_SHIFT;
}

/* The sender's SYN (or SYN/ACK) becomes a fact: its number, its time, its options. */
static __always_inline void adopt_syn(struct tracking *tracking, struct flow_cold *cold, const struct segment *seg)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];
	__u32 end = seg->seq + 1 + seg->payload;
	/* numbers that were learnt before stay, but those of a SYN that this one replaces */
	_Bool known = (tracking->me.bits & FACT_SYN) ? tracking->me.isn == seg->seq
						     : !!(tracking->me.bits & (FACT_SEQ | FACT_INFERRED));

	tracking->me.next_seq = known ? seq_max(tracking->me.next_seq, end) : end;
	tracking->me.isn = seg->seq;
	tracking->me.bits = (tracking->me.bits | FACT_SYN | FACT_SEQ) & ~FACT_INFERRED;
	mine->isn = seg->seq;
	mine->syn_first_ns = tracking->now;
	mine->syn_last_ns = tracking->now;
	mine->syn_first_tsval = seg->tsval;
	mine->last_tsval = seg->tsval;
	keep_options(tracking, cold, seg);
	tracking->effects.latency_known = !!(READ_ONCE(cold->flags) & FLOW_ACKED); /* the ACK was processed first */
	tracking->effects.seq_restarted = 1;
	tracking->effects.facts_changed = 1;
}

/* Sent again. While nobody has acknowledged it, the last time and timestamp count for the latency. */
static __always_inline void note_syn_retransmit(struct tracking *tracking, struct flow_cold *cold,
						const struct segment *seg)
{
	struct flow_cold_dir *mine = &cold->dir[seg->dir & 1];

	saturating_add(&mine->syn_retransmits, 1);
	if (!acked_syn(&tracking->peer, &tracking->me)) {
		mine->syn_last_ns = tracking->now;
		mine->last_tsval = seg->tsval;
	}
	tracking->me.next_seq = seq_max(tracking->me.next_seq, seg->seq + 1 + seg->payload);
	tracking->effects.facts_changed = 1;
	tracking->effects.remark = REMARK_RETRANSMIT;
}

/* A SYN that changes no state (RFC 5961 4.2), but may turn out to be the beginning of a new incarnation. */
static __always_inline void remember_syn(struct tracking *tracking, struct flow_cold *cold, const struct segment *seg)
{
	struct remembered_syn *remembered = &cold->remembered;

	anomaly(tracking, ANOMALY_CHALLENGE_SYN);
	remembered->flags = 0;
	remembered->ns = tracking->now;
	remembered->isn = seg->seq;
	remembered->tsval = seg->tsval;
	remembered->payload = seg->payload;
	remembered->mss = seg->mss;
	remembered->headers = seg->ip_bytes - seg->payload;
	remembered->wscale = seg->wscale;
	WRITE_ONCE(remembered->flags,
		   REMEMBERED_VALID | (seg->dir ? REMEMBERED_DIR : 0) | (seg->options & FLOW_OPTIONS_MASK));
}

static __always_inline _Bool answers_remembered(const struct flow_cold *cold, const struct segment *seg)
{
	const struct remembered_syn *remembered = &cold->remembered;

	return (remembered->flags & REMEMBERED_VALID) && !(remembered->flags & REMEMBERED_DIR) != !seg->dir &&
	       acks_syn(seg->ack, remembered->isn, remembered->isn + 1 + remembered->payload);
}

/* The sender's SYN is known already, or was inferred: is this it, and if not, what then? */
static __always_inline enum verdict another_syn(struct tracking *tracking, struct flow_cold *cold,
						const struct segment *seg)
{
	if ((tracking->me.bits & FACT_SYN) && seg->seq == tracking->me.isn) {
		if (tracking->me.bits & FACT_ACKED_SYN)
			anomaly(tracking, ANOMALY_CHALLENGE_SYN);
		else
			note_syn_retransmit(tracking, cold, seg);
		return VERDICT_DONE;
	}
	if ((tracking->me.bits & FACT_SYN) && !acked_syn(&tracking->peer, &tracking->me))
		return VERDICT_RENEW_SYN; /* rule 10 */
	remember_syn(tracking, cold, seg);
	return VERDICT_DONE;
}

/* The flow was first seen at its SYN/ACK, and here may be the SYN (rule 8). */
static __always_inline enum verdict syn_after_synack(struct tracking *tracking, struct flow_cold *cold,
						     const struct segment *seg)
{
	/* the inferred ISN is the SYN/ACK's ack less one */
	if (acks_syn(tracking->me.isn + 1, seg->seq, seg->seq + 1 + seg->payload)) {
		adopt_syn(tracking, cold, seg);
		__sync_fetch_and_and(&cold->flags, ~(__u32)FLOW_ORIGIN_MASK); /* ORIGIN_HANDSHAKE */
		return VERDICT_DONE;
	}
	if (!acked_syn(&tracking->me, &tracking->peer))
		return VERDICT_RENEW_SYN;
	remember_syn(tracking, cold, seg);
	return VERDICT_DONE;
}

/* A SYN without ACK. */
__noinline int learn_syn(const struct segment *seg, struct tracking *tracking)
{
	struct flow_cold *cold;

	if (!seg || !tracking)
		return VERDICT_DONE;
	cold = cold_slot(tracking->slot);
	if (!cold)
		return VERDICT_DONE;
	tracking->effects.log_step = 1;
	if (tracking->me.bits & FACT_SYN)
		return another_syn(tracking, cold, seg);
	if ((tracking->me.bits & FACT_INFERRED) && !(tracking->peer.bits & FACT_INFERRED))
		return syn_after_synack(tracking, cold, seg);
	if ((tracking->me.bits & FACT_INFERRED) ||
	    ((tracking->me.bits & FACT_SEQ) && handshake_proven(&tracking->me, &tracking->peer))) {
		remember_syn(tracking, cold, seg);
		return VERDICT_DONE;
	}
	adopt_syn(tracking, cold, seg); /* the flow's first segment, or a simultaneous open */
	return VERDICT_DONE;
}

static __always_inline void believe_synack_ack(struct tracking *tracking, struct flow_cold *cold,
					       const struct segment *seg)
{
	tracking->me.bits |= FACT_ACKED_SYN | FACT_ACK;
	tracking->me.max_ack = seg->ack;
	tracking->effects.facts_changed = 1;
	if (!is_client(tracking) && (tracking->peer.bits & FACT_SYN))
		note_syn_answered(tracking, cold, seg);
	if (is_client(tracking) &&
	    !(cold->flags & FLOW_ACKED)) /* simultaneous open: it acknowledges the server's SYN */
		note_acked(tracking, cold, seg);
}

/* A believed SYN/ACK, the first one or the first with its ISN. */
static __always_inline void adopt_synack(struct tracking *tracking, struct flow_cold *cold, const struct segment *seg)
{
	adopt_syn(tracking, cold, seg);
	believe_synack_ack(tracking, cold, seg);
}

/* The sender's SYN is known and this SYN/ACK carries the same number. */
static __always_inline void same_synack(struct tracking *tracking, struct flow_cold *cold, const struct segment *seg)
{
	if (tracking->me.bits & FACT_ACKED_SYN)
		note_syn_retransmit(tracking, cold, seg);
	else if (is_client(tracking)) /* simultaneous open: the SYN of each side went before */
		believe_synack_ack(tracking, cold, seg);
	else
		adopt_synack(tracking, cold, seg);
}

/* A SYN/ACK whose number differs from that of the sender's known SYN. */
static __always_inline void other_synack(struct tracking *tracking, struct flow_cold *cold, const struct segment *seg)
{
	if (acked_syn(&tracking->peer, &tracking->me)) {
		anomaly(tracking, ANOMALY_CHALLENGE_SYN);
		return;
	}
	adopt_synack(tracking, cold, seg); /* rule 1: nobody acknowledged the earlier one */
}

/* Whose SYN does a SYN/ACK answer, and does it? */
static __always_inline enum verdict believe_synack(struct tracking *tracking, struct flow_cold *cold,
						   const struct segment *seg)
{
	_Bool midstream = (tracking->me.bits & FACT_INFERRED) && (tracking->peer.bits & FACT_INFERRED);

	if (midstream && (tracking->me.bits & FACT_SEQ)) {
		anomaly(tracking, ANOMALY_CHALLENGE_SYN);
		return VERDICT_DONE;
	}
	if (!midstream && !((tracking->peer.bits & (FACT_SYN | FACT_INFERRED)) &&
			    acks_syn(seg->ack, tracking->peer.isn, tracking->peer.next_seq))) {
		if (tracking->peer.bits & (FACT_SEQ | FACT_SYN) || !(tracking->peer.bits & FACT_INFERRED)) {
			anomaly(tracking, ANOMALY_BAD_ACK);
			return VERDICT_DONE;
		}
		return VERDICT_RENEW_SYNACK; /* nothing but another SYN/ACK spoke for the first one */
	}
	if (!(tracking->me.bits & FACT_SYN))
		adopt_synack(tracking, cold, seg);
	else if (seg->seq == tracking->me.isn)
		same_synack(tracking, cold, seg);
	else
		other_synack(tracking, cold, seg);
	return VERDICT_DONE;
}

/* A SYN/ACK. */
__noinline int learn_synack(const struct segment *seg, struct tracking *tracking)
{
	struct flow_cold *cold;

	if (!seg || !tracking)
		return VERDICT_DONE;
	cold = cold_slot(tracking->slot);
	if (!cold)
		return VERDICT_DONE;
	tracking->effects.log_step = 1;
	if (!((tracking->me.bits & FACT_SYN) && seg->seq == tracking->me.isn) && answers_remembered(cold, seg))
		return VERDICT_RENEW_REMEMBERED;
	return believe_synack(tracking, cold, seg);
}

#endif
