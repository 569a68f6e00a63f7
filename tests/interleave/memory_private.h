/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that make up the memory: memory.c holds it, view.c is what one CPU sees, access.c uses both. */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_MEMORY_PRIVATE_H
#define SYNSCOPE_TESTS_INTERLEAVE_MEMORY_PRIVATE_H

#include <string.h>

#include "memory.h"

#define WORD 8

/* ---- words */

static inline __u64 low_bytes(unsigned int size)
{
	return size >= WORD ? ~0ULL : (1ULL << size * 8) - 1;
}

static inline __u64 get(const void *at, unsigned int size)
{
	__u64 value = 0;

	memcpy(&value, at, size); /* little-endian */
	return value;
}

static inline bool overlap(__u32 a, __u32 a_size, __u32 b, __u32 b_size)
{
	return a < b + b_size && b < a + a_size;
}

static inline __u64 mix(__u64 a, __u64 b)
{
	__u64 x = (a ^ b * 0x9e3779b97f4a7c15ULL) * 0xd6e8feb86659fd93ULL;

	return x ^ x >> 32;
}

/* `value`, which is at `at`, with the bytes that another access has in common with it. */
__u64 overlay(__u64 value, __u32 at, __u32 size, __u32 other_at, __u32 other_size, __u64 other);

/* ---- memory.c */

bool memory_is_shared(const void *address);
__u32 memory_offset(const void *address);
__u64 memory_get(__u32 at, unsigned int size);
void memory_put(__u32 at, unsigned int size, __u64 value); /* as nobody's store */
void memory_mark_dirty(__u32 at, __u32 size);

/* Notes that the current CPU uses these bytes. Does another one, too? */
bool memory_touch(__u32 at, unsigned int size, bool write);

/* A store of a CPU becomes visible; the memory holds it already. */
void memory_commit(int by, __u32 at, __u32 size, __u64 was, __u64 is);
__u32 memory_time(void); /* how many there were */

void memory_tell(const char *what, __u32 at, unsigned int size, __u64 value, const void *pc);

/* ---- view.c: what a CPU sees, and what others see of its stores */

void view_open(size_t bytes);
void view_reset(void);
enum memory_model view_model(void);

/* The next plain store of the CPU: is it to wait? Then view_wait() with its value. */
bool view_store_waits(int cpu, __u32 at, __u32 size);
void view_wait(int cpu, __u32 at, __u32 size, __u64 value);

/* What a load of the CPU returns. */
__u64 view_load(int cpu, __u32 at, __u32 size, enum barrier barrier);

/* A barrier; or on arm64, where an atomic instruction may be none, only what these bytes must be for it. */
void view_full_barrier(int cpu);
void view_acquire_barrier(int cpu);
void view_locked(int cpu, enum barrier barrier, __u32 at, __u32 size);

/* Another CPU's view changes. */
void view_committed(int by, __u32 at, __u64 change);

/* All that its next loads depend on, beside the memory. */
__u64 view_state(int cpu);

/* ---- access.c */

void access_reset(void);
__u64 access_state(int cpu); /* of all that the CPU has read so far */

#endif
