// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader of records, with a writer's stores between its loads: any number of stores at any load. Nothing here
 * depends on time, on the processor or on the number of processors, because reader and writer run in one thread.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/reader.h"
#include "hooks.h"
#include "writer.h"

#undef memcpy
#undef __atomic_load_n

#define SLOT 3
#define NEVER 1000000
#define MANY_STORES 30
#define WORD sizeof(__u32)

/* The order in which a memcpy() copies the words: each is allowed. */
enum copy_order { ORDER_UP, ORDER_DOWN, ORDER_OUTWARD, ORDER_COUNT };

/*
 * When the writer stores: `first` stores before the load `from`, then `each` before every later load, and the rest
 * before `end`.
 */
struct schedule {
	int first, from, each, end;
};

/* One run of the reader. */
struct run {
	const struct writer *writer;
	struct schedule schedule;
	enum copy_order order;
	struct flow_bucket bucket;
	struct flow_cold cold[FLOW_SLOTS_PER_BUCKET];
	struct shared_record memory; /* the slot, with the stores so far */
	int stores, loads; /* counts so far */
};

/* What was read in all schedules of a script. */
struct tally {
	long runs, refused, retried;
	long shown[WRITER_STATES];
};

static struct run *running; /* global, because the hook has no argument for it */

static void store_until(struct run *run, int end)
{
	if (end > run->writer->store_count)
		end = run->writer->store_count;
	if (end <= run->stores)
		return;
	writer_replay(run->writer, run->stores, end, &run->memory);
	run->stores = end;
	run->bucket.slot[SLOT] = run->memory.hot;
	run->cold[SLOT] = run->memory.cold;
}

static void before_load(struct run *run)
{
	const struct schedule *schedule = &run->schedule;

	if (run->loads >= schedule->end)
		store_until(run, run->writer->store_count);
	else if (run->loads >= schedule->from)
		store_until(run, schedule->first + schedule->each * (run->loads - schedule->from));
	run->loads++;
}

static size_t nth_word(enum copy_order order, size_t n, size_t words)
{
	if (order == ORDER_UP)
		return n;
	if (order == ORDER_DOWN)
		return words - 1 - n;
	return n % 2 ? words / 2 - 1 - n / 2 : words / 2 + n / 2;
}

void stepped_copy(void *to, const void *from, size_t bytes)
{
	const size_t words = bytes / WORD;

	for (size_t i = 0; i < words; i++) {
		size_t at = WORD * (words % 2 ? i : nth_word(running->order, i, words));

		if (bytes != sizeof(__u64) || i == 0) /* two words that are one 64-bit number are one load */
			before_load(running);
		memcpy((char *)to + at, (const char *)from + at, WORD);
	}
}

/* Reads all of the record, as `show` does, or with `listing` without the steps of the ladder. */
static bool read_record(struct run *run, bool listing, struct flow_record *record)
{
	static struct flow_record records[FLOW_SLOTS_PER_BUCKET];
	struct flow_reader reader;
	__u32 bucket = 0;
	bool found;

	flow_reader_init_memory(&reader, &run->bucket, run->cold, 1);
	if (!listing)
		return flow_reader_read_slot(&reader, SLOT, record);
	found = flow_reader_read(&reader, &bucket, records, FLOW_SLOTS_PER_BUCKET);
	*record = records[0];
	return found;
}

/* The index of the state that the record is in, or -1. */
static int state_of(const struct writer *writer, const struct flow_record *record, bool listing)
{
	const size_t cold = listing ? offsetof(struct flow_cold, opening) : sizeof(record->cold);

	for (int i = 0; i < writer->state_count; i++)
		if (!memcmp(&record->hot, &writer->states[i].record.hot, sizeof(record->hot)) &&
		    !memcmp(&record->cold, &writer->states[i].record.cold, cold))
			return i;
	return -1;
}

/* Returns the number of loads. */
static int run_once(struct run *run, bool listing, struct tally *tally)
{
	static const struct run empty;
	struct flow_record record;
	int state;

	run->bucket = empty.bucket;
	run->memory = run->writer->states[0].record;
	run->bucket.slot[SLOT] = run->memory.hot;
	run->cold[SLOT] = run->memory.cold;
	run->stores = run->loads = 0;
	running = run;
	tally->runs++;
	if (!read_record(run, listing, &record)) {
		ck_assert_msg(run->writer->gives_away, "no flow");
		tally->refused++;
		return run->loads;
	}
	state = state_of(run->writer, &record, listing);
	ck_assert_msg(state >= 0, "torn: %d stores before load %d, then %d each, the rest before load %d; order %d, %s",
		      run->schedule.first, run->schedule.from, run->schedule.each, run->schedule.end, run->order,
		      listing ? "listing" : "one slot");
	tally->shown[state]++;
	return run->loads;
}

static void run_again(struct run *run, struct schedule schedule, bool listing, int loads, struct tally *tally)
{
	run->schedule = schedule;
	tally->retried += run_once(run, listing, tally) > loads;
}

/*
 * Any number of stores before any load, and the rest one by one at the next loads, or all at once before a later load.
 * If the script is long, not all later loads are tried with each number of stores.
 */
static void run_all(struct run *run, bool listing, struct tally *tally)
{
	const int stores = run->writer->store_count, stride = 1 + stores / MANY_STORES;
	int loads;

	run->schedule = (struct schedule){ .from = NEVER, .end = NEVER };
	loads = run_once(run, listing, tally);
	for (int from = 0; from < loads; from++)
		for (int first = 0; first <= stores; first++) {
			for (int end = from + 1 + first % stride; end <= loads; end += stride)
				run_again(run, (struct schedule){ first, from, 0, end }, listing, loads, tally);
			for (int each = 1; each <= 3; each++)
				run_again(run, (struct schedule){ first, from, each, NEVER }, listing, loads, tally);
		}
}

static void learn_new_facts(struct writer *writer)
{
	writer_learn(writer, 1, FACT_SYN | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN | FACT_FIN);
}

/* Only the count shows the change; a retransmission, for example. */
static void learn_no_fact(struct writer *writer)
{
	writer_learn(writer, 0, 0);
}

static void learn_in_both_directions(struct writer *writer)
{
	writer_learn(writer, 0, 0);
	writer_learn(writer, 1, 0);
}

static void learn_twice(struct writer *writer)
{
	writer_learn(writer, 0, FACT_SYN | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN | FACT_FIN);
	writer_learn(writer, 0, FACT_SYN | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN);
}

static void give_to_another_flow(struct writer *writer)
{
	writer_give_away(writer, 16);
}

static void begin_new_incarnation(struct writer *writer)
{
	writer_give_away(writer, 8);
}

/* In the end the tag is the same, and so are the facts except for the generation. */
static void begin_two_incarnations(struct writer *writer)
{
	writer_give_away(writer, 8);
	writer_give_away(writer, 8);
}

static void give_away_and_back(struct writer *writer)
{
	writer_give_away(writer, 16);
	writer_give_away(writer, 8);
}

static void forget(struct writer *writer)
{
	writer_free(writer);
}

static void forget_and_reuse(struct writer *writer)
{
	writer_free(writer);
	writer_give_away(writer, 8);
}

static void sweep_and_learn(struct writer *writer)
{
	writer_hold(writer);
	writer_touch(writer, 1);
	writer_learn(writer, 1, 0);
}

/* In the end nothing has changed. */
static void sweep(struct writer *writer)
{
	writer_hold(writer);
	writer_touch(writer, 0);
}

/* Only the tag distinguishes the second flow from the first. */
static void wrap_generations(struct writer *writer)
{
	writer_give_away(writer, 16);
	writer_give_away_often(writer, 24);
}

static void move_on_and_learn(struct writer *writer)
{
	writer_move_on(writer, 0);
	writer_learn(writer, 0, 0);
}

static void move_on_both(struct writer *writer)
{
	writer_move_on(writer, 0);
	writer_move_on(writer, 1);
}

static const struct script {
	const char *name;
	void (*write)(struct writer *writer);
} scripts[] = {
	{ "new facts", learn_new_facts },
	{ "no new fact", learn_no_fact },
	{ "both directions", learn_in_both_directions },
	{ "there and back", learn_twice },
	{ "another flow", give_to_another_flow },
	{ "a new incarnation", begin_new_incarnation },
	{ "two incarnations", begin_two_incarnations },
	{ "another flow, and the first again", give_away_and_back },
	{ "no flow any more", forget },
	{ "no flow, then the same again", forget_and_reuse },
	{ "held, put back, changed", sweep_and_learn },
	{ "held, put back", sweep },
	{ "another flow, and 128 more", wrap_generations },
	{ "an ordinary segment, then a change", move_on_and_learn },
	{ "ordinary segments of both", move_on_both },
};

#define SCRIPTS (sizeof(scripts) / sizeof(scripts[0]))

/*
 * Every state was read in some schedule, and some reads had to be repeated; otherwise the schedules are not what they
 * should be.
 */
static void check_tally(const struct writer *writer, const struct tally *tally)
{
	ck_assert_int_gt(tally->retried, 0);
	ck_assert_int_eq(tally->refused > 0, writer->gives_away);
	for (int i = 0; i < writer->state_count; i++)
		ck_assert_msg(tally->shown[i] > 0 || writer->states[i].passing, "no reader got state %d of %d", i,
			      writer->state_count);
}

START_TEST(no_record_is_torn)
{
	const struct script *script = &scripts[_i];
	struct writer *writer = calloc(1, sizeof(*writer));
	struct run *run = calloc(1, sizeof(*run));
	struct tally tally = { 0 };

	writer_begin(writer);
	script->write(writer);
	run->writer = writer;
	for (run->order = 0; run->order < ORDER_COUNT; run->order++)
		run_all(run, false, &tally);
	run->order = ORDER_UP;
	run_all(run, true, &tally);
	printf("%s: %ld schedules, %ld read again, %ld without a flow\n", script->name, tally.runs, tally.retried,
	       tally.refused);
	fflush(stdout);
	check_tally(writer, &tally);
	free(run);
	free(writer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reader");
	TCase *tcase = tcase_create("reader");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 600);
	tcase_add_loop_test(tcase, no_record_is_torn, 0, SCRIPTS);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
