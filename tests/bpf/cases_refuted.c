// SPDX-License-Identifier: GPL-2.0-only
/* Rule 19a of docs/specification.md: a RST or a FIN that is refuted, because the connection goes on. */
#include "cases.h"

#define SYN C(0, "S", 0, 0, 0, SYN_SENT, LISTEN)
#define SYNACK S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD)

const struct scenario refuted_cases[] = {
	{
		.name = "case19a_data_after_the_reset_is_acknowledged",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			S(10, "RA", 1, 101, 0, CLOSED, CLOSED),
			S(10, "PA", 1, 101, 100, CLOSED, CLOSED),
			C(10, "PA", 101, 101, 100, ESTAB, ESTAB, COUNTS(RST_REFUTED)),
			S(10, "PA", 101, 201, 100, ESTAB, ESTAB),
			C(10, "FA", 201, 201, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 201, 202, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, HANDSHAKE_LATENCIES, .payload_c = 200, .payload_s = 200 },
	},
	{
		.name = "case19a_its_sender_acknowledges_later_data",
		.step = {
			HANDSHAKE,
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(10, "PA", 1, 1, 10, CLOSED, CLOSED),
			C(10, "A", 1, 11, 0, ESTAB, ESTAB, COUNTS(RST_REFUTED)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_s = 10 },
	},
	{
		.name = "case19a_what_was_in_flight_refutes_nothing",
		.step = {
			HANDSHAKE,
			S(10, "PA", 1, 1, 10, ESTAB, ESTAB),
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(10, "PA", 11, 1, 10, CLOSED, CLOSED),
			C(10, "A", 1, 11, 0, CLOSED, CLOSED),
			S(10, "FA", 21, 1, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_RSTO, HANDSHAKE_LATENCIES, .payload_s = 20 },
	},
	{
		.name = "case19a_guesses_refute_nothing",
		.step = {
			HANDSHAKE,
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(10, "PA", 1, 1, 10, CLOSED, CLOSED),
			C(10, "A", 1, 12, 0, CLOSED, CLOSED),
			C(10, "A", 1, 1, 0, CLOSED, CLOSED),
			C(10, "A", 2, 11, 0, CLOSED, CLOSED),
			C(10, "A", -1, 11, 0, CLOSED, CLOSED),
			C(10, "PA", 100000, 11, 10, CLOSED, CLOSED),
			C(10, "RA", 1, 11, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_RSTO, HANDSHAKE_LATENCIES, .payload_s = 10 },
	},
	{
		/* The host of a socket that is gone answers each segment by a RST. */
		.name = "case19a_another_reset_counts_from_there",
		.step = {
			HANDSHAKE,
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(10, "PA", 1, 1, 10, CLOSED, CLOSED),
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
			C(10, "A", 1, 11, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_RSTO, HANDSHAKE_LATENCIES, .payload_s = 10 },
	},
	{
		.name = "case19a_resets_of_both_ends",
		.step = {
			HANDSHAKE,
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(10, "R", 1, 0, 0, CLOSED, CLOSED),
			C(10, "PA", 1, 1, 10, CLOSED, CLOSED),
			S(10, "A", 1, 11, 0, ESTAB, ESTAB, COUNTS(RST_REFUTED)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = 10 },
	},
	{
		.name = "case19a_the_reset_of_the_other_end_stands",
		.step = {
			HANDSHAKE,
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(10, "PA", 1, 1, 10, CLOSED, CLOSED),
			S(10, "R", 11, 0, 0, CLOSED, CLOSED),
			C(10, "A", 1, 11, 0, CLOSED, CLOSED, COUNTS(RST_REFUTED)),
		},
		.end = { OUTCOME_RESET_BY_SERVER, CONN_RSTR, HANDSHAKE_LATENCIES, .payload_s = 10 },
	},
	{
		.name = "case19a_reset_and_the_right_synack",
		.step = {
			SYN,
			SYNACK,
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(20000, "SA", 0, 1, 0, CLOSED, CLOSED),
			C(10, "A", 1, 1, 0, ESTAB, ESTAB, COUNTS(RST_REFUTED)),
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, .syn_to_synack = 10000, .synack_to_ack = 10, .handshake = 30020,
			 .ambiguous = true, .synack_retransmits = 1, .payload_c = 100 },
	},
	{
		.name = "case19a_refused_and_accepted",
		.step = {
			SYN,
			S(10, "RA", 0, 1, 0, CLOSED, CLOSED),
			S(10, "SA", 0, 1, 0, CLOSED, CLOSED),
			C(10, "A", 1, 1, 0, ESTAB, ESTAB, COUNTS(RST_REFUTED)),
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, .syn_to_synack = 20, .synack_to_ack = 10, .handshake = 30, .payload_c = 100 },
	},
	{
		.name = "case19a_a_synack_alone_refutes_nothing",
		.step = {
			SYN,
			S(10, "RA", 0, 1, 0, CLOSED, CLOSED),
			S(10, "SA", 0, 1, 0, CLOSED, CLOSED),
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(10, "SA", 0, 77, 0, CLOSED, CLOSED, COUNTS(BAD_ACK)),
		},
		.end = { OUTCOME_REFUSED, CONN_REJ, .syn_to_synack = 20 },
	},
	{
		/* The last ACK was under way when the RST passed: the flow was not closed by then. */
		.name = "case19a_what_was_in_flight_changes_no_outcome",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			S(10, "R", 2, 0, 0, CLOSED, CLOSED),
			C(10, "A", 2, 2, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_SERVER, CONN_SF, HANDSHAKE_LATENCIES },
	},
	{
		.name = "case19a_fin_after_the_reset",
		.step = {
			HANDSHAKE,
			S(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(10, "FA", 1, 1, 0, CLOSED, CLOSED),
			C(10, "A", 1, 2, 0, CLOSE_WAIT, FIN_WAIT_2, COUNTS(RST_REFUTED)),
			C(10, "FA", 1, 2, 0, LAST_ACK, FIN_WAIT_2),
			S(10, "A", 2, 2, 0, CLOSED, TIME_WAIT),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, HANDSHAKE_LATENCIES },
	},
	{
		.name = "case19a_a_keepalive_goes_on",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 10, ESTAB, ESTAB),
			S(10, "A", 1, 11, 0, ESTAB, ESTAB),
			C(10, "R", 11, 0, 0, CLOSED, CLOSED),
			S(10, "PA", 1, 11, 10, CLOSED, CLOSED),
			C(10, "A", 10, 11, 0, ESTAB, ESTAB, COUNTS(RST_REFUTED)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = 10, .payload_s = 10 },
	},
	{
		.name = "case19a_data_beyond_a_fin",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			C(10, "PA", 1, 1, 100, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB, COUNTS(FIN_REFUTED)),
			C(10, "FA", 101, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 102, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, HANDSHAKE_LATENCIES, .payload_c = 100 },
	},
	{
		.name = "case19a_data_beyond_a_fin_that_was_acknowledged",
		.step = {
			HANDSHAKE,
			S(10, "FA", 1, 1, 0, ESTAB, FIN_WAIT_1),
			C(10, "A", 1, 2, 0, CLOSE_WAIT, FIN_WAIT_2),
			S(10, "PA", 1, 1, 1, CLOSE_WAIT, FIN_WAIT_2),
			C(10, "A", 1, 2, 0, CLOSE_WAIT, FIN_WAIT_2),
			S(10, "PA", 2, 1, 10, CLOSE_WAIT, FIN_WAIT_2),
			C(10, "A", 1, 12, 0, ESTAB, ESTAB, COUNTS(FIN_REFUTED)),
			S(10, "FA", 12, 1, 0, ESTAB, FIN_WAIT_1),
			C(10, "A", 1, 13, 0, CLOSE_WAIT, FIN_WAIT_2),
		},
		.end = { OUTCOME_CLOSING, CONN_S3, HANDSHAKE_LATENCIES, .payload_s = 11 },
	},
	{
		.name = "case19a_a_fin_and_a_reset_at_once",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			C(10, "R", 2, 0, 0, CLOSED, CLOSED),
			C(10, "PA", 1, 1, 100, CLOSED, CLOSED),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB, COUNTS_ANY),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = 100 },
	},
	{
		/* The missed bytes turn up late: their ACK was before the RST. */
		.name = "case19a_an_ack_before_the_reset_refutes_nothing",
		.step = {
			HANDSHAKE,
			C(10, "A", 1, 301, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			S(10, "RA", 301, 1, 0, CLOSED, CLOSED),
			S(10, "PA", 1, 1, 300, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_SERVER, CONN_RSTR, HANDSHAKE_LATENCIES, .payload_s = 300 },
	},
	{
		.name = "case19a_the_ack_is_processed_before_its_data",
		.step = {
			HANDSHAKE,
			S(10, "RA", 1, 1, 0, CLOSED, CLOSED),
			C(10, "A", 1, 11, 0, CLOSED, CLOSED),
			S(10, "PA", 1, 1, 10, ESTAB, ESTAB, COUNTS(RST_REFUTED)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_s = 10 },
	},
	{
		.name = "case18_the_number_of_an_unseen_ack",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 301, 100, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			C(10, "PA", 101, 301, 100, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			S(10, "RA", 300, 201, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			S(10, "RA", 301, 201, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_SERVER, CONN_RSTR, HANDSHAKE_LATENCIES, .payload_c = 200 },
	},
	{
		/* Before both SYNs are acknowledged, such a RST only answers the bad ACK (RFC 9293, 3.10.7.4). */
		.name = "case18_the_number_of_an_unseen_ack_in_the_handshake",
		.step = {
			SYN,
			SYNACK,
			C(10, "A", 1, 500, 0, SYN_SENT, SYN_RCVD, COUNTS(ACK_UNSEEN)),
			S(10, "R", 500, 0, 0, SYN_SENT, SYN_RCVD, COUNTS(BAD_RST)),
			C(10, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, .syn_to_synack = 10000, .synack_to_ack = 20 + 10, .handshake = 10030 },
	},
	{ .name = NULL },
};
