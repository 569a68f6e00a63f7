/* SPDX-License-Identifier: GPL-2.0-only */
/* Sorting flows. Of each flow, only its slot and its sort key are kept. */
#ifndef SYNSCOPE_QUERY_ORDER_H
#define SYNSCOPE_QUERY_ORDER_H

#include "flow/rate.h"
#include "query/source.h"

enum sort_key {
	SORT_LAST_SEEN, /* newest first */
	SORT_FIRST_SEEN, /* newest first */
	SORT_PACKETS, /* largest sum of both directions first; the same for bytes */
	SORT_BYTES,
	SORT_CLIENT_PACKETS, /* of one direction, largest first; the same for the next three */
	SORT_CLIENT_BYTES,
	SORT_SERVER_PACKETS,
	SORT_SERVER_BYTES,
	SORT_RETRANSMITS, /* largest sum of both directions first */
	SORT_CLIENT, /* by address, then port */
	SORT_SERVER,
	SORT_STATE, /* of the client, then of the server, in the order of their lives */
	SORT_OUTCOME, /* what went wrong first: refused to unreachable, resets; then in the order of lives */
	SORT_CONN_STATE, /* in Zeek's order */
	SORT_SYN_TO_SYNACK, /* slowest first, unknown ones last; the same for the next four */
	SORT_SYNACK_TO_ACK,
	SORT_HANDSHAKE,
	SORT_CLIENT_RTT, /* the same, by the smoothed round trip */
	SORT_SERVER_RTT,
	SORT_BYTE_RATE, /* fastest first, unknown ones last; the same for packets */
	SORT_PACKET_RATE,
	SORT_NONE, /* in the order of the table */
};

/*
 * Names by their number, ended by NULL: of what one reading of a table tells, so of all before SORT_BYTE_RATE; and of
 * all but SORT_NONE.
 */
extern const char *const sort_names[];
extern const char *const sort_rated_names[];

#define ORDER_KEY_WORDS 3

/* A flow: its sort key (ascending), and where to read it again. */
struct ordered_flow {
	__u64 key[ORDER_KEY_WORDS];
	__u32 source, slot, tag;
};

/* It is empty if everything but the first three members is zeroed. */
struct flow_order {
	enum sort_key sort;
	bool reverse; /* unknown latencies and rates stay last */
	size_t most; /* keep only the first so many; 0: all */
	struct ordered_flow *flow;
	size_t count, room;
};

/* Add a flow of source number `source`. Returns 0 or -ENOMEM (logged). */
int flow_order_add(struct flow_order *order, const struct flow_view *view, const struct flow_record *record,
		   __u32 source);

/* The same with the flow's rate, for an order by that. */
int flow_order_add_rated(struct flow_order *order, const struct flow_view *view, const struct flow_record *record,
			 __u32 source, const struct flow_rate *rate);

/* Sort the flows that were added, unless the order is that of the table. No flows can be added after that. */
void flow_order_sort(struct flow_order *order);

/*
 * Read a flow of this source again, with its ladder, and decode it as of the source's clock. False: it has left the
 * table.
 */
bool flow_order_read(const struct ordered_flow *flow, const struct flow_source *source, struct flow_record *record,
		     struct flow_view *view);

/*
 * Drop, from sorted flows, those that do not match, and then all but the first `most` (0: none is dropped). Returns how
 * many match.
 */
size_t flow_order_keep(struct flow_order *order, const struct flow_sources *sources, const struct filter *filter,
		       size_t most);

void flow_order_free(struct flow_order *order);

#endif
