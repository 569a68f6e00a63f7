/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows that are kept to be sorted, because they cannot be read from a table again: in memory, and when they become
 * many in a temporary file, so that memory has only their sort keys.
 */
#ifndef SYNSCOPE_QUERY_KEPT_H
#define SYNSCOPE_QUERY_KEPT_H

#include "query/order.h"

struct kept_flow {
	struct flow_record record;
	__u32 reason; /* enum retire_reason */
	__u64 retired_ns; /* when it left the table, if it has */
};

/* All zero at first, but for `order.sort` and `order.most`. */
struct kept_flows {
	struct flow_order order; /* `slot` of a flow is its number here */
	struct kept_flow *flow; /* the last ones, from number `written` on */
	size_t count, room;
	__u32 written; /* how many are in the file */
	int file;
	bool has_file;
};

/* Returns 0 or a negative errno (logged). */
int kept_flows_add(struct kept_flows *kept, const struct flow_record *record, enum retire_reason reason,
		   __u64 retired_ns, const struct flow_view *view);

/* Nothing is added any more; flows have their order from now on. */
void kept_flows_sort(struct kept_flows *kept);

/* How many there are, and the flow at a position of the order. The latter returns 0 or a negative errno (logged). */
size_t kept_flows_count(const struct kept_flows *kept);
int kept_flows_read(const struct kept_flows *kept, size_t position, struct kept_flow *flow);

void kept_flows_free(struct kept_flows *kept);

#endif
