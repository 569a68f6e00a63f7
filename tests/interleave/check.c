// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_reader.h"
#include "check_round_trips.h"
#include "outcome.h"

#define ALLOWED_MOST 4096

/* A table that results if the operations run one after the other, without those in `skipped`. */
struct allowed {
	__u32 skipped; /* a set of operation_bit() */
	__u64 digest;
	struct outcome outcome;
};

static struct check {
	struct allowed allowed[ALLOWED_MOST];
	unsigned int count;
	char text[600];
} check;

static __u32 operation_bit(int cpu, int number)
{
	return 1U << (cpu * OPS_MOST + number);
}

/* The FNV-1a hash, by words. */
static __u64 digest_of(const struct outcome *outcome)
{
	const __u32 *word = (const __u32 *)outcome;
	__u64 hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < sizeof(*outcome) / sizeof(*word); i++)
		hash = (hash ^ word[i]) * 0x100000001b3ULL;
	return hash;
}

unsigned int check_outcomes(void)
{
	return check.count;
}

static void do_after(const struct scenario *scenario)
{
	for (int i = 0; i < AFTER_MOST && scenario->after[i].kind; i++)
		world_do_after(i);
}

/* ---- the allowed results */

static void allow(__u32 skipped)
{
	static struct outcome outcome;
	struct allowed *next = &check.allowed[check.count];
	__u64 digest;

	outcome_take(&outcome);
	digest = digest_of(&outcome);
	for (unsigned int i = 0; i < check.count; i++)
		if (check.allowed[i].skipped == skipped && check.allowed[i].digest == digest)
			return;
	if (check.count == ALLOWED_MOST)
		abort();
	*next = (struct allowed){ .skipped = skipped, .digest = digest, .outcome = outcome };
	check.count++;
}

/* An order of the operations: the CPU of each one. */
struct order {
	int cpu[COROUTINES * OPS_MOST];
	int length;
};

static void play_order(const struct scenario *scenario, const struct order *order, __u32 skipped)
{
	int next[COROUTINES] = {};

	world_reset();
	for (int i = 0; i < order->length; i++) {
		int cpu = order->cpu[i], number = next[cpu]++;

		if (!(skipped & operation_bit(cpu, number)))
			world_do(cpu, number);
	}
	if (scenario->any_victim)
		allow(skipped); /* a flow that is evicted later in the order may also stay */
	do_after(scenario);
	allow(skipped);
}

static int operations_of(const struct scenario *scenario, int cpu)
{
	int count = 0;

	while (count < OPS_MOST && scenario->cpu[cpu][count].kind)
		count++;
	return count;
}

static void play_orders(const struct scenario *scenario, struct order *order, int done[COROUTINES], __u32 skipped)
{
	bool over = true;

	for (int cpu = 0; cpu < scenario->cpus; cpu++) {
		if (done[cpu] == operations_of(scenario, cpu))
			continue;
		over = false;
		done[cpu]++;
		order->cpu[order->length++] = cpu;
		play_orders(scenario, order, done, skipped);
		order->length--;
		done[cpu]--;
	}
	if (over)
		play_order(scenario, order, skipped);
}

void check_begin(const struct scenario *scenario)
{
	__u32 segments = 0, skipped = 0;

	for (int cpu = 0; cpu < scenario->cpus; cpu++)
		for (int i = 0; i < operations_of(scenario, cpu); i++)
			if (scenario->cpu[cpu][i].kind != OP_READ)
				segments |= operation_bit(cpu, i);
	check.count = 0;
	check_round_trips_begin(scenario);
	do {
		struct order order = {};
		int done[COROUTINES] = {};

		play_orders(scenario, &order, done, skipped);
		skipped = (skipped - segments) & segments; /* the next subset */
	} while (skipped);
}

/* ---- the actual result */

static const char *__attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(check.text, sizeof(check.text), format, arguments);
	va_end(arguments);
	return check.text;
}

static const char *check_live(__u32 slot, const struct flow_hot *hot)
{
	const struct flow_cold *cold = world_cold(slot);
	int flow = world_flow_of(hot);

	if (flow < 0)
		return say("slot %u has a key that is not of any flow", slot);
	if (cold->addr[0][0] != hot->id[0] || cold->addr[1][0] != hot->id[1])
		return say("slot %u: the cold record is that of another flow", slot);
	if (world_fingerprint(slot) != TAG_FINGERPRINT(hot->tag))
		return say("slot %u: fingerprint %#x, tag %#x", slot, world_fingerprint(slot), hot->tag);
	if (!(hot->dir[0].facts & FACT_CLIENT) == !(hot->dir[1].facts & FACT_CLIENT))
		return say("slot %u: not one client: %#x %#x", slot, hot->dir[0].facts, hot->dir[1].facts);
	for (__u32 other = 0; other < slot; other++)
		if (world_hot(other)->tag == hot->tag && world_flow_of(world_hot(other)) == flow)
			return say("slot %u: flow %u is in slot %u, too", slot, flow, other);
	return NULL;
}

/* Checks a table in which no CPU is writing. */
static const char *check_idle(void)
{
	for (__u32 slot = 0; slot < world_slots(); slot++) {
		const struct flow_hot *hot = world_hot(slot);
		__u32 a = hot->dir[0].facts, b = hot->dir[1].facts;
		const char *wrong = hot->tag & TAG_LIVE ? check_live(slot, hot) : NULL;

		if (hot->tag & TAG_BUSY)
			return say("slot %u: left busy, tag %#x", slot, hot->tag);
		if ((a | b) & FACT_WRITING)
			return say("slot %u: left with FACT_WRITING: %#x %#x", slot, a, b);
		if (facts_generation(a) != facts_generation(b))
			return say("slot %u: two generations: %#x %#x", slot, a, b);
		if (wrong)
			return wrong;
	}
	return NULL;
}

/* Is the state of each record the last one that was announced? */
static const char *check_announced(void)
{
	for (__u32 slot = 0; slot < world_slots(); slot++) {
		__u32 was = world_cold(slot)->announced;

		if ((world_hot(slot)->tag & TAG_LIVE) && !(was & ANNOUNCED_CLOSED) && announceable(slot, was) != was)
			return say("slot %u: announced is %#x, and not %#x", slot, was, announceable(slot, was));
	}
	return NULL;
}

/* Every lost flow is counted. */
static const char *check_flows(void)
{
	__u64 in = world_flows_before() + world_counter(COUNTER_INSERTED) - world_counter_before(COUNTER_INSERTED);
	__u64 out = world_freed(), live = 0;

	for (int i = COUNTER_EVICTED_EXPIRED; i <= COUNTER_EVICTED_ESTABLISHED; i++)
		out += world_counter(i) - world_counter_before(i);
	for (__u32 slot = 0; slot < world_slots(); slot++)
		live += world_hot(slot)->tag & TAG_LIVE;
	return live + out == in
		       ? NULL
		       : say("%llu flows were inserted, and %llu are present or counted as removed", in, live + out);
}

/* Finds the operations that reported that they gave up, and those of flows that were evicted. */
static void find_skipped(const struct scenario *scenario, const struct outcome *is, __u32 *given_up, __u32 *gone)
{
	__u64 evicted = 0;

	for (int i = COUNTER_EVICTED_EXPIRED; i <= COUNTER_EVICTED_ESTABLISHED; i++)
		evicted += world_counter(i) - world_counter_before(i);
	*given_up = *gone = 0;
	for (int cpu = 0; cpu < scenario->cpus; cpu++)
		for (int i = 0; i < operations_of(scenario, cpu); i++) {
			const struct op *op = &scenario->cpu[cpu][i];

			if (world_cpu(cpu)->result[i].given_up)
				*given_up |= operation_bit(cpu, i);
			else if (op->kind == OP_SEGMENT && evicted && !is->flow[op->flow].present)
				*gone |= operation_bit(cpu, i);
		}
}

/* The operations that are segments of the flow. */
static __u32 operations_on(const struct scenario *scenario, int flow)
{
	__u32 operations = 0;

	for (int cpu = 0; cpu < scenario->cpus; cpu++)
		for (int i = 0; i < operations_of(scenario, cpu); i++)
			if (scenario->cpu[cpu][i].kind == OP_SEGMENT && scenario->cpu[cpu][i].flow == flow)
				operations |= operation_bit(cpu, i);
	return operations;
}

/*
 * Returns NULL if each flow is absent, or as some order of its segments leaves it, without the segments that were given
 * up; otherwise the smallest difference of a flow that is not.
 */
static const char *check_each_flow(const struct scenario *scenario, const struct outcome *is, __u32 given_up)
{
	static struct outcome other;

	for (int flow = 0; flow < FLOWS_MOST; flow++) {
		unsigned int distance, nearest = is->flow[flow].present ? ~0U : 0;
		__u32 mine = operations_on(scenario, flow);

		for (unsigned int i = 0; i < check.count && nearest; i++) {
			if ((check.allowed[i].skipped & mine) != (given_up & mine) && !scenario->comes_twice)
				continue;
			distance = outcome_flow_distance(&check.allowed[i].outcome.flow[flow], &is->flow[flow]);
			if (distance < nearest) {
				nearest = distance;
				other = *is;
				other.flow[flow] = check.allowed[i].outcome.flow[flow];
			}
		}
		if (nearest)
			return outcome_difference(is, &other);
	}
	return NULL;
}

static const char *check_outcome(const struct scenario *scenario, const struct outcome *is)
{
	__u64 digest = digest_of(is);
	const struct allowed *nearest = NULL;
	__u32 given_up, gone;

	const char *difference;

	find_skipped(scenario, is, &given_up, &gone);
	for (unsigned int i = 0; i < check.count; i++) {
		const struct allowed *allowed = &check.allowed[i];

		if ((allowed->skipped & ~gone) != given_up)
			continue;
		if (allowed->digest == digest)
			return NULL;
		if (scenario->known_race && scenario->known_race(is, &allowed->outcome))
			return NULL;
		if (!nearest || outcome_distance(is, &allowed->outcome) < outcome_distance(is, &nearest->outcome))
			nearest = allowed;
	}
	difference = nearest ? outcome_difference(is, &nearest->outcome) : "none gives up these";
	if (scenario->any_victim) {
		difference = check_each_flow(scenario, is, given_up);
		if (!difference)
			return NULL;
	}
	snprintf(check.text, sizeof(check.text),
		 "no order of the operations (but %#x, given up) leaves this table; the nearest one: %s", given_up,
		 difference);
	return check.text;
}

static const char *check_read(const struct result *result)
{
	const char *wrong = check_reader(result);

	return wrong || !result->shown ? wrong : check_round_trips_read(&result->record);
}

static const char *check_readers(const struct scenario *scenario)
{
	for (int cpu = 0; scenario->reads && cpu < scenario->cpus; cpu++)
		for (int i = 0; i < operations_of(scenario, cpu); i++) {
			const char *wrong =
				scenario->cpu[cpu][i].kind == OP_READ ? check_read(&world_cpu(cpu)->result[i]) : NULL;

			if (wrong)
				return wrong;
		}
	return NULL;
}

const char *check_end(const struct scenario *scenario)
{
	static struct outcome is;
	const char *wrong = check_readers(scenario);

	if (!wrong)
		wrong = check_idle();
	if (!wrong && scenario->listens)
		wrong = check_announced();
	if (wrong)
		return wrong;
	do_after(scenario);
	if (world_after_given_up())
		return "a segment was given up when no other CPU was at work";
	wrong = check_idle();
	if (!wrong)
		wrong = check_flows();
	if (!wrong && scenario->times)
		wrong = check_round_trips();
	if (wrong)
		return wrong;
	outcome_take(&is);
	return check_outcome(scenario, &is);
}
