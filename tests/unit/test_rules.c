// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf/rules/ on the host, enumerated: from flows that one segment began, every kind of segment is judged in every state
 * to which any of them leads, by the rules and by the tables of rules_model.c. Both have to say the same.
 */
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* clang's, in the headers */
#include <linux/bpf.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "suites.h"
#include "rules_model.h"
#include "rules_flow.h"
#include "base/clock.h"
#include "bpf/rules/expiry.h"
#include "bpf/rules/icmp.h"
#include "bpf/rules/rule.h"

#define KINDS_MAX 256

/* The flows that were found; a hash table of pairs of facts. */
static struct exploration {
	struct flow flow[FLOWS_MAX];
	struct pair pair[FLOWS_MAX];
	__u32 count, pairs;
	struct segment kind[KINDS_MAX];
	int kinds;
	__u64 cases;
	unsigned int fates[FATE_NO_FLOW + 1];
	const char *rules[32]; /* that decided */
	unsigned int ack_unseen, fin_is_old, rst_refuted, fin_refuted, remember, refused, again, retransmit, reordered,
		unreachable;
} * explored;

/* Right before and in the middle of the wrap, and in the middle of the range (rule 20). */
static const __u32 isns[][FLOW_DIRS] = { { 1000, 50000 }, { 0U - 1, 0U - 3 }, { 0U - OTHER - 1, 0x7fffffff } };

/* ---- kinds of segments ---- */

static void add_kind(int dir, __u8 flags, __u32 seq, __u32 ack, __u32 payload, __u32 tsval)
{
	struct segment *seg = &explored->kind[explored->kinds++];

	ck_assert_int_le(explored->kinds, KINDS_MAX);
	*seg = (struct segment){
		.dir = dir,
		.flags = flags,
		.seq = seq,
		.ack = ack,
		.payload = payload,
		.window = WINDOW,
		.wscale = FACTS_WSCALE_NONE,
		.port = { htons(40000), htons(443) },
		.options = tsval ? OPTION_TIMESTAMPS : 0,
		.tsval = tsval,
	};
}

static void add_kinds_of(int dir, const __u32 *isn)
{
	static const __u32 seqs[] = { 1, 2, SCALED, FAR }, acks[] = { 0, 1, 2, UNSEEN }, rsts[] = { 0, 1, 2, UNSEEN };
	__u32 mine = isn[dir], peer = isn[!dir];

	add_kind(dir, SEGMENT_SYN, mine, 0, 0, 0);
	add_kind(dir, SEGMENT_SYN, mine, 0, 1, 0);
	add_kind(dir, SEGMENT_SYN, mine, 0, 0, 10);
	add_kind(dir, SEGMENT_SYN, mine + OTHER, 0, 0, 0);
	add_kind(dir, SEGMENT_SYN, mine - OTHER, 0, 0, 20);
	for (int i = 0; i < 4; i++)
		for (int other = 0; other < 2; other++)
			add_kind(dir, SEGMENT_SYN | SEGMENT_ACK, mine + (other ? OTHER : 0),
				 peer + (i == 3 ? OTHER + 1 : acks[i]), i & other, 0);
	for (int s = 0; s < 4; s++)
		for (int a = 0; a < 4; a++) {
			add_kind(dir, SEGMENT_ACK, mine + seqs[s], peer + acks[a], 0, a == 2 ? 15 : 0);
			add_kind(dir, SEGMENT_ACK, mine + seqs[s], peer + acks[a], 1, 0);
			add_kind(dir, SEGMENT_ACK | SEGMENT_FIN, mine + seqs[s], peer + acks[a], s == 1, 0);
		}
	for (int s = 0; s < 4; s++) {
		add_kind(dir, SEGMENT_RST, mine + rsts[s], peer + 1, 0, 0); /* not valid */
		add_kind(dir, SEGMENT_RST | SEGMENT_ACK, mine + rsts[s], peer + 1, 0, 0);
		add_kind(dir, SEGMENT_RST | SEGMENT_ACK, mine + rsts[s], peer, 0, 0);
	}
}

/* ---- comparing ---- */

static void report(const struct flow *flow, const struct segment *seg, const struct model_answer *answer,
		   const char *what)
{
	for (int i = 0; i < FLOW_DIRS; i++)
		printf("  %d: facts %#x isn %u next_seq %u max_ack %u fin_seq %u fin_ack %u late_ack %u open %#x\n", i,
		       flow->facts[i].bits & FACTS_MASK, flow->facts[i].isn, flow->facts[i].next_seq,
		       flow->facts[i].max_ack, flow->facts[i].fin_seq, flow->facts[i].fin_ack, flow->facts[i].late_ack,
		       flow->open_flags[i]);
	ck_abort_msg("rule %s: %s; the segment from %d: flags %#x seq %u ack %u payload %u", answer->rule, what,
		     seg->dir, seg->flags, seg->seq, seg->ack, seg->payload);
}

static enum model_fate fate_of(const struct ruling *ruling, const struct model_answer *answer)
{
	static const enum model_fate of_verdict[] = {
		[VERDICT_RENEW_SYN] = FATE_NEW_SYN,
		[VERDICT_RENEW_SYNACK] = FATE_NEW_SYNACK,
		[VERDICT_RENEW_MIDSTREAM] = FATE_NEW_MIDSTREAM,
		[VERDICT_RENEW_REMEMBERED] = FATE_NEW_REMEMBERED,
		[VERDICT_IGNORED] = FATE_NO_FLOW,
	};
	static const enum model_fate of_anomaly[] = {
		[ANOMALY_BAD_ACK] = FATE_BAD_ACK,     [ANOMALY_BAD_RST] = FATE_BAD_RST,
		[ANOMALY_BAD_SEQ] = FATE_BAD_SEQ,     [ANOMALY_CHALLENGE_SYN] = FATE_CHALLENGE_SYN,
		[ANOMALY_DUPLICATE] = FATE_DUPLICATE,
	};
	__u16 anomalies = ruling->anomalies;

	if (ruling->verdict != VERDICT_DONE)
		return of_verdict[ruling->verdict];
	anomalies &= ~(1U << ANOMALY_RST_REFUTED | 1U << ANOMALY_FIN_REFUTED); /* compare() looks at them */
	if (answer->ack_unseen)
		anomalies &= ~(1U << ANOMALY_ACK_UNSEEN);
	if (answer->fin_is_old)
		anomalies &= ~(1U << ANOMALY_BAD_SEQ);
	if (answer->reordered)
		anomalies &= ~(1U << ANOMALY_REORDERED);
	for (int kind = 0; kind < ANOMALY_COUNT; kind++)
		if (anomalies == 1U << kind)
			return of_anomaly[kind];
	return ruling->effects & (EFFECT_NUMBERS | EFFECT_SYN_AGAIN) ? FATE_LEARNT : FATE_NOTHING;
}

static bool same_reset(const struct model_end *a, const struct model_end *b)
{
	return a->reset.spoke == b->reset.spoke && a->reset.late == b->reset.late &&
	       a->reset.next_seq == b->reset.next_seq && a->reset.peer_next_seq == b->reset.peer_next_seq;
}

static bool same_end(const struct model_end *a, const struct model_end *b)
{
	return a->syn == b->syn && a->inferred == b->inferred && a->fin == b->fin && a->rst == b->rst &&
	       a->late == b->late && a->heard == b->heard && a->acked == b->acked && a->isn == b->isn &&
	       a->proof == b->proof && a->acked_fin == b->acked_fin && a->acked_syn == b->acked_syn &&
	       a->next_seq == b->next_seq && (!a->acked || a->max_ack == b->max_ack) &&
	       (!a->fin || (a->fin_seq == b->fin_seq && a->fin_ack == b->fin_ack)) &&
	       (!a->late || a->late_ack == b->late_ack) && a->open == b->open && a->open_fin == b->open_fin &&
	       (!a->open || a->open_seq == b->open_seq) && a->synack_after_rst == b->synack_after_rst &&
	       (a->rst ? same_reset(a, b) : a->hole_from == b->hole_from && a->hole_to == b->hole_to) &&
	       a->tsval_known == b->tsval_known && (!a->tsval_known || a->tsval == b->tsval);
}

static void compare(const struct flow *was, const struct flow *is, const struct segment *seg,
		    const struct ruling *ruling, const struct model *model, const struct model_answer *answer)
{
	const struct tcp_facts *me = &is->facts[seg->dir], *peer = &is->facts[!seg->dir];
	const struct model_end mine = flow_end(is, seg->dir), *x = &model->end[MODEL_SENDER];
	const struct model_end *p = &model->end[MODEL_RECEIVER];

	const struct model_end theirs = flow_end(is, !seg->dir);

	if (!same_end(&mine, x))
		report(was, seg, answer, "other facts");
	if (!same_end(&theirs, p))
		report(was, seg, answer, "other facts of the receiver");
	if (!!(ruling->anomalies & 1U << ANOMALY_RST_REFUTED) != answer->rst_refuted ||
	    !!(ruling->anomalies & 1U << ANOMALY_FIN_REFUTED) != answer->fin_refuted)
		report(was, seg, answer, "refuted, or not");
	if (tcp_state(me, peer, 0) != model_state(x, p) || tcp_state(peer, me, 0) != model_state(p, x))
		report(was, seg, answer, "other states");
	if (!!(ruling->effects & EFFECT_REMEMBER) != answer->remember)
		report(was, seg, answer, "remembered, or not");
	if (!!(ruling->effects & EFFECT_REFUSED) != answer->refused)
		report(was, seg, answer, "refused, or not");
	if (!!(ruling->effects & EFFECT_SYN_AGAIN) != answer->again ||
	    !!(ruling->effects & EFFECT_RETRANSMIT) != answer->retransmit)
		report(was, seg, answer, "sent again, or not");
	if (!!(ruling->anomalies & 1U << ANOMALY_REORDERED) != answer->reordered)
		report(was, seg, answer, "late, or not");
	if (acked_syn(me, peer) != model_acked_syn(x, p) || acked_fin(me, peer) != model_acked_fin(x, p))
		report(was, seg, answer, "acknowledged, or not");
}

/* ---- exploring ---- */

/* The entry of the flow's facts, which are in it from now on. */
static struct pair *pair_of(const struct flow *flow)
{
	const __u32 bits[] = { flow->facts[0].bits & FACTS_MASK, flow->facts[1].bits & FACTS_MASK };
	const __u32 other = flow->remembered_flags | flow->open_flags[0] << 8 | flow->open_flags[1] << 16;
	__u32 at = (bits[0] * 0x9e3779b1U ^ bits[1] * 0x85ebca6bU ^ other * 0x27d4eb2fU) * 0xc2b2ae35U;

	for (at >>= 16;; at++) {
		struct pair *pair = &explored->pair[at % FLOWS_MAX];

		if (!pair->flow[0]) {
			if (++explored->pairs > FLOWS_MAX / 2)
				ck_abort_msg("more than %u pairs of facts", FLOWS_MAX / 2);
			*pair = (struct pair){ { bits[0], bits[1] }, other, { 0 } };
			return pair;
		}
		if (pair->bits[0] == bits[0] && pair->bits[1] == bits[1] && pair->other == other)
			return pair;
	}
}

/* Adds a flow to those that are to be looked at, unless it is, or enough that differ in their numbers alone. */
static void add_flow(const struct flow *flow)
{
	struct pair *pair = pair_of(flow);

	for (int i = 0; i < VARIANTS; i++) {
		if (!pair->flow[i]) {
			if (explored->count == FLOWS_MAX)
				ck_abort_msg("more than %u flows", FLOWS_MAX);
			explored->flow[explored->count] = *flow;
			pair->flow[i] = ++explored->count;
			return;
		}
		if (memcmp(&explored->flow[pair->flow[i] - 1], flow, sizeof(*flow)) == 0)
			return;
	}
}

static void note(const struct model_answer *answer)
{
	const char **rule = explored->rules;

	while (*rule && *rule != answer->rule)
		rule++;
	*rule = answer->rule;
	explored->cases++;
	explored->fates[answer->fate]++;
	explored->ack_unseen += answer->ack_unseen;
	explored->fin_is_old += answer->fin_is_old;
	explored->rst_refuted += answer->rst_refuted;
	explored->fin_refuted += answer->fin_refuted;
	explored->remember += answer->remember;
	explored->refused += answer->refused;
	explored->again += answer->again;
	explored->retransmit += answer->retransmit;
	explored->reordered += answer->reordered;
}

static void judge(const struct flow *flow, const struct segment *seg, bool expired, bool copy)
{
	const struct model_segment model_seg = flow_segment(seg);
	struct ruling ruling;
	struct known known = flow_asked(flow, seg, expired, copy, &ruling.me);
	struct model model = flow_model(flow, seg, expired, copy);
	struct model_answer answer = model_judge(&model, &model_seg);
	struct flow next = *flow;

	rule(seg, &known, &ruling);
	note(&answer);
	if (fate_of(&ruling, &answer) != answer.fate)
		report(flow, seg, &answer, "another fate");
	if (ruling.verdict == VERDICT_DONE) {
		flow_apply(&next, seg, &ruling, known.memory.hindsight);
		compare(flow, &next, seg, &ruling, &model, &answer);
		add_flow(&next);
	} else if (ruling.verdict == VERDICT_RENEW_REMEMBERED) {
		next = flow_begin(seg, ruling.verdict, flow);
		add_flow(&next);
	}
}

/* Rule 28: a SYN has had no answer if its sender is in SYN_SENT, but for its own RST, and the other end in LISTEN. */
static void quote(const struct flow *flow, const struct segment *seg)
{
	const struct tcp_facts *peer = &flow->facts[!seg->dir];
	struct tcp_facts me = flow->facts[seg->dir];
	bool expected = rule_unreachable(seg, &me, peer);

	me.bits &= ~FACT_RST;
	if (expected != (tcp_state(&me, peer, 0) == STATE_SYN_SENT && tcp_state(peer, &me, 0) == STATE_LISTEN &&
			 !(peer->bits & FACT_SEQ) && (me.bits & FACT_SYN) && me.isn == seg->seq))
		report(flow, seg, &(struct model_answer){ .rule = "28" }, "unreachable, or not");
	explored->unreachable += expected;
}

/* Section 6, by the hot line: the same, but for late ACKs and ends that are not known, which are in cold. */
static void time_out(const struct flow *flow)
{
	const struct tcp_facts *a = &flow->facts[0], *b = &flow->facts[1];
	const struct hot_side hot_a = { a->bits, a->next_seq, a->max_ack },
			      hot_b = { b->bits, b->next_seq, b->max_ack };

	if (!((a->bits | b->bits) & FACT_LATE_ACK) && !flow->open_flags[0] && !flow->open_flags[1] &&
	    hot_timeout(&hot_a, &hot_b) != flow_timeout(a, b))
		report(flow, &explored->kind[0], &(struct model_answer){ .rule = "section 6" }, "another timeout");
}

static void explore(const __u32 *isn)
{
	add_kinds_of(0, isn);
	add_kinds_of(1, isn);
	for (int fin = 0; fin < 2; fin++) { /* first fragments, of one end (rule 25) */
		add_kind(1, SEGMENT_ACK | (fin ? SEGMENT_FIN : 0), isn[1] + 1, isn[0] + 1, 0, 0);
		explored->kind[explored->kinds - 1].open_end = 1;
	}
	for (int i = 0; i < explored->kinds; i++) {
		enum verdict verdict = what_begins(&explored->kind[i]);

		if (verdict != VERDICT_IGNORED) {
			struct flow flow = flow_begin(&explored->kind[i], verdict, NULL);

			add_flow(&flow);
		}
	}
	for (__u32 i = 0; i < explored->count; i++) {
		const struct flow flow = explored->flow[i];

		time_out(&flow);
		for (int kind = 0; kind < explored->kinds; kind++) {
			judge(&flow, &explored->kind[kind], false, false);
			judge(&flow, &explored->kind[kind], true, false);
			if (explored->kind[kind].flags & SEGMENT_SYN)
				judge(&flow, &explored->kind[kind], false, true);
			quote(&flow, &explored->kind[kind]);
		}
	}
}

/* Each row of the tables has decided, or the enumeration proves less than it says. */
static void check_coverage(void)
{
	static const char *const rules[] = { "1",  "2",	 "3",  "7",  "8",  "10",  "11",	 "13",	"15",
					     "16", "17", "18", "19", "21", "21a", "19a", "19b", "31" };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const char **rule = explored->rules;

		while (*rule && strcmp(*rule, rules[i]) != 0)
			rule++;
		ck_assert_msg(*rule, "no segment was decided by rule %s", rules[i]);
	}
	for (int fate = 0; fate <= FATE_NO_FLOW; fate++)
		ck_assert_uint_gt(explored->fates[fate], 0);
	ck_assert_uint_gt(explored->ack_unseen, 0);
	ck_assert_uint_gt(explored->fin_is_old, 0); /* rule 14a */
	ck_assert_uint_gt(explored->rst_refuted, 0); /* rule 19a */
	ck_assert_uint_gt(explored->fin_refuted, 0);
	ck_assert_uint_gt(explored->remember, 0);
	ck_assert_uint_gt(explored->refused, 0); /* rule 4 */
	ck_assert_uint_gt(explored->again, 0);
	ck_assert_uint_gt(explored->retransmit, 0); /* and rule 12: not if it is a keepalive */
	ck_assert_uint_gt(explored->reordered, 0); /* rule 32 */
	ck_assert_uint_gt(explored->unreachable, 0);
}

START_TEST(every_segment_in_every_state)
{
	__u64 began = cpu_ns();

	explored = calloc(1, sizeof(*explored));
	ck_assert_ptr_nonnull(explored);
	explore(isns[_i]);
	printf("rules: %u pairs of facts, %u flows, %d kinds of segments, %llu cases, %llu ms\n", explored->pairs,
	       explored->count, explored->kinds, explored->cases, (cpu_ns() - began) / 1000000);
	check_coverage();
	free(explored);
}
END_TEST

Suite *rules_suite(void)
{
	Suite *suite = suite_create("rules");
	TCase *tcase = tcase_create("rules");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, every_segment_in_every_state, 0, sizeof(isns) / sizeof(isns[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
