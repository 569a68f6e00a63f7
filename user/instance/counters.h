/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters of an instance and their names. */
#ifndef SYNSCOPE_INSTANCE_COUNTERS_H
#define SYNSCOPE_INSTANCE_COUNTERS_H

#include "synscope/config.h"

enum counter_kind { COUNTER_KIND_OTHER, COUNTER_KIND_EVICTION, COUNTER_KIND_REFUSAL };

/* As output spells it, within its kind: "expired" of the evictions, "bad_ack" of the others. */
const char *counter_name(enum synscope_counter counter);
enum counter_kind counter_kind(enum synscope_counter counter);

/*
 * Sum the per-CPU values of the map into total[COUNTER_COUNT]. Returns 0 or a negative errno (not logged), OBJECT_WRONG
 * for any other map than that of the counters.
 */
int counters_read(int map_fd, __u64 *total);

#endif
