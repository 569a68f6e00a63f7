/* SPDX-License-Identifier: GPL-2.0-only */
/* How a record begins: with a SYN, a SYN/ACK, somewhere in the middle, or with a SYN that was remembered. */
#ifndef SYNSCOPE_BPF_NEW_FLOW_H
#define SYNSCOPE_BPF_NEW_FLOW_H

#include "bpf/rules/handshake.h"

#define CACHE_LINE 64

/* What a segment that belongs to no live flow begins. */
static __always_inline enum verdict what_begins(const struct segment *seg)
{
	if (seg->flags & SEGMENT_SYN)
		return seg->flags & SEGMENT_ACK ? VERDICT_RENEW_SYNACK : VERDICT_RENEW_SYN;
	if (seg->flags & (SEGMENT_RST | SEGMENT_FIN))
		return VERDICT_IGNORED;
	return VERDICT_RENEW_MIDSTREAM;
}

/* Roles of a flow first seen without SYN: the lower port serves, on a tie the receiver of the first segment. */
static __always_inline __u32 client_of(const struct segment *seg, __u32 verdict)
{
	__u32 mine = bpf_ntohs(seg->port[seg->dir & 1]), other = bpf_ntohs(seg->port[!seg->dir]);

	if (verdict == VERDICT_RENEW_SYN)
		return seg->dir;
	if (verdict == VERDICT_RENEW_MIDSTREAM)
		return mine < other ? !seg->dir : seg->dir;
	return !seg->dir;
}

/*
 * Reads a word of each cache line, so that the lines come all at once. Stores to them alone would wait for one line
 * after the other: an eighth of what a SYN costs in a full table.
 */
static __always_inline void fetch_cold(const struct flow_cold *cold)
{
	const __u64 *word = (const __u64 *)cold;

	for (int i = 0; i < (int)(sizeof(*cold) / sizeof(*word)); i += CACHE_LINE / sizeof(*word))
		READ_ONCE(word[i]);
}

/* Identity and circumstances of the flow, whatever begins it. */
static __always_inline void begin_cold(struct flow_cold *cold, const struct segment *seg, __u64 now, __u32 origin,
				       __u16 incarnation)
{
	zero_cold(cold);
	__builtin_memcpy(cold->addr, seg->addr, sizeof(cold->addr));
	cold->dir[seg->dir & 1].syn_first_ns = now;
	cold->ifindex = seg->ifindex;
	cold->incarnation = incarnation;
	cold->flags = origin | (seg->ipv6 ? FLOW_IPV6 : 0) | (seg->dir ? FLOW_FIRST_DIR : 0) |
		      (seg->vlans & FLOW_VLANS_MASK) << FLOW_VLANS_SHIFT;
	for (int i = 0; i < SEGMENT_VLANS; i++)
		cold->vlan[i] = seg->vlan[i];
}

/* The SYN of rule 13 turns out to have begun this incarnation. */
static __always_inline __u32 begin_remembered(struct flow_cold *cold, struct flow_dir *dir,
					      const struct remembered_syn *syn)
{
	__u32 from = !!(syn->flags & REMEMBERED_DIR);
	struct flow_cold_dir *client = &cold->dir[from];
	__u32 next_seq = syn->isn + 1 + syn->payload;

	cold->flags ^= FLOW_FIRST_DIR;
	cold->flags |= (__u32)((syn->flags | OPTION_KNOWN) & FLOW_OPTIONS_MASK) << FLOW_OPTIONS_SHIFT(from);
	cold->dir[!from].syn_first_ns = 0;
	client->syn_first_ns = syn->ns;
	client->syn_last_ns = syn->ns;
	client->isn = syn->isn;
	client->syn_first_tsval = syn->tsval;
	client->last_tsval = syn->tsval;
	client->mss = syn->mss;
	client->syns = 1;
	cold->history = HISTORY_SYN;
	dir->packets = 1;
	dir->bytes = syn->headers + syn->payload;
	dir->next_seq = next_seq;
	client->kept_next_seq = next_seq;
	client->seq_wraps = next_seq < syn->isn;
	return FACT_SYN | FACT_SEQ | (__u32)(syn->wscale & FACTS_WSCALE_MASK) << FACTS_WSCALE_SHIFT;
}

/*
 * The numbers that an ACK tells of the other side, which was not seen, and of the sender in the middle of its stream.
 */
static __always_inline void infer_numbers(const struct segment *seg, struct flow_hot *hot, struct flow_cold *cold,
					  __u32 verdict)
{
	struct flow_dir *mine = &hot->dir[seg->dir & 1], *peer = &hot->dir[!seg->dir];
	struct flow_cold_dir *my_cold = &cold->dir[seg->dir & 1], *peer_cold = &cold->dir[!seg->dir];
	__u32 isn = seg->ack - (verdict == VERDICT_RENEW_SYNACK);

	peer->next_seq = seg->ack;
	peer_cold->kept_next_seq = seg->ack;
	peer_cold->isn = isn;
	peer_cold->seq_wraps = seg->ack < isn;
	if (verdict != VERDICT_RENEW_MIDSTREAM)
		return;
	mine->next_seq = seg->seq;
	my_cold->kept_next_seq = seg->seq;
	my_cold->isn = seg->seq;
}

/* What both directions' facts begin with, the sender's in the lower half of the result. */
static __always_inline __u64 first_facts(const struct segment *seg, struct flow_hot *hot, struct flow_cold *cold,
					 __u32 verdict, const struct remembered_syn *remembered)
{
	__u32 mine = FACTS_WSCALE_NONE << FACTS_WSCALE_SHIFT, peer = mine;

	if (verdict == VERDICT_RENEW_REMEMBERED)
		peer = begin_remembered(cold, &hot->dir[!seg->dir], remembered);
	else if (verdict == VERDICT_RENEW_SYNACK)
		peer |= FACT_INFERRED;
	else if (verdict == VERDICT_RENEW_MIDSTREAM) {
		mine |= FACT_INFERRED | FACT_ACKED_SYN;
		peer |= FACT_INFERRED | FACT_ACKED_SYN;
	}
	if (client_of(seg, verdict) == seg->dir)
		mine |= FACT_CLIENT;
	else
		peer |= FACT_CLIENT;
	return (__u64)peer << 32 | mine;
}

static __always_inline __u32 origin_of(__u32 verdict)
{
	if (verdict == VERDICT_RENEW_SYNACK)
		return ORIGIN_SYNACK;
	return verdict == VERDICT_RENEW_MIDSTREAM ? ORIGIN_MIDSTREAM : ORIGIN_HANDSHAKE;
}

/*
 * Writes the record of a flow that begins, in a slot that is busy in our name, and publishes it with the sender's
 * direction still held: whoever finds it waits until the segment itself has been learnt.
 */
__noinline int init_record(const struct segment *seg, struct tracking *tracking, __u32 verdict, __u32 incarnation)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	struct remembered_syn remembered = {};
	__u32 generation;
	__u64 facts;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	cold = cold_slot(tracking->slot);
	if (!hot || !cold)
		return 0;
	fetch_cold(cold);
	if (verdict == VERDICT_RENEW_REMEMBERED)
		remembered = cold->remembered;
	begin_cold(cold, seg, tracking->now, origin_of(verdict), incarnation);
	init_direction(&hot->dir[0], tracking->now);
	init_direction(&hot->dir[1], tracking->now);
	if (verdict == VERDICT_RENEW_SYNACK || verdict == VERDICT_RENEW_MIDSTREAM)
		infer_numbers(seg, hot, cold, verdict);
	facts = first_facts(seg, hot, cold, verdict, &remembered);
	generation = hot->dir[0].facts & (FACTS_GENERATION_MASK << FACTS_GENERATION_SHIFT);
	cold->announced = generation;
	hot->id[0] = seg->id[0];
	hot->id[1] = seg->id[1];
	hot->port[0] = seg->port[0];
	hot->port[1] = seg->port[1];
	tracking->word = generation | (__u32)facts;
	WRITE_ONCE(hot->dir[!seg->dir].facts, generation | (__u32)(facts >> 32));
	WRITE_ONCE(hot->dir[seg->dir & 1].facts, tracking->word | FACT_WRITING);
	set_tag(hot, seg->tag);
	return 1;
}

#endif
