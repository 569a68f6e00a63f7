// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state function, compared with docs/specification.md, section 2: row by row, and over all combinations of facts.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"
#include "synscope/lifetime.h"

/* One connection without data: SYNs at 100 and 500, FINs right after them. */
#define ISN_X 100U
#define ISN_P 500U

struct row {
	const char *name;
	struct tcp_facts client, server;
	enum tcp_state client_state, server_state;
	enum flow_timeout timeout;
};

#define SYN_X .isn = ISN_X, .next_seq = ISN_X + 1
#define SYN_P .isn = ISN_P, .next_seq = ISN_P + 1
#define FIN_X .isn = ISN_X, .next_seq = ISN_X + 2, .fin_seq = ISN_X + 1
#define FIN_P .isn = ISN_P, .next_seq = ISN_P + 2, .fin_seq = ISN_P + 1
#define LATE_FIN_P (ISN_P + (5U << 29))
#define FIN_P_LATE .isn = ISN_P, .next_seq = LATE_FIN_P + 1, .fin_seq = LATE_FIN_P
#define OPENED (FACT_SYN | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN)

static const struct row rows[] = {
	{ "nothing", { 0 }, { 0 }, STATE_CLOSED, STATE_CLOSED, TIMEOUT_SYN_SENT },
	{ "SYN", { .bits = FACT_SYN | FACT_SEQ, SYN_X }, { 0 }, STATE_SYN_SENT, STATE_LISTEN, TIMEOUT_SYN_SENT },
	{ "SYN/ACK",
	  { .bits = FACT_SYN | FACT_SEQ, SYN_X },
	  { .bits = FACT_SYN | FACT_SEQ | FACT_ACK, SYN_P, .max_ack = ISN_X + 1 },
	  STATE_SYN_SENT,
	  STATE_SYN_RECEIVED,
	  TIMEOUT_SYN_RECEIVED },
	{ "SYN and SYN",
	  { .bits = FACT_SYN | FACT_SEQ, SYN_X },
	  { .bits = FACT_SYN | FACT_SEQ, SYN_P },
	  STATE_SYN_SENT,
	  STATE_SYN_SENT,
	  TIMEOUT_SYN_RECEIVED },
	{ "ACK",
	  { .bits = OPENED, SYN_X, .max_ack = ISN_P + 1 },
	  { .bits = OPENED, SYN_P, .max_ack = ISN_X + 1 },
	  STATE_ESTABLISHED,
	  STATE_ESTABLISHED,
	  TIMEOUT_ESTABLISHED },
	{ "ACK of nothing",
	  { .bits = FACT_SYN | FACT_SEQ | FACT_ACK, SYN_X, .max_ack = ISN_P },
	  { .bits = OPENED, SYN_P, .max_ack = ISN_X + 1 },
	  STATE_SYN_SENT,
	  STATE_SYN_RECEIVED,
	  TIMEOUT_SYN_RECEIVED },
	{ "FIN of an end that is alone",
	  { .bits = FACT_INFERRED | FACT_ACKED_SYN | FACT_SEQ | FACT_ACK | FACT_FIN, FIN_X, .max_ack = ISN_P + 1 },
	  { .bits = FACT_INFERRED | FACT_ACKED_SYN, SYN_P },
	  STATE_FIN_WAIT_1,
	  STATE_ESTABLISHED,
	  TIMEOUT_ONE_WAY },
	{ "FIN",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = ISN_P + 1, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED, SYN_P, .max_ack = ISN_X + 1 },
	  STATE_FIN_WAIT_1,
	  STATE_ESTABLISHED,
	  TIMEOUT_FIN_WAIT },
	{ "ACK of FIN",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = ISN_P + 1, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED, SYN_P, .max_ack = ISN_X + 2 },
	  STATE_FIN_WAIT_2,
	  STATE_CLOSE_WAIT,
	  TIMEOUT_CLOSE_WAIT },
	{ "FIN that was late acknowledged",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = ISN_P + 1, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED | FACT_LATE_ACK, SYN_P, .max_ack = ISN_X + 1, .late_ack = ISN_X + 2 },
	  STATE_FIN_WAIT_2,
	  STATE_CLOSE_WAIT,
	  TIMEOUT_CLOSE_WAIT },
	{ "late ACK beyond what was sent",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = ISN_P + 1, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED | FACT_LATE_ACK, SYN_P, .max_ack = ISN_X + 1, .late_ack = ISN_X + 3 },
	  STATE_FIN_WAIT_1,
	  STATE_ESTABLISHED,
	  TIMEOUT_FIN_WAIT },
	{ "passive FIN",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = ISN_P + 1, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED | FACT_FIN, FIN_P, .max_ack = ISN_X + 2, .fin_ack = ISN_X + 2 },
	  STATE_FIN_WAIT_2,
	  STATE_LAST_ACK,
	  TIMEOUT_LAST_ACK },
	{ "last ACK",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = ISN_P + 2, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED | FACT_FIN, FIN_P, .max_ack = ISN_X + 2, .fin_ack = ISN_X + 2 },
	  STATE_TIME_WAIT,
	  STATE_CLOSED,
	  TIMEOUT_TIME_WAIT },
	{ "FIN and FIN",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = ISN_P + 1, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED | FACT_FIN, FIN_P, .max_ack = ISN_X + 1, .fin_ack = ISN_X + 1 },
	  STATE_FIN_WAIT_1,
	  STATE_FIN_WAIT_1,
	  TIMEOUT_LAST_ACK },
	{ "FIN and FIN, one acknowledged",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = ISN_P + 2, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED | FACT_FIN, FIN_P, .max_ack = ISN_X + 1, .fin_ack = ISN_X + 1 },
	  STATE_CLOSING,
	  STATE_FIN_WAIT_2,
	  TIMEOUT_LAST_ACK },
	{ "FIN and FIN, both acknowledged",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = ISN_P + 2, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED | FACT_FIN, FIN_P, .max_ack = ISN_X + 2, .fin_ack = ISN_X + 1 },
	  STATE_TIME_WAIT,
	  STATE_TIME_WAIT,
	  TIMEOUT_TIME_WAIT },
	{ "half-close with 2.5 GiB between the FINs",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = LATE_FIN_P + 1, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED | FACT_FIN | FACT_ACKED_FIN, FIN_P_LATE, .max_ack = ISN_X + 2, .fin_ack = ISN_X + 2 },
	  STATE_TIME_WAIT,
	  STATE_CLOSED,
	  TIMEOUT_TIME_WAIT },
	{ "passive FIN after one in fragments, whose number is only known to be at least fin_seq",
	  { .bits = OPENED | FACT_FIN, FIN_X, .max_ack = ISN_P + 1, .fin_ack = ISN_P + 1 },
	  { .bits = OPENED | FACT_FIN, FIN_P, .max_ack = ISN_X + 2 + 65000, .fin_ack = ISN_X + 2 + 65000 },
	  STATE_FIN_WAIT_2,
	  STATE_LAST_ACK,
	  TIMEOUT_LAST_ACK },
	{ "FIN of the server before the handshake ends",
	  { .bits = FACT_SYN | FACT_SEQ, SYN_X },
	  { .bits = OPENED | FACT_FIN, FIN_P, .max_ack = ISN_X + 1, .fin_ack = ISN_X + 1 },
	  STATE_SYN_SENT,
	  STATE_SYN_RECEIVED,
	  TIMEOUT_SYN_RECEIVED },
	{ "RST of the server",
	  { .bits = FACT_SYN | FACT_SEQ, SYN_X },
	  { .bits = FACT_RST },
	  STATE_CLOSED,
	  STATE_CLOSED,
	  TIMEOUT_CLOSED },
	{ "RST after everything",
	  { .bits = OPENED | FACT_FIN | FACT_RST, FIN_X, .max_ack = ISN_P + 2 },
	  { .bits = OPENED | FACT_FIN, FIN_P, .max_ack = ISN_X + 2 },
	  STATE_CLOSED,
	  STATE_CLOSED,
	  TIMEOUT_CLOSED },
	{ "one way, client only",
	  { .bits = FACT_SYN | FACT_SEQ | FACT_ACK | FACT_PROOF, SYN_X, .max_ack = ISN_P + 1 },
	  { 0 },
	  STATE_ESTABLISHED,
	  STATE_ESTABLISHED,
	  TIMEOUT_ONE_WAY },
	{ "one way, server only",
	  { .bits = FACT_INFERRED, SYN_X },
	  { .bits = FACT_SYN | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN | FACT_PROOF, SYN_P, .max_ack = ISN_X + 1 },
	  STATE_ESTABLISHED,
	  STATE_ESTABLISHED,
	  TIMEOUT_ONE_WAY },
	{ "one way until the SYN/ACK turned up, which does not fit",
	  { .bits = FACT_SYN | FACT_SEQ | FACT_ACK | FACT_PROOF, SYN_X, .max_ack = ISN_P + 77 },
	  { .bits = OPENED, SYN_P, .max_ack = ISN_X + 1 },
	  STATE_SYN_SENT,
	  STATE_SYN_RECEIVED,
	  TIMEOUT_SYN_RECEIVED },
	{ "mid-stream, both ways",
	  { .bits = FACT_INFERRED | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN, SYN_X, .max_ack = ISN_P + 9 },
	  { .bits = FACT_INFERRED | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN, SYN_P, .max_ack = ISN_X + 1 },
	  STATE_ESTABLISHED,
	  STATE_ESTABLISHED,
	  TIMEOUT_ESTABLISHED },
	{ "mid-stream",
	  { .bits = FACT_INFERRED | FACT_SEQ | FACT_ACK | FACT_ACKED_SYN, SYN_X, .max_ack = ISN_P + 9 },
	  { .bits = FACT_INFERRED | FACT_ACKED_SYN, SYN_P },
	  STATE_ESTABLISHED,
	  STATE_ESTABLISHED,
	  TIMEOUT_ONE_WAY },
};

START_TEST(each_row)
{
	const struct row *row = &rows[_i];

	ck_assert_msg(tcp_state(&row->client, &row->server, 0) == row->client_state, "client after %s", row->name);
	ck_assert_msg(tcp_state(&row->server, &row->client, 0) == row->server_state, "server after %s", row->name);
	ck_assert_msg(flow_timeout(&row->client, &row->server) == row->timeout, "timeout after %s", row->name);
	ck_assert_msg(flow_timeout(&row->server, &row->client) == row->timeout, "timeout after %s, exchanged",
		      row->name);
	ck_assert_int_eq(tcp_state(&row->client, &row->server, TIMED_OUT), STATE_CLOSED);
	ck_assert_int_eq(tcp_state(&row->server, &row->client, TIMED_OUT), STATE_CLOSED);
}
END_TEST

/* The end of TIME_WAIT's period changes no state except TIME_WAIT. */
START_TEST(time_wait_over)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		enum tcp_state after = tcp_state(&row->client, &row->server, TIME_WAIT_OVER);

		ck_assert_int_eq(after, row->client_state == STATE_TIME_WAIT ? STATE_CLOSED : row->client_state);
	}
}
END_TEST

/* ---- enumeration: what one endpoint may have sent, as digits of a number */

enum { SYN_NONE, SYN_SEEN, SYN_INFERRED, SYN_KINDS };
enum { ACK_NONE, ACK_OLD, ACK_SYN, ACK_FIN, ACK_KINDS };
enum { LATE_NONE, LATE_SYN, LATE_FIN, LATE_BEYOND, LATE_KINDS };

#define FLAG_BITS 6 /* latched ACKED_SYN, FIN, latched ACKED_FIN, RST, PROOF, closed passively */
#define SAID (SYN_KINDS * ACK_KINDS * LATE_KINDS << FLAG_BITS)

struct said {
	int syn, ack, late;
	bool acked_syn, fin, acked_fin, rst, proof, passive;
};

static struct said decode(int n)
{
	struct said said = {
		.acked_syn = n & 1, .fin = n & 2, .acked_fin = n & 4, .rst = n & 8, .proof = n & 16, .passive = n & 32
	};

	n >>= FLAG_BITS;
	said.syn = n % SYN_KINDS;
	said.ack = n / SYN_KINDS % ACK_KINDS;
	said.late = n / SYN_KINDS / ACK_KINDS;
	return said;
}

/* The facts of an endpoint, given its ISN and that of its peer. Each FIN follows directly after the SYN. */
static struct tcp_facts facts_of(const struct said *said, __u32 isn, __u32 peer_isn)
{
	static const __u32 syn_bits[] = { 0, FACT_SYN, FACT_INFERRED }, acks[] = { 0, 0, 1, 2 },
			   lates[] = { 0, 1, 2, 3 };

	return (struct tcp_facts){
		.bits = syn_bits[said->syn] | (said->acked_syn ? FACT_ACKED_SYN : 0) | (said->fin ? FACT_FIN : 0) |
			(said->acked_fin ? FACT_ACKED_FIN : 0) | (said->rst ? FACT_RST : 0) |
			(said->proof ? FACT_PROOF : 0) | (said->ack ? FACT_ACK : 0) | (said->late ? FACT_LATE_ACK : 0),
		.isn = isn,
		.next_seq = isn + 1 + said->fin,
		.fin_seq = isn + 1,
		.max_ack = peer_isn + acks[said->ack],
		.late_ack = peer_isn + lates[said->late],
		.fin_ack = peer_isn + 1 + said->passive,
	};
}

/* ---- the reference: docs/specification.md, section 2 in its own words, from what was sent instead of numbers */

static bool ref_proven(const struct said *x, const struct said *p)
{
	return (x->proof && p->syn != SYN_SEEN) || (p->proof && x->syn != SYN_SEEN);
}

static bool ref_sent_syn(const struct said *x, const struct said *p)
{
	return x->syn != SYN_NONE || ref_proven(x, p);
}

/* In (P.isn, P.next_seq]. The ACK of a FIN is in it, too, if the FIN was sent. */
static bool ref_acked_syn(const struct said *x, const struct said *p)
{
	if (x->acked_syn || ref_proven(x, p))
		return true;
	if (p->syn != SYN_SEEN)
		return false;
	return x->ack == ACK_SYN || (x->ack == ACK_FIN && p->fin) || x->late == LATE_SYN ||
	       (x->late == LATE_FIN && p->fin);
}

static bool ref_acked_fin(const struct said *x, const struct said *p)
{
	return x->acked_fin || (p->fin && (x->ack == ACK_FIN || x->late == LATE_FIN));
}

/* Rule 21: X closed after a FIN that was not seen counts once that is believed, or P has acknowledged X's FIN. */
static bool ref_closed(const struct said *x, const struct said *p)
{
	return x->fin && (!x->passive || p->fin || x->ack == ACK_FIN || ref_acked_fin(p, x));
}

static enum tcp_state ref_state(const struct said *x, const struct said *p)
{
	bool closed = ref_closed(x, p), passive = p->fin && x->passive;

	if (x->rst || p->rst)
		return STATE_CLOSED;
	if (!ref_sent_syn(x, p))
		return ref_sent_syn(p, x) ? STATE_LISTEN : STATE_CLOSED;
	if (!ref_acked_syn(x, p))
		return STATE_SYN_SENT;
	if (!ref_acked_syn(p, x))
		return STATE_SYN_RECEIVED;
	if (closed && passive)
		return ref_acked_fin(p, x) ? STATE_CLOSED : STATE_LAST_ACK;
	if (closed && ref_acked_fin(p, x))
		return p->fin && ref_acked_fin(x, p) ? STATE_TIME_WAIT : STATE_FIN_WAIT_2;
	if (closed)
		return p->fin && ref_acked_fin(x, p) ? STATE_CLOSING : STATE_FIN_WAIT_1;
	return p->fin && ref_acked_fin(x, p) ? STATE_CLOSE_WAIT : STATE_ESTABLISHED;
}

/* A latched ACK of a FIN that was not sent is impossible. */
static bool possible(const struct said *x, const struct said *p)
{
	return (!x->acked_fin || p->fin) && (!p->acked_fin || x->fin);
}

/* Every combination gives the state of the table, whichever end is the client, and for all ISNs. */
START_TEST(every_combination)
{
	static const __u32 isns[][2] = { { ISN_X, ISN_P }, { ~0U, ~0U - 1 }, { 0x7fffffff, 0x7ffffffe } };

	for (int a = _i; a < SAID; a += 4) {
		struct said x = decode(a);

		for (int b = 0; b < SAID; b++) {
			struct said p = decode(b);
			const __u32 *isn = isns[(a + b) % 3];
			struct tcp_facts facts_x = facts_of(&x, isn[0], isn[1]), facts_p = facts_of(&p, isn[1], isn[0]);
			enum tcp_state got = tcp_state(&facts_x, &facts_p, 0);

			if (!possible(&x, &p))
				continue;
			if (got != ref_state(&x, &p))
				ck_abort_msg("facts %#x and %#x: state %d, expected %d", facts_x.bits, facts_p.bits,
					     got, ref_state(&x, &p));
			facts_x.bits |= FACT_CLIENT | FACT_SEQ;
			if (got != tcp_state(&facts_x, &facts_p, 0))
				ck_abort_msg("facts %#x and %#x: the role matters", facts_x.bits, facts_p.bits);
		}
	}
}
END_TEST

/* ---- all lives of two endpoints, in every order that an observer may see */

/* How far a life has come; it never goes back. */
static int progress(enum tcp_state state, const struct tcp_facts *x)
{
	static const int order[STATE_COUNT] = {
		[STATE_CLOSED] = 0,	 [STATE_LISTEN] = 1,	 [STATE_SYN_SENT] = 2,	 [STATE_SYN_RECEIVED] = 3,
		[STATE_ESTABLISHED] = 4, [STATE_FIN_WAIT_1] = 5, [STATE_CLOSE_WAIT] = 5, [STATE_FIN_WAIT_2] = 6,
		[STATE_CLOSING] = 6,	 [STATE_LAST_ACK] = 6,	 [STATE_TIME_WAIT] = 7,
	};

	return state == STATE_CLOSED && (x->bits & FACT_FIN) ? 8 : order[state];
}

static void act(struct tcp_facts *x, const struct tcp_facts *p, int action)
{
	if (action == 0) {
		x->bits |= FACT_SYN;
		x->next_seq = x->isn + 1;
	} else if (action == 1) {
		x->bits |= FACT_ACK;
		x->max_ack = p->next_seq;
	} else {
		x->bits |= FACT_FIN;
		x->fin_seq = x->next_seq++;
		x->fin_ack = x->max_ack;
	}
}

static bool may_act(const struct tcp_facts *x, const struct tcp_facts *p, int action)
{
	if (action == 0)
		return !(x->bits & FACT_SYN);
	if (action == 1)
		return (x->bits & FACT_SYN) && (p->bits & FACT_SYN) &&
		       (!(x->bits & FACT_ACK) || x->max_ack != p->next_seq);
	return (x->bits & FACT_SYN) && !(x->bits & FACT_FIN) && acked_syn(x, p);
}

/* Tries every next step of either endpoint, and collects the states in `reached`. */
static void live(const struct tcp_facts side[2], __u32 *reached)
{
	for (int n = 0; n < 6; n++) {
		struct tcp_facts next[2] = { side[0], side[1] };
		int x = n / 3, action = n % 3;

		if (!may_act(&side[x], &side[!x], action))
			continue;
		act(&next[x], &next[!x], action);
		for (int i = 0; i < 2; i++) {
			enum tcp_state before = tcp_state(&side[i], &side[!i], 0),
				       after = tcp_state(&next[i], &next[!i], 0);

			ck_assert_msg(progress(after, &next[i]) >= progress(before, &side[i]), "from state %d to %d",
				      before, after);
			*reached |= 1U << after;
		}
		live(next, reached);
	}
}

START_TEST(no_life_goes_back)
{
	struct tcp_facts side[2] = { { .isn = _i ? ~0U : 100 }, { .isn = _i ? ~0U - 1 : 500 } };
	__u32 reached = 0;

	live(side, &reached);
	ck_assert_uint_eq(reached, (1U << STATE_COUNT) - 1);
}
END_TEST

START_TEST(sequence_comparison)
{
	ck_assert(seq_after(1, 0) && !seq_after(0, 1) && !seq_after(7, 7));
	ck_assert(seq_after(0, ~0U) && !seq_after(~0U, 0));
	ck_assert(seq_after(0x80000000U, 0x7fffffffU) && seq_after(0x7fffffffU, 0));
	ck_assert_uint_eq(seq_max(~0U, 3), 3);
	ck_assert(acks_syn(0, ~0U, 0) && !acks_syn(~0U, ~0U, 0) && !acks_syn(1, ~0U, 0));
	ck_assert(acks_syn(21, 0, 21) && acks_syn(1, 0, 21) && !acks_syn(22, 0, 21) && !acks_syn(0, 0, 21));
}
END_TEST

/* The other bits of the facts word (window, scale, generation) have no influence. */
START_TEST(other_bits_do_not_matter)
{
	struct flow_dir hot = { .facts = ~FACTS_MASK | FACT_SYN | FACT_FIN, .next_seq = 7, .max_ack = 9 };
	struct flow_cold_dir cold = { .isn = 5, .fin_seq = 6, .fin_ack = 8, .late_ack = 3 };
	struct tcp_facts facts = tcp_facts(&hot, &cold);

	ck_assert_uint_eq(facts.bits, FACT_SYN | FACT_FIN);
	ck_assert_uint_eq(facts.isn, 5);
	ck_assert_uint_eq(facts.next_seq, 7);
	ck_assert_uint_eq(facts.max_ack, 9);
	ck_assert_uint_eq(facts.fin_seq, 6);
	ck_assert_uint_eq(facts.fin_ack, 8);
	ck_assert_uint_eq(facts.late_ack, 3);
}
END_TEST

Suite *tcp_state_suite(void)
{
	Suite *suite = suite_create("tcp_state");
	TCase *tcase = tcase_create("tcp_state");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, each_row, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, time_wait_over);
	tcase_add_loop_test(tcase, every_combination, 0, 4);
	tcase_add_loop_test(tcase, no_life_goes_back, 0, 2);
	tcase_add_test(tcase, sequence_comparison);
	tcase_add_test(tcase, other_bits_do_not_matter);
	suite_add_tcase(suite, tcase);
	return suite;
}
