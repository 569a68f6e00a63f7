// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>

#include "synscope/segment.h"
#include "fixture.h"
#include "suites.h"

#define DAY (86400 * S)

static const struct {
	enum stage stage;
	enum tcp_state client, server;
	enum flow_outcome outcome;
	const char *history;
} life[] = {
	{ STAGE_SYN, STATE_SYN_SENT, STATE_LISTEN, OUTCOME_OPENING, "S" },
	{ STAGE_SYNACK, STATE_SYN_SENT, STATE_SYN_RECEIVED, OUTCOME_OPENING, "Sh" },
	{ STAGE_OPEN, STATE_ESTABLISHED, STATE_ESTABLISHED, OUTCOME_OPEN, "ShA" },
	{ STAGE_DATA, STATE_ESTABLISHED, STATE_ESTABLISHED, OUTCOME_OPEN, "ShA" },
	{ STAGE_FIN, STATE_FIN_WAIT_1, STATE_ESTABLISHED, OUTCOME_CLOSING, "ShA" },
	{ STAGE_FIN_ACKED, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT, OUTCOME_CLOSING, "ShA" },
	{ STAGE_BOTH_FINS, STATE_FIN_WAIT_2, STATE_LAST_ACK, OUTCOME_CLOSING, "ShA" },
	{ STAGE_CLOSED, STATE_TIME_WAIT, STATE_CLOSED, OUTCOME_CLOSED, "ShA" },
};

START_TEST(states_of_a_life)
{
	struct flow_record record = record_at(life[_i].stage);
	struct flow_view view = view_after(&record, 200 * MS);

	ck_assert_int_eq(view.side[SIDE_CLIENT].state, life[_i].client);
	ck_assert_int_eq(view.side[SIDE_SERVER].state, life[_i].server);
	ck_assert_int_eq(view.outcome, life[_i].outcome);
	ck_assert_str_eq(view.history, life[_i].history);
	ck_assert(!view.closed);
	ck_assert(!view.expired);
}
END_TEST

/* Swapping the directions of the record does not change the view. */
START_TEST(client_is_found_in_either_direction)
{
	struct flow_record record = record_at(STAGE_DATA), swapped = record;
	struct flow_view view, mirrored;

	for (int i = 0; i < FLOW_DIRS; i++) {
		swapped.hot.dir[i] = record.hot.dir[!i];
		swapped.hot.port[i] = record.hot.port[!i];
		swapped.cold.dir[i] = record.cold.dir[!i];
		for (int word = 0; word < 4; word++)
			swapped.cold.addr[i][word] = record.cold.addr[!i][word];
	}
	swapped.cold.flags &=
		~(FLOW_OPTIONS_MASK << FLOW_OPTIONS_SHIFT(0) | FLOW_OPTIONS_MASK << FLOW_OPTIONS_SHIFT(1));
	for (int i = 0; i < FLOW_DIRS; i++)
		swapped.cold.flags |= (record.cold.flags >> FLOW_OPTIONS_SHIFT(!i) & FLOW_OPTIONS_MASK)
				      << FLOW_OPTIONS_SHIFT(i);
	swapped.cold.flags |= FLOW_FIRST_DIR;
	view = view_after(&record, 1 * S);
	mirrored = view_after(&swapped, 1 * S);
	ck_assert_int_eq(view.side[SIDE_CLIENT].port, 40000);
	ck_assert_mem_eq(&view.side, &mirrored.side, sizeof(view.side));
	ck_assert_int_eq(view.handshake_ns, mirrored.handshake_ns);
	ck_assert_uint_eq(view.first_seen_ns, mirrored.first_seen_ns);
}
END_TEST

START_TEST(endpoint_values)
{
	struct flow_record record = record_at(STAGE_DATA);
	struct flow_view view = view_after(&record, 1 * S);
	const struct endpoint_view *client = &view.side[SIDE_CLIENT], *server = &view.side[SIDE_SERVER];

	ck_assert_uint_eq(client->ip.word[0], inet_addr("10.0.0.1"));
	ck_assert(!client->ip.ipv6);
	ck_assert_uint_eq(server->port, 443);
	ck_assert(client->isn_known);
	ck_assert_uint_eq(client->isn, CLIENT_ISN);
	ck_assert_uint_eq(client->packets, 3);
	ck_assert_uint_eq(client->bytes, 60 + 52 + 172);
	ck_assert_uint_eq(client->payload_bytes, 120);
	ck_assert_uint_eq(server->payload_bytes, 0);
	ck_assert_uint_eq(client->mss, 1460);
	ck_assert_uint_eq(client->wscale, 7);
	ck_assert_uint_eq(server->options, OPTION_KNOWN);
	ck_assert_uint_eq(server->wscale, FACTS_WSCALE_NONE);
	ck_assert_uint_eq(view.ifindex, 2);
	ck_assert_uint_eq(view.incarnation, 1);
}
END_TEST

START_TEST(counters_beyond_32_bits)
{
	struct flow_record record = record_at(STAGE_DATA);
	struct flow_view view;

	record.cold.dir[0].packets_high = 0xffff;
	record.cold.dir[0].bytes_high = 3;
	record.cold.dir[0].seq_wraps = 2;
	view = view_after(&record, 1 * S);
	ck_assert_uint_eq(view.side[SIDE_CLIENT].packets, (0xffffULL << 27) + 3);
	ck_assert_uint_eq(view.side[SIDE_CLIENT].bytes, (3ULL << 32) + 284);
	ck_assert_uint_eq(view.side[SIDE_CLIENT].payload_bytes, (2ULL << 32) + 120);
}
END_TEST

START_TEST(payload_excludes_syn_and_fin)
{
	struct flow_record record = record_at(STAGE_CLOSED);
	struct flow_view view = view_after(&record, 1 * S);

	ck_assert_uint_eq(view.side[SIDE_CLIENT].payload_bytes, 120);
	ck_assert_uint_eq(view.side[SIDE_SERVER].payload_bytes, 0);
}
END_TEST

START_TEST(payload_of_midstream_counts_from_the_first_number)
{
	struct flow_record record = record_at(STAGE_DATA);
	struct flow_view view;

	for (int i = 0; i < FLOW_DIRS; i++)
		record.hot.dir[i].facts = (record.hot.dir[i].facts & ~FACT_SYN) | FACT_INFERRED | FACT_ACKED_SYN;
	record.cold.flags = ORIGIN_MIDSTREAM;
	record.hot.dir[0].next_seq = CLIENT_ISN + 500;
	view = view_after(&record, 1 * S);
	ck_assert_uint_eq(view.side[SIDE_CLIENT].payload_bytes, 500);
	ck_assert(!view.side[SIDE_CLIENT].isn_known);
	ck_assert_int_eq(view.outcome, OUTCOME_OPEN);
	ck_assert_int_eq(view.side[SIDE_CLIENT].state, STATE_ESTABLISHED);
	ck_assert(!view.one_way);
	record.hot.dir[1].facts &= ~FACT_SEQ;
	ck_assert(view_after(&record, 1 * S).one_way);
}
END_TEST

START_TEST(payload_never_is_huge)
{
	struct flow_record record = record_at(STAGE_SYN);

	record.hot.dir[0].next_seq = CLIENT_ISN - 5;
	ck_assert_uint_eq(view_after(&record, 0).side[SIDE_CLIENT].payload_bytes, 0);
}
END_TEST

START_TEST(one_way_by_proof)
{
	struct flow_record record = record_at(STAGE_SYN);

	ck_assert(!view_after(&record, 0).one_way);
	record.hot.dir[0].facts |= FACT_PROOF;
	ck_assert(view_after(&record, 0).one_way);
	ck_assert_int_eq(view_after(&record, 0).side[SIDE_SERVER].state, STATE_ESTABLISHED);
}
END_TEST

START_TEST(latencies_unknown_until_seen)
{
	struct flow_record record = record_at(STAGE_SYN);
	struct flow_view view = view_after(&record, 1 * S);

	ck_assert_int_eq(view.syn_to_synack_ns, LATENCY_UNKNOWN);
	ck_assert_int_eq(view.synack_to_ack_ns, LATENCY_UNKNOWN);
	ck_assert_int_eq(view.handshake_ns, LATENCY_UNKNOWN);
	record = record_at(STAGE_OPEN);
	view = view_after(&record, 1 * S);
	ck_assert_int_eq(view.syn_to_synack_ns, 10 * MS);
	ck_assert_int_eq(view.synack_to_ack_ns, 25 * MS);
	ck_assert_int_eq(view.handshake_ns, 35 * MS);
	ck_assert(!view.rtt_ambiguous);
}
END_TEST

START_TEST(latency_of_the_answered_synack)
{
	struct flow_record record = record_at(STAGE_OPEN);

	record.cold.dir[1].syn_last_ns += 5 * MS;
	ck_assert_int_eq(view_after(&record, 1 * S).synack_to_ack_ns, 20 * MS);
	record.cold.flags |= FLOW_ACK_AMBIGUOUS;
	ck_assert_int_eq(view_after(&record, 1 * S).synack_to_ack_ns, 20 * MS);
	ck_assert(view_after(&record, 1 * S).rtt_ambiguous);
	record.cold.flags ^= FLOW_ACK_OF_FIRST_SYNACK | FLOW_ACK_AMBIGUOUS;
	ck_assert_int_eq(view_after(&record, 1 * S).synack_to_ack_ns, 25 * MS);
	ck_assert(!view_after(&record, 1 * S).rtt_ambiguous);
}
END_TEST

/* Rule 7: the handshake is done with the later of two acknowledgements, which has no second half. */
START_TEST(latency_of_a_simultaneous_open)
{
	struct flow_record record = record_at(STAGE_OPEN);
	struct flow_view view;

	record.cold.flags |= FLOW_SIMULTANEOUS;
	view = view_after(&record, 1 * S);
	ck_assert_int_eq(view.synack_to_ack_ns, LATENCY_UNKNOWN);
	ck_assert_int_eq(view.handshake_ns, 35 * MS);
	ck_assert(!view.rtt_ambiguous);
}
END_TEST

START_TEST(latency_is_never_negative)
{
	struct flow_record record = record_at(STAGE_OPEN);
	struct flow_view view;

	record.cold.acked_ns = T0 - 1;
	view = view_after(&record, 1 * S);
	ck_assert_int_eq(view.synack_to_ack_ns, LATENCY_UNKNOWN);
	ck_assert_int_eq(view.handshake_ns, LATENCY_UNKNOWN);
}
END_TEST

START_TEST(latency_needs_real_syns)
{
	struct flow_record record = record_at(STAGE_OPEN);
	struct flow_view view;

	record.cold.dir[0].syn_last_ns = 0;
	view = view_after(&record, 1 * S);
	ck_assert_int_eq(view.handshake_ns, LATENCY_UNKNOWN);
	ck_assert_int_eq(view.synack_to_ack_ns, 25 * MS);
	record.cold.dir[1].syn_last_ns = 0;
	ck_assert_int_eq(view_after(&record, 1 * S).synack_to_ack_ns, LATENCY_UNKNOWN);
}
END_TEST

static const struct {
	enum stage stage;
	__u64 timeout; /* time since the last segment */
	enum flow_outcome outcome;
} timeouts[] = {
	{ STAGE_SYN, 120 * S, OUTCOME_UNANSWERED },
	{ STAGE_SYNACK, 60 * S, OUTCOME_HALF_OPEN },
	{ STAGE_OPEN, 432000 * S, OUTCOME_IDLE_TIMEOUT },
	{ STAGE_FIN, 120 * S, OUTCOME_IDLE_TIMEOUT },
	{ STAGE_FIN_ACKED, 3600 * S, OUTCOME_IDLE_TIMEOUT },
	{ STAGE_BOTH_FINS, 30 * S, OUTCOME_IDLE_TIMEOUT },
	{ STAGE_CLOSED, 60 * S, OUTCOME_CLOSED },
};

/* A flow is open until its timeout, then closed until the linger has passed, and then not listed. */
START_TEST(expiry)
{
	struct flow_record record = record_at(timeouts[_i].stage);
	__u64 last = record.cold.last_exact_ns - T0;
	struct flow_view view = view_after(&record, last + timeouts[_i].timeout);

	ck_assert(!view.closed);
	view = view_after(&record, last + timeouts[_i].timeout + 1);
	ck_assert(view.closed);
	ck_assert(!view.expired);
	ck_assert_int_eq(view.outcome, timeouts[_i].outcome);
	ck_assert_int_eq(view.side[SIDE_CLIENT].state, STATE_CLOSED);
	view = view_after(&record, last + timeouts[_i].timeout + 10 * S);
	ck_assert(!view.expired);
	view = view_after(&record, last + timeouts[_i].timeout + 10 * S + 1);
	ck_assert(view.expired);
}
END_TEST

/*
 * A flow that was replaced before its end was seen has the outcome `superseded`, but an attempt keeps its outcome, and
 * a closed flow stays closed.
 */
START_TEST(replaced)
{
	struct flow_record record = record_at(timeouts[_i].stage);
	__u64 now = record.cold.last_exact_ns + 1 * S;
	struct flow_view view;

	flow_view_decode_retired(&view, &record, RETIRE_REPLACED, default_timeouts, now);
	ck_assert_int_eq(view.outcome,
			 timeouts[_i].outcome == OUTCOME_IDLE_TIMEOUT ? OUTCOME_SUPERSEDED : timeouts[_i].outcome);
}
END_TEST

/* The first error's sender, type and code are shown while nothing else of the server was seen, and nulls otherwise. */
START_TEST(unreachable)
{
	struct flow_record record = record_at(STAGE_SYN), answered = record_at(STAGE_SYNACK);
	struct flow_view view;

	record.cold.unreachable = (struct unreachable_report){ .by = { htonl(0x0a0000fe) }, .type = 3, .code = 10 };
	view = view_after(&record, 0);
	ck_assert_int_eq(view.unreachable.type, 0);
	record.cold.flags |= FLOW_UNREACHABLE;
	view = view_after(&record, 0);
	ck_assert_int_eq(view.outcome, OUTCOME_UNREACHABLE);
	ck_assert_uint_eq(view.unreachable.by.word[0], htonl(0x0a0000fe));
	ck_assert_int_eq(view.unreachable.type, 3);
	ck_assert_int_eq(view.unreachable.code, 10);
	ck_assert_int_eq(view.unreachable.reason, UNREACHABLE_ADMIN_PROHIBITED);
	answered.cold.flags |= FLOW_UNREACHABLE;
	answered.cold.unreachable = record.cold.unreachable;
	ck_assert_int_eq(view_after(&answered, 0).unreachable.type, 0);
}
END_TEST

/* RFC 792, RFC 1122, RFC 1812; RFC 4443. */
START_TEST(unreachable_reasons)
{
	static const struct {
		bool ipv6;
		__u8 type, code;
		const char *reason;
	} cases[] = {
		{ false, 3, 0, "net" },
		{ false, 3, 1, "host" },
		{ false, 3, 2, "protocol" },
		{ false, 3, 3, "port" },
		{ false, 3, 5, "source_route" },
		{ false, 3, 6, "net" },
		{ false, 3, 7, "host" },
		{ false, 3, 9, "admin_prohibited" },
		{ false, 3, 10, "admin_prohibited" },
		{ false, 3, 13, "admin_prohibited" },
		{ false, 3, 14, "precedence" },
		{ false, 3, 200, "other" },
		{ false, 11, 0, "ttl_exceeded" },
		{ false, 12, 0, "parameter_problem" },
		{ false, 1, 0, "other" },
		{ true, 1, 0, "net" },
		{ true, 1, 1, "admin_prohibited" },
		{ true, 1, 2, "beyond_scope" },
		{ true, 1, 3, "host" },
		{ true, 1, 4, "port" },
		{ true, 1, 5, "source_policy" },
		{ true, 1, 6, "reject_route" },
		{ true, 1, 7, "other" },
		{ true, 3, 0, "ttl_exceeded" },
		{ true, 4, 2, "parameter_problem" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(
			unreachable_reason_name(unreachable_reason(cases[i].ipv6, cases[i].type, cases[i].code)),
			cases[i].reason);
}
END_TEST

START_TEST(reset_lingers_and_goes)
{
	struct flow_record record = record_at(STAGE_OPEN);
	__u64 last = record.cold.last_exact_ns - T0;

	record.hot.dir[1].facts |= FACT_RST;
	ck_assert(view_after(&record, last).closed);
	ck_assert(!view_after(&record, last + 10 * S).expired);
	ck_assert(view_after(&record, last + 10 * S + 1).expired);
}
END_TEST

START_TEST(time_wait_counts_from_the_exact_time)
{
	struct flow_record record = record_at(STAGE_CLOSED);

	/* An old segment that arrives late is counted, but does not prolong TIME_WAIT. */
	record.hot.dir[0].last_seen = (T0 + 50 * S) >> LAST_SEEN_SHIFT;
	ck_assert(view_after(&record, 61 * S).closed);
	ck_assert_uint_le(view_after(&record, 61 * S).idle_ns, 12 * S);
}
END_TEST

START_TEST(timeouts_switched_off)
{
	struct flow_record record = record_at(STAGE_CLOSED);
	__u64 none[TIMEOUT_COUNT];
	struct flow_view view;

	memset(none, 0xff, sizeof(none));
	flow_view_decode(&view, &record, none, T0 + 1000000000 * S);
	ck_assert(!view.closed);
	record = record_at(STAGE_SYN);
	flow_view_decode(&view, &record, none, T0 + 1000000000 * S);
	ck_assert_int_eq(view.side[SIDE_CLIENT].state, STATE_SYN_SENT);
	record.hot.dir[0].facts |= FACT_RST;
	flow_view_decode(&view, &record, none, T0 + 1000000000 * S);
	ck_assert(view.closed);
	ck_assert(!view.expired);
}
END_TEST

START_TEST(time_never_runs_backwards)
{
	struct flow_record record = record_at(STAGE_OPEN);
	struct flow_view view;

	flow_view_decode(&view, &record, default_timeouts, T0 - 5 * S);
	ck_assert_uint_eq(view.idle_ns, 0);
	ck_assert_uint_eq(view.duration_ns, 35 * MS);
	record.cold.last_exact_ns = 0;
	record.cold.dir[0].syn_first_ns = T0 + 100 * S;
	flow_view_decode(&view, &record, default_timeouts, T0);
	ck_assert_uint_eq(view.duration_ns, 0);
}
END_TEST

/* A stamp that is a year off is no latency, and without the time of the first segment there is no duration. */
START_TEST(stray_times)
{
	struct flow_record record = record_at(STAGE_OPEN);
	struct flow_view view;

	flow_view_decode(&view, &record, default_timeouts, T0);
	ck_assert_int_eq(view.handshake_ns, 35 * MS);
	record.cold.dir[0].syn_first_ns = T0 - 366 * 86400 * S;
	flow_view_decode(&view, &record, default_timeouts, T0);
	ck_assert_int_eq(view.handshake_ns, LATENCY_UNKNOWN);
	record.cold.dir[0].syn_first_ns = 0;
	flow_view_decode(&view, &record, default_timeouts, T0);
	ck_assert_int_eq(view.handshake_ns, LATENCY_UNKNOWN);
	ck_assert_uint_eq(view.duration_ns, 0);
	ck_assert_uint_gt(view.last_seen_ns, 0);
}
END_TEST

/* The coarse time is 32 bits in units of 2^24 ns; the higher bits are those of the last exact time. */
START_TEST(coarse_time_across_its_wrap)
{
	__u64 wrap = 1ULL << (32 + LAST_SEEN_SHIFT);
	struct flow_record record = record_at(STAGE_OPEN);
	struct flow_view view;

	record.cold.last_exact_ns = record.cold.dir[0].syn_first_ns = wrap - 10 * S;
	record.hot.dir[0].last_seen = (__u32)((wrap - 2 * S) >> LAST_SEEN_SHIFT);
	record.hot.dir[1].last_seen = (__u32)((wrap - 9 * S) >> LAST_SEEN_SHIFT);
	flow_view_decode(&view, &record, default_timeouts, wrap + 1 * S);
	ck_assert_uint_ge(view.idle_ns, 3 * S);
	ck_assert_uint_le(view.idle_ns, 3 * S + (1 << LAST_SEEN_SHIFT));
	ck_assert(!view.closed);
	flow_view_decode(&view, &record, default_timeouts, wrap + 3 * 365 * DAY);
	ck_assert_uint_le(view.duration_ns, 8 * S);
	ck_assert_int_eq(view.outcome, OUTCOME_IDLE_TIMEOUT);
	record.cold.last_exact_ns = wrap - 600 * DAY; /* since then no segment but such as only move numbers on */
	flow_view_decode(&view, &record, default_timeouts, wrap + 1 * S);
	ck_assert_int_eq(view.outcome, OUTCOME_OPEN);
	record.cold.last_exact_ns = wrap + 200 * DAY; /* then the clock of the capture went back */
	ck_assert_uint_eq(view_after(&record, wrap + 1 * S - T0).last_seen_ns, wrap + 200 * DAY);
}
END_TEST

START_TEST(silent_direction_has_no_time)
{
	struct flow_record record = record_at(STAGE_SYN);
	struct flow_view view = view_after(&record, 90 * S);

	ck_assert_uint_eq(view.last_seen_ns, T0);
	ck_assert_uint_eq(view.idle_ns, 90 * S);
	ck_assert_int_eq(view.side[SIDE_CLIENT].state, STATE_SYN_SENT);
}
END_TEST

static void add_values(Suite *suite)
{
	TCase *tcase = tcase_create("values");

	tcase_add_loop_test(tcase, states_of_a_life, 0, sizeof(life) / sizeof(life[0]));
	tcase_add_test(tcase, client_is_found_in_either_direction);
	tcase_add_test(tcase, endpoint_values);
	tcase_add_test(tcase, counters_beyond_32_bits);
	tcase_add_test(tcase, payload_excludes_syn_and_fin);
	tcase_add_test(tcase, payload_of_midstream_counts_from_the_first_number);
	tcase_add_test(tcase, payload_never_is_huge);
	tcase_add_test(tcase, one_way_by_proof);
	suite_add_tcase(suite, tcase);
}

static void add_times(Suite *suite)
{
	TCase *tcase = tcase_create("times");

	tcase_add_test(tcase, latencies_unknown_until_seen);
	tcase_add_test(tcase, latency_of_the_answered_synack);
	tcase_add_test(tcase, latency_of_a_simultaneous_open);
	tcase_add_test(tcase, latency_is_never_negative);
	tcase_add_test(tcase, latency_needs_real_syns);
	tcase_add_loop_test(tcase, expiry, 0, sizeof(timeouts) / sizeof(timeouts[0]));
	tcase_add_loop_test(tcase, replaced, 0, sizeof(timeouts) / sizeof(timeouts[0]));
	tcase_add_test(tcase, unreachable);
	tcase_add_test(tcase, unreachable_reasons);
	tcase_add_test(tcase, reset_lingers_and_goes);
	tcase_add_test(tcase, time_wait_counts_from_the_exact_time);
	tcase_add_test(tcase, timeouts_switched_off);
	tcase_add_test(tcase, time_never_runs_backwards);
	tcase_add_test(tcase, stray_times);
	tcase_add_test(tcase, coarse_time_across_its_wrap);
	tcase_add_test(tcase, silent_direction_has_no_time);
	suite_add_tcase(suite, tcase);
}

Suite *flow_view_suite(void)
{
	Suite *suite = suite_create("flow_view");

	add_values(suite);
	add_times(suite);
	return suite;
}
