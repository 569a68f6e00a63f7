// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scenarios: which operations meet. Each is short: one or two segments for each CPU. A table of one bucket is full
 * with eight flows, numbers 0 to 7, of which 0 is the oldest; the flows 8 and 9 are new. Those in which round trips are
 * timed are in scenarios_rtt.c.
 */
#include "scenarios.h"

#include <stdlib.h>
#include <string.h>

#include "operations.h"
#include "outcome.h"

#define FULL 8 /* slots of a bucket */
#define CROWDED 6 /* as in bpf/table/flow_table.h */
#define STAGGER (SEC_NS)

void scenario_add(struct scenario *scenario, struct op op)
{
	if (scenario->before_count == BEFORE_MOST)
		abort();
	scenario->before[scenario->before_count++] = op;
}

static void pass(struct scenario *scenario, __u64 ns)
{
	scenario_add(scenario, (struct op){ .kind = OP_WAIT, .ns = ns });
}

static void establish(struct scenario *scenario, int flow)
{
	const struct op ops[] = { ESTABLISH(flow) };

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		scenario_add(scenario, ops[i]);
}

static void half_open(struct scenario *scenario, int flow)
{
	scenario_add(scenario, (struct op)SYN(flow));
}

static void reset(struct scenario *scenario, int flow)
{
	establish(scenario, flow);
	scenario_add(scenario, (struct op)RST(flow));
}

static void one_half_open(struct scenario *scenario)
{
	half_open(scenario, 0);
}

static void one_established(struct scenario *scenario)
{
	establish(scenario, 0);
}

static void one_reset(struct scenario *scenario)
{
	reset(scenario, 0);
}

static void one_with_remembered_syn(struct scenario *scenario)
{
	establish(scenario, 0);
	scenario_add(scenario, (struct op)NEW_SYN(0));
}

static void one_fin(struct scenario *scenario)
{
	establish(scenario, 0);
	scenario_add(scenario, (struct op)FIN(0));
}

static void one_expired(struct scenario *scenario)
{
	half_open(scenario, 0);
	pass(scenario, 125 * SEC_NS); /* SYN_SENT has timed out, the linger has not */
}

static void one_stale(struct scenario *scenario)
{
	half_open(scenario, 0);
	pass(scenario, 200 * SEC_NS);
}

static void full(struct scenario *scenario, void (*begin)(struct scenario *scenario, int flow), int others_from)
{
	for (int flow = 0; flow < FULL; flow++) {
		if (flow < others_from)
			begin(scenario, flow);
		else
			establish(scenario, flow);
		pass(scenario, STAGGER);
	}
}

static void all_established(struct scenario *scenario)
{
	full(scenario, establish, FULL);
}

static void all_half_open(struct scenario *scenario)
{
	full(scenario, half_open, FULL);
}

/* Their first bucket is crowded: a newcomer to it looks at its second one. */
static void one_crowded(struct scenario *scenario)
{
	for (int flow = 0; flow < CROWDED; flow++)
		half_open(scenario, flow);
}

/* Both buckets, whose flows a newcomer to either one can displace. */
static void two_full(struct scenario *scenario)
{
	for (int flow = 0; flow < 2 * FULL; flow++) {
		scenario->bucket[flow] = flow & 1;
		half_open(scenario, flow);
		pass(scenario, STAGGER);
	}
}

/* All flows have the same age. */
static void all_just_half_open(struct scenario *scenario)
{
	for (int flow = 0; flow < FULL; flow++)
		half_open(scenario, flow);
}

static void two_half_open(struct scenario *scenario)
{
	full(scenario, half_open, 2);
}

static void one_reset_of_eight(struct scenario *scenario)
{
	full(scenario, reset, 1);
}

/* Do the results differ only in that a record's ladder has one step more or less? */
static bool ladder_differs(const struct outcome *is, const struct outcome *should_be)
{
	struct outcome other = *should_be;

	for (int i = 0; i < FLOWS_MOST; i++) {
		const __u32 steps = FLOW_STEPS_MASK << FLOW_OPENING_SHIFT | FLOW_STEPS_MASK << FLOW_CLOSING_SHIFT;

		other.flow[i].steps = is->flow[i].steps;
		other.flow[i].flags = (other.flow[i].flags & ~steps) | (is->flow[i].flags & steps);
	}
	return memcmp(is, &other, sizeof(other)) == 0;
}

bool scenario_counts_differ(const struct outcome *is, const struct outcome *should_be)
{
	struct outcome other = *should_be;

	for (int i = 0; i < FLOWS_MOST; i++)
		for (int dir = 0; dir < FLOW_DIRS; dir++) {
			other.flow[i].dir[dir].packets = is->flow[i].dir[dir].packets;
			other.flow[i].dir[dir].bytes = is->flow[i].dir[dir].bytes;
			other.flow[i].dir[dir].tcp_flags = is->flow[i].dir[dir].tcp_flags;
		}
	return memcmp(is, &other, sizeof(other)) == 0;
}

static const struct scenario scenarios[] = {
	{ .name = "the same SYN on two CPUs", .cpus = 2, .cpu = { { SYN(0) }, { SYN(0) } }, .after = { SYNACK(0) } },
	{ .name = "the same SYN on two CPUs, of a table of two buckets",
	  .buckets = 2,
	  .cpus = 2,
	  .cpu = { { SYN(0) }, { SYN(0) } },
	  .after = { SYNACK(0) } },
	{ .name = "SYN, SYN/ACK", .cpus = 2, .cpu = { { SYN(0) }, { SYNACK(0) } }, .after = { ACK(0) } },
	{ .name = "SYN/ACK, ACK", .prepare = one_half_open, .cpus = 2, .cpu = { { SYNACK(0) }, { ACK(0) } } },
	{ .name = "SYN/ACK, ACK, of high numbers",
	  .high_numbers = true,
	  .prepare = one_half_open,
	  .cpus = 2,
	  .cpu = { { SYNACK(0) }, { ACK(0) } } },
	{ .name = "SYN again, SYN/ACK",
	  .prepare = one_half_open,
	  .cpus = 2,
	  .cpu = { { SYN(0) }, { SYNACK(0) } },
	  .after = { ACK(0) } },
	{ .name = "data both ways", .prepare = one_established, .cpus = 2, .cpu = { { DATA(0) }, { SERVER_DATA(0) } } },
	{ .name = "FIN, FIN",
	  .prepare = one_established,
	  .cpus = 2,
	  .cpu = { { FIN(0) }, { SERVER_FIN(0) } },
	  .after = { LAST_ACK(0), SERVER_LAST_ACK(0) } },
	{ .name = "data, FIN", .prepare = one_established, .cpus = 2, .cpu = { { DATA(0) }, { SERVER_FIN(0) } } },
	{ .name = "ACK, FIN, of one that half-closed",
	  .prepare = one_fin,
	  .cpus = 2,
	  .cpu = { { LAST_ACK(0) }, { SERVER_FIN(0) } },
	  .known_race = ladder_differs },
	{ .name = "data, RST", .prepare = one_established, .cpus = 2, .cpu = { { DATA(0) }, { SERVER_RST(0) } } },
	{ .name = "two newcomers to a full table of half-open flows",
	  .prepare = all_half_open,
	  .cpus = 2,
	  .cpu = { { SYN(8) }, { SYN(9) } } },
	{ .name = "two newcomers that take turns with others, to the same free slot",
	  .buckets = 2,
	  .bucket = { [7] = 1 },
	  .home = { [6] = 3, [7] = 3 },
	  .prepare = one_crowded,
	  .cpus = 2,
	  .cpu = { { SYN(6) }, { SYN(7) } } },
	{ .name = "two newcomers that take turns with others, to a full table of two buckets",
	  .buckets = 2,
	  .bucket = { [17] = 1 },
	  .prepare = two_full,
	  .cpus = 2,
	  .cpu = { { SYN(16) }, { SYN(17) } } },
	{ .name = "the same newcomer twice, to a full table",
	  .any_victim = true,
	  .prepare = all_half_open,
	  .cpus = 2,
	  .cpu = { { SYN(8) }, { SYN(8) } },
	  .after = { SYNACK(8) } },
	{ .name = "the same newcomer twice, to a table that has just filled up",
	  .any_victim = true,
	  .prepare = all_just_half_open,
	  .cpus = 2,
	  .cpu = { { SYN(8) }, { SYN(8) } },
	  .after = { SYNACK(8) } },
	{ .name = "the same newcomer twice, and a segment of who makes room",
	  .most = 2, /* with 3 there are about 50 million schedules */
	  .any_victim = true,
	  .comes_twice = true,
	  .prepare = two_half_open,
	  .cpus = 3,
	  .cpu = { { SYN(8) }, { SYN(8) }, { SYNACK(0) } } },
	{ .name = "a newcomer that takes turns with others, and both ends of who makes room",
	  .most = 2, /* as above */
	  .any_victim = true,
	  .comes_twice = true,
	  .buckets = 2,
	  .bucket = { [17] = 1 },
	  .prepare = two_full,
	  .cpus = 3,
	  .cpu = { { SYN(17) }, { SYNACK(0) }, { SYN(0) } } },
	{ .name = "a newcomer, and data of the flow that makes room",
	  .known_race = scenario_counts_differ,
	  .any_victim = true,
	  .prepare = all_established,
	  .cpus = 2,
	  .cpu = { { SYN(8) }, { DATA(0) } },
	  .after = { SYNACK(8), ACK(8) } },
	{ .name = "a newcomer whose first ACK is not believed, and data of the flow that makes room",
	  .known_race = scenario_counts_differ,
	  .any_victim = true,
	  .prepare = all_established,
	  .cpus = 2,
	  .cpu = { { SYN(8) }, { DATA(0) } },
	  .after = { SYNACK(8), WILD_ACK(8), ACK(8) } },
	{ .name = "a newcomer in the middle of its stream, and data of the flow that makes room",
	  .known_race = scenario_counts_differ,
	  .any_victim = true,
	  .prepare = all_established,
	  .cpus = 2,
	  .cpu = { { DATA(8) }, { DATA(0) } },
	  .after = { MORE_DATA(8) } },
	{ .name = "flush, a newcomer that grows up, and data of the flow that had the slot",
	  .known_race = scenario_counts_differ,
	  .most = MOST_BEFORE_GIVING_UP,
	  .prepare = one_established,
	  .cpus = 2,
	  .cpu = { { FLUSH(0), DATA(8), MORE_DATA(8) }, { DATA(0) } },
	  .after = { YET_MORE_DATA(8) } },
	{ .name = "flush, a newcomer whose server only opens, and data of the server that had the slot",
	  .known_race = scenario_counts_differ,
	  .most = MOST_BEFORE_GIVING_UP,
	  .prepare = one_established,
	  .cpus = 2,
	  .cpu = { { FLUSH(0), SYN(8), SYNACK(8), ACK(8), FIRST_DATA(8), ONE_WAY_DATA(8) }, { SERVER_DATA(0) } },
	  .after = { SEGMENT(8, .flags = SEGMENT_ACK, .seq = 121, .ack = 1, .payload = 20) } },
	{ .name = "the fast path finds its slot taken by a flow with numbers like its own",
	  .known_race = scenario_counts_differ,
	  .most = MOST_BEFORE_GIVING_UP,
	  .any_victim = true,
	  .same_numbers = true,
	  .prepare = all_established,
	  .cpus = 2,
	  .cpu = { { ESTABLISH(8) }, { DATA(0) } },
	  .after = { DATA(8), SEGMENT(8, .flags = SEGMENT_ACK, .seq = 121, .ack = 51) } },
	{ .name = "a newcomer, and the handshake of the flow that makes room",
	  .prepare = two_half_open,
	  .cpus = 2,
	  .cpu = { { SYN(8) }, { SYNACK(0) } },
	  .after = { SYNACK(8), ACK(8) } },
	{ .name = "a newcomer, and a late ACK of the closed flow that makes room",
	  .any_victim = true,
	  .prepare = one_reset_of_eight,
	  .cpus = 2,
	  .cpu = { { SYN(8) }, { PURE_ACK(0) } },
	  .after = { SYNACK(8), ACK(8) } },
	{ .name = "a new incarnation, and a late ACK of the old one",
	  .prepare = one_reset,
	  .cpus = 2,
	  .cpu = { { NEW_SYN(0) }, { PURE_ACK(0) } },
	  .after = { NEW_SYNACK(0), NEW_ACK(0) } },
	{ .name = "a new incarnation, and late data of the other end",
	  .prepare = one_reset,
	  .cpus = 2,
	  .cpu = { { NEW_SYN(0) }, { SERVER_DATA(0) } },
	  .after = { NEW_SYNACK(0), NEW_ACK(0) } },
	{ .name = "the same new incarnation twice",
	  .prepare = one_reset,
	  .cpus = 2,
	  .cpu = { { NEW_SYN(0) }, { NEW_SYN(0) } },
	  .after = { NEW_SYNACK(0), NEW_ACK(0) } },
	{ .name = "a SYN with another number, SYN/ACK",
	  .prepare = one_half_open,
	  .cpus = 2,
	  .cpu = { { NEW_SYN(0) }, { SYNACK(0) } } },
	{ .name = "a remembered SYN is answered, and data of the old incarnation",
	  .known_race = scenario_counts_differ,
	  .prepare = one_with_remembered_syn,
	  .cpus = 2,
	  .cpu = { { NEW_SYNACK(0) }, { DATA(0) } },
	  .after = { NEW_ACK(0) } },
	{ .name = "sweep, and a SYN sent again", .prepare = one_stale, .cpus = 2, .cpu = { { SWEEP }, { SYN(0) } } },
	{ .name = "sweep, and the SYN/ACK", .prepare = one_expired, .cpus = 2, .cpu = { { SWEEP }, { SYNACK(0) } } },
	{ .name = "sweep, and a newcomer", .prepare = one_stale, .cpus = 2, .cpu = { { SWEEP }, { SYN(8) } } },
	{ .name = "flush, and data", .prepare = one_established, .cpus = 2, .cpu = { { FLUSH(0) }, { DATA(0) } } },
	{ .name = "flush, and a FIN", .prepare = one_established, .cpus = 2, .cpu = { { FLUSH(0) }, { FIN(0) } } },
	{ .name = "flush, and a newcomer",
	  .any_victim = true,
	  .prepare = all_established,
	  .cpus = 2,
	  .cpu = { { FLUSH(0) }, { SYN(8) } } },
	{ .name = "flush, a newcomer, and data",
	  .known_race = scenario_counts_differ,
	  .prepare = one_established,
	  .cpus = 3,
	  .cpu = { { FLUSH(0) }, { SYN(8) }, { DATA(0) } } },
	{ .name = "SYN/ACK, ACK, and somebody listens",
	  .prepare = one_half_open,
	  .cpus = 2,
	  .cpu = { { SYNACK(0) }, { ACK(0) } },
	  .listens = true },
	{ .name = "FIN, FIN, and somebody listens",
	  .prepare = one_established,
	  .cpus = 2,
	  .cpu = { { FIN(0) }, { SERVER_FIN(0) } },
	  .listens = true },
	{ .name = "a reader, and data",
	  .prepare = one_established,
	  .cpus = 2,
	  .cpu = { { READ(0) }, { DATA(0) } },
	  .reads = true },
	{ .name = "a reader, and SYN/ACK",
	  .prepare = one_half_open,
	  .cpus = 2,
	  .cpu = { { READ(0) }, { SYNACK(0) } },
	  .reads = true },
	{ .name = "a reader, and a SYN sent again",
	  .prepare = one_half_open,
	  .cpus = 2,
	  .cpu = { { READ(0) }, { SYN(0) } },
	  .reads = true },
	{ .name = "a reader, and a newcomer",
	  .prepare = all_half_open,
	  .cpus = 2,
	  .cpu = { { READ(0) }, { SYN(8) } },
	  .reads = true },
	{ .name = "a reader, and a FIN each way",
	  .prepare = one_established,
	  .cpus = 3,
	  .cpu = { { READ(0) }, { FIN(0) }, { SERVER_FIN(0) } },
	  .reads = true },
	{ .name = "a reader, and a new incarnation",
	  .prepare = one_reset,
	  .cpus = 2,
	  .cpu = { { READ(0) }, { NEW_SYN(0) } },
	  .reads = true },
	{ .name = "a reader, and flush",
	  .prepare = one_established,
	  .cpus = 2,
	  .cpu = { { READ(0) }, { FLUSH(0), SYN(0) } },
	  .reads = true },
	{},
};

const struct scenario *scenarios_all(void)
{
	return scenarios;
}
