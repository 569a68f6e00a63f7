/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instances that are served. They come and go while the server runs; one that cannot be read does not keep the
 * others from being served.
 */
#ifndef SYNSCOPE_SERVE_TRACKERS_H
#define SYNSCOPE_SERVE_TRACKERS_H

#include "serve/events.h"
#include "serve/opened.h"
#include "serve/tracker.h"

/* An instance that cannot be read, and why. */
struct left_out {
	struct instance *instance;
	char why[TRACKER_TROUBLE_MAX];
};

struct trackers {
	const struct opened *opened; /* where they come from */
	struct tracker_events events;
	struct tracker **tracker; /* by name */
	size_t count, room;
	struct tracker **detached; /* those of which events are still to be read by viewers */
	size_t detached_count, detached_room;
	struct left_out *left_out;
	size_t left_out_count, left_out_room;
	char error[TRACKER_TROUBLE_MAX]; /* why the instances could not be looked for at the last refresh, or "" */
};

/* `events` must outlive the trackers. Returns 0 or a negative errno (logged). */
int trackers_open(struct trackers *trackers, struct events *events);

/*
 * Once a second: open instances that are new, and bring the others up to date. What is wrong with an instance is logged
 * when it is first seen. Returns 0 or -ENOMEM (logged); anything else is in trackers_trouble().
 */
int trackers_refresh(struct trackers *trackers);

/* More often than that, because `detach` waits for it: let go of instances that were detached. */
int trackers_reap(struct trackers *trackers, const struct events *events);

/* Hand over events of all trackers. Returns how many; 0: none wait. */
int trackers_consume(struct trackers *trackers, struct events *events);

void trackers_close(struct trackers *trackers);

/* Write why not every instance is served, cut off at `size`. False: every instance is. */
bool trackers_trouble(const struct trackers *trackers, char *text, size_t size);

#endif
