// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scenarios in which round trips are timed. Their segments pass at different times, none of which differ by the
 * same, so that a round trip tells its segment and its ACK. The end of each (`after`) is data and its ACK, twice: the
 * first round trip may be lost, by words of two timings, the second one must be found.
 */
#include "scenarios_rtt.h"

#include "operations.h"
#include "outcome.h"
#include "scenarios.h"

#define US 1000ULL

/* Data of the client, and the ACK of the server, so many microseconds after the CPUs have begun. */
#define SEND(at, flow, from, to) \
	SEGMENT(flow, .flags = SEGMENT_ACK, .seq = (from), .ack = 51, .payload = (to) - (from), .ns = (at)*US)
#define ANSWER(at, flow, to) SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_ACK, .seq = 51, .ack = (to), .ns = (at)*US)
/* The same with timestamps. */
#define SEND_STAMPED(at, stamp, flow, from, to)                                                                \
	SEGMENT(flow, .flags = SEGMENT_ACK, .seq = (from), .ack = 51, .payload = (to) - (from), .ns = (at)*US, \
		.tsval = (stamp), .tsecr = 1)
#define ANSWER_STAMPED(at, stamp, flow, to)                                                                 \
	SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_ACK, .seq = 51, .ack = (to), .ns = (at)*US, .tsval = 1, \
		.tsecr = (stamp))
/* An ACK that the fast path leaves to the rules. */
#define ANSWER_WITH_FIN(at, flow, to) \
	SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_ACK | SEGMENT_FIN, .seq = 51, .ack = (to), .ns = (at)*US)
/* Data after `from`, and its ACK, twice. */
#define THEN(flow, from)                                                          \
	SEND(100003, flow, from, (from) + 20), ANSWER(210011, flow, (from) + 20), \
		SEND(330001, flow, (from) + 20, (from) + 40), ANSWER(470021, flow, (from) + 40)

static void add_apart(struct scenario *scenario, const struct op *ops, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		scenario_add(scenario, ops[i]);
		scenario_add(scenario, (struct op){ .kind = OP_WAIT, .ns = (50000 + 7000 * i) * US });
	}
}

/* A flow that has had round trips, of which the shortest one is longer than all that follow but those of `after`. */
static void one_established(struct scenario *scenario)
{
	const struct op ops[] = { ESTABLISH(0) };

	add_apart(scenario, ops, sizeof(ops) / sizeof(ops[0]));
}

/* … and of whose client a segment is being timed. */
static void one_timed(struct scenario *scenario)
{
	const struct op ops[] = { ESTABLISH(0), SEND(0, 0, 101, 121) };

	add_apart(scenario, ops, sizeof(ops) / sizeof(ops[0]));
}

static void one_timed_stamped(struct scenario *scenario)
{
	const struct op ops[] = { ESTABLISH(0), SEND_STAMPED(0, 11, 0, 101, 121) };

	add_apart(scenario, ops, sizeof(ops) / sizeof(ops[0]));
}

static void establish_all(struct scenario *scenario, const struct op *then)
{
	for (int flow = 0; flow < FLOW_SLOTS_PER_BUCKET; flow++) {
		const struct op ops[] = { ESTABLISH(flow) };

		for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
			scenario_add(scenario, ops[i]);
		if (!flow && then)
			scenario_add(scenario, *then);
		scenario_add(scenario, (struct op){ .kind = OP_WAIT, .ns = SEC_NS });
	}
}

static void all_established(struct scenario *scenario)
{
	establish_all(scenario, NULL);
}

/* A full table, and the client of the flow that makes room for another one has a segment that is being timed. */
static void all_established_one_timed(struct scenario *scenario)
{
	establish_all(scenario, &(const struct op)SEND(0, 0, 101, 121));
}

/*
 * A known race: do the results differ only in what the fast path stores of a direction in which another CPU handles a
 * segment, too?
 */
static bool direction_differs(const struct outcome *is, const struct outcome *should_be)
{
	struct outcome other = *should_be;

	for (int dir = 0; dir < FLOW_DIRS; dir++)
		other.flow[0].dir[dir].next_seq = is->flow[0].dir[dir].next_seq;
	return scenario_counts_differ(is, &other);
}

static const struct scenario scenarios[] = {
	{ .name = "(rtt) data, and its ACK",
	  .times = true,
	  .prepare = one_established,
	  .cpus = 2,
	  .cpu = { { SEND(1009, 0, 101, 121) }, { ANSWER(3019, 0, 121) } },
	  .after = { THEN(0, 121) } },
	{ .name = "(rtt) data, and the ACK of what was sent before",
	  .times = true,
	  .prepare = one_timed,
	  .cpus = 2,
	  .cpu = { { SEND(1009, 0, 121, 141) }, { ANSWER(3019, 0, 121), ANSWER(7013, 0, 141) } },
	  .after = { THEN(0, 141) } },
	{ .name = "(rtt) a segment sent again and a new one, and the ACK of the former",
	  .times = true,
	  .prepare = one_timed,
	  .cpus = 2,
	  .cpu = { { SEND(1009, 0, 101, 121), SEND(3019, 0, 121, 141) }, { ANSWER(7013, 0, 121) } },
	  .after = { THEN(0, 141) } },
	{ .name = "(rtt) a segment sent again with another timestamp, and an ACK of the first one",
	  .times = true,
	  .prepare = one_timed_stamped,
	  .cpus = 2,
	  .cpu = { { SEND_STAMPED(1009, 12, 0, 101, 121) }, { ANSWER_STAMPED(3019, 11, 0, 121) } },
	  .after = { ANSWER_STAMPED(7013, 12, 0, 121), THEN(0, 121) } },
	{ .name = "(rtt) two ACKs of a segment",
	  .times = true,
	  .known_race = scenario_counts_differ,
	  .prepare = one_timed,
	  .cpus = 2,
	  .cpu = { { ANSWER(1009, 0, 121) }, { ANSWER(3019, 0, 121) } },
	  .after = { THEN(0, 121) } },
	{ .name = "(rtt) two ACKs of a segment, one with a FIN",
	  .times = true,
	  .known_race = direction_differs,
	  .prepare = one_timed,
	  .cpus = 2,
	  .cpu = { { ANSWER(1009, 0, 121) }, { ANSWER_WITH_FIN(3019, 0, 121) } } },
	{ .name = "(rtt) flush, a newcomer, and data of the flow that had the slot",
	  .times = true,
	  .known_race = scenario_counts_differ,
	  .most = MOST_BEFORE_GIVING_UP,
	  .same_numbers = true,
	  .prepare = one_established,
	  .cpus = 2,
	  .cpu = { { FLUSH(0), SEND(1009, 8, 101, 111), SEND(3019, 8, 111, 121) }, { SEND(7013, 0, 101, 121) } },
	  .after = { ANSWER(15017, 8, 121), THEN(8, 121) } },
	{ .name = "(rtt) flush, a newcomer, and the ACK of the flow that had the slot",
	  .times = true,
	  .known_race = scenario_counts_differ,
	  .most = MOST_BEFORE_GIVING_UP,
	  .same_numbers = true,
	  .prepare = one_timed,
	  .cpus = 2,
	  .cpu = { { FLUSH(0), SEND(1009, 8, 101, 111), SEND(3019, 8, 111, 121) }, { ANSWER(7013, 0, 121) } },
	  .after = { ANSWER(15017, 8, 121), THEN(8, 121) } },
	{ .name = "(rtt) a newcomer, and an ACK of the flow that makes room",
	  .times = true,
	  .known_race = scenario_counts_differ,
	  .any_victim = true,
	  .prepare = all_established_one_timed,
	  .cpus = 2,
	  .cpu = { { SEND(1009, 8, 101, 111) }, { ANSWER(7013, 0, 121) } },
	  .after = { SEND(31013, 8, 111, 121), ANSWER(64019, 8, 121), THEN(8, 121) } },
	{ .name = "(rtt) a newcomer, and data of the flow that makes room",
	  .times = true,
	  .known_race = scenario_counts_differ,
	  .any_victim = true,
	  .prepare = all_established,
	  .cpus = 2,
	  .cpu = { { SEND(1009, 8, 101, 111) }, { SEND(7013, 0, 101, 121) } },
	  .after = { SEND(31013, 8, 111, 121), ANSWER(64019, 8, 121), THEN(8, 121) } },
	{ .name = "(rtt) a newcomer, and data and an ACK of the flow that makes room",
	  .times = true,
	  .known_race = scenario_counts_differ,
	  .most = 1, /* with 2 there are 360,000 schedules */
	  .any_victim = true,
	  .prepare = all_established_one_timed,
	  .cpus = 3,
	  .cpu = { { SEND(1009, 8, 101, 111) }, { SEND(3019, 0, 121, 141) }, { ANSWER(7013, 0, 121) } },
	  .after = { SEND(31013, 8, 111, 121), ANSWER(64019, 8, 121), THEN(8, 121) } },
	{ .name = "(rtt) a reader, data, and an ACK of what was sent before",
	  .times = true,
	  .most = 2,
	  .prepare = one_timed,
	  .cpus = 3,
	  .cpu = { { READ(0) }, { SEND(1009, 0, 121, 141) }, { ANSWER(3019, 0, 121) } },
	  .reads = true },
	{ .name = "(rtt) a reader, and an ACK",
	  .times = true,
	  .prepare = one_timed,
	  .cpus = 2,
	  .cpu = { { READ(0) }, { ANSWER(3019, 0, 121) } },
	  .reads = true },
	{ .name = "(rtt) a reader, and an ACK with a FIN",
	  .times = true,
	  .prepare = one_timed,
	  .cpus = 2,
	  .cpu = { { READ(0) }, { ANSWER_WITH_FIN(3019, 0, 121) } },
	  .reads = true },
	{ .name = "(rtt) a reader, and flush and a newcomer",
	  .times = true,
	  .prepare = one_timed,
	  .cpus = 2,
	  .cpu = { { READ(0) }, { FLUSH(0), SYN(0) } },
	  .reads = true },
	{},
};

const struct scenario *scenarios_rtt(void)
{
	return scenarios;
}
