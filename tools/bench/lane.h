/* SPDX-License-Identifier: GPL-2.0-only */
/* A program under test and a generator of its own (traffic.bpf.c) in front of it. */
#ifndef SYNSCOPE_BENCH_LANE_H
#define SYNSCOPE_BENCH_LANE_H

#include <bpf/libbpf.h>
#include <stddef.h>

#include "subject.h"
#include "traffic.h"
#include "tools/bench/traffic.skel.h"

struct lane {
	struct subject subject;
	struct traffic_bpf *traffic;
	int hold; /* see sandbox_hold() */
};

/* Returns 0 or a negative errno (logged); then there is nothing to close. */
int lane_open(struct lane *lane, enum subject_kind kind, const struct subject_options *options,
	      const struct traffic_config *traffic);

/* The same for an XDP program that the caller has loaded, and keeps open. */
int lane_open_program(struct lane *lane, int xdp_fd, const struct traffic_config *traffic);
void lane_close(struct lane *lane);

/* The kinds of traffic that lane_run() can send. */
enum lane_traffic {
	LANE_OPEN, /* TRAFFIC_OPENING_STEPS packets to open each flow */
	LANE_WALK, /* packets of open flows */
	LANE_BATCHES, /* the same in batches, TRAFFIC_BATCH times as many */
	LANE_SYNS,
	LANE_LIVES,
};

/*
 * To be called before one kind of traffic is measured, with a place of sandbox_hold() that no other lane uses. Returns
 * 0 or a negative errno (logged).
 */
int lane_hold(struct lane *lane, int place, enum lane_traffic traffic);
void lane_release(struct lane *lane);

/* Sets the number of the next packet, which restarts the traffic. */
void lane_rewind(struct lane *lane, __u64 next);

/* Runs `packets` through the program; see test_run(). A measurement is valid only if the lane is held. */
int lane_run(struct lane *lane, enum lane_traffic traffic, __u64 packets, double *ns);

/* Opens all flows, and rewinds. */
int lane_fill(struct lane *lane);

/* Available memory, in bytes. */
__u64 memory_available(void);

#endif
