/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/synscope.bpf.c compiled for the host: its programs as functions, its maps in memory, so that the sanitizers can
 * check them. A frame is in memory of its exact size: a read beyond it ends the process.
 */
#ifndef SYNSCOPE_TESTS_FUZZ_HOST_H
#define SYNSCOPE_TESTS_FUZZ_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "synscope/config.h"
#include "synscope/event.h"
#include "synscope/histogram.h"

#define HOST_IFINDEX 1 /* the interface where frames arrive: the loopback interface, as in BPF_PROG_TEST_RUN */

struct host {
	struct synscope_config config;
	__u64 clock_ns;
	struct flow_bucket *hot; /* config.buckets of them */
	struct flow_fingerprints *fingerprints; /* config.buckets of them, too */
	struct flow_cold *cold;
	__u64 counters[COUNTERS_MAX];
	struct reader_slot place[EVENT_READERS];
	struct port_latencies
		*latencies; /* SERVER_PORT_INDEXES of them; a reset does not empty these and the ports, which */
	struct server_ports *ports; /* would take longer than most runs */
	bool rings_full;
	void (*on_event)(void *argument, const struct flow_event *event); /* or NULL */
	void *argument;
};

struct host_frame {
	const __u8 *bytes;
	size_t size;
	size_t linear; /* bytes in the linear part */
	bool tc, no_link;
	__u32 gso_segments; /* tc only, like the next two members */
	bool tag_beside; /* there is a VLAN tag in the skb's metadata: */
	__u16 tci;
};

/* The default timeouts, a hash key, the manual clock, and that many buckets. */
struct synscope_config host_config(__u32 buckets);

/* Creates an empty table. Ends the process if there is no memory. */
struct host *host_open(const struct synscope_config *config);
void host_reset(struct host *host);
void host_close(struct host *host);

static inline __u32 host_slots(const struct host *host)
{
	return host->config.buckets * FLOW_SLOTS_PER_BUCKET;
}

struct flow_hot *host_hot(const struct host *host, __u32 slot);

/* Runs one of the four programs and returns its result; aborts if the program changed the frame. */
int host_run(struct host *host, const struct host_frame *frame);

/* Runs `sweep` over the whole table. */
void host_sweep(struct host *host);

#endif
