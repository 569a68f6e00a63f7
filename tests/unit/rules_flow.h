/* SPDX-License-Identifier: GPL-2.0-only */
/* A flow as test_rules.c enumerates it. */
#ifndef SYNSCOPE_TESTS_UNIT_RULES_FLOW_H
#define SYNSCOPE_TESTS_UNIT_RULES_FLOW_H

#include "synscope/tcp_state.h"

#define WINDOW 100
#define UNSEEN 100 /* near what was seen */
#define SCALED 200000 /* within the window if that may have been scaled */
#define FAR 10000000 /* beyond any window */
#define OTHER 300 /* how far the other ISN of an endpoint is above its first */
#define FLOWS_MAX (1U << 16)
#define VARIANTS 4 /* of each pair of facts so many are looked at, which differ in their numbers */

/* All that rules see of a flow, by direction. */
struct flow {
	struct tcp_facts facts[FLOW_DIRS];
	__u32 flags, last_tsval[FLOW_DIRS];
	__u32 remembered_isn;
	__u16 remembered_payload;
	__u8 remembered_flags, open_flags[FLOW_DIRS], unused[3];
	union flow_span span[FLOW_DIRS];
	__u32 mark[FLOW_DIRS], open_seq[FLOW_DIRS];
};

/* A pair of facts that was found, and the flows that have it, as numbers plus one. */
struct pair {
	__u32 bits[FLOW_DIRS], other;
	__u32 flow[VARIANTS];
};

#endif
