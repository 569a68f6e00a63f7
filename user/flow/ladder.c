// SPDX-License-Identifier: GPL-2.0-only
#include "flow/ladder.h"

#include "flow/ladder_numbers.h"
#include "synscope/segment.h"

#define STEP_UNIT_SHIFT 10 /* times of steps are in units of 2^10 ns … */
#define STEP_ROUND_SHIFT 42 /* … modulo 2^42 ns, 73 minutes */

/* What both endpoints had sent after some steps, and what they have sent by now. */
struct retelling {
	struct tcp_facts facts[SIDE_COUNT], now[SIDE_COUNT];
};

/*
 * An opening step is in the first round of its clock; a closing one is in the last round that `until_ns`, the time of
 * the last exactly timed segment, allows.
 */
static void decode_steps(struct ladder_step *step, const struct flow_step *kept, int count, int client, __u64 until_ns)
{
	for (int i = 0; i < count; i++, step++) {
		__u32 units = (__u32)kept[i].delta_high << 16 | kept[i].delta_low;

		*step = (struct ladder_step){
			.delta_ns = (__u64)units << STEP_UNIT_SHIFT,
			.side = !!(kept[i].remark & STEP_DIR) == client ? SIDE_CLIENT : SIDE_SERVER,
			.flags = kept[i].flags,
			.payload = kept[i].remark & STEP_PAYLOAD ? PAYLOAD_SOME : 0,
			.remark = kept[i].remark & STEP_REMARK_MASK,
		};
		if (until_ns > step->delta_ns)
			step->delta_ns += (until_ns - step->delta_ns) >> STEP_ROUND_SHIFT << STEP_ROUND_SHIFT;
	}
}

/* Did the tracker accept the step? A segment that acknowledges something unseen is accepted apart from its ACK. */
static bool believed(const struct ladder_step *step)
{
	switch (step->remark) {
	case REMARK_NONE:
	case REMARK_RETRANSMIT:
	case REMARK_ACK_UNSEEN:
	case REMARK_REORDERED:
	case REMARK_RST_REFUTED:
	case REMARK_FIN_REFUTED:
		return true;
	default:
		return false;
	}
}

/*
 * Does this ACK cover the peer's FIN? Exact if the number of the FIN was kept; otherwise it is only known that some ACK
 * did.
 */
static bool acks_fin(const struct retelling *tale, const struct ladder_step *step)
{
	const struct tcp_facts *me = &tale->now[step->side], *peer = &tale->now[!step->side];

	if ((step->flags & SEGMENT_FIN) && step->remark != REMARK_RETRANSMIT)
		return closed_passively(me, peer);
	return acked_fin(me, peer);
}

static void learn_ack(struct retelling *tale, const struct ladder_step *step)
{
	struct tcp_facts *me = &tale->facts[step->side];
	const struct tcp_facts *peer = &tale->facts[!step->side];

	if (!(step->flags & SEGMENT_SYN))
		me->bits |= tale->now[step->side].bits & FACT_PROOF;
	if ((peer->bits & (FACT_SYN | FACT_INFERRED)) ||
	    acked_syn(&tale->now[step->side], &tale->now[!step->side])) /* the SYN was seen later */
		me->bits |= FACT_ACKED_SYN;
	if ((peer->bits & FACT_FIN) && acks_fin(tale, step))
		me->bits |= FACT_ACKED_FIN;
}

static void learn_step(struct retelling *tale, const struct ladder_step *step)
{
	struct tcp_facts *me = &tale->facts[step->side];

	if (!believed(step))
		return;
	if (step->flags & SEGMENT_RST) { /* unless it was refuted later */
		me->bits |= tale->now[step->side].bits & FACT_RST;
		return;
	}
	if (step->flags & SEGMENT_SYN)
		me->bits |= FACT_SYN;
	if (step->flags & SEGMENT_FIN)
		me->bits |= tale->now[step->side].bits & FACT_FIN;
	if ((step->flags & SEGMENT_ACK) && step->remark != REMARK_ACK_UNSEEN)
		learn_ack(tale, step);
}

/* Rule 21: a FIN that does not count by now is left out, and one that does counts at its segment. */
static void settle_fins(struct retelling *tale)
{
	bool counts[SIDE_COUNT];

	for (int side = 0; side < SIDE_COUNT; side++)
		counts[side] = fin_counts(&tale->now[side], &tale->now[!side]);
	for (int side = 0; side < SIDE_COUNT; side++) {
		struct tcp_facts *peer = &tale->facts[!side];

		if (counts[side])
			peer->next_seq = seq_max(peer->next_seq, tale->now[side].fin_ack);
		else
			tale->now[side].bits &= ~FACT_FIN;
	}
}

/* The facts before the first segment: those assumed for a flow that was not seen from its beginning. */
static struct retelling begin_tale(const struct flow_record *record, int client, const struct ladder_step *first)
{
	struct retelling tale;

	for (int side = 0; side < SIDE_COUNT; side++) {
		int dir = side == SIDE_CLIENT ? client : !client;

		tale.now[side] = tcp_facts(&record->hot.dir[dir], &record->cold.dir[dir]);
		tale.facts[side] = tale.now[side];
		tale.facts[side].bits = 0;
		if ((record->cold.flags & FLOW_ORIGIN_MASK) == ORIGIN_MIDSTREAM)
			tale.facts[side].bits = FACT_INFERRED | FACT_ACKED_SYN;
	}
	settle_fins(&tale);
	if (first->side == SIDE_SERVER && (first->flags & SEGMENT_SYN)) /* then the client must have sent a SYN, too */
		tale.facts[SIDE_CLIENT].bits = FACT_INFERRED;
	return tale;
}

/* Steps that were not kept have opened the connection. */
static void learn_opening(struct retelling *tale)
{
	for (int side = 0; side < SIDE_COUNT; side++)
		tale->facts[side].bits |= tale->now[side].bits & (FACT_SYN | FACT_ACKED_SYN | FACT_PROOF);
}

static void tell_states(struct ladder_step *step, int opening, int closing, bool more, struct retelling *tale)
{
	for (int i = 0; i < opening + closing; i++, step++) {
		if (i == opening && more)
			learn_opening(tale);
		learn_step(tale, step);
		step->state[SIDE_CLIENT] = tcp_state(&tale->facts[SIDE_CLIENT], &tale->facts[SIDE_SERVER], 0);
		step->state[SIDE_SERVER] = tcp_state(&tale->facts[SIDE_SERVER], &tale->facts[SIDE_CLIENT], 0);
	}
}

/* If an incarnation began with the answer to its SYN (rule 13), the SYN was not kept as a step, but is known. */
static int remembered_syn(struct ladder_step *step, const struct flow_record *record, const struct ladder_step *kept,
			  int count)
{
	if ((record->cold.flags & FLOW_ORIGIN_MASK) != ORIGIN_HANDSHAKE || !count)
		return 0;
	for (int i = 0; i < count; i++)
		if (kept[i].side == SIDE_CLIENT && (kept[i].flags & SEGMENT_SYN))
			return 0;
	*step = (struct ladder_step){ .side = SIDE_CLIENT, .flags = SEGMENT_SYN };
	return 1;
}

static int steps_kept(__u32 claimed, int room)
{
	return (int)claimed < room ? (int)claimed : room;
}

static __u64 segments(const struct flow_record *record)
{
	__u64 sum = 0;

	for (int i = 0; i < FLOW_DIRS; i++)
		sum += dir_packets(&record->hot.dir[i], &record->cold.dir[i]);
	return sum;
}

void ladder_of_record(struct ladder *ladder, struct ladder_step *steps, const struct flow_record *record)
{
	__u32 flags = record->cold.flags;
	int opening = steps_kept((flags >> FLOW_OPENING_SHIFT) & FLOW_STEPS_MASK, FLOW_OPENING_STEPS);
	int closing = steps_kept((flags >> FLOW_CLOSING_SHIFT) & FLOW_STEPS_MASK, FLOW_CLOSING_STEPS);
	int client = flow_client_dir(record), before;
	struct retelling tale;
	__u64 first = flow_first_seen(&record->cold), last = record->cold.last_exact_ns, all = segments(record);

	decode_steps(steps + 1, record->cold.opening, opening, client, 0);
	decode_steps(steps + 1 + opening, record->cold.closing, closing, client,
		     first && last > first ? last - first : 0);
	before = remembered_syn(steps, record, steps + 1, opening + closing);
	steps += !before;
	*ladder = (struct ladder){ .step = steps, .count = before + opening + closing, .gap = before + opening };
	if (!ladder->count)
		return;
	tale = begin_tale(record, client, steps);
	tell_states(steps, before + opening, closing, opening == FLOW_OPENING_STEPS, &tale);
	for (int side = 0; side < SIDE_COUNT; side++)
		if (record->cold.open_flags[side == SIDE_CLIENT ? client : !client] & OPEN_FIN)
			tale.now[side].bits &= ~FACT_FIN;
	ladder_number_steps(steps, ladder->count, tale.now, before);
	ladder->missing = all > ladder->count ? all - ladder->count : 0;
	ladder->gap_at_end = closing == FLOW_CLOSING_STEPS;
}
