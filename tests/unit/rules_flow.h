/* SPDX-License-Identifier: GPL-2.0-only */
/* A flow as test_rules.c enumerates it. */
#ifndef SYNSCOPE_TESTS_UNIT_RULES_FLOW_H
#define SYNSCOPE_TESTS_UNIT_RULES_FLOW_H

#include "bpf/rules/rule.h"
#include "rules_model.h"

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

/* What the rules get to know of a flow for a segment; the facts of its sender go to *me. */
struct known flow_asked(const struct flow *flow, const struct segment *seg, bool expired, bool copy,
			struct tcp_facts *me);

/* The same for the model. */
struct model_end flow_end(const struct flow *flow, int dir);
struct model flow_model(const struct flow *flow, const struct segment *seg, bool expired, bool copy);
struct model_segment flow_segment(const struct segment *seg);

/* What a ruling makes of a flow, as commit() does. */
void flow_apply(struct flow *flow, const struct segment *seg, const struct ruling *ruling, __u32 hindsight);

/* The flow that a segment begins; `was`: the one with the SYN that it answers, with VERDICT_RENEW_REMEMBERED. */
struct flow flow_begin(const struct segment *seg, enum verdict verdict, const struct flow *was);

#endif
