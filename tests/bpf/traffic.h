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
#define TRAFFIC_SPOOFED 0x40000000U /* set in the last word of every spoofed address, and of no other one */

enum lane_order {
	LANE_LIVES, /* one flow after the other, each with all of its steps */
	LANE_LIVES_AT_RANDOM, /* the same, with flows drawn at random */
	LANE_SEGMENTS_AT_RANDOM, /* any step of any flow, at random */
	/* to the server from sources that never repeat, with the flags of the first step and random numbers */
	LANE_FLOOD_RANDOM,
	LANE_FLOOD_SEQUENTIAL, /* consecutive source addresses */
	LANE_FLOOD_ONE_SOURCE, /* all ports of one address, to one server port after the other */
	LANE_FLOODS_END,
};

struct lane_step {
	__u8 server; /* 1: the server sends it */
	__u8 flags;
	__u16 unused;
	__u32 seq, ack; /* relative to the ISNs */
};

struct lane {
	__u32 order; /* enum lane_order */
	__u32 first, flows; /* the flows that it sends */
	__u32 steps;
	__u32 meets; /* 1: both lanes send their n-th segments at the same moment, if both are running */
	__u32 flow; /* its current flow */
	__u64 sent; /* segments that were sent */
	__u64 failed; /* … and did not reach the program under test */
	struct lane_step step[LANE_STEPS];
};

/*
 * The ISN of the client's or the server's SYN. They are so near to those of other flows that a segment of one flow
 * would be acceptable in the record of another: if one number is further on there, the other one is further back.
 */
static inline __u32 traffic_isn(__u32 n, _Bool server)
{
	return server ? 0x40001000 - n * 0x2000 : 0x1000 + n * 0x2000;
}

#endif
