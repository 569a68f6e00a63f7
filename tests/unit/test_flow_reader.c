// SPDX-License-Identifier: GPL-2.0-only
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fixture.h"
#include "flow/reader.h"
#include "suites.h"

#define BUCKETS 4
#define SLOTS (BUCKETS * FLOW_SLOTS_PER_BUCKET)

struct table {
	struct flow_bucket hot[BUCKETS];
	struct flow_cold cold[SLOTS];
	struct flow_reader reader;
};

static struct flow_hot *slot_of(struct table *table, int slot)
{
	return &table->hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
}

static void put(struct table *table, int slot, enum stage stage)
{
	struct flow_record record = record_at(stage);

	*slot_of(table, slot) = record.hot;
	table->cold[slot] = record.cold;
}

static struct table *new_table(void)
{
	struct table *table = calloc(1, sizeof(*table));

	flow_reader_init_memory(&table->reader, table->hot, table->cold, BUCKETS);
	return table;
}

START_TEST(empty_table)
{
	struct table *table = new_table();
	struct flow_record records[FLOW_SLOTS_PER_BUCKET];
	__u32 bucket = 0;

	ck_assert_uint_eq(flow_reader_read(&table->reader, &bucket, records, FLOW_SLOTS_PER_BUCKET), 0);
	free(table);
}
END_TEST

START_TEST(only_live_slots_are_flows)
{
	struct table *table = new_table();
	struct flow_record records[SLOTS];
	__u32 bucket = 0;

	put(table, 0, STAGE_OPEN);
	put(table, 3, STAGE_OPEN);
	slot_of(table, 3)->tag |= TAG_BUSY;
	put(table, 5, STAGE_OPEN);
	slot_of(table, 5)->tag = 0;
	put(table, 9, STAGE_SYN);
	slot_of(table, 9)->dir[0].facts &= ~FACT_SEQ;
	put(table, 17, STAGE_OPEN);
	slot_of(table, 17)->dir[1].facts |= FACT_WRITING;
	put(table, SLOTS - 1, STAGE_SYN);
	ck_assert_uint_eq(flow_reader_read(&table->reader, &bucket, records, SLOTS), 2);
	ck_assert_uint_eq(records[0].slot, 0);
	ck_assert_uint_eq(records[1].slot, SLOTS - 1);
	ck_assert_uint_eq(records[1].hot.dir[0].next_seq, CLIENT_ISN + 1);
	free(table);
}
END_TEST

/* Each scan has a cursor of its own. */
START_TEST(two_scans_in_batches)
{
	struct table *table = new_table();
	struct flow_record records[8];
	__u32 bucket = 0, other_bucket = 0;
	size_t total = 0, n;

	for (int i = 0; i < 20; i++)
		put(table, i, STAGE_OPEN);
	while ((n = flow_reader_read(&table->reader, &bucket, records, 8)) > 0) {
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq(records[i].slot, total + i);
		total += n;
		if (total == 8)
			ck_assert_uint_eq(flow_reader_read(&table->reader, &other_bucket, records, 8), 8);
	}
	ck_assert_uint_eq(total, 20);
	ck_assert_uint_eq(flow_reader_read(&table->reader, &other_bucket, records, 8), 8);
	ck_assert_uint_eq(records[0].slot, 8);
	free(table);
}
END_TEST

/*
 * A writer changes one record as the programs do: it gives the slot to another flow, or learns facts under
 * FACT_WRITING. Every published record repeats one number in all of its fields, so that a torn copy is detected.
 * tests/reader proves the cases that must not depend on chance; this is the same in real memory, with two threads.
 */
#define COPIES 50000 /* copies of different records to compare … */
#define SECONDS_MAX 5 /* … or as many as there are after this time, … */
#define COPIES_MIN 10 /* … but at least so many, and as many that a writer interrupted, however long that takes */
#define ROUNDS_PER_PAUSE 64 /* then the writer pauses, so that the reader runs even on a single CPU */

struct race {
	struct table *table;
	bool stop;
};

static void write_all(struct flow_hot *hot, struct flow_cold *cold, __u32 number)
{
	for (int i = 0; i < FLOW_DIRS; i++) {
		__atomic_store_n(&hot->dir[i].next_seq, number, __ATOMIC_RELAXED);
		__atomic_store_n(&cold->dir[i].isn, number, __ATOMIC_RELAXED);
		__atomic_store_n(&cold->dir[i].fin_seq, number, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&cold->acked_ns, number, __ATOMIC_RELAXED);
	__atomic_store_n(&cold->ifindex, number, __ATOMIC_RELAXED);
}

static void write_round(struct table *table, __u32 number)
{
	__u32 facts = FACT_SEQ | (number & FACTS_GENERATION_MASK) << FACTS_GENERATION_SHIFT;
	struct flow_hot *hot = slot_of(table, 0);
	bool other_flow = number % 2;

	if (other_flow)
		__atomic_store_n(&hot->tag, TAG_LIVE | TAG_BUSY, __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_or(&hot->dir[1].facts, FACT_WRITING, __ATOMIC_SEQ_CST);
	write_all(hot, &table->cold[0], number);
	if (number % ROUNDS_PER_PAUSE < 2) /* pause in one round of each kind */
		sched_yield();
	__atomic_store_n(&hot->dir[1].packets, number, __ATOMIC_RELEASE);
	__atomic_store_n(&hot->dir[1].facts, facts, __ATOMIC_RELEASE);
	if (other_flow)
		__atomic_store_n(&hot->tag, TAG_LIVE | (number % 64) << 5, __ATOMIC_RELEASE);
}

static void *keep_writing(void *context)
{
	struct race *race = context;

	for (__u32 number = 1; !__atomic_load_n(&race->stop, __ATOMIC_RELAXED); number++) {
		write_round(race->table, number);
		if (number % ROUNDS_PER_PAUSE == 2)
			sched_yield();
		for (__u32 i = 0; i < number % 4096; i++)
			__asm__ volatile("" ::: "memory"); /* give readers some time */
	}
	return NULL;
}

static bool is_whole(const struct flow_record *record)
{
	__u32 number = record->hot.dir[1].packets;
	bool whole = record->cold.acked_ns == number && record->cold.ifindex == number;

	for (int i = 0; i < FLOW_DIRS; i++)
		whole &= record->hot.dir[i].next_seq == number && record->cold.dir[i].isn == number &&
			 record->cold.dir[i].fin_seq == number;
	return whole;
}

/* Counts of the reader. */
struct copies {
	__u32 made, crossed;
	bool whole;
};

/* Copies until there are as many as COPIES, SECONDS_MAX and COPIES_MIN ask for. */
static void copy_and_compare(const struct flow_reader *reader, struct copies *copies)
{
	const time_t end = time(NULL) + SECONDS_MAX;
	struct flow_record record;
	__u32 last = 0;

	while (copies->whole && copies->made < COPIES &&
	       (time(NULL) < end || copies->made < COPIES_MIN || copies->crossed < COPIES_MIN)) {
		enum copy_result result = flow_reader_try_slot(reader, 0, &record);

		copies->crossed += result == COPY_CROSSED;
		if (result != COPY_MADE || record.hot.dir[1].packets == last) {
			sched_yield(); /* lets the writer run, if it waits for this CPU */
			continue;
		}
		copies->whole = is_whole(&record);
		copies->made++;
		last = record.hot.dir[1].packets;
	}
}

START_TEST(a_torn_record_is_never_shown)
{
	struct race race = { .table = new_table() };
	struct copies copies = { .whole = true };
	pthread_t writer;

	put(race.table, 0, STAGE_SYN);
	write_all(slot_of(race.table, 0), &race.table->cold[0], 0);
	slot_of(race.table, 0)->dir[1].packets = 0;
	ck_assert_int_eq(pthread_create(&writer, NULL, keep_writing, &race), 0);
	copy_and_compare(&race.table->reader, &copies);
	__atomic_store_n(&race.stop, true, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
	free(race.table);
	printf("%u records were copied, %u attempts were interrupted\n", copies.made, copies.crossed);
	fflush(stdout);
	ck_assert_msg(copies.whole, "torn after %u copies", copies.made);
	ck_assert_uint_ge(copies.crossed, COPIES_MIN);
}
END_TEST

Suite *flow_reader_suite(void)
{
	Suite *suite = suite_create("flow_reader");
	TCase *tcase = tcase_create("flow_reader");

	tcase_set_timeout(tcase, 600);
	tcase_add_test(tcase, empty_table);
	tcase_add_test(tcase, only_live_slots_are_flows);
	tcase_add_test(tcase, two_scans_in_batches);
	tcase_add_test(tcase, a_torn_record_is_never_shown);
	suite_add_tcase(suite, tcase);
	return suite;
}
