/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which record makes room for a new flow: its age and class, from its hot line alone (docs/specification.md, sections 6
 * and 7).
 */
#ifndef SYNSCOPE_BPF_RANK_H
#define SYNSCOPE_BPF_RANK_H

#include "bpf/rules/expiry.h"
#include "bpf/table/flow_table.h"

static __always_inline __u32 age_of(const struct flow_hot *hot, __u32 now)
{
	__s32 a = now - READ_ONCE(hot->dir[0].last_seen), b = now - READ_ONCE(hot->dir[1].last_seen);
	__s32 age = a < b ? a : b;

	return age < 0 ? 0 : age;
}

/* Of an enum flow_timeout, ns. */
static __always_inline __u64 timeout_limit(__u32 timeout)
{
	barrier_var(timeout); /* one number, compared as it is used */
	return timeout < TIMEOUT_COUNT ? config.timeout_ns[timeout] : TIMEOUT_NONE;
}

static __always_inline _Bool older_than(__u64 age_ns, __u32 timeout)
{
	__u64 limit = timeout_limit(timeout);

	return limit != TIMEOUT_NONE && age_ns > limit;
}

static __always_inline struct hot_side hot_side(const struct flow_dir *dir)
{
	return (struct hot_side){
		.bits = READ_ONCE(dir->facts),
		.next_seq = READ_ONCE(dir->next_seq),
		.max_ack = READ_ONCE(dir->max_ack),
	};
}

/* The timeout of a flow, as its hot line has it. */
static __always_inline enum flow_timeout timeout_of(const struct flow_hot *hot)
{
	const struct hot_side a = hot_side(&hot->dir[0]), b = hot_side(&hot->dir[1]);

	return hot_timeout(&a, &b);
}

static __always_inline enum flow_rank half_open_rank(__u32 age)
{
	return older_than((__u64)age << LAST_SEEN_SHIFT, TIMEOUT_SYN_SENT) ? RANK_EXPIRED : RANK_HALF_OPEN;
}

static __always_inline enum flow_rank flow_rank(const struct flow_hot *hot, __u32 now, __u32 *age)
{
	__u32 a = READ_ONCE(hot->dir[0].facts), b = READ_ONCE(hot->dir[1].facts), timeout;

	*age = age_of(hot, now);
	if (!more_than_a_syn(a, b))
		return half_open_rank(*age);
	timeout = timeout_of(hot);
	if (older_than((__u64)*age << LAST_SEEN_SHIFT, timeout))
		return RANK_EXPIRED;
	if (timeout == TIMEOUT_CLOSED)
		return RANK_CLOSED;
	if (timeout == TIMEOUT_TIME_WAIT)
		return RANK_TIME_WAIT;
	if (timeout == TIMEOUT_SYN_SENT || timeout == TIMEOUT_SYN_RECEIVED || timeout == TIMEOUT_ONE_WAY)
		return RANK_HALF_OPEN;
	return timeout == TIMEOUT_ESTABLISHED ? RANK_ESTABLISHED : RANK_CLOSING;
}

#endif
