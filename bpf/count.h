/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting latencies and refusals by server port, once each, while the sender's direction is held. */
#ifndef SYNSCOPE_BPF_COUNT_H
#define SYNSCOPE_BPF_COUNT_H

#include <bpf/bpf_endian.h>

#include "synscope/latency.h"
#include "maps.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SERVER_PORT_PLACES);
	__type(key, __u32);
	__type(value, struct port_latencies);
} latencies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct server_ports);
} server_ports SEC(".maps");

/* The place of a port that has one, else that of all others. */
static __always_inline __u32 port_place(const struct server_ports *ports, __u32 port)
{
	__u32 place = LOAD(ports->place[port & 0xffff]);

	return place ? place - 1 : SERVER_PORT_OTHER;
}

/* Gives a port the next place, if there is one left. Of two CPUs that do so at once one wastes a place. */
static __always_inline void take_place(struct server_ports *ports, __u32 port)
{
	__u32 place;

	if (LOAD(ports->place[port & 0xffff]) || LOAD(ports->taken) >= SERVER_PORTS)
		return;
	place = __sync_fetch_and_add(&ports->taken, 1);
	if (place < SERVER_PORTS)
		__sync_val_compare_and_swap(&ports->place[port & 0xffff], 0, place + 1);
}

/* The histograms of a port in host order, which takes a place if need be and `take`. */
static __always_inline struct port_latencies *latencies_of(__u32 port, _Bool take)
{
	__u32 key = 0;
	struct server_ports *ports = bpf_map_lookup_elem(&server_ports, &key);

	if (!ports)
		return 0;
	if (take)
		take_place(ports, port);
	key = port_place(ports, port);
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
	flags = LOAD(cold->flags);
	if ((flags & FLOW_COUNTED(which)) || !flow_latency(cold, flags, client & 1, which, &ns))
		return 0;
	if (__sync_fetch_and_or(&cold->flags, FLOW_COUNTED(which)) & FLOW_COUNTED(which))
		return 0;
	histogram = latencies_of(bpf_ntohs(hot->port[!(client & 1)]), 1);
	at = which * HISTOGRAM_BUCKETS + histogram_bucket(ns);
	barrier_var(at); /* one index, compared as it is used: verifiers of old lose its bounds otherwise */
	if (!histogram || at >= LATENCY_COUNT * HISTOGRAM_BUCKETS)
		return 0;
	first = (__u64 *)histogram->count;
	__sync_fetch_and_add(first + at, 1);
	return 0;
}

/* The two CPUs of a handshake may both have seen the last part of it: the flags of the record decide who counts. */
static __always_inline void count_latencies(__u32 slot, __u32 client)
{
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
