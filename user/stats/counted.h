/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs have counted by server port: handshakes, their latencies, refusals, and round trips. */
#ifndef SYNSCOPE_STATS_COUNTED_H
#define SYNSCOPE_STATS_COUNTED_H

#include <stdbool.h>

#include "instance/histogram.h"

struct stats_counted {
	struct port_latencies latencies;
	struct port_round_trips round_trips; /* all 0 without --rtt */
};

/* Read what was counted at a port index since the attach. */
void stats_counted_read(struct stats_counted *counted, const struct histogram_reader *histograms, int index);

void stats_counted_add(struct stats_counted *sum, const struct stats_counted *add);

/* Results below 0 become 0. */
void stats_counted_subtract(struct stats_counted *sum, const struct stats_counted *less);

bool stats_counted_any(const struct stats_counted *counted);

#endif
