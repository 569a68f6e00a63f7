/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events for viewers. All events of all trackers go into one ring in memory, and each viewer has a place in it, from
 * which it reads at its own pace. The ring never waits for a viewer: one who is so slow that its place is overwritten
 * is told how many events it has missed, whether they would have matched its filter or not, and goes on with the oldest
 * that is left.
 */
#ifndef SYNSCOPE_SERVE_EVENTS_H
#define SYNSCOPE_SERVE_EVENTS_H

#include "filter/filter.h"
#include "format/event.h"
#include "serve/tracker.h"

#define STREAMS_MAX 64
#define RING_ENTRIES 8192U /* a power of two */

struct ring_entry {
	struct tracker *tracker;
	struct flow_event event;
};

struct stream;

struct events {
	struct ring_entry *ring; /* NULL: nobody has viewed events yet */
	__u64 next; /* the number of the next event; it goes to ring[next % RING_ENTRIES] */
	struct stream *streams; /* a list */
	int stream_count;
	struct buffer lines; /* where events are formatted */
};

/* One viewer. */
struct stream {
	struct events *events;
	struct stream *next_stream, **link;
	struct filter filter;
	__u64 next; /* the number of the event that it reads next */
	__u64 lost; /* events that it has missed, and not been told of */
	__u64 sent_ns; /* when it was given something last, on CLOCK_MONOTONIC */
	bool begun;
	struct buffer text; /* what it is given next */
	size_t given; /* of these bytes */
};

/* A new viewer, to whom the filter passes. NULL: there are STREAMS_MAX already, or no memory (*err says which). */
struct stream *stream_open(struct events *events, struct filter *filter, int *err);
void stream_close(struct stream *stream); /* NULL is allowed */

/* Has a viewer anything to read now? */
bool stream_is_ready(const struct stream *stream);

/* Copy what the viewer reads next, as server-sent events: at most `size` bytes. Returns how many; -1 without memory. */
long stream_read(struct stream *stream, char *to, size_t size);

/* For struct tracker_events: `context` is the struct events. */
void events_add(struct tracker *tracker, const struct flow_event *event, void *context);

/* Events that never reached the ring were lost: tell all viewers. */
void events_lost(struct events *events, __u64 lost);

/* May a viewer still read events of this tracker? */
bool events_need(const struct events *events, const struct tracker *tracker);

void events_close(struct events *events);

#endif
