/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many ends of connections have passed from one state to another, counted from events: a page computes rates from
 * it without reading the events.
 */
#ifndef SYNSCOPE_SERVE_TRANSITIONS_H
#define SYNSCOPE_SERVE_TRANSITIONS_H

#include "flow/view.h"
#include "format/sink.h"
#include "synscope/event.h"

/* Of one instance. Begins as zeros. */
struct transitions {
	__u64 count[SIDE_COUNT][STATE_COUNT][STATE_COUNT]; /* from, to */
};

/* Count what an event says whose earlier states are known. */
void transitions_take(struct transitions *transitions, const struct flow_event *event);

/* Write the lists "client" and "server" of those that have occurred. */
void transitions_fields(struct sink *sink, const struct transitions *transitions);

#endif
