// SPDX-License-Identifier: GPL-2.0-only
/* Rules 31 and 32 of docs/specification.md: what is seen twice, and what comes late. */
#include "cases.h"

#define SECONDS(n) ((n)*1000000LL)
#define COPY COUNTS(DUPLICATE)
#define LATE COUNTS(REORDERED)

const struct scenario again_cases[] = {
	{
		.name = "case31_every_segment_twice",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			C(20, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0), COPY),
			S(9980, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 100)),
			S(20, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 100), COPY),
			C(24980, "A", 1, 1, 0, ESTAB, ESTAB, TS(135, 500)),
			C(20, "A", 1, 1, 0, ESTAB, ESTAB, TS(135, 500)),
			C(20, "PA", 1, 1, 10, ESTAB, ESTAB, TS(135, 500)),
			C(20, "PA", 1, 1, 10, ESTAB, ESTAB, TS(135, 500)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShAD", HANDSHAKE_LATENCIES, .payload_c = 10, .retransmits_c = 1 },
	},
	{
		.name = "case31_without_timestamps_three_times",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			C(10, "S", 0, 0, 0, SYN_SENT, LISTEN, COPY),
			C(10, "S", 0, 0, 0, SYN_SENT, LISTEN, COPY),
			S(9980, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			S(10, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, COPY),
			C(24990, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES },
	},
	{
		.name = "case31_within_10_ms_and_not_later",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			C(10000, "S", 0, 0, 0, SYN_SENT, LISTEN, COPY),
			C(1, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			S(10001, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(14999, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10000, .synack_to_ack = 14999, .handshake = 45001,
			 .ambiguous = true, .syn_retransmits = 1, .synack_retransmits = 1 },
	},
	{
		.name = "case31_another_timestamp_is_a_retransmission",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			C(5000, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(105, 0)),
			S(5000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 105)),
			S(5000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(505, 105)),
			C(20000, "A", 1, 1, 0, ESTAB, ESTAB, TS(135, 505)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 5000, .synack_to_ack = 20000, .handshake = 35000,
			 .syn_retransmits = 1, .synack_retransmits = 1 },
	},
	{
		.name = "case31_copy_with_an_earlier_time",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			C(-20, "S", 0, 0, 0, SYN_SENT, LISTEN, COPY),
			S(10020, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES },
	},
	{
		.name = "case31_syn_without_ecn_is_no_copy",
		.step = {
			C(0, "SEW", 0, 0, 0, SYN_SENT, LISTEN),
			C(20, "S", 0, 0, 0, SYN_SENT, LISTEN),
		},
		.end = { OUTCOME_OPENING, CONN_S0, "S", .syn_retransmits = 1, .isn_unknown_s = true },
	},
	{
		.name = "case31_simultaneous_open_twice",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			C(20, "S", 0, 0, 0, SYN_SENT, LISTEN, COPY),
			S(20, "S", 0, 0, 0, SYN_SENT, SYN_SENT),
			S(20, "S", 0, 0, 0, SYN_SENT, SYN_SENT, COPY),
			C(10000, "SA", 0, 1, 0, SYN_RCVD, SYN_SENT),
			C(20, "SA", 0, 1, 0, SYN_RCVD, SYN_SENT, COPY),
			S(20, "SA", 0, 1, 0, ESTAB, ESTAB),
			S(20, "SA", 0, 1, 0, ESTAB, ESTAB, COPY),
		},
		.end = { OUTCOME_OPEN, ANY, .syn_to_synack = ANY, .synack_to_ack = ANY, .handshake = ANY, .revised = true },
	},
	{
		.name = "case31_refused_twice",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10, "RA", 0, 1, 0, CLOSED, CLOSED),
			C(10, "S", 0, 0, 0, CLOSED, CLOSED, COPY),
			S(10, "RA", 0, 1, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_REFUSED, CONN_REJ, "Sr", .isn_unknown_s = true },
	},
	{
		.name = "case31_synack_that_is_not_believed",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 77, 0, SYN_SENT, LISTEN, COUNTS(BAD_ACK)),
			S(20, "SA", 0, 77, 0, SYN_SENT, LISTEN, COPY),
			S(20, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
		},
		.end = { OUTCOME_OPENING, ANY, .syn_to_synack = 10040 },
	},
	{
		.name = "case31_syn_in_a_connection",
		.step = {
			HANDSHAKE,
			C(SECONDS(1), "S", 5000, 0, 0, ESTAB, ESTAB, COUNTS(CHALLENGE_SYN)),
			C(20, "S", 5000, 0, 0, ESTAB, ESTAB, COPY),
			S(10000, "SA", 7000, 5001, 0, SYN_SENT, SYN_RCVD, .renews = true, .remembered = true),
			S(20, "SA", 7000, 5001, 0, SYN_SENT, SYN_RCVD, COPY),
			C(24980, "A", 5001, 7001, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10020, .synack_to_ack = 25000, .handshake = 35020,
			 .isn_c = 5000, .isn_s = 7000, .first_seen = 35000 + SECONDS(1) },
	},
	{
		.name = "case32_two_exchanged",
		.step = {
			HANDSHAKE,
			C(10, "A", 101, 1, 100, ESTAB, ESTAB),
			C(10, "A", 1, 1, 100, ESTAB, ESTAB, LATE),
			C(10, "A", 201, 1, 100, ESTAB, ESTAB),
			C(10, "A", 401, 1, 100, ESTAB, ESTAB),
			C(10, "A", 301, 1, 100, ESTAB, ESTAB, LATE),
			S(10, "A", 1, 501, 0, ESTAB, ESTAB),
			S(10, "A", 51, 501, 50, ESTAB, ESTAB),
			S(10, "A", 1, 501, 50, ESTAB, ESTAB, LATE),
			S(10, "A", 1, 501, 50, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = 500, .payload_s = 100, .retransmits_s = 1 },
	},
	{
		.name = "case32_filled_bit_by_bit",
		.step = {
			HANDSHAKE,
			C(10, "A", 501, 1, 100, ESTAB, ESTAB),
			C(10, "A", 1, 1, 100, ESTAB, ESTAB, LATE),
			C(10, "A", 1, 1, 100, ESTAB, ESTAB),
			C(10, "A", 401, 1, 100, ESTAB, ESTAB, LATE),
			C(10, "A", 401, 1, 100, ESTAB, ESTAB),
			C(10, "A", 51, 1, 100, ESTAB, ESTAB, LATE),
			C(10, "A", 201, 1, 100, ESTAB, ESTAB, LATE),
			C(10, "A", 151, 1, 350, ESTAB, ESTAB, LATE),
			C(10, "A", 101, 1, 400, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = 600, .retransmits_c = 3 },
	},
	{
		/* the latest hole is remembered, and of a hole that is filled in its middle the upper part */
		.name = "case32_what_cannot_be_told_counts_as_resent",
		.step = {
			HANDSHAKE,
			C(10, "A", 101, 1, 100, ESTAB, ESTAB),
			C(10, "A", 301, 1, 100, ESTAB, ESTAB),
			C(10, "A", 1, 1, 100, ESTAB, ESTAB),
			C(10, "A", 201, 1, 100, ESTAB, ESTAB, LATE),
			C(10, "A", 701, 1, 100, ESTAB, ESTAB),
			C(10, "A", 501, 1, 100, ESTAB, ESTAB, LATE),
			C(10, "A", 401, 1, 100, ESTAB, ESTAB),
			C(10, "A", 601, 1, 100, ESTAB, ESTAB, LATE),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = 800, .retransmits_c = 2 },
	},
	{
		/* what reaches beyond next_seq is new; it fills the hole all the same */
		.name = "case32_an_ack_overtakes_data",
		.step = {
			HANDSHAKE,
			C(10, "A", 101, 1, 0, ESTAB, ESTAB),
			C(10, "A", 51, 1, 100, ESTAB, ESTAB),
			C(10, "A", 51, 1, 50, ESTAB, ESTAB),
			C(10, "A", 1, 1, 50, ESTAB, ESTAB, LATE),
			C(10, "A", 1, 1, 50, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, HANDSHAKE_LATENCIES, .payload_c = 150, .retransmits_c = 2 },
	},
	{
		.name = "case32_late_after_the_close",
		.step = {
			HANDSHAKE,
			C(10, "FA", 101, 1, 0, FIN_WAIT_1, ESTAB),
			S(10, "FA", 1, 102, 0, FIN_WAIT_2, LAST_ACK),
			C(10, "A", 102, 2, 0, TIME_WAIT, CLOSED),
			C(10, "A", 1, 1, 100, TIME_WAIT, CLOSED, LATE),
			C(10, "A", 1, 1, 100, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, ANY, HANDSHAKE_LATENCIES, .payload_c = 100, .retransmits_c = 1 },
	},
	{
		.name = "case32_midstream",
		.step = {
			C(0, "A", 1, 1, 10, ESTAB, ESTAB),
			S(10, "A", 1, 11, 0, ESTAB, ESTAB),
			C(10, "A", 21, 1, 10, ESTAB, ESTAB),
			C(10, "A", 11, 1, 10, ESTAB, ESTAB, LATE),
			C(10, "A", 11, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, .origin = ORIGIN_MIDSTREAM, .payload_c = 30, .retransmits_c = 1,
			 .isn_unknown_c = true, .isn_unknown_s = true },
	},
	{ .name = NULL },
};
