// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <stdlib.h>

#include "coroutine.h"
#include "memory_private.h"
#include "schedule.h"

/* An access that the program makes itself, after the call that announces it. */
struct pending {
	enum { NOTHING, A_LOAD, A_STORE, A_WAITING_STORE } kind;
	__u32 at;
	__u32 size;
	__u64 under; /* the value in the shared memory */
};

static struct accesses {
	struct pending pending[COROUTINES];
	__u64 history[COROUTINES]; /* of everything that a CPU has read: its next steps depend on nothing else */
} accesses;

void access_reset(void)
{
	for (int i = 0; i < COROUTINES; i++) {
		accesses.history[i] = i + 1;
		accesses.pending[i].kind = NOTHING;
	}
}

__u64 access_state(int cpu)
{
	return accesses.history[cpu];
}

static void remember(int cpu, __u64 value)
{
	accesses.history[cpu] = mix(accesses.history[cpu], value);
}

void memory_settle(void)
{
	int cpu = memory_current();
	struct pending pending = accesses.pending[cpu];
	__u64 now;

	if (pending.kind == NOTHING)
		return;
	accesses.pending[cpu].kind = NOTHING;
	now = memory_get(pending.at, pending.size);
	if (pending.kind == A_STORE) {
		memory_commit(cpu, pending.at, pending.size, pending.under, now);
		return;
	}
	memory_put(pending.at, pending.size, pending.under);
	if (pending.kind == A_WAITING_STORE)
		view_wait(cpu, pending.at, pending.size, now);
}

/* Can another CPU notice this access, or influence it? Then another CPU may run before it. */
static bool begin(__u32 at, unsigned int size, bool write)
{
	int cpu = memory_current();

	if (write)
		memory_mark_dirty(at, size);
	if (cpu < 0)
		return false;
	memory_settle();
	if (!memory_touch(at, size, write))
		return false;
	schedule_point();
	remember(cpu, at + 1);
	return true;
}

static __u64 load_value(__u32 at, __u32 size, enum barrier barrier, const void *pc)
{
	__u64 value = view_load(memory_current(), at, size, barrier);

	remember(memory_current(), value);
	memory_tell("reads", at, size, value, pc);
	return value;
}

void memory_access(void *address, unsigned int size, bool write, const void *pc)
{
	__u32 at = memory_offset(address);
	struct pending *pending;
	__u64 value;

	if (!memory_is_shared(address) || !begin(at, size, write))
		return;
	pending = &accesses.pending[memory_current()];
	*pending = (struct pending){ .at = at, .size = size, .under = memory_get(at, size) };
	if (write) {
		pending->kind = view_store_waits(memory_current(), at, size) ? A_WAITING_STORE : A_STORE;
		memory_tell(pending->kind == A_STORE ? "stores" : "stores, late,", at, size, 0, pc);
		return;
	}
	value = load_value(at, size, BARRIER_NONE, pc);
	if (value == pending->under)
		return;
	pending->kind = A_LOAD;
	memory_put(at, size, value);
}

static unsigned int piece(const void *to, const void *from, size_t bytes)
{
	uintptr_t bits = (uintptr_t)to | (uintptr_t)from | bytes;

	return bits % 8 == 0 ? 8 : bits % 4 == 0 ? 4 : bits % 2 == 0 ? 2 : 1;
}

void memory_copy(void *to, const void *from, size_t bytes, const void *pc)
{
	unsigned int size;

	if (!memory_is_shared(to) && !memory_is_shared(from)) {
		memmove(to, from, bytes);
		return;
	}
	size = piece(to, from, bytes);
	for (size_t i = 0; i < bytes; i += size) {
		__u8 value[WORD];

		memory_access((__u8 *)from + i, size, false, pc);
		memcpy(value, (const __u8 *)from + i, size);
		memory_access((__u8 *)to + i, size, true, pc);
		memcpy((__u8 *)to + i, value, size);
	}
}

void memory_fill(void *to, int byte, size_t bytes, const void *pc)
{
	unsigned int size;

	if (!memory_is_shared(to)) {
		memset(to, byte, bytes);
		return;
	}
	size = piece(to, to, bytes);
	for (size_t i = 0; i < bytes; i += size) {
		memory_access((__u8 *)to + i, size, true, pc);
		memset((__u8 *)to + i, byte, size);
	}
}

__u64 memory_load(const void *address, unsigned int size, enum barrier barrier, const void *pc)
{
	if (!memory_is_shared(address) || !begin(memory_offset(address), size, false))
		return get(address, size);
	return load_value(memory_offset(address), size, barrier, pc);
}

static __u64 result_of(enum atomic op, __u64 was, __u64 operand)
{
	switch (op) {
	case ATOMIC_ADD:
		return was + operand;
	case ATOMIC_AND:
		return was & operand;
	case ATOMIC_OR:
		return was | operand;
	default:
		return operand;
	}
}

/* The barrier of a locked instruction, whether or not another CPU uses its operand. */
static void locked(enum barrier barrier, __u32 at, __u32 size)
{
	if (memory_current() >= 0)
		view_locked(memory_current(), barrier, at, size);
}

__u64 memory_atomic(void *address, unsigned int size, enum atomic op, __u64 operand, enum barrier barrier,
		    const void *pc)
{
	__u32 at = memory_offset(address);
	__u64 was, is;
	bool noticed;

	if (!memory_is_shared(address)) {
		was = get(address, size);
		is = result_of(op, was, operand);
		memcpy(address, &is, size);
		locked(barrier, 0, 0);
		return was;
	}
	noticed = begin(at, size, true);
	locked(barrier, at, size);
	was = memory_get(at, size);
	is = result_of(op, was, operand) & low_bytes(size);
	memory_put(at, size, is);
	if (!noticed)
		return was;
	memory_tell("changes", at, size, was, pc);
	if (barrier == BARRIER_FULL) /* the program may use its result */
		remember(memory_current(), was);
	memory_commit(memory_current(), at, size, was, is);
	locked(barrier, at, size);
	return was;
}

__u64 memory_compare_exchange(void *address, unsigned int size, __u64 expected, __u64 desired, const void *pc)
{
	__u32 at = memory_offset(address);
	bool noticed = begin(at, size, true), same;
	__u64 was;

	locked(BARRIER_NONE, at, size); /* on arm64, a failed one is not a barrier */
	was = memory_get(at, size);
	same = was == (expected & low_bytes(size));
	if (same) {
		locked(BARRIER_FULL, at, size);
		memory_put(at, size, desired);
	}
	if (!noticed)
		return was;
	memory_tell(same ? "exchanges" : "fails to exchange", at, size, was, pc);
	remember(memory_current(), was);
	if (same) {
		memory_commit(memory_current(), at, size, was, desired & low_bytes(size));
		locked(BARRIER_FULL, at, size);
	}
	return was;
}

void memory_fence(enum barrier barrier)
{
	if (memory_current() < 0 || barrier == BARRIER_NONE)
		return;
	memory_settle();
	if (barrier == BARRIER_FULL)
		view_full_barrier(memory_current());
	else
		view_acquire_barrier(memory_current());
}
