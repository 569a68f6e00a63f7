/* SPDX-License-Identifier: GPL-2.0-only */
/* Timeouts become events, and stale records free slots, when a reader asks for it: see synscope/sweep.h. */
#ifndef SYNSCOPE_BPF_SWEEP_H
#define SYNSCOPE_BPF_SWEEP_H

#include "synscope/sweep.h"
#include "track.h"

struct sweep {
	__u64 now;
	__u32 first;
	__u32 announced;
	__u32 freed;
};

/* How long ago the flow's timeout passed, 0 if it has not; ns. */
static __always_inline __u64 overdue(const struct flow_hot *hot, const struct flow_cold *cold, __u64 now)
{
	__u32 timeout = hot_timeout(hot);
	__u64 limit = config.timeout_ns[timeout % TIMEOUT_COUNT], age;

	if (timeout == TIMEOUT_TIME_WAIT || timeout == TIMEOUT_CLOSED)
		age = now > cold->last_exact_ns ? now - cold->last_exact_ns : 0;
	else
		age = (__u64)age_of(hot, now >> LAST_SEEN_SHIFT) << LAST_SEEN_SHIFT;
	return limit != TIMEOUT_NONE && age > limit ? age - limit : 0;
}

/* Tells once that the flow has timed out: both ends are CLOSED. */
static __always_inline void announce_timeout(struct sweep *sweep, __u32 slot, struct flow_cold *cold)
{
	__u32 was = LOAD(cold->announced), is;

	if (was & ANNOUNCED_CLOSED)
		return;
	is = (was & ~(__u32)ANNOUNCED_STATES(0xf, 0xf)) | ANNOUNCED_NEW | ANNOUNCED_CLOSED;
	if (__sync_val_compare_and_swap(&cold->announced, was, is) != was)
		return;
	sweep->announced++;
	tell(slot, was, is, RETIRE_NOT, sweep->now);
}

/* Frees a slot whose record nobody wants any more, unless it changes hands or comes to life at this moment. */
static __always_inline void free_slot(struct sweep *sweep, __u32 slot, struct flow_hot *hot, struct flow_cold *cold)
{
	__u32 was = LOAD(hot->tag), busy = was ^ (TAG_LIVE | TAG_BUSY);

	if (!(was & TAG_LIVE) || __sync_val_compare_and_swap(&hot->tag, was, busy) != was)
		return;
	if (!take_both(hot)) {
		set_tag(hot, was & ~TAG_OVERFLOW);
		return;
	}
	if (overdue(hot, cold, sweep->now)) {
		announce_retired(slot, RETIRE_ENDED, sweep->now);
		STORE(hot->dir[0].facts, LOAD(hot->dir[0].facts) & ~FACTS_MASK);
		STORE(hot->dir[1].facts, LOAD(hot->dir[1].facts) & ~FACTS_MASK);
		set_tag(hot, TAG_TOMBSTONE);
		sweep->freed++;
		return;
	}
	STORE(hot->dir[0].facts, LOAD(hot->dir[0].facts) & ~FACT_WRITING);
	STORE(hot->dir[1].facts, LOAD(hot->dir[1].facts) & ~FACT_WRITING);
	set_tag(hot, was & ~TAG_OVERFLOW);
}

static long sweep_slot(__u32 index, struct sweep *sweep)
{
	__u32 slot = sweep->first + index;
	struct flow_hot *hot = hot_slot(slot);
	struct flow_cold *cold = cold_slot(slot);
	__u64 late;

	if (!hot || !cold)
		return 1; /* past the end of the table */
	if (!(LOAD(hot->tag) & TAG_LIVE))
		return 0;
	late = overdue(hot, cold, sweep->now);
	if (!late)
		return 0;
	announce_timeout(sweep, slot, cold);
	if (hot_timeout(hot) == TIMEOUT_CLOSED || late > config.timeout_ns[TIMEOUT_CLOSED])
		free_slot(sweep, slot, hot, cold);
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

#endif
