// SPDX-License-Identifier: GPL-2.0-only
/* Rules 17 to 21a of docs/specification.md. */
#include "cases.h"

#define SECONDS(n) ((n)*1000000LL)
#define SYN C(0, "S", 0, 0, 0, SYN_SENT, LISTEN)
#define SYNACK S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD)
#define SLACK 131071 /* the largest window offered, 65535, and 64 KiB */

const struct scenario reset_cases[] = {
	{
		.name = "case17_reset_by_number_after_the_synack",
		.step = {
			SYN,
			SYNACK,
			S(10, "R", 777, 0, 0, SYN_SENT, SYN_RCVD, COUNTS(BAD_RST)),
			S(10, "RA", 777, 2, 0, SYN_SENT, SYN_RCVD, COUNTS(BAD_RST)),
			S(10, "RA", 777, 0, 0, SYN_SENT, SYN_RCVD, COUNTS(BAD_RST)),
			S(10, "R", 1, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_SERVER, ANY, "Shr", .syn_to_synack = 10000 },
	},
	{
		.name = "case17_reset_by_ack_after_the_synack",
		.step = { SYN, SYNACK, S(10, "RA", 777, 1, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_RESET_BY_SERVER, ANY, "Shr", .syn_to_synack = 10000 },
	},
	{
		.name = "case17_before_the_synack_only_an_ack_counts",
		.step = {
			SYN,
			S(10, "R", 1, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			S(10, "RA", 1, 2, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			S(10, "RA", 0x7654321, 1, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_REFUSED, CONN_REJ, "Sr", .isn_unknown_s = true },
	},
	{
		/* A SYN/ACK that was rejected makes no difference. */
		.name = "case17_after_a_bad_synack",
		.step = {
			SYN,
			S(10, "SA", 500, 77, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			S(10, "R", 501, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			S(10, "RA", 501, 77, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
		},
		.end = { OUTCOME_OPENING, ANY, .isn_unknown_s = true },
	},
	{
		.name = "case18_number_of_the_own_fin",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			C(10, "R", 0, 0, 0, FIN_WAIT_1, ESTAB, COUNTS(BAD_RST)),
			S(10, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, ANY, HANDSHAKE_LATENCIES },
	},
	{
		.name = "case18_number_of_the_own_fin_in_last_ack",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, ANY, HANDSHAKE_LATENCIES },
	},
	{
		.name = "case18_exactly_what_the_receiver_acknowledged",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(10, "R", 50, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			C(10, "R", 0, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			C(10, "R", 102, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			C(10, "R", 30000, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			C(10, "R", 0x70000000, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_RSTO, HANDSHAKE_LATENCIES, .payload_c = 100 },
	},
	{
		.name = "case18_exactly_what_the_sender_has_reached",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(10, "R", 101, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_RSTO, HANDSHAKE_LATENCIES, .payload_c = 100 },
	},
	{
		.name = "case18_what_was_acknowledged_is_over",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			C(10, "R", 1, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			S(10, "RA", 2, 101, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			S(10, "RA", 1, 0x12345, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_SERVER, CONN_RSTR, HANDSHAKE_LATENCIES, .payload_c = 100 },
	},
	{
		.name = "case18_one_way",
		.step = {
			SYN,
			C(10000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(10, "PA", 1, 1, 10, ESTAB, ESTAB),
			C(10, "R", 10, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			C(10, "R", 1, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			C(10, "R", 11, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, ANY, .handshake = 10000, .one_way = true, .payload_c = 10, .isn_unknown_s = true },
	},
	{
		.name = "case18_half_open_reset_by_client",
		.step = { SYN, SYNACK, C(10, "R", 0, 0, 0, SYN_SENT, SYN_RCVD, COUNTS(BAD_RST)), C(10, "R", 1, 0, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_RSTO, "ShR", .syn_to_synack = 10000 },
	},
	{
		.name = "case18_clients_own_reset_at_its_isn",
		.step = {
			SYN,
			C(10, "R", 2, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			C(10, "R", -1, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			C(10, "R", 0, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_RSTOS0, "SR", .isn_unknown_s = true },
	},
	{
		.name = "case18_clients_own_reset_after_its_isn",
		.step = { SYN, C(10, "R", 1, 0, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_RSTOS0, "SR", .isn_unknown_s = true },
	},
	{
		.name = "case19_reset_in_time_wait",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 2, 0, TIME_WAIT, CLOSED),
			S(10, "R", 40000, 0, 0, TIME_WAIT, CLOSED, COUNTS(BAD_RST)),
			S(10, "R", 2, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFfr", HANDSHAKE_LATENCIES },
	},
	{
		.name = "case19_reset_by_the_end_in_time_wait",
		.step = {
			HANDSHAKE,
			S(10, "FA", 1, 1, 0, ESTAB, FIN_WAIT_1),
			C(10, "FA", 1, 2, 0, LAST_ACK, FIN_WAIT_2),
			S(10, "A", 2, 2, 0, CLOSED, TIME_WAIT),
			S(10, "RA", 2, 2, 0, CLOSED, CLOSED),
			C(10, "S", 2, 0, 0, SYN_SENT, LISTEN, .renews = true),
		},
		.end = { OUTCOME_OPENING, CONN_S0, "S", .isn_c = 2, .isn_unknown_s = true, .first_seen = ANY },
	},
	{ .name = NULL },
};

#define WRAP_CASE(case_, c, s)                                                                                           \
	{                                                                                                                \
		.name = case_,                                                                                         \
		.step = {                                                                                              \
			HANDSHAKE,                                                                                     \
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),                                                          \
			S(10, "PA", 1, 101, 100, ESTAB, ESTAB),                                                        \
			C(10, "A", 101, 101, 0, ESTAB, ESTAB),                                                         \
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),                                                          \
			C(10, "FA", 101, 101, 0, FIN_WAIT_1, ESTAB),                                                   \
			S(10, "A", 101, 102, 0, FIN_WAIT_2, CLOSE_WAIT),                                               \
			S(10, "FA", 101, 102, 0, FIN_WAIT_2, LAST_ACK),                                                \
			C(10, "A", 102, 101, 0, FIN_WAIT_2, LAST_ACK),                                                 \
			C(10, "A", 102, 102, 0, TIME_WAIT, CLOSED),                                                    \
			C(10, "S", 100, 0, 0, TIME_WAIT, CLOSED, COUNTS(CHALLENGE_SYN)),                               \
			C(10, "S", 103, 0, 0, SYN_SENT, LISTEN, .renews = true),                                       \
			S(10000, "SA", 200, 104, 0, SYN_SENT, SYN_RCVD),                                               \
			C(25000, "A", 104, 201, 0, ESTAB, ESTAB),                                                      \
		},                                                                                                     \
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 103, .isn_s = 200, .first_seen = ANY }, \
		.isns = true, .isn_c = c, .isn_s = s, \
	}

/* A little more than 1000 MB, which is as far as the observer can follow with a window of 65535 << 14. */
#define LEAP(n) \
	C(10, "A", 1 + (n)*1073000000LL, 1, 1000, ESTAB, ESTAB), S(10, "A", 1, 1001 + (n)*1073000000LL, 0, ESTAB, ESTAB)

const struct scenario sequence_cases[] = {
	WRAP_CASE("case20_wrap_at_the_syn", 0xffffffffU, 0xffffffffU),
	WRAP_CASE("case20_wrap_after_the_syn", 0xfffffffeU, 0xfffffffeU),
	WRAP_CASE("case20_wrap_in_the_data", 0xffffffffU - 50, 0xffffffffU - 99),
	WRAP_CASE("case20_wrap_before_the_fin", 0xffffffffU - 100, 0xffffffffU - 100),
	WRAP_CASE("case20_wrap_at_the_fin", 0xffffffffU - 101, 0xffffffffU - 101),
	WRAP_CASE("case20_wrap_in_the_next_incarnation", 0xffffffffU - 102, 0xffffffffU - 200),
	WRAP_CASE("case20_sign_changes_in_the_data", 0x7fffffffU - 50, 0x7fffffffU - 50),
	{
		.name = "case20_more_than_4_gib",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, .options = { .wscale = 15 }),
			S(10, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, .options = { .wscale = 15 }),
			C(10, "A", 1, 1, 0, ESTAB, ESTAB),
			LEAP(0), LEAP(1), LEAP(2), LEAP(3), LEAP(4), LEAP(5), LEAP(6), LEAP(7), LEAP(8),
			C(10, "FA", 1001 + 8 * 1073000000LL, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 1002 + 8 * 1073000000LL, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, "ShADaF", .syn_to_synack = 10, .synack_to_ack = 10, .handshake = 20,
			 .payload_c = 1000 + 8 * 1073000000LL },
	},
	{ .name = NULL },
};

const struct scenario unseen_cases[] = {
	{
		/* A RST that a forged ACK has prepared is believed, and refuted by what follows (rules 18 and 19a). */
		.name = "case21_forged_ack_and_reset_are_undone",
		.step = {
			HANDSHAKE,
			S(10, "A", 1, 5000, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "R", 4999, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			C(10, "R", 5000, 0, 0, CLOSED, CLOSED),
			C(10, "PA", 1, 1, 10, CLOSED, CLOSED),
			S(10, "A", 1, 11, 0, ESTAB, ESTAB, COUNTS(RST_REFUTED)),
		},
		.end = { OUTCOME_OPEN, ANY, HANDSHAKE_LATENCIES, .payload_c = 10 },
	},
	{
		.name = "case21_late_ack_counts_once_the_fin_turns_up",
		.step = {
			HANDSHAKE,
			S(10, "A", 1, 2501, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 1, 1, 2499, ESTAB, ESTAB),
			C(10, "FA", 2500, 1, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "FA", 1, 2501, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2501, 2, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, HANDSHAKE_LATENCIES, .payload_c = 2499 },
	},
	{
		.name = "case21_late_ack_short_of_the_fin_or_beyond_it_does_not_count",
		.step = {
			HANDSHAKE,
			S(10, "A", 1, 2500, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "FPA", 1, 1, 2499, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 2502, 0, FIN_WAIT_1, ESTAB, COUNTS(ACK_UNSEEN)),
			S(10, "A", 1, 2501, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, HANDSHAKE_LATENCIES, .payload_c = 2499 },
	},
	{
		.name = "case21_the_rest_of_the_segment_is_learnt",
		.step = {
			HANDSHAKE,
			S(10, "PA", 1, 2500, 10, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			S(10, "FA", 11, 2500, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "A", 1, 12, 0, CLOSE_WAIT, FIN_WAIT_2),
		},
		.end = { OUTCOME_CLOSING, CONN_S3, HANDSHAKE_LATENCIES, .payload_s = 10 },
	},
	{
		/*
		 * The observer missed the FIN of C, but S had received it when it closed, as its retransmission shows.
		 */
		.name = "case21_passive_close_shows_later",
		.step = {
			HANDSHAKE,
			S(10, "FA", 1, 2501, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 1, 1, 2499, ESTAB, ESTAB),
			C(10, "FA", 2500, 1, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2501, 2, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, HANDSHAKE_LATENCIES, .payload_c = 2499 },
	},
	{
		.name = "case21_fin_counts_once_its_number_is_covered",
		.step = {
			HANDSHAKE,
			S(10, "FA", 1, 201, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(10, "PA", 101, 1, 100, ESTAB, FIN_WAIT_1),
			C(10, "A", 201, 2, 0, CLOSE_WAIT, FIN_WAIT_2),
		},
		.end = { OUTCOME_CLOSING, CONN_S3, HANDSHAKE_LATENCIES, .payload_c = 200 },
	},
	{
		/* The timeout stays that of a connection. The real FIN comes later, with a number already seen. */
		.name = "case21_forged_fin_closes_nothing",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 5000, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			WAIT(3600 * 1000000LL, ESTAB, ESTAB),
			S(10, "PA", 1, 1, 10, ESTAB, ESTAB),
			C(10, "A", 1, 11, 0, ESTAB, ESTAB),
			C(10, "FA", 1, 11, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 11, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "FA", 11, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 12, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, HANDSHAKE_LATENCIES, .payload_s = 10, .retransmits_c = 1 },
	},
	{
		/* A forged FIN that data contradicts was never learnt, so it is not counted as refuted. */
		.name = "case21_forged_fin_is_forgotten",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 5000, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			C(10, "FA", 101, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 102, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, HANDSHAKE_LATENCIES, .payload_c = 100 },
	},
	{
		.name = "case21_completes_the_handshake_once_the_bytes_turn_up",
		.step = {
			SYN,
			SYNACK,
			C(10, "A", 1, 500, 0, SYN_SENT, SYN_RCVD, COUNTS(ACK_UNSEEN)),
			S(10, "PA", 1, 1, 499, ESTAB, ESTAB),
			C(10, "A", 1, 90000, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "A", 1, 500, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, .syn_to_synack = 10000, .synack_to_ack = ANY, .handshake = ANY, .payload_s = 499 },
	},
	{
		/* A later ACK withdraws no fact. */
		.name = "case21_a_later_unseen_ack_takes_nothing_back",
		.step = {
			HANDSHAKE,
			S(10, "A", 1, 2501, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "FPA", 1, 1, 2499, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "A", 1, 90000, 0, FIN_WAIT_2, CLOSE_WAIT, COUNTS(ACK_UNSEEN)),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, HANDSHAKE_LATENCIES, .payload_c = 2499 },
	},
	{
		.name = "case21_one_missed_packet_does_not_deafen",
		.step = {
			HANDSHAKE,
			S(10, "A", 1, 1449, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 1449, 1, 1448, ESTAB, ESTAB),
			S(10, "A", 1, 2897, 0, ESTAB, ESTAB),
			C(10, "FA", 2897, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 2898, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, HANDSHAKE_LATENCIES, .payload_c = 2896 },
	},
	{
		.name = "case21a_beyond_the_window",
		.step = {
			HANDSHAKE,
			C(10, "PA", 2 + SLACK, 1, 10, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
			C(10, "FA", 2 + SLACK, 1, 0, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
			C(10, "PA", 1 + SLACK, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = SLACK + 10 },
	},
	{
		.name = "case21a_before_the_window",
		.step = {
			HANDSHAKE,
			C(10, "PA", 100001, 1, 1000, ESTAB, ESTAB),
			C(10, "PA", 179001, 1, 1000, ESTAB, ESTAB),
			S(10, "A", 1, 180001, 0, ESTAB, ESTAB),
			S(10, "PA", 1, 180001, 100, ESTAB, ESTAB),
			/* if its ACK were learnt, the RST below would have the number that C expects */
			C(10, "A", 180000 - SLACK, 51, 0, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
			S(10, "R", 51, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			C(10, "A", 180001 - SLACK, 51, 0, ESTAB, ESTAB),
			S(10, "R", 51, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_SERVER, CONN_RSTR, HANDSHAKE_LATENCIES, .payload_c = 180000, .payload_s = 100,
			 .retransmits_c = ANY },
	},
	{
		.name = "case21a_scaled_when_both_offered_it",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, .options = { .wscale = 3 }),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, .options = { .wscale = 3 }),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(10, "PA", 2 + 65536 + 4 * 65535, 1, 10, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
			C(10, "PA", 1 + 65536 + 4 * 65535, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = 65536 + 4 * 65535 + 10 },
	},
	{
		.name = "case21a_not_scaled_when_one_offered_it",
		.step = {
			SYN,
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, .options = { .wscale = 3 }),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(10, "PA", 2 + SLACK, 1, 10, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES },
	},
	{
		.name = "case21a_scaled_by_14_when_a_syn_was_not_seen",
		.step = {
			C(0, "PA", 1, 1, 10, ESTAB, ESTAB),
			S(10, "A", 1, 11, 0, ESTAB, ESTAB),
			C(10, "PA", 12 + 65536 + (65535LL << 14), 1, 10, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
			C(10, "PA", 11 + 65536 + (65535LL << 14), 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, .origin = ORIGIN_MIDSTREAM, .payload_c = 20 + 65536 + (65535LL << 14),
			 .isn_unknown_c = true, .isn_unknown_s = true },
	},
	{
		.name = "case21a_a_capture_gap_heals",
		.step = {
			HANDSHAKE,
			S(10, "A", 1, 1000001, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 1000001, 2, 100, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
			C(10, "PA", 1000001, -SLACK, 100, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
			C(10, "PA", 1000002 + SLACK, 1, 100, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
			C(10, "PA", 900001, 1, 100, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
			C(10, "PA", 1000001, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 1000101, 0, ESTAB, ESTAB),
			C(10, "FA", 1000101, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 1000102, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, HANDSHAKE_LATENCIES, .payload_c = 1000100 },
	},
	{
		.name = "case21a_a_capture_gap_heals_from_the_middle_and_with_an_old_ack",
		.step = {
			HANDSHAKE,
			S(10, "A", 1, 1000001, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 999951, 1 - SLACK, 100, ESTAB, ESTAB),
			S(10, "A", 1, 1000051, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = 1000050 },
	},
	{
		.name = "case21a_a_capture_gap_heals_at_the_far_edge",
		.step = {
			HANDSHAKE,
			S(10, "A", 1, 1000001, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 1000001 + SLACK, 1, 100, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = 1000100 + SLACK },
	},
	{
		.name = "case21a_one_way",
		.step = {
			SYN,
			C(10000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(10, "PA", 65539, 1, 10, ESTAB, ESTAB, COUNTS(BAD_SEQ)),
			C(10, "PA", 65537, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, .handshake = 10000, .one_way = true, .payload_c = 65546, .isn_unknown_s = true },
	},
	{ .name = NULL },
};
