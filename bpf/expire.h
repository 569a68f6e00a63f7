/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs `sweep`, which sends timeouts as events and frees stale records, and `flush`: see synscope/sweep.h. */
#ifndef SYNSCOPE_BPF_EXPIRE_H
#define SYNSCOPE_BPF_EXPIRE_H

#include "synscope/sweep.h"
#include "bpf/record/emit.h"
#include "bpf/table/rank.h"

struct sweep {
	__u64 now;
	__u32 first;
	__u32 announced;
	__u32 freed;
};

/* The timeout of a flow by all of its facts: an enum flow_timeout. A function of its own because of the stack. */
__noinline __u32 exact_timeout(__u32 slot)
{
	const struct flow_hot *hot = hot_slot(slot);
	const struct flow_cold *cold = cold_slot(slot);
	struct tcp_facts a, b;

	if (!hot || !cold)
		return TIMEOUT_CLOSED;
	a = tcp_facts(&hot->dir[0], &cold->dir[0]);
	b = tcp_facts(&hot->dir[1], &cold->dir[1]);
	return flow_timeout(&a, &b);
}

/* How long ago the flow's timeout passed, 0 if it has not; ns. What the hot line does not tell is looked up in cold. */
static __always_inline __u64 overdue(__u32 slot, const struct flow_hot *hot, const struct flow_cold *cold, __u64 now)
{
	_Bool late = !!((READ_ONCE(hot->dir[0].facts) | READ_ONCE(hot->dir[1].facts)) & FACT_LATE_ACK);
	__u32 timeout = late ? exact_timeout(slot) : timeout_of(hot);
	__u64 limit = timeout_limit(timeout), age;

	if (timeout == TIMEOUT_TIME_WAIT || timeout == TIMEOUT_CLOSED)
		age = now > cold->last_exact_ns ? now - cold->last_exact_ns : 0;
	else
		age = (__u64)age_of(hot, now >> LAST_SEEN_SHIFT) << LAST_SEEN_SHIFT;
	return limit != TIMEOUT_NONE && age > limit ? age - limit : 0;
}

/* Sends the event of a timeout, once: both ends are CLOSED. */
static __always_inline void announce_timeout(struct sweep *sweep, __u32 slot, struct flow_cold *cold)
{
	__u32 was = READ_ONCE(cold->announced), is;

	if (was & ANNOUNCED_CLOSED)
		return;
	is = (was & ~(__u32)ANNOUNCED_STATES(0xf, 0xf)) | ANNOUNCED_NEW | ANNOUNCED_CLOSED;
	if (__sync_val_compare_and_swap(&cold->announced, was, is) != was)
		return;
	sweep->announced++;
	send_events(slot, was, is, RETIRE_NOT, sweep->now);
}

/* Ends the record of a slot that is held. */
static __always_inline void free_slot(__u32 slot, struct flow_hot *hot, __u32 reason, __u64 now)
{
	announce_retired(slot, reason, now);
	WRITE_ONCE(hot->dir[0].facts, READ_ONCE(hot->dir[0].facts) & ~FACTS_MASK);
	WRITE_ONCE(hot->dir[1].facts, READ_ONCE(hot->dir[1].facts) & ~FACTS_MASK);
	set_stamp(slot, STAMP_FREE);
	set_tag(hot, 0);
}

/* Frees the slot of a stale record, unless a segment revives it or another flow takes it at this moment. */
static __always_inline void free_stale(struct sweep *sweep, __u32 slot, struct flow_hot *hot, struct flow_cold *cold)
{
	__u32 tag = READ_ONCE(hot->tag);

	if (!(tag & TAG_LIVE) || !hold_slot(hot, tag, facts_generation(READ_ONCE(hot->dir[0].facts))))
		return;
	if (!overdue(slot, hot, cold, sweep->now)) {
		unhold_slot(hot, tag);
		return;
	}
	free_slot(slot, hot, RETIRE_ENDED, sweep->now);
	sweep->freed++;
}

static long sweep_slot(__u32 index, struct sweep *sweep)
{
	__u32 slot = sweep->first + index;
	struct flow_hot *hot = hot_slot(slot);
	struct flow_cold *cold = cold_slot(slot);
	__u64 late;

	if (!hot || !cold)
		return 1; /* past the end of the table */
	if (!(READ_ONCE(hot->tag) & TAG_LIVE))
		return 0;
	late = overdue(slot, hot, cold, sweep->now);
	if (!late)
		return 0;
	announce_timeout(sweep, slot, cold);
	if (timeout_of(hot) == TIMEOUT_CLOSED || late > config.timeout_ns[TIMEOUT_CLOSED])
		free_stale(sweep, slot, hot, cold);
	return 0;
}

static __always_inline int sweep_table(struct sweep_request *request)
{
	struct sweep sweep = { .now = exact_clock(), .first = request->first };
	__u32 slots = request->slots < SWEEP_SLOTS_MAX ? request->slots : SWEEP_SLOTS_MAX;

	bpf_loop(slots, sweep_slot, &sweep, 0);
	request->announced = sweep.announced;
	request->freed = sweep.freed;
	return 0;
}

/* Frees the record of a slot if it still holds this flow. A global function: verified once. */
__noinline int flush_slot(__u32 slot, __u32 tag, __u32 generation, __u64 now)
{
	struct flow_hot *hot = hot_slot(slot);

	if (!hot || !(tag & TAG_LIVE) || !hold_slot(hot, tag, generation))
		return 0;
	free_slot(slot, hot, RETIRE_FLUSHED, now);
	return 1;
}

SEC("syscall") int flush(struct flush_request *request)
{
	__u64 now = exact_clock();
	__u32 count = request->count, flushed = 0;

#pragma clang loop unroll(full) /* the context is read at constant offsets */
	for (__u32 i = 0; i < FLUSH_ENTRIES; i++)
		if (i < count)
			flushed += flush_slot(request->entry[i].slot, request->entry[i].tag,
					      request->entry[i].generation, now);
	request->flushed = flushed;
	return 0;
}

#endif
