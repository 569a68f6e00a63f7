// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what the fast path takes, the slow path would have learnt the same: frames give the same records with the fast
 * path and without it. `subset DIRECTORY`: the seed corpus is there; it is played as it is, and changed at random.
 *
 * Two things differ, because they are not needed for an ordinary segment. The slow path takes the exact time of the
 * last segment (flow_cold.last_exact_ns); and it keeps numbers in cold, which are not used once a direction is grown. A
 * third one is kept in two places: the flags of segments, of which readers see the sum (dir_flags()).
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus.h"
#include "input.h"

#define CLOCK_START 1000000000000ULL
#define CHANGED 1 /* how often each sequence is played with changes */
#define BATCHES 20 /* of all sequences, each one check */
#define FAST_MIN 1000 /* frames after which it has to be seen that the fast path was at work, or this proves little */

static int files;
static unsigned int fast;
static struct host *hosts[INPUT_LISTENING][2]; /* by the options of a sequence; without and with the fast path */

struct play {
	const struct corpus_sequence *sequence;
	struct host *with, *without;
	int frame;
};

/* A record without what may differ. */
struct comparable {
	struct flow_hot hot;
	struct flow_cold cold;
	struct flow_round_trips round_trips;
};

static struct comparable comparable(const struct host *host, __u32 slot)
{
	struct comparable record = { *host_hot(host, slot), host->cold[slot], { 0 } };
	struct flow_cold cold = record.cold;

	cold.last_exact_ns = 0;
	cold.tcp_flags = 0;
	for (int dir = 0; dir < FLOW_DIRS; dir++) {
		__u32 facts = record.hot.dir[dir].facts;

		cold.tcp_flags |= TCP_FLAGS(dir_flags(&record.hot.dir[dir], &record.cold, dir), dir);
		record.hot.dir[dir].packets &= ~PACKETS_FLAGS_MASK;
		if (facts_are_young(facts) || (facts & FACT_FIN))
			continue;
		cold.dir[dir].kept_next_seq = 0;
		cold.dir[dir].kept_max_ack = 0;
	}
	record.cold = cold;
	if (host->config.rtt)
		record.round_trips = host->round_trips[slot];
	return record;
}

static void compare_slot(const struct play *play, __u32 slot)
{
	const struct comparable with = comparable(play->with, slot), without = comparable(play->without, slot);

	if (memcmp(&with.hot, &without.hot, sizeof(with.hot)) ||
	    ((with.hot.tag & TAG_LIVE) && (memcmp(&with.cold, &without.cold, sizeof(with.cold)) ||
					   memcmp(&with.round_trips, &without.round_trips, sizeof(with.round_trips)))))
		ck_abort_msg("%s/%s, changed by %u, frame %d: slot %u differs without the fast path",
			     play->sequence->directory, play->sequence->name, play->sequence->seed, play->frame, slot);
}

static void compare(const struct play *play)
{
	__u64 before = fast;

	for (__u32 slot = 0; slot < host_slots(play->with); slot++) {
		compare_slot(play, slot);
		fast += fast == before &&
			play->with->cold[slot].last_exact_ns != play->without->cold[slot].last_exact_ns;
	}
	ck_assert_mem_eq(play->with->counters, play->without->counters, sizeof(play->with->counters));
}

static void play_step(struct play *play, const struct input_step *step)
{
	struct host *both[] = { play->with, play->without };

	for (int i = 0; i < 2; i++) {
		both[i]->clock_ns = input_clock(both[i]->clock_ns, step->delta_ns);
		if (step->sweep)
			host_sweep(both[i]);
		else
			host_run(both[i], &step->frame);
	}
	play->frame++;
	compare(play);
}

/* The hosts for a sequence's options, empty. */
static struct host *host_for(__u8 options, bool with)
{
	struct synscope_config config = input_config(options);
	struct host **host = &hosts[options][with];

	/*
	 * The fast path declines packets that are longer than the smallest MTU, and no packet is as short as one byte.
	 * Whether a packet was merged on the way in depends on the MTU of its interface, as ever.
	 */
	if (!with)
		config.min_mtu = 1;
	if (!*host)
		*host = host_open(&config);
	host_reset(*host);
	(*host)->clock_ns = CLOCK_START;
	return *host;
}

static void close_hosts(void)
{
	for (int options = 0; options < INPUT_LISTENING; options++)
		for (int with = 0; with < 2; with++)
			if (hosts[options][with])
				host_close(hosts[options][with]);
}

static void play_sequence(const struct corpus_sequence *sequence)
{
	__u8 options = sequence->bytes[0] & (INPUT_BUCKETS_MASK | INPUT_KEY_VLAN | INPUT_MTU);
	struct play play = { sequence, host_for(options, true), host_for(options, false), 0 };
	struct input_step step;
	size_t at = 1;

	while (input_next(sequence->bytes, sequence->size, &at, &step))
		play_step(&play, &step);
}

START_TEST(the_same_without_the_fast_path)
{
	for (int i = _i; i < files; i += BATCHES)
		corpus_play(i, CHANGED, play_sequence);
}
END_TEST

START_TEST(the_fast_path_took_many)
{
	ck_assert_uint_ge(fast, FAST_MIN);
}
END_TEST

static Suite *subset_suite(void)
{
	Suite *suite = suite_create("the fast path is a part of the slow one");
	TCase *tcase = tcase_create("subset");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, the_same_without_the_fast_path, 0, BATCHES);
	tcase_add_test(tcase, the_fast_path_took_many);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(int argc, char **argv)
{
	SRunner *runner;
	int failed;

	files = corpus_open(argc > 1 ? argv[1] : ".");
	runner = srunner_create(subset_suite());
	srunner_set_fork_status(runner, CK_NOFORK); /* one process counts */
	srunner_run_all(runner, CK_ENV);
	printf("subset: after %u frames it was seen that the fast path was at work\n", fast);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	corpus_close();
	close_hosts();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
