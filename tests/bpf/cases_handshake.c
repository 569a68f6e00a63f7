// SPDX-License-Identifier: GPL-2.0-only
/* Rules 1 to 6 of docs/specification.md. */
#include "cases.h"

#define SECONDS(n) ((n)*1000000LL)
#define SYN C(0, "S", 0, 0, 0, SYN_SENT, LISTEN)
#define SYNACK S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD)

const struct scenario handshake_cases[] = {
	{
		.name = "case01_syn_retransmitted",
		.step = {
			SYN,
			C(SECONDS(1), "S", 0, 0, 0, SYN_SENT, LISTEN),
			C(SECONDS(2), "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10000, .synack_to_ack = 25000, .handshake = 3035000,
			 .ambiguous = true, .syn_retransmits = 2 },
	},
	{
		.name = "case01_synack_retransmitted",
		.step = {
			SYN,
			SYNACK,
			S(SECONDS(1), "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			S(SECONDS(2), "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10000, .synack_to_ack = 25000, .handshake = 3035000,
			 .ambiguous = true, .synack_retransmits = 2 },
	},
	{
		/* Retransmitted because the ACK was lost behind the observer: no state goes back. */
		.name = "case01_synack_retransmitted_after_the_ack",
		.step = { HANDSHAKE, S(SECONDS(1), "SA", 0, 1, 0, ESTAB, ESTAB), C(10, "A", 1, 1, 0, ESTAB, ESTAB) },
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .synack_retransmits = 1 },
	},
	{
		.name = "case01_synack_with_another_isn_replaces",
		.step = {
			SYN,
			SYNACK,
			S(10000, "SA", 5000, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 5001, 0, ESTAB, ESTAB),
			S(1000, "PA", 5001, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShAd", .syn_to_synack = ANY, .synack_to_ack = 25000, .handshake = 45000,
			 .synack_retransmits = ANY, .ambiguous = ANY, .isn_s = 5000, .payload_s = 10, .revised = true },
	},
	{
		.name = "case01_synack_with_a_lower_isn_replaces",
		.step = {
			SYN,
			SYNACK,
			S(10000, "SA", -5000, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, SYN_SENT, SYN_RCVD, COUNTS_ANY),
			C(25000, "A", 1, -4999, 0, ESTAB, ESTAB),
			S(1000, "PA", -4999, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, .syn_to_synack = ANY, .synack_to_ack = 50000, .handshake = 70000,
			 .synack_retransmits = ANY, .ambiguous = ANY, .isn_s = -5000, .payload_s = 10, .revised = true },
	},
	{
		.name = "case01_synack_with_another_isn_after_the_ack_does_not",
		.step = {
			HANDSHAKE,
			S(1000, "SA", 5000, 1, 0, ESTAB, ESTAB, COUNTS_ANY),
			S(1000, "PA", 1, 1, 10, ESTAB, ESTAB),
			C(1000, "A", 1, 11, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .synack_retransmits = ANY, .payload_s = 10 },
	},
	{
		.name = "case02_synack_with_bad_ack",
		.step = {
			SYN,
			S(10, "SA", 0, 2, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			S(10, "SA", 0, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			S(10, "SA", 0, -1, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			S(10, "SA", 0, 0x7fffffff, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			S(9960, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES },
	},
	{
		.name = "case02_synack_of_an_older_incarnation",
		.step = {
			SYN,
			S(10, "SA", 777777, 0x40000000, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			C(10, "A", 0x40000000, 777778, 0, SYN_SENT, LISTEN, COUNTS_ANY),
		},
		.end = { OUTCOME_OPENING, ANY, .isn_unknown_s = true },
	},
	{
		/*
		 * Anybody can forge such a SYN/ACK: neither the client's ACK of it nor what follows makes a connection.
		 */
		.name = "case02_ack_of_an_unbelieved_synack",
		.step = {
			SYN,
			S(10, "SA", 0, 5, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			C(10, "A", 1, 1, 0, SYN_SENT, LISTEN, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 1, 1, 100, SYN_SENT, LISTEN, COUNTS(ACK_UNSEEN)),
			S(10, "A", 1, 101, 0, SYN_SENT, LISTEN, COUNTS_ANY),
			C(10, "FA", 101, 1, 0, SYN_SENT, LISTEN, COUNTS(ACK_UNSEEN)),
		},
		.end = { OUTCOME_OPENING, ANY, .isn_unknown_s = true },
	},
	{
		.name = "case02_synack_of_the_isn_itself",
		.step = {
			SYN,
			S(10, "SA", 500, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			C(10, "A", 1, 501, 0, SYN_SENT, LISTEN, COUNTS(ACK_UNSEEN)),
			C(10, "R", 0, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			S(9970, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, HANDSHAKE_LATENCIES },
	},
	{
		/*
		 * The number that is remembered of the SYN/ACK is never taken for that of a FIN, however well it was
		 * chosen.
		 */
		.name = "case02_unbelieved_synack_then_a_close",
		.step = {
			SYN,
			S(10, "SA", 0, 2, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			S(9990, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
		},
		.end = { OUTCOME_CLOSING, ANY, HANDSHAKE_LATENCIES },
	},
	{
		.name = "case02_synack_of_the_originator",
		.step = {
			SYN,
			C(10, "SA", 0, 1, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			C(10, "SA", 5000, 1, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
		},
		.end = { OUTCOME_OPENING, ANY, .isn_unknown_s = true, .syn_retransmits = ANY },
	},
	{
		.name = "case02_challenge_ack_and_the_reset_that_answers_it",
		.step = {
			SYN,
			S(10000, "A", 777, 50000, 0, SYN_SENT, LISTEN, COUNTS_ANY),
			C(1000, "R", 50000, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			C(989000, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
			S(1000, "PA", 1, 1, 40, ESTAB, ESTAB),
			C(1000, "A", 1, 41, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, .syn_to_synack = 10000, .synack_to_ack = 25000, .handshake = 1035000,
			 .ambiguous = true, .syn_retransmits = 1, .payload_s = 40 },
	},
	{
		.name = "case02_challenge_ack_at_the_isn",
		.step = {
			SYN,
			S(10000, "A", 777, 0, 0, SYN_SENT, LISTEN, COUNTS_ANY),
			C(1000, "R", 0, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			C(989000, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, .syn_to_synack = 10000, .synack_to_ack = 25000, .handshake = 1035000,
			 .ambiguous = true, .syn_retransmits = 1 },
	},
	{
		/* Even an ACK with the right number: the SYN of its sender was not seen. */
		.name = "case02_plain_ack_with_a_good_number",
		.step = {
			SYN,
			S(10, "A", 777, 1, 0, SYN_SENT, LISTEN, COUNTS_ANY),
			S(9990, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
			S(10, "R", 777, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			S(10, "PA", 1, 1, 40, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, HANDSHAKE_LATENCIES, .payload_s = 40 },
	},
	{
		/* The next SYN of a client that chooses a new ISN. */
		.name = "case02_challenge_ack_then_a_new_syn",
		.step = {
			SYN,
			S(10000, "A", 777, 50000, 0, SYN_SENT, LISTEN, COUNTS_ANY),
			C(1000, "R", 50000, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			C(989000, "S", 60000, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10000, "SA", 0, 60001, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 60001, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 60000, .first_seen = 1000000 },
	},
	{
		.name = "case03_data_completes_the_handshake",
		.step = { SYN, SYNACK, C(25000, "PA", 1, 1, 10, ESTAB, ESTAB), S(10, "A", 1, 11, 0, ESTAB, ESTAB) },
		.end = { OUTCOME_OPEN, CONN_S1, "ShDa", HANDSHAKE_LATENCIES, .payload_c = 10 },
	},
	{
		.name = "case03_data_of_the_server_before_the_ack",
		.step = {
			SYN,
			SYNACK,
			S(10, "PA", 1, 1, 10, SYN_SENT, SYN_RCVD),
			C(24990, "A", 1, 11, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShdA", HANDSHAKE_LATENCIES, .payload_s = 10 },
	},
	{
		.name = "case03_fin_completes_the_handshake",
		.step = { SYN, SYNACK, C(25000, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB), S(9, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT) },
		.end = { OUTCOME_CLOSING, CONN_S2, "ShFa", HANDSHAKE_LATENCIES },
	},
	{
		.name = "case03_never_established_without_a_valid_ack",
		.step = {
			SYN,
			SYNACK,
			C(990000, "S", 0, 0, 0, SYN_SENT, SYN_RCVD),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(990000, "S", 0, 0, 0, SYN_SENT, SYN_RCVD),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(990000, "S", 0, 0, 0, SYN_SENT, SYN_RCVD),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
		},
		.end = { OUTCOME_OPENING, CONN_S1, "Sh", .syn_to_synack = 10000, .syn_retransmits = 3,
			 .synack_retransmits = 3, .ambiguous = ANY },
	},
	{
		/* A sender that floods: a new ISN every time, and each SYN is answered. */
		.name = "case03_never_established_by_a_flood_on_one_port",
		.step = {
			SYN,
			SYNACK,
			C(10, "S", 5000, 0, 0, SYN_SENT, SYN_RCVD, COUNTS(CHALLENGE_SYN)),
			S(10, "SA", 7000, 5001, 0, SYN_SENT, SYN_RCVD, .renews = true, .remembered = true),
			C(10, "S", 15000, 0, 0, SYN_SENT, SYN_RCVD, COUNTS(CHALLENGE_SYN)),
			S(10, "SA", 17000, 15001, 0, SYN_SENT, SYN_RCVD, .renews = true, .remembered = true),
		},
		.end = { OUTCOME_OPENING, CONN_S1, "Sh", .syn_to_synack = 10, .isn_c = 15000, .isn_s = 17000,
			 .first_seen = 10030 },
	},
	{
		.name = "case03_invalid_acks_do_not_establish",
		.step = {
			SYN,
			SYNACK,
			C(10, "A", 1, 0, 0, SYN_SENT, SYN_RCVD, COUNTS_ANY),
			C(10, "A", 1, 2, 0, SYN_SENT, SYN_RCVD, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 1, 0, 50, SYN_SENT, SYN_RCVD, COUNTS_ANY),
			C(10, "A", 1, -70000, 0, SYN_SENT, SYN_RCVD, COUNTS_ANY),
			C(24960, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = ANY, .retransmits_c = ANY },
	},
	{
		.name = "case04_refused",
		.step = { SYN, S(10000, "RA", 77, 1, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_REFUSED, CONN_REJ, "Sr", .isn_unknown_s = true },
	},
	{
		.name = "case04_refused_with_sequence_number_zero",
		.step = { SYN, S(10000, "RA", 0, 1, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_REFUSED, CONN_REJ, "Sr", .isn_unknown_s = true },
	},
	{
		.name = "case04_refused_after_retransmission",
		.step = { SYN, C(SECONDS(1), "S", 0, 0, 0, SYN_SENT, LISTEN), S(10000, "RA", 0, 1, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_REFUSED, CONN_REJ, "Sr", .isn_unknown_s = true, .syn_retransmits = 1 },
	},
	{
		.name = "case04_reset_without_ack_is_not_believed",
		.step = {
			SYN,
			S(10, "R", 0, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			S(10, "R", 1, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			S(9980, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, HANDSHAKE_LATENCIES },
	},
	{
		.name = "case04_reset_with_unacceptable_ack_is_not_believed",
		.step = {
			SYN,
			S(10, "RA", 0, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			S(10, "RA", 0, 2, 0, SYN_SENT, LISTEN, COUNTS(BAD_RST)),
			S(10, "RA", 0, 1, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_REFUSED, CONN_REJ, .isn_unknown_s = true },
	},
	{
		.name = "case05_unanswered",
		.step = {
			SYN,
			C(SECONDS(1), "S", 0, 0, 0, SYN_SENT, LISTEN),
			C(SECONDS(2), "S", 0, 0, 0, SYN_SENT, LISTEN),
			WAIT(SECONDS(119), SYN_SENT, LISTEN),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_UNANSWERED, CONN_S0, "S", .syn_retransmits = 2, .isn_unknown_s = true },
	},
	{
		.name = "case05_half_open",
		.step = {
			SYN,
			SYNACK,
			S(SECONDS(1), "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			WAIT(SECONDS(59), SYN_SENT, SYN_RCVD),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_HALF_OPEN, CONN_S1, "Sh", .syn_to_synack = 10000, .synack_retransmits = 1 },
	},
	{
		.name = "case06_fast_open_data_accepted",
		.step = {
			C(0, "S", 0, 0, 20, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 21, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 21, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .payload_c = 20 },
	},
	{
		.name = "case06_fast_open_data_refused",
		.step = {
			C(0, "S", 0, 0, 20, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "PA", 1, 1, 20, ESTAB, ESTAB),
			S(10, "A", 1, 21, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShDa", HANDSHAKE_LATENCIES, .payload_c = 20, .retransmits_c = 1 },
	},
	{
		.name = "case06_fast_open_ack_beyond_the_data",
		.step = {
			C(0, "S", 0, 0, 20, SYN_SENT, LISTEN),
			S(10, "SA", 0, 22, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			S(10, "SA", 0, 0, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			S(9980, "SA", 0, 11, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 21, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .payload_c = 20 },
	},
	{
		.name = "case06_payload_in_the_synack",
		.step = {
			SYN,
			S(10000, "SA", 0, 1, 30, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 31, 0, ESTAB, ESTAB),
			S(10, "PA", 31, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShAd", HANDSHAKE_LATENCIES, .payload_s = 40 },
	},
	{
		.name = "case06_payload_in_the_synack_not_taken",
		.step = {
			SYN,
			S(10000, "SA", 0, 1, 30, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
			S(10, "PA", 1, 1, 30, ESTAB, ESTAB),
			C(10, "A", 1, 31, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShAd", HANDSHAKE_LATENCIES, .payload_s = 30, .retransmits_s = 1 },
	},
	{
		.name = "case06_refused_fast_open",
		.step = { C(0, "S", 0, 0, 20, SYN_SENT, LISTEN), S(10000, "RA", 0, 21, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_REFUSED, CONN_REJ, "Sr", .isn_unknown_s = true, .payload_c = 20 },
	},
	{ .name = NULL },
};
