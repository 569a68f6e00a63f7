/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Latency histograms (docs/specification.md, section 4): log-linear, eight buckets to each power of two, so that the
 * middle of a bucket is within 1/16 of every value in it. They begin at 512 ns and end at 2^37 ns (137 s); what is
 * below or above has a bucket of its own.
 */
#ifndef SYNSCOPE_HISTOGRAM_H
#define SYNSCOPE_HISTOGRAM_H

#include <linux/types.h>

#define HISTOGRAM_SUB_SHIFT 3
#define HISTOGRAM_SUBS (1U << HISTOGRAM_SUB_SHIFT)
#define HISTOGRAM_LEAST_SHIFT 9 /* 512 ns: the first bucket is below */
#define HISTOGRAM_END_SHIFT 37 /* the last bucket is from here on */
#define HISTOGRAM_LAST ((HISTOGRAM_END_SHIFT - HISTOGRAM_LEAST_SHIFT) * HISTOGRAM_SUBS + 1)
#define HISTOGRAM_BUCKETS (HISTOGRAM_LAST + 1)

enum flow_latency {
	LATENCY_SYN_TO_SYNACK,
	LATENCY_SYNACK_TO_ACK,
	LATENCY_HANDSHAKE,
	LATENCY_COUNT,
};

#define SERVER_PORTS 256 /* that have histograms of their own */
#define SERVER_PORT_OTHER SERVER_PORTS /* index of the histograms that all other ports share */
#define SERVER_PORT_INDEXES (SERVER_PORTS + 1)

/*
 * One entry of the mmapable array `latencies`, by port index. Added to atomically, never reset; the instance's
 * histogram is the sum over all of them.
 */
struct port_latencies {
	__u64 count[LATENCY_COUNT][HISTOGRAM_BUCKETS];
	__u64 refused; /* connects answered by a believed RST */
	__u64 sum_ns[LATENCY_COUNT]; /* of all latencies counted above: exact, which a sum over buckets is not */
};

/*
 * The one entry of the mmapable array `server_ports`. A port takes the next index when its first latency is known, so
 * that a scan of closed ports takes none; with --ports, userspace has taken all of them before the first packet.
 */
struct server_ports {
	__u32 taken; /* indexes given out; may pass SERVER_PORTS */
	__u32 unused;
	__u32 index[65536]; /* by port, host order: 0 is none, else the index plus 1 */
};

/* The bucket of a latency. */
static inline __u32 histogram_bucket(__u64 ns)
{
	__u32 shift = HISTOGRAM_LEAST_SHIFT;

	if (ns < 1ULL << HISTOGRAM_LEAST_SHIFT)
		return 0;
	if (ns >= 1ULL << HISTOGRAM_END_SHIFT)
		return HISTOGRAM_LAST;
	for (__u32 step = 16; step; step >>= 1) /* the position of the highest bit */
		if (shift + step < HISTOGRAM_END_SHIFT && ns >> (shift + step))
			shift += step;
	return 1 + (shift - HISTOGRAM_LEAST_SHIFT) * HISTOGRAM_SUBS +
	       ((ns >> (shift - HISTOGRAM_SUB_SHIFT)) & (HISTOGRAM_SUBS - 1));
}

/* The least latency of a bucket, ns; of HISTOGRAM_BUCKETS the end of the last one with a width. */
static inline __u64 histogram_least(__u32 bucket)
{
	__u32 octave = (bucket - 1) / HISTOGRAM_SUBS;

	if (!bucket)
		return 0;
	if (bucket >= HISTOGRAM_LAST)
		return 1ULL << HISTOGRAM_END_SHIFT;
	return (__u64)(HISTOGRAM_SUBS + (bucket - 1) % HISTOGRAM_SUBS)
	       << (octave + HISTOGRAM_LEAST_SHIFT - HISTOGRAM_SUB_SHIFT);
}

_Static_assert(HISTOGRAM_BUCKETS == 226, "histogram");
_Static_assert(sizeof(struct port_latencies) == 5456, "port_latencies");
_Static_assert(sizeof(struct server_ports) == 262152, "server_ports");

#endif
