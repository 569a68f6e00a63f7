/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts latencies and refusals by server port, each of them once, while the direction of the sender is held. */
#ifndef SYNSCOPE_BPF_COUNT_H
#define SYNSCOPE_BPF_COUNT_H

#include <bpf/bpf_endian.h>

#include "synscope/latency.h"
#include "bpf/maps.h"

/* Index into `latencies` of a port, in host order: its own, or else the one that all other ports share. */
static __always_inline __u32 port_index(const struct server_ports *ports, __u32 port)
{
	__u32 entry = READ_ONCE(ports->index[port & 0xffff]);

	return entry ? entry - 1 : SERVER_PORT_OTHER;
}

/* Gives a port the next index, if one is left. Two CPUs that do so for one port at once waste an index. */
static __always_inline void take_index(struct server_ports *ports, __u32 port)
{
	__u32 index;

	if (READ_ONCE(ports->index[port & 0xffff]) || READ_ONCE(ports->taken) >= SERVER_PORTS)
		return;
	index = __sync_fetch_and_add(&ports->taken, 1);
	if (index < SERVER_PORTS)
		__sync_val_compare_and_swap(&ports->index[port & 0xffff], 0, index + 1);
}

/*
 * The histograms of a port (host order). With `take`, a port that has none of its own gets the next ones that are left.
 */
static __always_inline struct port_latencies *latencies_of(__u32 port, _Bool take)
{
	__u32 key = 0;
	struct server_ports *ports = bpf_map_lookup_elem(&server_ports, &key);

	if (!ports)
		return 0;
	if (take)
		take_index(ports, port);
	key = port_index(ports, port);
	return bpf_map_lookup_elem(&latencies, &key);
}

/* Counts one latency of a flow whose client sends in direction `client`, unless it is unknown or was counted before. */
__noinline int count_latency(__u32 slot, __u32 client, __u32 which)
{
	struct flow_hot *hot = hot_slot(slot);
	struct flow_cold *cold = cold_slot(slot);
	struct port_latencies *histogram;
	__u64 ns, at, *first;
	__u32 flags;

	if (!hot || !cold || which >= LATENCY_COUNT)
		return 0;
	flags = READ_ONCE(cold->flags);
	if ((flags & FLOW_COUNTED(which)) || !flow_latency(cold, flags, client & 1, which, &ns))
		return 0;
	if (__sync_fetch_and_or(&cold->flags, FLOW_COUNTED(which)) & FLOW_COUNTED(which))
		return 0;
	histogram = latencies_of(bpf_ntohs(hot->port[!(client & 1)]), 1);
	at = which * HISTOGRAM_BUCKETS + histogram_bucket(ns);
	barrier_var(at); /* one index, compared as it is used: old verifiers lose its bounds otherwise */
	if (!histogram || at >= LATENCY_COUNT * HISTOGRAM_BUCKETS)
		return 0;
	first = (__u64 *)histogram->count;
	__sync_fetch_and_add(first + at, 1);
	return 0;
}

/*
 * Two CPUs may complete the latencies of a handshake, each with one of its segments: a flag in the record decides which
 * of them counts. Each has stored its part before it gets here; the atomic instruction is a full barrier on arm64, too,
 * because its result is used, so that the second of them sees both parts.
 */
static __always_inline void count_latencies(struct flow_cold *cold, __u32 slot, __u32 client)
{
	slot += zero_after(__sync_fetch_and_add(&cold->flags, 0));
	for (__u32 which = 0; which < LATENCY_COUNT; which++)
		count_latency(slot, client, which);
}

/* A connect to this port, in network order, was refused. */
static __always_inline void count_refused(__be16 port)
{
	struct port_latencies *histogram = latencies_of(bpf_ntohs(port), 0);

	if (histogram)
		__sync_fetch_and_add(&histogram->refused, 1);
}

#endif
