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

/* The same for an XDP program that somebody else has loaded, and keeps open. */
int lane_open_program(struct lane *lane, int xdp_fd, const struct traffic_config *traffic);
void lane_close(struct lane *lane);

/* What lane_run() may be given. */
enum lane_traffic {
	LANE_OPEN, /* TRAFFIC_OPENING_STEPS packets to open each flow */
	LANE_WALK, /* packets of open flows */
	LANE_BATCHES, /* the same in a row, TRAFFIC_BATCH times as many */
	LANE_SYNS,
	LANE_LIVES,
};

/*
 * To be called before traffic of one kind is measured, with a place of sandbox_hold() that no other lane has. Returns 0
 * or a negative errno (logged).
 */
int lane_hold(struct lane *lane, int place, enum lane_traffic traffic);
void lane_let_go(struct lane *lane);

/* Sets the number of the next packet, which begins the traffic anew. */
void lane_rewind(struct lane *lane, __u64 next);

/* Runs `packets` through the program; see test_run(). A figure is worth something only if the lane is held. */
int lane_run(struct lane *lane, enum lane_traffic traffic, __u64 packets, double *ns);

/* Opens all flows, and rewinds. */
int lane_fill(struct lane *lane);

/* Memory that is there to be used, in bytes. */
__u64 memory_available(void);

#endif
