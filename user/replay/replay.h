/* SPDX-License-Identifier: GPL-2.0-only */
/* A capture replayed through the same programs as live traffic, on the clock of the capture. */
#ifndef SYNSCOPE_REPLAY_REPLAY_H
#define SYNSCOPE_REPLAY_REPLAY_H

#include "instance/options.h"
#include "replay/engine.h"

struct replay;

/*
 * Receives every event, in order; the timeouts of one moment in the order of replay_order(). A flow that has left the
 * table was delivered here.
 */
struct replay_listener {
	__u32 only; /* EVENT_*: the kinds that it wants, 0: EVENT_CHANGES */
	event_handler handler;
	void *context;
	bool timeouts; /* true: timeouts are reported within a second; false: they are applied when a flow is read */
};

/*
 * Begin with an empty table, with max_flows, timeout_ns, key_vlan, key_tunnel, decap and rtt of `options`. Returns 0
 * or a negative errno (logged). The caller frees with replay_close().
 */
int replay_open(const struct replay_engine *engine, const struct attach_options *options,
		const struct replay_listener *listener, struct replay **replay);
void replay_close(struct replay *replay);

/* Run the programs on the next frame. Returns 0 or a negative errno (logged). */
int replay_frame(struct replay *replay, const struct capture_frame *frame);

/* Hand over the remaining events after the last frame. Returns 0 or a negative errno (logged). */
int replay_finish(struct replay *replay);

/* The time of the last frame. */
__u64 replay_clock(const struct replay *replay);

/* The configuration of the programs. */
const struct synscope_config *replay_config(const struct replay *replay);

/* The table, for reading between frames. */
struct flow_reader *replay_table(struct replay *replay);

/* What the programs have counted by server port, for reading between frames. It is valid as long as the replay. */
const struct histogram_reader *replay_histograms(const struct replay *replay);

struct replay_totals {
	__u64 frames;
	__u64 counters[COUNTER_COUNT];
	__u64 events_lost;
};

/* Returns 0 or a negative errno (logged). */
int replay_totals(const struct replay *replay, struct replay_totals *totals);

/* Say what is missing from the flows of the capture `name`. `decap`: as in struct attach_options. */
void replay_totals_tell(const struct replay_totals *totals, const char *name, __u32 decap);

#endif
