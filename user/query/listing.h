/* SPDX-License-Identifier: GPL-2.0-only */
/* Which flows are printed, and in which order. */
#ifndef SYNSCOPE_QUERY_LISTING_H
#define SYNSCOPE_QUERY_LISTING_H

#include "filter/filter.h"
#include "query/order.h"
#include "format/flow_output.h"
#include "base/progress.h"

struct listing {
	bool all; /* closed flows too */
	enum sort_key sort;
	__u32 limit; /* 0: no limit */
	bool processes; /* read those of this host, after the tables; needed if the filter asks for them */
	__u64 names_ns; /* wait so long, at most, for the names of the addresses that are printed */
	struct filter filter; /* the caller frees it */
	struct progress *progress; /* NULL: none is shown */
};

/* The size of a listing, and the time that it took. */
struct listing_times {
	__u64 slots, flows; /* slots that were read; flows in them, printed or not */
	__u64 listed, hidden; /* flows that match the filter, including closed flows that are not printed */
	__u64 scan_ns; /* reading alone */
};

/*
 * Print the flows of all sources, as of their clocks. Except with SORT_NONE and without processes and names of hosts,
 * tables are read twice, and a flow that was removed in between is not printed. Stops if the output fails. Returns 0 or
 * a negative errno (logged).
 */
int list_flows(struct flow_sources *sources, const struct listing *listing, struct flow_output *output,
	       struct listing_times *times);

/* The parts of that, for flows that the caller scans. Is a flow of the source printed? It is counted in `times`. */
bool listing_takes(const struct listing *listing, const struct flow_source *source, const struct flow_view *view,
		   struct listing_times *times);

/* Read a flow of the source again, and print it if it is still there and still to be printed. */
void listing_print(const struct listing *listing, const struct flow_source *source, const struct ordered_flow *flow,
		   struct flow_output *output);

#endif
