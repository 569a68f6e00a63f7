/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flows that have left the table, until they are printed: in memory, and when they become many in a temporary file.
 * So the memory that a replay takes does not grow with the capture.
 */
#ifndef SYNSCOPE_REPLAY_RETIRED_H
#define SYNSCOPE_REPLAY_RETIRED_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/view.h"
#include "synscope/event.h"

struct retired_flow {
	__u64 number; /* how many have left the table before */
	struct flow_record record;
	__u32 reason; /* enum retire_reason */
	__u64 time_ns; /* when it left the table */
};

/* A sorted run of flows in the file, and how far it was read back. */
struct retired_run {
	__u64 at; /* in the file, of the next one to be read */
	__u64 left; /* to be read */
	struct retired_flow *place, *next, *end; /* a piece of the run in memory, and what of it comes next */
};

/* All zero at first. */
struct retired_flows {
	struct retired_flow *flow;
	size_t count, room;
	__u64 number; /* of all that were added */
	int file; /* if has_file */
	bool has_file, no_file; /* no_file: none can be made, and all stay in memory */
	__u64 written; /* bytes in the file */
	struct retired_run *runs; /* when they are read back: a heap, whose first one has the next flow */
	size_t run_count, run_room;
	size_t piece_count; /* of the runs there were when reading began, each with a piece of `flow` */
	size_t read; /* without a file: how many were handed out */
	bool reading; /* the first of the heap was handed out */
};

/* Returns 0 or a negative errno (logged). */
int retired_add(struct retired_flows *flows, const struct flow_record *record, __u32 reason, __u64 time_ns);

/* Nothing is added any more; retired_next() begins. Returns 0 or a negative errno (logged). */
int retired_end(struct retired_flows *flows);

/*
 * Hand out the next one, in the order of replay_order(), and of the same flow at the same time in the order in which
 * they left the table. It is valid until the next call. NULL: that was all, or *err is a negative errno (logged).
 */
const struct retired_flow *retired_next(struct retired_flows *flows, int *err);

void retired_free(struct retired_flows *flows);

/*
 * Decode a flow of a replay whose last frame was at `now_ns`, which left the table at `retired_ns`, or has not, with
 * RETIRE_NOT. Nobody knows how one went on that was replaced or evicted before its end: it is as it was then, when its
 * timeout had not passed. Everything else is as of the last frame, also what had ended.
 */
void retired_decode(struct flow_view *view, const struct flow_record *record, enum retire_reason reason,
		    __u64 retired_ns, const __u64 *timeout_ns, __u64 now_ns);

#endif
