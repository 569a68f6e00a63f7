// SPDX-License-Identifier: GPL-2.0-only
/* Rule 25 of docs/specification.md: of a segment in fragments the first one alone is seen, and its end is not known. */
#include "cases.h"

#define PART .fragment = true
#define SECONDS(n) ((n)*1000000LL)

const struct scenario fragment_cases[] = {
	{
		.name = "case25_fin_of_the_server",
		.step = {
			HANDSHAKE,
			S(10, "FPA", 1, 1, 1460, ESTAB, FIN_WAIT_1, PART),
			C(10, "A", 1, 2002, 0, CLOSE_WAIT, FIN_WAIT_2),
			C(10, "FA", 1, 2002, 0, LAST_ACK, FIN_WAIT_2),
			S(10, "A", 2002, 2, 0, CLOSED, TIME_WAIT),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAfFa", HANDSHAKE_LATENCIES, .payload_s = 2000 },
	},
	{
		.name = "case25_fin_of_the_client",
		.step = {
			HANDSHAKE,
			C(10, "FPA", 1, 1, 1460, FIN_WAIT_1, ESTAB, PART),
			S(10, "A", 1, 60002, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(10, "FA", 1, 60002, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 60002, 2, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAFaf", HANDSHAKE_LATENCIES, .payload_c = 60000 },
	},
	{
		/*
		 * The segment ends after the fragment: an ACK up to the fragment's end, or of less, acknowledges no
		 * FIN.
		 */
		.name = "case25_fin_is_answered_by_a_fin",
		.step = {
			HANDSHAKE,
			S(10, "FPA", 1, 1, 1460, ESTAB, FIN_WAIT_1, PART),
			C(10, "A", 1, 1, 0, ESTAB, FIN_WAIT_1),
			C(10, "FA", 1, 3002, 0, LAST_ACK, FIN_WAIT_2),
			S(10, "A", 3002, 2, 0, CLOSED, TIME_WAIT),
		},
		.end = { OUTCOME_CLOSED, CONN_SF, "ShAfFa", HANDSHAKE_LATENCIES, .payload_s = 3000 },
	},
	{
		/* Sent again, whole and in other pieces: what is acknowledged before the FIN passes is data. */
		.name = "case25_fin_is_sent_again_in_segments",
		.step = {
			HANDSHAKE,
			S(10, "FPA", 1, 1, 1460, ESTAB, FIN_WAIT_1, PART),
			S(SECONDS(1), "A", 1, 1, 1000, ESTAB, FIN_WAIT_1),
			C(10, "A", 1, 1001, 0, ESTAB, FIN_WAIT_1),
			S(10, "FPA", 1001, 1, 1000, ESTAB, FIN_WAIT_1),
			C(10, "A", 1, 2001, 0, ESTAB, FIN_WAIT_1),
			C(10, "A", 1, 2002, 0, CLOSE_WAIT, FIN_WAIT_2),
		},
		.end = { OUTCOME_CLOSING, ANY, "ShAfd", HANDSHAKE_LATENCIES, .payload_s = 2000 },
	},
	{
		.name = "case25_fin_is_sent_again_in_fragments",
		.step = {
			HANDSHAKE,
			S(10, "FPA", 1, 1, 1460, ESTAB, FIN_WAIT_1, PART),
			S(SECONDS(1), "FPA", 1, 1, 1460, ESTAB, FIN_WAIT_1, PART),
			C(10, "A", 1, 2002, 0, CLOSE_WAIT, FIN_WAIT_2),
			S(SECONDS(1), "FPA", 1, 1, 1460, CLOSE_WAIT, FIN_WAIT_2, PART),
		},
		.end = { OUTCOME_CLOSING, ANY, "ShAf", HANDSHAKE_LATENCIES, .payload_s = 2000, .retransmits_s = 2 },
	},
	{
		/* Two queues: the ACK of the FIN is processed before it. */
		.name = "case25_fin_after_its_ack",
		.step = {
			HANDSHAKE,
			C(10, "A", 1, 2002, 0, ESTAB, ESTAB, COUNTS(ACK_UNSEEN)),
			S(10, "FPA", 1, 1, 1460, CLOSE_WAIT, FIN_WAIT_2, PART),
			C(10, "FA", 1, 2002, 0, LAST_ACK, FIN_WAIT_2),
		},
		.end = { OUTCOME_CLOSING, ANY, "ShAfF", HANDSHAKE_LATENCIES, .payload_s = 2000 },
	},
	{
		/* The ACK is believed, and with it the RST that it leads to. */
		.name = "case25_data_then_reset",
		.step = {
			HANDSHAKE,
			S(10, "PA", 1, 1, 1460, ESTAB, ESTAB, PART),
			C(10, "A", 1, 2001, 0, ESTAB, ESTAB),
			S(10, "RA", 1461, 1, 0, ESTAB, ESTAB, COUNTS(BAD_RST)),
			S(10, "RA", 2001, 1, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_SERVER, CONN_RSTR, "ShAdr", HANDSHAKE_LATENCIES, .payload_s = 2000 },
	},
	{
		.name = "case25_data_goes_on",
		.step = {
			HANDSHAKE,
			C(10, "PA", 1, 1, 1460, ESTAB, ESTAB, PART),
			S(10, "A", 1, 2001, 0, ESTAB, ESTAB),
			C(10, "PA", 2001, 1, 1000, ESTAB, ESTAB),
			C(10, "PA", 3001, 1, 1460, ESTAB, ESTAB, PART),
			C(10, "PA", 5001, 1, 100, ESTAB, ESTAB),
			S(10, "A", 1, 5101, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShADa", HANDSHAKE_LATENCIES, .payload_c = 5100 },
	},
	{
		/* No datagram is so long, so the ACK is of something that was not seen. */
		.name = "case25_an_ack_far_away",
		.step = {
			HANDSHAKE,
			S(10, "FPA", 1, 1, 1460, ESTAB, FIN_WAIT_1, PART),
			C(10, "A", 1, 65538, 0, ESTAB, FIN_WAIT_1, COUNTS(ACK_UNSEEN)),
		},
		.end = { OUTCOME_CLOSING, ANY, "ShAf", HANDSHAKE_LATENCIES },
	},
	{
		/* Data in a SYN (rule 6), more than a datagram of the path has room for. */
		.name = "case25_syn_with_data",
		.step = {
			C(0, "S", 0, 0, 1000, SYN_SENT, LISTEN, PART),
			S(10000, "SA", 0, 1401, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1401, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .payload_c = 1400 },
	},
	{
		.name = "case25_midstream",
		.step = {
			S(0, "FPA", 1, 1, 1460, ESTAB, FIN_WAIT_1, PART),
			C(10, "A", 1, 2002, 0, CLOSE_WAIT, FIN_WAIT_2),
			C(10, "FA", 1, 2002, 0, LAST_ACK, FIN_WAIT_2),
			S(10, "A", 2002, 2, 0, CLOSED, TIME_WAIT),
		},
		.end = { OUTCOME_CLOSED, ANY, NULL, .origin = ORIGIN_MIDSTREAM, .isn_unknown_c = true, .isn_unknown_s = true,
			 .payload_s = 2000 },
	},
	{ .name = NULL },
};
