/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stores of the programs in bpf/ to one record, in their order. They are recorded, so that any number of them can
 * be done at a time.
 */
#ifndef SYNSCOPE_TESTS_READER_WRITER_H
#define SYNSCOPE_TESTS_READER_WRITER_H

#include <stdbool.h>

#include "synscope/flow.h"

#define WRITER_STORES 400
#define WRITER_STATES 160

struct shared_record {
	struct flow_hot hot;
	struct flow_cold cold;
};

struct writer_store {
	__u16 offset; /* offset in struct shared_record */
	__u8 bytes; /* 4 or 8 */
	__u64 value;
};

/* A state of the record that a reader may return. */
struct writer_state {
	struct shared_record record;
	bool passing; /* a state amid two changes, which need not be seen */
};

struct writer {
	struct shared_record now; /* the record after all stores so far */
	__u32 number; /* of the current change: the value of nearly all that it writes */
	struct writer_state states[WRITER_STATES]; /* the first one is the state at the beginning */
	int state_count;
	struct writer_store stores[WRITER_STORES];
	int store_count;
	bool gives_away; /* for a while there is no flow */
};

/* Begins with an established flow, which is the first state. */
void writer_begin(struct writer *writer);

/*
 * The changes. Each adds a state. `tag` is without TAG_LIVE and TAG_BUSY, `facts` without generation and FACT_WRITING;
 * with `facts` 0 those of the direction stay.
 */
void writer_learn(struct writer *writer, int dir, __u32 facts);
void writer_give_away(struct writer *writer, __u32 tag);
void writer_free(struct writer *writer);

/* So many flows have used the slot that the generation is the same again; only the last one is written. */
void writer_give_away_often(struct writer *writer, __u32 tag);

/* The sweeper claims a slot, sees that the flow is in use again, and restores everything. */
void writer_hold(struct writer *writer);

/* Claims a direction of a flow that has been replaced by another one, and restores it. */
void writer_touch(struct writer *writer, int dir);

/* An ordinary segment: five numbers, without a claim. Any mixture of old and new ones is a state of its own. */
void writer_move_on(struct writer *writer, int dir);

/* Does the stores from number `first` to `end` - 1 to a record. */
void writer_replay(const struct writer *writer, int first, int end, struct shared_record *record);

#endif
