/* SPDX-License-Identifier: GPL-2.0-only */
/* Initialisers of struct op, of which scenarios consist. */
#ifndef SYNSCOPE_TESTS_INTERLEAVE_OPERATIONS_H
#define SYNSCOPE_TESTS_INTERLEAVE_OPERATIONS_H

#define SEGMENT(flow_, ...)                                      \
	{                                                        \
		.kind = OP_SEGMENT, .flow = (flow_), __VA_ARGS__ \
	}
#define FROM_SERVER .server = true
#define SYN(flow) SEGMENT(flow, .flags = SEGMENT_SYN)
#define SYNACK(flow) SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_SYN | SEGMENT_ACK, .ack = 1)
#define ACK(flow) SEGMENT(flow, .flags = SEGMENT_ACK, .seq = 1, .ack = 1)
#define WILD_ACK(flow) SEGMENT(flow, .flags = SEGMENT_ACK, .seq = 0x40000000, .ack = 1)
/* All that the fast path needs: a pure ACK and data in both directions. */
#define ESTABLISH(flow)                                                                 \
	SYN(flow), SYNACK(flow), ACK(flow), FIRST_DATA(flow),                           \
		SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_ACK, .seq = 1, .ack = 101), \
		SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_ACK, .seq = 1, .ack = 101, .payload = 50), PURE_ACK(flow)
/* The first data segment after ESTABLISH. */
#define FIRST_DATA(flow) SEGMENT(flow, .flags = SEGMENT_ACK, .seq = 1, .ack = 1, .payload = 100)
#define ONE_WAY_DATA(flow) SEGMENT(flow, .flags = SEGMENT_ACK, .seq = 101, .ack = 1, .payload = 20)
#define DATA(flow) SEGMENT(flow, .flags = SEGMENT_ACK, .seq = 101, .ack = 51, .payload = 20)
#define SERVER_DATA(flow) SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_ACK, .seq = 51, .ack = 101, .payload = 30)
#define PURE_ACK(flow) SEGMENT(flow, .flags = SEGMENT_ACK, .seq = 101, .ack = 51)
#define MORE_DATA(flow) SEGMENT(flow, .flags = SEGMENT_ACK, .seq = 121, .ack = 51, .payload = 20)
#define YET_MORE_DATA(flow) SEGMENT(flow, .flags = SEGMENT_ACK, .seq = 141, .ack = 51, .payload = 20)
#define FIN(flow) SEGMENT(flow, .flags = SEGMENT_FIN | SEGMENT_ACK, .seq = 101, .ack = 51)
#define SERVER_FIN(flow) SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_FIN | SEGMENT_ACK, .seq = 51, .ack = 101)
#define LAST_ACK(flow) SEGMENT(flow, .flags = SEGMENT_ACK, .seq = 102, .ack = 52)
#define SERVER_LAST_ACK(flow) SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_ACK, .seq = 52, .ack = 102)
#define RST(flow) SEGMENT(flow, .flags = SEGMENT_RST, .seq = 101)
#define SERVER_RST(flow) SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_RST, .seq = 51)
/* Added to the sequence numbers of a second incarnation. */
#define AGAIN 0x100000
#define NEW_SYN(flow) SEGMENT(flow, .flags = SEGMENT_SYN, .seq = AGAIN)
#define OTHER_SYN(flow) SEGMENT(flow, .flags = SEGMENT_SYN, .seq = 2 * AGAIN)
#define NEW_SYNACK(flow) SEGMENT(flow, FROM_SERVER, .flags = SEGMENT_SYN | SEGMENT_ACK, .seq = AGAIN, .ack = AGAIN + 1)
#define NEW_ACK(flow) SEGMENT(flow, .flags = SEGMENT_ACK, .seq = AGAIN + 1, .ack = AGAIN + 1)
#define SWEEP                    \
	{                        \
		.kind = OP_SWEEP \
	}
#define FLUSH(flow_)                              \
	{                                         \
		.kind = OP_FLUSH, .flow = (flow_) \
	}
#define READ(flow_)                              \
	{                                        \
		.kind = OP_READ, .flow = (flow_) \
	}

/* With more deviations, the CPU that makes a direction young gives up: another CPU holds it, and is stopped. */
#define MOST_BEFORE_GIVING_UP 1

#endif
