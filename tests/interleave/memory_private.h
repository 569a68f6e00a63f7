/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the files that implement the memory: memory.c has its content, view.c what each CPU sees of it, access.c
 * uses both.
 */
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

/* Returns `value`, which is at `at`, with those of its bytes replaced that the other access covers, too. */
__u64 overlay(__u64 value, __u32 at, __u32 size, __u32 other_at, __u32 other_size, __u64 other);

/* ---- memory.c */

bool memory_is_shared(const void *address);
__u32 memory_offset(const void *address);
__u64 memory_get(__u32 at, unsigned int size);
void memory_put(__u32 at, unsigned int size, __u64 value); /* not the store of a CPU */
void memory_mark_dirty(__u32 at, __u32 size);

/* Notes that the current CPU uses these bytes. Returns whether another one does, too. */
bool memory_touch(__u32 at, unsigned int size, bool write);

/* Called when a store of a CPU becomes visible; the memory contains it already. */
void memory_commit(int by, __u32 at, __u32 size, __u64 was, __u64 is);
__u32 memory_time(void); /* the number of commits so far */

void memory_tell(const char *what, __u32 at, unsigned int size, __u64 value, const void *pc);

/* ---- view.c: what a CPU sees, and when others see its stores */

void view_open(size_t bytes);
void view_reset(void);
enum memory_model view_model(void);

/* Must the next plain store of the CPU wait? If so, the caller calls view_wait() with its value. */
bool view_store_waits(int cpu, __u32 at, __u32 size);
void view_wait(int cpu, __u32 at, __u32 size, __u64 value);

/* Returns the value that a load of the CPU reads. */
__u64 view_load(int cpu, __u32 at, __u32 size, enum barrier barrier);

/* A barrier; or, for an atomic instruction that is no barrier on arm64, only its effect on these bytes. */
void view_full_barrier(int cpu);
void view_acquire_barrier(int cpu);
void view_locked(int cpu, enum barrier barrier, __u32 at, __u32 size);

/* Called when the memory changes, for the views of the other CPUs. */
void view_committed(int by, __u32 at, __u64 change);

/* Everything that the CPU's next loads depend on, besides the memory. */
__u64 view_state(int cpu);

/* ---- access.c */

void access_reset(void);
__u64 access_state(int cpu); /* of everything that the CPU has read so far */

#endif
