// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/host/programs.h"

#include <stdlib.h>

#include "bpf/host/helpers.h"

static __always_inline void *lookup(const void *map, const __u32 *key);

#define bpf_map_lookup_elem(map, key) lookup(map, key)

#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* those of clang */

/* The kernel loads `config` as a constant, after userspace has filled it in. Here it is filled in at run time. */
#define const
#include "bpf/maps.h"
#undef const

#include "bpf/synscope.bpf.c" /* NOLINT(bugprone-suspicious-include): its maps are without names elsewhere */

static struct host *running;

void programs_use(struct host *host)
{
	running = host;
	config = host->config;
	clock_ns = host->clock_ns;
	wire_length = host->wire_length;
	untimed = host->untimed;
}

void programs_set_clock(__u64 now, _Bool is_believed)
{
	clock_ns = now;
	untimed = !is_believed;
}

void programs_set_wire_length(__u32 bytes)
{
	wire_length = bytes;
}

/* `map` is a constant where this is inlined, so that nothing but the choice remains. */
static void *lookup(const void *map, const __u32 *key)
{
	static __u64 ring;
	__u32 index = *key;

	if (map == &hot)
		return index < running->config.buckets ? &running->hot[index] : NULL;
	if (map == &fingerprints)
		return index < running->config.buckets ? &running->fingerprints[index] : NULL;
	if (map == &stamps)
		return index < running->config.buckets ? &running->stamps[index] : NULL;
	if (map == &cold)
		return index < host_slots(running) ? &running->cold[index] : NULL;
	if (map == &round_trips)
		return index < (running->config.rtt ? host_slots(running) : 1) ? &running->round_trips[index] : NULL;
	if (map == &counters)
		return index == 0 ? host_counters() : NULL;
	if (map == &reader_slots)
		return index == 0 ? running->readers : NULL;
	if (map == &latencies)
		return index < SERVER_PORT_INDEXES ? &running->latencies[index] : NULL;
	if (map == &round_trip_histograms)
		return index < (running->config.rtt ? SERVER_PORT_INDEXES : 1) ? &running->round_trip_histograms[index]
									       : NULL;
	if (map == &server_ports)
		return index == 0 ? running->ports : NULL;
	if (map == &tunnels)
		return index < TUNNELS_MAX ? &running->tunnels[index] : NULL;
	if (map == &tunnel_noted)
		return index == 0 ? &running->tunnel_noted : NULL;
	if (map == &reader_rings)
		return index < EVENT_READERS ? &ring : NULL;
	abort(); /* a map that is not known here */
}
