/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All maps of an instance, the configuration that userspace sets before the load, and the accessors of both.
 *
 * How the verifier shapes the code of this folder (Linux 6.1 is the strictest; docs/design.md has more):
 * - A __noinline function with external linkage is verified once, by itself, instead of once for each path that leads
 *   to it. Its pointer arguments may then be NULL as far as the verifier knows, hence the checks at the head of each,
 *   and it may return only an integer.
 * - A pointer to a map's value cannot be passed to such a function unless its size is known, so what is passed is the
 *   number of the slot, and the value is looked up again: the look-up in an array is a few inlined instructions.
 * - All frames of a chain of calls share 512 bytes of stack.
 * - barrier_var() keeps the compiler from computing a bound twice, once for the check and once for the use.
 */
#ifndef SYNSCOPE_BPF_MAPS_H
#define SYNSCOPE_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "synscope/config.h"
#include "synscope/event.h"
#include "synscope/flow.h"
#include "synscope/histogram.h"
#include "synscope/round_trip.h"

/* Sizes are set before the load: hot, fingerprints and stamps have config.buckets entries, cold eight times as many. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_bucket);
} hot SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_fingerprints);
} fingerprints SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_stamps);
} stamps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FLOW_SLOTS_PER_BUCKET);
	__type(key, __u32);
	__type(value, struct flow_cold);
} cold SEC(".maps");

/* One entry for each of cold with --rtt, else one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_round_trips);
} round_trips SEC(".maps");

struct counter_values {
	__u64 value[COUNTERS_MAX]; /* by enum synscope_counter */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counter_values);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SERVER_PORT_INDEXES);
	__type(key, __u32);
	__type(value, struct port_latencies);
} latencies SEC(".maps");

/* One entry for each of latencies with --rtt, else one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct port_round_trips);
} round_trip_histograms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct server_ports);
} server_ports SEC(".maps");

struct event_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EVENT_RING_BYTES);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, EVENT_READERS);
	__type(key, __u32);
	__array(values, struct event_ring);
} reader_rings SEC(".maps");

struct reader_slots {
	struct reader_slot slot[EVENT_READERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct reader_slots);
} reader_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TUNNELS_MAX);
	__type(key, __u32);
	__type(value, struct flow_tunnel);
} tunnels SEC(".maps");

/* The tunnels of the segment that a CPU is handling. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_tunnel);
} tunnel_noted SEC(".maps");

/* Not used by the programs: describes the instance to those who open its pins. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct instance_meta);
} meta SEC(".maps");

const volatile struct synscope_config config = { .buckets = 1 };

/* The time, where config.manual_clock says that userspace sets it. */
__u64 clock_ns = 0;

/*
 * Bytes on the wire of the frame on which userspace runs a program, if it gives only the beginning of it (replay);
 * otherwise 0.
 */
__u32 wire_length = 0;

/* 1: the frame on which userspace runs a program has no time that can be believed, and clock_ns is that of another. */
__u32 untimed = 0;

/* The upper half a jiffy, the lower half the ticks of the coarse clock in it. */
__u64 known_ticks = 0;

#define CACHE_LINE 64

#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))

/*
 * Always 0, but the processor cannot know that: a load from an address that is computed with it comes after the load of
 * the word, on arm64 too. Costs less than a barrier.
 */
static __always_inline __u32 zero_after(__u32 word)
{
	__u32 same = word;

	barrier_var(same);
	return same - word;
}

static __always_inline void count(__u32 counter)
{
	__u32 zero = 0;
	struct counter_values *values = bpf_map_lookup_elem(&counters, &zero);

	if (values && counter < COUNTER_COUNT)
		values->value[counter]++;
}

/* Goes on while the machine is suspended, so that a time is as far in the past as it is by the clock on the wall. */
static __always_inline __u64 exact_clock(void)
{
	return config.manual_clock ? READ_ONCE(clock_ns) : bpf_ktime_get_boot_ns();
}

/* What is kept as the time of a segment that was processed at `now`. 0: it has none. */
static __always_inline __u64 time_stamp(__u64 now)
{
	return config.manual_clock && READ_ONCE(untimed) ? 0 : now;
}

/*
 * The clock in units of 2^LAST_SEEN_SHIFT ns, as of the beginning of the jiffy or a little later. Reading the jiffies
 * costs a tenth of reading the clock: so the last reading is kept together with its jiffy.
 */
static __always_inline __u32 coarse_ticks(void)
{
	__u64 known = READ_ONCE(known_ticks);
	__u32 jiffy = bpf_jiffies64(), ticks;

	if (config.manual_clock)
		return READ_ONCE(clock_ns) >> LAST_SEEN_SHIFT;
	if (known >> 32 == jiffy)
		return known;
	ticks = bpf_ktime_get_boot_ns() >> LAST_SEEN_SHIFT;
	WRITE_ONCE(known_ticks, (__u64)jiffy << 32 | ticks);
	return ticks;
}

static __always_inline struct flow_hot *hot_slot(__u32 slot)
{
	__u32 index = slot / FLOW_SLOTS_PER_BUCKET;
	struct flow_bucket *bucket = bpf_map_lookup_elem(&hot, &index);

	return bucket ? &bucket->slot[slot % FLOW_SLOTS_PER_BUCKET] : 0;
}

static __always_inline struct flow_cold *cold_slot(__u32 slot)
{
	return bpf_map_lookup_elem(&cold, &slot);
}

/* Only with config.rtt. */
static __always_inline struct flow_round_trips *round_trips_of(__u32 slot)
{
	return bpf_map_lookup_elem(&round_trips, &slot);
}

/* Reads a word of them, so that they are fetched before they are needed, at the same time as the rest of the record. */
static __always_inline void fetch_round_trips(__u32 slot)
{
	const struct flow_round_trips *trips = round_trips_of(slot);

	if (trips)
		READ_ONCE(trips->dir[0].pending);
}

/*
 * Reads a word of each cache line of a record, so that all lines are fetched at the same time, and before they are
 * needed: accesses that depend on each other, and all behind an atomic instruction or a return, would wait for one line
 * after the other.
 */
static __always_inline void fetch_cold(__u32 slot)
{
	const __u64 *word = (const __u64 *)cold_slot(slot);

	for (int i = 0; word && i < (int)(sizeof(struct flow_cold) / sizeof(*word)); i += CACHE_LINE / sizeof(*word))
		READ_ONCE(word[i]);
}

#endif
