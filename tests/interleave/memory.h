/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that the simulated CPUs share, under one of three memory models (README.md). Every access of the programs
 * and of the reader comes here, through the calls that clang's -fsanitize=thread inserts before each of them (tsan.c).
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

/* A store, at the moment when other CPUs can see it. */
struct commit {
	__u32 at; /* offset in the shared memory */
	__u32 size; /* 1 to 8 bytes */
	__u64 was, is;
};

/* Sets the shared memory. */
void memory_open(void *base, size_t bytes);
void memory_use_model(enum memory_model model);

/* Makes the present content the initial one of every schedule. */
void memory_keep(void);

/* Restores the initial content, for the next schedule. */
void memory_reset(void);

/* Forgets which addresses two CPUs use, for the next scenario. */
void memory_forget_conflicts(void);

/* Was an address found that two CPUs use, and that was not known as such? From now on it is. */
bool memory_grown(void);

/* Sets the CPU whose accesses follow. -1: no CPU; accesses are then direct, and not observed. */
void memory_cpu(int cpu);
int memory_current(void);

/* Completes the last access of the CPU. To be called before another CPU runs. */
void memory_settle(void);

/*
 * The stores of a CPU that wait: their number, and a function that makes one of them visible, with TSO after those
 * before it.
 */
unsigned int memory_waiting(int cpu);
void memory_drain_one(int cpu, unsigned int which);
void memory_drain_others(void); /* the waiting stores of all CPUs except the one that runs */

/* Everything that the future depends on: the memory, and what each CPU has read so far. */
__u64 memory_state(void);

/* The stores since memory_reset() that changed an address that two CPUs use. */
const struct commit *memory_commits(size_t *count);

/* The number of these stores that the next load of the running CPU cannot miss. */
size_t memory_view(void);

/* Makes their order a part of memory_state(), for scenarios whose checks look at the past. */
void memory_remember_order(bool remember);

/* Called for each access, for a report. */
typedef void (*memory_trace_fn)(int cpu, const char *what, __u32 at, unsigned int size, __u64 value, const void *pc);
void memory_trace(memory_trace_fn trace);

/* A plain access, which the caller makes directly after this call. */
void memory_access(void *address, unsigned int size, bool write, const void *pc);

/* Accesses that these functions make themselves. */
void memory_copy(void *to, const void *from, size_t bytes, const void *pc);
void memory_fill(void *to, int byte, size_t bytes, const void *pc);
__u64 memory_load(const void *address, unsigned int size, enum barrier barrier, const void *pc);
__u64 memory_atomic(void *address, unsigned int size, enum atomic op, __u64 operand, enum barrier barrier,
		    const void *pc);
__u64 memory_compare_exchange(void *address, unsigned int size, __u64 expected, __u64 desired, const void *pc);
void memory_fence(enum barrier barrier);

#endif
