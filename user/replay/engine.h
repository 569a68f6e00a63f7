/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs the programs for a replay: this process (in_process.h) or the kernel (in_kernel.h). Both give the same
 * records, events and counters for the same frames, clock and hash key.
 */
#ifndef SYNSCOPE_REPLAY_ENGINE_H
#define SYNSCOPE_REPLAY_ENGINE_H

#include <stdbool.h>

#include "synscope/config.h"

#include "flow/reader.h"
#include "instance/event_reader.h"
#include "instance/histogram.h"
#include "replay/capture.h"

#define REPLAY_FRAME_MIN 14 /* of an Ethernet header; shorter frames cannot contain TCP, and the kernel takes none */

struct replay_events {
	__u32 only; /* EVENT_*: the kinds that are wanted, 0: EVENT_CHANGES */
	event_handler handler; /* receives every event of these kinds, in order, at the latest in drain() */
	void *context;
};

struct replay_engine {
	/*
	 * Begin with an empty table, which `table` then reads. *state goes to the other functions; the caller ends with
	 * close(), also after a failure, when it may be NULL. Returns 0 or a negative errno (logged).
	 */
	int (*open)(void **state, const struct synscope_config *config, const struct replay_events *events,
		    struct flow_reader *table);
	void (*close)(void *state);

	/* The clock, in ns, and whether that is also the time of the frames that follow: if not, they have none. */
	void (*set_clock)(void *state, __u64 now, bool is_believed);

	/* Run the program on a frame with REPLAY_FRAME_MIN bytes captured. Returns 0 or a negative errno (logged). */
	int (*run)(void *state, const struct capture_frame *frame);

	/* Report the timeouts that have passed as events. Returns 0 or a negative errno (logged). */
	int (*sweep)(void *state);

	/* Hand over the events that wait. Returns 0 or a negative errno (logged). */
	int (*drain)(void *state);

	/* Into counters[COUNTER_COUNT], and how many events were lost. Returns 0 or a negative errno (logged). */
	int (*count)(void *state, __u64 *counters, __u64 *events_lost);

	/* What was counted by server port, for reading between frames; valid until close(). */
	const struct histogram_reader *(*histograms)(const void *state);
};

#endif
