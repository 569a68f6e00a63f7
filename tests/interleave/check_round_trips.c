// SPDX-License-Identifier: GPL-2.0-only
#include "check_round_trips.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/rules/round_trip.h"

#define PASSAGES_MOST (BEFORE_MOST + COROUTINES * OPS_MOST + AFTER_MOST)
#define TRIPS_MOST 64

/* A segment, when and where it passed. */
struct passage {
	const struct op *op;
	__u64 ns; /* since the table was empty */
	enum { BEFORE, CPU, AFTER = CPU + COROUTINES } where;
	int number; /* there */
};

/* A segment and an ACK that can be the first one that covers it: not another one certainly was. */
struct trip {
	int segment; /* index of the passage */
	__u8 flow;
	bool server; /* the server sent the segment */
	bool is_last; /* the ACK is the last one of `after` */
	__u32 elapsed; /* in units of 2^ROUND_TRIP_SHIFT ns */
};

/* Of the two directions of a flow: 0 its client's data, 1 its server's. */
static struct known_trips {
	struct passage passage[PASSAGES_MOST];
	int passages;
	struct trip trip[TRIPS_MOST];
	int trips;
	struct round_trip before[FLOWS_MOST][FLOW_DIRS];
	struct port_round_trips counted_before;
	bool ends; /* the last segment of `after` ends a round trip */
	char text[300];
} known;

/* ---- what can be found */

static void pass(const struct op *op, __u64 ns, int where, int number)
{
	known.passage[known.passages++] = (struct passage){ .op = op, .ns = ns, .where = where, .number = number };
}

static void list_passages(const struct scenario *scenario)
{
	__u64 ns = 0;

	known.passages = 0;
	for (int i = 0; i < BEFORE_MOST && scenario->before[i].kind; i++) {
		if (scenario->before[i].kind == OP_WAIT)
			ns += scenario->before[i].ns;
		else
			pass(&scenario->before[i], ns, BEFORE, i);
	}
	for (int cpu = 0; cpu < scenario->cpus; cpu++)
		for (int i = 0; i < OPS_MOST && scenario->cpu[cpu][i].kind; i++)
			pass(&scenario->cpu[cpu][i], ns + scenario->cpu[cpu][i].ns, CPU + cpu, i);
	for (int i = 0; i < AFTER_MOST && scenario->after[i].kind; i++)
		pass(&scenario->after[i], ns + scenario->after[i].ns, AFTER, i);
}

/* Was the first one processed before the second one, in every schedule? */
static bool precedes(const struct passage *first, const struct passage *second)
{
	if (first->where == second->where)
		return first->number < second->number;
	return first->where == BEFORE || second->where == AFTER;
}

static bool is_data(const struct passage *passage)
{
	return passage->op->kind == OP_SEGMENT && passage->op->payload;
}

static bool is_same_sender(const struct passage *a, const struct passage *b)
{
	return a->op->flow == b->op->flow && a->op->server == b->op->server;
}

static bool covers(const struct passage *ack, const struct passage *data)
{
	return ack->op->kind == OP_SEGMENT && ack->op->flow == data->op->flow && ack->op->server != data->op->server &&
	       (ack->op->flags & SEGMENT_ACK) && ack->op->ack >= data->op->seq + data->op->payload;
}

static bool overlaps(const struct passage *a, const struct passage *b)
{
	return a != b && is_data(b) && is_same_sender(a, b) && b->op->seq < a->op->seq + a->op->payload &&
	       a->op->seq < b->op->seq + b->op->payload;
}

/* Does the ACK echo a timestamp that only this one of the same segments has? */
static bool is_echo(const struct passage *ack, const struct passage *data)
{
	return data->op->tsval && ack->op->tsecr == data->op->tsval;
}

/* Karn's rule: what was sent more than once is timed only by its timestamp. */
static bool is_ambiguous(const struct passage *data, const struct passage *ack)
{
	for (int i = 0; i < known.passages; i++) {
		const struct passage *other = &known.passage[i];

		if (overlaps(data, other) && !(precedes(other, data) && is_echo(ack, data)) &&
		    (precedes(other, data) || (precedes(data, other) && precedes(other, ack))))
			return true;
	}
	return false;
}

static bool can_be_first(const struct passage *data, const struct passage *ack)
{
	for (int i = 0; i < known.passages; i++) {
		const struct passage *other = &known.passage[i];

		if (covers(other, data) && precedes(data, other) && precedes(other, ack) && !is_echo(ack, data))
			return false;
	}
	return covers(ack, data) && !precedes(ack, data) && ack->ns >= data->ns && !is_ambiguous(data, ack);
}

static void add_trip(int segment, const struct passage *ack)
{
	const struct passage *data = &known.passage[segment];
	bool is_last = ack == &known.passage[known.passages - 1] && ack->where == AFTER;

	if (known.trips == TRIPS_MOST)
		abort();
	known.trip[known.trips++] =
		(struct trip){ .segment = segment,
			       .flow = data->op->flow,
			       .server = data->op->server,
			       .is_last = is_last,
			       .elapsed = (ack->ns >> ROUND_TRIP_SHIFT) - (data->ns >> ROUND_TRIP_SHIFT) };
	known.ends |= is_last;
}

void check_round_trips_begin(const struct scenario *scenario)
{
	list_passages(scenario);
	known.trips = 0;
	known.ends = false;
	for (int i = 0; i < known.passages; i++)
		for (int j = 0; j < known.passages; j++)
			if (is_data(&known.passage[i]) && known.passage[j].where != BEFORE &&
			    can_be_first(&known.passage[i], &known.passage[j]))
				add_trip(i, &known.passage[j]);
	memset(known.before, 0, sizeof(known.before));
	for (int flow = 0; flow < FLOWS_MOST; flow++)
		for (int dir = 0; dir < FLOW_DIRS && world_slot_of(flow) >= 0; dir++)
			known.before[flow][dir ^ world_client_dir(flow)] = world_trips(world_slot_of(flow))->dir[dir];
	known.counted_before = *world_histogram();
}

/* ---- what was found */

/* Round trips that explain figures. */
struct explanation {
	struct round_trip trip; /* the figures */
	__u64 used[PASSAGES_MOST / 64 + 1]; /* the segments, each of which has one round trip at most */
	__u64 units; /* their sum */
	bool ends; /* the last ACK of `after` ended the last one */
};

static bool use(struct explanation *so_far, const struct trip *trip)
{
	__u64 bit = 1ULL << trip->segment % 64, *word = &so_far->used[trip->segment / 64];

	if (*word & bit)
		return false;
	*word |= bit;
	so_far->units += trip->elapsed;
	so_far->ends = trip->is_last;
	add_round_trip(&so_far->trip, trip->elapsed);
	return true;
}

static bool has_figures(const struct round_trip *a, const struct round_trip *b)
{
	return a->min == b->min && a->last == b->last && a->smoothed == b->smoothed && a->samples == b->samples;
}

/* Adds round trips to *so_far until there are the figures. */
static bool explain(const struct round_trip *figures, int flow, int server, struct explanation *so_far)
{
	if (has_figures(&so_far->trip, figures))
		return true;
	if (so_far->trip.samples >= figures->samples)
		return false;
	for (int i = 0; i < known.trips; i++) {
		struct explanation next = *so_far;

		if (known.trip[i].flow != flow || known.trip[i].server != server || !use(&next, &known.trip[i]) ||
		    !explain(figures, flow, server, &next))
			continue;
		*so_far = next;
		return true;
	}
	return false;
}

/* Are so many round trips, with this sum, those of any flows? From the `from`th one on, of which no segment is used. */
static bool explain_sum(bool server, __u64 count, __u64 units, int from, const struct explanation *so_far)
{
	if (!count)
		return !units;
	for (int i = from; i < known.trips; i++) {
		struct explanation next = *so_far;

		if (known.trip[i].server == server && known.trip[i].elapsed <= units && use(&next, &known.trip[i]) &&
		    explain_sum(server, count - 1, units - known.trip[i].elapsed, i + 1, &next))
			return true;
	}
	return false;
}

static __u64 count_of(const struct port_round_trips *histogram, int end)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < HISTOGRAM_BUCKETS; i++)
		sum += histogram->count[end][i];
	return sum;
}

/* Has any record of before, or of a CPU, been replaced? Then its round trips are only in the histogram. */
static bool is_any_gone(void)
{
	bool gone = world_freed() > 0;

	for (int i = COUNTER_EVICTED_EXPIRED; i <= COUNTER_EVICTED_ESTABLISHED; i++)
		gone |= world_counter(i) > world_counter_before(i);
	return gone || world_counter(COUNTER_INCARNATION) > world_counter_before(COUNTER_INCARNATION);
}

/* `server`: of the data of the servers, so of what the clients acknowledge. */
static const char *check_histogram(bool server, __u64 count, __u64 units)
{
	int end = server ? ROUND_TRIP_CLIENT : ROUND_TRIP_SERVER;
	__u64 counted = count_of(world_histogram(), end) - count_of(&known.counted_before, end);
	__u64 ns = world_histogram()->sum_ns[end] - known.counted_before.sum_ns[end];
	bool wrong = counted < count || ns >> ROUND_TRIP_SHIFT < units;

	if (!is_any_gone())
		wrong |= counted != count || ns >> ROUND_TRIP_SHIFT != units;
	if (!wrong && explain_sum(server, counted, ns >> ROUND_TRIP_SHIFT, 0, &(struct explanation){}))
		return NULL;
	snprintf(known.text, sizeof(known.text),
		 "the histogram has %llu round trips of %s with a sum of %#llx, the records %llu with %#llx", counted,
		 server ? "clients" : "servers", ns >> ROUND_TRIP_SHIFT, count, units);
	return known.text;
}

static const char *say_figures(int flow, int server, const struct round_trip *trip)
{
	snprintf(known.text, sizeof(known.text),
		 "flow %d, data of the %s: no round trips have these figures: min %#x, last %#x, smoothed %#x, %u "
		 "samples",
		 flow, server ? "server" : "client", trip->min, trip->last, trip->smoothed, trip->samples);
	return known.text;
}

/* Of the records, by sender of the data. */
struct sums {
	__u64 count[FLOW_DIRS], units[FLOW_DIRS];
	bool ends;
};

static const char *check_record(__u32 slot, const struct flow_hot *hot, const struct flow_round_trips *trips,
				struct sums *sums)
{
	int flow = world_flow_of(hot);

	for (int server = 0; server < FLOW_DIRS && flow >= 0; server++) {
		const struct round_trip *trip = &trips->dir[server ^ world_client_dir(flow)];
		struct explanation explanation = {};
		__u32 before = 0;

		if (world_is_record_before(flow, slot, hot)) {
			explanation.trip = known.before[flow][server];
			before = explanation.trip.samples;
		}
		if (!explain(trip, flow, server, &explanation))
			return say_figures(flow, server, trip);
		sums->count[server] += trip->samples - before;
		sums->units[server] += explanation.units;
		sums->ends |= explanation.ends;
	}
	return NULL;
}

const char *check_round_trips_read(const struct flow_record *record)
{
	struct sums nobody_asks = {};

	return check_record(record->slot, &record->hot, &record->round_trips, &nobody_asks);
}

const char *check_round_trips(void)
{
	struct sums sums = {};
	const char *wrong = NULL;

	for (__u32 slot = 0; slot < world_slots() && !wrong; slot++)
		if (world_hot(slot)->tag & TAG_LIVE)
			wrong = check_record(slot, world_hot(slot), world_trips(slot), &sums);
	for (int server = 0; server < FLOW_DIRS && !wrong; server++)
		wrong = check_histogram(server, sums.count[server], sums.units[server]);
	if (!wrong && known.ends && !sums.ends)
		wrong = "the last ACK did not end a round trip";
	return wrong;
}
