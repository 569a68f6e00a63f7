/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes at the ends of the flows of events, looked up while the events are printed. */
#ifndef SYNSCOPE_QUERY_EVENT_PROCESSES_H
#define SYNSCOPE_QUERY_EVENT_PROCESSES_H

#include "query/source.h"

struct event_processes {
	struct flow_sources *sources;
	__u64 next_ns; /* when processes may be read again */
};

/* Read the processes that have connections now. Returns 0 or -ENOMEM (logged). */
int event_processes_begin(struct event_processes *processes, struct flow_sources *sources);

/*
 * Make the processes of the event's flow known, if they can be. They are read again if neither end's is, but not for
 * every event. Processes of sockets that are gone are known for a while; `begins`: the event is the first one of its
 * flow, whose sockets they are not. Returns 0 or -ENOMEM (logged).
 */
int event_processes_find(struct event_processes *processes, const struct flow_source *source,
			 const struct flow_view *view, bool begins);

#endif
