/* SPDX-License-Identifier: GPL-2.0-only */
/* What `top` shows, as of the last refresh: counts, rates, latencies, and the flows that come first. */
#ifndef SYNSCOPE_TOP_DATA_H
#define SYNSCOPE_TOP_DATA_H

#include "base/clock.h"
#include "filter/filter.h"
#include "query/order.h"
#include "top/latency.h"
#include "top/rates.h"

#define TOP_RATE_MIN_NS (NS_PER_S / 2) /* between two readings of counters, for rates, and between two sweeps */
#define TOP_TRAFFIC_PAST 64

enum top_rate {
	RATE_NEW,
	RATE_SYN,
	RATE_SYNACK,
	RATE_ANOMALIES,
	RATE_EVICTED,
	RATE_REFUSED,
	RATE_COUNT,
};

/* An instance that is shown. */
struct top_source {
	bool detached;
	bool counted; /* counters[] is of the last refresh */
	__u64 counters[COUNTER_COUNT];
	struct histogram_reader histograms;
	struct top_rates rates;
};

/* Which flows are wanted, in which order, and how many of them. */
struct top_choice {
	enum sort_key sort;
	bool reverse;
	bool all; /* closed flows too */
	bool processes; /* read those of both ends, after the tables */
	const struct filter *filter;
	size_t most;
};

/* What all flows together moved. */
struct top_traffic {
	bool known;
	double bytes, packets; /* per second */
	__u64 past[TOP_TRAFFIC_PAST]; /* bytes per second of the last readings, the oldest first */
	int pasts;
};

struct top_data {
	struct flow_sources *sources;
	struct top_source *source; /* one for each of sources->source */
	__u64 counted_ns; /* when the counters were read; 0: not yet */
	/* of all flows */
	__u64 flows, closed; /* flows that are not closed, flows that are */
	__u64 states[SIDE_COUNT][STATE_COUNT]; /* of those not closed */
	struct top_latencies latencies;
	bool rates_known;
	__u64 rate[RATE_COUNT]; /* per 1000 s */
	struct top_traffic traffic;
	/* of the wanted flows */
	__u64 matched;
	struct flow_order order;
};

/* Returns 0 or -ENOMEM (logged). The sources must outlive the data. */
int top_data_open(struct top_data *data, struct flow_sources *sources);
void top_data_close(struct top_data *data);

/* Read all tables, as of the clocks of their sources. Returns 0 or -ENOMEM (logged). */
int top_data_scan(struct top_data *data, const struct top_choice *choice);

/* Set the clocks to now, sweep the tables, read counters and latencies if that is due, then read all tables. */
int top_data_refresh(struct top_data *data, const struct top_choice *choice);

/* Close the instances that were detached, so that the kernel can free them. Returns how many are left. */
int top_data_reap_detached(struct top_data *data);

#endif
