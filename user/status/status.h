/* SPDX-License-Identifier: GPL-2.0-only */
/* The status of an instance. */
#ifndef SYNSCOPE_STATUS_STATUS_H
#define SYNSCOPE_STATUS_STATUS_H

#include "query/source.h"
#include "format/sink.h"
#include "instance/ahead.h"
#include "instance/interface.h"

struct instance_status {
	const struct instance_meta *meta;
	const struct interface_state *interface; /* those of the source */
	struct program_ahead *ahead; /* programs of others that run before the instance's */
	int ahead_count;
	__u64 slots;
	__u64 used; /* flows that `list --all` would print */
	__u64 states[STATE_COUNT]; /* flows that `list` would print, by the state of the client */
	__u64 half_open; /* flows that are evicted first for a new flow, after those that have ended */
	__u64 counters[COUNTER_COUNT];
	__u64 events_lost; /* of all readers so far */
	__u64 begun_ns; /* on the clock of the records */
	__u64 interval_ns; /* from begin to read; 0: there was no begin */
	__u64 rates[COUNTER_COUNT]; /* of the counters in the interval, per second */
};

/*
 * Read the counters for the first time, to compute rates later. Returns 0 or a negative errno (logged); -ENODEV (not
 * logged): the instance was detached meanwhile.
 */
int instance_status_begin(struct instance_status *status, const struct instance *instance);

/*
 * Read everything: count the flows of the source, wait until a short time has passed since begin, and read the counters
 * again. Returns as instance_status_begin().
 */
int instance_status_read(struct instance_status *status, struct flow_source *source);

/*
 * The parts of that, for flows that the caller scans: count a flow, and read everything else, with rates since begin.
 * instance_status_finish() returns as instance_status_begin().
 */
void instance_status_count(struct instance_status *status, const struct flow_view *view);
int instance_status_finish(struct instance_status *status, const struct flow_source *source);

/* Free what it holds. */
void instance_status_end(struct instance_status *status);

/* Is that a flow that is evicted first for a new one, after those that have ended? */
bool flow_is_half_open(const struct flow_view *view);

/* The program that runs before the instance's, or NULL. */
const struct program_ahead *instance_status_ahead(const struct instance_status *status, int interface,
						  enum instance_hook hook);

/* The words in output for an enum xdp_mode and an enum tc_mode, NULL for none. */
const char *xdp_name(__u32 mode);
const char *tc_name(__u32 mode);

/* Write the fields of the JSON contract, in its order. */
void instance_status_fields(struct sink *sink, const struct instance_status *status);

#endif
