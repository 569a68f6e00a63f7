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
	__u32 limit; /* 0: none */
	struct filter filter; /* the caller's, who frees it */
	struct progress *progress; /* NULL: none is shown */
};

/* What a listing took. */
struct listing_times {
	__u64 slots, flows; /* that were read; flows that were there, printed or not */
	__u64 listed, hidden; /* flows that match the filter: those to be printed, and closed ones that are not */
	__u64 scan_ns; /* reading alone */
};

/*
 * Print the flows of all sources, as of their clocks; without SORT_NONE the table is read twice, and a flow that went
 * in between is not printed. Stops when the output fails. Returns 0 or a negative errno (logged).
 */
int list_flows(const struct flow_sources *sources, const struct listing *listing, struct flow_output *output,
	       struct listing_times *times);

#endif
