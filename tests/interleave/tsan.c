// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions that clang's -fsanitize=thread calls before each access. The programs are linked with these instead of
 * clang's runtime.
 */
#include "memory.h"

#define PC __builtin_return_address(0)
#define ORDER_RELAXED 0 /* C11 memory orders as numbers; a stronger order has a higher number */
#define ORDER_ACQUIRE 2

#define PLAIN(kind, bytes)                           \
	void __tsan_##kind##read##bytes(void *at);   \
	void __tsan_##kind##write##bytes(void *at);  \
	void __tsan_##kind##read##bytes(void *at)    \
	{                                            \
		memory_access(at, bytes, false, PC); \
	}                                            \
	void __tsan_##kind##write##bytes(void *at)   \
	{                                            \
		memory_access(at, bytes, true, PC);  \
	}
#define PLAIN_OF(bytes)          \
	PLAIN(, bytes)           \
	PLAIN(volatile_, bytes)  \
	PLAIN(unaligned_, bytes) \
	PLAIN(unaligned_volatile_, bytes)

PLAIN_OF(1)
PLAIN_OF(2)
PLAIN_OF(4)
PLAIN_OF(8)

static enum barrier barrier_of_load(int order)
{
	return order == ORDER_RELAXED ? BARRIER_NONE : BARRIER_ACQUIRE;
}

/* The build's awk script (traced.awk) has appended _unused to the names of atomics whose result is not used. */
#define FETCH(bits, name, op)                                                                  \
	__u##bits __tsan_atomic##bits##_##name(void *at, __u##bits value, int order);          \
	__u##bits __tsan_atomic##bits##_##name##_unused(void *at, __u##bits value, int order); \
	__u##bits __tsan_atomic##bits##_##name(void *at, __u##bits value, int order)           \
	{                                                                                      \
		(void)order;                                                                   \
		return memory_atomic(at, (bits) / 8, op, value, BARRIER_FULL, PC);             \
	}                                                                                      \
	__u##bits __tsan_atomic##bits##_##name##_unused(void *at, __u##bits value, int order)  \
	{                                                                                      \
		(void)order;                                                                   \
		return memory_atomic(at, (bits) / 8, op, value, BARRIER_NONE, PC);             \
	}
#define ATOMIC_OF(bits)                                                                                       \
	FETCH(bits, fetch_add, ATOMIC_ADD)                                                                    \
	FETCH(bits, fetch_and, ATOMIC_AND)                                                                    \
	FETCH(bits, fetch_or, ATOMIC_OR)                                                                      \
	__u##bits __tsan_atomic##bits##_exchange(void *at, __u##bits value, int order);                       \
	__u##bits __tsan_atomic##bits##_load(const void *at, int order);                                      \
	__u##bits __tsan_atomic##bits##_compare_exchange_val(void *at, __u##bits expected, __u##bits desired, \
							     int order, int failed_order);                    \
	__u##bits __tsan_atomic##bits##_exchange(void *at, __u##bits value, int order)                        \
	{                                                                                                     \
		(void)order;                                                                                  \
		return memory_atomic(at, (bits) / 8, ATOMIC_EXCHANGE, value, BARRIER_FULL, PC);               \
	}                                                                                                     \
	__u##bits __tsan_atomic##bits##_load(const void *at, int order)                                       \
	{                                                                                                     \
		return memory_load(at, (bits) / 8, barrier_of_load(order), PC);                               \
	}                                                                                                     \
	__u##bits __tsan_atomic##bits##_compare_exchange_val(void *at, __u##bits expected, __u##bits desired, \
							     int order, int failed_order)                     \
	{                                                                                                     \
		(void)order;                                                                                  \
		(void)failed_order;                                                                           \
		return memory_compare_exchange(at, (bits) / 8, expected, desired, PC);                        \
	}

ATOMIC_OF(32)
ATOMIC_OF(64)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
	memory_fence(order > ORDER_ACQUIRE ? BARRIER_FULL : barrier_of_load(order));
}

void *__tsan_memcpy(void *to, const void *from, size_t bytes);
void *__tsan_memset(void *to, int byte, size_t bytes);

void *__tsan_memcpy(void *to, const void *from, size_t bytes)
{
	memory_copy(to, from, bytes, PC);
	return to;
}

void *__tsan_memset(void *to, int byte, size_t bytes)
{
	memory_fill(to, byte, bytes, PC);
	return to;
}

void __tsan_init(void);
void __tsan_init(void)
{
}
