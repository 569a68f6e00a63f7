// SPDX-License-Identifier: GPL-2.0-only
#include "stats/round_trips.h"

/* Has any port a histogram together with others? */
static bool any_shared(const struct histogram_reader *histograms)
{
	const struct port_round_trips *shared = &histograms->round_trips[SERVER_PORT_OTHER];

	for (int end = 0; end < ROUND_TRIP_ENDS; end++)
		if (histogram_total(shared->count[end]))
			return true;
	return false;
}

bool stats_has_round_trips(const struct stats *stats, const struct stats_key *key)
{
	const struct histogram_reader *histograms = &stats->histograms;
	enum stats_by by = stats->options.by;

	if (!histograms->round_trips || stats_by_address(by) || stats_by_owner(by))
		return false;
	return !stats->recorded || !key || !any_shared(histograms) ||
	       histogram_reader_place(histograms, key->port) != SERVER_PORT_OTHER;
}

void stats_add_all_round_trips(const struct stats *stats, struct port_round_trips *sum)
{
	if (stats_has_round_trips(stats, NULL))
		histogram_reader_add_round_trips(&stats->histograms, sum);
}

void stats_add_round_trips(const struct stats *stats, int port, struct port_round_trips *sum)
{
	__u32 index;

	if (!stats_has_round_trips(stats, NULL))
		return;
	index = histogram_reader_place(&stats->histograms, port);
	if (index != SERVER_PORT_OTHER)
		round_trips_add(sum, &stats->histograms.round_trips[index]);
}
