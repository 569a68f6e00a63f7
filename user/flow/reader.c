// SPDX-License-Identifier: GPL-2.0-only
#include "flow/reader.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define TRIES \
	1000 /* each takes some 10 to 100 ns; a writer needs less than a microsecond, unless its CPU is interrupted */
#define CACHE_LINE 64

#define TUNNELS_SIZE (TUNNELS_MAX * sizeof(struct flow_tunnel))

/* NULL if there is none. */
static void *map_array(int fd, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static size_t round_trips_size(const struct flow_reader *reader)
{
	return flow_reader_slots(reader) * sizeof(struct flow_round_trips);
}

int flow_reader_open(struct flow_reader *reader, const struct flow_arrays *arrays, __u32 buckets)
{
	int err = 0;

	flow_reader_init_memory(reader, NULL, NULL, buckets);
	reader->mapped = true;
	reader->hot = map_array(arrays->hot_fd, buckets * sizeof(struct flow_bucket));
	if (reader->hot)
		reader->cold = map_array(arrays->cold_fd, flow_reader_slots(reader) * sizeof(struct flow_cold));
	if (reader->cold)
		reader->tunnels = map_array(arrays->tunnels_fd, TUNNELS_SIZE);
	if (reader->tunnels && arrays->round_trips_fd >= 0)
		reader->round_trips = map_array(arrays->round_trips_fd, round_trips_size(reader));
	if (!reader->tunnels || (arrays->round_trips_fd >= 0 && !reader->round_trips)) {
		err = -errno;
		flow_reader_close(reader);
	}
	return err;
}

void flow_reader_init_memory(struct flow_reader *reader, const struct flow_bucket *hot, const struct flow_cold *cold,
			     __u32 buckets)
{
	*reader = (struct flow_reader){ .hot = hot, .cold = cold, .buckets = buckets };
}

static void unmap(const void *memory, size_t size)
{
	if (memory)
		munmap((void *)memory, size);
}

void flow_reader_close(struct flow_reader *reader)
{
	if (!reader->mapped)
		return;
	unmap(reader->hot, reader->buckets * sizeof(struct flow_bucket));
	unmap(reader->cold, flow_reader_slots(reader) * sizeof(struct flow_cold));
	unmap(reader->tunnels, TUNNELS_SIZE);
	unmap(reader->round_trips, round_trips_size(reader));
	reader->mapped = false;
}

static const struct flow_hot *hot_slot(const struct flow_reader *reader, __u32 slot)
{
	return &reader->hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
}

static bool is_flow(__u32 tag)
{
	return (tag & (TAG_LIVE | TAG_BUSY)) == TAG_LIVE;
}

/* The version of a record, see reader.h. */
struct version {
	__u32 packets[FLOW_DIRS];
	__u32 facts[FLOW_DIRS];
	__u32 tag;
};

/* Load the version; in this order, and before the rest of the record. */
static inline struct version read_version(const struct flow_hot *hot)
{
	struct version version;

	for (int i = 0; i < FLOW_DIRS; i++)
		version.packets[i] = __atomic_load_n(&hot->dir[i].packets, __ATOMIC_ACQUIRE);
	for (int i = 0; i < FLOW_DIRS; i++)
		version.facts[i] = __atomic_load_n(&hot->dir[i].facts, __ATOMIC_ACQUIRE);
	version.tag = __atomic_load_n(&hot->tag, __ATOMIC_ACQUIRE);
	return version;
}

/* Has the record still the same version, after the rest was copied? Loads in the opposite order. */
static inline bool is_current(const struct version *version, const struct flow_hot *hot)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&hot->tag, __ATOMIC_ACQUIRE) != version->tag)
		return false;
	for (int i = 0; i < FLOW_DIRS; i++)
		if (__atomic_load_n(&hot->dir[i].facts, __ATOMIC_ACQUIRE) != version->facts[i])
			return false;
	for (int i = 0; i < FLOW_DIRS; i++)
		if (__atomic_load_n(&hot->dir[i].packets, __ATOMIC_ACQUIRE) != version->packets[i])
			return false;
	return true;
}

static inline bool is_being_written(const struct version *version)
{
	return (version->facts[0] | version->facts[1]) & FACT_WRITING;
}

/* Put the version into the copy, over what was copied there at another moment. */
static inline void put_version(const struct version *version, struct flow_hot *hot)
{
	hot->tag = version->tag;
	for (int i = 0; i < FLOW_DIRS; i++) {
		hot->dir[i].facts = version->facts[i];
		hot->dir[i].packets = version->packets[i];
	}
}

/* How often either direction was timed: part of the version of a record with round trips. */
struct trips_version {
	__u32 samples[FLOW_DIRS];
};

static inline struct trips_version read_trips(const struct flow_reader *reader, __u32 slot)
{
	struct trips_version version = { 0 };

	for (int i = 0; i < FLOW_DIRS && reader->round_trips; i++)
		version.samples[i] = __atomic_load_n(&reader->round_trips[slot].dir[i].samples, __ATOMIC_ACQUIRE);
	return version;
}

/* Copy the round trips. False: one became known meanwhile. */
static inline bool copy_trips(const struct flow_reader *reader, __u32 slot, const struct trips_version *version,
			      struct flow_round_trips *to)
{
	struct trips_version now;

	if (!reader->round_trips) {
		*to = (struct flow_round_trips){ 0 };
		return true;
	}
	memcpy(to, &reader->round_trips[slot], sizeof(*to));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	now = read_trips(reader, slot);
	return !memcmp(&now, version, sizeof(now));
}

/*
 * As flow_reader_try_slot; of the cold record only that many bytes, which are a constant for either caller: inlined, or
 * a scan takes a tenth longer. memcpy() may take the words in any order, but each of these aligned ones at once.
 */
static __always_inline enum copy_result try_slot(const struct flow_reader *reader, __u32 slot,
						 struct flow_record *record, size_t cold_bytes)
{
	const struct flow_hot *hot = hot_slot(reader, slot);
	const struct trips_version trips = read_trips(reader, slot);
	const struct version version = read_version(hot);

	if (!is_flow(version.tag))
		return COPY_NO_FLOW;
	if (is_being_written(&version))
		return COPY_CROSSED;
	memcpy(&record->hot, hot, sizeof(*hot));
	memcpy(&record->cold, &reader->cold[slot], cold_bytes);
	if (!copy_trips(reader, slot, &trips, &record->round_trips) || !is_current(&version, hot))
		return COPY_CROSSED;
	put_version(&version, &record->hot);
	record->slot = slot;
	return (version.facts[0] | version.facts[1]) & FACT_SEQ ? COPY_MADE : COPY_NO_FLOW;
}

static __always_inline bool copy_slot(const struct flow_reader *reader, __u32 slot, struct flow_record *record,
				      size_t cold_bytes)
{
	enum copy_result result = COPY_CROSSED;

	for (int i = 0; i < TRIES && result == COPY_CROSSED; i++)
		result = try_slot(reader, slot, record, cold_bytes);
	return result == COPY_MADE;
}

enum copy_result flow_reader_try_slot(const struct flow_reader *reader, __u32 slot, struct flow_record *record)
{
	return try_slot(reader, slot, record, sizeof(record->cold));
}

bool flow_reader_read_slot(const struct flow_reader *reader, __u32 slot, struct flow_record *record)
{
	return copy_slot(reader, slot, record, sizeof(record->cold));
}

/* The slots of a bucket that hold a flow, one bit each. Without branches, because they could not be predicted. */
static unsigned int live_slots(const struct flow_bucket *bucket)
{
	unsigned int live = 0;

	for (int i = 0; i < FLOW_SLOTS_PER_BUCKET; i++)
		live |= (unsigned int)is_flow(__atomic_load_n(&bucket->slot[i].tag, __ATOMIC_RELAXED)) << i;
	return live;
}

/* Prefetch cold records: they are too far apart for the processor to do that by itself. */
static void prefetch_cold(const struct flow_reader *reader, __u32 bucket)
{
	unsigned int live = bucket < reader->buckets ? live_slots(&reader->hot[bucket]) : 0;

	for (; live; live &= live - 1) {
		__u32 slot = bucket * FLOW_SLOTS_PER_BUCKET + __builtin_ctz(live);
		const char *cold = (const char *)&reader->cold[slot];

		for (size_t i = 0; i < offsetof(struct flow_cold, opening); i += CACHE_LINE)
			__builtin_prefetch(cold + i);
	}
}

size_t flow_reader_read(const struct flow_reader *reader, __u32 *bucket, struct flow_record *records, size_t room)
{
	size_t count = 0;

	for (; *bucket < reader->buckets && room - count >= FLOW_SLOTS_PER_BUCKET; ++*bucket) {
		unsigned int live = live_slots(&reader->hot[*bucket]);

		prefetch_cold(reader, *bucket + 2);
		for (; live; live &= live - 1) {
			__u32 slot = *bucket * FLOW_SLOTS_PER_BUCKET + __builtin_ctz(live);

			count += copy_slot(reader, slot, &records[count], offsetof(struct flow_cold, opening));
		}
	}
	return count;
}
