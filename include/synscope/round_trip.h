/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Round trips in the life of a flow (--rtt; docs/specification.md, section 4), as they lie in the mmapable arrays
 * `round_trips`, by slot, and `round_trip_histograms`, by port index. Without --rtt each has one entry, never used.
 *
 * A round trip is timed at the observer: from a segment with new data to the first ACK that covers it. So the one of
 * the direction in which the client sends is that between observer and server.
 */
#ifndef SYNSCOPE_ROUND_TRIP_H
#define SYNSCOPE_ROUND_TRIP_H

#include "flow.h"
#include "histogram.h"

#define ROUND_TRIP_SHIFT 5 /* the unit of times here is 2^5 ns: 32 bits of it are 137 s, the end of the histograms */

/*
 * Of the data that one direction sends. The segment that is being timed is in two words, each written at once, without
 * a lock: begun, then pending. `mark` tells whether both are of the same segment: of a record, and of a time of which
 * it has a digest.
 */
struct round_trip {
	union {
		struct {
			__u32 sent; /* time of the segment, low 32 bits */
			__u32 tsval; /* its timestamp, valid with ROUND_TRIP_STAMPED */
		};
		__u64 begun; /* both */
	};
	union {
		struct {
			__u32 end; /* the ACK number that covers it */
			__u32 mark; /* bits 0-21 digest of the time, 22-24 ROUND_TRIP_*, 25-31 generation of the flow */
		};
		__u64 pending; /* both; 0: no segment is being timed */
	};
	__u32 min; /* these four are written while the direction of the ACKs is held; units of 2^5 ns */
	__u32 last;
	__u32 smoothed; /* RFC 6298, 2.3: SRTT */
	__u32 samples; /* 0: none of the others is valid */
};

#define ROUND_TRIP_DIGEST_BITS 22
#define ROUND_TRIP_DIGEST_MASK ((1U << ROUND_TRIP_DIGEST_BITS) - 1)
#define ROUND_TRIP_STAMPED (1U << 22) /* tsval is valid */
#define ROUND_TRIP_AGAIN (1U << 23) /* it was sent again, with this tsval: only an ACK that echoes it ends it */
#define ROUND_TRIP_PENDING (1U << 24)

struct flow_round_trips {
	struct round_trip dir[FLOW_DIRS]; /* by the direction of the data */
};

enum round_trip_end {
	ROUND_TRIP_CLIENT, /* observer to client and back: data of the server, ACKs of the client */
	ROUND_TRIP_SERVER,
	ROUND_TRIP_ENDS,
};

/* One entry of `round_trip_histograms`, by port index: as struct port_latencies. */
struct port_round_trips {
	__u64 count[ROUND_TRIP_ENDS][HISTOGRAM_BUCKETS];
	__u64 sum_ns[ROUND_TRIP_ENDS];
};

_Static_assert(sizeof(struct round_trip) == 32, "round_trip");
_Static_assert(sizeof(struct flow_round_trips) == 64, "flow_round_trips is one cache line");
_Static_assert(sizeof(struct port_round_trips) == 3632, "port_round_trips");
_Static_assert(ROUND_TRIP_PENDING << 1 == 1U << FACTS_GENERATION_SHIFT, "round_trip.mark");

#endif
