/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which record makes room for a new flow: its age and class, from its hot line alone (docs/specification.md, sections 6
 * and 7).
 */
#ifndef SYNSCOPE_BPF_RANK_H
#define SYNSCOPE_BPF_RANK_H

#include "bpf/record/emit.h"

static __always_inline __u32 age_of(const struct flow_hot *hot, __u32 now)
{
	__s32 a = now - READ_ONCE(hot->dir[0].last_seen), b = now - READ_ONCE(hot->dir[1].last_seen);
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
	__u32 facts = READ_ONCE(x->facts);

	return (facts & FACT_ACKED_FIN) || ((facts & FACT_ACK) && !seq_after(peer->next_seq, x->max_ack));
}

/*
 * The timeout of a flow, from its hot record alone. A late ACK, which is in cold, makes no difference to the order of
 * eviction.
 */
static __always_inline __u32 hot_timeout(const struct flow_hot *hot)
{
	__u32 a = READ_ONCE(hot->dir[0].facts), b = READ_ONCE(hot->dir[1].facts);
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

/* What a SYN flood leaves behind: only one end has sent, and it has sent neither FIN nor RST. */
static __always_inline _Bool is_unanswered_syn(__u32 a, __u32 b)
{
	return (((a | b) & (FACT_SYN | FACT_SEQ | FACT_FIN | FACT_RST | FACT_PROOF)) == (FACT_SYN | FACT_SEQ)) &&
	       !(a & b & (FACT_SYN | FACT_INFERRED | FACT_SEQ)) && !((a | b) & FACT_INFERRED);
}

static __always_inline enum flow_rank flow_rank(const struct flow_hot *hot, __u32 now, __u32 *age)
{
	__u32 a = READ_ONCE(hot->dir[0].facts), b = READ_ONCE(hot->dir[1].facts), timeout;
	_Bool both_seen = !!(a & b & FACT_SEQ);

	*age = age_of(hot, now);
	if (is_unanswered_syn(a, b))
		return older_than((__u64)*age << LAST_SEEN_SHIFT, TIMEOUT_SYN_SENT) ? RANK_EXPIRED : RANK_HALF_OPEN;
	timeout = hot_timeout(hot);
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

#endif
