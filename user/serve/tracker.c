// SPDX-License-Identifier: GPL-2.0-only
#include "serve/tracker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "format/event.h"
#include "instance/close.h"
#include "instance/events.h"
#include "instance/open.h"
#include "instance/sweep.h"

/* ---- events */

static void on_event(const struct flow_event *event, void *context)
{
	struct tracker *tracker = context;
	struct flow_view view = { 0 };

	if (event->kinds & (EVENT_NEW | EVENT_CLOSED | EVENT_HANDSHAKE))
		event_view(&view, event, tracker->source.instance->meta.config.timeout_ns);
	if (event->kinds & (EVENT_CLOSED | EVENT_HANDSHAKE))
		metrics_take_event(&tracker->told, event, &view,
				   histogram_reader_place(&tracker->histograms, view.side[SIDE_SERVER].port),
				   tracker->source.clock.wall_offset_ns);
	if (event_states_are_known(event, &view, tracker->since_ns))
		transitions_take(&tracker->transitions, event);
	tracker->events->handler(tracker, event, tracker->events->context);
}

/* Another descriptor of the ring buffer may stay open elsewhere: it does not leave the set by itself. */
static void leave_place(struct tracker *tracker)
{
	if (!tracker->reads)
		return;
	epoll_ctl(tracker->events->epoll, EPOLL_CTL_DEL, event_reader_fd(&tracker->reader), NULL);
	instance_events_close(tracker->source.instance, &tracker->reader);
	tracker->reads = false;
	tracker->lost_of_reader = 0;
}

static int take_place(struct tracker *tracker, int instances)
{
	struct epoll_event polled = { .events = EPOLLIN };
	int err = instance_events_open(tracker->source.instance, &tracker->reader, instances, 0, on_event, tracker);

	tracker->reads = !err;
	if (!err && epoll_ctl(tracker->events->epoll, EPOLL_CTL_ADD, event_reader_fd(&tracker->reader), &polled)) {
		err = -errno;
		leave_place(tracker);
	}
	return err;
}

/* Try to read events. What is wrong is logged once. */
static void begin_events(struct tracker *tracker, int instances)
{
	const char *name = tracker->source.instance->meta.name;
	bool told = *tracker->no_events;
	int err = take_place(tracker, instances);

	*tracker->no_events = '\0';
	if (!err) {
		tracker->since_ns = tracker->reader.place.claim.since_ns;
		return;
	}
	if (err == -EBUSY)
		snprintf(tracker->no_events, sizeof(tracker->no_events),
			 "no events of '%s': %d readers watch it already, which is the maximum", name, EVENT_READERS);
	else if (err == -EINPROGRESS)
		snprintf(tracker->no_events, sizeof(tracker->no_events),
			 "no events of '%s' yet: a place for their reader is being taken", name);
	else
		snprintf(tracker->no_events, sizeof(tracker->no_events), "no events of '%s': %s", name,
			 reason_of(err).text);
	if (!told && err != -EINPROGRESS) /* which passes soon */
		message_warning("%s", tracker->no_events);
}

int tracker_consume(struct tracker *tracker, int most, __u64 *lost)
{
	int got = tracker->reads ? event_reader_consume(&tracker->reader, most) : 0;
	__u64 lost_now = tracker->reads ? event_reader_lost(&tracker->reader) : 0;

	if (lost_now > tracker->lost_of_reader) {
		*lost += lost_now - tracker->lost_of_reader;
		tracker->lost += lost_now - tracker->lost_of_reader;
		tracker->lost_of_reader = lost_now;
	}
	if (got >= 0)
		return got;
	message_warning("events of '%s' are missing: %s", tracker->source.instance->meta.name,
			got == -ESTALE ? "this process was stopped for over 10 s" : reason_of(got).text);
	leave_place(tracker); /* the next refresh takes another one */
	return 0;
}

/* ---- from beginning to end */

static void take_sample(struct tracker *tracker)
{
	tracker->sample[1] = tracker->sample[0];
	if (instance_status_begin(&tracker->sample[0], tracker->source.instance))
		tracker->sample[0] = tracker->sample[1];
}

static __u64 wall_ns(const struct tracker *tracker)
{
	return tracker->source.clock.now_ns + tracker->source.clock.wall_offset_ns;
}

static int open_histograms(struct tracker *tracker)
{
	const struct instance *instance = tracker->source.instance;
	int err = instance_open_histograms(instance, &tracker->histograms);

	if (err && !instance_is_there(instance))
		return -ENODEV;
	if (err)
		message_error("cannot map the histograms of '%s': %s", instance->meta.name, reason_of(err).text);
	return err;
}

bool tracker_is(const struct tracker *tracker, const char *name)
{
	return !strcmp(tracker->source.instance->meta.name, name);
}

int tracker_open(struct tracker **opened, struct instance *instance, const struct tracker_events *events, int instances)
{
	struct tracker *tracker = array_new(1, sizeof(*tracker), "the instances");
	int err = tracker ? flow_source_open(&tracker->source, instance) : -ENOMEM;

	if (!err)
		err = instance_status_begin(&tracker->sample[0], instance);
	if (!err)
		err = open_histograms(tracker);
	if (err) {
		if (tracker)
			flow_source_close(&tracker->source);
		free(tracker);
		return err;
	}
	heat_begin(&tracker->heat, &tracker->histograms, wall_ns(tracker));
	tracker->sample[1] = tracker->sample[0];
	tracker->events = events;
	begin_events(tracker, instances);
	*opened = tracker;
	return 0;
}

void tracker_detach(struct tracker *tracker)
{
	leave_place(tracker);
	flow_source_close_detached(&tracker->source);
	tracker->source.reader = (struct flow_reader){ 0 };
	histogram_reader_close(&tracker->histograms);
}

void tracker_close(struct tracker *tracker)
{
	leave_place(tracker);
	histogram_reader_close(&tracker->histograms);
	heat_free(&tracker->heat);
	flow_source_close(&tracker->source);
	instance_close(tracker->source.instance);
	free(tracker);
}

void tracker_refresh(struct tracker *tracker, int instances)
{
	flow_source_refresh(&tracker->source);
	flow_source_warn_deleted(&tracker->source);
	take_sample(tracker);
	if (!tracker->reads)
		begin_events(tracker, instances);
	if (tracker->reads)
		tracker->lost_by_all = event_place_lost_by_all(&tracker->reader.place);
	heat_tick(&tracker->heat, &tracker->histograms, wall_ns(tracker));
	sweep_instance(tracker->source.instance);
}
