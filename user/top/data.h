/* SPDX-License-Identifier: GPL-2.0-only */
/* What `top` shows, as of the last look at the tables: counts, rates, latencies, and the flows that come first. */
#ifndef SYNSCOPE_TOP_DATA_H
#define SYNSCOPE_TOP_DATA_H

#include "filter/filter.h"
#include "query/order.h"
#include "top/latency.h"

#define TOP_RATE_LEAST_NS 500000000ULL /* between two readings of the counters, and between two sweeps */

enum top_rate {
	RATE_NEW,
	RATE_SYN,
	RATE_SYNACK,
	RATE_ANOMALIES,
	RATE_EVICTED,
	RATE_REFUSED,
	RATE_COUNT,
};

/* An instance that is looked at. */
struct top_source {
	bool over; /* it was detached */
	bool counted; /* counters[] is of the last look */
	__u64 counters[COUNTER_COUNT];
	struct histogram_reader histograms;
};

/* Which flows are wanted, and how many of them, those that come first. */
struct top_choice {
	enum sort_key sort;
	bool reverse;
	bool all; /* closed flows too */
	const struct filter *filter;
	size_t most;
};

struct top_data {
	struct flow_sources *sources;
	struct top_source *source; /* as many */
	__u64 counted_ns; /* when the counters were read; 0: not yet */
	/* of all flows */
	__u64 flows, closed; /* not closed; closed and lingering */
	__u64 states[SIDE_COUNT][STATE_COUNT]; /* of those not closed */
	struct top_latencies latencies;
	bool rates_known;
	__u64 rate[RATE_COUNT]; /* per 1000 s */
	/* of those that are wanted */
	__u64 matched;
	struct flow_order order;
};

/* Returns 0 or -ENOMEM (logged). The sources must outlive the data. */
int top_data_open(struct top_data *data, struct flow_sources *sources);
void top_data_close(struct top_data *data);

/* Look at all tables, as of the clocks of their sources. Returns 0 or -ENOMEM (logged). */
int top_data_scan(struct top_data *data, const struct top_choice *choice);

/* The same, as of now, with what else there is to look at and after. */
int top_data_look(struct top_data *data, const struct top_choice *choice);

/* Let go of instances that were detached. Returns how many are left. */
int top_data_look_after(struct top_data *data);

#endif
