/* SPDX-License-Identifier: GPL-2.0-only */
/* The ladder: the life of a flow, a step for each segment, with the states of both endpoints after it. */
#ifndef SYNSCOPE_FLOW_LADDER_H
#define SYNSCOPE_FLOW_LADDER_H

#include "flow/view.h"

#define LADDER_KEPT (1 + FLOW_OPENING_STEPS + FLOW_CLOSING_STEPS)
#define PAYLOAD_SOME (~0U) /* there was payload, but its length was not kept */

struct ladder_step {
	__u64 delta_ns; /* since first seen */
	enum flow_side side; /* the sender */
	__u8 flags; /* SEGMENT_* */
	enum flow_remark remark;
	__u32 payload; /* bytes, or PAYLOAD_SOME */
	__u32 seq, ack; /* as in the segment, in host order */
	__u32 isn, peer_isn; /* what people subtract from them; of a flow without SYN: the first numbers seen */
	bool seq_known, ack_known;
	enum tcp_state state[SIDE_COUNT]; /* states after the step */
};

/* Steps in their order (in memory of the caller), and where segments are missing between them. */
struct ladder {
	const struct ladder_step *step;
	size_t count;
	__u64 missing; /* segments of the flow that are not among the steps */
	size_t gap; /* the missing segments were after this number of steps */
	bool gap_at_end; /* some of the missing segments were after the last step */
};

/*
 * The ladder that a record has kept. `steps`: room for LADDER_KEPT. A record keeps no sequence numbers of its steps. So
 * states and numbers are computed from its facts. States are exact unless segments or ACKs are missing; which numbers
 * are known is in ladder_numbers.h.
 */
void ladder_of_record(struct ladder *ladder, struct ladder_step *steps, const struct flow_record *record);

#endif
