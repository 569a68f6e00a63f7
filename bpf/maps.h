/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of an instance, what userspace decided, and the few accessors that everything else goes through. */
#ifndef SYNSCOPE_BPF_MAPS_H
#define SYNSCOPE_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "synscope/config.h"
#include "synscope/flow.h"

/* Sizes are set before the load: hot and fingerprints have config.buckets entries, cold eight times as many. */
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
	__uint(max_entries, FLOW_SLOTS_PER_BUCKET);
	__type(key, __u32);
	__type(value, struct flow_cold);
} cold SEC(".maps");

struct counter_values {
	__u64 value[COUNTER_COUNT]; /* by enum synscope_counter */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counter_values);
} counters SEC(".maps");

/* Not used by the programs: it tells any reader of the pins what they are. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct instance_meta);
} meta SEC(".maps");

const volatile struct synscope_config config = { .buckets = 1 };

/* The time, where config.manual_clock says that userspace sets it. */
__u64 clock_ns = 0;

/* The upper half a jiffy, the lower half the ticks of the coarse clock in it. */
__u64 known_ticks = 0;

#define LOAD(x) (*(const volatile typeof(x) *)&(x))
#define STORE(x, v) (*(volatile typeof(x) *)&(x) = (v))

static __always_inline void count(__u32 counter)
{
	__u32 zero = 0;
	struct counter_values *values = bpf_map_lookup_elem(&counters, &zero);

	if (values && counter < COUNTER_COUNT)
		values->value[counter]++;
}

static __always_inline __u64 exact_clock(void)
{
	return config.manual_clock ? LOAD(clock_ns) : bpf_ktime_get_ns();
}

/*
 * The coarse clock in units of 2^LAST_SEEN_SHIFT ns. It is the same for the whole of a jiffy, and to look at that costs a
 * tenth of the helper: so the last answer is kept beside the jiffy it was given in.
 */
static __always_inline __u32 coarse_ticks(void)
{
	__u64 known = LOAD(known_ticks);
	__u32 jiffy = bpf_jiffies64(), ticks;

	if (config.manual_clock)
		return LOAD(clock_ns) >> LAST_SEEN_SHIFT;
	if (known >> 32 == jiffy)
		return known;
	ticks = bpf_ktime_get_coarse_ns() >> LAST_SEEN_SHIFT;
	STORE(known_ticks, (__u64)jiffy << 32 | ticks);
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

#endif
