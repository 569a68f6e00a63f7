/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A capture through the same programs as live traffic, by BPF_PROG_TEST_RUN, on the capture's clock. They and their
 * maps are a copy of our own, neither attached nor pinned.
 */
#ifndef SYNSCOPE_REPLAY_REPLAY_H
#define SYNSCOPE_REPLAY_REPLAY_H

#include "instance/options.h"
#include "replay/capture.h"
#include "instance/event_reader.h"
#include "flow/reader.h"

struct replay;

/* Called, as soon as may be, with every event of the table. Whatever is not in the table any more has come by here. */
struct replay_listener {
	event_handler handler;
	void *context;
	bool timeouts; /* become events in the second in which they pass; otherwise expiry waits for who looks */
};

/*
 * Load programs and maps; of `options` max_flows, timeout_ns and key_vlan count. Returns 0 or a negative errno
 * (logged). The caller frees with replay_close().
 */
int replay_open(const struct attach_options *options, const struct replay_listener *listener, struct replay **replay);
void replay_close(struct replay *replay);

/* The next frame passes. Returns 0 or a negative errno (logged). */
int replay_frame(struct replay *replay, const struct capture_frame *frame);

/* No frame comes any more: hand over what events there are left. Returns 0 or a negative errno (logged). */
int replay_finish(struct replay *replay);

/* The time of the last frame. */
__u64 replay_clock(const struct replay *replay);

/* What the programs were loaded with. */
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
