/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an instance has pinned for readers, and what each of it must be like. Anything may be pinned under such a name:
 * a lookup in a map with larger values would write beyond the buffer, a mapping would show something else.
 */
#ifndef SYNSCOPE_INSTANCE_OBJECT_H
#define SYNSCOPE_INSTANCE_OBJECT_H

#include <linux/types.h>
#include <stdbool.h>

enum instance_object {
	OBJECT_META,
	OBJECT_HOT,
	OBJECT_COLD,
	OBJECT_FINGERPRINTS,
	OBJECT_COUNTERS,
	OBJECT_LATENCIES,
	OBJECT_SERVER_PORTS,
	OBJECT_READER_RINGS,
	OBJECT_READER_SLOTS,
	OBJECT_SWEEP,
	OBJECT_FLUSH,
	OBJECT_COUNT,
};

/* Sets of them, a bit each. */
#define OBJECTS_TABLE (1U << OBJECT_HOT | 1U << OBJECT_COLD)
#define OBJECTS_HISTOGRAMS (1U << OBJECT_LATENCIES | 1U << OBJECT_SERVER_PORTS)
#define OBJECTS_EVENTS (1U << OBJECT_READER_RINGS | 1U << OBJECT_READER_SLOTS)
#define OBJECTS_MAPS \
	(OBJECTS_TABLE | OBJECTS_HISTOGRAMS | OBJECTS_EVENTS | 1U << OBJECT_FINGERPRINTS | 1U << OBJECT_COUNTERS)

#define OBJECT_FAULT_MAX 160
#define OBJECT_WRONG (-EUCLEAN) /* it is not what belongs there */

/* The name it is pinned under. */
const char *object_name(enum instance_object object);

/* May an instance of this layout be without it, because the version that attached it had none? */
bool object_is_optional(enum instance_object object);

/*
 * Does `fd` stand for what belongs there? Returns 0, OBJECT_WRONG with what is wrong in `fault` (which may be NULL), or
 * another negative errno. `buckets`: of the instance; needed for the maps of the table alone. OBJECT_META is any map
 * that meta_read() can look into.
 */
int object_check(int fd, enum instance_object object, __u32 buckets, char fault[OBJECT_FAULT_MAX]);

#endif
