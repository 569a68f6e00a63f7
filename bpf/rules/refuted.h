/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rule 19a of docs/specification.md: a RST or a FIN was not the end, because the connection goes on as it does only
 * between live sockets.
 */
#ifndef SYNSCOPE_BPF_RULES_REFUTED_H
#define SYNSCOPE_BPF_RULES_REFUTED_H

#include "bpf/rules/established.h"
#include "bpf/rules/reset.h"

/* Is the number in (above, up_to]? This range is empty if `up_to` is before `above`. */
static __always_inline _Bool is_within(__u32 number, __u32 above, __u32 up_to)
{
	return seq_after(number, above) && !seq_after(number, up_to);
}

/* Has X acknowledged a number in (above, up_to] that had not been seen by then? */
static __always_inline _Bool acknowledged_unseen(const struct tcp_facts *x, __u32 above, __u32 up_to)
{
	return (x->bits & FACT_LATE_ACK) && is_within(x->late_ack, above, up_to);
}

/* How far X had come in its numbers when it sent its RST. Data from there on was sent later. */
static __always_inline __u32 reached(const struct tcp_facts *x, const struct flow_mark *mark)
{
	return mark->bits & (FACT_SEQ | FACT_INFERRED) ? mark->at.next_seq : x->isn + 1;
}

/*
 * Does the segment begin where only its sender's socket can know to go on? That is at a number that the sender has used
 * or is to use next, and that the receiver has not acknowledged (or one below, as a keepalive does). A guess of this
 * number and of the acknowledgement number succeeds less often than once in 2^32 tries.
 */
static __always_inline _Bool goes_on(const struct segment *seg, const struct tcp_facts *me,
				     const struct tcp_facts *peer)
{
	__u32 low = peer->bits & FACT_ACK ? peer->max_ack : me->next_seq;

	return (me->bits & (FACT_SEQ | FACT_INFERRED)) && !seq_after(low, seg->seq + 1) &&
	       !seq_after(seg->seq, seq_max(me->next_seq, low));
}

/* What a flow remembers for rule 19a, of the segment's sender and of its receiver. */
struct marks {
	struct flow_mark mine, peers;
	__u8 mine_open, peers_open; /* OPEN_*: the number of a FIN in fragments is only known to be at least fin_seq */
};

/* Does the sender acknowledge, for the first time, a SYN/ACK that passed after a RST? */
static __always_inline _Bool accepts_synack(const struct segment *seg, const struct tcp_facts *me,
					    const struct tcp_facts *peer, const struct marks *marks)
{
	return (marks->peers.bits & MARK_SYNACK) && (peer->bits & FACT_SYN) && !acked_syn(me, peer) &&
	       is_within(seg->ack, peer->isn, peer->next_seq);
}

/* Does the segment refute a RST of its sender? It does if it acknowledges what the receiver sent after that RST. */
static __always_inline _Bool refutes_own_rst(const struct segment *seg, const struct tcp_facts *me,
					     const struct tcp_facts *peer, const struct marks *marks)
{
	_Bool unseen_before = !!(marks->mine.bits >> MARK_PEER_FACTS_SHIFT & FACT_LATE_ACK);

	if (!(me->bits & FACT_RST))
		return 0;
	if (accepts_synack(seg, me, peer, marks) ||
	    ((peer->bits & FACT_SEQ) && is_within(seg->ack, marks->mine.at.peer_next_seq, peer->next_seq)))
		return 1;
	/* or was this data acknowledged before it was seen, because the other direction was processed first? */
	return !unseen_before &&
	       acknowledged_unseen(peer, reached(me, &marks->mine), seq_max(me->next_seq, segment_end(seg)));
}

/*
 * Does the segment refute a RST of its receiver? It does if it acknowledges data that the receiver sent after that RST.
 */
static __always_inline _Bool refutes_peers_rst(const struct segment *seg, const struct tcp_facts *me,
					       const struct tcp_facts *peer, const struct marks *marks)
{
	return (peer->bits & FACT_RST) && (accepts_synack(seg, me, peer, marks) ||
					   is_within(seg->ack, reached(peer, &marks->peers), peer->next_seq));
}

/*
 * Does the segment refute the FIN of its sender? It does if it shows data beyond that FIN that the receiver has already
 * acknowledged.
 */
static __always_inline _Bool refutes_own_fin(const struct segment *seg, const struct tcp_facts *me,
					     const struct tcp_facts *peer, const struct marks *marks)
{
	return (me->bits & FACT_FIN) && !(marks->mine_open & OPEN_FIN) &&
	       acknowledged_unseen(peer, me->fin_seq + 1, seq_max(me->next_seq, segment_end(seg)));
}

static __always_inline _Bool refutes_peers_fin(const struct segment *seg, const struct tcp_facts *peer,
					       const struct marks *marks)
{
	return (peer->bits & FACT_FIN) && !(marks->peers_open & OPEN_FIN) &&
	       is_within(seg->ack, peer->fin_seq + 1, peer->next_seq);
}

/*
 * The facts that this segment refutes, as HINDSIGHT(). With a FIN goes the fact that the other end has acknowledged it.
 * The rules then judge the segment as if these facts had never been learnt. To be called only if the timeout of the
 * flow has not passed.
 */
static __always_inline __u32 refuted_facts(const struct segment *seg, const struct tcp_facts *me,
					   const struct tcp_facts *peer, const struct marks *marks)
{
	__u32 mine = 0, peers = 0;

	if (!((me->bits | peer->bits) & (FACT_RST | FACT_FIN)) || (seg->flags & (SEGMENT_SYN | SEGMENT_RST)) ||
	    both_closed(me, peer) || !goes_on(seg, me, peer))
		return 0;
	if (refutes_own_rst(seg, me, peer, marks))
		mine |= FACT_RST;
	if (refutes_peers_rst(seg, me, peer, marks))
		peers |= FACT_RST;
	if (refutes_own_fin(seg, me, peer, marks)) {
		mine |= FACT_FIN;
		peers |= FACT_ACKED_FIN;
	}
	if (refutes_peers_fin(seg, peer, marks)) {
		peers |= FACT_FIN;
		mine |= FACT_ACKED_FIN;
	}
	return HINDSIGHT(mine, peers) | (fin_counts(me, peer) || fin_counts(peer, me) ? 0 : HINDSIGHT_UNCOUNTED);
}

static __always_inline void note_refuted(__u32 hindsight, struct ruling *ruling)
{
	__u32 facts = HINDSIGHT_SENDER(hindsight) | HINDSIGHT_RECEIVER(hindsight);

	if (facts & FACT_RST)
		anomaly(ruling, ANOMALY_RST_REFUTED);
	if ((facts & FACT_FIN) && !(hindsight & HINDSIGHT_UNCOUNTED))
		anomaly(ruling, ANOMALY_FIN_REFUTED);
	if (HINDSIGHT_SENDER(hindsight) & FACT_FIN) /* the numbers are stored in its place again, see store_numbers() */
		ruling->effects |= EFFECT_NUMBERS;
}

/*
 * While a RST stands that may be refuted: is the segment near enough to the known numbers to be learnt? The window that
 * was offered does not count, because it may be half of all numbers. Only a segment that takes numbers may begin beyond
 * the next one.
 */
static __always_inline _Bool is_near(const struct segment *seg, const struct tcp_facts *me,
				     const struct tcp_facts *peer)
{
	_Bool next_known = !!(me->bits & (FACT_SEQ | FACT_INFERRED));
	__u32 low = peer->bits & FACT_ACK ? peer->max_ack : me->next_seq, next = next_known ? me->next_seq : low;

	return (next_known || (peer->bits & FACT_ACK)) && seq_distance(low, seg->seq) <= (__s32)SEQ_SLACK &&
	       seq_distance(seg->seq, next) <= (segment_end(seg) != seg->seq ? (__s32)SEQ_SLACK : 0);
}

/* Can a SYN/ACK after a RST belong to the handshake that the RST was to end? */
static __always_inline _Bool repeats_handshake(const struct segment *seg, const struct tcp_facts *me,
					       const struct tcp_facts *peer)
{
	if ((me->bits & peer->bits & FACT_INFERRED) || ((me->bits & FACT_SYN) && seg->seq != me->isn))
		return 0;
	return answers_syn(seg, peer);
}

/*
 * While a RST stands that may be refuted: is the segment to be judged as if there were no RST? All other segments of
 * the flow are judged by closed.h.
 */
static __always_inline _Bool is_learnt_after_reset(const struct segment *seg, const struct tcp_facts *me,
						   const struct tcp_facts *peer)
{
	if (!((me->bits | peer->bits) & FACT_RST) || both_closed(me, peer))
		return 0;
	if (seg->flags & SEGMENT_RST)
		return 1;
	if (!(seg->flags & SEGMENT_SYN))
		return is_near(seg, me, peer);
	return (seg->flags & SEGMENT_ACK) && repeats_handshake(seg, me, peer);
}

/*
 * What rule 19a says about a segment goes to known->memory.hindsight, and the facts that it refutes are left out of
 * what is known. Called when it is known whether the timeout has passed.
 */
static __always_inline void look_back(const struct segment *seg, const struct flow_cold *cold, struct tcp_facts *me,
				      struct known *known)
{
	const struct marks marks = { mark_of(cold, seg->dir & 1), mark_of(cold, !seg->dir),
				     cold->open_flags[seg->dir & 1], cold->open_flags[!seg->dir] };
	struct tcp_facts *peer = &known->peer;
	__u32 refuted;

	if (!((me->bits | peer->bits) & (FACT_RST | FACT_FIN)) || known->memory.expired || known->memory.is_copy)
		return;
	refuted = refuted_facts(seg, me, peer, &marks);
	me->bits &= ~HINDSIGHT_SENDER(refuted);
	peer->bits &= ~HINDSIGHT_RECEIVER(refuted);
	known->memory.hindsight = refuted | (is_learnt_after_reset(seg, me, peer) ? HINDSIGHT_QUIETLY : 0);
	known->memory.timeout = flow_timeout(me, peer);
}

/*
 * While a RST stands, the flow stays closed: what is learnt is no step of the ladder, and no anomaly but a reordered
 * segment.
 */
static __always_inline void keep_quiet(const struct segment *seg, struct ruling *ruling)
{
	ruling->anomalies &= 1U << ANOMALY_REORDERED;
	ruling->effects &= ~EFFECT_STEP;
	ruling->effects |= EFFECT_STAY_CLOSED | (seg->flags & SEGMENT_SYN ? EFFECT_MARK_SYNACK : 0);
	if (ruling->remark != REMARK_RETRANSMIT && ruling->remark != REMARK_REORDERED)
		ruling->remark = REMARK_NONE;
}

#endif
