// SPDX-License-Identifier: GPL-2.0-only
#include "serve/trackers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/version.h"
#include "instance/close.h"
#include "instance/open.h"

#define EVENTS_AT_ONCE 4096 /* of one tracker, before the next one has its turn */

/* ---- those that cannot be read */

static void describe_fault(const struct instance *instance, int err, char why[TRACKER_TROUBLE_MAX])
{
	const char *title = instance_title(instance);

	if (instance->fault)
		snprintf(why, TRACKER_TROUBLE_MAX, "'%s': %s", title, instance->fault);
	else if (instance->other_layout)
		snprintf(why, TRACKER_TROUBLE_MAX,
			 "'%s' was attached by version %.31s, whose flow table (layout %u) this version, %s "
			 "(layout %u), cannot read",
			 title, instance->meta.program_version, instance->meta.layout_version, SYNSCOPE_VERSION,
			 (unsigned int)FLOW_LAYOUT_VERSION);
	else
		snprintf(why, TRACKER_TROUBLE_MAX, "'%s' cannot be read: %s", title, reason_of(err).text);
}

/* Remember an instance that cannot be read. The instance passes to the list. */
static int leave_out(struct trackers *trackers, struct instance *instance, int err)
{
	struct left_out *more = array_grow(trackers->left_out, trackers->left_out_count, &trackers->left_out_room,
					   sizeof(*more), "the instances");

	if (!more)
		return -ENOMEM;
	trackers->left_out = more;
	more += trackers->left_out_count++;
	more->instance = instance;
	describe_fault(instance, err, more->why);
	message_error("left out: %s", more->why);
	return 0;
}

static struct left_out *find_left_out(struct trackers *trackers, const struct instance *instance)
{
	for (size_t i = 0; i < trackers->left_out_count; i++)
		if (!strcmp(instance_title(trackers->left_out[i].instance), instance_title(instance)))
			return &trackers->left_out[i];
	return NULL;
}

/* ---- all of them */

static bool is_open(const struct trackers *trackers, const struct instance *instance)
{
	for (size_t i = 0; i < trackers->count; i++)
		if (tracker_is(trackers->tracker[i], instance_title(instance)))
			return true;
	return false;
}

/* Open a tracker of an instance, which passes to it unless there is an error. */
static int open_one(struct trackers *trackers, struct instance *instance)
{
	struct tracker **more =
		array_grow(trackers->tracker, trackers->count, &trackers->room, sizeof(*more), "the instances");
	int err;

	if (!more)
		return -ENOMEM;
	trackers->tracker = more;
	err = tracker_open(&more[trackers->count], instance, &trackers->events, (int)trackers->count + 1);
	trackers->count += !err;
	return err;
}

/*
 * Take an instance that was found; what is not kept is closed. One that was left out is tried again only if its fault
 * has changed, so that it is logged once.
 */
static int take(struct trackers *trackers, struct instance *instance)
{
	struct left_out *known = find_left_out(trackers, instance);
	int err = 0;

	if (is_open(trackers, instance) || known) {
		instance_close(instance);
		return 0;
	}
	if (instance_is_readable(instance))
		err = open_one(trackers, instance);
	if (!err && instance_is_readable(instance)) {
		message_info("serving '%s'", instance->meta.name);
		return 0;
	}
	if (err != -ENOMEM && err != -ENODEV)
		err = leave_out(trackers, instance, err);
	if (err)
		instance_close(instance);
	return err == -ENODEV ? 0 : err;
}

/* Is it the instance that was left out, with the same trouble, and not another one of its name? */
static bool is_same(const struct instance *out, const struct instance *instance)
{
	return !strcmp(instance_title(out), instance_title(instance)) && out->meta_id == instance->meta_id &&
	       instance_is_readable(out) == instance_is_readable(instance);
}

/* Forget those that were left out and have gone, or are no more what they were. */
static void forget_left_out(struct trackers *trackers, struct instance *const *found, int count)
{
	size_t left = 0;

	for (size_t i = 0; i < trackers->left_out_count; i++) {
		struct left_out *out = &trackers->left_out[i];
		bool same = false;

		for (int j = 0; j < count; j++)
			same |= is_same(out->instance, found[j]);
		if (same)
			trackers->left_out[left++] = *out;
		else
			instance_close(out->instance);
	}
	trackers->left_out_count = left;
}

static int compare_trackers(const void *a, const void *b)
{
	const struct tracker *const *first = a, *const *second = b;

	return strcmp((*first)->source.instance->meta.name, (*second)->source.instance->meta.name);
}

int trackers_refresh(struct trackers *trackers)
{
	struct instance **found;
	int count, err;

	for (size_t i = 0; i < trackers->count; i++)
		tracker_refresh(trackers->tracker[i], (int)trackers->count);
	*trackers->error = '\0';
	err = opened_instances(trackers->opened, &found, &count);
	if (err) {
		snprintf(trackers->error, sizeof(trackers->error), "cannot look for instances: %s",
			 reason_of(err).text);
		return err == -ENOMEM ? err : 0;
	}
	forget_left_out(trackers, found, count);
	for (int i = 0; i < count; i++) {
		if (err)
			instance_close(found[i]);
		else
			err = take(trackers, found[i]);
	}
	free(found);
	if (trackers->count)
		qsort(trackers->tracker, trackers->count, sizeof(*trackers->tracker), compare_trackers);
	return err;
}

/* Keep a detached tracker for the viewers who still have to read its events. */
static int keep_detached(struct trackers *trackers, struct tracker *tracker)
{
	struct tracker **more = array_grow(trackers->detached, trackers->detached_count, &trackers->detached_room,
					   sizeof(*more), "the instances");

	if (!more)
		return -ENOMEM;
	trackers->detached = more;
	trackers->detached[trackers->detached_count++] = tracker;
	message_info("'%s' was detached", tracker->source.instance->meta.name);
	tracker_detach(tracker);
	return 0;
}

static void close_read(struct trackers *trackers, const struct events *events)
{
	size_t left = 0;

	for (size_t i = 0; i < trackers->detached_count; i++) {
		if (events_need(events, trackers->detached[i]))
			trackers->detached[left++] = trackers->detached[i];
		else
			tracker_close(trackers->detached[i]);
	}
	trackers->detached_count = left;
}

int trackers_reap(struct trackers *trackers, const struct events *events)
{
	size_t left = 0;
	int err = 0;

	for (size_t i = 0; i < trackers->count; i++) {
		struct tracker *tracker = trackers->tracker[i];

		if (err || instance_is_there(tracker->source.instance))
			trackers->tracker[left++] = tracker;
		else
			err = keep_detached(trackers, tracker);
	}
	trackers->count = left;
	close_read(trackers, events);
	return err;
}

int trackers_consume(struct trackers *trackers, struct events *events)
{
	__u64 lost = 0;
	int sum = 0;

	for (size_t i = 0; i < trackers->count; i++)
		sum += tracker_consume(trackers->tracker[i], EVENTS_AT_ONCE, &lost);
	if (lost)
		events_lost(events, lost);
	return sum;
}

int trackers_open(struct trackers *trackers, struct events *events)
{
	int err;

	trackers->events = (struct tracker_events){ .handler = events_add, .context = events };
	trackers->events.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (trackers->events.epoll >= 0)
		return 0;
	err = -errno;
	message_error("cannot wait for events: %s", reason_of(err).text);
	return err;
}

void trackers_close(struct trackers *trackers)
{
	for (size_t i = 0; i < trackers->detached_count; i++)
		tracker_close(trackers->detached[i]);
	free(trackers->detached);
	if (trackers->events.handler)
		close(trackers->events.epoll);
	for (size_t i = 0; i < trackers->count; i++)
		tracker_close(trackers->tracker[i]);
	for (size_t i = 0; i < trackers->left_out_count; i++)
		instance_close(trackers->left_out[i].instance);
	free(trackers->tracker);
	free(trackers->left_out);
}

bool trackers_trouble(const struct trackers *trackers, char *text, size_t size)
{
	size_t used = snprintf(text, size, "%s", trackers->error);

	for (size_t i = 0; i < trackers->left_out_count && used < size; i++)
		used += snprintf(text + used, size - used, "%s%s", used ? "; " : "", trackers->left_out[i].why);
	for (size_t i = 0; i < trackers->count && used < size; i++)
		if (*trackers->tracker[i]->no_events)
			used += snprintf(text + used, size - used, "%s%s", used ? "; " : "",
					 trackers->tracker[i]->no_events);
	return used;
}
