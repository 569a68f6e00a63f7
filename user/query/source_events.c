// SPDX-License-Identifier: GPL-2.0-only
#include "query/source_events.h"

#include <errno.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/reason.h"
#include "instance/events.h"

static void tell_open_failure(const struct source_events *events, int err)
{
	const struct instance *instance = events->source->instance;
	const char *name = instance->meta.name;

	if (!instance_is_there(instance))
		message_info("'%s' was detached", name);
	else if (err == -EBUSY)
		message_error("%d readers watch '%s' already, which is the maximum", EVENT_READERS, name);
	else if (err == -ENOENT)
		message_error("'%s' was attached by a version that reports no events; 'synscope attach --upgrade %s' "
			      "brings it up to this one",
			      name, name);
	else
		message_error("cannot receive the events of '%s': %s%s", name, reason_of(err).text,
			      instance_advice(err));
}

int source_events_open(struct source_events *events)
{
	int err = instance_events_open(events->source->instance, &events->reader, events->instances, events->only,
				       events->handler, events->context);

	events->open = !err;
	if (err && err != events->source->events_err)
		tell_open_failure(events, err);
	events->source->events_err = err;
	return err;
}

void source_events_close(struct source_events *events)
{
	if (!events->open)
		return;
	instance_events_close(events->source->instance, &events->reader);
	events->open = false;
}

int source_events_consume(struct source_events *events, int max)
{
	const char *name = events->source->instance->meta.name;
	int got = events->open ? event_reader_consume(&events->reader, max) : 0;

	if (got != -ESTALE) {
		if (got < 0)
			message_error("cannot read the events of '%s': %s", name, reason_of(got).text);
		return got;
	}
	message_warning("events of '%s' are missing: this process was stopped for over 10 s and lost its reader slot",
			name);
	source_events_close(events);
	events->lost = 0;
	return source_events_open(events);
}

__u64 source_events_lost(struct source_events *events)
{
	__u64 before = events->lost, all = events->open ? event_reader_lost(&events->reader) : before;
	__u64 held_up_ns = event_reader_held_up(&events->reader);

	if (held_up_ns)
		message_warning("events of '%s' are missing: this process was stopped for %llu s",
				events->source->instance->meta.name, held_up_ns / NS_PER_S);
	events->lost = all;
	return all - before;
}
