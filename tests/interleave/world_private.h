/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_WORLD_PRIVATE_H
#define SYNSCOPE_TESTS_INTERLEAVE_WORLD_PRIVATE_H

#include "world.h"

/* All that the CPUs share. What a schedule rarely accesses comes last. */
struct shared {
	struct flow_bucket hot[BUCKETS_MOST];
	struct flow_fingerprints fingerprints[BUCKETS_MOST];
	struct flow_stamps stamps[BUCKETS_MOST];
	struct flow_cold cold[SLOTS_MOST];
	struct flow_round_trips round_trips[SLOTS_MOST];
	struct server_ports ports;
	struct port_latencies latencies[SERVER_PORT_INDEXES];
	struct port_round_trips round_trip_histograms[SERVER_PORT_INDEXES];
};

/* The host of the running CPU, which has its counters; the rest is shared by all CPUs. */
struct host *world_host(void);

#endif
