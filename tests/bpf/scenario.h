/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scenario: a script of segments between two endpoints, C and S, and what the tracker must make of it. It is played
 * over IPv4 and IPv6, through XDP and tc, with C's address below and above S's, with and without a link header, and
 * with sequence numbers in the middle of their range and just before the wrap.
 *
 * After every segment both states, all counters of anomalies, and the counts of the flow are compared; at the end, the
 * fields of `struct expected`.
 */
#ifndef SYNSCOPE_TESTS_BPF_SCENARIO_H
#define SYNSCOPE_TESTS_BPF_SCENARIO_H

#include "harness.h"

#define SCENARIO_STEPS 40

#define NO_FLOW (-1) /* in place of a state: the flow does not exist */
#define ANY (-1) /* in struct expected: not checked */
#define COUNTS(name) .counts = COUNTER_##name + 1 /* this segment counts as that anomaly, and as nothing else */
#define COUNTS_ANY .counts = COUNTER_COUNT + 1 /* the specification names no counter */
#define WINDOW_ZERO (-1)

struct step {
	char from; /* 'C' or 'S' sends; 'W': time passes without a segment; 0: end of the script */
	__s64 us; /* since the previous step; negative: the clock runs backwards */
	const char *flags; /* see packet_flags() */
	__s64 seq, ack; /* relative to the ISN of the endpoint that they count */
	__u32 len;
	__s8 c, s; /* enum tcp_state of C and S afterwards, or NO_FLOW */
	__u8 counts; /* enum synscope_counter + 1, 0: none */
	bool renews; /* this segment begins a new incarnation … */
	bool remembered; /* … by answering a remembered SYN of the other end */
	__s32 window; /* 0: 65535 */
	struct tcp_options options;
	bool absolute_ack; /* ack is not relative */
	bool untimed; /* it has no time of its own, and `us` is how far the clock is */
	bool fragment; /* len bytes are in this datagram, the rest of the segment in other fragments */
};

/* Round trips to an end, in microseconds. */
struct expected_rtt {
	__s64 min, last, smoothed;
	__u32 samples;
};

/* Times are microseconds since the SYN, and so on: see docs/specification.md, section 4. 0: null. */
struct expected {
	enum flow_outcome outcome;
	int conn_state; /* enum conn_state or ANY */
	const char *history; /* NULL: not checked */
	__s64 syn_to_synack, synack_to_ack, handshake; /* microseconds; 0: null */
	int ambiguous; /* or ANY */
	int syn_retransmits, synack_retransmits; /* or ANY */
	int retransmits_c, retransmits_s; /* or ANY */
	__s64 payload_c, payload_s; /* or ANY */
	int origin; /* enum flow_origin or ANY */
	struct expected_rtt rtt_c, rtt_s; /* with scenario.rtt */
	bool one_way;
	bool swapped; /* the tracker takes S for the client */
	bool revised; /* a latency changed after it had been counted */
	bool isn_unknown_c, isn_unknown_s;
	__s64 isn_c, isn_s; /* relative to the ISNs of the scenario */
	__s64 first_seen; /* microseconds since the first step; -1: not checked */
};

struct scenario {
	const char *name;
	struct step step[SCENARIO_STEPS];
	struct expected end;
	bool isns; /* isn_c and isn_s are fixed; otherwise they depend on the variant */
	__u32 isn_c, isn_s;
	bool rtt; /* it is played with --rtt */
	__u16 port_c, port_s; /* 0: the defaults, 40000 and 443 */
};

/* One step each. More fields of struct step can follow. */
#define C(us_, flags_, seq_, ack_, len_, c_, s_, ...) \
	SCENARIO_STEP('C', us_, flags_, seq_, ack_, len_, c_, s_, __VA_ARGS__)
#define S(us_, flags_, seq_, ack_, len_, c_, s_, ...) \
	SCENARIO_STEP('S', us_, flags_, seq_, ack_, len_, c_, s_, __VA_ARGS__)
#define WAIT(us_, c_, s_)                                             \
	{                                                             \
		.from = 'W', .us = us_, .flags = "", .c = c_, .s = s_ \
	}
#define SCENARIO_STEP(from_, us_, flags_, seq_, ack_, len_, c_, s_, ...)                                            \
	{                                                                                                           \
		.from = from_, .us = us_, .flags = flags_, .seq = seq_, .ack = ack_, .len = len_, .c = c_, .s = s_, \
		__VA_ARGS__                                                                                         \
	}

/* Short names for tables. */
enum {
	CLOSED = STATE_CLOSED,
	LISTEN = STATE_LISTEN,
	SYN_SENT = STATE_SYN_SENT,
	SYN_RCVD = STATE_SYN_RECEIVED,
	ESTAB = STATE_ESTABLISHED,
	FIN_WAIT_1 = STATE_FIN_WAIT_1,
	FIN_WAIT_2 = STATE_FIN_WAIT_2,
	CLOSE_WAIT = STATE_CLOSE_WAIT,
	CLOSING = STATE_CLOSING,
	LAST_ACK = STATE_LAST_ACK,
	TIME_WAIT = STATE_TIME_WAIT,
};

/* The ordinary opening: 10 ms to the SYN/ACK, 25 ms to its ACK. The next sequence numbers are 1 and 1. */
#define HANDSHAKE                                                                          \
	C(0, "S", 0, 0, 0, SYN_SENT, LISTEN), S(10000, "SA", 0, 1, 0, SYN_SENT, SYN_RCVD), \
		C(25000, "A", 1, 1, 0, ESTAB, ESTAB)
#define HANDSHAKE_LATENCIES .syn_to_synack = 10000, .synack_to_ack = 25000, .handshake = 35000

/* Timestamps option. */
#define TS(val, ecr) .options = { .timestamps = true, .tsval = val, .tsecr = ecr }

/* The number of variants of a scenario; play_scenario() plays one variant. */
#define SCENARIO_VARIANTS 4
void play_scenario(struct harness *harness, const struct scenario *scenario, int variant);

#endif
