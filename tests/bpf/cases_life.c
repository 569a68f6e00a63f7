// SPDX-License-Identifier: GPL-2.0-only
/* The ordinary life of a connection: docs/specification.md, section 2, the table of states line by line. */
#include "cases.h"

#define SECONDS(n) ((n)*1000000LL)
#define NO_ISNS .isn_unknown_c = true, .isn_unknown_s = true

const struct scenario life_cases[] = {
	{
		.name = "life_client_closes",
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(1000, "A", 1, 101, 0, ESTAB, ESTAB),
			S(1000, "PA", 1, 101, 200, ESTAB, ESTAB),
			C(1000, "A", 101, 201, 0, ESTAB, ESTAB),
			C(1000, "FA", 101, 201, 0, FIN_WAIT_1, ESTAB),
			S(1000, "A", 201, 102, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(1000, "FA", 201, 102, 0, FIN_WAIT_2, LAST_ACK),
			C(1000, "A", 102, 202, 0, TIME_WAIT, CLOSED),
			WAIT(SECONDS(59), TIME_WAIT, CLOSED),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShADadFf", HANDSHAKE_LATENCIES, .payload_c = 100, .payload_s = 200 },
	},
	{
		.name = "life_server_closes",
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 10, ESTAB, ESTAB),
			S(1000, "PA", 1, 11, 20, ESTAB, ESTAB),
			S(1000, "FA", 21, 11, 0, ESTAB, FIN_WAIT_1),
			C(1000, "A", 11, 22, 0, CLOSE_WAIT, FIN_WAIT_2),
			C(1000, "FA", 11, 22, 0, LAST_ACK, FIN_WAIT_2),
			S(1000, "A", 22, 12, 0, CLOSED, TIME_WAIT),
			WAIT(SECONDS(61), CLOSED, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShADdfFa", HANDSHAKE_LATENCIES, .payload_c = 10, .payload_s = 20 },
	},
	{
		.name = "life_fin_acknowledges_fin",
		.step = {
			HANDSHAKE,
			C(1000, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(1000, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(1000, "A", 2, 2, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFf", HANDSHAKE_LATENCIES },
	},
	{
		.name = "life_each_opening_step",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			WAIT(SECONDS(1), SYN_SENT, SYN_RCVD),
			C(0, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10000, .synack_to_ack = 1000000, .handshake = 1010000 },
	},
	{
		.name = "life_first_syn_only",
		.step = { C(0, "S", 0, 0, 0, SYN_SENT, LISTEN) },
		.end = { OUTCOME_OPENING, CONN_S0, "S", .isn_unknown_s = true },
	},
	{
		.name = "life_syn_received",
		.step = { C(0, "S", 0, 0, 0, SYN_SENT, LISTEN), S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD) },
		.end = { OUTCOME_OPENING, CONN_S1, "Sh", .syn_to_synack = 10000 },
	},
	{
		.name = "life_half_closed_by_client",
		.step = { HANDSHAKE, C(9, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB), S(9, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT) },
		.end = { OUTCOME_CLOSING, CONN_S2, "ShAFa", HANDSHAKE_LATENCIES },
	},
	{
		.name = "life_half_closed_by_server",
		.step = { HANDSHAKE, S(9, "FA", 1, 1, 0, ESTAB, FIN_WAIT_1), C(9, "A", 1, 2, 0, CLOSE_WAIT, FIN_WAIT_2) },
		.end = { OUTCOME_CLOSING, CONN_S3, "ShAf", HANDSHAKE_LATENCIES },
	},
	{
		.name = "life_reset_by_client",
		.step = { HANDSHAKE, C(9, "PA", 1, 1, 5, ESTAB, ESTAB), C(9, "R", 6, 0, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_RESET_BY_CLIENT, CONN_RSTO, "ShADR", HANDSHAKE_LATENCIES, .payload_c = 5 },
	},
	{
		.name = "life_reset_by_server",
		.step = { HANDSHAKE, C(9, "PA", 1, 1, 5, ESTAB, ESTAB), S(9, "RA", 1, 6, 0, CLOSED, CLOSED) },
		.end = { OUTCOME_RESET_BY_SERVER, CONN_RSTR, "ShADr", HANDSHAKE_LATENCIES, .payload_c = 5 },
	},
	{
		.name = "life_established_idles_out",
		.step = { HANDSHAKE, WAIT(SECONDS(431999), ESTAB, ESTAB), WAIT(SECONDS(3), CLOSED, CLOSED) },
		.end = { OUTCOME_IDLE_TIMEOUT, ANY, "ShA", HANDSHAKE_LATENCIES },
	},
	{
		.name = "life_one_way_ack_times_out",
		.step = { C(0, "A", 1, 1, 0, ESTAB, ESTAB), WAIT(SECONDS(299), ESTAB, ESTAB), WAIT(SECONDS(2), CLOSED, CLOSED) },
		.end = { OUTCOME_IDLE_TIMEOUT, ANY, .origin = ORIGIN_MIDSTREAM, .one_way = true, NO_ISNS },
	},
	{
		.name = "life_one_way_fin_times_out",
		.step = {
			S(0, "FA", 1, 1, 0, ESTAB, FIN_WAIT_1),
			WAIT(SECONDS(299), ESTAB, FIN_WAIT_1),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_IDLE_TIMEOUT, ANY, .origin = ORIGIN_MIDSTREAM, .one_way = true, NO_ISNS },
	},
	{
		.name = "life_one_way_from_the_syn_times_out",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			C(35000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(SECONDS(299), "PA", 1, 1, 10, ESTAB, ESTAB),
			WAIT(SECONDS(299), ESTAB, ESTAB),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_IDLE_TIMEOUT, ANY, .handshake = 35000, .one_way = true, .payload_c = 10, .isn_unknown_s = true },
	},
	{
		/* the missing end turns up: it is an ordinary connection from then on */
		.name = "life_one_way_no_longer",
		.step = {
			C(0, "A", 1, 1, 0, ESTAB, ESTAB),
			S(SECONDS(299), "A", 1, 1, 0, ESTAB, ESTAB),
			WAIT(SECONDS(431999), ESTAB, ESTAB),
			WAIT(SECONDS(3), CLOSED, CLOSED),
		},
		.end = { OUTCOME_IDLE_TIMEOUT, ANY, .origin = ORIGIN_MIDSTREAM, NO_ISNS },
	},
	{
		.name = "life_close_wait_times_out",
		.step = {
			HANDSHAKE,
			C(9, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(9, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
			WAIT(SECONDS(3599), FIN_WAIT_2, CLOSE_WAIT),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_IDLE_TIMEOUT, ANY, "ShAFa", HANDSHAKE_LATENCIES },
	},
	{
		.name = "life_fin_wait_times_out",
		.step = {
			HANDSHAKE,
			C(9, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			WAIT(SECONDS(119), FIN_WAIT_1, ESTAB),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_IDLE_TIMEOUT, ANY, "ShAF", HANDSHAKE_LATENCIES },
	},
	{
		.name = "life_last_ack_times_out",
		.step = {
			HANDSHAKE,
			C(9, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(9, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			WAIT(SECONDS(29), FIN_WAIT_2, LAST_ACK),
			WAIT(SECONDS(2), CLOSED, CLOSED),
		},
		.end = { OUTCOME_IDLE_TIMEOUT, ANY, "ShAFf", HANDSHAKE_LATENCIES },
	},
	{
		/* Every segment postpones the timeouts, including those for which the exact time is not stored. */
		.name = "life_traffic_keeps_alive",
		.step = {
			HANDSHAKE,
			C(SECONDS(400000), "A", 1, 1, 0, ESTAB, ESTAB),
			S(SECONDS(400000), "PA", 1, 1, 7, ESTAB, ESTAB),
			WAIT(SECONDS(400000), ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShAd", HANDSHAKE_LATENCIES, .payload_s = 7 },
	},
	{
		/* A segment that comes after the record has expired belongs to a new flow. */
		.name = "life_syn_after_timeout",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			C(SECONDS(125), "S", 0, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .first_seen = SECONDS(125) },
	},
	{
		.name = "life_long_transfer_both_ways",
		.step = {
			HANDSHAKE,
			C(10, "A", 1, 1, 1448, ESTAB, ESTAB),
			C(10, "A", 1449, 1, 1448, ESTAB, ESTAB),
			S(10, "A", 1, 1449, 0, ESTAB, ESTAB),
			S(10, "A", 1, 2897, 1000, ESTAB, ESTAB),
			C(10, "A", 2897, 1001, 1448, ESTAB, ESTAB),
			S(10, "A", 1001, 4345, 1000, ESTAB, ESTAB),
			C(10, "A", 4345, 2001, 0, ESTAB, ESTAB),
			C(10, "FPA", 4345, 2001, 55, FIN_WAIT_1, ESTAB),
			S(10, "A", 2001, 4401, 500, FIN_WAIT_2, CLOSE_WAIT),
			C(10, "A", 4401, 2501, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "FA", 2501, 4401, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 4401, 2502, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShADadFf", HANDSHAKE_LATENCIES, .payload_c = 4399, .payload_s = 2500 },
	},
	{ .name = NULL },
};
