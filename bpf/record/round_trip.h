/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times round trips (--rtt), by the rules of rules/round_trip.h.
 *
 * The sender's CPU writes what is being timed, and the CPU of the ACK ends it, at the same time perhaps: neither waits
 * for the other. Each of the two words is written at once, and they are used only if they belong together and to the
 * record. So a word that comes late, to a slot that has been given away or of a timing that is over, loses a round
 * trip, and never makes a wrong one. The figures are written while the direction of the ACK is held: a slot whose
 * direction is held is not given away (table/hold.h), and readers copy it again.
 */
#ifndef SYNSCOPE_BPF_RECORD_ROUND_TRIP_H
#define SYNSCOPE_BPF_RECORD_ROUND_TRIP_H

#include "bpf/record/commit.h"
#include "bpf/record/emit.h"
#include "bpf/rules/round_trip.h"

static __always_inline void store_timing(struct round_trip *trip, const struct timing *timing)
{
	WRITE_ONCE(trip->begun, timing->begun);
	WRITE_ONCE(trip->pending, timing->pending);
}

/* A record begins: nothing was timed yet. This CPU owns the slot. */
static __always_inline void clear_round_trips(__u32 slot)
{
	__u64 *word = (__u64 *)round_trips_of(slot);

	for (int i = 0; word && i < (int)(sizeof(struct flow_round_trips) / sizeof(*word)); i++)
		WRITE_ONCE(word[i], 0);
}

/* Counts a round trip to one end of a flow whose server has this port (network order). */
static __always_inline void count_round_trip(__be16 port, __u32 end, __u32 elapsed)
{
	__u64 ns = (__u64)elapsed << ROUND_TRIP_SHIFT, at, *first;
	struct port_round_trips *histogram;
	__u32 key = 0;
	struct server_ports *ports = bpf_map_lookup_elem(&server_ports, &key);

	if (!ports)
		return;
	take_index(ports, bpf_ntohs(port));
	key = port_index(ports, bpf_ntohs(port));
	histogram = bpf_map_lookup_elem(&round_trip_histograms, &key);
	at = (end & 1) * HISTOGRAM_BUCKETS + histogram_bucket(ns);
	barrier_var(at);
	if (!histogram || at >= ROUND_TRIP_ENDS * HISTOGRAM_BUCKETS)
		return;
	first = (__u64 *)histogram->count;
	__sync_fetch_and_add(first + at, 1);
	__sync_fetch_and_add(&histogram->sum_ns[end & 1], ns);
}

/*
 * If the ACK covers what is being timed, that is over. Returns the round trip; NO_ROUND_TRIP: the ACK is not that of
 * the segment, or has no time. The direction of the ACK is held, so that no other ACK of it ends the same timing.
 */
static __always_inline __u64 take_timing(struct round_trip *trip, __u32 facts, __u32 ack, __u64 echo, __u64 now)
{
	struct timing timing = { .begun = READ_ONCE(trip->begun), .pending = READ_ONCE(trip->pending) };

	if (!is_timed(timing.pending, facts) || !ends_timing(timing.pending, ack))
		return NO_ROUND_TRIP;
	WRITE_ONCE(trip->pending, 0);
	return time_stamp(1) && answers_timing(echo, &timing) ? end_timing(&timing, now) : NO_ROUND_TRIP;
}

/*
 * The ACK of an ordinary segment of direction `dir`, which echoes a timestamp or NO_ECHO, covers what is being timed,
 * or did so a moment ago: another CPU may have ended that since, and begun another timing, which is not that of this
 * ACK. `facts` is the facts word by which the segment was judged: if the direction has another one by now, the round
 * trip is lost.
 */
__noinline int end_round_trip(__u32 slot, __u32 dir, __u32 facts, __u32 ack, __u64 echo)
{
	struct flow_round_trips *trips = round_trips_of(slot);
	struct flow_hot *hot = hot_slot(slot);
	struct round_trip *trip;
	__u64 elapsed, now = exact_clock();
	__be16 port;

	if (!trips || !hot)
		return 0;
	dir &= 1;
	trip = &trips->dir[dir ^ 1];
	if (__sync_val_compare_and_swap(&hot->dir[dir].facts, facts, facts | FACT_WRITING) != facts)
		return 0;
	elapsed = take_timing(trip, facts, ack, echo, now);
	if (elapsed != NO_ROUND_TRIP)
		add_round_trip(trip, elapsed);
	port = hot->port[facts & FACT_CLIENT ? dir ^ 1 : dir];
	__sync_lock_test_and_set(&hot->dir[dir].facts, facts);
	if (elapsed == NO_ROUND_TRIP)
		return 0;
	count_round_trip(port, facts & FACT_CLIENT ? ROUND_TRIP_CLIENT : ROUND_TRIP_SERVER, elapsed);
	announce_round_trip(slot, facts, elapsed, now);
	return 0;
}

static __always_inline void begin_round_trip(const struct segment *seg, struct round_trip *trip, __u32 facts,
					     __u32 flags, __u64 now)
{
	struct timing timing = begin_timing(seg, segment_end(seg), facts, flags, now);

	store_timing(trip, &timing);
}

/* What an ordinary segment (fast.h) of the record means: data of it is new, and its ACK believed. */
static __always_inline void time_ordinary(const struct segment *seg, __u32 slot, __u32 facts)
{
	struct flow_round_trips *trips = round_trips_of(slot);
	struct round_trip *mine;
	__u64 waiting;

	if (!trips)
		return;
	mine = &trips->dir[seg->dir & 1];
	waiting = READ_ONCE(trips->dir[(seg->dir & 1) ^ 1].pending);
	if (is_timed(waiting, facts) && ends_timing(waiting, seg->ack))
		end_round_trip(slot, seg->dir, facts, seg->ack, echo_of(seg));
	if (seg->payload && time_stamp(1) && !is_timed(READ_ONCE(mine->pending), facts))
		begin_round_trip(seg, mine, facts, 0, exact_clock());
}

/*
 * The same for the ACK of a segment that was judged by the rules; the direction of its sender is held. Returns the
 * round trip, which is not announced yet, or NO_ROUND_TRIP.
 */
static __always_inline __u64 note_ack(const struct segment *seg, const struct tracking *tracking,
				      struct round_trip *trip, __be16 port)
{
	const struct tcp_facts *me = &tracking->ruling.me;
	__u64 elapsed;

	if (!(me->bits & FACT_ACK) || seq_after(seg->ack, me->max_ack))
		return NO_ROUND_TRIP;
	elapsed = take_timing(trip, tracking->word, seg->ack, echo_of(seg), tracking->now);
	if (elapsed == NO_ROUND_TRIP)
		return NO_ROUND_TRIP;
	add_round_trip(trip, elapsed);
	count_round_trip(port, is_client(&tracking->ruling) ? ROUND_TRIP_CLIENT : ROUND_TRIP_SERVER, elapsed);
	return elapsed;
}

/* … and for its data, whose sender was at next_seq `was`. */
static __always_inline void note_data(const struct segment *seg, const struct tracking *tracking,
				      struct round_trip *trip, __u32 was)
{
	struct timing timing = { .begun = READ_ONCE(trip->begun), .pending = READ_ONCE(trip->pending) };
	_Bool timed = is_timed(timing.pending, tracking->word);

	if (timed && spoils_timing(seg, was)) {
		if (can_time_again(seg, &timing) && time_stamp(1)) {
			timing = begin_timing(seg, (__u32)timing.pending, tracking->word, ROUND_TRIP_AGAIN,
					      tracking->now);
			store_timing(trip, &timing);
		} else {
			WRITE_ONCE(trip->pending, 0);
		}
	} else if (!timed && is_new_data(seg, was) && tracking->ruling.me.next_seq == segment_end(seg) &&
		   time_stamp(1)) {
		begin_round_trip(seg, trip, tracking->word, 0, tracking->now);
	}
}

/*
 * What a segment means that was judged by the rules. To be called before commit(), which replaces next_seq. What a
 * direction sent before it was heard is not known, so its first segment is not timed; nor are SYNs, of which the
 * handshake has the times. Returns the round trip that the segment ends, or NO_ROUND_TRIP.
 */
__noinline __u64 note_round_trip(const struct segment *seg, const struct tracking *tracking)
{
	struct flow_round_trips *trips;
	const struct flow_hot *hot;
	const struct flow_cold *cold;
	__u64 elapsed;
	__u32 dir;

	if (!seg || !tracking || (seg->flags & (SEGMENT_SYN | SEGMENT_RST)))
		return NO_ROUND_TRIP;
	trips = round_trips_of(tracking->slot);
	hot = hot_slot(tracking->slot);
	cold = cold_slot(tracking->slot);
	if (!trips || !hot || !cold)
		return NO_ROUND_TRIP;
	dir = seg->dir & 1;
	elapsed =
		note_ack(seg, tracking, &trips->dir[dir ^ 1], hot->port[is_client(&tracking->ruling) ? dir ^ 1 : dir]);
	if (tracking->word & FACT_SEQ)
		note_data(seg, tracking, &trips->dir[dir],
			  next_seq_of(tracking->word, &hot->dir[dir], &cold->dir[dir]));
	return elapsed;
}

#endif
