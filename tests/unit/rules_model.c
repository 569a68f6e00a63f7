// SPDX-License-Identifier: GPL-2.0-only
#include "rules_model.h"

#include <stddef.h>

#define WINDOW 100 /* all segments offer it, without scaling */
#define SLACK 65536
#define UNSEEN_SCALE 14
#define DATAGRAM 65536 /* numbers that a datagram takes, at most */

/* ---- section 3 ------------------------------------------------------------------------------------------- */

static bool is_reset(const struct model *model)
{
	return model->end[0].rst || model->end[1].rst;
}

/* Rule 19a: a RST stands, and may be refuted yet. */
static bool is_quiet(const struct model *model)
{
	return is_reset(model) && !model_fins_acked(&model->end[0], &model->end[1]) && !model->expired;
}

/* Rule 2: it was seen, but has said nothing that fits the other end's SYN. */
static bool unbelieved(const struct model_end *x)
{
	return x->late && !x->syn && !x->inferred && !x->heard && !x->proof;
}

static void keep_unbelieved(struct model *model, const struct model_segment *seg)
{
	struct model_end *x = &model->end[MODEL_SENDER];

	if (model_sent_syn(x, &model->end[MODEL_RECEIVER]))
		return;
	x->late = true;
	x->late_ack = seg->ack;
}

static __u32 end_of(const struct model_segment *seg)
{
	return seg->seq + seg->payload +
	       (seg->kind == MODEL_SYN || seg->kind == MODEL_SYNACK || seg->kind == MODEL_FIN);
}

static __u32 higher(__u32 a, __u32 b)
{
	return beyond(b, a) ? b : a;
}

static void learn_syn(struct model *model, const struct model_segment *seg)
{
	struct model_end *x = &model->end[MODEL_SENDER];
	bool keeps_numbers = x->syn ? x->isn == seg->seq : x->heard || x->inferred;

	x->next_seq = keeps_numbers ? higher(x->next_seq, end_of(seg)) : end_of(seg);
	x->isn = seg->seq;
	x->syn = x->heard = true;
	x->inferred = false;
	x->tsval = seg->tsval;
	x->tsval_known = seg->tsval_valid;
}

static void learn_synack(struct model *model, const struct model_segment *seg)
{
	struct model_end *x = &model->end[MODEL_SENDER];

	x->acked_syn = x->acked = true;
	x->max_ack = seg->ack;
}

/* A row of a table: the first that applies decides. */
struct row {
	bool applies;
	const char *rule;
	enum model_fate fate;
	enum { LEARN_NOT, LEARN_SYN, LEARN_SYNACK_ACK, LEARN_BOTH, AGAIN, REMEMBER } then;
};

static struct model_answer decide(struct model *model, const struct model_segment *seg, const struct row *row)
{
	struct model_end *x = &model->end[MODEL_SENDER];
	struct model_answer answer;

	while (!row->applies)
		row++;
	answer = (struct model_answer){ .rule = row->rule, .fate = row->fate };
	answer.again = row->then == AGAIN;
	answer.remember = row->then == REMEMBER;
	if (row->then == LEARN_SYN || row->then == LEARN_BOTH)
		learn_syn(model, seg);
	if (row->then == LEARN_SYNACK_ACK || row->then == LEARN_BOTH)
		learn_synack(model, seg);
	if (row->then == AGAIN) {
		if (!model_acked_syn(&model->end[MODEL_RECEIVER], x))
			x->tsval = seg->tsval;
		x->next_seq = higher(x->next_seq, end_of(seg));
	}
	return answer;
}

static struct model_answer judge_syn(struct model *model, const struct model_segment *seg)
{
	const struct model_end *x = &model->end[MODEL_SENDER], *p = &model->end[MODEL_RECEIVER];
	bool same = x->syn && x->isn == seg->seq, answered = model_acked_syn(p, x), time_wait = model_is_done(x, p);
	bool newer = !x->heard || beyond(seg->seq, x->next_seq) ||
		     (seg->tsval_valid && x->tsval_known && beyond(seg->tsval, x->tsval));
	bool from_synack = x->inferred && !p->inferred;
	bool fits = within(x->isn + 1, seg->seq, end_of(seg)); /* the SYN/ACK acknowledged this number */
	const struct row table[] = {
		{ model->copy, "31", FATE_DUPLICATE, LEARN_NOT },
		{ model->expired, "19b", FATE_NEW_SYN, LEARN_NOT },
		{ is_reset(model), "16", FATE_NEW_SYN, LEARN_NOT },
		{ time_wait && newer, "15", FATE_NEW_SYN, LEARN_NOT },
		{ time_wait, "15", FATE_CHALLENGE_SYN, REMEMBER },
		{ same && !x->acked_syn, "1", FATE_LEARNT, AGAIN },
		{ same, "13", FATE_CHALLENGE_SYN, LEARN_NOT },
		{ x->syn && !answered, "10", FATE_NEW_SYN, LEARN_NOT },
		{ x->syn, "13", FATE_CHALLENGE_SYN, REMEMBER },
		{ from_synack && fits, "8", FATE_LEARNT, LEARN_SYN },
		{ from_synack && !model_acked_syn(x, p), "8", FATE_NEW_SYN, LEARN_NOT },
		{ from_synack, "13", FATE_CHALLENGE_SYN, REMEMBER },
		{ x->inferred || (x->heard && model_proven(x, p)), "13", FATE_CHALLENGE_SYN, REMEMBER },
		{ true, "7", FATE_LEARNT, LEARN_SYN },
	};

	return decide(model, seg, table);
}

static struct model_answer judge_synack(struct model *model, const struct model_segment *seg)
{
	struct model_end *x = &model->end[MODEL_SENDER];
	const struct model_end *p = &model->end[MODEL_RECEIVER];
	bool midstream = x->inferred && p->inferred, quiet = is_quiet(model), first = unbelieved(x);
	bool answers_remembered = model->remembered && within(seg->ack, model->remembered_isn,
							      model->remembered_isn + 1 + model->remembered_payload);
	bool answers = (p->syn || p->inferred) && within(seg->ack, p->isn, p->next_seq);
	bool same = x->syn && x->isn == seg->seq;
	bool repeats = quiet && answers && !midstream && (same || !x->syn); /* rule 19a */
	bool closed = (is_reset(model) && !repeats) || model_is_done(x, p);
	const struct row table[] = {
		{ model->copy, "31", FATE_DUPLICATE, LEARN_NOT },
		{ model->expired, "19b", FATE_NEW_SYNACK, LEARN_NOT },
		{ closed && answers_remembered, "13", FATE_NEW_REMEMBERED, LEARN_NOT },
		{ closed, "16", FATE_BAD_ACK, LEARN_NOT },
		{ !same && answers_remembered, "13", FATE_NEW_REMEMBERED, LEARN_NOT },
		{ midstream && x->heard, "13", FATE_CHALLENGE_SYN, LEARN_NOT },
		{ !midstream && !answers && p->inferred && !p->heard, "11", FATE_NEW_SYNACK, LEARN_NOT },
		{ !midstream && !answers, "2", FATE_BAD_ACK, LEARN_NOT },
		{ same && x->acked_syn, "1", FATE_LEARNT, AGAIN },
		{ same && model->sender_is_client, "7", FATE_LEARNT, LEARN_SYNACK_ACK },
		{ same, "7", FATE_LEARNT, LEARN_BOTH },
		{ x->syn && model_acked_syn(p, x), "1", FATE_CHALLENGE_SYN, LEARN_NOT },
		{ true, "1", FATE_LEARNT, LEARN_BOTH },
	};
	struct model_answer answer = decide(model, seg, table);

	if (answer.fate == FATE_BAD_ACK && !closed)
		keep_unbelieved(model, seg);
	if (answer.fate == FATE_LEARNT && first)
		x->late_ack = seg->ack;
	if (repeats && answer.fate == FATE_LEARNT)
		x->synack_after_rst = true;
	return answer;
}

/* Rule 19a: what counts from now on when the sender's RST is to be refuted. Its hole is forgotten. */
static void mark_reset(struct model_end *x, const struct model_end *p)
{
	if (!x->rst) {
		x->reset.spoke = x->heard || x->inferred;
		x->reset.late = p->late;
	}
	x->reset.next_seq = x->next_seq;
	x->reset.peer_next_seq = !p->heard && x->acked ? x->max_ack : p->next_seq;
	x->hole_from = x->hole_to = 0;
}

static struct model_answer judge_rst(struct model *model, const struct model_segment *seg)
{
	struct model_end *x = &model->end[MODEL_SENDER], *p = &model->end[MODEL_RECEIVER];
	bool time_wait = model_is_done(x, p);
	bool expected = (p->acked && seg->seq == p->max_ack) || ((x->heard || x->inferred) && seg->seq == x->next_seq);
	bool quiet = is_quiet(model), late = p->late && seg->seq == p->late_ack && model_acked_syn(x, p);
	struct model_end x_live = *x, p_live = *p;
	enum tcp_state state = (x_live.rst = p_live.rst = false, model_state(&p_live, &x_live));
	bool closing = state == STATE_CLOSE_WAIT || state == STATE_LAST_ACK || state == STATE_CLOSING;
	bool fin_again = x->fin && seg->seq == x->fin_seq && closing && model_acked_fin(p, x);
	bool own_syn = x->syn && !model_sent_syn(p, x);
	bool p_syn_sent = !quiet && model_sent_syn(p, x) && !model_acked_syn(p, x);
	bool acks = seg->ack_valid && p->syn && within(seg->ack, p->isn, p->next_seq);
	const struct row table[] = {
		{ model->expired, "19b", FATE_NO_FLOW, LEARN_NOT },
		{ is_reset(model) && !quiet, "16", FATE_NOTHING, LEARN_NOT },
		{ unbelieved(p) && seg->seq == p->late_ack, "2", quiet ? FATE_NOTHING : FATE_BAD_RST, LEARN_NOT },
		{ own_syn && (seg->seq == x->isn || seg->seq == x->isn + 1), "18", FATE_LEARNT, LEARN_NOT },
		{ !own_syn && p_syn_sent && acks, "17", FATE_LEARNT, LEARN_NOT },
		{ !own_syn && p_syn_sent && !model_sent_syn(x, p), "17", FATE_BAD_RST, LEARN_NOT },
		{ expected, time_wait ? "19" : "18", FATE_LEARNT, LEARN_NOT },
		{ fin_again, "18", FATE_LEARNT, LEARN_NOT },
		{ late && model_acked_syn(p, x), "18", FATE_LEARNT, LEARN_NOT },
		{ quiet, "19a", FATE_NOTHING, LEARN_NOT },
		{ true, "18", FATE_BAD_RST, LEARN_NOT },
	};
	struct model_answer answer = decide(model, seg, table);

	answer.refused = answer.fate == FATE_LEARNT && !is_reset(model) && !model->sender_is_client &&
			 !model_sent_syn(x, p); /* rule 4 */
	if (answer.fate == FATE_LEARNT)
		mark_reset(x, p);
	x->rst |= answer.fate == FATE_LEARNT;
	return answer;
}

/* Rule 21: the observer has missed what one side said. */
static bool half_blind(const struct model_end *x, const struct model_end *p)
{
	return x->inferred || p->inferred || model_proven(x, p);
}

/* Rule 21a. */
static bool plausible(const struct model_end *x, const struct model_end *p, const struct model_segment *seg)
{
	__s32 slack = (x->syn && p->syn ? WINDOW : WINDOW << UNSEEN_SCALE) + SLACK;
	bool known = x->heard || x->inferred;
	__u32 low = p->acked ? p->max_ack : x->next_seq, high = known ? higher(low, x->next_seq) : low;
	bool near = (__s32)(low - end_of(seg)) <= slack && (__s32)(seg->seq - high) <= slack;
	bool heals = p->late && !beyond(p->late_ack, end_of(seg)) && (__s32)(seg->seq - p->late_ack) <= slack &&
		     (__s32)(p->next_seq - seg->ack) <= slack && !beyond(seg->ack, p->next_seq);

	return (!known && !p->acked) || near || heals;
}

/* Rules 3, 11 and 21: the acknowledgement number. False: nothing else of the segment is learnt. */
static bool learn_ack_number(struct model *model, const struct model_segment *seg, struct model_answer *answer)
{
	struct model_end *x = &model->end[MODEL_SENDER], *p = &model->end[MODEL_RECEIVER];
	bool completes = !model_acked_syn(x, p), unseen = beyond(seg->ack, p->next_seq);
	bool blind = half_blind(x, p) || (completes && !p->syn);
	bool dropped = p->acked && beyond(p->max_ack, end_of(seg));
	bool fails =
		completes && p->syn && !within(seg->ack, p->isn, p->next_seq) && !(blind && beyond(seg->ack, p->isn));

	if (completes && unbelieved(p)) {
		answer->rule = "2";
		answer->ack_unseen = x->late = true;
		x->late_ack = seg->ack;
		return false;
	}
	if (fails && !unseen) {
		answer->fate = is_quiet(model) ? FATE_NOTHING : FATE_BAD_ACK;
		return false;
	}
	x->acked_syn |= !completes && model_acked_syn(x, p) && !model_proven(x, p);
	x->acked_fin |= !completes && model_acked_fin(x, p);
	if (!completes && dropped && (unseen || (p->fin && beyond(seg->ack, p->fin_seq)))) {
		answer->rule = "11";
		answer->ack_dropped = true;
		return true;
	}
	if (fails || (unseen && !blind)) {
		answer->ack_unseen = x->late = true;
		x->late_ack = seg->ack;
		answer->rule = "21";
	} else {
		x->max_ack = x->acked ? higher(x->max_ack, seg->ack) : seg->ack;
		x->acked = true;
	}
	if (fails)
		return false;
	if (completes && !p->syn) { /* rule 11 */
		x->proof = x->late = true;
		x->late_ack = seg->ack;
	} else if (completes) {
		x->acked_syn = true;
	} else {
		x->proof |= !p->syn && !p->heard && !model_acked_syn(p, x); /* rule 11 */
		x->acked_syn |= model_acked_syn(x, p) && !model_proven(x, p);
		x->acked_fin |= model_acked_fin(x, p);
	}
	return true;
}

/* Only sequence space that was sent before, and no keepalive (rule 12, section 9). */
static bool is_sent_again(const struct model_end *x, const struct model_end *p, const struct model_segment *seg)
{
	bool keepalive = seg->kind == MODEL_ACK && seg->payload <= 1 && seg->seq + 1 == x->next_seq &&
			 (!p->acked || beyond(p->max_ack, seg->seq));

	return end_of(seg) != seg->seq && x->heard && !beyond(end_of(seg), x->next_seq) && !keepalive;
}

/* Rule 32: does it carry any byte of the hole? */
static bool fills(const struct model_end *x, const struct model_segment *seg)
{
	bool any = false;

	for (__u32 i = 0; i < seg->payload && x->hole_from != x->hole_to; i++)
		any |= within(seg->seq + i + 1, x->hole_from, x->hole_to);
	return any;
}

/* Sent again, or late? And what is left of the hole. */
static void judge_old(struct model_end *x, const struct model_end *p, const struct model_segment *seg,
		      struct model_answer *answer)
{
	__u32 end = seg->seq + seg->payload;

	if (!fills(x, seg)) {
		answer->retransmit = is_sent_again(x, p, seg);
		return;
	}
	answer->reordered = !beyond(end_of(seg), x->next_seq);
	if (!beyond(x->hole_to, end) && beyond(seg->seq, x->hole_from))
		x->hole_to = seg->seq;
	else if (beyond(x->hole_to, end))
		x->hole_from = end;
	else
		x->hole_from = x->hole_to = 0;
}

/* The number after a FIN or data; of a first fragment, what the receiver has told by an ACK of what nobody saw. */
static __u32 told_end(const struct model *model, const struct model_segment *seg)
{
	const struct model_end *x = &model->end[MODEL_SENDER], *p = &model->end[MODEL_RECEIVER];
	__u32 told = !p->late ? p->max_ack : p->acked ? higher(p->max_ack, p->late_ack) : p->late_ack;

	if (seg->open && (p->acked || p->late) && beyond(told, x->next_seq) && told - seg->seq <= DATAGRAM)
		return higher(end_of(seg), told);
	return end_of(seg);
}

/* Rules 14, 14a and 25. False: it teaches nothing. */
static bool learn_the_fin(struct model *model, const struct model_segment *seg, bool again, struct model_answer *answer)
{
	struct model_end *x = &model->end[MODEL_SENDER];
	const struct model_end *p = &model->end[MODEL_RECEIVER];
	__u32 end = told_end(model, seg);

	if (again && (!x->open_fin || seg->open))
		return true;
	answer->fin_is_old = p->acked && beyond(p->max_ack, end);
	if (answer->fin_is_old && answer->ack_dropped)
		answer->fate = FATE_NOTHING;
	if (answer->fin_is_old)
		return false;
	if (!again)
		x->fin_ack = seg->ack;
	x->fin_seq = again ? higher(x->fin_seq, end - 1) : end - 1;
	x->fin = true;
	x->open_fin = seg->open && end == end_of(seg);
	return true;
}

static void learn_own_numbers(struct model *model, const struct model_segment *seg, struct model_answer *answer)
{
	struct model_end *x = &model->end[MODEL_SENDER];
	const struct model_end *p = &model->end[MODEL_RECEIVER];
	__u32 end = told_end(model, seg);

	judge_old(x, p, seg, answer);
	if (!x->rst && x->heard && beyond(seg->seq, x->next_seq)) {
		x->hole_from = x->next_seq;
		x->hole_to = seg->seq;
	}
	if (!x->heard && !x->inferred) {
		x->isn = seg->seq;
		x->next_seq = end;
	}
	if (!x->heard && x->inferred && p->acked)
		x->next_seq = p->max_ack;
	x->next_seq = higher(x->next_seq, end);
	x->heard = true;
	if (x->open_fin && seg->payload) {
		x->fin_seq = higher(x->fin_seq, seg->seq + seg->payload);
		x->next_seq = higher(x->next_seq, x->fin_seq + 1);
	}
	if (seg->open) {
		x->open = true;
		x->open_seq = seg->seq;
	}
}

/* Rule 15: timestamps are kept from every segment once either FIN was seen. */
static void keep_tsval(struct model *model, const struct model_segment *seg)
{
	struct model_end *x = &model->end[MODEL_SENDER];

	if (!seg->tsval_valid || !(x->fin || model->end[MODEL_RECEIVER].fin))
		return;
	if (!x->tsval_known || beyond(seg->tsval, x->tsval))
		x->tsval = seg->tsval;
	x->tsval_known = true;
}

/* Rule 19a: near what is known, whatever window was offered; only data may follow on a gap. */
static bool near_after_reset(const struct model_end *x, const struct model_end *p, const struct model_segment *seg)
{
	bool known = x->heard || x->inferred;
	__u32 low = p->acked ? p->max_ack : x->next_seq, next = known ? x->next_seq : low;
	__s32 gap = end_of(seg) == seg->seq ? 0 : SLACK;

	return (known || p->acked) && (__s32)(low - seg->seq) <= SLACK && (__s32)(seg->seq - next) <= gap;
}

static struct model_answer judge_ack(struct model *model, const struct model_segment *seg)
{
	struct model_end *x = &model->end[MODEL_SENDER], *p = &model->end[MODEL_RECEIVER];
	bool fin = seg->kind == MODEL_FIN, again = model_has_closed(x, p), quiet = is_quiet(model);
	bool closed = (is_reset(model) && !(quiet && near_after_reset(x, p, seg))) || model_is_done(x, p);
	bool challenge = !closed && !model->expired && !model_sent_syn(x, p);
	const struct row table[] = {
		{ model->expired, "19b", FATE_NEW_MIDSTREAM, LEARN_NOT },
		{ closed, "16", FATE_NOTHING, LEARN_NOT },
		{ challenge, "2", FATE_NOTHING, LEARN_NOT },
		{ !plausible(x, p, seg), "21a", quiet ? FATE_NOTHING : FATE_BAD_SEQ, LEARN_NOT },
		{ true, "3", FATE_LEARNT, LEARN_NOT },
	};
	struct model_answer answer = decide(model, seg, table);

	if (challenge && !within(seg->ack, p->isn, p->next_seq))
		keep_unbelieved(model, seg);
	if (closed && !model->expired) {
		judge_old(x, p, seg, &answer);
		keep_tsval(model, seg);
	}
	if (answer.fate != FATE_LEARNT || !learn_ack_number(model, seg, &answer))
		return answer;
	if (fin && !learn_the_fin(model, seg, again, &answer))
		return answer;
	learn_own_numbers(model, seg, &answer);
	keep_tsval(model, seg);
	return answer;
}

/* Rule 19a: X's RST, by a segment of P: it acknowledges what X sent only after that. */
static bool is_later_data(const struct model_end *x, __u32 ack, __u32 up_to)
{
	return within(ack, x->reset.spoke ? x->reset.next_seq : x->isn + 1, up_to);
}

/* Rule 19a: withdraws facts that the segment refutes. */
static void refute(struct model *model, const struct model_segment *seg, struct model_answer *answer)
{
	struct model_end *x = &model->end[MODEL_SENDER], *p = &model->end[MODEL_RECEIVER];
	__u32 low = p->acked ? p->max_ack : x->next_seq, end = higher(x->next_seq, end_of(seg));
	bool goes_on =
		(x->heard || x->inferred) && !beyond(low - 1, seg->seq) && !beyond(seg->seq, higher(x->next_seq, low));
	bool accepts = p->synack_after_rst && p->syn && !model_acked_syn(x, p) && within(seg->ack, p->isn, p->next_seq);
	bool own_rst, peers_rst, own_fin, peers_fin;

	if (model->expired || !goes_on || (seg->kind != MODEL_ACK && seg->kind != MODEL_FIN) || model_fins_acked(x, p))
		return;
	own_rst = x->rst && (accepts || (p->heard && within(seg->ack, x->reset.peer_next_seq, p->next_seq)) ||
			     (p->late && !x->reset.late && is_later_data(x, p->late_ack, end)));
	peers_rst = p->rst && (accepts || is_later_data(p, seg->ack, p->next_seq));
	own_fin = x->fin && !x->open_fin && p->late && within(p->late_ack, x->fin_seq + 1, end);
	peers_fin = p->fin && !p->open_fin && within(seg->ack, p->fin_seq + 1, p->next_seq);
	answer->rst_refuted = own_rst || peers_rst;
	answer->fin_refuted = (own_fin || peers_fin) && (model_has_closed(x, p) || model_has_closed(p, x));
	x->rst &= !own_rst;
	p->rst &= !peers_rst;
	x->fin &= !own_fin;
	p->acked_fin &= !own_fin;
	p->fin &= !peers_fin;
	x->acked_fin &= !peers_fin;
}

static struct model_answer judge_kind(struct model *model, const struct model_segment *seg)
{
	switch (seg->kind) {
	case MODEL_SYN:
		return judge_syn(model, seg);
	case MODEL_SYNACK:
		return judge_synack(model, seg);
	case MODEL_RST:
		return judge_rst(model, seg);
	default:
		return judge_ack(model, seg);
	}
}

struct model_answer model_judge(struct model *model, const struct model_segment *seg)
{
	struct model_end *p = &model->end[MODEL_RECEIVER];
	bool has_ack = seg->kind == MODEL_RST ? seg->ack_valid : seg->kind != MODEL_SYN;
	__u32 next_seq = p->next_seq;
	struct model_answer answer, refuted = { 0 };

	if (p->open && has_ack && beyond(seg->ack, next_seq) && seg->ack - p->open_seq <= DATAGRAM)
		p->next_seq = seg->ack; /* rule 25: it tells how far the datagram went */
	refute(model, seg, &refuted);
	answer = judge_kind(model, seg);
	answer.rst_refuted = refuted.rst_refuted;
	answer.fin_refuted = refuted.fin_refuted;
	p->next_seq = next_seq;
	return answer;
}
