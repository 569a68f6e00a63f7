/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instances that are served. They come and go while the server runs; one that cannot be read does not keep the
 * others from being served.
 */
#ifndef SYNSCOPE_SERVE_TRACKERS_H
#define SYNSCOPE_SERVE_TRACKERS_H

#include "query/source.h"
#include "status/status.h"

#define TRACKER_TROUBLE_MAX 512

struct tracker {
	struct flow_source source; /* with its instance, which is the tracker's */
	struct instance_status sample[2]; /* counters at the last refresh and at the one before, to compute rates */
};

/* An instance that cannot be read, and why. */
struct left_out {
	struct instance *instance;
	char why[TRACKER_TROUBLE_MAX];
};

struct trackers {
	const char *const *names; /* serve these alone; NULL: all */
	int name_count;
	struct tracker **tracker;
	size_t count, room;
	struct left_out *left_out;
	size_t left_out_count, left_out_room;
	char error[TRACKER_TROUBLE_MAX]; /* why the instances could not be looked for at the last refresh, or "" */
};

/*
 * Open instances that are new, close those that were detached, and bring the others up to date. What is wrong with an
 * instance is logged when it is first seen. Returns 0 or -ENOMEM (logged); anything else is in trackers_trouble().
 */
int trackers_refresh(struct trackers *trackers);

void trackers_close(struct trackers *trackers);

/* Write why not every instance is served, cut off at `size`. False: every instance is. */
bool trackers_trouble(const struct trackers *trackers, char *text, size_t size);

#endif
