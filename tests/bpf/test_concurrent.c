// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two CPUs at once, millions of times: the same flow inserted by both, both directions of one flow, slots that are
 * given to another flow while a CPU writes, and a concurrent reader. The other tests check what one CPU does; these
 * check only what must hold in any order.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../skipped.h"
#include "cases.h"
#include "lanes.h"

#define LIFE_FLOWS 8192 /* half as many as there are slots */
#define LIFE_STEPS 12
#define LIFE_SEGMENTS 7000000 /* sent by both CPUs together, … */
#define LIFE_TIMES_MAX 4 /* … and repeated up to so many times if no flow was inserted by both at once */
#define STORM_FLOWS 48 /* a few more than there are slots */
#define STORM_SEGMENTS 3000000
#define SLOW_FLOWS 12
#define SLOW_SEGMENTS 100000
#define SLOW_ROUND 24 /* the table is checked after every so many segments of each CPU … */
#define SLOW_HOURS 3 /* … and then so much time passes that no flow is in use any more */
#define SPINS 1000000
#define REACH 4096 /* all numbers of a flow are within this distance of its ISN */

static struct harness *wide, *narrow, *slow;

#define STEP(...)           \
	{                   \
		__VA_ARGS__ \
	}
#define SYN STEP(.flags = SEGMENT_SYN)
#define SYNACK STEP(.server = 1, .flags = SEGMENT_SYN | SEGMENT_ACK, .ack = 1)
#define ACK STEP(.flags = SEGMENT_ACK, .seq = 1, .ack = 1)
#define SERVER_ACK STEP(.server = 1, .flags = SEGMENT_ACK, .seq = 1, .ack = 1)
#define CLIENT_FIN STEP(.flags = SEGMENT_FIN | SEGMENT_ACK, .seq = 1, .ack = 1)
#define SERVER_FIN STEP(.server = 1, .flags = SEGMENT_FIN | SEGMENT_ACK, .seq = 1, .ack = 1)
#define CLIENT_LAST STEP(.flags = SEGMENT_ACK, .seq = 2, .ack = 2)
#define SERVER_LAST STEP(.server = 1, .flags = SEGMENT_ACK, .seq = 2, .ack = 2)

/*
 * A connection in three parts: both CPUs send the SYN, then both the SYN/ACK, and then one CPU sends the client's
 * segments and the other one the server's, as a network card would distribute them.
 */
#define PARTS 3
#define LIFE(n) .order = LANE_LIVES, .flows = LIFE_FLOWS, .meets = 1, .steps = (n)

static const struct lane life[PARTS][LANES] = {
	{ { LIFE(1), .step = { SYN } }, { LIFE(1), .step = { SYN } } },
	{ { LIFE(1), .step = { SYNACK } }, { LIFE(1), .step = { SYNACK } } },
	{ { LIFE(LIFE_STEPS - 2), .step = { ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK, CLIENT_FIN, CLIENT_LAST } },
	  { LIFE(LIFE_STEPS - 2), .step = { SERVER_ACK, SERVER_ACK, SERVER_ACK, SERVER_ACK, SERVER_ACK, SERVER_ACK,
					    SERVER_ACK, SERVER_ACK, SERVER_FIN, SERVER_LAST } } },
};

/* One lane keeps sending on flows, whether they exist or not; the other one opens and resets them. */
static const struct lane storm[LANES] = {
	{ .order = LANE_SEGMENTS_AT_RANDOM,
	  .steps = 4,
	  .step = { ACK,
		    SERVER_ACK,
		    { .flags = SEGMENT_ACK, .seq = 101, .ack = 1 },
		    { .server = 1, .flags = SEGMENT_ACK, .seq = 101, .ack = 101 } } },
	{ .order = LANE_LIVES_AT_RANDOM,
	  .steps = 6,
	  .step = { SYN, SYNACK, ACK, SERVER_ACK, ACK, { .flags = SEGMENT_RST, .seq = 1 } } },
};

struct runner {
	int number;
	atomic_int *ready; /* runners that are running on their CPU */
	__u32 segments;
	int err;
};

struct watcher {
	struct harness *harness;
	__u32 flows;
	atomic_bool *done;
	__u64 strangers; /* records that mix several flows */
	__u64 crossed; /* attempts to copy a record that a writer interrupted */
};

/* Prints that the test is skipped if there is no second CPU. */
static bool one_cpu(const char *test)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	if (CPU_COUNT(&set) >= 2)
		return false;
	skipped(test, "this test needs two CPUs");
	return true;
}

/* Pins the thread to the n-th CPU that the process may use. */
static void pin(int n)
{
	cpu_set_t set;
	int cpu = 0;

	sched_getaffinity(0, sizeof(set), &set);
	for (;; cpu++)
		if (CPU_ISSET(cpu, &set) && n-- == 0)
			break;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *run_lane(void *argument)
{
	struct runner *runner = argument;

	pin(runner->number);
	atomic_fetch_add(runner->ready, 1);
	for (int spins = 0; atomic_load(runner->ready) < LANES; spins++) /* spin, to start as one … */
		if (spins > SPINS)
			sched_yield(); /* … but not while the other one has no CPU */
	runner->err = lane_run(runner->number, false, runner->segments);
	return NULL;
}

/* Both lanes send that many segments at the same time. */
static void run_both(const struct lane lanes[LANES], __u32 segments)
{
	atomic_int ready = 0;
	struct runner runners[LANES];
	pthread_t threads[LANES];

	for (int i = 0; i < LANES; i++) {
		*lane(i) = lanes[i];
		runners[i] = (struct runner){ .number = i, .ready = &ready, .segments = segments };
	}
	for (int i = 0; i < LANES; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run_lane, &runners[i]), 0);
	for (int i = 0; i < LANES; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < LANES; i++)
		ck_assert_msg(!runners[i].err, "lane %d: %s", i, strerror(-runners[i].err));
}

/* Closed by both ends at once, with no segment lost on the way. */
static void check_life(const struct flow_view *view)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];

	ck_assert_int_eq(client->state, STATE_TIME_WAIT);
	ck_assert_int_eq(server->state, STATE_TIME_WAIT);
	ck_assert_int_eq(view->outcome, OUTCOME_CLOSED);
	ck_assert_uint_eq(client->packets, LIFE_STEPS);
	ck_assert_uint_eq(server->packets, LIFE_STEPS);
	ck_assert_uint_eq(client->syns, 2);
	ck_assert_uint_eq(server->syns, 2);
	/* copies, unless a CPU was stopped for 10 ms in between (rule 31) */
	ck_assert_uint_eq(client->syn_retransmits + server->syn_retransmits + view->anomalies[ANOMALY_DUPLICATE], 2);
}

/*
 * Every flow exists once, with all of its facts and segments. A CPU may give up waiting for another one, which a
 * hypervisor can stop at any moment; but such cases are counted, and rare.
 */
static void check_lives(struct flow_record *records)
{
	size_t flows = harness_flows(wide, records, 2 * LIFE_FLOWS);
	__u64 segments = 0, busy = harness_counter(wide, COUNTER_BUSY);

	ck_assert_uint_eq(flows, LIFE_FLOWS);
	ck_assert_uint_eq(harness_counter(wide, COUNTER_INSERTED), LIFE_FLOWS);
	for (size_t i = 0; i < flows; i++) {
		struct flow_view view = harness_view(wide, &records[i]);
		__u64 packets = view.side[SIDE_CLIENT].packets + view.side[SIDE_SERVER].packets;

		segments += packets;
		if (packets == 2 * LIFE_STEPS)
			check_life(&view);
	}
	ck_assert_uint_eq(segments + busy, 2 * LIFE_STEPS * LIFE_FLOWS);
	ck_assert_uint_le(busy, 2 * LIFE_STEPS * LIFE_FLOWS / 100);
}

START_TEST(lives_without_loss)
{
	const __u64 segments = segments_of(LIFE_SEGMENTS);
	struct flow_record *records;
	__u32 twins = 0;

	if (one_cpu("lives_without_loss"))
		return;
	records = calloc(2 * LIFE_FLOWS, sizeof(*records));
	lanes_lead_to(wide);
	for (__u64 sent = 0; sent < segments || (!twins && sent < LIFE_TIMES_MAX * segments);
	     sent += 2 * LIFE_STEPS * LIFE_FLOWS) {
		harness_reset(wide);
		for (int part = 0; part < PARTS; part++)
			run_both(life[part], life[part][0].steps * LIFE_FLOWS);
		check_lives(records);
		twins += harness_counter(wide, COUNTER_TWIN);
	}
	printf("%u flows were being inserted by two CPUs at once\n", twins);
	fflush(stdout);
	free(records);
	if (!twins)
		skipped("lives_without_loss", "no flow was inserted by two CPUs at once");
}
END_TEST

static bool belongs(__u32 number, int flow, bool server)
{
	return number - traffic_isn(flow, server) <= REACH;
}

/* Can all fields of the record belong to one flow? */
static bool is_whole(const struct flow_record *record, __u32 flows)
{
	int n = lane_flow_of(record);

	if (n < 0 || n >= (int)flows || record->hot.id[0] != record->cold.addr[0][0] ||
	    record->hot.id[1] != record->cold.addr[1][0])
		return false;
	for (int dir = 0; dir < FLOW_DIRS; dir++) {
		const struct flow_dir *hot = &record->hot.dir[dir];
		const struct flow_cold_dir *cold = &record->cold.dir[dir];
		bool server = ntohs(record->hot.port[dir]) == TRAFFIC_SERVER_PORT;

		if (((hot->facts & FACT_SEQ) && !belongs(next_seq_of(hot->facts, hot, cold), n, server)) ||
		    ((hot->facts & FACT_ACK) && !belongs(max_ack_of(hot->facts, hot, cold), n, !server)) ||
		    ((hot->facts & FACT_SYN) && !belongs(cold->isn, n, server)))
			return false;
	}
	return true;
}

/* Tries to read each slot once. */
static void look(struct watcher *watcher)
{
	struct flow_record record;

	for (__u32 slot = 0; slot < harness_slots(watcher->harness); slot++) {
		enum copy_result result = harness_try_flow(watcher->harness, slot, &record);

		watcher->crossed += result == COPY_CROSSED;
		watcher->strangers += result == COPY_MADE && !is_whole(&record, watcher->flows);
	}
}

static void *watch(void *argument)
{
	struct watcher *watcher = argument;

	while (!atomic_load(watcher->done))
		look(watcher);
	return NULL;
}

static void storm_over(struct harness *harness, __u32 flows, struct lane lanes[LANES])
{
	harness_reset(harness);
	lanes_lead_to(harness);
	memcpy(lanes, storm, sizeof(storm));
	lanes[0].flows = lanes[1].flows = flows;
}

/* A record that a reader gets is whole, while flows are created and removed concurrently. */
START_TEST(records_are_shown_whole)
{
	atomic_bool done = false;
	struct watcher watcher = { .harness = narrow, .flows = STORM_FLOWS, .done = &done };
	struct lane lanes[LANES];
	pthread_t thread;

	if (one_cpu("records_are_shown_whole"))
		return;
	storm_over(narrow, STORM_FLOWS, lanes);
	ck_assert_int_eq(pthread_create(&thread, NULL, watch, &watcher), 0);
	run_both(lanes, segments_of(STORM_SEGMENTS) / LANES);
	atomic_store(&done, true);
	pthread_join(thread, NULL);
	printf("writers interrupted %llu attempts to copy a record\n", watcher.crossed);
	fflush(stdout);
	look(&watcher);
	ck_assert_uint_eq(watcher.strangers, 0);
	ck_assert_uint_gt(harness_counter(narrow, COUNTER_INSERTED), segments_of(STORM_SEGMENTS) / 100);
	if (!watcher.crossed)
		skipped("records_are_shown_whole", "no writer interrupted a copy");
}
END_TEST

/*
 * A slot that was given to another flow during a write has nothing of the old flow in the end. Between a late store and
 * its undoing, which are far apart in these programs, a reader may see it.
 */
START_TEST(given_away_slots_are_clean)
{
	struct watcher watcher = { .harness = slow, .flows = SLOW_FLOWS };
	struct lane lanes[LANES];

	if (one_cpu("given_away_slots_are_clean"))
		return;
	storm_over(slow, SLOW_FLOWS, lanes);
	for (__u32 sent = 0; sent < segments_of(SLOW_SEGMENTS); sent += LANES * SLOW_ROUND) {
		run_both(lanes, SLOW_ROUND);
		look(&watcher);
		ck_assert_uint_eq(watcher.strangers, 0);
		harness_set_clock(slow, harness_clock(slow) + SLOW_HOURS * 3600 * SEC_NS);
	}
	printf("late stores were undone in %llu rounds\n", harness_late_stores(slow));
	fflush(stdout);
	if (!harness_late_stores(slow))
		skipped("given_away_slots_are_clean", "no slot was given away during a write");
}
END_TEST

Suite *concurrent_suite(struct harness *shared)
{
	Suite *suite = suite_create("concurrent");
	TCase *tcase = tcase_create("concurrent");

	(void)shared;
	wide = harness_open(&(struct harness_options){ .buckets = 2 * LIFE_FLOWS / FLOW_SLOTS_PER_BUCKET });
	narrow = harness_open(&(struct harness_options){ .buckets = 4 });
	slow = harness_open(&(struct harness_options){ .buckets = 1, .slow_stores = true });
	lanes_open();
	tcase_set_timeout(tcase, 600);
	tcase_add_test(tcase, lives_without_loss);
	tcase_add_test(tcase, records_are_shown_whole);
	tcase_add_test(tcase, given_away_slots_are_clean);
	suite_add_tcase(suite, tcase);
	return suite;
}
