/* SPDX-License-Identifier: GPL-2.0-only */
/* A small flow table, the programs that fill it, and the operations on it, one after the other on each CPU. */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_WORLD_H
#define SYNSCOPE_TESTS_INTERLEAVE_WORLD_H

#include <stdbool.h>

#include "../bpf/packet.h"
#include "../fuzz/host.h"
#include "coroutine.h"
#include "flow/reader.h"

#define BUCKETS_MOST 2
#define SLOTS_MOST (BUCKETS_MOST * FLOW_SLOTS_PER_BUCKET)
#define FLOWS_MOST 18
#define SEC_NS 1000000000ULL

enum op_kind {
	OP_NONE,
	OP_SEGMENT,
	OP_SWEEP, /* sweeps the whole table */
	OP_FLUSH, /* flushes a flow, from the slot where it was when the CPUs began */
	OP_READ, /* reads the slot where a flow was then, or slot 0 */
	OP_WAIT, /* time passes, before the CPUs begin */
};

struct op {
	enum op_kind kind;
	__u8 flow;
	bool server; /* the server sends it */
	__u16 flags;
	__u32 seq, ack; /* relative to the initial sequence numbers */
	__u32 payload;
	__u64 ns; /* OP_WAIT: how long; OP_SEGMENT of the CPUs or after: how long after they begin it passes */
	__u32 tsval, tsecr; /* timestamps, if tsval is not 0 */
};

#define BEFORE_MOST 96
#define OPS_MOST 8
#define AFTER_MOST 6

struct outcome;

struct scenario {
	const char *name;
	void (*prepare)(struct scenario *scenario); /* fills in `before` */
	__u32 buckets; /* 0: one bucket */
	__u8 home[FLOWS_MOST]; /* the slot at which the search for a flow begins, plus one; 0: that of its number */
	__u8 bucket[FLOWS_MOST]; /* its first bucket, if there are two; the other one is its second */
	struct op before[BEFORE_MOST];
	int cpus;
	struct op cpu[COROUTINES][OPS_MOST];
	struct op after[AFTER_MOST]; /* run after all CPUs are done */
	unsigned int most; /* if not 0, more deviations run into a known race, or take hours */
	bool same_numbers; /* all flows have the initial sequence numbers of flow 0 */
	bool high_numbers; /* the initial sequence numbers begin at 2^31, so that 0 is after them */
	bool any_victim; /* which flow is evicted depends on which slots are claimed at that moment */
	bool comes_twice; /* a flow may be created, evicted, and created again without its first segments */
	bool listens; /* events are enabled: what was announced is checked */
	bool reads; /* a CPU is a reader, and what it reads is checked */
	bool times; /* round trips are timed (--rtt), and checked */
	unsigned int before_count;
	/*
	 * A known race (docs/design.md, "Known races") that this scenario runs into: is the difference between the
	 * result and the same operations one after the other a kind that the race causes? NULL: there is no known race.
	 */
	bool (*known_race)(const struct outcome *is, const struct outcome *should_be);
};

/* The result of an operation of a CPU. */
struct result {
	bool given_up; /* counted as busy or refused, and without effect */
	bool shown; /* OP_READ: it returned this record: */
	__u32 slot;
	size_t begun, ended; /* the commits (memory.h) that it cannot have missed, and those when it ended */
	struct flow_record record;
};

struct cpu_state {
	__u64 counters[COUNTER_COUNT];
	struct result result[OPS_MOST];
};

void world_open(void);

/* Sets the table to its state when the CPUs begin. */
void world_begin(const struct scenario *scenario);

/* Restores that state. */
void world_reset(void);

/* Called when a CPU goes on: each has the time of its segment. */
void world_resume(int cpu);

/* Runs one operation, on the CPU that runs (schedule.h), or directly as that CPU. */
void world_do(int cpu, int number);
void world_do_after(int number);

const struct cpu_state *world_cpu(int cpu);

/* How many records the CPUs have freed, by flush or sweep, and how many flows there were when they began. */
__u32 world_freed(void);
__u32 world_flows_before(void);

/* Sum over all CPUs since the table was empty, including `after`. */
__u64 world_counter(enum synscope_counter counter);
__u64 world_counter_before(enum synscope_counter counter); /* its value when the CPUs began */

/* Was the operation in `after` given up? */
bool world_after_given_up(void);

const struct flow_hot *world_hot(__u32 slot);
const struct flow_cold *world_cold(__u32 slot);
__u8 world_fingerprint(__u32 slot);
const struct flow_round_trips *world_trips(__u32 slot);

/* The round trips of the flows by port; all flows have the same server port. */
const struct port_round_trips *world_histogram(void);

__u32 world_slots(void);

/* The slot of a flow when the CPUs began, or -1. */
int world_slot_of(int flow);

/* Is this record, of the slot, the one that the flow had then? */
bool world_is_record_before(int flow, __u32 slot, const struct flow_hot *hot);

/*
 * The flow whose key a record has, or -1; the direction in which the flow's client sends; its initial sequence numbers.
 */
int world_flow_of(const struct flow_hot *hot);
int world_client_dir(int flow);
__u32 world_isn(int flow, bool server);

/* The key of a live record of this flow. */
const struct segment *world_key(int flow);

/* Offset in the shared memory -> "hot[3].dir[0].facts". */
const char *world_name(__u32 at);

/* Offsets of a record in the shared memory. */
__u32 world_hot_at(__u32 slot);
__u32 world_cold_at(__u32 slot);
__u32 world_trips_at(__u32 slot);

#endif
