/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parameters of the packet generator (traffic.bpf.c), set before it is loaded, and its results. Flow number n has
 * the client 10.0.0.0 + n (2001:db8::n), port 40000; all flows have the same server.
 */
#ifndef SYNSCOPE_BENCH_TRAFFIC_H
#define SYNSCOPE_BENCH_TRAFFIC_H

#include <linux/types.h>

#define TRAFFIC_PAYLOAD 100 /* bytes of a data segment */
#define TRAFFIC_OPTIONS 12 /* bytes of the TCP options of every segment: NOP, NOP, timestamps */
#define TRAFFIC_SYN_OPTIONS 24 /* … and of a segment with SYN: also MSS, SACK permitted, window scale */
#define TRAFFIC_OPENING_STEPS 5 /* SYN, SYN/ACK, ACK, data, ACK */
#define TRAFFIC_LIFE_STEPS 7 /* SYN, SYN/ACK, ACK, FIN, ACK, FIN, ACK */
#define TRAFFIC_LIVES_AT_ONCE 1024 /* connections whose segments alternate, where nothing else is said */
#define TRAFFIC_BATCH 16 /* packets in one run of `walk_batch`; the kernel allows 33 tail calls */
#define TRAFFIC_CLIENT_ISN 1000U
#define TRAFFIC_SERVER_ISN 9000U

enum traffic_sender {
	SENDER_MIXED, /* both ends, in an order that is as hard to predict as in real traffic */
	SENDER_CLIENT, /* data only */
	SENDER_SERVER, /* acknowledgements only */
};

/* Read-only data of the generator, so that the verifier can remove code that is not used. */
struct traffic_config {
	__u32 flows_log2;
	__u32 first_flow; /* the number of its first flow */
	__u32 ipv6;
	__u32 sender; /* enum traffic_sender */
	__u32 redirect_ifindex; /* for the programs `walk_out` and `forward` */
	__u32 lives_at_once; /* for the program `live`: connections whose segments alternate */
};

struct traffic_state {
	__u64 next; /* the number of the next packet; each program continues where the last one stopped */
};

#endif
