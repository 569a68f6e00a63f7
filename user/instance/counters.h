/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters of an instance and their names. */
#ifndef SYNSCOPE_INSTANCE_COUNTERS_H
#define SYNSCOPE_INSTANCE_COUNTERS_H

#include "instance/instance.h"

#include "synscope/config.h"

enum counter_kind { COUNTER_KIND_OTHER, COUNTER_KIND_EVICTION, COUNTER_KIND_REFUSAL, COUNTER_KIND_NOT_FOLLOWED };

/* The name in output, without its kind: "expired" for an eviction, "bad_ack" for another counter. */
const char *counter_name(enum synscope_counter counter);
enum counter_kind counter_kind(enum synscope_counter counter);

/* New flows, of total[COUNTER_COUNT] or such rates: also those of ends that had one before, in the same slot. */
__u64 counters_new_flows(const __u64 *total);

/*
 * Sum the per-CPU values of the map into total[COUNTER_COUNT]. Returns 0 or a negative errno (not logged); OBJECT_WRONG
 * if it is not the map `counters`.
 */
int counters_read(int map_fd, __u64 *total);

/* The same for the counters of an instance. */
int instance_counters_read(const struct instance *instance, __u64 *total);

#endif
