// SPDX-License-Identifier: GPL-2.0-only
#include "writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GENERATION_ONE (1U << FACTS_GENERATION_SHIFT)
#define MOVED_NUMBERS 5

static void do_store(const struct writer_store *store, struct shared_record *record)
{
	memcpy((char *)record + store->offset, &store->value, store->bytes);
}

static void put(struct writer *writer, const void *field, __u8 bytes, __u64 value)
{
	struct writer_store *store = &writer->stores[writer->store_count++];

	if (writer->store_count > WRITER_STORES) {
		fprintf(stderr, "writer: more than %d stores\n", WRITER_STORES);
		abort();
	}
	*store = (struct writer_store){
		.offset = (const char *)field - (const char *)&writer->now,
		.bytes = bytes,
		.value = value,
	};
	do_store(store, &writer->now);
}

#define PUT(field, value) put(writer, &writer->now.field, sizeof(writer->now.field), value)

static void add_state(struct writer *writer, const struct shared_record *record, bool passing)
{
	if (writer->state_count == WRITER_STATES) {
		fprintf(stderr, "writer: more than %d states\n", WRITER_STATES);
		abort();
	}
	writer->states[writer->state_count++] = (struct writer_state){ *record, passing };
}

static __u32 facts_of(const struct writer *writer, int dir)
{
	return writer->now.hot.dir[dir].facts;
}

/* Stores what commit() of bpf/record/commit.h does, in a direction that is claimed. */
static void write_segment(struct writer *writer, int dir)
{
	const __u32 n = writer->number;

	PUT(cold.dir[dir].syn_first_ns, n);
	PUT(cold.dir[dir].syn_last_ns, n);
	PUT(cold.dir[dir].isn, n);
	PUT(cold.dir[dir].fin_seq, n);
	PUT(cold.dir[dir].fin_ack, n);
	PUT(cold.dir[dir].late_ack, n);
	PUT(cold.dir[dir].retransmits, n);
	PUT(cold.syn_to_synack_ns, n);
	PUT(cold.acked_ns, n);
	PUT(hot.dir[dir].packets, writer->now.hot.dir[dir].packets + PACKETS_ONE);
	PUT(hot.dir[dir].bytes, n);
	PUT(hot.dir[dir].last_seen, n);
	PUT(cold.history, n);
	PUT(cold.flags, n);
	put(writer, writer->now.cold.opening, sizeof(__u64), n);
	PUT(cold.last_exact_ns, n);
	PUT(hot.dir[dir].next_seq, n);
	PUT(hot.dir[dir].max_ack, n);
}

static void unhold(struct writer *writer, int dir, __u32 facts)
{
	PUT(hot.dir[dir].facts, (facts_of(writer, dir) & ~FACTS_MASK) | facts);
}

void writer_learn(struct writer *writer, int dir, __u32 facts)
{
	writer->number++;
	if (!facts)
		facts = facts_of(writer, dir) & FACTS_MASK;
	PUT(hot.dir[dir].facts, facts_of(writer, dir) | FACT_WRITING);
	write_segment(writer, dir);
	unhold(writer, dir, facts);
	add_state(writer, &writer->now, false);
}

/* Claims a slot, up to the point where the record is written. */
static void take(struct writer *writer, __u32 tag, __u32 generations)
{
	PUT(hot.tag, tag | TAG_BUSY);
	for (int dir = 0; dir < FLOW_DIRS; dir++)
		PUT(hot.dir[dir].facts, (facts_of(writer, dir) + generations * GENERATION_ONE) | FACT_WRITING);
	writer->gives_away = true;
}

/* Writes every word of the record, as init_record() of bpf/record/new_flow.h does. */
static void write_beginning(struct writer *writer)
{
	const __u32 n = writer->number;

	for (size_t i = 0; i < sizeof(struct flow_cold) / sizeof(__u64); i++)
		put(writer, (const __u64 *)&writer->now.cold + i, sizeof(__u64), n);
	for (int dir = 0; dir < FLOW_DIRS; dir++) {
		PUT(hot.dir[dir].next_seq, n);
		PUT(hot.dir[dir].max_ack, n);
		PUT(hot.dir[dir].packets, 0);
		PUT(hot.dir[dir].bytes, n);
		PUT(hot.dir[dir].last_seen, n);
	}
	PUT(hot.id[0], n);
	PUT(hot.id[1], n);
	PUT(hot.ports, n);
}

static void give_away(struct writer *writer, __u32 tag, __u32 generations)
{
	const __u32 facts = FACT_SYN | FACT_SEQ;

	writer->number++;
	take(writer, tag, generations);
	write_beginning(writer);
	PUT(hot.dir[1].facts, (facts_of(writer, 1) & ~FACTS_MASK) | FACT_INFERRED);
	PUT(hot.dir[0].facts, (facts_of(writer, 0) & ~FACTS_MASK) | FACT_WRITING);
	PUT(hot.tag, tag | TAG_LIVE);
	write_segment(writer, 0);
	unhold(writer, 0, facts);
	add_state(writer, &writer->now, false);
}

void writer_give_away(struct writer *writer, __u32 tag)
{
	give_away(writer, tag, 1);
}

void writer_give_away_often(struct writer *writer, __u32 tag)
{
	give_away(writer, tag, FACTS_GENERATION_MASK + 1);
}

void writer_free(struct writer *writer)
{
	take(writer, writer->now.hot.tag & TAG_SIGNATURE_MASK, 1);
	for (int dir = 0; dir < FLOW_DIRS; dir++)
		unhold(writer, dir, 0);
	PUT(hot.tag, 0);
}

void writer_hold(struct writer *writer)
{
	const __u32 tag = writer->now.hot.tag;

	take(writer, tag & TAG_SIGNATURE_MASK, 1);
	for (int dir = 0; dir < FLOW_DIRS; dir++)
		PUT(hot.dir[dir].facts, (facts_of(writer, dir) - GENERATION_ONE) & ~FACT_WRITING);
	PUT(hot.tag, tag);
}

void writer_touch(struct writer *writer, int dir)
{
	const __u32 word = facts_of(writer, dir);

	PUT(hot.dir[dir].facts, word | FACT_WRITING);
	PUT(hot.dir[dir].facts, word);
}

void writer_move_on(struct writer *writer, int dir)
{
	const struct shared_record before = writer->now;
	struct shared_record mixed;
	int first;

	writer->number++;
	PUT(hot.dir[dir].next_seq, writer->number);
	PUT(hot.dir[dir].max_ack, writer->number);
	PUT(hot.dir[dir].packets, before.hot.dir[dir].packets + PACKETS_ONE);
	PUT(hot.dir[dir].bytes, writer->number);
	PUT(hot.dir[dir].last_seen, writer->number);
	first = writer->store_count - MOVED_NUMBERS;
	add_state(writer, &writer->now, false);
	for (unsigned int set = 1; set < (1U << MOVED_NUMBERS) - 1; set++) {
		mixed = before;
		for (int i = 0; i < MOVED_NUMBERS; i++)
			if (set & 1U << i)
				do_store(&writer->stores[first + i], &mixed);
		add_state(writer, &mixed, true);
	}
}

void writer_begin(struct writer *writer)
{
	*writer = (struct writer){ .number = 1 };
	write_beginning(writer);
	for (int dir = 0; dir < FLOW_DIRS; dir++)
		PUT(hot.dir[dir].facts, FACT_SYN | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN);
	PUT(hot.tag, TAG_LIVE | 8);
	writer->store_count = 0;
	add_state(writer, &writer->now, false);
}

void writer_replay(const struct writer *writer, int first, int end, struct shared_record *record)
{
	for (int i = first; i < end; i++)
		do_store(&writer->stores[i], record);
}
