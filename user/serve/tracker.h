/* SPDX-License-Identifier: GPL-2.0-only */
/* One instance that is served, with what is kept about it between requests. */
#ifndef SYNSCOPE_SERVE_TRACKER_H
#define SYNSCOPE_SERVE_TRACKER_H

#include "instance/event_reader.h"
#include "query/source.h"
#include "serve/heat.h"
#include "serve/metrics_events.h"
#include "serve/transitions.h"
#include "status/status.h"

#define TRACKER_TROUBLE_MAX 512

struct tracker;

/* Called with every event; `context` is that of struct tracker_events. */
typedef void (*tracker_event_handler)(struct tracker *tracker, const struct flow_event *event, void *context);

/* What the trackers of a server have in common. */
struct tracker_events {
	tracker_event_handler handler;
	void *context;
	int epoll; /* a set with the descriptors of all event readers, which can itself be polled */
};

struct tracker {
	struct flow_source source; /* with its instance, which is the tracker's */
	struct histogram_reader histograms;
	struct heat heat;
	struct instance_status sample[2]; /* counters at the last refresh and at the one before, to compute rates */

	const struct tracker_events *events;
	struct event_reader reader;
	bool reads; /* it has a place for events */
	char no_events[TRACKER_TROUBLE_MAX]; /* why not, or "" */
	__u64 since_ns; /* when reading events began, on the clock of the records */
	__u64 lost; /* events that were lost since it was opened */
	__u64 lost_of_reader; /* of these, those that the present reader has lost */
	__u64 lost_by_all; /* events that were ever lost by any reader, as of the last refresh */
	struct metrics_events told; /* since it was opened; the same for the next one */
	struct transitions transitions;
	__u64 last_entry; /* the number behind its last event in the ring of events, see events.h */
};

/* Is it the tracker of the instance of that name? */
bool tracker_is(const struct tracker *tracker, const char *name);

/*
 * Open a tracker of an instance, which passes to it unless there is an error. `instances`: how many there are. Returns
 * 0 or a negative errno (logged); -ENODEV (not logged): it was detached meanwhile. Without events it is open all the
 * same.
 */
int tracker_open(struct tracker **opened, struct instance *instance, const struct tracker_events *events,
		 int instances);

/* Let go of everything that keeps the instance's memory, because it was detached. */
void tracker_detach(struct tracker *tracker);

void tracker_close(struct tracker *tracker);

/* Once a second: names, clock, counters, timeouts, and another try to read events if there was no place. */
void tracker_refresh(struct tracker *tracker, int instances);

/*
 * Hand over the events that wait, at most `most`. Returns how many there were; if events were lost, that is added to
 * *lost.
 */
int tracker_consume(struct tracker *tracker, int most, __u64 *lost);

#endif
