// SPDX-License-Identifier: GPL-2.0-only
/* Rules 11 to 13 of docs/specification.md. */
#include "cases.h"

#define SECONDS(n) ((n)*1000000LL)
#define SYN C(0, "S", 0, 0, 0, SYN_SENT, LISTEN)
#define NO_ISNS .isn_unknown_c = true, .isn_unknown_s = true

const struct scenario pickup_cases[] = {
	{
		.name = "case11_midstream",
		.step = { C(0, "PA", 1, 1, 10, ESTAB, ESTAB) },
		.end = { OUTCOME_OPEN, CONN_OTH, "D", .origin = ORIGIN_MIDSTREAM, .one_way = true, .payload_c = 10, NO_ISNS },
	},
	{
		.name = "case11_midstream_first_seen_is_a_pure_ack_of_the_server",
		.step = { S(0, "A", 1, 1, 0, ESTAB, ESTAB) },
		.end = { OUTCOME_OPEN, CONN_OTH, "a", .origin = ORIGIN_MIDSTREAM, .one_way = true, NO_ISNS },
	},
	{
		.name = "case11_midstream_both_ways_to_the_close",
		.step = {
			C(0, "PA", 1, 1, 10, ESTAB, ESTAB),
			S(10, "PA", 1, 11, 20, ESTAB, ESTAB),
			C(10, "A", 11, 21, 0, ESTAB, ESTAB),
			C(10, "FA", 11, 21, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 21, 12, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "FA", 21, 12, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 12, 22, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "DdAFaf", .origin = ORIGIN_MIDSTREAM, .payload_c = 10, .payload_s = 20, NO_ISNS },
	},
	{
		/* The observer missed some segments between these two: an ACK stands in for what was not seen. */
		.name = "case11_midstream_with_gaps",
		.step = {
			C(0, "A", 1, 1, 0, ESTAB, ESTAB),
			S(10, "A", 1, 5000, 0, ESTAB, ESTAB),
			C(10, "A", 5000, 7000, 0, ESTAB, ESTAB),
			S(10, "FA", 7000, 5000, 0, ESTAB, FIN_WAIT_1),
			C(10, "FA", 5000, 7001, 0, LAST_ACK, FIN_WAIT_2),
			S(10, "A", 7001, 5001, 0, CLOSED, TIME_WAIT),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "AafF", .origin = ORIGIN_MIDSTREAM, .payload_c = ANY, .payload_s = ANY, NO_ISNS },
	},
	{
		.name = "case11_midstream_ports_tie_receiver_is_the_server",
		.step = { S(0, "PA", 1, 1, 10, ESTAB, ESTAB) },
		.end = { OUTCOME_OPEN, CONN_OTH, "D", .origin = ORIGIN_MIDSTREAM, .one_way = true, .payload_s = 10, .swapped = true,
			 NO_ISNS },
		.port_c = 5000, .port_s = 5000,
	},
	{
		.name = "case11_midstream_ports_tie_sender_is_the_client",
		.step = { C(0, "PA", 1, 1, 10, ESTAB, ESTAB) },
		.end = { OUTCOME_OPEN, CONN_OTH, "D", .origin = ORIGIN_MIDSTREAM, .one_way = true, .payload_c = 10, NO_ISNS },
		.port_c = 5000, .port_s = 5000,
	},
	{
		/* Ports are compared as numbers: 255 is the lower one, whatever the order of its bytes on the wire. */
		.name = "case11_midstream_ports_are_compared_as_numbers",
		.step = { S(0, "PA", 1, 1, 10, ESTAB, ESTAB) },
		.end = { OUTCOME_OPEN, CONN_OTH, "d", .origin = ORIGIN_MIDSTREAM, .one_way = true, .payload_s = 10, NO_ISNS },
		.port_c = 256, .port_s = 255,
	},
	{
		/* a flood of FINs creates no flow; an answer to one is picked up */
		.name = "case11_fin_first",
		.step = {
			C(0, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 2, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, ANY, .origin = ORIGIN_MIDSTREAM, NO_ISNS },
	},
	{
		.name = "case12_one_byte_that_nobody_acknowledged_again",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 1, ESTAB, ESTAB),
			C(10, "PA", 1, 1, 1, ESTAB, ESTAB),
			S(10, "A", 1, 2, 0, ESTAB, ESTAB),
			C(10, "A", 1, 1, 1, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, HANDSHAKE_LATENCIES, .payload_c = 1, .retransmits_c = 1 },
	},
	{
		/* check_endpoint() compares the flags after each segment */
		.name = "flags_of_every_kind_of_segment",
		.step = {
			C(0, "SEW", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SAE", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(10, "A", 1, 1, 10, ESTAB, ESTAB),
			C(10, "A", 11, 1, 10, ESTAB, ESTAB),
			C(10, "PA", 21, 1, 10, ESTAB, ESTAB),
			S(10, "A", 1, 31, 0, ESTAB, ESTAB),
			S(10, "AEW", 1, 31, 0, ESTAB, ESTAB),
			S(10, "UA", 1, 31, 10, ESTAB, ESTAB),
			S(10, "PA", 11, 31, 10, ESTAB, ESTAB),
			C(10, "FRUA", 5, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
		},
		.end = { OUTCOME_OPEN, ANY, HANDSHAKE_LATENCIES, .payload_c = 30, .payload_s = 20 },
	},
	{
		.name = "case11_midstream_reset",
		.step = {
			C(0, "PA", 1, 1, 10, ESTAB, ESTAB),
			S(10, "R", 2, 0, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			S(10, "R", 1, 0, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_SERVER, ANY, "Dr", .origin = ORIGIN_MIDSTREAM, .one_way = true, .payload_c = 10, NO_ISNS },
	},
	{
		.name = "case11_reset_alone_creates_nothing",
		.step = {
			C(0, "R", 1, 0, 0, NO_FLOW, NO_FLOW),
			S(0, "RA", 1, 1, 0, NO_FLOW, NO_FLOW),
			C(0, "FR", 1, 0, 0, NO_FLOW, NO_FLOW),
		},
	},
	{
		.name = "case19b_a_stray_ack_after_the_linger",
		.step = {
			HANDSHAKE,
			C(10, "R", 1, 0, 0, CLOSED, CLOSED),
			S(10, "A", 1, 1, 0, CLOSED, CLOSED),
			S(10, "PA", 1, 1, 10, CLOSED, CLOSED),
			S(SECONDS(9), "A", 1, 1, 0, CLOSED, CLOSED),
			S(SECONDS(2), "A", 1, 1, 0, ESTAB, ESTAB, .renews = true),
		},
		.end = { OUTCOME_OPEN, ANY, .origin = ORIGIN_MIDSTREAM, .one_way = true, NO_ISNS, .first_seen = ANY },
	},
	{
		.name = "case19b_a_stray_ack_after_time_wait",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 2, 0, TIME_WAIT, CLOSED),
			S(SECONDS(61), "A", 2, 2, 0, ESTAB, ESTAB, .renews = true),
			C(10, "A", 2, 2, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, .origin = ORIGIN_MIDSTREAM, NO_ISNS, .first_seen = ANY },
	},
	{
		.name = "case11_one_way_client_only",
		.step = {
			SYN,
			C(35000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(10, "PA", 1, 1, 10, ESTAB, ESTAB),
			C(10, "A", 11, 500, 0, ESTAB, ESTAB),
			C(10, "FA", 11, 500, 0, FIN_WAIT_1, ESTAB),
			C(10, "A", 12, 900, 0, FIN_WAIT_1, ESTAB),
		},
		.end = { OUTCOME_CLOSING, CONN_SH, "SADF", .handshake = 35000, .one_way = true, .payload_c = 10, .isn_unknown_s = true },
	},
	{
		.name = "case11_one_way_server_only",
		.step = {
			S(0, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			S(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 101, 400, 0, ESTAB, ESTAB),
			S(10, "FA", 101, 400, 0, ESTAB, FIN_WAIT_1),
		},
		.end = { OUTCOME_CLOSING, CONN_SHR, "hdaf", .origin = ORIGIN_SYNACK, .one_way = true, .payload_s = 100,
			 .isn_unknown_c = true },
	},
	{
		.name = "case11_one_way_until_the_synack_turns_up",
		.step = {
			SYN,
			C(10000, "A", 1, 1, 0, ESTAB, ESTAB),
			S(1000, "SA", 0, 1, 0, ESTAB, ESTAB),
			S(1000, "PA", 1, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "SAhd", .syn_to_synack = 11000, .handshake = 10000, .payload_s = 10 },
	},
	{
		.name = "case11_one_way_until_a_synack_that_does_not_fit_turns_up",
		.step = {
			SYN,
			C(10000, "A", 1, 1, 0, ESTAB, ESTAB),
			S(1000, "SA", 5000, 1, 0, SYN_SENT, SYN_RCVD),
			C(1000, "A", 1, 5001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "SAh", .syn_to_synack = 11000, .synack_to_ack = ANY, .handshake = ANY, .isn_s = 5000, .revised = true },
	},
	{
		.name = "case11_one_way_until_the_syn_turns_up",
		.step = {
			S(0, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			S(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(10, "S", 0, 0, 0, SYN_SENT, SYN_RCVD),
			C(10, "A", 1, 101, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "hdSA", .synack_to_ack = 30, .handshake = 10, .origin = ANY, .payload_s = 100 },
	},
	{
		.name = "case11_synack_missed",
		.step = {
			SYN,
			C(35000, "A", 1, 1, 0, ESTAB, ESTAB),
			S(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(10, "A", 1, 101, 0, ESTAB, ESTAB),
			C(10, "FA", 1, 101, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 101, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 2, 102, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "SAdFf", .handshake = 35000, .payload_s = 100, .isn_unknown_s = true },
	},
	{
		.name = "case11_synack_first",
		.step = {
			S(0, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(10, "PA", 1, 1, 30, ESTAB, ESTAB),
			S(10, "A", 1, 31, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, "hADa", .synack_to_ack = 25000, .origin = ORIGIN_SYNACK, .payload_c = 30,
			 .isn_unknown_c = true },
	},
	{
		.name = "case11_synack_first_confirmed_by_data",
		.step = { S(0, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD), C(25000, "PA", 1, 1, 30, ESTAB, ESTAB) },
		.end = { OUTCOME_OPEN, ANY, "hD", .synack_to_ack = 25000, .origin = ORIGIN_SYNACK, .payload_c = 30,
			 .isn_unknown_c = true },
	},
	{
		.name = "case11_synack_first_never_acknowledged",
		.step = {
			S(0, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			S(SECONDS(1), "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			WAIT(SECONDS(61), CLOSED, CLOSED),
		},
		.end = { OUTCOME_HALF_OPEN, ANY, "h", .origin = ORIGIN_SYNACK, .synack_retransmits = 1, .isn_unknown_c = true },
	},
	{
		.name = "case11_synack_first_then_its_reset",
		.step = { S(0, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD), S(10, "R", 1, 0, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_RESET_BY_SERVER, CONN_RSTRH, "hr", .origin = ORIGIN_SYNACK, .isn_unknown_c = true },
	},
	{ .name = NULL },
};

const struct scenario established_cases[] = {
	{
		.name = "case12_keepalives_windows_duplicates_and_old_data",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			C(SECONDS(7200), "A", 100, 1, 0, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			C(SECONDS(75), "A", 100, 1, 1, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB, .window = WINDOW_ZERO),
			S(10, "A", 0, 101, 0, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			S(10, "A", 1, 51, 0, ESTAB, ESTAB),
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(10, "PA", 51, 1, 50, ESTAB, ESTAB),
			S(10, "A", 0, 101, 1, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, .history = NULL, HANDSHAKE_LATENCIES, .payload_c = 100, .retransmits_c = 2 },
	},
	{
		.name = "case12_keepalives_after_a_midstream_pick_up",
		.step = {
			C(0, "A", 1, 1, 0, ESTAB, ESTAB),
			C(SECONDS(75), "A", 0, 1, 1, ESTAB, ESTAB),
			S(10, "A", 1, 1, 0, ESTAB, ESTAB),
			S(SECONDS(75), "A", 0, 1, 0, ESTAB, ESTAB),
			C(10, "A", 1, 1, 0, ESTAB, ESTAB),
			C(10, "PA", 1, 1, 5, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, .origin = ORIGIN_MIDSTREAM, .payload_c = 5, NO_ISNS },
	},
	{
		.name = "case12_half_closed_keepalives_and_old_data",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(10, "FA", 101, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "A", 1, 102, 0, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "A", 101, 1, 0, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "PA", 1, 1, 100, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "A", 1, 101, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "A", 0, 102, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "A", 1, 102, 0, FIN_WAIT_2, CLOSE_WAIT, .window = WINDOW_ZERO),
		},
		.end = { OUTCOME_CLOSING, CONN_S2, "ShADFa", HANDSHAKE_LATENCIES, .payload_c = 100, .retransmits_c = 1 },
	},
	{
		.name = "case13_syn_in_established_challenged_and_reset",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			C(10, "S", 5000, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			C(10, "R", 101, 0, 0, CLOSED, CLOSED),
			C(SECONDS(1), "S", 5000, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10000, "SA", 7000, 5001, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 5001, 7001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 5000, .isn_s = 7000, .first_seen = ANY },
	},
	{
		.name = "case13_syns_anywhere_change_nothing",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 101, 0, ESTAB, ESTAB),
			C(10, "S", 50, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			C(10, "S", 101, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			C(10, "S", -5000, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			C(10, "S", 0x70000000, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			C(10, "S", 0, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			S(10, "S", 5000, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			S(10, "PA", 1, 101, 10, ESTAB, ESTAB),
			C(10, "PA", 101, 11, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, .history = NULL, HANDSHAKE_LATENCIES, .payload_c = 110, .payload_s = 10,
			 .syn_retransmits = ANY },
	},
	{
		.name = "case13_synack_that_answers_the_remembered_syn",
		.step = {
			HANDSHAKE,
			C(SECONDS(1), "S", 5000, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			S(10000, "SA", 7000, 5001, 0, SYN_SENT, SYN_RCVD, .renews = true, .remembered = true),
			C(25000, "A", 5001, 7001, 0, ESTAB, ESTAB),
			C(10, "PA", 5001, 7001, 10, ESTAB, ESTAB),
			S(10, "PA", 7001, 5011, 20, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShADd", HANDSHAKE_LATENCIES, .isn_c = 5000, .isn_s = 7000, .first_seen = 1035000,
			 .payload_c = 10, .payload_s = 20 },
	},
	{
		.name = "case13_synack_that_does_not_answer_exactly_it",
		.step = {
			HANDSHAKE,
			C(10, "S", 5000, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			S(10, "SA", 7000, 5002, 0, ESTAB, ESTAB, COUNTS(BAD_ACK)),
			S(10, "SA", 7000, 5000, 0, ESTAB, ESTAB, COUNTS(BAD_ACK)),
			C(10, "SA", 7000, 5001, 0, ESTAB, ESTAB, COUNTS_ANY),
			S(10, "SA", 0, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, HANDSHAKE_LATENCIES, .synack_retransmits = 1, .syn_retransmits = ANY },
	},
	{
		.name = "case13_remembered_in_syn_received",
		.step = {
			SYN,
			S(10, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(SECONDS(1), "S", 5000, 0, 0, SYN_SENT, SYN_RCVD, COUNTS(CHALLENGE_SYN)),
			S(10000, "SA", 7000, 5001, 0, SYN_SENT, SYN_RCVD, .renews = true, .remembered = true),
			C(25000, "A", 5001, 7001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 5000, .isn_s = 7000, .first_seen = 1000010 },
	},
	{
		.name = "case13_remembered_with_data_and_options",
		.step = {
			HANDSHAKE,
			C(10, "S", 5000, 0, 20, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN), TS(100, 0)),
			S(10000, "SA", 7000, 5021, 0, SYN_SENT, SYN_RCVD, .renews = true, .remembered = true, TS(500, 100)),
			C(25000, "A", 5021, 7001, 0, ESTAB, ESTAB, TS(101, 500)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 5000, .isn_s = 7000, .first_seen = 35010,
			 .payload_c = 20 },
	},
	{
		/* The former server opens: it is the client of the new incarnation. */
		.name = "case13_remembered_from_the_server",
		.step = {
			HANDSHAKE,
			S(SECONDS(1), "S", 5000, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			C(10000, "SA", 7000, 5001, 0, SYN_RCVD, SYN_SENT, .renews = true, .remembered = true),
			S(25000, "A", 5001, 7001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 7000, .isn_s = 5000, .first_seen = 1035000,
			 .swapped = true },
	},
	{
		.name = "case13_half_closed",
		.step = {
			HANDSHAKE,
			C(10, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			C(10, "S", 5000, 0, 0, FIN_WAIT_1, ESTAB, COUNTS(CHALLENGE_SYN)),
			S(10, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "S", 6000, 0, 0, FIN_WAIT_2, CLOSE_WAIT, COUNTS(CHALLENGE_SYN)),
			S(10, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "S", 7000, 0, 0, FIN_WAIT_2, LAST_ACK, COUNTS(CHALLENGE_SYN)),
			C(10, "A", 2, 2, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, .history = NULL, HANDSHAKE_LATENCIES },
	},
	{
		.name = "case13_midstream",
		.step = {
			C(0, "PA", 1, 1, 10, ESTAB, ESTAB),
			S(10, "A", 1, 11, 0, ESTAB, ESTAB),
			C(10, "S", 5000, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			S(10000, "SA", 7000, 5001, 0, SYN_SENT, SYN_RCVD, .renews = true, .remembered = true),
			C(25000, "A", 5001, 7001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .isn_c = 5000, .isn_s = 7000, .first_seen = 20 },
	},
	{ .name = NULL },
};
