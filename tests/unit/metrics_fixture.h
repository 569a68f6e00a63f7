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
	struct port_round_trips round_trips[SERVER_PORT_INDEXES]; /* told after figures_rtt() */
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

/* From now on the instance has --rtt. Count round trips at the place of a port. */
void figures_rtt(struct figures *figures);
void figures_round_trips(struct figures *figures, int place, enum round_trip_end end, __u64 ns, __u64 times);

/* The metrics as a string, which the caller frees; the number of bytes in *bytes, if not NULL. */
char *figures_write(const struct figures *figures, enum metrics_format format, size_t *bytes);

/* Fails the test unless the metrics, as text, have this in them. */
void figures_expect(const struct figures *figures, const char *expected);

/* How many lines of text are samples. */
int count_samples(const char *text);

#endif
