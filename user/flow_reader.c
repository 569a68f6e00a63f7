// SPDX-License-Identifier: GPL-2.0-only
#include "flow_reader.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define TRIES 100
#define CACHE_LINE 64

int flow_reader_open(struct flow_reader *reader, int hot_fd, int cold_fd, __u32 buckets)
{
	size_t slots = (size_t)buckets * FLOW_SLOTS_PER_BUCKET;
	void *hot = mmap(NULL, buckets * sizeof(struct flow_bucket), PROT_READ, MAP_SHARED, hot_fd, 0);
	void *cold;
	int err;

	if (hot == MAP_FAILED)
		return -errno;
	cold = mmap(NULL, slots * sizeof(struct flow_cold), PROT_READ, MAP_SHARED, cold_fd, 0);
	if (cold == MAP_FAILED) {
		err = -errno;
		munmap(hot, buckets * sizeof(struct flow_bucket));
		return err;
	}
	flow_reader_init_memory(reader, hot, cold, buckets);
	reader->mapped = true;
	return 0;
}

void flow_reader_init_memory(struct flow_reader *reader, const struct flow_bucket *hot, const struct flow_cold *cold,
			     __u32 buckets)
{
	*reader = (struct flow_reader){ .hot = hot, .cold = cold, .buckets = buckets };
}

void flow_reader_close(struct flow_reader *reader)
{
	if (!reader->mapped)
		return;
	munmap((void *)reader->hot, reader->buckets * sizeof(struct flow_bucket));
	munmap((void *)reader->cold, flow_reader_slots(reader) * sizeof(struct flow_cold));
	reader->mapped = false;
}

void flow_reader_rewind(struct flow_reader *reader)
{
	reader->next = 0;
}

static const struct flow_hot *hot_slot(const struct flow_reader *reader, __u32 slot)
{
	return &reader->hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
}

static bool is_flow(__u32 tag)
{
	return (tag & (TAG_LIVE | TAG_BUSY)) == TAG_LIVE;
}

/*
 * Is what was copied what is there, and was nobody amid a change? A change of facts bears FACT_WRITING while it
 * lasts; one that began and ended meanwhile has counted its segment.
 */
static bool unchanged(const struct flow_hot *now, const struct flow_hot *copy)
{
	if (__atomic_load_n(&now->tag, __ATOMIC_RELAXED) != copy->tag)
		return false;
	for (int i = 0; i < FLOW_DIRS; i++) {
		if (copy->dir[i].facts & FACT_WRITING)
			return false;
		if (__atomic_load_n(&now->dir[i].facts, __ATOMIC_RELAXED) != copy->dir[i].facts ||
		    __atomic_load_n(&now->dir[i].packets, __ATOMIC_RELAXED) != copy->dir[i].packets)
			return false;
	}
	return true;
}

/* As flow_reader_read_slot; of the cold record only that many bytes. */
static inline bool copy_slot(const struct flow_reader *reader, __u32 slot, struct flow_record *record,
			     size_t cold_bytes)
{
	const struct flow_hot *hot = hot_slot(reader, slot);

	for (int i = 0; i < TRIES; i++) {
		if (!is_flow(__atomic_load_n(&hot->tag, __ATOMIC_ACQUIRE)))
			return false;
		memcpy(&record->hot, hot, sizeof(*hot));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		memcpy(&record->cold, &reader->cold[slot], cold_bytes);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (is_flow(record->hot.tag) && unchanged(hot, &record->hot)) {
			record->slot = slot;
			return (record->hot.dir[0].facts | record->hot.dir[1].facts) & FACT_SEQ;
		}
	}
	return false;
}

bool flow_reader_read_slot(const struct flow_reader *reader, __u32 slot, struct flow_record *record)
{
	return copy_slot(reader, slot, record, sizeof(record->cold));
}

/* The slots of a bucket that hold a flow, a bit each: without a branch, as no processor could guess them. */
static unsigned int live_slots(const struct flow_bucket *bucket)
{
	unsigned int live = 0;

	for (int i = 0; i < FLOW_SLOTS_PER_BUCKET; i++)
		live |= (unsigned int)is_flow(__atomic_load_n(&bucket->slot[i].tag, __ATOMIC_RELAXED)) << i;
	return live;
}

/* Cold records are too far apart for the processor to know which will be wanted. */
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

size_t flow_reader_read(struct flow_reader *reader, struct flow_record *records, size_t room)
{
	size_t count = 0;

	for (; reader->next < reader->buckets && room - count >= FLOW_SLOTS_PER_BUCKET; reader->next++) {
		unsigned int live = live_slots(&reader->hot[reader->next]);

		prefetch_cold(reader, reader->next + 2);
		for (; live; live &= live - 1) {
			__u32 slot = reader->next * FLOW_SLOTS_PER_BUCKET + __builtin_ctz(live);

			count += copy_slot(reader, slot, &records[count], offsetof(struct flow_cold, opening));
		}
	}
	return count;
}
