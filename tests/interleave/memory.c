// SPDX-License-Identifier: GPL-2.0-only
#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "coroutine.h"
#include "memory_private.h"

#define LINE 64
#define COMMITS_MOST 65536
#define WRITERS_SHIFT 4 /* `touched` has a bit for each CPU that reads or writes, and one for each that writes. */

static struct memory {
	__u8 *base;
	size_t bytes;
	__u8 *image; /* the initial content */
	__u8 *touched; /* for each byte, the CPUs that use it */
	__u8 *conflict; /* for each byte: 1 if two CPUs use it, and one of them writes */
	bool *is_dirty; /* for each line */
	__u32 *dirty;
	unsigned int dirty_lines;
	bool grown;
	bool remember_order;
	int current;
	__u64 content; /* hash of the bytes with conflicts */
	__u64 order;
	struct commit commit[COMMITS_MOST];
	__u32 commits;
	memory_trace_fn trace;
} memory;

static void *allocate(size_t count, size_t size)
{
	void *memory_of = calloc(count, size);

	if (!memory_of)
		abort();
	return memory_of;
}

void memory_open(void *base, size_t bytes)
{
	memory.base = base;
	memory.bytes = bytes;
	memory.current = -1;
	memory.image = allocate(bytes + WORD, 1);
	memory.touched = allocate(bytes + WORD, 1);
	memory.conflict = allocate(bytes + WORD, 1);
	memory.is_dirty = allocate(bytes / LINE + 1, sizeof(*memory.is_dirty));
	memory.dirty = allocate(bytes / LINE + 1, sizeof(*memory.dirty));
	view_open(bytes);
}

void memory_keep(void)
{
	memcpy(memory.image, memory.base, memory.bytes);
	memset(memory.is_dirty, 0, memory.bytes / LINE + 1);
	memory.dirty_lines = 0;
}

void memory_reset(void)
{
	for (unsigned int i = 0; i < memory.dirty_lines; i++) {
		size_t at = (size_t)memory.dirty[i] * LINE;

		memcpy(memory.base + at, memory.image + at, at + LINE < memory.bytes ? LINE : memory.bytes - at);
		memory.is_dirty[memory.dirty[i]] = false;
	}
	memory.dirty_lines = 0;
	memory.content = memory.order = 0;
	memory.commits = 0;
	view_reset();
	access_reset();
}

void memory_forget_conflicts(void)
{
	memset(memory.touched, 0, memory.bytes);
	memset(memory.conflict, 0, memory.bytes);
}

bool memory_grown(void)
{
	bool grown = memory.grown;

	memory.grown = false;
	return grown;
}

void memory_remember_order(bool remember)
{
	memory.remember_order = remember;
}

void memory_trace(memory_trace_fn trace)
{
	memory.trace = trace;
}

void memory_cpu(int cpu)
{
	memory.current = cpu;
}

int memory_current(void)
{
	return memory.current;
}

const struct commit *memory_commits(size_t *count)
{
	*count = memory.commits;
	return memory.commit;
}

/* ---- bytes */

bool memory_is_shared(const void *address)
{
	return (uintptr_t)address - (uintptr_t)memory.base < memory.bytes;
}

__u32 memory_offset(const void *address)
{
	return (const __u8 *)address - memory.base;
}

__u64 memory_get(__u32 at, unsigned int size)
{
	return get(memory.base + at, size);
}

void memory_put(__u32 at, unsigned int size, __u64 value)
{
	memcpy(memory.base + at, &value, size);
}

__u64 overlay(__u64 value, __u32 at, __u32 size, __u32 other_at, __u32 other_size, __u64 other)
{
	for (__u32 i = 0; i < other_size; i++)
		if (other_at + i >= at && other_at + i < at + size) {
			unsigned int shift = (other_at + i - at) * 8;

			value = (value & ~(0xffULL << shift)) | (other >> i * 8 & 0xff) << shift;
		}
	return value;
}

void memory_mark_dirty(__u32 at, __u32 size)
{
	for (__u32 line = at / LINE; line <= (at + size - 1) / LINE; line++)
		if (!memory.is_dirty[line]) {
			memory.is_dirty[line] = true;
			memory.dirty[memory.dirty_lines++] = line;
		}
}

/* ---- conflicts */

static void touch_byte(__u32 at, __u8 who)
{
	__u8 all = memory.touched[at] |= who, users = all & ((1U << WRITERS_SHIFT) - 1);

	if (!memory.conflict[at] && all >> WRITERS_SHIFT && (users & (users - 1))) {
		memory.conflict[at] = 1;
		memory.grown = true;
	}
}

/*
 * An access is made as a whole, maybe late: all its bytes have a conflict if one has, because the CPU's own accesses to
 * the others would come before it otherwise.
 */
static void widen_conflict(__u32 at, unsigned int size)
{
	memset(memory.conflict + at, 1, size);
	memory.grown = true;
}

bool memory_touch(__u32 at, unsigned int size, bool write)
{
	const __u64 all = 0x0101010101010101ULL & low_bytes(size);
	__u64 conflict;
	__u8 who = 1U << memory.current | (write ? 1U << (WRITERS_SHIFT + memory.current) : 0);
	__u64 want = all * who;

	if ((get(memory.touched + at, WORD) & want) != want)
		for (unsigned int i = 0; i < size; i++)
			touch_byte(at + i, who);
	conflict = get(memory.conflict + at, WORD) & low_bytes(size);
	if (conflict && conflict != all)
		widen_conflict(at, size);
	return conflict != 0;
}

/* ---- the view of other CPUs */

/* What a word contributes to the state: only its bytes with conflicts, because the others are not tracked. */
static __u64 word_state(__u32 word, __u64 value)
{
	__u64 mask = get(memory.conflict + word, WORD) * 0xff;

	return mix(value & mask, word + 1);
}

static void account(__u32 at, __u32 size, __u64 was, __u64 is)
{
	for (__u32 word = at / WORD * WORD; word < at + size; word += WORD) {
		__u64 now = get(memory.base + word, WORD);

		memory.content ^= word_state(word, overlay(now, word, WORD, at, size, was));
		memory.content ^= word_state(word, overlay(now, word, WORD, at, size, is));
	}
}

void memory_commit(int by, __u32 at, __u32 size, __u64 was, __u64 is)
{
	__u64 change;

	if (memory.trace)
		memory.trace(by, "is stored:", at, size, is, NULL);
	if (was == is)
		return;
	account(at, size, was, is);
	if (memory.commits == COMMITS_MOST)
		abort();
	memory.commit[memory.commits++] = (struct commit){ .at = at, .size = size, .was = was, .is = is };
	change = mix(mix(at, was), is);
	if (memory.remember_order)
		memory.order = mix(memory.order, change);
	view_committed(by, at, change);
}

__u32 memory_time(void)
{
	return memory.commits;
}

void memory_tell(const char *what, __u32 at, unsigned int size, __u64 value, const void *pc)
{
	if (memory.trace)
		memory.trace(memory.current, what, at, size, value, pc);
}

__u64 memory_state(void)
{
	__u64 state = memory.content ^ memory.order;

	for (int i = 0; i < COROUTINES; i++)
		state = mix(mix(state, access_state(i)), view_state(i));
	return state;
}
