// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "coroutine.h"
#include "explore.h"
#include "memory_private.h"

#define WAITING_MOST 64
#define OLDER_MOST 8 /* values of one address that a load may choose from */
#define WHERE_STORE 0x50
#define WHERE_LOAD 0x60

struct waiting {
	__u32 at;
	__u32 size;
	__u64 value;
};

/* Times are counted in commits. */
struct view {
	struct waiting store[WAITING_MOST];
	unsigned int stores;
	/* arm64: */
	__u32 barrier; /* time of the last barrier: no load can read an older value */
	__u32 latest; /* time of the newest value that was read since then */
	__u64 since; /* of everything that happened since then, including the order */
};

static struct views {
	enum memory_model model;
	size_t bytes;
	__u64 *seen; /* arm64, for each CPU and byte: the time of the value that its loads have seen; see seen_at() */
	__u32 run; /* the number of resets: older entries of `seen` are invalid */
	struct view view[COROUTINES];
} views;

void view_open(size_t bytes)
{
	views.bytes = bytes;
	views.seen = calloc(bytes * COROUTINES, sizeof(*views.seen));
	if (!views.seen)
		abort();
}

void memory_use_model(enum memory_model model)
{
	views.model = model;
}

enum memory_model view_model(void)
{
	return views.model;
}

void view_reset(void)
{
	views.run++;
	for (int i = 0; i < COROUTINES; i++) {
		views.view[i].stores = 0;
		views.view[i].barrier = views.view[i].latest = 0;
		views.view[i].since = 0;
	}
}

static __u64 *seen_at(int cpu, __u32 at)
{
	return &views.seen[(size_t)cpu * views.bytes + at];
}

static void see(int cpu, __u32 at, __u32 time)
{
	*seen_at(cpu, at) = (__u64)views.run << 32 | time;
}

size_t memory_view(void)
{
	int cpu = memory_current();

	return cpu >= 0 && views.model == MODEL_ARM ? views.view[cpu].barrier : memory_time();
}

/* ---- stores that wait */

unsigned int memory_waiting(int cpu)
{
	return views.view[cpu].stores;
}

static void drain_only(int cpu, unsigned int which)
{
	struct view *view = &views.view[cpu];
	struct waiting store = view->store[which];
	__u64 was = memory_get(store.at, store.size);

	memmove(&view->store[which], &view->store[which + 1], (view->stores - which - 1) * sizeof(store));
	view->stores--;
	memory_put(store.at, store.size, store.value);
	memory_commit(cpu, store.at, store.size, was, store.value & low_bytes(store.size));
}

void memory_drain_one(int cpu, unsigned int which)
{
	struct view *view = &views.view[cpu];
	struct waiting last = view->store[which];

	for (unsigned int i = 0; i < which;) {
		const struct waiting *store = &view->store[i];

		if (views.model == MODEL_TSO || overlap(store->at, store->size, last.at, last.size)) {
			drain_only(cpu, i);
			which--;
		} else {
			i++;
		}
	}
	drain_only(cpu, which);
}

void memory_drain_others(void)
{
	for (int cpu = 0; cpu < COROUTINES; cpu++)
		while (cpu != memory_current() && views.view[cpu].stores)
			drain_only(cpu, 0);
}

bool view_store_waits(int cpu, __u32 at, __u32 size)
{
	const struct view *view = &views.view[cpu];

	if (views.model == MODEL_SC)
		return false;
	for (unsigned int i = 0; i < view->stores; i++)
		if (views.model == MODEL_TSO || overlap(view->store[i].at, view->store[i].size, at, size))
			return true; /* it stays behind that store */
	return explore_choose(2, false, WHERE_STORE + cpu);
}

void view_wait(int cpu, __u32 at, __u32 size, __u64 value)
{
	struct view *view = &views.view[cpu];

	if (view->stores == WAITING_MOST)
		drain_only(cpu, 0);
	view->store[view->stores++] = (struct waiting){ .at = at, .size = size, .value = value };
}

/* ---- barriers */

void view_full_barrier(int cpu)
{
	struct view *view = &views.view[cpu];

	while (view->stores)
		drain_only(cpu, 0);
	view->barrier = view->latest = memory_time();
	view->since = 0;
}

void view_acquire_barrier(int cpu)
{
	struct view *view = &views.view[cpu];

	if (view->latest > view->barrier)
		view->barrier = view->latest;
}

void view_locked(int cpu, enum barrier barrier, __u32 at, __u32 size)
{
	struct view *view = &views.view[cpu];

	if (views.model == MODEL_SC)
		return;
	if (views.model == MODEL_TSO || barrier == BARRIER_FULL) {
		view_full_barrier(cpu);
		return;
	}
	for (unsigned int i = 0; i < view->stores;)
		if (overlap(view->store[i].at, view->store[i].size, at, size))
			drain_only(cpu, i);
		else
			i++;
}

void view_committed(int by, __u32 at, __u64 change)
{
	if (views.model != MODEL_ARM)
		return;
	for (int i = 0; i < COROUTINES; i++)
		views.view[i].since = mix(views.view[i].since, change);
	see(by, at, memory_time());
}

/* ---- loads */

/*
 * The values that these bytes have had since the last barrier, or since the CPU saw them last, newest first, and their
 * times.
 */
static unsigned int older_values(int cpu, __u32 at, __u32 size, __u64 value[], __u32 time[])
{
	__u64 seen = *seen_at(cpu, at);
	size_t commits;
	const struct commit *all = memory_commits(&commits);
	__u32 bound = views.view[cpu].barrier;
	unsigned int count = 1;

	if (seen >> 32 == views.run && (__u32)seen > bound)
		bound = seen;
	value[0] = memory_get(at, size);
	time[0] = bound;
	for (size_t i = commits; i-- > bound && count < OLDER_MOST;) {
		const struct commit *commit = &all[i];

		if (!overlap(commit->at, commit->size, at, size))
			continue;
		time[count - 1] = i + 1;
		value[count] = overlay(value[count - 1], at, size, commit->at, commit->size, commit->was);
		time[count] = bound;
		count++;
	}
	return count;
}

/* The value that a load of this CPU reads: the newest one or, on arm64, an earlier one if the load is early. */
static __u64 choose_value(int cpu, __u32 at, __u32 size, enum barrier barrier)
{
	struct view *view = &views.view[cpu];
	__u64 value[OLDER_MOST];
	__u32 time[OLDER_MOST];
	unsigned int chosen;

	if (views.model != MODEL_ARM)
		return memory_get(at, size);
	chosen = explore_choose(older_values(cpu, at, size, value, time), false, WHERE_LOAD + cpu);
	see(cpu, at, time[chosen]);
	view->since = mix(view->since, 1);
	if (time[chosen] > view->latest)
		view->latest = time[chosen];
	if (barrier != BARRIER_NONE && time[chosen] > view->barrier)
		view->barrier = time[chosen];
	return value[chosen];
}

__u64 view_load(int cpu, __u32 at, __u32 size, enum barrier barrier)
{
	const struct view *view = &views.view[cpu];
	__u64 value = choose_value(cpu, at, size, barrier);

	for (unsigned int i = 0; i < view->stores; i++)
		if (overlap(view->store[i].at, view->store[i].size, at, size))
			value = overlay(value, at, size, view->store[i].at, view->store[i].size, view->store[i].value);
	return value;
}

__u64 view_state(int cpu)
{
	const struct view *view = &views.view[cpu];
	__u64 state = views.model == MODEL_ARM ? view->since : 0;

	for (unsigned int i = 0; i < view->stores; i++)
		state = mix(mix(state, view->store[i].at), view->store[i].value);
	return state;
}
