/* SPDX-License-Identifier: GPL-2.0-only */
/* The events of an instance, whether this process may open its pins, or another one has taken a place for it. */
#ifndef SYNSCOPE_INSTANCE_EVENTS_H
#define SYNSCOPE_INSTANCE_EVENTS_H

#include "instance/event_reader.h"
#include "instance/instance.h"

/*
 * Read the events of an instance, as event_reader_open() does; `instances`: how many are read at once; a place that
 * another process has taken gets all events, whatever `only` says. Returns 0 or a negative errno (not logged): -EBUSY
 * if all places are taken, -ENOENT if the instance has none, because an older version attached it, -EINPROGRESS if the
 * other process has not taken a place yet, or not again.
 */
int instance_events_open(const struct instance *instance, struct event_reader *reader, int instances, __u32 only,
			 event_handler handler, void *context);

/* The instance may have been detached meanwhile. */
void instance_events_close(const struct instance *instance, struct event_reader *reader);

/*
 * Events that were ever lost, by all readers; 0 if the instance has no places for readers. Returns 0 or a negative
 * errno (not logged).
 */
int instance_events_lost(const struct instance *instance, __u64 *lost);

#endif
