/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows put in order, without holding more of each than where it lies and what it is sorted by. */
#ifndef SYNSCOPE_QUERY_ORDER_H
#define SYNSCOPE_QUERY_ORDER_H

#include "query/source.h"

enum sort_key {
	SORT_LAST_SEEN, /* newest first */
	SORT_FIRST_SEEN, /* newest first */
	SORT_PACKETS, /* most first, of both directions; bytes likewise */
	SORT_BYTES,
	SORT_CLIENT, /* by address, then port */
	SORT_SERVER,
	SORT_STATE, /* of the client, then of the server, in the order of their lives */
	SORT_SYN_TO_SYNACK, /* slowest first, unknown ones last; the next two likewise */
	SORT_SYNACK_TO_ACK,
	SORT_HANDSHAKE,
	SORT_NONE, /* as they lie in the table */
};

/* Names of all but SORT_NONE, by their number, ended by NULL. */
extern const char *const sort_names[];

#define ORDER_KEY_WORDS 3

/* A flow by what it is sorted by (ascending) and where it is read again. */
struct ordered_flow {
	__u64 key[ORDER_KEY_WORDS];
	__u32 source, slot, tag;
};

/* Zeroed but for the first three, it is empty. */
struct flow_order {
	enum sort_key sort;
	bool reverse; /* unknown latencies stay last */
	size_t most; /* keep only so many, those that come first; 0: all */
	struct ordered_flow *flow;
	size_t count, room;
};

/* Add a flow of source number `source`. Returns 0 or -ENOMEM (logged). */
int flow_order_add(struct flow_order *order, const struct flow_view *view, const struct flow_record *record,
		   __u32 source);

/* Put what was added in order; no more can be added then. */
void flow_order_sort(struct flow_order *order);

/* Read a flow again, ladder included, decoded as of its source's clock. False: it is there no more. */
bool flow_order_read(const struct ordered_flow *flow, const struct flow_sources *sources, struct flow_record *record,
		     struct flow_view *view);

void flow_order_free(struct flow_order *order);

#endif
