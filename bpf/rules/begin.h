/* SPDX-License-Identifier: GPL-2.0-only */
/* How a flow begins: with a SYN, a SYN/ACK, somewhere in the middle, or with a SYN that was remembered. */
#ifndef SYNSCOPE_BPF_RULES_BEGIN_H
#define SYNSCOPE_BPF_RULES_BEGIN_H

#include <bpf/bpf_endian.h>

#include "bpf/rules/ruling.h"

/* What both directions' facts begin with, before the segment is learnt. `bits` are whole facts words. */
struct beginning {
	struct tcp_facts peer; /* first, as in struct known */
	struct tcp_facts me; /* of the sender of the segment */
	enum flow_origin origin;
};

/* Which kind of flow begins with a segment that belongs to no live one (rule 11: a RST begins none). */
static __always_inline enum verdict what_begins(const struct segment *seg)
{
	if (seg->flags & SEGMENT_SYN)
		return seg->flags & SEGMENT_ACK ? VERDICT_RENEW_SYNACK : VERDICT_RENEW_SYN;
	if (seg->flags & SEGMENT_RST)
		return VERDICT_IGNORED;
	return VERDICT_RENEW_MIDSTREAM;
}

/* Rule 11: roles of a flow first seen without SYN. The lower port serves; on a tie, the first segment's receiver. */
static __always_inline _Bool sent_by_client(const struct segment *seg, enum verdict verdict)
{
	if (verdict == VERDICT_RENEW_MIDSTREAM)
		return bpf_ntohs(seg->port[seg->dir & 1]) >= bpf_ntohs(seg->port[!seg->dir]);
	return verdict == VERDICT_RENEW_SYN;
}

/* The SYN of rule 13 turns out to have begun this incarnation; its sender is the receiver of this segment. */
static __always_inline void begin_remembered(struct tcp_facts *client, const struct remembered_syn *syn)
{
	client->bits = FACT_SYN | FACT_SEQ | (__u32)(syn->wscale & FACTS_WSCALE_MASK) << FACTS_WSCALE_SHIFT;
	client->isn = syn->isn;
	client->next_seq = syn->isn + 1 + syn->payload;
}

/* What an ACK tells of the other side, which was not seen, and of the sender in the middle of its stream (rule 11). */
static __always_inline void infer_numbers(const struct segment *seg, enum verdict verdict, struct beginning *begins)
{
	begins->peer.bits |= FACT_INFERRED;
	begins->peer.isn = seg->ack - (verdict == VERDICT_RENEW_SYNACK);
	begins->peer.next_seq = seg->ack;
	if (verdict != VERDICT_RENEW_MIDSTREAM)
		return;
	begins->me.bits |= FACT_INFERRED | FACT_ACKED_SYN;
	begins->peer.bits |= FACT_ACKED_SYN;
	begins->me.isn = seg->seq;
	begins->me.next_seq = seg->seq;
}

/* `verdict`: one of VERDICT_RENEW_*; `remembered` is read only if it is VERDICT_RENEW_REMEMBERED. */
static __always_inline void rule_begin(struct beginning *begins, const struct segment *seg, enum verdict verdict,
				       const struct remembered_syn *remembered)
{
	const __u32 no_wscale = FACTS_WSCALE_NONE << FACTS_WSCALE_SHIFT;

	*begins = (struct beginning){ .me = { .bits = no_wscale }, .peer = { .bits = no_wscale } };
	begins->origin = ORIGIN_HANDSHAKE;
	if (verdict == VERDICT_RENEW_REMEMBERED) {
		begin_remembered(&begins->peer, remembered);
	} else if (verdict != VERDICT_RENEW_SYN) {
		infer_numbers(seg, verdict, begins);
		begins->origin = verdict == VERDICT_RENEW_SYNACK ? ORIGIN_SYNACK : ORIGIN_MIDSTREAM;
	}
	if (sent_by_client(seg, verdict))
		begins->me.bits |= FACT_CLIENT;
	else
		begins->peer.bits |= FACT_CLIENT;
}

#endif
