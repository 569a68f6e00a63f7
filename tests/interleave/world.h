/* SPDX-License-Identifier: GPL-2.0-only */
/* A small flow table, the programs that fill it, and what is done to it: by CPU, one operation after the other. */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_WORLD_H
#define SYNSCOPE_TESTS_INTERLEAVE_WORLD_H

#include <stdbool.h>

#include "../bpf/packet.h"
#include "../fuzz/host.h"
#include "coroutine.h"
#include "flow/reader.h"

#define BUCKETS_MOST 2
#define SLOTS_MOST (BUCKETS_MOST * FLOW_SLOTS_PER_BUCKET)
#define FLOWS_MOST 12
#define SEC_NS 1000000000ULL

enum op_kind {
	OP_NONE,
	OP_SEGMENT,
	OP_SWEEP, /* of the whole table */
	OP_FLUSH, /* of a flow, where it was when the CPUs began */
	OP_READ, /* of the slot where a flow was then, or of slot 0 */
	OP_WAIT, /* before the CPUs begin: time passes */
};

struct op {
	enum op_kind kind;
	__u8 flow;
	bool server; /* sends it */
	__u16 flags;
	__u32 seq, ack; /* from the initial sequence numbers */
	__u32 payload;
	__u64 ns; /* OP_WAIT */
};

#define BEFORE_MOST 96
#define OPS_MOST 8
#define AFTER_MOST 6

struct outcome;

struct scenario {
	const char *name;
	void (*prepare)(struct scenario *scenario); /* fills in `before` */
	__u32 buckets; /* 0: one */
	__u8 home[FLOWS_MOST]; /* the slot at which the search for a flow begins, plus one; 0: that of its number */
	__u8 bucket[FLOWS_MOST]; /* its first bucket, where there are two; the other one is its second */
	struct op before[BEFORE_MOST];
	int cpus;
	struct op cpu[COROUTINES][OPS_MOST];
	struct op after[AFTER_MOST]; /* when all is quiet again */
	unsigned int most; /* deviations, if not 0: with more it runs into a race that is known, or takes hours */
	bool same_numbers; /* all flows have the initial sequence numbers of flow 0 */
	bool high_numbers; /* initial sequence numbers from 2^31 on: 0 is after them */
	bool any_victim; /* who makes room for whom depends on who is busy when */
	bool comes_twice; /* a flow may come, make room for another one, and come again: without its first segments */
	bool listens; /* somebody reads events: what was announced is checked */
	bool reads; /* a CPU is a reader: what it is shown is checked */
	unsigned int before_count;
	/*
	 * A race that is known (docs/design.md, "Known races") and that this scenario runs into: what differs then from
	 * the same operations one after the other. NULL: nothing.
	 */
	bool (*known_race)(const struct outcome *is, const struct outcome *should_be);
};

/* What came of an operation of a CPU. */
struct result {
	bool given_up; /* counted as busy or refused, and without effect */
	bool shown; /* OP_READ: there was a record, this one: */
	__u32 slot;
	size_t begun, ended; /* commits (memory.h) that it cannot have missed, and when it ended */
	struct flow_record record;
};

struct cpu_state {
	__u64 counters[COUNTER_COUNT];
	struct result result[OPS_MOST];
};

void world_open(void);

/* The table as it is when the CPUs begin. */
void world_begin(const struct scenario *scenario);

/* Back to that. */
void world_reset(void);

/* One operation, on the CPU that runs (schedule.h), or directly as that CPU. */
void world_do(int cpu, int number);
void world_do_after(int number);

const struct cpu_state *world_cpu(int cpu);

/* Records that the CPUs freed, by flush or sweep; flows that were there when they began. */
__u32 world_freed(void);
__u32 world_flows_before(void);

/* Of all CPUs together since the table was empty, `after` included. */
__u64 world_counter(enum synscope_counter counter);
__u64 world_counter_before(enum synscope_counter counter); /* when the CPUs began */

/* Was the operation after the others given up? */
bool world_after_given_up(void);

const struct flow_hot *world_hot(__u32 slot);
const struct flow_cold *world_cold(__u32 slot);
__u8 world_fingerprint(__u32 slot);
__u32 world_slots(void);

/* Where a flow was when the CPUs began, or -1. */
int world_slot_of(int flow);

/* The flow whose key a record has, or -1; which direction the client of a flow sends in; its initial numbers. */
int world_flow_of(const struct flow_hot *hot);
int world_client_dir(int flow);
__u32 world_isn(int flow, bool server);

/* What a live record of this flow has for a key. */
const struct segment *world_key(int flow);

/* Offset in the shared memory -> "hot[3].dir[0].facts". */
const char *world_name(__u32 at);

/* Offsets of a record. */
__u32 world_hot_at(__u32 slot);
__u32 world_cold_at(__u32 slot);

#endif
