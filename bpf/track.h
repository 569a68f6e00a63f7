/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segment + flow -> facts.
 *
 * track_established() is the whole life of most segments: nothing but counters and numbers moves on, in one cache line,
 * without lock, atomic or exact clock. Everything else goes to track_segment(), which holds the sender's direction
 * (FACT_WRITING) while it learns.
 */
#ifndef SYNSCOPE_BPF_TRACK_H
#define SYNSCOPE_BPF_TRACK_H

#include "closed.h"
#include "event.h"

#define TRACK_TRIES 256 /* each some 50 ns; what is waited for takes under a microsecond on a running CPU */

/* What both directions of an established, healthy flow look like. */
#define FAST_MASK (FACT_ACKED_SYN | FACT_SEQ | FACT_ACK | FACT_FIN | FACT_RST | FACT_WRITING)
#define FAST_WANT (FACT_ACKED_SYN | FACT_SEQ | FACT_ACK)

static __always_inline __u32 age_of(const struct flow_hot *hot, __u32 now)
{
	__s32 a = now - LOAD(hot->dir[0].last_seen), b = now - LOAD(hot->dir[1].last_seen);
	__s32 age = a < b ? a : b;

	return age < 0 ? 0 : age;
}

static __always_inline _Bool older_than(__u64 age_ns, __u32 timeout)
{
	__u64 limit = config.timeout_ns[timeout % TIMEOUT_COUNT];

	return limit != TIMEOUT_NONE && age_ns > limit;
}

/* Acknowledged by the fact, or by the numbers: after a FIN next_seq is one past it. */
static __always_inline _Bool hot_acked_fin(const struct flow_dir *x, const struct flow_dir *peer)
{
	__u32 facts = LOAD(x->facts);

	return (facts & FACT_ACKED_FIN) || ((facts & FACT_ACK) && !seq_after(peer->next_seq, x->max_ack));
}

/* The class of a flow by its hot record alone. A late ACK kept in cold makes no difference to who goes first. */
static __always_inline __u32 hot_timeout(const struct flow_hot *hot)
{
	__u32 a = LOAD(hot->dir[0].facts), b = LOAD(hot->dir[1].facts);
	_Bool acked_a = hot_acked_fin(&hot->dir[1], &hot->dir[0]), acked_b = hot_acked_fin(&hot->dir[0], &hot->dir[1]);

	if ((a | b) & FACT_RST)
		return TIMEOUT_CLOSED;
	if ((a & b & FACT_FIN) && acked_a && acked_b)
		return TIMEOUT_TIME_WAIT;
	if (!(a & b & FACT_ACKED_SYN) && !((a | b) & FACT_PROOF))
		return (a & b & (FACT_SYN | FACT_INFERRED)) ? TIMEOUT_SYN_RECEIVED : TIMEOUT_SYN_SENT;
	if (a & b & FACT_FIN)
		return TIMEOUT_LAST_ACK;
	if ((a | b) & FACT_FIN)
		return ((a & FACT_FIN) ? acked_a : acked_b) ? TIMEOUT_CLOSE_WAIT : TIMEOUT_FIN_WAIT;
	return TIMEOUT_ESTABLISHED;
}

static __always_inline enum flow_rank flow_rank(const struct flow_hot *hot, __u32 now, __u32 *age)
{
	__u32 timeout = hot_timeout(hot);
	_Bool both_seen = !!(LOAD(hot->dir[0].facts) & LOAD(hot->dir[1].facts) & FACT_SEQ);

	*age = age_of(hot, now);
	if (older_than((__u64)*age << LAST_SEEN_SHIFT, timeout))
		return RANK_EXPIRED;
	if (timeout == TIMEOUT_CLOSED)
		return RANK_CLOSED;
	if (timeout == TIMEOUT_TIME_WAIT)
		return RANK_TIME_WAIT;
	if (timeout == TIMEOUT_SYN_SENT || timeout == TIMEOUT_SYN_RECEIVED || !both_seen)
		return RANK_HALF_OPEN;
	return timeout == TIMEOUT_ESTABLISHED ? RANK_ESTABLISHED : RANK_CLOSING;
}

static __always_inline void flow_retire(__u32 slot, __u32 rank, __u64 now_ns)
{
	announce_retired(slot, rank > RANK_TIME_WAIT ? RETIRE_EVICTED : RETIRE_ENDED, now_ns);
}

/* What a segment that belongs to no live flow begins. */
static __always_inline enum verdict begins(const struct segment *seg)
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
	dir->next_seq = syn->isn + 1 + syn->payload;
	client->seq_wraps = dir->next_seq < syn->isn;
	return FACT_SYN | FACT_SEQ | (__u32)(syn->wscale & FACTS_WSCALE_MASK) << FACTS_WSCALE_SHIFT;
}

/*
 * Writes the record of a flow that begins, in a slot that is busy in our name, and publishes it with the sender's
 * direction still held: whoever finds it waits until the segment itself has been learnt.
 */
__noinline int begin_flow(const struct segment *seg, struct change *change, __u32 verdict, __u32 incarnation)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	struct remembered_syn remembered;
	struct flow_dir *mine, *peer;
	__u32 my_facts = 0, peer_facts = 0, generation, client, origin = ORIGIN_HANDSHAKE;

	if (!seg || !change)
		return 0;
	hot = hot_slot(change->slot);
	cold = cold_slot(change->slot);
	if (!hot || !cold)
		return 0;
	mine = &hot->dir[seg->dir & 1];
	peer = &hot->dir[!seg->dir];
	client = client_of(seg, verdict);
	remembered = cold->remembered;
	if (verdict == VERDICT_RENEW_SYNACK)
		origin = ORIGIN_SYNACK;
	if (verdict == VERDICT_RENEW_MIDSTREAM)
		origin = ORIGIN_MIDSTREAM;
	begin_cold(cold, seg, change->now, origin, incarnation);
	zero_direction(mine);
	zero_direction(peer);
	generation = mine->facts & ~(FACTS_MASK | FACTS_WSCALE_MASK << FACTS_WSCALE_SHIFT |
				     FACTS_WINDOW_MASK << FACTS_WINDOW_SHIFT);
	cold->announced = generation;
	my_facts = peer_facts = FACTS_WSCALE_NONE << FACTS_WSCALE_SHIFT;
	if (verdict == VERDICT_RENEW_REMEMBERED) {
		peer_facts = begin_remembered(cold, peer, &remembered);
	} else if (verdict != VERDICT_RENEW_SYN) { /* an ACK tells where the other side must be */
		peer_facts |= FACT_INFERRED;
		peer->next_seq = seg->ack;
		cold->dir[!seg->dir].isn = seg->ack - (verdict == VERDICT_RENEW_SYNACK);
		cold->dir[!seg->dir].seq_wraps = peer->next_seq < cold->dir[!seg->dir].isn;
	}
	if (verdict == VERDICT_RENEW_MIDSTREAM) {
		my_facts |= FACT_INFERRED | FACT_ACKED_SYN;
		peer_facts |= FACT_ACKED_SYN;
		mine->next_seq = seg->seq;
		cold->dir[seg->dir & 1].isn = seg->seq;
	}
	mine->last_seen = peer->last_seen = change->now >> LAST_SEEN_SHIFT;
	hot->id[0] = seg->id[0];
	hot->id[1] = seg->id[1];
	hot->port[0] = seg->port[0];
	hot->port[1] = seg->port[1];
	STORE(peer->facts, generation | peer_facts | (client != seg->dir ? FACT_CLIENT : 0));
	change->word = generation | my_facts | (client == seg->dir ? FACT_CLIENT : 0);
	STORE(mine->facts, change->word | FACT_WRITING);
	set_tag(hot, seg->tag);
	return 1;
}

/* Fills in the facts of both sides for a direction that is held. */
__noinline int load_facts(const struct segment *seg, struct change *change)
{
	const struct flow_hot *hot;
	const struct flow_cold *cold;

	if (!seg || !change)
		return 0;
	hot = hot_slot(change->slot);
	cold = cold_slot(change->slot);
	if (!hot || !cold)
		return 0;
	change->me = tcp_facts(&hot->dir[seg->dir & 1], &cold->dir[seg->dir & 1]);
	change->peer = tcp_facts(&hot->dir[!seg->dir], &cold->dir[!seg->dir]);
	change->me.bits &= ~FACT_WRITING;
	change->peer.bits &= ~FACT_WRITING;
	change->timeout = flow_timeout(&change->me, &change->peer);
	if (change->timeout == TIMEOUT_CLOSED || change->timeout == TIMEOUT_TIME_WAIT) {
		__u64 since = cold->last_exact_ns;

		change->expired = older_than(change->now > since ? change->now - since : 0, change->timeout);
	} else {
		change->expired = older_than(
			(__u64)age_of(hot, change->now >> LAST_SEEN_SHIFT) << LAST_SEEN_SHIFT, change->timeout);
	}
	return 0;
}

/*
 * Takes the sender's direction of a flow that was found. 0: it is being changed by another CPU, or is gone by now: look
 * again. With it the slot cannot be given to another flow.
 */
__noinline int hold_direction(const struct segment *seg, struct change *change)
{
	struct flow_hot *hot;
	struct flow_dir *mine;
	__u32 word, peer_word;

	if (!seg || !change)
		return 0;
	hot = hot_slot(change->slot);
	if (!hot)
		return 0;
	mine = &hot->dir[seg->dir & 1];
	word = LOAD(mine->facts);
	if ((word & FACT_WRITING) || __sync_val_compare_and_swap(&mine->facts, word, word | FACT_WRITING) != word)
		return 0;
	peer_word = LOAD(hot->dir[!seg->dir].facts);
	if (tag_of(hot) != seg->tag || !same_key(hot, seg) || facts_generation(word) != facts_generation(peer_word) ||
	    !((word | peer_word) & FACT_SEQ)) {
		STORE(mine->facts, word);
		return 0;
	}
	change->word = word;
	load_facts(seg, change);
	return 1;
}

/* seq_wraps counts how often next_seq passed 2^32 since the ISN, the SYN's own number included. */
static __always_inline void store_numbers(struct flow_dir *mine, struct flow_cold_dir *cold,
					  const struct change *change)
{
	__u32 next_seq = change->me.next_seq;

	if (change->adopted)
		cold->seq_wraps = next_seq < change->me.isn;
	else if (next_seq < mine->next_seq && seq_after(next_seq, mine->next_seq))
		cold->seq_wraps++;
	mine->next_seq = next_seq;
	mine->max_ack = change->me.max_ack;
}

/* Counts the segment, writes what was learnt, and lets go of the direction. */
__noinline int finish(const struct segment *seg, struct change *change)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	struct flow_dir *mine;
	__u32 word, window, letter, seen;

	if (!seg || !change)
		return 0;
	hot = hot_slot(change->slot);
	cold = cold_slot(change->slot);
	if (!hot || !cold)
		return 0;
	mine = &hot->dir[seg->dir & 1];
	account(mine, cold, seg, change->now >> LAST_SEEN_SHIFT);
	letter = segment_letter(seg);
	seen = letter == HISTORY_DATA ? FACT_HISTORY_DATA : letter == HISTORY_ACK ? FACT_HISTORY_ACK : 0;
	if (!seen || !(change->me.bits & seen)) {
		append_history(cold, letter | (change->me.bits & FACT_CLIENT ? 0 : HISTORY_SERVER));
		change->me.bits |= seen;
		change->step = 1;
	}
	if (change->step)
		add_step(cold, seg, change);
	if (!change->quiet)
		cold->last_exact_ns = change->now;
	if (change->learnt)
		store_numbers(mine, &cold->dir[seg->dir & 1], change);
	window = window_log(seg->window);
	word = change->word & ~FACTS_MASK;
	if (change->learnt && window > ((word >> FACTS_WINDOW_SHIFT) & FACTS_WINDOW_MASK))
		word = (word & ~(FACTS_WINDOW_MASK << FACTS_WINDOW_SHIFT)) | window << FACTS_WINDOW_SHIFT;
	__sync_lock_test_and_set(&mine->facts, word | change->me.bits);
	return 0;
}

/* Lets go of the direction with nothing learnt. */
static __always_inline void release(const struct segment *seg, const struct change *change, struct flow_hot *hot)
{
	STORE(hot->dir[seg->dir & 1].facts, change->word);
}

static __always_inline int learn(const struct segment *seg, struct change *change)
{
	struct flow_hot *hot = hot_slot(change->slot);

	if (change->timeout == TIMEOUT_CLOSED || change->timeout == TIMEOUT_TIME_WAIT)
		return learn_after_close(seg, change);
	if (change->expired)
		return begins(seg);
	if (seg->flags & SEGMENT_RST)
		return learn_rst(seg, change);
	if (!(seg->flags & SEGMENT_SYN))
		return learn_segment(seg, change, hot ? LOAD(hot->dir[!seg->dir].facts) : 0);
	return seg->flags & SEGMENT_ACK ? learn_synack(seg, change) : learn_syn(seg, change);
}

/* A new incarnation in the same slot. 0: another CPU changed it meanwhile, look again. */
__noinline int renew(const struct segment *seg, struct change *change, __u32 verdict)
{
	struct flow_hot *hot;
	struct flow_cold *cold;
	__u32 incarnation;

	if (!seg || !change)
		return 0;
	hot = hot_slot(change->slot);
	cold = cold_slot(change->slot);
	if (!hot || !cold)
		return 0;
	release(seg, change, hot);
	if (verdict == VERDICT_RENEW_REMEMBERED && !(cold->remembered.flags & REMEMBERED_VALID))
		return 0;
	if (!flow_retake(seg, hot))
		return 0;
	count(COUNTER_INCARNATION);
	announce_retired(change->slot, RETIRE_REPLACED, change->now);
	incarnation = cold->incarnation;
	return begin_flow(seg, change, verdict, incarnation < 0xffff ? incarnation + 1 : incarnation);
}

/* A flow that was not in the table. 0: look again. Negative: there is nothing to look for. */
static __always_inline int begin_new(const struct segment *seg, struct change *change)
{
	__u32 verdict;
	int slot;

	verdict = begins(seg);
	if (verdict == VERDICT_IGNORED) {
		count(COUNTER_NO_FLOW);
		return -1;
	}
	slot = flow_claim(seg, change->now);
	if (slot < 0)
		return slot == SLOT_BUSY ? 0 : -1;
	change->slot = slot;
	count(COUNTER_INSERTED);
	return begin_flow(seg, change, verdict, 1);
}

/* What was just begun has no past: the facts are those that begin_flow() wrote. */
static __always_inline void load_begun(const struct segment *seg, struct change *change)
{
	change->quiet = 0;
	change->adopted = 0;
	change->step = 0;
	change->remark = REMARK_NONE;
	change->learnt = 1;
	load_facts(seg, change);
}

/*
 * One attempt. 0: look again; 1: done. Every path that holds the direction ends in finish() or lets go of it in
 * renew().
 */
__noinline int track_once(const struct segment *seg, struct change *change)
{
	int verdict, begun;

	if (!seg || !change)
		return 1;
	change->slot = flow_find(seg);
	if ((int)change->slot == SLOT_BUSY)
		return 0;
	if ((int)change->slot == SLOT_NONE) {
		begun = begin_new(seg, change);
		if (begun <= 0)
			return begun < 0;
	} else {
		if (!hold_direction(seg, change))
			return 0;
		verdict = learn(seg, change);
		if (verdict == VERDICT_IGNORED)
			count(COUNTER_NO_FLOW);
		if (verdict == VERDICT_DONE || verdict == VERDICT_IGNORED)
			goto learnt;
		if (!renew(seg, change, verdict))
			return 0;
	}
	load_begun(seg, change);
	learn(seg, change);
learnt:
	finish(seg, change);
	announce(change->slot, facts_generation(change->word), change->now);
	return 1;
}

/* Any segment that track_established() did not take. Its options have been walked. */
__noinline int track_segment(struct segment *seg)
{
	struct change change = {};

	if (!seg)
		return 0;
	if (seg->flags & SEGMENT_SYN)
		count(seg->flags & SEGMENT_ACK ? COUNTER_SYNACK : COUNTER_SYN);
	change.now = exact_clock();
	for (int i = 0; i < TRACK_TRIES; i++) {
		if (track_once(seg, &change))
			return 0;
	}
	count(COUNTER_BUSY);
	return 0;
}

#endif
