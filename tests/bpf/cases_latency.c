// SPDX-License-Identifier: GPL-2.0-only
/* docs/specification.md, section 4: which SYN was answered, and which latencies are unknown. */
#include "cases.h"

#define SECONDS(n) ((n)*1000000LL)

const struct scenario latency_cases[] = {
	{
		.name = "latency_timestamps_tell_that_the_first_syn_was_answered",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			C(SECONDS(1), "S", 0, 0, 0, SYN_SENT, LISTEN, TS(1100, 0)),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 100)),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB, TS(1135, 500)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 1010000, .synack_to_ack = 25000, .handshake = 1035000,
			 .syn_retransmits = 1 },
	},
	{
		.name = "latency_timestamps_tell_that_the_last_syn_was_answered",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			C(SECONDS(1), "S", 0, 0, 0, SYN_SENT, LISTEN, TS(1100, 0)),
			C(SECONDS(2), "S", 0, 0, 0, SYN_SENT, LISTEN, TS(3100, 0)),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 3100)),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB, TS(3135, 500)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10000, .synack_to_ack = 25000, .handshake = 3035000,
			 .syn_retransmits = 2 },
	},
	{
		.name = "latency_a_syn_in_between_is_ambiguous",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			C(SECONDS(1), "S", 0, 0, 0, SYN_SENT, LISTEN, TS(1100, 0)),
			C(SECONDS(2), "S", 0, 0, 0, SYN_SENT, LISTEN, TS(3100, 0)),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 1100)),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB, TS(3135, 500)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = ANY, .synack_to_ack = 25000, .handshake = 3035000,
			 .syn_retransmits = 2, .ambiguous = true },
	},
	{
		.name = "latency_without_timestamps_in_the_answer",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			C(SECONDS(1), "S", 0, 0, 0, SYN_SENT, LISTEN, TS(1100, 0)),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10000, .synack_to_ack = 25000, .handshake = 1035000,
			 .syn_retransmits = 1, .ambiguous = true },
	},
	{
		.name = "latency_same_timestamp_twice",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			C(20000, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 100)),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB, TS(135, 500)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10000, .synack_to_ack = 25000, .handshake = 55000,
			 .syn_retransmits = 1, .ambiguous = true },
	},
	{
		.name = "latency_timestamps_tell_that_the_first_synack_was_answered",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 100)),
			S(SECONDS(1), "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(1500, 100)),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB, TS(1135, 500)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10000, .synack_to_ack = 1025000, .handshake = 1035000,
			 .synack_retransmits = 1 },
	},
	{
		.name = "latency_timestamps_tell_that_the_last_synack_was_answered",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 100)),
			S(SECONDS(1), "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(1500, 100)),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB, TS(1135, 1500)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .syn_to_synack = 10000, .synack_to_ack = 25000, .handshake = 1035000,
			 .synack_retransmits = 1 },
	},
	{
		.name = "latency_timestamps_when_data_completes",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, TS(100, 0)),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(500, 100)),
			S(SECONDS(1), "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, TS(1500, 100)),
			C(25000, "PA", 1, 1, 10, ESTAB, ESTAB, TS(1135, 500)),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShD", .syn_to_synack = 10000, .synack_to_ack = 1025000, .handshake = 1035000,
			 .synack_retransmits = 1, .payload_c = 10 },
	},
	{
		/* When the SYN/ACK passed, there was only one SYN that it could answer. */
		.name = "latency_syn_again_after_the_synack_is_not_ambiguous",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(10000, "S", 0, 0, 0, SYN_SENT, SYN_RCVD),
			C(15000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", HANDSHAKE_LATENCIES, .syn_retransmits = 1 },
	},
	{
		.name = "latency_time_runs_backwards_at_the_synack",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(-5000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .synack_to_ack = 25000, .handshake = 20000 },
	},
	{
		.name = "latency_time_runs_backwards_at_the_ack",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(-15000, "A", 1, 1, 0, ESTAB, ESTAB),
			C(-SECONDS(100), "PA", 1, 1, 10, ESTAB, ESTAB),
			S(-SECONDS(100), "PA", 1, 11, 10, ESTAB, ESTAB),
			S(10, "FA", 11, 11, 0, ESTAB, FIN_WAIT_1),
		},
		.end = { OUTCOME_CLOSING, CONN_S3, "ShADdf", .syn_to_synack = 10000, .payload_c = 10, .payload_s = 10 },
	},
	{
		.name = "latency_a_syn_without_a_time",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN, .untimed = true),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .synack_to_ack = 25000, .first_seen = ANY },
	},
	{
		.name = "latency_a_resent_syn_without_a_time",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			C(SECONDS(1), "S", 0, 0, 0, SYN_SENT, LISTEN, .untimed = true),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .synack_to_ack = 25000, .syn_retransmits = 1, .ambiguous = ANY },
	},
	{
		.name = "latency_a_synack_without_a_time",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD, .untimed = true),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShA", .handshake = 35000 },
	},
	{
		.name = "latency_an_ack_without_a_time",
		.step = {
			C(0, "S", 0, 0, 0, SYN_SENT, LISTEN),
			S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD),
			C(25000, "A", 1, 1, 0, ESTAB, ESTAB, .untimed = true),
			C(10, "PA", 1, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShAD", .syn_to_synack = 10000, .payload_c = 10 },
	},
	{
		.name = "latency_after_establishment_nothing_changes",
		.step = {
			HANDSHAKE,
			S(SECONDS(1), "SA", 0, 1, 0, ESTAB, ESTAB),
			C(SECONDS(1), "A", 1, 1, 0, ESTAB, ESTAB),
			C(SECONDS(1), "PA", 1, 1, 10, ESTAB, ESTAB),
		},
		.end = { OUTCOME_OPEN, CONN_S1, "ShAD", HANDSHAKE_LATENCIES, .synack_retransmits = 1, .payload_c = 10 },
	},
	{ .name = NULL },
};
