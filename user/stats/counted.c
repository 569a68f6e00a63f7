// SPDX-License-Identifier: GPL-2.0-only
#include "stats/counted.h"

void stats_counted_read(struct stats_counted *counted, const struct histogram_reader *histograms, int index)
{
	*counted = (struct stats_counted){ 0 };
	latencies_add(&counted->latencies, &histograms->latencies[index]);
	if (histograms->round_trips)
		round_trips_add(&counted->round_trips, &histograms->round_trips[index]);
}

void stats_counted_add(struct stats_counted *sum, const struct stats_counted *add)
{
	latencies_add(&sum->latencies, &add->latencies);
	round_trips_add(&sum->round_trips, &add->round_trips);
}

void stats_counted_subtract(struct stats_counted *sum, const struct stats_counted *less)
{
	latencies_subtract(&sum->latencies, &less->latencies);
	round_trips_subtract(&sum->round_trips, &less->round_trips);
}

bool stats_counted_any(const struct stats_counted *counted)
{
	__u64 any = counted->latencies.refused;

	for (int which = 0; which < LATENCY_COUNT; which++)
		any |= histogram_total(counted->latencies.count[which]);
	for (int end = 0; end < ROUND_TRIP_ENDS; end++)
		any |= histogram_total(counted->round_trips.count[end]);
	return any;
}
