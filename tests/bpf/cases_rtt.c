// SPDX-License-Identifier: GPL-2.0-only
/* docs/specification.md, section 4: which segments begin, end and spoil a round trip. Played with --rtt. */
#include "cases.h"

#define SECONDS(n) ((n)*1000000LL)
#define OPEN_WITH_LATENCIES OUTCOME_OPEN, ANY, NULL, HANDSHAKE_LATENCIES
#define OPEN_WITH_TIMESTAMPS                                                                                         \
	C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)), S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 100)), \
		C(25000, "A", 1, 1, 0, ESTAB, ESTAB, TS(135, 500))

/* Two segments, an ACK of part of the first, and a delayed ACK of both; then the next one, and an ACK of the past. */
#define RTT_WRAP_CASE(case_, c)                                                                                          \
	{                                                                                                                \
		.name = case_,                                                                                         \
		.rtt = true,                                                                                           \
		.step = {                                                                                              \
			HANDSHAKE,                                                                                     \
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),                                                        \
			S(1000, "A", 1, 1, 0, ESTAB, ESTAB),                                                           \
			C(1000, "PA", 101, 1, 100, ESTAB, ESTAB),                                                      \
			S(3000, "A", 1, 51, 0, ESTAB, ESTAB),                                                          \
			S(5000, "A", 1, 201, 0, ESTAB, ESTAB),                                                         \
			C(1000, "PA", 201, 1, 100, ESTAB, ESTAB),                                                      \
			S(3000, "A", 1, 101, 0, ESTAB, ESTAB),                                                         \
			S(4000, "A", 1, 301, 0, ESTAB, ESTAB),                                                         \
		},                                                                                                     \
		.end = { OPEN_WITH_LATENCIES, .payload_c = 300, .rtt_s = { 7000, 7000, 9625, 2 } },                    \
		.isns = true, .isn_c = c, \
	}

const struct scenario rtt_cases[] = {
	{
		.name = "rtt_of_both_ends",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(20000, "A", 1, 101, 0, ESTAB, ESTAB),
			S(1000, "PA", 1, 101, 100, ESTAB, ESTAB),
			C(30000, "A", 101, 101, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 100, .payload_s = 100, .rtt_c = { 30000, 30000, 30000, 1 },
			 .rtt_s = { 20000, 20000, 20000, 1 } },
	},
	{
		.name = "rtt_the_handshake_is_none",
		.rtt = true,
		.step = { HANDSHAKE },
		.end = { OPEN_WITH_LATENCIES },
	},
	{
		.name = "rtt_an_answer_with_data_acknowledges",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(20000, "PA", 1, 101, 100, ESTAB, ESTAB),
			C(30000, "PA", 101, 101, 100, ESTAB, ESTAB),
			S(10000, "PA", 101, 201, 100, ESTAB, ESTAB),
			C(40000, "PA", 201, 201, 100, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 300, .payload_s = 200, .rtt_c = { 30000, 40000, 31250, 2 },
			 .rtt_s = { 10000, 10000, 18750, 2 } },
	},
	{
		.name = "rtt_smoothed",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(80000, "A", 1, 101, 0, ESTAB, ESTAB),
			C(1000, "PA", 101, 1, 100, ESTAB, ESTAB),
			S(160000, "A", 1, 201, 0, ESTAB, ESTAB),
			C(1000, "PA", 201, 1, 100, ESTAB, ESTAB),
			S(80000, "A", 1, 301, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 300, .rtt_s = { 80000, 80000, 88750, 3 } },
	},
	{
		.name = "rtt_an_ack_of_a_part_ends_nothing",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 1000, ESTAB, ESTAB),
			S(10000, "A", 1, 501, 0, ESTAB, ESTAB),
			S(10000, "A", 1, 1001, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 1000, .rtt_s = { 20000, 20000, 20000, 1 } },
	},
	{
		/* A delayed ACK is one of two segments: the first of them is timed. */
		.name = "rtt_one_ack_of_two_segments",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(2000, "PA", 101, 1, 100, ESTAB, ESTAB),
			S(18000, "A", 1, 201, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 200, .rtt_s = { 20000, 20000, 20000, 1 } },
	},
	{
		.name = "rtt_one_segment_at_a_time",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(5000, "PA", 101, 1, 100, ESTAB, ESTAB),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB),
			S(3000, "A", 1, 201, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 200, .rtt_s = { 10000, 10000, 10000, 1 } },
	},
	{
		.name = "rtt_an_old_ack_ends_nothing",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB),
			C(1000, "PA", 101, 1, 100, ESTAB, ESTAB),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB),
			S(2000, "A", 1, 201, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 200, .rtt_s = { 5000, 7000, 5250, 2 } },
	},
	{
		.name = "rtt_a_retransmission_spoils_it",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(SECONDS(1), "PA", 1, 1, 100, ESTAB, ESTAB),
			S(10000, "A", 1, 101, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 100, .retransmits_c = 1 },
	},
	{
		.name = "rtt_after_a_retransmission_the_next_segment_is_timed",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			C(SECONDS(1), "PA", 1, 1, 100, ESTAB, ESTAB),
			C(1000, "PA", 101, 1, 100, ESTAB, ESTAB),
			S(10000, "A", 1, 201, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 200, .retransmits_c = 1, .rtt_s = { 10000, 10000, 10000, 1 } },
	},
	{
		.name = "rtt_timestamps_tell_that_the_second_was_answered",
		.rtt = true,
		.step = {
			OPEN_WITH_TIMESTAMPS,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB, TS(136, 500)),
			C(SECONDS(1), "PA", 1, 1, 100, ESTAB, ESTAB, TS(1136, 500)),
			S(10000, "A", 1, 101, 0, ESTAB, ESTAB, TS(1600, 1136)),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 100, .retransmits_c = 1, .rtt_s = { 10000, 10000, 10000, 1 } },
	},
	{
		.name = "rtt_timestamps_tell_that_the_first_was_answered",
		.rtt = true,
		.step = {
			OPEN_WITH_TIMESTAMPS,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB, TS(136, 500)),
			C(SECONDS(1), "PA", 1, 1, 100, ESTAB, ESTAB, TS(1136, 500)),
			S(10000, "A", 1, 101, 0, ESTAB, ESTAB, TS(1600, 136)),
			S(10000, "A", 1, 101, 0, ESTAB, ESTAB, TS(1610, 1136)),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 100, .retransmits_c = 1 },
	},
	{
		.name = "rtt_the_same_timestamp_tells_nothing",
		.rtt = true,
		.step = {
			OPEN_WITH_TIMESTAMPS,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB, TS(136, 500)),
			C(10000, "PA", 1, 1, 100, ESTAB, ESTAB, TS(136, 500)),
			S(10000, "A", 1, 101, 0, ESTAB, ESTAB, TS(1600, 136)),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 100, .retransmits_c = 1 },
	},
	{
		.name = "rtt_another_segment_sent_again_spoils_it",
		.rtt = true,
		.step = {
			OPEN_WITH_TIMESTAMPS,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB, TS(136, 500)),
			S(10000, "A", 1, 101, 0, ESTAB, ESTAB, TS(511, 136)),
			C(1000, "PA", 101, 1, 100, ESTAB, ESTAB, TS(150, 511)),
			C(1000, "PA", 51, 1, 50, ESTAB, ESTAB, TS(151, 511)),
			S(10000, "A", 1, 201, 0, ESTAB, ESTAB, TS(530, 151)),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 200, .retransmits_c = 1, .rtt_s = { 10000, 10000, 10000, 1 } },
	},
	{
		.name = "rtt_what_comes_late_spoils_it",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 101, 1, 100, ESTAB, ESTAB),
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB, COUNTS(REORDERED)),
			S(10000, "A", 1, 201, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 200 },
	},
	{
		.name = "rtt_a_keepalive_is_none",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB),
			C(SECONDS(60), "A", 100, 1, 1, ESTAB, ESTAB),
			S(9000, "A", 1, 101, 0, ESTAB, ESTAB),
			C(SECONDS(60), "A", 100, 1, 0, ESTAB, ESTAB),
			S(9000, "A", 1, 101, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 100, .rtt_s = { 5000, 5000, 5000, 1 } },
	},
	{
		/* The window opens long after the probe was dropped; its byte is sent again then. */
		.name = "rtt_a_window_probe_is_none",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB, .window = WINDOW_ZERO),
			C(SECONDS(1), "A", 101, 1, 1, ESTAB, ESTAB),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB, .window = WINDOW_ZERO),
			S(SECONDS(20), "A", 1, 101, 0, ESTAB, ESTAB),
			C(1000, "PA", 101, 1, 100, ESTAB, ESTAB),
			S(5000, "A", 1, 201, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 200, .rtt_s = { 5000, 5000, 5000, 1 } },
	},
	{
		.name = "rtt_of_a_fin",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "FA", 1, 1, 0, FIN_WAIT_1, ESTAB),
			S(15000, "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT),
			S(1000, "FA", 1, 2, 0, FIN_WAIT_2, LAST_ACK),
			C(25000, "A", 2, 2, 0, TIME_WAIT, CLOSED),
		},
		.end = { OUTCOME_CLOSED, ANY, NULL, HANDSHAKE_LATENCIES, .rtt_c = { 25000, 25000, 25000, 1 },
			 .rtt_s = { 15000, 15000, 15000, 1 } },
	},
	{
		.name = "rtt_a_reset_ends_nothing",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(15000, "RA", 1, 101, 0, CLOSED, CLOSED),
		},
		.end = { OUTCOME_RESET_BY_SERVER, ANY, NULL, HANDSHAKE_LATENCIES, .payload_c = 100 },
	},
	{
		.name = "rtt_time_runs_backwards",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(-500, "A", 1, 101, 0, ESTAB, ESTAB),
			C(1000, "PA", 101, 1, 100, ESTAB, ESTAB),
			S(2000, "A", 1, 201, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 200, .rtt_s = { 2000, 2000, 2000, 1 } },
	},
	{
		/* 32 bits of the unit are 137.4 s: this must not count as 12.6 s. */
		.name = "rtt_of_more_than_137_seconds_is_none",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(SECONDS(150), "A", 1, 101, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 100 },
	},
	{
		.name = "rtt_of_137_seconds",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(SECONDS(137), "A", 1, 101, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 100, .rtt_s = { SECONDS(137), SECONDS(137), SECONDS(137), 1 } },
	},
	{
		.name = "rtt_a_segment_without_a_time",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB, .untimed = true),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 100 },
	},
	{
		.name = "rtt_an_ack_without_a_time",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB, .untimed = true),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB),
		},
		.end = { OPEN_WITH_LATENCIES, .payload_c = 100 },
	},
	{
		/* What the first segment that is seen repeats, is not known. */
		.name = "rtt_in_the_middle",
		.rtt = true,
		.step = {
			C(0, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB),
			C(5000, "PA", 101, 1, 100, ESTAB, ESTAB),
			S(7000, "A", 1, 201, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, NULL, .payload_c = 200, .origin = ORIGIN_MIDSTREAM, .isn_unknown_c = true,
			 .isn_unknown_s = true, .rtt_s = { 7000, 7000, 7000, 1 } },
	},
	{
		.name = "rtt_of_the_next_incarnation_begins_anew",
		.rtt = true,
		.step = {
			HANDSHAKE,
			C(1000, "PA", 1, 1, 100, ESTAB, ESTAB),
			S(5000, "A", 1, 101, 0, ESTAB, ESTAB),
			C(1000, "PA", 101, 1, 100, ESTAB, ESTAB),
			S(1000, "RA", 1, 201, 0, CLOSED, CLOSED),
			C(SECONDS(1), "S", 100000, 0, 0, SYN_SENT, LISTEN, .renews = true),
			S(10000, "SA", 100000, 100001, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 100001, 100001, 0, ESTAB, ESTAB),
			S(1000, "PA", 100001, 100001, 100, ESTAB, ESTAB),
			C(3000, "A", 100001, 100101, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, ANY, NULL, HANDSHAKE_LATENCIES, .payload_s = 100, .first_seen = ANY, .isn_c = 100000,
			 .isn_s = 100000, .rtt_c = { 3000, 3000, 3000, 1 } },
	},
	RTT_WRAP_CASE("rtt_no_wrap", 1000000),
	RTT_WRAP_CASE("rtt_wrap_before_the_segment", 0xffffffffU),
	RTT_WRAP_CASE("rtt_wrap_in_the_segment", 0xffffffffU - 50),
	RTT_WRAP_CASE("rtt_wrap_at_its_end", 0xffffffffU - 100),
	RTT_WRAP_CASE("rtt_wrap_in_the_next_segment", 0xffffffffU - 150),
	RTT_WRAP_CASE("rtt_wrap_while_the_last_one_is_timed", 0xffffffffU - 250),
	RTT_WRAP_CASE("rtt_sign_changes_in_the_segment", 0x7fffffffU - 50),
	{ .name = NULL },
};
