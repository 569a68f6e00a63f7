// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"
#include "flow/outcome.h"
#include "suites.h"

#define BOTH_SYNS FACT_SYN | FACT_SEQ | FACT_ACKED_SYN

/* Facts of both ends, and the expected outcome. Only FACT_ACKED_FIN says that a FIN was acknowledged. */
static const struct {
	const char *what;
	__u32 client, server, passed, flags;
	enum flow_outcome outcome;
	enum conn_state conn_state;
	bool failed;
} cases[] = {
	{ "a SYN", FACT_SYN | FACT_SEQ, 0, 0, 0, OUTCOME_OPENING, CONN_S0, false },
	{ "a SYN, timed out", FACT_SYN | FACT_SEQ, 0, TIMED_OUT, 0, OUTCOME_UNANSWERED, CONN_S0, true },
	{ "a SYN/ACK", FACT_SYN | FACT_SEQ, BOTH_SYNS, 0, 0, OUTCOME_OPENING, CONN_S1, false },
	{ "a SYN/ACK, timed out", FACT_SYN | FACT_SEQ, BOTH_SYNS, TIMED_OUT, 0, OUTCOME_HALF_OPEN, CONN_S1, true },
	{ "open", BOTH_SYNS, BOTH_SYNS, 0, 0, OUTCOME_OPEN, CONN_S1, false },
	{ "open, timed out", BOTH_SYNS, BOTH_SYNS, TIMED_OUT, 0, OUTCOME_IDLE_TIMEOUT, CONN_S1, false },
	{ "client FIN", BOTH_SYNS | FACT_FIN, BOTH_SYNS, 0, 0, OUTCOME_CLOSING, CONN_S2, false },
	{ "client FIN, timed out", BOTH_SYNS | FACT_FIN, BOTH_SYNS, TIMED_OUT, 0, OUTCOME_IDLE_TIMEOUT, CONN_S2,
	  false },
	{ "server FIN", BOTH_SYNS, BOTH_SYNS | FACT_FIN, 0, 0, OUTCOME_CLOSING, CONN_S3, false },
	{ "both FINs", BOTH_SYNS | FACT_FIN, BOTH_SYNS | FACT_FIN, 0, 0, OUTCOME_CLOSING, CONN_SF, false },
	{ "closed", BOTH_SYNS | FACT_FIN | FACT_ACKED_FIN, BOTH_SYNS | FACT_FIN | FACT_ACKED_FIN, 0, 0, OUTCOME_CLOSED,
	  CONN_SF, false },
	{ "closed, TIME_WAIT over", BOTH_SYNS | FACT_FIN | FACT_ACKED_FIN, BOTH_SYNS | FACT_FIN | FACT_ACKED_FIN,
	  TIME_WAIT_OVER, 0, OUTCOME_CLOSED, CONN_SF, false },
	{ "RST after the close", BOTH_SYNS | FACT_FIN | FACT_ACKED_FIN | FACT_RST,
	  BOTH_SYNS | FACT_FIN | FACT_ACKED_FIN, 0, 0, OUTCOME_CLOSED, CONN_SF, false },
	{ "RST after both FINs", BOTH_SYNS | FACT_FIN, BOTH_SYNS | FACT_FIN | FACT_RST, 0, 0, OUTCOME_RESET_BY_SERVER,
	  CONN_SF, false },
	{ "refused", FACT_SYN | FACT_SEQ, FACT_RST, 0, 0, OUTCOME_REFUSED, CONN_REJ, true },
	{ "given up", FACT_SYN | FACT_SEQ | FACT_RST, 0, 0, 0, OUTCOME_RESET_BY_CLIENT, CONN_RSTOS0, true },
	{ "RST to a SYN/ACK", FACT_SYN | FACT_SEQ | FACT_RST, BOTH_SYNS, 0, 0, OUTCOME_RESET_BY_CLIENT, CONN_RSTO,
	  true },
	{ "client RST", BOTH_SYNS | FACT_RST, BOTH_SYNS, 0, 0, OUTCOME_RESET_BY_CLIENT, CONN_RSTO, false },
	{ "server RST", BOTH_SYNS, BOTH_SYNS | FACT_RST, 0, 0, OUTCOME_RESET_BY_SERVER, CONN_RSTR, false },
	{ "client FIN, server RST", BOTH_SYNS | FACT_FIN, BOTH_SYNS | FACT_RST, 0, 0, OUTCOME_RESET_BY_SERVER,
	  CONN_RSTR, false },
	{ "unreachable", FACT_SYN | FACT_SEQ, 0, 0, FLOW_UNREACHABLE, OUTCOME_UNREACHABLE, CONN_S0, true },
	{ "unreachable, timed out", FACT_SYN | FACT_SEQ, 0, TIMED_OUT, FLOW_UNREACHABLE, OUTCOME_UNREACHABLE, CONN_S0,
	  true },
	{ "unreachable, then answered", BOTH_SYNS, BOTH_SYNS, 0, FLOW_UNREACHABLE, OUTCOME_OPEN, CONN_S1, false },
	{ "unreachable, then one way", FACT_SYN | FACT_SEQ | FACT_PROOF, 0, 0, FLOW_UNREACHABLE, OUTCOME_OPEN, CONN_S0,
	  false },
	{ "SYN/ACK first", FACT_INFERRED, FACT_SYN | FACT_SEQ | FACT_ACKED_SYN, 0, ORIGIN_SYNACK, OUTCOME_OPENING,
	  CONN_OTH, false },
	{ "SYN/ACK first, open", FACT_INFERRED | FACT_ACKED_SYN | FACT_SEQ, BOTH_SYNS, 0, ORIGIN_SYNACK, OUTCOME_OPEN,
	  CONN_S1, false },
	{ "SYN/ACK then RST", FACT_INFERRED, BOTH_SYNS | FACT_RST, 0, ORIGIN_SYNACK, OUTCOME_RESET_BY_SERVER,
	  CONN_RSTRH, true },
	{ "SYN/ACK then FIN", FACT_INFERRED, BOTH_SYNS | FACT_FIN, 0, ORIGIN_SYNACK, OUTCOME_CLOSING, CONN_SHR, false },
	{ "one way", FACT_SYN | FACT_SEQ | FACT_PROOF | FACT_HISTORY_ACK, 0, 0, 0, OUTCOME_OPEN, CONN_S0, false },
	{ "one way, FIN", FACT_SYN | FACT_SEQ | FACT_PROOF | FACT_FIN, 0, 0, 0, OUTCOME_CLOSING, CONN_SH, false },
	{ "one way, RST", FACT_SYN | FACT_SEQ | FACT_PROOF | FACT_RST | FACT_HISTORY_ACK, 0, 0, 0,
	  OUTCOME_RESET_BY_CLIENT, CONN_OTH, false },
	{ "mid-stream", FACT_INFERRED | FACT_ACKED_SYN | FACT_SEQ, FACT_INFERRED | FACT_ACKED_SYN | FACT_SEQ, 0,
	  ORIGIN_MIDSTREAM, OUTCOME_OPEN, CONN_OTH, false },
	{ "mid-stream, client RST", FACT_INFERRED | FACT_ACKED_SYN | FACT_SEQ | FACT_RST,
	  FACT_INFERRED | FACT_ACKED_SYN | FACT_SEQ, 0, ORIGIN_MIDSTREAM, OUTCOME_RESET_BY_CLIENT, CONN_OTH, false },
	{ "mid-stream, closed", FACT_INFERRED | FACT_ACKED_SYN | FACT_SEQ | FACT_FIN | FACT_ACKED_FIN,
	  FACT_INFERRED | FACT_ACKED_SYN | FACT_SEQ | FACT_FIN | FACT_ACKED_FIN, 0, ORIGIN_MIDSTREAM, OUTCOME_CLOSED,
	  CONN_SF, false },
};

START_TEST(outcomes)
{
	struct tcp_facts client = { .bits = cases[_i].client | FACT_CLIENT }, server = { .bits = cases[_i].server };

	ck_assert_msg(flow_outcome(&client, &server, cases[_i].passed, cases[_i].flags) == cases[_i].outcome,
		      "%s: outcome %s", cases[_i].what,
		      outcome_name(flow_outcome(&client, &server, cases[_i].passed, cases[_i].flags)));
	ck_assert_msg(flow_conn_state(&client, &server) == cases[_i].conn_state, "%s: conn_state %s", cases[_i].what,
		      conn_state_name(flow_conn_state(&client, &server)));
	ck_assert_msg(outcome_failed(cases[_i].outcome, &client, &server, cases[_i].flags) == cases[_i].failed,
		      "%s: failed %d", cases[_i].what, !cases[_i].failed);
}
END_TEST

START_TEST(everything_has_a_name)
{
	for (int i = 0; i < OUTCOME_COUNT; i++)
		ck_assert_ptr_nonnull(outcome_name(i));
	for (int i = 0; i < CONN_COUNT; i++)
		ck_assert_ptr_nonnull(conn_state_name(i));
	for (int i = 0; i < STATE_COUNT; i++)
		ck_assert_ptr_nonnull(state_name(i));
}
END_TEST

START_TEST(history)
{
	static const __u8 letters[] = { 1, 2 | 16, 3, 4, 3 | 16, 4 | 16, 5, 5 | 16, 6, 6 | 16, 1 | 16, 2 };
	char text[HISTORY_LETTERS + 1];
	__u64 packed = 0;

	history_decode(0, text);
	ck_assert_str_eq(text, "");
	for (int i = 0; i < HISTORY_LETTERS; i++)
		packed |= (__u64)letters[i] << (i * HISTORY_BITS);
	history_decode(packed, text);
	ck_assert_str_eq(text, "ShADadFfRrsH");
}
END_TEST

/* Whatever a record may hold, decoding it stays within its tables. */
START_TEST(nonsense_is_harmless)
{
	char text[HISTORY_LETTERS + 1];

	history_decode(~0ULL, text);
	ck_assert_uint_eq(strlen(text), HISTORY_LETTERS);
	for (__u32 bits = 0; bits < 1U << 14; bits++) {
		struct tcp_facts client = { .bits = bits }, server = { .bits = bits * 2654435761U >> 18 };

		ck_assert_int_lt(flow_outcome(&client, &server, bits & 3, bits), OUTCOME_COUNT);
		ck_assert_int_lt(flow_conn_state(&client, &server), CONN_COUNT);
	}
}
END_TEST

Suite *outcome_suite(void)
{
	Suite *suite = suite_create("outcome");
	TCase *tcase = tcase_create("outcome");

	tcase_add_loop_test(tcase, outcomes, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, everything_has_a_name);
	tcase_add_test(tcase, history);
	tcase_add_test(tcase, nonsense_is_harmless);
	suite_add_tcase(suite, tcase);
	return suite;
}
