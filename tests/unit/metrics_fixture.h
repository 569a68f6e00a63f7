/* SPDX-License-Identifier: GPL-2.0-only */
/* Figures of instances, and what /metrics makes of them. */
#ifndef SYNSCOPE_TESTS_UNIT_METRICS_FIXTURE_H
#define SYNSCOPE_TESTS_UNIT_METRICS_FIXTURE_H

#include "serve/metrics.h"

/* One tracker with these figures, and no sink. */
struct figures {
	struct instance_meta meta;
	struct interface_state interface[MAX_INTERFACES];
	struct port_latencies latencies[SERVER_PORT_INDEXES];
	__u64 counters[COUNTER_COUNT];
	struct metrics_events events;
	struct metrics_tracker tracker;
	struct metrics_input input;
};

/* An instance `eth0` with all zeros, one interface, and no port. The caller frees it. */
struct figures *figures_new(void);

/* Give a port the place, and count latencies there: of all three kinds. */
void figures_port(struct figures *figures, int place, int port);
void figures_count(struct figures *figures, int place, __u64 ns, __u64 times);

/* The metrics as a string, which the caller frees; the number of bytes in *bytes, if not NULL. */
char *figures_write(const struct figures *figures, enum metrics_format format, size_t *bytes);

/* How many lines of text are samples. */
int count_samples(const char *text);

#endif
