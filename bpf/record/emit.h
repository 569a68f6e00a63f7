/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends events to readers. Without a reader nothing is sent. A slow or dead reader loses events, which are counted, and
 * never delays a packet.
 */
#ifndef SYNSCOPE_BPF_EMIT_H
#define SYNSCOPE_BPF_EMIT_H

#include "synscope/event.h"
#include "synscope/lifetime.h"
#include "bpf/table/flow_table.h"

static __always_inline struct reader_slots *all_reader_slots(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&reader_slots, &zero);
}

static __always_inline _Bool is_alive(__u64 heartbeat, __u64 now)
{
	return heartbeat == EVENT_FOREVER || (heartbeat && now < heartbeat + EVENT_HEARTBEAT_NS);
}

/* Has the slot a reader that wants any of these kinds of events, which are of EVENT_CHANGES? */
static __always_inline _Bool is_listening(const struct reader_slot *slot, __u64 now, __u32 kinds)
{
	__u64 heartbeat = READ_ONCE(slot->heartbeat_ns), only = READ_ONCE(slot->only);

	return is_alive(heartbeat, now) && (!only || (only & kinds));
}

/* The same of EVENT_ROUND_TRIPS, which only those get who name them. */
static __always_inline _Bool is_timing(const struct reader_slot *slot, __u64 now, __u32 kinds)
{
	__u64 heartbeat = READ_ONCE(slot->heartbeat_ns), only = READ_ONCE(slot->only);

	return is_alive(heartbeat, now) && (only & kinds);
}

/* Has there been a reader? Inlined where events would be sent: without readers, that costs no call. */
static __always_inline _Bool has_heartbeats(void)
{
	struct reader_slots *all = all_reader_slots();
	__u64 heartbeats = 0;

	for (int i = 0; all && i < EVENT_READERS; i++)
		heartbeats |= READ_ONCE(all->slot[i].heartbeat_ns);
	return !!heartbeats;
}

static __always_inline _Bool has_listener(__u64 now, __u32 kinds)
{
	struct reader_slots *all = all_reader_slots();
	_Bool any = 0;

	for (int i = 0; all && i < EVENT_READERS; i++)
		any |= is_listening(&all->slot[i], now, kinds);
	return any;
}

/* What an event says beside the record itself. */
struct event_header {
	__u64 time_ns;
	__u32 kinds;
	__u32 slot;
	__u32 was;
	__u32 is;
	__u32 reason;
	__u32 elapsed;
};

_Static_assert(sizeof(struct event_header) == __builtin_offsetof(struct flow_event, hot), "event_header");

static __always_inline void copy_words(__u64 *to, const __u64 *from, __u32 bytes)
{
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < bytes / sizeof(*to); i++)
		to[i] = READ_ONCE(from[i]);
}

static __always_inline void copy_record(struct flow_event *event, const struct flow_hot *hot,
					const struct flow_cold *cold)
{
	copy_words((__u64 *)&event->hot, (const __u64 *)hot, sizeof(*hot));
	copy_words((__u64 *)&event->cold, (const __u64 *)cold, sizeof(*cold));
}

/* Puts one event into the buffer of one reader, or counts it as lost. */
static __always_inline int send_event(__u32 reader, const struct event_header *header)
{
	struct reader_slots *all = all_reader_slots();
	struct flow_event *event;
	struct flow_hot *hot;
	struct flow_cold *cold;
	const struct flow_round_trips *trips;
	void *ring;

	if (!header || !all || reader >= EVENT_READERS)
		return 0;
	hot = hot_slot(header->slot);
	cold = cold_slot(header->slot);
	trips = config.rtt ? round_trips_of(header->slot) : 0;
	ring = bpf_map_lookup_elem(&reader_rings, &reader);
	if (!ring || !hot || !cold || (config.rtt && !trips))
		return 0;
	if (config.rtt)
		event = bpf_ringbuf_reserve(ring, EVENT_BYTES(1), 0);
	else
		event = bpf_ringbuf_reserve(ring, EVENT_BYTES(0), 0);
	if (!event) {
		__sync_fetch_and_add(&all->slot[reader % EVENT_READERS].lost, 1);
		return 0;
	}
	copy_words((__u64 *)event, (const __u64 *)header, sizeof(*header));
	copy_record(event, hot, cold);
	if (config.rtt && trips)
		copy_words((__u64 *)&event->round_trips, (const __u64 *)trips, sizeof(*trips));
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

/* Sends an event to every reader: the announced word changed, and if `reason` is set, the record ends. */
__noinline int send_events(__u32 slot, __u32 was, __u32 is, __u32 reason, __u64 now)
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
		struct reader_slots *all = all_reader_slots();

		if (all && is_listening(&all->slot[i], now, header.kinds))
			send_event(i, &header);
	}
	return 0;
}

/* The announced word that fits the record as it is now; `was` has been read before, and is read first on arm64, too. */
__noinline __u32 announceable(__u32 slot, __u32 was)
{
	const struct flow_hot *hot;
	const struct flow_cold *cold;
	struct tcp_facts c, s;
	__u32 client, state_c, state_s;

	slot += zero_after(was);
	hot = hot_slot(slot);
	cold = cold_slot(slot);
	if (!hot || !cold)
		return was;
	client = READ_ONCE(hot->dir[0].facts) & FACT_CLIENT ? 0 : 1;
	c = tcp_facts(&hot->dir[client], &cold->dir[client]);
	s = tcp_facts(&hot->dir[!client], &cold->dir[!client]);
	state_c = tcp_state(&c, &s, 0);
	state_s = tcp_state(&s, &c, 0);
	was &= ~((__u32)ANNOUNCED_STATES(0xf, 0xf) | ANNOUNCED_CLOSED);
	was |= ANNOUNCED_NEW | ANNOUNCED_STATES(state_c, state_s);
	if (READ_ONCE(cold->flags) & FLOW_ACKED)
		was |= ANNOUNCED_HANDSHAKE;
	if (state_c == STATE_CLOSED && state_s == STATE_CLOSED)
		was |= ANNOUNCED_CLOSED;
	return was;
}

/*
 * Sends what changed in a live record since its last event. The announced word is read before the facts: a CPU that
 * changes facts later also announces later, so that every change is sent, and sent by one CPU only.
 */
__noinline int announce_change(__u32 slot, __u32 generation, __u64 now)
{
	struct flow_cold *cold = cold_slot(slot);
	__u32 was, is;

	if (!cold || !has_listener(now, ~(EVENT_RETIRED | EVENT_ROUND_TRIPS)))
		return 0;
	for (int tries = 0; tries < 4; tries++) {
		was = READ_ONCE(cold->announced);
		if (facts_generation(was) != generation)
			return 0;
		is = announceable(slot, was);
		if (is == was)
			return 0;
		if (__sync_val_compare_and_swap(&cold->announced, was, is) == was)
			return send_events(slot, was, is, RETIRE_NOT, now);
	}
	return 0;
}

static __always_inline void announce(__u32 slot, __u32 generation, __u64 now)
{
	if (has_heartbeats())
		announce_change(slot, generation, now);
}

/* Sends the last event of a record that this CPU owns and is about to overwrite or to free. */
__noinline int announce_end(__u32 slot, __u32 reason, __u64 now)
{
	struct flow_cold *cold = cold_slot(slot);
	__u32 was;

	if (!cold || !has_listener(now, EVENT_RETIRED))
		return 0;
	was = READ_ONCE(cold->announced);
	return send_events(slot, was, was | ANNOUNCED_CLOSED, reason, now);
}

static __always_inline void announce_retired(__u32 slot, __u32 reason, __u64 now)
{
	if (has_heartbeats())
		announce_end(slot, reason, now);
}

/*
 * Puts one round trip of a flow of this generation into the buffer of one reader. The record is read after its
 * direction was released: if another flow has taken the slot since, what was copied is not the flow's, and the event is
 * lost. The generation is read after the copy: a full barrier, an atomic instruction on a line of ours, is in between.
 */
static __always_inline int send_sample(__u32 reader, const struct event_header *header, __u32 generation)
{
	struct reader_slots *all = all_reader_slots();
	struct flow_event *event;
	const struct flow_hot *hot = hot_slot(header->slot);
	const struct flow_cold *cold = cold_slot(header->slot);
	const struct flow_round_trips *trips = round_trips_of(header->slot);
	void *ring = bpf_map_lookup_elem(&reader_rings, &reader);
	_Bool same = 0;

	if (!all || reader >= EVENT_READERS || !ring || !hot || !cold || !trips)
		return 0;
	event = bpf_ringbuf_reserve(ring, EVENT_BYTES(1), 0);
	if (event) {
		copy_words((__u64 *)event, (const __u64 *)header, sizeof(*header));
		copy_record(event, hot, cold);
		copy_words((__u64 *)&event->round_trips, (const __u64 *)trips, sizeof(*trips));
		hot = hot_slot(header->slot + zero_after(__sync_fetch_and_or(&event->kinds, 0)));
		same = hot && facts_generation(READ_ONCE(hot->dir[0].facts)) == generation;
		if (same)
			bpf_ringbuf_submit(event, 0);
		else
			bpf_ringbuf_discard(event, 0);
	}
	if (!same)
		__sync_fetch_and_add(&all->slot[reader % EVENT_READERS].lost, 1);
	return 0;
}

/* Sends a round trip to every reader that wants it: `facts` is the facts word of the direction of its ACK. */
__noinline int send_round_trip(__u32 slot, __u32 facts, __u32 elapsed, __u64 now)
{
	struct event_header header = {
		.time_ns = now,
		.slot = slot,
		.kinds = facts & FACT_CLIENT ? EVENT_ROUND_TRIP_CLIENT : EVENT_ROUND_TRIP_SERVER,
		.elapsed = elapsed,
	};

	for (__u32 i = 0; i < EVENT_READERS; i++) {
		struct reader_slots *all = all_reader_slots();

		if (all && is_timing(&all->slot[i], now, header.kinds))
			send_sample(i, &header, facts_generation(facts));
	}
	return 0;
}

static __always_inline void announce_round_trip(__u32 slot, __u32 facts, __u32 elapsed, __u64 now)
{
	if (has_heartbeats())
		send_round_trip(slot, facts, elapsed, now);
}

static __always_inline void flow_retire(__u32 slot, __u32 rank, __u64 now_ns)
{
	announce_retired(slot, rank > RANK_TIME_WAIT ? RETIRE_EVICTED : RETIRE_ENDED, now_ns);
}

#endif
