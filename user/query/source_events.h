/* SPDX-License-Identifier: GPL-2.0-only */
/* The events of a source, by an event reader that keeps its place among the readers of the instance. */
#ifndef SYNSCOPE_QUERY_SOURCE_EVENTS_H
#define SYNSCOPE_QUERY_SOURCE_EVENTS_H

#include "instance/event_reader.h"
#include "query/source.h"

struct source_events {
	struct flow_source *source;
	struct event_reader reader;
	int instances; /* how many are read at once */
	__u32 only; /* see struct reader_slot */
	event_handler handler;
	void *context;
	bool open;
	__u64 lost; /* that source_events_lost() has returned */
};

/*
 * Begin to read; the members up to `context` are set by the caller, and the struct must not be moved. Returns 0 or a
 * negative errno (logged, unless it is that of the last try, see struct flow_source).
 */
int source_events_open(struct source_events *events);
void source_events_close(struct source_events *events);

/*
 * Hand over the events that wait, at most `max`. If this process was held up for so long that it lost its place, prints
 * that and takes another one. Returns how many events there were, none if it is not open, or a negative errno (logged).
 */
int source_events_consume(struct source_events *events, int max);

/* How many events were lost since the last call. Prints it if events are missing because the process was stopped. */
__u64 source_events_lost(struct source_events *events);

#endif
