/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A capture replayed through the same programs as live traffic, by BPF_PROG_TEST_RUN, on the clock of the capture.
 * Programs and maps are private, neither attached nor pinned.
 */
#ifndef SYNSCOPE_REPLAY_REPLAY_H
#define SYNSCOPE_REPLAY_REPLAY_H

#include "instance/options.h"
#include "replay/capture.h"
#include "instance/event_reader.h"
#include "flow/reader.h"

struct replay;

/* Receives every event, in order. A flow that has left the table was delivered here. */
struct replay_listener {
	event_handler handler;
	void *context;
	bool timeouts; /* true: timeouts are reported within a second; false: they are applied when a flow is read */
};

/*
 * Load programs and maps, with max_flows, timeout_ns and key_vlan of `options`. Returns 0 or a negative errno (logged).
 * The caller frees with replay_close().
 */
int replay_open(const struct attach_options *options, const struct replay_listener *listener, struct replay **replay);
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

struct replay_totals {
	__u64 frames;
	__u64 counters[COUNTER_COUNT];
	__u64 events_lost;
};

/* Returns 0 or a negative errno (logged). */
int replay_totals(const struct replay *replay, struct replay_totals *totals);

#endif
