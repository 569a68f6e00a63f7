/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/synscope.bpf.c compiled for the host: its programs are functions, its maps are ordinary memory, and its caller
 * sets the clock. `synscope replay` runs captures through it, tests/fuzz runs it under the sanitizers, and
 * tests/interleave in every order of its accesses to memory.
 */
#ifndef SYNSCOPE_BPF_HOST_PROGRAMS_H
#define SYNSCOPE_BPF_HOST_PROGRAMS_H

#include <linux/types.h>

#include "synscope/config.h"
#include "synscope/event.h"
#include "synscope/histogram.h"
#include "synscope/round_trip.h"
#include "synscope/sweep.h"

#define HOST_IFINDEX 1 /* where frames arrive: that of the loopback interface, as in BPF_PROG_TEST_RUN */

/* The maps, as one CPU sees them. Who fills this in owns all that it points to. */
struct host {
	struct synscope_config config;
	__u64 clock_ns;
	_Bool untimed; /* the next frames have no time of their own */
	__u32 wire_length; /* of the next frame, if only its beginning is given; else 0 */
	struct flow_bucket *hot; /* config.buckets of them */
	struct flow_fingerprints *fingerprints; /* likewise */
	struct flow_stamps *stamps; /* likewise */
	struct flow_cold *cold; /* FLOW_SLOTS_PER_BUCKET times as many */
	struct flow_round_trips *round_trips; /* as many with config.rtt, else 1 */
	__u64 counters[COUNTERS_MAX]; /* of the one CPU there is, see host_counters() */
	struct reader_slot readers[EVENT_READERS];
	struct port_latencies *latencies; /* SERVER_PORT_INDEXES of them */
	struct port_round_trips *round_trip_histograms; /* likewise */
	struct server_ports *ports;
	struct flow_tunnel *tunnels; /* TUNNELS_MAX of them */
	struct flow_tunnel tunnel_noted; /* of the one CPU */
	void (*on_event)(const struct flow_event *event, void *argument); /* NULL: the ring buffers are full */
	void *argument;
};

static inline __u32 host_slots(const struct host *host)
{
	return host->config.buckets * FLOW_SLOTS_PER_BUCKET;
}

static inline struct flow_hot *host_hot(const struct host *host, __u32 slot)
{
	return &host->hot[slot / FLOW_SLOTS_PER_BUCKET].slot[slot % FLOW_SLOTS_PER_BUCKET];
}

/* From now on the programs work with this host, with its configuration, clock and length as they are now. */
void programs_use(struct host *host);

/*
 * Only the clock, in ns, and whether that is also the time of the frames that follow; only the length of the next
 * frame, of which the beginning is given.
 */
void programs_set_clock(__u64 now, _Bool is_believed);
void programs_set_wire_length(__u32 bytes);

/* The counters of the CPU that runs. Defined by the program that links these, as are the functions in helpers.h. */
__u64 *host_counters(void);

/* The programs. Contexts are those of helpers.h. */
struct host_xdp;
struct host_skb;
struct segment;
int xdp_ether(struct host_xdp *ctx);
int xdp_raw(struct host_xdp *ctx);
int tc_ether(struct host_skb *ctx);
int tc_raw(struct host_skb *ctx);
int sweep(struct sweep_request *request);
int flush(struct flush_request *request);

/* Defined in bpf/record/emit.h: the announced word that fits the record as it is now. */
__u32 announceable(__u32 slot, __u32 was);

/* Defined in bpf/table/flow_table.h: what a new flow makes of a slot, and of all slots of a bucket (candidate.h). */
__u64 flow_candidate(const struct flow_hot *slot, __u32 now, __u32 position);
__u64 best_in_bucket(const struct segment *seg, __u32 index, __u32 now, __u32 base);

#endif
