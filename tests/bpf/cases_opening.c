// SPDX-License-Identifier: GPL-2.0-only
/* Rules 7 to 10 of docs/specification.md. */
#include "cases.h"

#define SECONDS(n) ((n)*1000000LL)
#define SYN C(0, "S", 0, 0, 0, SYN_SENT, LISTEN)
#define SYNACK S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD)

const struct scenario opening_cases[] = {
	{
		.name = "case07_simultaneous_open_with_synacks",
		.step = {
			SYN,
			S(1000, "S", 0, 0, 0, SYN_SENT, SYN_SENT),
			C(9000, "SA", 0, 1, 0, SYN_RCVD, SYN_SENT),
			S(1000, "SA", 0, 1, 0, ESTAB, ESTAB),
			C(1000, "PA", 1, 1, 10, ESTAB, ESTAB),
			S(1000, "PA", 1, 11, 10, ESTAB, ESTAB),
			C(1000, "FA", 11, 11, 0, FIN_WAIT_1, ESTAB),
			S(1000, "A", 11, 12, 0, FIN_WAIT_2, CLOSE_WAIT),
		},
		.end = { OUTCOME_CLOSING, ANY, .syn_to_synack = ANY, .handshake = 11000,
			 .syn_retransmits = ANY, .synack_retransmits = ANY, .payload_c = 10, .payload_s = 10, .revised = true },
	},
	{
		.name = "case07_simultaneous_open_server_answers_first",
		.step = {
			SYN,
			S(1000, "S", 0, 0, 0, SYN_SENT, SYN_SENT),
			S(9000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(1000, "SA", 0, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, .syn_to_synack = 10000, .handshake = 11000,
			 .syn_retransmits = ANY, .synack_retransmits = ANY },
	},
	{
		.name = "case07_simultaneous_open_with_acks",
		.step = {
			SYN,
			S(1000, "S", 0, 0, 0, SYN_SENT, SYN_SENT),
			C(9000, "A", 1, 1, 0, SYN_RCVD, SYN_SENT),
			S(1000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, .handshake = 11000 },
	},
	{
		.name = "case07_simultaneous_open_with_the_server_s_ack_first",
		.step = {
			SYN,
			S(1000, "S", 0, 0, 0, SYN_SENT, SYN_SENT),
			S(9000, "A", 1, 1, 0, SYN_SENT, SYN_RCVD),
			C(2000, "PA", 1, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, .handshake = 12000, .payload_c = 10 },
	},
	{
		.name = "case07_simultaneous_open_reset",
		.step = {
			SYN,
			S(1000, "S", 0, 0, 0, SYN_SENT, SYN_SENT),
			C(1000, "R", 50, 0, 0, SYN_SENT, SYN_SENT, COUNTS(BAD_RST)),
			C(1000, "RA", 0, 1, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_CLIENT, ANY },
	},
	{
		.name = "case08_synack_before_its_syn",
		.step = {
			S(0, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(1000, "S", 0, 0, 0, SYN_SENT, SYN_RCVD),
			C(9000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(1000, "PA", 1, 1, 10, ESTAB, ESTAB),
			S(1000, "PA", 1, 11, 20, ESTAB, ESTAB),
			C(1000, "FA", 11, 21, 0, FIN_WAIT_1, ESTAB),
			S(1000, "FA", 21, 12, 0, FIN_WAIT_2, LAST_ACK),
			C(1000, "A", 12, 22, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, .synack_to_ack = 10000, .handshake = 9000, .origin = ANY, .payload_c = 10,
			 .payload_s = 20 },
	},
	{
		.name = "case08_synack_before_its_syn_with_data",
		.step = {
			S(0, "SA", 0, 21, 0, SYN_SENT, SYN_RCVD),
			C(1000, "S", 0, 0, 20, SYN_SENT, SYN_RCVD),
			C(9000, "A", 21, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, .synack_to_ack = 10000, .handshake = 9000, .origin = ANY, .payload_c = 20 },
	},
	{
		.name = "case08_synack_and_ack_before_the_syn",
		.step = {
			S(0, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(1000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(1000, "S", 0, 0, 0, ESTAB, ESTAB),
			S(1000, "PA", 1, 1, 20, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, .synack_to_ack = 1000, .origin = ANY, .payload_s = 20 },
	},
	{
		.name = "case08_syn_that_does_not_fit_renews",
		.step = {
			S(0, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(1000, "S", 5000, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10000, "SA", 7000, 5001, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 5001, 7001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 5000, .isn_s = 7000, .first_seen = 1000 },
	},
	{
		.name = "case08_syn_that_does_not_fit_once_acknowledged",
		.step = {
			S(0, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(1000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(1000, "S", 5000, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
		},
		.end = { OUTCOME_OPEN, ANY, .synack_to_ack = 1000, .origin = ORIGIN_SYNACK, .isn_unknown_c = true },
	},
	{
		/*
		 * Known: the record of an earlier connection is in the way, until a retransmission
		 * (docs/specification.md, section 2).
		 */
		.name = "case08_synack_before_a_syn_that_replaces",
		.step = {
			HANDSHAKE,
			C(1000, "R", 1, 0, 0, CLOSED, CLOSED),
			S(1000, "SA", 7000, 5001, 0, CLOSED, CLOSED, COUNTS(BAD_ACK)),
			C(1000, "S", 5000, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10000, "SA", 7000, 5001, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 5001, 7001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 5000, .isn_s = 7000, .first_seen = 38000 },
	},
	{
		.name = "case09_ecn_setup",
		.step = {
			C(0, "SEW", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SAE", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "AW", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES },
	},
	{
		.name = "case09_push_urgent_ecn_nonce_do_not_matter",
		.step = {
			C(0, "SPUEWN", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SAPUEWN", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "APUEWN", 1, 1, 0, ESTAB, ESTAB),
			C(10, "APUEWN", 1, 1, 10, ESTAB, ESTAB),
			S(10, "APUEWN", 1, 11, 10, ESTAB, ESTAB),
			C(10, "FAPUEWN", 11, 11, 0, FIN_WAIT_1, ESTAB),
			S(10, "FAPUEWN", 11, 12, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "APUEWN", 12, 12, 0, TIME_WAIT, CLOSED),
			C(10, "RAPUEWN", 12, 12, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShADdFfR", HANDSHAKE_LATENCIES, .payload_c = 10, .payload_s = 10 },
	},
	{
		.name = "case10_another_isn_replaces_the_attempt",
		.step = {
			SYN,
			C(SECONDS(1), "S", 5000, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(5000, "SA", 0, 1, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			S(5000, "SA", 0, 5001, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 5001, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 5000, .first_seen = SECONDS(1) },
	},
	{
		.name = "case10_a_lower_isn_replaces_the_attempt",
		.step = {
			SYN,
			C(SECONDS(1), "S", -5000, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10000, "SA", 0, -4999, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", -4999, 1, 0, ESTAB, ESTAB),
			C(10, "PA", -4999, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShAD", HANDSHAKE_LATENCIES, .isn_c = -5000, .first_seen = SECONDS(1), .payload_c = 10 },
	},
	{ .name = NULL },
};
