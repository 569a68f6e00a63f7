/* SPDX-License-Identifier: GPL-2.0-only */
/* How fast a flow is, from two readings of its table. */
#ifndef SYNSCOPE_FLOW_RATE_H
#define SYNSCOPE_FLOW_RATE_H

#include <stdbool.h>

#include <linux/types.h>

#define FLOW_RATE_PAST 8

struct flow_rate {
	bool known; /* the flow was in the reading before, too */
	double bytes, packets; /* per second, of both directions */
	__u64 past[FLOW_RATE_PAST]; /* bytes per second, within a quarter, of the last readings; the oldest first */
};

#endif
