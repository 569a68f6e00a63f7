/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects that an instance pins for readers, and checks that they are what their names say. Any object may be
 * pinned under such a name: a lookup in a map with larger values would write beyond the buffer, and a mapping would
 * show something else.
 */
#ifndef SYNSCOPE_INSTANCE_OBJECT_H
#define SYNSCOPE_INSTANCE_OBJECT_H

#include <linux/types.h>
#include <stdbool.h>

#include "synscope/config.h"

enum instance_object {
	OBJECT_META,
	OBJECT_HOT,
	OBJECT_COLD,
	OBJECT_FINGERPRINTS,
	OBJECT_STAMPS,
	OBJECT_COUNTERS,
	OBJECT_LATENCIES,
	OBJECT_SERVER_PORTS,
	OBJECT_TUNNELS,
	OBJECT_ROUND_TRIPS,
	OBJECT_ROUND_TRIP_HISTOGRAMS,
	OBJECT_READER_RINGS,
	OBJECT_READER_SLOTS,
	OBJECT_SWEEP,
	OBJECT_FLUSH,
	OBJECT_COUNT,
};

/* Sets of objects, one bit each. */
#define OBJECTS_TABLE (1U << OBJECT_HOT | 1U << OBJECT_COLD | 1U << OBJECT_TUNNELS | 1U << OBJECT_ROUND_TRIPS)
#define OBJECTS_HISTOGRAMS (1U << OBJECT_LATENCIES | 1U << OBJECT_SERVER_PORTS | 1U << OBJECT_ROUND_TRIP_HISTOGRAMS)
#define OBJECTS_EVENTS (1U << OBJECT_READER_RINGS | 1U << OBJECT_READER_SLOTS)
#define OBJECTS_MAPS                                                                                             \
	(OBJECTS_TABLE | OBJECTS_HISTOGRAMS | OBJECTS_EVENTS | 1U << OBJECT_FINGERPRINTS | 1U << OBJECT_STAMPS | \
	 1U << OBJECT_COUNTERS)

#define OBJECT_FAULT_MAX 160
#define OBJECT_WRONG (-EUCLEAN) /* the object is not what its name says */

/* The name that an object is pinned under. */
const char *object_name(enum instance_object object);

/* May the object be missing, because an older version of the same layout did not have it? */
bool object_is_optional(enum instance_object object);

/*
 * Is `fd` what the object must be? Returns 0, OBJECT_WRONG with what is wrong in `fault` (which may be NULL), or
 * another negative errno. `config`: of the instance, which says how many entries a map has; NULL for objects of which
 * all instances have as many. OBJECT_META may be any map that meta_read() can read.
 */
int object_check(int fd, enum instance_object object, const struct synscope_config *config,
		 char fault[OBJECT_FAULT_MAX]);

#endif
