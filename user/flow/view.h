/* SPDX-License-Identifier: GPL-2.0-only */
/* A decoded record, client first. A pure function of the record, the instance's timeouts and the time. */
#ifndef SYNSCOPE_FLOW_VIEW_H
#define SYNSCOPE_FLOW_VIEW_H

#include <stdbool.h>

#include "synscope/event.h"
#include "synscope/latency.h"

#include "flow/reader.h"
#include "flow/outcome.h"
#include "flow/unreachable.h"
#include "base/text.h"

enum flow_side { SIDE_CLIENT, SIDE_SERVER, SIDE_COUNT };

/* Round trips between the observer and an endpoint, measured by its ACKs. */
struct rtt_view {
	__u32 samples; /* 0: none of the others is valid */
	__u64 min_ns, last_ns, smoothed_ns;
};

struct endpoint_view {
	struct ip_address ip;
	__u16 port; /* host order */
	__u16 syns, fins, rsts; /* segments */
	__u8 flags; /* SEGMENT_*, every one that it ever set */
	__u16 syn_retransmits; /* of SYNs, or of a server's SYN/ACKs */
	__u16 mss; /* valid with OPTION_MSS in options */
	__u8 wscale; /* or FACTS_WSCALE_NONE */
	__u8 options; /* OPTION_*; without OPTION_KNOWN nothing is known of those that are not set */
	bool isn_known; /* seen, not inferred */
	__u32 isn;
	enum tcp_state state;
	__u64 packets, bytes; /* segments; bytes of IP datagrams */
	__u64 payload_bytes; /* sequence space covered */
	__u32 retransmits; /* segments */
	struct rtt_view rtt;
};

/* Of a flow whose outcome is unreachable; all zero otherwise. */
struct unreachable_view {
	struct ip_address by; /* who sent the ICMP error */
	__u8 type, code; /* as in its header */
	enum unreachable_reason reason;
};

struct flow_view {
	struct endpoint_view side[SIDE_COUNT];
	enum flow_outcome outcome;
	enum flow_origin origin;
	enum conn_state conn_state;
	bool failed; /* the attempt to connect failed: the flow ended before both SYNs were acknowledged */
	char history[HISTORY_LETTERS + 1];
	bool one_way;
	bool packets_estimated;
	bool rtt_ambiguous;
	bool closed; /* both ends are closed, as section 2 of specification.md defines it */
	bool expired; /* closed for longer than the linger, so that no output shows it */
	__s64 syn_to_synack_ns, synack_to_ack_ns, handshake_ns; /* or LATENCY_UNKNOWN */
	__u64 first_seen_ns, last_seen_ns; /* on the clock of the record */
	__u64 duration_ns; /* from the first to the last segment */
	__u64 idle_ns; /* since the last segment; a flow's age is since the first: flow_age() */
	__u32 ifindex;
	__u16 incarnation;
	__u16 anomalies[ANOMALY_COUNT];
	struct unreachable_view unreachable;
	__u8 vlans; /* how many elements of vlan[] are used */
	__u16 vlan[3];
	__u16 tunnel; /* see tunnel_of_number() */
};

/*
 * Decode a record. `timeout_ns`: TIMEOUT_COUNT timeouts, from the instance's config. `now_ns`: on the clock of the
 * record.
 */
void flow_view_decode(struct flow_view *view, const struct flow_record *record, const __u64 *timeout_ns, __u64 now_ns);

/*
 * The same for the last record of a flow that was retired (synscope/event.h). A flow that was replaced by another
 * incarnation has ended; a flow that was evicted keeps its last states.
 */
void flow_view_decode_retired(struct flow_view *view, const struct flow_record *record, enum retire_reason reason,
			      const __u64 *timeout_ns, __u64 now_ns);

/* The smoothed round trip to an endpoint in ns, or LATENCY_UNKNOWN. */
static inline __s64 rtt_smoothed(const struct endpoint_view *side)
{
	return side->rtt.samples ? (__s64)side->rtt.smoothed_ns : LATENCY_UNKNOWN;
}

/* Time since the first segment in ns; LATENCY_UNKNOWN if the time of that is not known. */
__s64 flow_age(const struct flow_view *view);

/* The record as it was when the event was sent. */
struct flow_record event_record(const struct flow_event *event);

/* The direction in which the client sends; the time of the first segment, on the clock of the record. */
int flow_client_dir(const struct flow_record *record);
__u64 flow_first_seen(const struct flow_cold *cold);

#endif
