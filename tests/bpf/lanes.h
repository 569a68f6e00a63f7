/* SPDX-License-Identifier: GPL-2.0-only */
/* Gives a test the two lanes of traffic.bpf.c. */
#ifndef SYNSCOPE_TESTS_BPF_LANES_H
#define SYNSCOPE_TESTS_BPF_LANES_H

#include "harness.h"
#include "traffic.h"

/* Loads the driver, once for all suites; ends the process on failure. */
void lanes_open(void);

/* Empties both lanes and makes them run the tc program of this harness. */
void lanes_lead_to(const struct harness *harness);

/* The settings of a lane, for the test to fill in. They take effect with the next run. */
struct lane *lane(int number);

/*
 * Sends `segments` segments of one address family. Can be called by a thread: returns 0 or a negative errno (not
 * logged).
 */
int lane_run(int number, bool ipv6, __u32 segments);

/* The number of the lane's flow that the record belongs to, or -1 if its source is spoofed. */
int lane_flow_of(const struct flow_record *record);

/* How many segments a test sends: `usual`, or SEGMENTS of the environment, for slow machines and for long proofs. */
__u32 segments_of(__u32 usual);

#endif
