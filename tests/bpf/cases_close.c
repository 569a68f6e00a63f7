// SPDX-License-Identifier: GPL-2.0-only
/* Rules 14 to 16 of docs/specification.md. */
#include "cases.h"

#define SECONDS(n) ((n)*1000000LL)
#define GB(n) ((n)*1000000000LL)
/* HANDSHAKE, with the largest windows that there are: the next segment may begin a gigabyte further on. */
#define OPENING_SCALED                                                                    \
	C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, .options = { .wscale = 15 }),                \
		S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, .options = { .wscale = 15 }), \
		C(25000, "A", 1, 1, 0, ESTAB, ESTAB)
/* Closed by C, without data: C ends at 2, S at 2. */
#define CLIENT_CLOSES                                                                        \
	C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB), S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK), \
		C(10, "A", 2, 2, 0, TIME_WAIT, CLOSED)

const struct scenario close_cases[] = {
	{
		.name = "case14_simultaneous",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 1, 1, 0, FIN_WAIT_1, FIN_WAIT_1),
			C(10, "A", 2, 2, 0, CLOSING, FIN_WAIT_2),
			S(10, "A", 2, 2, 0, TIME_WAIT, TIME_WAIT),
			WAIT(SECONDS(61), CLOSED, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFfa", HANDSHAKE_LATENCIES },
	},
	{
		.name = "case14_simultaneous_server_answers_first",
		.step = {
			HANDSHAKE,
			S(10, "FPA", 1, 1, 7, ESTAB, FIN_WAIT_1),
			C(10, "FPA", 1, 1, 9, FIN_WAIT_1, FIN_WAIT_1),
			S(10, "A", 9, 11, 0, FIN_WAIT_2, CLOSING),
			C(10, "A", 11, 9, 0, TIME_WAIT, TIME_WAIT),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAfFa", HANDSHAKE_LATENCIES, .payload_c = 9, .payload_s = 7 },
	},
	{
		/* The ACK of one FIN is lost: its sender retransmits the FIN, which also acknowledges the other one. */
		.name = "case14_closing_ends_with_a_retransmitted_fin",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 1, 1, 0, FIN_WAIT_1, FIN_WAIT_1),
			C(10, "A", 2, 2, 0, CLOSING, FIN_WAIT_2),
			S(SECONDS(1), "FA", 1, 2, 0, TIME_WAIT, TIME_WAIT),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFf", HANDSHAKE_LATENCIES, .retransmits_s = 1 },
	},
	{
		.name = "case14_half_close_with_data_for_long",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(SECONDS(1800), "PA", 1, 2, 1000, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "A", 2, 1001, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(SECONDS(1800), "PA", 1001, 2, 1000, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "A", 2, 2001, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(SECONDS(3500), "PA", 2001, 2, 1000, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "A", 2, 3001, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "FPA", 3001, 2, 10, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 3012, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFadf", HANDSHAKE_LATENCIES, .payload_s = 3010 },
	},
	{
		/* After 2 GiB the ACK number of the first FIN looks as if it were beyond that of the second one. */
		.name = "case14_half_close_with_more_than_2_gib",
		.step = {
			OPENING_SCALED,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "PA", GB(1), 2, 1000, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "A", 2, GB(1) + 1000, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "PA", GB(2), 2, 1000, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "A", 2, GB(2) + 1000, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "FPA", GB(3), 2, 10, FIN_WAIT_2, LAST_ACK),
			S(SECONDS(1), "FPA", GB(3), 2, 10, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, GB(3) + 11, 0, TIME_WAIT, CLOSED),
			WAIT(SECONDS(59), TIME_WAIT, CLOSED),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFadf", HANDSHAKE_LATENCIES, .payload_s = GB(3) + 9,
			 .retransmits_s = 1 },
	},
	{
		.name = "case14_half_close_by_server_with_more_than_2_gib",
		.step = {
			OPENING_SCALED,
			S(10, "FA", 1, 1, 0, ESTAB, FIN_WAIT_1),
			C(10, "A", 1, 2, 0, CLOSE_WAIT, FIN_WAIT_2),
			C(10, "PA", GB(1), 2, 1000, CLOSE_WAIT, FIN_WAIT_2),
			S(10, "A", 2, GB(1) + 1000, 0, CLOSE_WAIT, FIN_WAIT_2),
			C(10, "PA", GB(2), 2, 1000, CLOSE_WAIT, FIN_WAIT_2),
			S(10, "A", 2, GB(2) + 1000, 0, CLOSE_WAIT, FIN_WAIT_2),
			C(10, "PA", GB(3), 2, 1000, CLOSE_WAIT, FIN_WAIT_2),
			S(10, "A", 2, GB(3) + 1000, 0, CLOSE_WAIT, FIN_WAIT_2),
			C(10, "FA", GB(4), 2, 0, LAST_ACK, FIN_WAIT_2),
			S(10, "A", 2, GB(4) + 1, 0, CLOSED, TIME_WAIT),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAfDaF", HANDSHAKE_LATENCIES, .payload_c = GB(4) - 1 },
	},
	{
		.name = "case14_half_close_by_server_with_data",
		.step = {
			HANDSHAKE,
			S(10, "FA", 1, 1, 0, ESTAB, FIN_WAIT_1),
			C(10, "PA", 1, 2, 1000, CLOSE_WAIT, FIN_WAIT_2),
			S(10, "A", 2, 1001, 0, CLOSE_WAIT, FIN_WAIT_2),
			C(10, "FPA", 1001, 2, 10, LAST_ACK, FIN_WAIT_2),
			S(10, "A", 2, 1012, 0, CLOSED, TIME_WAIT),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAfDaF", HANDSHAKE_LATENCIES, .payload_c = 1010 },
	},
	{
		.name = "case14_fin_with_data_and_ack_at_once",
		.step = {
			HANDSHAKE,
			C(10, "FPA", 1, 1, 50, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 51, 0, FIN_WAIT_1, ESTAB),
			S(10, "FPA", 1, 52, 60, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 52, 62, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, HANDSHAKE_LATENCIES, .payload_c = 50, .payload_s = 60 },
	},
	{
		.name = "case14_fins_retransmitted",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			C(SECONDS(1), "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "FA", 1, 1, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			S(SECONDS(1), "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 2, 0, TIME_WAIT, CLOSED),
			S(SECONDS(1), "FA", 1, 2, 0, TIME_WAIT, CLOSED),
			C(10, "A", 2, 2, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFaf", HANDSHAKE_LATENCIES, .retransmits_c = 2, .retransmits_s = 2 },
	},
	{
		/* RFC 5961: in LAST_ACK, an ACK of data that was acknowledged before does not end the connection. */
		.name = "case14_challenge_ack_in_last_ack",
		.step = {
			HANDSHAKE,
			S(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(10, "FA", 1, 101, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 101, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 101, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 1, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 102, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, HANDSHAKE_LATENCIES, .payload_s = 100 },
	},
	{
		.name = "case14_fin_before_earlier_data",
		.step = {
			HANDSHAKE,
			C(10, "FA", 101, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 1, 0, FIN_WAIT_1, ESTAB),
			C(10, "PA", 1, 1, 100, FIN_WAIT_1, ESTAB, COUNTS(REORDERED)),
			S(10, "A", 1, 102, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, HANDSHAKE_LATENCIES, .payload_c = 100 },
	},
	{
		.name = "case14_fin_of_the_server_in_syn_received",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			S(10, "FA", 1, 1, 0, SYN_SENT, SYN_RCVD),
			C(24990, "A", 1, 2, 0, CLOSE_WAIT, FIN_WAIT_2),
		},
		.end = { OUTCOME_CLOSING, CONN_S3, "ShfA", HANDSHAKE_LATENCIES },
	},
	{
		.name = "case14_no_fin_in_syn_sent",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10, "FA", 500, 1, 0, SYN_SENT, LISTEN, COUNTS_ANY),
			S(9990, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, HANDSHAKE_LATENCIES },
	},
	{
		.name = "case14_fin_then_reset",
		.step = { HANDSHAKE, C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB), S(10, "R", 1, 0, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_RESET_BY_SERVER, CONN_RSTR, "ShAFr", HANDSHAKE_LATENCIES },
	},
	{
		.name = "case14_reset_then_fin",
		.step = { HANDSHAKE, C(10, "R", 1, 0, 0, CLOSED, CLOSED), S(10, "FA", 1, 1, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_RSTO, .history = NULL, HANDSHAKE_LATENCIES },
	},
	{
		.name = "case14_reset_before_both_fins_are_acknowledged",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "R", 2, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_SF, "ShAFfR", HANDSHAKE_LATENCIES },
	},
	{
		.name = "case14a_fin_below_what_was_acknowledged",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			C(10, "FA", 50, 1, 0, ESTAB, ESTAB, COUNTS_ANY),
			C(10, "FPA", 1, 1, 98, ESTAB, ESTAB, COUNTS_ANY),
			C(10, "FA", 101, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 102, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, HANDSHAKE_LATENCIES, .payload_c = 100, .retransmits_c = ANY },
	},
	{
		/* fin_seq + 1 is just what the receiver has acknowledged, so the FIN is not an old one. */
		.name = "case14a_fin_just_above_the_limit",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			C(10, "FPA", 1, 1, 99, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, HANDSHAKE_LATENCIES, .payload_c = ANY, .retransmits_c = ANY },
	},
	{
		.name = "case14a_first_fin_stands",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			C(10, "FA", 51, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, "ShAFa", HANDSHAKE_LATENCIES, .payload_c = ANY },
	},
	{ .name = NULL },
};

const struct scenario reopen_cases[] = {
	{
		.name = "case15_syn_above_the_last_number",
		.step = {
			HANDSHAKE,
			CLIENT_CLOSES,
			C(SECONDS(1), "S", 500, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10000, "SA", 7000, 501, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 501, 7001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 500, .isn_s = 7000, .first_seen = ANY },
	},
	{
		.name = "case15_syn_just_above_the_last_number",
		.step = { HANDSHAKE, CLIENT_CLOSES, C(10, "S", 3, 0, 0, SYN_SENT, LISTEN, .renews = true) },
		.end = { OUTCOME_OPENING, CONN_S0, "S", .isn_c = 3, .isn_unknown_s = true, .first_seen = ANY },
	},
	{
		.name = "case15_syn_at_the_number_that_is_expected",
		.step = { HANDSHAKE, CLIENT_CLOSES, C(10, "S", 2, 0, 0, TIME_WAIT, CLOSED, COUNTS(CHALLENGE_SYN)) },
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFf", HANDSHAKE_LATENCIES, .syn_retransmits = ANY },
	},
	{
		.name = "case11_old_segment_acknowledges_no_fin",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			S(10, "FA", 1, 101, 0, ESTAB, FIN_WAIT_1),
			C(10, "PA", 1, 2, 50, ESTAB, FIN_WAIT_1),
			C(10, "A", 101, 2, 0, CLOSE_WAIT, FIN_WAIT_2),
		},
		.end = { OUTCOME_CLOSING, ANY, HANDSHAKE_LATENCIES, .payload_c = 100, .retransmits_c = 1 },
	},
	{
		.name = "case15_old_duplicate_changes_nothing",
		.step = {
			HANDSHAKE,
			CLIENT_CLOSES,
			C(10, "S", 1, 0, 0, TIME_WAIT, CLOSED, COUNTS(CHALLENGE_SYN)),
			C(10, "S", 0, 0, 0, TIME_WAIT, CLOSED, COUNTS(CHALLENGE_SYN)),
			C(10, "S", -5000, 0, 0, TIME_WAIT, CLOSED, COUNTS(CHALLENGE_SYN)),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFf", HANDSHAKE_LATENCIES, .syn_retransmits = ANY },
	},
	{
		.name = "case15_old_duplicate_that_is_answered_after_all",
		.step = {
			HANDSHAKE,
			CLIENT_CLOSES,
			C(10, "S", -5000, 0, 0, TIME_WAIT, CLOSED, COUNTS(CHALLENGE_SYN)),
			S(10000, "SA", 7000, -4999, 0, SYN_SENT, SYN_RCVD, .renews = true, .remembered = true),
			C(25000, "A", -4999, 7001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = -5000, .isn_s = 7000, .first_seen = ANY },
	},
	{
		/* TSval 200 passed before any FIN, and is not kept. 310 is the last one kept for C. */
		.name = "case15_newer_timestamp",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			S(10, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(9100, 100)),
			C(10, "A", 1, 1, 0, ESTAB, ESTAB, TS(200, 9100)),
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB, TS(300, 9100)),
			S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK, TS(9300, 300)),
			C(10, "A", 2, 2, 0, TIME_WAIT, CLOSED, TS(310, 9300)),
			C(10, "S", -5000, 0, 0, TIME_WAIT, CLOSED, COUNTS(CHALLENGE_SYN), TS(310, 0)),
			C(10, "S", -5000, 0, 0, TIME_WAIT, CLOSED, COUNTS(CHALLENGE_SYN), TS(150, 0)),
			C(10, "S", -5000, 0, 0, TIME_WAIT, CLOSED, COUNTS(CHALLENGE_SYN)),
			C(10, "S", -5000, 0, 0, SYN_SENT, LISTEN, .renews = true, TS(311, 0)),
		},
		.end = { OUTCOME_OPENING, CONN_S0, "S", .isn_c = -5000, .isn_unknown_s = true, .first_seen = ANY },
	},
	{
		.name = "case15_newer_timestamp_across_its_wrap",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(0xfffffff0, 0)),
			S(10, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(9100, 0xfffffff0)),
			C(10, "A", 1, 1, 0, ESTAB, ESTAB, TS(0xfffffff1, 9100)),
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB, TS(0xfffffff2, 9100)),
			S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK, TS(9300, 0xfffffff2)),
			C(10, "A", 2, 2, 0, TIME_WAIT, CLOSED, TS(0xfffffff8, 9300)),
			C(10, "S", -5000, 0, 0, SYN_SENT, LISTEN, .renews = true, TS(5, 0)),
		},
		.end = { OUTCOME_OPENING, CONN_S0, "S", .isn_c = -5000, .isn_unknown_s = true, .first_seen = ANY },
	},
	{
		/* The SYN is compared with the last numbers of its own sender, not with those of the other end. */
		.name = "case15_syn_from_the_other_end",
		.step = {
			HANDSHAKE,
			S(10, "PA", 1, 1, 900, ESTAB, ESTAB),
			C(10, "FA", 1, 901, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 901, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 902, 0, TIME_WAIT, CLOSED),
			S(10, "S", 500, 0, 0, TIME_WAIT, CLOSED, COUNTS(CHALLENGE_SYN)),
			S(10, "S", 1500, 0, 0, LISTEN, SYN_SENT, .renews = true),
			C(10, "SA", 700, 1501, 0, SYN_RCVD, SYN_SENT),
			S(10, "A", 1501, 701, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10, .synack_to_ack = 10, .handshake = 20, .isn_c = 700,
			 .isn_s = 1500, .swapped = true, .first_seen = ANY },
	},
	{
		.name = "case15_after_the_period_any_syn_opens",
		.step = {
			HANDSHAKE,
			CLIENT_CLOSES,
			C(SECONDS(61), "S", -5000, 0, 0, SYN_SENT, LISTEN, .renews = true),
		},
		.end = { OUTCOME_OPENING, CONN_S0, "S", .isn_c = -5000, .isn_unknown_s = true, .first_seen = ANY },
	},
	{
		.name = "case15_both_in_time_wait",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 1, 1, 0, FIN_WAIT_1, FIN_WAIT_1),
			C(10, "A", 2, 2, 0, CLOSING, FIN_WAIT_2),
			C(10, "S", 600, 0, 0, CLOSING, FIN_WAIT_2, COUNTS(CHALLENGE_SYN)),
			S(10, "A", 2, 2, 0, TIME_WAIT, TIME_WAIT),
			C(10, "S", 500, 0, 0, SYN_SENT, LISTEN, .renews = true),
		},
		.end = { OUTCOME_OPENING, CONN_S0, "S", .isn_c = 500, .isn_unknown_s = true, .first_seen = ANY },
	},
	{
		.name = "case15_delayed_old_segments_do_not_disturb",
		.step = {
			HANDSHAKE,
			S(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(10, "FA", 1, 101, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 101, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 102, 0, TIME_WAIT, CLOSED),
			S(SECONDS(50), "PA", 1, 1, 100, TIME_WAIT, CLOSED),
			C(10, "A", 1, 1, 0, TIME_WAIT, CLOSED),
			WAIT(SECONDS(9), TIME_WAIT, CLOSED),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, HANDSHAKE_LATENCIES, .payload_s = 100, .retransmits_s = ANY },
	},
	{
		.name = "case15_a_repeated_last_ack_begins_the_period_anew",
		.step = {
			HANDSHAKE,
			CLIENT_CLOSES,
			S(SECONDS(50), "FA", 1, 2, 0, TIME_WAIT, CLOSED),
			C(10, "A", 2, 2, 0, TIME_WAIT, CLOSED),
			WAIT(SECONDS(59), TIME_WAIT, CLOSED),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFf", HANDSHAKE_LATENCIES, .retransmits_s = 1 },
	},
	{
		.name = "case15_synack_of_an_old_incarnation_in_time_wait",
		.step = { HANDSHAKE, CLIENT_CLOSES, S(10, "SA", 7000, 5001, 0, TIME_WAIT, CLOSED, COUNTS(BAD_ACK)) },
		.end = { OUTCOME_CLOSED, ANY, HANDSHAKE_LATENCIES, .synack_retransmits = ANY },
	},
	{
		.name = "case16_syn_after_a_reset",
		.step = {
			HANDSHAKE,
			S(10, "R", 1, 0, 0, CLOSED, CLOSED),
			C(10, "S", -5000, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10000, "SA", -3000, -4999, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", -4999, -2999, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = -5000, .isn_s = -3000, .first_seen = ANY },
	},
	{
		.name = "case16_syn_of_the_other_side_after_a_reset",
		.step = {
			HANDSHAKE,
			S(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(10, "S", 5000, 0, 0, LISTEN, SYN_SENT, .renews = true),
			C(10000, "SA", 3000, 5001, 0, SYN_RCVD, SYN_SENT),
			S(25000, "A", 5001, 3001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 3000, .isn_s = 5000, .swapped = true,
			 .first_seen = ANY },
	},
	{
		.name = "case16_syn_after_a_refusal",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10, "RA", 0, 1, 0, CLOSED, CLOSED),
			C(SECONDS(1), "S", 0, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10, "RA", 0, 1, 0, CLOSED, CLOSED),
			C(10, "S", 100, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10, "RA", 0, 101, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_REFUSED, CONN_REJ, "Sr", .isn_c = 100, .isn_unknown_s = true, .first_seen = SECONDS(1) + 30 },
	},
	{
		.name = "case16_syn_of_the_other_side_after_a_close",
		.step = {
			HANDSHAKE,
			CLIENT_CLOSES,
			S(SECONDS(65), "S", -5000, 0, 0, LISTEN, SYN_SENT, .renews = true),
		},
		.end = { OUTCOME_OPENING, CONN_S0, "S", .isn_s = -5000, .isn_unknown_c = true, .swapped = true, .first_seen = ANY },
	},
	{ .name = NULL },
};
