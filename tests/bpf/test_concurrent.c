// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two CPUs at once: the same flow inserted by both, both directions of one flow, and slots that are given away under a
 * writer. What one thread does alone is in the other tests; here only what must hold whoever wins.
 */
#include <bpf/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "frames.h"

#define ROUNDS 1000
#define STEPS 5
#define SPINS 20000
#define STORM_FLOWS 12 /* not many more than there are slots */
#define STORM_ROUNDS 500
#define STORM_OPENINGS 10
#define STORM_BURST 100 /* segments of one flow, in one go */
#define STORM_REACH 4096 /* no number of a flow is further than this from its ISN */

static struct harness *wide, *narrow;

struct runner {
	int cpu;
	atomic_int *gate; /* both threads count up; a step begins when both have */
	atomic_int *done;
	int failures; /* test runs that failed */
	int strangers; /* records that had something of another flow */
};

static int cpus(void)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	return CPU_COUNT(&set);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Like harness_packet(), but fit for a thread: no assertion. */
static int run(struct harness *to, const struct packet *packet, int repeat)
{
	__u8 frame[256];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = packet_build(packet, frame),
		    .repeat = repeat);

	return bpf_prog_test_run_opts(harness_program(to, ENTRY_TC, false), &options);
}

/* Where both meet before each step: spinning, so that they start as one, but not while the other has no CPU at all. */
static void meet(struct runner *runner, int *turn)
{
	atomic_fetch_add(runner->gate, 1);
	*turn += 2;
	for (int spins = 0; atomic_load(runner->gate) < *turn; spins++)
		if (spins > SPINS)
			sched_yield();
}

static struct packet segment(int n, bool server, __u16 flags, __u32 seq, __u32 ack)
{
	struct endpoint client = { .host = 1, .port = 10000 + n }, listener = SERVER;
	struct packet packet = { .from = server ? listener : client,
				 .to = server ? client : listener,
				 .seq = seq,
				 .ack = ack,
				 .flags = flags,
				 .window = 65535 };

	return packet;
}

/* What thread 0 and thread 1 send in each step. */
static const struct {
	bool server;
	__u16 flags;
	__u32 seq, ack;
} script[STEPS][2] = {
	{ { false, SEGMENT_SYN, 0, 0 }, { false, SEGMENT_SYN, 0, 0 } },
	{ { true, SEGMENT_SYN | SEGMENT_ACK, 0, 1 }, { true, SEGMENT_SYN | SEGMENT_ACK, 0, 1 } },
	{ { false, SEGMENT_ACK, 1, 1 }, { false, SEGMENT_ACK, 1, 1 } },
	{ { false, SEGMENT_FIN | SEGMENT_ACK, 1, 1 }, { true, SEGMENT_FIN | SEGMENT_ACK, 1, 1 } },
	{ { false, SEGMENT_ACK, 2, 2 }, { true, SEGMENT_ACK, 2, 2 } },
};

static void *play_lives(void *argument)
{
	struct runner *runner = argument;
	int turn = 0;

	pin(runner->cpu);
	for (int n = 0; n < ROUNDS; n++) {
		for (int step = 0; step < STEPS; step++) {
			struct packet packet =
				segment(n, script[step][runner->cpu].server, script[step][runner->cpu].flags,
					script[step][runner->cpu].seq, script[step][runner->cpu].ack);

			meet(runner, &turn);
			runner->failures += !!run(wide, &packet, 1);
		}
		meet(runner, &turn);
	}
	return NULL;
}

/* Runs the body on two CPUs; returns how many strangers were seen. */
static int both(void *(*body)(void *))
{
	atomic_int gate = 0, done = 0;
	struct runner runners[2] = { { .cpu = 0, .gate = &gate, .done = &done },
				     { .cpu = 1, .gate = &gate, .done = &done } };
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, body, &runners[1]), 0);
	body(&runners[0]);
	pthread_join(thread, NULL);
	ck_assert_int_eq(runners[0].failures + runners[1].failures, 0);
	return runners[0].strangers;
}

/* Closed from both sides at once, with nothing lost on the way. */
static void check_life(const struct flow_view *view)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];

	ck_assert_int_eq(client->state, STATE_TIME_WAIT);
	ck_assert_int_eq(server->state, STATE_TIME_WAIT);
	ck_assert_int_eq(view->outcome, OUTCOME_CLOSED);
	ck_assert_uint_eq(client->syns, 2);
	ck_assert_uint_eq(server->syns, 2);
	ck_assert_uint_eq(client->syn_retransmits, 1);
	ck_assert_uint_eq(server->syn_retransmits, 1);
}

/*
 * One flow each, no fact lost. A CPU may give up waiting for another one, which a hypervisor can stop at any moment, but
 * it says so, and it is rare: at most 1 % of the segments, on an emulated machine too.
 */
START_TEST(one_flow_no_loss)
{
	struct flow_record *records;
	__u64 segments = 0, busy;
	size_t flows;

	if (cpus() < 2)
		return;
	records = calloc(2 * ROUNDS, sizeof(*records));
	harness_reset(wide);
	both(play_lives);
	flows = harness_flows(wide, records, 2 * ROUNDS);
	busy = harness_counter(wide, COUNTER_BUSY);
	ck_assert_uint_eq(flows, ROUNDS);
	ck_assert_uint_eq(harness_counter(wide, COUNTER_INSERTED), ROUNDS);
	for (size_t i = 0; i < flows; i++) {
		struct flow_view view = harness_view(wide, &records[i]);
		__u64 packets = view.side[SIDE_CLIENT].packets + view.side[SIDE_SERVER].packets;

		segments += packets;
		if (packets == 2 * STEPS)
			check_life(&view);
	}
	ck_assert_uint_eq(segments + busy, 2 * STEPS * ROUNDS);
	ck_assert_uint_le(busy, 2 * STEPS * ROUNDS / 100);
	free(records);
}
END_TEST

static __u32 storm_isn(int n)
{
	return n * 0x4000000U + 0x1000;
}

/* Whether what the record says of flow n can be of flow n. */
static bool is_its_own(const struct flow_record *record, const struct flow_view *view)
{
	int n = view->side[SIDE_CLIENT].port - 10000;

	if (n < 0 || n >= STORM_FLOWS)
		n = view->side[SIDE_SERVER].port - 10000;
	for (int dir = 0; dir < FLOW_DIRS; dir++) {
		const struct flow_dir *hot = &record->hot.dir[dir];

		if ((hot->facts & FACT_SEQ) && hot->next_seq - storm_isn(n) > STORM_REACH)
			return false;
		if ((hot->facts & FACT_ACK) && hot->max_ack - storm_isn(n) > STORM_REACH)
			return false;
		if ((hot->facts & FACT_SYN) && record->cold.dir[dir].isn != storm_isn(n))
			return false;
	}
	return true;
}

static int strangers(void)
{
	struct flow_record records[FLOW_SLOTS_PER_BUCKET];
	size_t flows = harness_flows(narrow, records, FLOW_SLOTS_PER_BUCKET);
	int found = 0;

	for (size_t i = 0; i < flows; i++) {
		struct flow_view view = harness_view(narrow, &records[i]);

		found += !is_its_own(&records[i], &view);
	}
	return found;
}

/* CPU 0 keeps a flow busy, the short way (ACKs) and the long way (data sent again), until the other one is done. */
static void keep_busy(struct runner *runner, unsigned int *seed)
{
	while (!atomic_load(runner->done)) {
		int n = rand_r(seed) % STORM_FLOWS;
		__u32 isn = storm_isn(n);
		struct packet more = segment(n, rand_r(seed) & 1, SEGMENT_ACK, isn + 1, isn + 1);

		more.payload = rand_r(seed) & 1 ? 10 : 0;
		runner->failures += !!run(narrow, &more, STORM_BURST);
	}
}

/* CPU 1 opens others, in whose favour it is evicted. */
static void open_others(struct runner *runner, unsigned int *seed)
{
	for (int i = 0; i < STORM_OPENINGS; i++) {
		int n = rand_r(seed) % STORM_FLOWS;
		__u32 isn = storm_isn(n);
		struct packet opening[3] = { segment(n, false, SEGMENT_SYN, isn, 0),
					     segment(n, true, SEGMENT_SYN | SEGMENT_ACK, isn, isn + 1),
					     segment(n, false, SEGMENT_ACK, isn + 1, isn + 1) };

		for (int k = 0; k < 3; k++)
			runner->failures += !!run(narrow, &opening[k], 1);
	}
	atomic_store(runner->done, 1);
}

/* Every few openings all is quiet for a moment, and the table is looked at. */
static void *storm(void *argument)
{
	struct runner *runner = argument;
	unsigned int seed = runner->cpu + 1;
	int turn = 0;

	pin(runner->cpu);
	for (int round = 0; round < STORM_ROUNDS; round++) {
		meet(runner, &turn);
		if (runner->cpu == 0)
			keep_busy(runner, &seed);
		else
			open_others(runner, &seed);
		meet(runner, &turn);
		if (runner->cpu == 0) {
			runner->strangers += strangers();
			atomic_store(runner->done, 0);
		}
	}
	return NULL;
}

/*
 * A slot that is given to another flow under a writer's hands has nothing of the old one in the end. Between a late store and
 * its undoing a reader may see it.
 */
START_TEST(given_away_slots_are_clean)
{
	if (cpus() < 2)
		return;
	harness_reset(narrow);
	ck_assert_int_eq(both(storm), 0);
	ck_assert_uint_le(harness_flows(narrow, NULL, 0), harness_slots(narrow));
}
END_TEST

Suite *concurrent_suite(struct harness *shared)
{
	Suite *suite = suite_create("concurrent");
	TCase *tcase = tcase_create("concurrent");

	(void)shared;
	wide = harness_open(&(struct harness_options){ .buckets = 2048, .programs = "tc_ether" });
	narrow = harness_open(&(struct harness_options){ .buckets = 1, .slow_stores = true, .programs = "tc_ether" });
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, one_flow_no_loss);
	tcase_add_test(tcase, given_away_slots_are_clean);
	suite_add_tcase(suite, tcase);
	return suite;
}
