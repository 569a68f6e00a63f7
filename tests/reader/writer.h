/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of bpf/ do to one record, store by store and in their order: written down once, so that it can be
 * done again in any number of steps.
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
	__u16 offset; /* in struct shared_record */
	__u8 bytes; /* 4 or 8 */
	__u64 value;
};

/* What a reader may be shown. */
struct writer_state {
	struct shared_record record;
	bool passing; /* not between two changes: it need not come up */
};

struct writer {
	struct shared_record now; /* after all stores so far */
	__u32 number; /* of the change: the value of nearly all that it writes */
	struct writer_state states[WRITER_STATES]; /* the first one is there from the beginning */
	int state_count;
	struct writer_store stores[WRITER_STORES];
	int store_count;
	bool gives_away; /* for some time there is no flow */
};

/* Begins with an established flow, which is the first state. */
void writer_begin(struct writer *writer);

/*
 * The changes. `tag`: without TAG_LIVE and TAG_BUSY; `facts`: with neither generation nor FACT_WRITING; those of the
 * direction stay if they are 0. After each there is one more state.
 */
void writer_learn(struct writer *writer, int dir, __u32 facts);
void writer_give_away(struct writer *writer, __u32 tag);
void writer_free(struct writer *writer);

/* So many flows have passed the slot that the generation is the same again; only the last one is written out. */
void writer_give_away_often(struct writer *writer, __u32 tag);

/* The sweeper takes a slot, sees that the flow has come to life, and puts everything back. */
void writer_hold(struct writer *writer);

/* Takes a direction of a flow that is another one by now, and puts it back. */
void writer_touch(struct writer *writer, int dir);

/* An ordinary segment: five numbers, without a claim. Any mixture of old and new ones is a state of its own. */
void writer_move_on(struct writer *writer, int dir);

/* Does the stores from `first` to before `end` to a record. */
void writer_replay(const struct writer *writer, int first, int end, struct shared_record *record);

#endif
