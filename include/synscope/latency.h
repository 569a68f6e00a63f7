/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The three latencies of a record (docs/specification.md, section 4), for the programs that count them and the tool
 * that shows them. Pure: no I/O, no clock.
 */
#ifndef SYNSCOPE_LATENCY_H
#define SYNSCOPE_LATENCY_H

#include "flow.h"
#include "histogram.h"

#define LATENCY_UNKNOWN (-1) /* of a latency in ns, signed */

/* Was the SYN (SYN/ACK) of this direction seen, and when? */
static inline _Bool saw_syn(const struct flow_cold *cold, __u32 dir)
{
	return cold->dir[dir & 1].syn_last_ns != 0;
}

/* Rule 7, as far as it was seen: both ends sent a SYN that answers none. */
static inline _Bool is_simultaneous(__u32 flags)
{
	return (flags & FLOW_SIMULTANEOUS) == FLOW_SIMULTANEOUS;
}

/* No handshake takes longer: a stamp was years off. */
#define LATENCY_MAX_NS (24ULL * 3600 * 1000000000)

/* A SYN/ACK may be seen before its SYN (two queues), but not by more than this: then its time is a stray one. */
#define LATENCY_REORDER_NS 1000000000ULL

/*
 * One latency, in ns, of a record whose client sends in direction `client`; `flags` are its cold.flags, read before. 0:
 * unknown, because a part was not seen, has no time (0), or one that does not lie between those of the SYN and the ACK.
 */
static inline _Bool flow_latency(const struct flow_cold *cold, __u32 flags, __u32 client, enum flow_latency which,
				 __u64 *ns)
{
	const struct flow_cold_dir *server = &cold->dir[!client];
	__u64 syn = cold->dir[!!client].syn_first_ns, from = syn;

	if (which == LATENCY_SYN_TO_SYNACK) {
		*ns = cold->syn_to_synack_ns;
		return (flags & FLOW_SYN_TO_SYNACK) && syn && *ns <= LATENCY_MAX_NS;
	}
	if (!(flags & FLOW_ACKED) || !saw_syn(cold, which == LATENCY_HANDSHAKE ? client : !client))
		return 0;
	if (which == LATENCY_SYNACK_TO_ACK) {
		if (is_simultaneous(flags))
			return 0;
		from = flags & FLOW_ACK_OF_FIRST_SYNACK ? server->syn_first_ns : server->syn_last_ns;
	}
	*ns = cold->acked_ns - from;
	return from && cold->acked_ns >= from && *ns <= LATENCY_MAX_NS &&
	       (!saw_syn(cold, client) || from + LATENCY_REORDER_NS >= syn);
}

#endif
