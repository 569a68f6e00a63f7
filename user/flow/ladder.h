/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a flow as its segments, one step each, with the states of both endpoints after it. */
#ifndef SYNSCOPE_FLOW_LADDER_H
#define SYNSCOPE_FLOW_LADDER_H

#include "flow/view.h"

#define LADDER_KEPT (1 + FLOW_OPENING_STEPS + FLOW_CLOSING_STEPS)
#define PAYLOAD_SOME (~0U) /* it carried payload, nobody kept how much */

struct ladder_step {
	__u64 delta_ns; /* since first seen */
	enum flow_side side; /* who sent it */
	__u8 flags; /* SEGMENT_* */
	enum flow_remark remark;
	__u32 payload; /* bytes, or PAYLOAD_SOME */
	enum tcp_state state[SIDE_COUNT]; /* after it */
};

/* Steps in their order, which are the caller's, and where segments are missing between them. */
struct ladder {
	const struct ladder_step *step;
	size_t count;
	__u64 missing; /* segments of the flow that are not among the steps */
	size_t gap; /* they passed after so many steps */
	bool gap_at_end; /* some of them after the last one */
};

/*
 * What a record has kept, in `steps`, of which there are LADDER_KEPT. The record keeps no numbers of its steps: the
 * states are computed from its facts, and are exact but where segments or ACKs were missing.
 */
void ladder_of_record(struct ladder *ladder, struct ladder_step *steps, const struct flow_record *record);

#endif
