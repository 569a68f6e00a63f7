/* SPDX-License-Identifier: GPL-2.0-only */
/* Which flows are printed, and in which order. */
#ifndef SYNSCOPE_LISTING_H
#define SYNSCOPE_LISTING_H

#include "filter.h"
#include "flow_source.h"
#include "format.h"

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

struct listing {
	bool all; /* closed flows too */
	enum sort_key sort;
	__u32 limit; /* 0: none */
	struct filter filter; /* the caller's, who frees it */
};

/* What a listing took. */
struct listing_times {
	__u64 slots, flows; /* that were read; flows that were there, printed or not */
	__u64 listed, hidden; /* flows that match the filter: those to be printed, and closed ones that are not */
	__u64 scan_ns; /* reading alone */
};

/*
 * Print the flows of all sources, as of their clocks; without SORT_NONE the table is read twice, and a flow that went
 * in between is not printed. Stops when the output fails. Returns 0 or a negative errno (told).
 */
int list_flows(const struct flow_sources *sources, const struct listing *listing, struct flow_output *output,
	       struct listing_times *times);

#endif
