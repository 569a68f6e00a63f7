// SPDX-License-Identifier: GPL-2.0-only
#include "flow/ladder_numbers.h"

#include "synscope/segment.h"

struct numbering {
	struct ladder_step *steps;
	size_t count;
	const struct tcp_facts *facts; /* by side */
	__u32 next[SIDE_COUNT]; /* what the side sends next, … */
	bool next_known[SIDE_COUNT]; /* … as long as all of its segments are steps without data */
	bool fin_passed[SIDE_COUNT]; /* the FIN that the facts tell of */
};

static bool is_resent(const struct ladder_step *step)
{
	return step->remark == REMARK_RETRANSMIT || step->remark == REMARK_REORDERED;
}

static void set_seq(struct ladder_step *step, __u32 seq)
{
	step->seq = seq;
	step->seq_known = true;
}

static void set_ack(struct ladder_step *step, __u32 ack)
{
	step->ack = ack;
	step->ack_known = true;
}

/*
 * Was a segment of that kind sent, other than the one at `at`, that counts as no repetition? Looks from step `from` on.
 */
static bool sent_another(const struct numbering *numbering, size_t from, size_t at, __u8 flag)
{
	const struct ladder_step *steps = numbering->steps;

	for (size_t i = from; i < numbering->count; i++)
		if (i != at && steps[i].side == steps[at].side && (steps[i].flags & flag) &&
		    steps[i].remark == REMARK_NONE)
			return true;
	return false;
}

/* A SYN/ACK may be replaced by one with another number (rule 1): the record has that of the last one. */
static void number_syn(struct numbering *numbering, size_t at)
{
	struct ladder_step *step = &numbering->steps[at];
	const struct tcp_facts *me = &numbering->facts[step->side];

	if (!(me->bits & FACT_SYN) || (step->remark != REMARK_NONE && !is_resent(step)) ||
	    sent_another(numbering, at, at, SEGMENT_SYN))
		return;
	set_seq(step, me->isn);
	if ((step->flags & SEGMENT_ACK) && numbering->next_known[!step->side])
		set_ack(step, numbering->next[!step->side]);
	numbering->next[step->side] = me->isn + 1;
	numbering->next_known[step->side] = !step->payload;
}

/*
 * The FIN whose numbers the record keeps. Of several, which have other numbers, it is not known which one that is
 * (rules 14a and 19a).
 */
static void number_fin(struct numbering *numbering, size_t at)
{
	struct ladder_step *step = &numbering->steps[at];
	const struct tcp_facts *me = &numbering->facts[step->side];

	if (!(me->bits & FACT_FIN) || step->remark != REMARK_NONE || sent_another(numbering, 0, at, SEGMENT_FIN))
		return;
	numbering->fin_passed[step->side] = true;
	if (!step->payload)
		set_seq(step, me->fin_seq);
	set_ack(step, me->fin_ack);
}

/*
 * Is it the ACK of the other end's FIN? Only of the last step of an end this is certain: an earlier one may have
 * covered no more than the data before the FIN.
 */
static bool covers_fin(const struct numbering *numbering, size_t at)
{
	const struct ladder_step *steps = numbering->steps;
	enum flow_side side = steps[at].side;

	for (size_t i = at + 1; i < numbering->count; i++)
		if (steps[i].side == side)
			return false;
	return numbering->fin_passed[!side] && acked_fin(&numbering->facts[side], &numbering->facts[!side]);
}

static void number_ack(struct numbering *numbering, size_t at)
{
	struct ladder_step *step = &numbering->steps[at];
	bool opens =
		step->state[SIDE_CLIENT] == STATE_ESTABLISHED && at && step[-1].state[SIDE_CLIENT] == STATE_SYN_SENT;

	if (step->remark != REMARK_NONE || step->payload)
		return;
	if (opens && numbering->next_known[step->side] && numbering->next_known[!step->side]) {
		set_seq(step, numbering->next[step->side]);
		set_ack(step, numbering->next[!step->side]);
	} else if (covers_fin(numbering, at)) {
		set_ack(step, numbering->facts[!step->side].fin_seq + 1);
		if (numbering->fin_passed[step->side])
			set_seq(step, numbering->facts[step->side].fin_seq + 1);
	}
}

void ladder_number_steps(struct ladder_step *steps, size_t count, const struct tcp_facts *facts, bool remembered)
{
	struct numbering numbering = { .steps = steps, .count = count, .facts = facts };

	for (size_t i = 0; i < count; i++) {
		struct ladder_step *step = &steps[i];

		step->isn = facts[step->side].isn;
		step->peer_isn = facts[!step->side].isn;
		if (step->flags & SEGMENT_SYN) {
			number_syn(&numbering, i);
			numbering.next_known[step->side] &= i || !remembered;
			continue;
		}
		if (step->flags & SEGMENT_FIN)
			number_fin(&numbering, i);
		else if ((step->flags & (SEGMENT_ACK | SEGMENT_RST)) == SEGMENT_ACK)
			number_ack(&numbering, i);
		numbering.next_known[step->side] = false;
	}
}
