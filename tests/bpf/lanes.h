/* SPDX-License-Identifier: GPL-2.0-only */
/* The two lanes of traffic.bpf.c in the hands of a test. */
#ifndef SYNSCOPE_TESTS_BPF_LANES_H
#define SYNSCOPE_TESTS_BPF_LANES_H

#include "harness.h"
#include "traffic.h"

/* Loads the driver, once for all suites; ends the program when that fails. */
void lanes_open(void);

/* Both lanes are empty, and lead to this table's tc program. */
void lanes_lead_to(const struct harness *harness);

/* What a lane is to send. Takes effect with the next run. */
struct lane *lane(int number);

/* Sends that many segments of one family. Fit for a thread: returns 0 or a negative errno (not logged). */
int lane_run(int number, bool ipv6, __u32 segments);

/* The number of a flow of a lane, or -1: it is of spoofed source. */
int lane_flow_of(const struct flow_record *record);

/* How many segments a test sends: SEGMENTS of the environment, for machines that are slow and proofs that are long. */
__u32 segments_of(__u32 usual);

#endif
