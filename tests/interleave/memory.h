/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that simulated CPUs share, under one of three memory models (README.md). Every access of the programs and
 * of the reader comes here, by the calls that clang's -fsanitize=thread inserts before each of them (tsan.c).
 */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_MEMORY_H
#define SYNSCOPE_TESTS_INTERLEAVE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

enum memory_model {
	MODEL_SC, /* sequentially consistent: one access after the other */
	MODEL_TSO, /* x86: stores wait in a buffer, in their order */
	MODEL_ARM, /* arm64: stores wait in any order, loads may be early; barriers order them */
	MODELS,
};

enum barrier {
	BARRIER_NONE,
	BARRIER_ACQUIRE,
	BARRIER_FULL,
};

enum atomic {
	ATOMIC_EXCHANGE,
	ATOMIC_ADD,
	ATOMIC_AND,
	ATOMIC_OR,
};

/* A store that other CPUs see, as it happens. */
struct commit {
	__u32 at; /* offset in the shared memory */
	__u32 size; /* 1 to 8 bytes */
	__u64 was, is;
};

/* What is shared. */
void memory_open(void *base, size_t bytes);
void memory_use_model(enum memory_model model);

/* What the memory holds now is what every schedule begins with. */
void memory_keep(void);

/* Back to that, for the next schedule. */
void memory_reset(void);

/* No address is known to be used by two CPUs any more: for the next scenario. */
void memory_forget_conflicts(void);

/* Was an address found that two CPUs use, and not treated so before? From now on it will be. */
bool memory_grown(void);

/* Whose accesses are those that follow; -1: nobody's. They are direct then, and not observed. */
void memory_cpu(int cpu);
int memory_current(void);

/* Completes the last access of the CPU. To be called before another one runs. */
void memory_settle(void);

/* Stores of a CPU that wait: how many, and making one of them visible; with TSO those before it too. */
unsigned int memory_waiting(int cpu);
void memory_drain_one(int cpu, unsigned int which);
void memory_drain_others(void); /* of all CPUs but the one that runs */

/* All that the future depends on: the memory, and what each CPU has read so far. */
__u64 memory_state(void);

/* The stores since memory_reset() that changed an address which two CPUs use. */
const struct commit *memory_commits(size_t *count);

/* How many of them the next load of the CPU that runs has certainly behind it. */
size_t memory_view(void);

/* Their order counts in memory_state(), for scenarios whose checks look at the past. */
void memory_remember_order(bool remember);

/* Called for each access, in a report. */
typedef void (*memory_trace_fn)(int cpu, const char *what, __u32 at, unsigned int size, __u64 value, const void *pc);
void memory_trace(memory_trace_fn trace);

/* A plain access, which the caller makes as soon as this returns. */
void memory_access(void *address, unsigned int size, bool write, const void *pc);

/* Accesses that are made here. */
void memory_copy(void *to, const void *from, size_t bytes, const void *pc);
void memory_fill(void *to, int byte, size_t bytes, const void *pc);
__u64 memory_load(const void *address, unsigned int size, enum barrier barrier, const void *pc);
__u64 memory_atomic(void *address, unsigned int size, enum atomic op, __u64 operand, enum barrier barrier,
		    const void *pc);
__u64 memory_compare_exchange(void *address, unsigned int size, __u64 expected, __u64 desired, const void *pc);
void memory_fence(enum barrier barrier);

#endif
