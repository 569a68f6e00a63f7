/* SPDX-License-Identifier: GPL-2.0-only */
/* What only events tell: which flows have ended, and flows that stand for those in the histograms. */
#ifndef SYNSCOPE_SERVE_METRICS_EVENTS_H
#define SYNSCOPE_SERVE_METRICS_EVENTS_H

#include "flow/outcome.h"
#include "flow/view.h"
#include "serve/exposition.h"

#define EXEMPLAR_OCTAVES (HISTOGRAM_END_SHIFT - HISTOGRAM_LEAST_SHIFT + 2) /* with those below and above */

/* Of one instance, since the first event that was taken. Begins as zeros. */
struct metrics_events {
	__u64 closed[OUTCOME_COUNT];
	struct metric_exemplar exemplar[LATENCY_COUNT][EXEMPLAR_OCTAVES]; /* the newest */
};

/*
 * Take an event. `view`: of event_view(). `place`: of the server's port, see struct port_latencies. `wall_offset_ns`:
 * see struct flow_clock.
 */
void metrics_take_event(struct metrics_events *events, const struct flow_event *event, const struct flow_view *view,
			__u32 place, __s64 wall_offset_ns);

#endif
