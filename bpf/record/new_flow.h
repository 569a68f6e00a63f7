/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes a record that begins, and publishes it. */
#ifndef SYNSCOPE_BPF_NEW_FLOW_H
#define SYNSCOPE_BPF_NEW_FLOW_H

#include "bpf/record/commit.h"
#include "bpf/record/round_trip.h"
#include "bpf/table/stamp.h"
#include "bpf/table/take.h"

static __always_inline void zero_cold(struct flow_cold *cold)
{
	__u64 *word = (__u64 *)cold;

	for (int i = 0; i < (int)(sizeof(*cold) / sizeof(*word)); i++)
		WRITE_ONCE(word[i], 0);
}

/* Everything of a direction but its facts word, by which this CPU holds it. */
static __always_inline void init_direction(struct flow_dir *dir, __u64 now)
{
	dir->next_seq = 0;
	dir->max_ack = 0;
	dir->packets = 0;
	dir->bytes = 0;
	dir->last_seen = now >> LAST_SEEN_SHIFT;
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
	cold->tunnel = seg->tunnel;
}

/* The SYN of rule 13 turned out to have begun this incarnation, `dir` is its sender's direction. */
static __always_inline void keep_remembered(struct flow_cold *cold, struct flow_dir *dir,
					    const struct remembered_syn *syn)
{
	__u32 from = !!(syn->flags & REMEMBERED_DIR);
	struct flow_cold_dir *client = &cold->dir[from];

	cold->flags ^= FLOW_FIRST_DIR;
	cold->flags |= (__u32)(syn->flags & FLOW_OPTIONS_MASK) << FLOW_OPTIONS_SHIFT(from);
	cold->dir[!from].syn_first_ns = 0;
	client->syn_first_ns = syn->ns;
	client->syn_last_ns = syn->ns;
	client->syn_first_tsval = syn->tsval;
	client->last_tsval = syn->tsval;
	client->mss = syn->mss;
	client->syns = 1;
	cold->tcp_flags = TCP_FLAGS(remembered_tcp_flags(syn), from);
	cold->history = HISTORY_SYN;
	dir->packets = PACKETS_ONE;
	dir->bytes = syn->headers + syn->payload;
}

/*
 * Takes the SYN of rule 13 out of the counts of its incarnation, because it is counted in the next one. Called while
 * both directions are held. Its flags were never added to those of its incarnation.
 */
__noinline int uncount_remembered(__u32 slot)
{
	struct flow_hot *hot = hot_slot(slot);
	struct flow_cold *cold = cold_slot(slot);
	struct remembered_syn *syn;
	struct flow_cold_dir *client;
	struct flow_dir *dir;
	__u32 from, length;

	if (!hot || !cold)
		return 0;
	syn = &cold->remembered;
	from = !!(syn->flags & REMEMBERED_DIR);
	length = syn->headers + syn->payload;
	dir = &hot->dir[from];
	client = &cold->dir[from];

	syn->flags &= ~REMEMBERED_VALID;
	client->packets_high -= dir->packets < PACKETS_ONE;
	client->bytes_high -= dir->bytes < length;
	dir->packets -= PACKETS_ONE;
	dir->bytes -= length;
	client->syns -= client->syns && client->syns < 0xffff; /* where it has saturated, it stays */
	if (cold->anomalies[ANOMALY_CHALLENGE_SYN])
		cold->anomalies[ANOMALY_CHALLENGE_SYN]--;
	return 0;
}

/* The numbers with which a direction begins. */
static __always_inline void begin_numbers(struct flow_dir *dir, struct flow_cold_dir *cold,
					  const struct tcp_facts *facts)
{
	dir->next_seq = facts->next_seq;
	cold->kept_next_seq = facts->next_seq;
	cold->isn = facts->isn;
	cold->seq_wraps = facts->next_seq < facts->isn;
}

/*
 * Writes the record of a flow that begins, in a slot that is busy in our name, and publishes it with the sender's
 * direction still held: a CPU that finds it waits until the segment itself has been learnt.
 */
__noinline int init_record(const struct segment *seg, struct tracking *tracking, __u32 verdict, __u32 incarnation)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	struct remembered_syn remembered = {};
	struct beginning *begins;
	__u32 generation;

	if (!seg || !tracking)
		return 0;
	hot = hot_slot(tracking->slot);
	cold = cold_slot(tracking->slot);
	if (!hot || !cold)
		return 0;
	if (verdict == VERDICT_RENEW_REMEMBERED)
		remembered = cold->remembered;
	begins = &tracking->begins;
	rule_begin(begins, seg, verdict, &remembered);
	begin_cold(cold, seg, time_stamp(tracking->now), begins->origin, incarnation);
	if (config.rtt)
		clear_round_trips(tracking->slot);
	init_direction(&hot->dir[0], tracking->now);
	init_direction(&hot->dir[1], tracking->now);
	begin_numbers(&hot->dir[seg->dir & 1], &cold->dir[seg->dir & 1], &begins->me);
	begin_numbers(&hot->dir[!seg->dir], &cold->dir[!seg->dir], &begins->peer);
	if (verdict == VERDICT_RENEW_REMEMBERED)
		keep_remembered(cold, &hot->dir[!seg->dir], &remembered);
	generation = hot->dir[0].facts & (FACTS_GENERATION_MASK << FACTS_GENERATION_SHIFT);
	cold->announced = generation;
	hot->id[0] = seg->id[0];
	hot->id[1] = seg->id[1];
	hot->port[0] = seg->port[0];
	hot->port[1] = seg->port[1];
	tracking->word = generation | begins->me.bits;
	WRITE_ONCE(hot->dir[!seg->dir].facts, generation | begins->peer.bits);
	WRITE_ONCE(hot->dir[seg->dir & 1].facts, tracking->word | FACT_WRITING);
	set_stamp(tracking->slot, STAMP_OTHER);
	set_tag(hot, seg->tag);
	return 1;
}

#endif
