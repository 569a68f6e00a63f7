/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Round trips in figures. Only the histograms that the programs count have them, by server port: those of an instance
 * with --rtt, or of a capture that was replayed with it. A record in the table has but the least and the last ones.
 */
#ifndef SYNSCOPE_STATS_ROUND_TRIPS_H
#define SYNSCOPE_STATS_ROUND_TRIPS_H

#include "stats/stats.h"

/*
 * Are there round trips in the figures of this group, or with NULL in those of the whole? A port of a capture that
 * shares its histogram with others has none of its own.
 */
bool stats_has_round_trips(const struct stats *stats, const struct stats_key *key);

/* Of recorded flows: add those of all ports, if there are any. */
void stats_add_all_round_trips(const struct stats *stats, struct port_round_trips *sum);

/* The same for those of one port, in host order. */
void stats_add_round_trips(const struct stats *stats, int port, struct port_round_trips *sum);

#endif
