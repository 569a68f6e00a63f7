// SPDX-License-Identifier: GPL-2.0-only
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* clang's, in the headers */
#include "rules_flow.h"

#include <check.h>

/* What no rule but note_letter() and note_window() looks at. */
#define STORY_BITS (FACT_HISTORY_ACK | FACT_HISTORY_DATA | FACTS_WINDOW_MASK << FACTS_WINDOW_SHIFT)

/* ---- a flow as the rules see it, and as the model does ---- */

struct known flow_asked(const struct flow *flow, const struct segment *seg, bool expired, bool copy,
			struct tcp_facts *me)
{
	struct flow_cold cold = { .mark = { flow->mark[0], flow->mark[1] },
				  .span = { flow->span[0], flow->span[1] },
				  .open_flags = { flow->open_flags[0], flow->open_flags[1] } };
	struct known known = {
		.peer = flow->facts[!seg->dir],
		.memory = {
			.flags = flow->flags,
			.last_tsval = flow->last_tsval[seg->dir],
			.remembered_isn = flow->remembered_isn,
			.remembered_payload = flow->remembered_payload,
			.remembered_flags = flow->remembered_flags,
			.open = flow->open_flags[seg->dir],
			.expired = expired,
			.fills_hole = !(flow->facts[seg->dir].bits & FACT_RST) &&
				      is_in_hole(seg, &flow->span[seg->dir].hole),
			.is_copy = copy,
		},
	};

	*me = flow->facts[seg->dir];
	known.memory.timeout = flow_timeout(me, &known.peer);
	hear_of_end(&known.peer, flow->open_flags[!seg->dir], flow->open_seq[!seg->dir], seg);
	look_back(seg, &cold, me, &known);
	return known;
}

struct model_end flow_end(const struct flow *flow, int dir)
{
	const struct tcp_facts *facts = &flow->facts[dir];

	return (struct model_end){
		.syn = facts->bits & FACT_SYN,
		.inferred = facts->bits & FACT_INFERRED,
		.acked_syn = facts->bits & FACT_ACKED_SYN,
		.fin = facts->bits & FACT_FIN,
		.acked_fin = facts->bits & FACT_ACKED_FIN,
		.rst = facts->bits & FACT_RST,
		.late = facts->bits & FACT_LATE_ACK,
		.proof = facts->bits & FACT_PROOF,
		.heard = facts->bits & FACT_SEQ,
		.acked = facts->bits & FACT_ACK,
		.isn = facts->isn,
		.next_seq = facts->next_seq,
		.max_ack = facts->max_ack,
		.fin_seq = facts->fin_seq,
		.fin_ack = facts->fin_ack,
		.late_ack = facts->late_ack,
		.open = flow->open_flags[dir] & OPEN_END,
		.open_fin = flow->open_flags[dir] & OPEN_FIN,
		.open_seq = flow->open_seq[dir],
		.reset = {
			.spoke = flow->mark[dir] & (FACT_SEQ | FACT_INFERRED),
			.late = flow->mark[dir] >> MARK_PEER_FACTS_SHIFT & FACT_LATE_ACK,
			.next_seq = flow->span[dir].at_rst.next_seq,
			.peer_next_seq = flow->span[dir].at_rst.peer_next_seq,
		},
		.synack_after_rst = flow->mark[dir] & MARK_SYNACK,
		.tsval_known = flow->flags & OPTION_TIMESTAMPS << FLOW_OPTIONS_SHIFT(dir),
		.tsval = flow->last_tsval[dir],
		.hole_from = facts->bits & FACT_RST ? 0 : flow->span[dir].hole.from,
		.hole_to = facts->bits & FACT_RST ? 0 : flow->span[dir].hole.to,
	};
}

struct model flow_model(const struct flow *flow, const struct segment *seg, bool expired, bool copy)
{
	return (struct model){
		.end = { flow_end(flow, seg->dir), flow_end(flow, !seg->dir) },
		.sender_is_client = flow->facts[seg->dir].bits & FACT_CLIENT,
		.expired = expired,
		.copy = copy,
		.remembered = (flow->remembered_flags & REMEMBERED_VALID) &&
			      !!(flow->remembered_flags & REMEMBERED_DIR) != seg->dir,
		.remembered_isn = flow->remembered_isn,
		.remembered_payload = flow->remembered_payload,
	};
}

struct model_segment flow_segment(const struct segment *seg)
{
	return (struct model_segment){
		.kind = seg->flags & SEGMENT_RST      ? MODEL_RST
			: seg->flags & SEGMENT_FIN    ? MODEL_FIN
			: !(seg->flags & SEGMENT_SYN) ? MODEL_ACK
			: seg->flags & SEGMENT_ACK    ? MODEL_SYNACK
						      : MODEL_SYN,
		.ack_valid = seg->flags & SEGMENT_ACK,
		.seq = seg->seq,
		.ack = seg->ack,
		.payload = seg->payload,
		.open = seg->open_end,
		.tsval_valid = seg->options & OPTION_TIMESTAMPS,
		.tsval = seg->tsval,
	};
}

/* ---- what a ruling makes of a flow, as commit() does ---- */

static void set_tsval(struct flow *flow, const struct segment *seg, bool replace)
{
	__u32 known = (__u32)OPTION_TIMESTAMPS << FLOW_OPTIONS_SHIFT(seg->dir);

	flow->last_tsval[seg->dir] = seg->tsval;
	if (replace)
		flow->flags &= ~known;
	if (seg->options & OPTION_TIMESTAMPS)
		flow->flags |= known;
}

/* The hole, or the numbers at a RST: see flow_span. */
static void apply_span(struct flow *flow, const struct segment *seg, const struct ruling *ruling)
{
	const struct tcp_facts *was = &flow->facts[seg->dir];
	union flow_span *span = &flow->span[seg->dir];
	struct flow_mark mark = { flow->mark[seg->dir], span->at_rst };

	if (ruling->effects & EFFECT_MARK_RST) {
		mark = mark_of_rst(&ruling->me, &flow->facts[!seg->dir], mark, was->bits & FACT_RST);
		flow->mark[seg->dir] = mark.bits;
		span->at_rst = mark.at;
	}
	if (ruling->me.bits & FACT_RST)
		return;
	if (was->bits & FACT_RST)
		span->hole = (struct sequence_hole){ 0 };
	if (ruling->effects & EFFECT_FILL)
		fill_hole(seg, &span->hole);
	if (ruling->effects & EFFECT_HOLE)
		span->hole = (struct sequence_hole){ was->next_seq, seg->seq };
}

void flow_apply(struct flow *flow, const struct segment *seg, const struct ruling *ruling, __u32 hindsight)
{
	apply_span(flow, seg, ruling);
	if (flow->facts[!seg->dir].bits & HINDSIGHT_RECEIVER(hindsight) & FACT_RST)
		flow->span[!seg->dir].hole = (struct sequence_hole){ 0 };
	flow->facts[!seg->dir].bits &= ~HINDSIGHT_RECEIVER(hindsight);
	if (ruling->effects & EFFECT_MARK_SYNACK)
		flow->mark[seg->dir] |= MARK_SYNACK;
	flow->facts[seg->dir] = ruling->me;
	flow->facts[seg->dir].bits &= ~STORY_BITS;
	flow->facts[seg->dir].bits |= window_log(WINDOW) << FACTS_WINDOW_SHIFT;
	if (ruling->effects & EFFECT_SYN)
		set_tsval(flow, seg, true);
	else if (ruling->effects & EFFECT_SYN_LAST)
		flow->last_tsval[seg->dir] = seg->tsval;
	else if (ruling->effects & EFFECT_TSVAL)
		set_tsval(flow, seg, false);
	if (ruling->effects & EFFECT_OPEN_END)
		flow->open_seq[seg->dir] = seg->seq;
	if (ruling->effects & EFFECT_OPEN_END)
		flow->open_flags[seg->dir] |= OPEN_END;
	if (ruling->effects & EFFECT_OPEN_FIN)
		flow->open_flags[seg->dir] |= OPEN_FIN;
	if (ruling->effects & EFFECT_FIN_KNOWN)
		flow->open_flags[seg->dir] &= ~OPEN_FIN;
	if (ruling->effects & EFFECT_ACKED)
		flow->flags |= FLOW_ACKED;
	if (ruling->effects & EFFECT_SIMULTANEOUS)
		flow->flags |= FLOW_SIMULTANEOUS;
	if (ruling->effects & EFFECT_REMEMBER) {
		flow->remembered_isn = seg->seq;
		flow->remembered_payload = seg->payload;
		flow->remembered_flags = REMEMBERED_VALID | (seg->dir ? REMEMBERED_DIR : 0);
	}
}

/* The flow that a segment begins, which has then been learnt. */
struct flow flow_begin(const struct segment *seg, enum verdict verdict, const struct flow *was)
{
	const struct remembered_syn remembered = { .isn = was ? was->remembered_isn : 0,
						   .payload = was ? was->remembered_payload : 0,
						   .wscale = FACTS_WSCALE_NONE };
	struct beginning begins;
	struct flow flow = { 0 };
	struct known known;
	struct ruling ruling;

	rule_begin(&begins, seg, verdict, &remembered);
	flow.facts[seg->dir] = begins.me;
	flow.facts[!seg->dir] = begins.peer;
	flow.facts[0].bits |= window_log(WINDOW) << FACTS_WINDOW_SHIFT;
	flow.facts[1].bits |= window_log(WINDOW) << FACTS_WINDOW_SHIFT;
	known = flow_asked(&flow, seg, false, false, &ruling.me);
	known.memory.begins_record = 1;
	rule(seg, &known, &ruling);
	if (ruling.verdict != VERDICT_DONE)
		ck_abort_msg("the first segment of a flow is not learnt");
	flow_apply(&flow, seg, &ruling, 0);
	return flow;
}
