/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Millions of segments from one frame: traffic.bpf.c rewrites the frame at each repetition of BPF_PROG_TEST_RUN, and
 * calls the program under test. There are two lanes, so that two CPUs can send at once.
 *
 * Flow number n is between 10.0.0.1 + n / 32768, port 10000 + n % 32768, and 10.0.1.0, port 443 (or 2001:db8::…). Its
 * ISNs are traffic_isn(n).
 */
#ifndef SYNSCOPE_TESTS_BPF_TRAFFIC_H
#define SYNSCOPE_TESTS_BPF_TRAFFIC_H

#include <linux/types.h>

#define LANES 2
#define LANE_STEPS 16

#define TRAFFIC_SERVER_HOST 256U
#define TRAFFIC_SERVER_PORT 443
#define TRAFFIC_CLIENT_HOST(n) (1 + (n) / 32768)
#define TRAFFIC_CLIENT_PORT(n) (10000 + (n) % 32768)
#define TRAFFIC_SPOOFED 0x40000000U /* in the last word of every spoofed address, and of no other one */

enum lane_order {
	LANE_LIVES, /* flow after flow, each with all its steps */
	LANE_LIVES_AT_RANDOM, /* likewise, of flows drawn at random */
	LANE_SEGMENTS_AT_RANDOM, /* any step of any flow */
	/* from sources that never come twice, to the server; the flags of the first step, numbers at random */
	LANE_FLOOD_RANDOM,
	LANE_FLOOD_SEQUENTIAL, /* one address after the other */
	LANE_FLOOD_ONE_SOURCE, /* all ports of one address, to one port after the other */
	LANE_FLOODS_END,
};

struct lane_step {
	__u8 server; /* the sender */
	__u8 flags;
	__u16 unused;
	__u32 seq, ack; /* relative to the ISNs */
};

struct lane {
	__u32 order; /* enum lane_order */
	__u32 first, flows; /* the flows it is about */
	__u32 steps;
	__u32 meets; /* 1: both lanes send their n-th segments at the same moment, if both run */
	__u32 flow; /* the one it is at */
	__u64 sent; /* segments */
	__u64 failed; /* … that did not get to the program under test */
	struct lane_step step[LANE_STEPS];
};

/*
 * Of the client's or the server's SYN. Near enough to those of other flows that a segment of one would be believed in
 * the record of another: one number is further on there, where the other is further back.
 */
static inline __u32 traffic_isn(__u32 n, _Bool server)
{
	return server ? 0x40001000 - n * 0x2000 : 0x1000 + n * 0x2000;
}

#endif
