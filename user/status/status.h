/* SPDX-License-Identifier: GPL-2.0-only */
/* What `status` tells of an instance. */
#ifndef SYNSCOPE_STATUS_STATUS_H
#define SYNSCOPE_STATUS_STATUS_H

#include "query/source.h"
#include "format/sink.h"
#include "instance/interface.h"
#include "base/terminal.h"

struct instance_status {
	const struct instance_meta *meta;
	struct interface_state interface[MAX_INTERFACES];
	__u64 slots;
	__u64 used; /* flows that `list --all` would print */
	__u64 states[STATE_COUNT]; /* flows that `list` would print, by the state of the client */
	__u64 half_open; /* flows that are the first to go for a newcomer, but for those that have ended */
	__u64 counters[COUNTER_COUNT];
	__u64 events_lost; /* of all readers there ever were */
	__u64 begun_ns; /* CLOCK_MONOTONIC */
	__u64 interval_ns; /* between begin and read; 0: there was no begin */
	__u64 rates[COUNTER_COUNT]; /* of the counters in it, per second */
};

/*
 * The first of the two looks at the counters that rates are made of. Returns 0 or a negative errno (logged); -ENODEV
 * (not logged): it was detached meanwhile. So does the next.
 */
int instance_status_begin(struct instance_status *status, const struct instance *instance);

/*
 * The second one: counts the flows of the source and reads the counters of its instance, not before a short time has
 * passed since the begin. Returns 0 or a negative errno (logged).
 */
int instance_status_read(struct instance_status *status, struct flow_source *source, const struct instance *instance);

/* Values of enum xdp_mode and enum tc_mode as output spells them, NULL for none. */
const char *xdp_name(__u32 mode);
const char *tc_name(__u32 mode);

/* The fields of the JSON contract, in its order. */
void instance_status_fields(struct sink *sink, const struct instance_status *status);

/* A block for people. */
void instance_status_print(struct buffer *out, const struct terminal *terminal, const struct instance_status *status);

#endif
