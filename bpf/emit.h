/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling readers what changed. Nothing is told when nobody listens; a slow or dead reader loses events, which are
 * counted, and never holds up a packet.
 */
#ifndef SYNSCOPE_BPF_EMIT_H
#define SYNSCOPE_BPF_EMIT_H

#include "synscope/event.h"
#include "synscope/lifetime.h"
#include "flow_table.h"

struct reader_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EVENT_RING_BYTES);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, EVENT_READERS);
	__type(key, __u32);
	__array(values, struct reader_ring);
} readers SEC(".maps");

struct event_places {
	struct event_place place[EVENT_READERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event_places);
} places SEC(".maps");

static __always_inline struct event_places *event_places(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&places, &zero);
}

static __always_inline _Bool is_listening(const struct event_place *place, __u64 now)
{
	__u64 heartbeat = LOAD(place->heartbeat_ns);

	return heartbeat == EVENT_FOREVER || (heartbeat && now < heartbeat + EVENT_HEARTBEAT_NS);
}

/* Does anybody listen? */
static __always_inline _Bool anybody_listens(__u64 now)
{
	struct event_places *all = event_places();
	__u64 heartbeats = 0;
	_Bool any = 0;

	for (int i = 0; all && i < EVENT_READERS; i++)
		heartbeats |= LOAD(all->place[i].heartbeat_ns);
	for (int i = 0; heartbeats && all && i < EVENT_READERS; i++)
		any |= is_listening(&all->place[i], now);
	return any;
}

/* What is told, apart from the record itself. */
struct event_header {
	__u64 time_ns;
	__u32 kinds;
	__u32 slot;
	__u32 was;
	__u32 is;
	__u32 reason;
	__u32 unused;
};

_Static_assert(sizeof(struct event_header) == __builtin_offsetof(struct flow_event, hot), "event_header");

static __always_inline void copy_words(__u64 *to, const __u64 *from, __u32 bytes)
{
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < bytes / sizeof(*to); i++)
		to[i] = LOAD(from[i]);
}

/* Puts one event into the buffer of one reader, or counts it as lost. */
static __always_inline int tell_reader(__u32 reader, const struct event_header *header)
{
	struct event_places *all = event_places();
	struct flow_event *event;
	struct flow_hot *hot;
	struct flow_cold *cold;
	void *ring;

	if (!header || !all || reader >= EVENT_READERS)
		return 0;
	hot = hot_slot(header->slot);
	cold = cold_slot(header->slot);
	ring = bpf_map_lookup_elem(&readers, &reader);
	if (!ring || !hot || !cold)
		return 0;
	event = bpf_ringbuf_reserve(ring, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&all->place[reader % EVENT_READERS].lost, 1);
		return 0;
	}
	copy_words((__u64 *)event, (const __u64 *)header, sizeof(*header));
	copy_words((__u64 *)&event->hot, (const __u64 *)hot, sizeof(*hot));
	copy_words((__u64 *)&event->cold, (const __u64 *)cold, sizeof(*cold));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

static __always_inline __u32 event_kinds(__u32 was, __u32 is)
{
	__u32 added = is & ~was;

	return (added & ANNOUNCED_NEW ? EVENT_NEW : 0) | (added & ANNOUNCED_HANDSHAKE ? EVENT_HANDSHAKE : 0) |
	       (added & ANNOUNCED_CLOSED ? EVENT_CLOSED : 0) |
	       (ANNOUNCED_CLIENT(was) != ANNOUNCED_CLIENT(is) ? EVENT_CLIENT_STATE : 0) |
	       (ANNOUNCED_SERVER(was) != ANNOUNCED_SERVER(is) ? EVENT_SERVER_STATE : 0);
}

/* Tells every reader that the word changed, and for what reason the record ends, if it does. */
__noinline int tell(__u32 slot, __u32 was, __u32 is, __u32 reason, __u64 now)
{
	struct event_header header = {
		.time_ns = now,
		.slot = slot,
		.kinds = event_kinds(was, is) | (reason ? EVENT_RETIRED : 0),
		.was = was,
		.is = is,
		.reason = reason,
	};

	for (__u32 i = 0; i < EVENT_READERS; i++) {
		struct event_places *all = event_places();

		if (all && is_listening(&all->place[i], now))
			tell_reader(i, &header);
	}
	return 0;
}

/* Both states, and what else there is to tell, as the announced word would have it. */
__noinline __u32 announceable(__u32 slot, __u32 was)
{
	const struct flow_hot *hot = hot_slot(slot);
	const struct flow_cold *cold = cold_slot(slot);
	struct tcp_facts c, s;
	__u32 client, state_c, state_s;

	if (!hot || !cold)
		return was;
	client = LOAD(hot->dir[0].facts) & FACT_CLIENT ? 0 : 1;
	c = tcp_facts(&hot->dir[client], &cold->dir[client]);
	s = tcp_facts(&hot->dir[!client], &cold->dir[!client]);
	state_c = tcp_state(&c, &s, 0);
	state_s = tcp_state(&s, &c, 0);
	was &= ~(__u32)ANNOUNCED_STATES(0xf, 0xf);
	was |= ANNOUNCED_NEW | ANNOUNCED_STATES(state_c, state_s);
	if (LOAD(cold->flags) & FLOW_ACKED)
		was |= ANNOUNCED_HANDSHAKE;
	if (state_c == STATE_CLOSED && state_s == STATE_CLOSED)
		was |= ANNOUNCED_CLOSED;
	return was;
}

/*
 * Tells what changed in a live record since it was last told. The word is read before the facts: whoever changes facts
 * later announces later, so that of two CPUs one tells, and nothing is left untold.
 */
__noinline int announce(__u32 slot, __u32 generation, __u64 now)
{
	struct flow_cold *cold = cold_slot(slot);
	__u32 was, is;

	if (!cold || !anybody_listens(now))
		return 0;
	for (int tries = 0; tries < 4; tries++) {
		was = LOAD(cold->announced);
		if (facts_generation(was) != generation || (was & ANNOUNCED_CLOSED))
			return 0;
		is = announceable(slot, was);
		if (is == was)
			return 0;
		if (__sync_val_compare_and_swap(&cold->announced, was, is) == was)
			return tell(slot, was, is, RETIRE_NOT, now);
	}
	return 0;
}

/* The record is ours alone and about to be overwritten or freed: its last word. */
__noinline int announce_retired(__u32 slot, __u32 reason, __u64 now)
{
	struct flow_cold *cold = cold_slot(slot);
	__u32 was;

	if (!cold || !anybody_listens(now))
		return 0;
	was = LOAD(cold->announced);
	return tell(slot, was, was | ANNOUNCED_CLOSED, reason, now);
}

#endif
