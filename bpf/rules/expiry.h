/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which timeout applies to a flow, from its hot line alone (docs/specification.md, sections 6 and 7): for callers that
 * look at many flows. flow_timeout() of lifetime.h is for callers that know all of the facts.
 */
#ifndef SYNSCOPE_BPF_RULES_EXPIRY_H
#define SYNSCOPE_BPF_RULES_EXPIRY_H

#include <bpf/bpf_helpers.h>

#include "synscope/lifetime.h"

/* What the hot line says of a direction. */
struct hot_side {
	__u32 bits; /* the facts word */
	__u32 next_seq;
	__u32 max_ack;
};

/* Acknowledged by the fact, or by the numbers: after a FIN next_seq is one past it. */
static __always_inline _Bool hot_acked_fin(const struct hot_side *x, const struct hot_side *peer)
{
	return (x->bits & FACT_ACKED_FIN) || ((x->bits & FACT_ACK) && !seq_after(peer->next_seq, x->max_ack));
}

/* As in proves_handshake(). */
static __always_inline _Bool hot_proves(const struct hot_side *x, const struct hot_side *peer)
{
	return (x->bits & FACT_PROOF) && !(peer->bits & FACT_SYN);
}

/* A late ACK, and an end that is not known (rule 25), are in cold and make no difference to the order of eviction. */
static __always_inline enum flow_timeout hot_timeout(const struct hot_side *a, const struct hot_side *b)
{
	const __u32 sent = FACT_SYN | FACT_INFERRED; /* a SYN, seen or inferred */
	__u32 both = a->bits & b->bits, any = a->bits | b->bits;
	_Bool acked_a = hot_acked_fin(b, a), acked_b = hot_acked_fin(a, b);

	if (any & FACT_RST)
		return TIMEOUT_CLOSED;
	if ((both & FACT_FIN) && acked_a && acked_b)
		return TIMEOUT_TIME_WAIT;
	if (!(both & FACT_ACKED_SYN) && !hot_proves(a, b) && !hot_proves(b, a))
		return (a->bits & sent) && (b->bits & sent) ? TIMEOUT_SYN_RECEIVED : TIMEOUT_SYN_SENT;
	if (!(both & FACT_SEQ))
		return TIMEOUT_ONE_WAY;
	if (both & FACT_FIN)
		return TIMEOUT_LAST_ACK;
	if (any & FACT_FIN)
		return ((a->bits & FACT_FIN) ? acked_a : acked_b) ? TIMEOUT_CLOSE_WAIT : TIMEOUT_FIN_WAIT;
	return TIMEOUT_ESTABLISHED;
}

/*
 * What a SYN flood leaves behind: only one end has sent, and it has sent neither FIN nor RST. `a`, `b`: facts words.
 * Returns 0 if it is that, else the bits that say otherwise: a number, so that who asks needs no branch.
 */
static __always_inline __u32 more_than_a_syn(__u32 a, __u32 b)
{
	const __u32 seen = FACT_SYN | FACT_SEQ, none = FACT_FIN | FACT_RST | FACT_PROOF | FACT_INFERRED;

	return (((a | b) ^ seen) & (seen | none)) | (a & b & seen);
}

#endif
