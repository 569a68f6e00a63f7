/* SPDX-License-Identifier: GPL-2.0-only */
/* An instance without objects in the kernel, whose table and histograms tests fill. */
#ifndef SYNSCOPE_TESTS_UNIT_STATS_FIXTURE_H
#define SYNSCOPE_TESTS_UNIT_STATS_FIXTURE_H

#include "stats/stats.h"

struct stats_fixture {
	struct instance instance; /* `eth0` */
	struct flow_source source;
	struct flow_bucket *hot;
	struct flow_cold *cold;
	struct port_latencies *latencies; /* by port index */
	struct port_round_trips *round_trips; /* likewise; NULL: without --rtt */
	struct server_ports *ports;
	int flows;
};

void stats_fixture_begin(struct stats_fixture *made, bool rtt);
void stats_fixture_end(struct stats_fixture *made);

/* Put a flow into the next slot. */
void stats_fixture_put(struct stats_fixture *made, const struct flow_record *record);

#endif
