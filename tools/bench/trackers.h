/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys and values of the trackers on hash maps (trackers.bpf.c). Every flow is TCP, so the key has no protocol. */
#ifndef SYNSCOPE_BENCH_TRACKERS_H
#define SYNSCOPE_BENCH_TRACKERS_H

#include <linux/types.h>

struct tracked_key4 {
	__u32 addr[2];
	__be16 port[2];
};

struct tracked_key6 {
	__u32 addr[2][4];
	__be16 port[2];
};

/* Small enough to share a cache line with the other direction, if the element is aligned. */
struct tracked_dir {
	__u64 bytes;
	__u64 last_seen_ns;
	__u32 packets;
	__u32 flags; /* SYN, FIN and RST, as far as they were sent */
	__u32 next_seq;
	__u32 max_ack;
};

struct tracked_flow {
	struct tracked_dir dir[2];
	__u64 opened_ns;
};

#endif
