// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bpf/host/helpers.h"
#include "bpf/packet/key.h"
#include "memory.h"
#include "world_private.h"

#define CLOCK_START (1000 * SEC_NS)
#define SHORT_FRAME_SIZE 256
#define FRAMES_MOST (COROUTINES * OPS_MOST + AFTER_MOST + 1)
#define SERVER_HOST 100
#define SERVER_PORT 443
#define FIRST_PORT 40000
#define ISN_DISTANCE 0x07001000U /* FLOWS_MOST times this is less than 2^31 */
#define QUIET COROUTINES /* the host whose code runs when no CPU runs */

struct frame {
	size_t size;
	__u8 bytes[SHORT_FRAME_SIZE];
};

struct flow {
	__u16 port;
	int slot;
	__u32 generation;
	struct segment key;
};

static struct world {
	const struct scenario *scenario;
	struct shared *shared;
	struct host host[COROUTINES + 1];
	__u64 counters_before[COUNTER_COUNT];
	struct cpu_state cpu[COROUTINES];
	struct flow flow[FLOWS_MOST];
	struct frame frame[FRAMES_MOST]; /* of the CPUs, of `after`, and one for `before` */
	int current; /* the host, when no CPU runs */
	bool after_given_up;
	__u32 freed;
	__u32 flows_before;
	struct flow_reader reader;
	__u64 now[COROUTINES]; /* the time of the segment of each CPU, ns */
} world;

void world_open(void)
{
	world.shared = mmap(NULL, sizeof(*world.shared), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (world.shared == MAP_FAILED) {
		perror("interleave: cannot have memory");
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i <= COROUTINES; i++)
		world.host[i] = (struct host){ .hot = world.shared->hot,
					       .fingerprints = world.shared->fingerprints,
					       .stamps = world.shared->stamps,
					       .cold = world.shared->cold,
					       .round_trips = world.shared->round_trips,
					       .round_trip_histograms = world.shared->round_trip_histograms,
					       .ports = &world.shared->ports,
					       .latencies = world.shared->latencies };
	memory_open(world.shared, sizeof(*world.shared));
}

/* ---- flows */

/*
 * Those of an older flow come after those of a younger one: a segment that strays between them does not look like an
 * old one.
 */
__u32 world_isn(int flow, bool server)
{
	__u32 turn = FLOWS_MOST - (world.scenario->same_numbers ? 0 : flow);

	return (world.scenario->high_numbers ? 1U << 31 : 0) + turn * ISN_DISTANCE + (server ? ISN_DISTANCE / 2 : 0);
}

static struct endpoint endpoint_of(int flow, bool server)
{
	if (server)
		return (struct endpoint){ .host = SERVER_HOST, .port = SERVER_PORT };
	return (struct endpoint){ .host = 1 + flow, .port = world.flow[flow].port };
}

static struct segment key_of(int flow)
{
	struct endpoint client = endpoint_of(flow, false), server = endpoint_of(flow, true);
	struct segment seg = { .addr = { { htonl(0x0a000000 + client.host) }, { htonl(0x0a000000 + server.host) } },
			       .port = { htons(client.port), htons(server.port) } };

	set_key(&seg, &world.host[QUIET].config);
	return seg;
}

/* Finds a port with which the flow's search begins where the scenario wants it. */
static void place_flow(int number)
{
	const struct scenario *scenario = world.scenario;
	struct flow *flow = &world.flow[number];
	__u32 home = scenario->home[number] ? scenario->home[number] - 1 : number % FLOW_SLOTS_PER_BUCKET;

	for (flow->port = FIRST_PORT; flow->port >= FIRST_PORT; flow->port++) {
		struct segment seg = key_of(number);

		if (seg.home != home)
			continue;
		if (scenario->buckets > 1 &&
		    (seg.bucket[0] != scenario->bucket[number] || seg.bucket[1] == seg.bucket[0]))
			continue;
		flow->key = seg;
		return;
	}
	fprintf(stderr, "interleave: no port for flow %d of %s\n", number, scenario->name);
	exit(EXIT_FAILURE);
}

int world_client_dir(int flow)
{
	return world.flow[flow].key.dir;
}

const struct segment *world_key(int flow)
{
	return &world.flow[flow].key;
}

int world_flow_of(const struct flow_hot *hot)
{
	for (int i = 0; i < FLOWS_MOST; i++) {
		const struct segment *key = &world.flow[i].key;

		if (hot->tag == key->tag && hot->id[0] == key->id[0] && hot->id[1] == key->id[1] &&
		    hot->ports == key->ports)
			return i;
	}
	return -1;
}

int world_slot_of(int flow)
{
	return world.flow[flow].slot;
}

bool world_is_record_before(int flow, __u32 slot, const struct flow_hot *hot)
{
	return world.flow[flow].slot == (int)slot && world.flow[flow].generation == facts_generation(hot->dir[0].facts);
}

static void note_slots(void)
{
	world.flows_before = 0;
	for (int i = 0; i < FLOWS_MOST; i++)
		world.flow[i].slot = -1;
	for (__u32 slot = 0; slot < world_slots(); slot++) {
		int flow = world_hot(slot)->tag ? world_flow_of(world_hot(slot)) : -1;

		if (flow >= 0) {
			world.flows_before++;
			world.flow[flow].slot = slot;
			world.flow[flow].generation = facts_generation(world_hot(slot)->dir[0].facts);
		}
	}
}

/* ---- operations */

static void build(struct frame *frame, const struct op *op)
{
	struct packet packet = { .from = endpoint_of(op->flow, op->server),
				 .to = endpoint_of(op->flow, !op->server),
				 .flags = op->flags,
				 .seq = world_isn(op->flow, op->server) + op->seq,
				 .ack = op->flags & SEGMENT_ACK ? world_isn(op->flow, !op->server) + op->ack : 0,
				 .payload = op->payload,
				 .options = { .timestamps = op->tsval, .tsval = op->tsval, .tsecr = op->tsecr },
				 .window = 65535 };
	static __u8 room[FRAME_SIZE];

	frame->size = packet_build(&packet, room);
	if (frame->size > SHORT_FRAME_SIZE)
		abort();
	memcpy(frame->bytes, room, frame->size);
}

static void run_frame(const struct frame *frame)
{
	struct host_xdp ctx = { .data = (uintptr_t)frame->bytes,
				.data_end = (uintptr_t)frame->bytes + frame->size,
				.frame = frame->bytes,
				.length = frame->size,
				.ingress_ifindex = HOST_IFINDEX };

	xdp_ether(&ctx);
}

/* Returns how many records were freed. */
static __u32 run_flush(int flow)
{
	struct flush_request request = { .count = 1 };

	if (world.flow[flow].slot < 0)
		abort();
	request.entry[0] = (struct flush_entry){ .slot = world.flow[flow].slot,
						 .tag = world.flow[flow].key.tag,
						 .generation = world.flow[flow].generation };
	flush(&request);
	return request.flushed;
}

static __u32 run_sweep(void)
{
	struct sweep_request request = { .slots = world_slots() };

	sweep(&request);
	return request.freed;
}

static void run_read(int flow, struct result *result)
{
	result->slot = world.flow[flow].slot < 0 ? 0 : world.flow[flow].slot;
	result->begun = memory_view();
	result->shown = flow_reader_read_slot(&world.reader, result->slot, &result->record);
	memory_commits(&result->ended);
}

/* Returns false if nothing was freed although it could have been: the operation counts as given up. */
static bool run_op(const struct op *op, const struct frame *frame, struct result *result)
{
	__u32 freed;

	switch (op->kind) {
	case OP_SEGMENT:
		run_frame(frame);
		break;
	case OP_SWEEP:
	case OP_FLUSH:
		freed = op->kind == OP_SWEEP ? run_sweep() : run_flush(op->flow);
		world.freed += freed;
		return freed > 0;
	case OP_READ:
		run_read(op->flow, result);
		break;
	default:
		break;
	}
	return true;
}

static __u64 given_up(const __u64 *counters)
{
	return counters[COUNTER_BUSY] + counters[COUNTER_REFUSED_BUSY] + counters[COUNTER_REFUSED_FULL];
}

void world_do(int cpu, int number)
{
	const struct op *op = &world.scenario->cpu[cpu][number];
	const __u64 *counters = world.host[cpu].counters;
	struct result *result = &world.cpu[cpu].result[number];
	__u64 before = given_up(counters);

	world.current = cpu;
	world.now[cpu] = world.host[QUIET].clock_ns + op->ns;
	world_resume(cpu);
	result->given_up = !run_op(op, &world.frame[cpu * OPS_MOST + number], result) || given_up(counters) > before;
}

void world_resume(int cpu)
{
	programs_set_clock(world.now[cpu], true);
}

void world_do_after(int number)
{
	const struct op *op = &world.scenario->after[number];
	struct result nobody_asks;
	__u64 before = given_up(world.host[QUIET].counters);

	world.current = QUIET;
	programs_set_clock(world.host[QUIET].clock_ns + op->ns, true);
	run_op(op, &world.frame[COROUTINES * OPS_MOST + number], &nobody_asks);
	world.after_given_up |= given_up(world.host[QUIET].counters) > before;
}

static void do_before(const struct op *op)
{
	struct frame *frame = &world.frame[FRAMES_MOST - 1];
	struct result nobody_asks;

	world.current = QUIET;
	if (op->kind == OP_WAIT) {
		world.host[QUIET].clock_ns += op->ns;
		programs_use(&world.host[QUIET]);
		return;
	}
	if (op->kind == OP_SEGMENT)
		build(frame, op);
	run_op(op, frame, &nobody_asks);
}

/* ---- the table */

static void configure(const struct scenario *scenario)
{
	struct synscope_config config = host_config(scenario->buckets ? scenario->buckets : 1);

	config.rtt = scenario->times;
	for (int i = 0; i <= COROUTINES; i++) {
		world.host[i].config = config;
		world.host[i].clock_ns = CLOCK_START;
		world.host[i].readers[0].heartbeat_ns = scenario->listens ? EVENT_FOREVER : 0;
	}
	programs_use(&world.host[QUIET]);
	flow_reader_init_memory(&world.reader, world.shared->hot, world.shared->cold, config.buckets);
	world.reader.round_trips = config.rtt ? world.shared->round_trips : NULL;
}

void world_begin(const struct scenario *scenario)
{
	world.scenario = scenario;
	memset(world.shared, 0, sizeof(*world.shared));
	memset(world.host[QUIET].counters, 0, sizeof(world.host[QUIET].counters));
	configure(scenario);
	for (int i = 0; i < FLOWS_MOST; i++)
		place_flow(i);
	for (int i = 0; i < BEFORE_MOST && scenario->before[i].kind; i++)
		do_before(&scenario->before[i]);
	for (int cpu = 0; cpu < COROUTINES; cpu++)
		for (int i = 0; i < OPS_MOST; i++)
			if (scenario->cpu[cpu][i].kind == OP_SEGMENT)
				build(&world.frame[cpu * OPS_MOST + i], &scenario->cpu[cpu][i]);
	for (int i = 0; i < AFTER_MOST; i++)
		if (scenario->after[i].kind == OP_SEGMENT)
			build(&world.frame[COROUTINES * OPS_MOST + i], &scenario->after[i]);
	memcpy(world.counters_before, world.host[QUIET].counters, sizeof(world.counters_before));
	if (given_up(world.counters_before))
		abort();
	note_slots();
	memory_keep();
	world_reset();
}

void world_reset(void)
{
	memory_reset();
	memcpy(world.host[QUIET].counters, world.counters_before, sizeof(world.counters_before));
	for (int i = 0; i < COROUTINES; i++)
		memset(world.host[i].counters, 0, sizeof(world.host[i].counters));
	world.after_given_up = false;
	world.freed = 0;
}

__u32 world_freed(void)
{
	return world.freed;
}

__u32 world_flows_before(void)
{
	return world.flows_before;
}

const struct cpu_state *world_cpu(int cpu)
{
	memcpy(world.cpu[cpu].counters, world.host[cpu].counters, sizeof(world.cpu[cpu].counters));
	return &world.cpu[cpu];
}

__u64 world_counter(enum synscope_counter counter)
{
	__u64 sum = 0;

	for (int i = 0; i <= COROUTINES; i++)
		sum += world.host[i].counters[counter];
	return sum;
}

__u64 world_counter_before(enum synscope_counter counter)
{
	return world.counters_before[counter];
}

bool world_after_given_up(void)
{
	return world.after_given_up;
}

__u32 world_slots(void)
{
	return host_slots(&world.host[QUIET]);
}

const struct flow_hot *world_hot(__u32 slot)
{
	return &world.shared->hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
}

const struct flow_cold *world_cold(__u32 slot)
{
	return &world.shared->cold[slot];
}

__u8 world_fingerprint(__u32 slot)
{
	return world.shared->fingerprints[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
}

const struct flow_round_trips *world_trips(__u32 slot)
{
	return &world.shared->round_trips[slot];
}

const struct port_round_trips *world_histogram(void)
{
	__u32 index = world.shared->ports.index[SERVER_PORT];

	return &world.shared->round_trip_histograms[index ? index - 1 : SERVER_PORT_OTHER];
}

__u32 world_hot_at(__u32 slot)
{
	return (const __u8 *)world_hot(slot) - (const __u8 *)world.shared;
}

__u32 world_cold_at(__u32 slot)
{
	return (const __u8 *)world_cold(slot) - (const __u8 *)world.shared;
}

__u32 world_trips_at(__u32 slot)
{
	return (const __u8 *)world_trips(slot) - (const __u8 *)world.shared;
}

struct host *world_host(void)
{
	int cpu = memory_current();

	return &world.host[cpu < 0 ? world.current : cpu];
}
