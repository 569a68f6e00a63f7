/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single frames, for the tests of the parser. Every frame is tried through XDP and tc and, if it has no tag, with and
 * without a link header.
 */
#ifndef SYNSCOPE_TESTS_BPF_FRAMES_H
#define SYNSCOPE_TESTS_BPF_FRAMES_H

#include "harness.h"

#define CLIENT                           \
	{                                \
		.host = 1, .port = 40000 \
	}
#define SERVER                         \
	{                              \
		.host = 2, .port = 443 \
	}
/* The first fields of a SYN; more may follow. */
#define A_SYN .from = CLIENT, .to = SERVER, .seq = 1000, .flags = SEGMENT_SYN, .window = 65535
#define AN_ACK .from = CLIENT, .to = SERVER, .seq = 1000, .ack = 9000, .flags = SEGMENT_ACK, .window = 65535

struct frame_case {
	const char *name;
	struct packet packet;
	enum synscope_counter refused; /* the reason why there is no flow; COUNTER_COUNT: there is one */
};

#define TAKEN COUNTER_COUNT

/*
 * The frame must be refused for exactly this reason, or accepted as the only flow, with the packet's payload and IP
 * length. Leaves the harness in the state after the last way that was tried.
 */
void check_frame(struct harness *harness, const struct frame_case *frame);

/* The only flow in the table. */
struct flow_view only_flow(struct harness *harness);

/* Of the parser's counters, only this one has changed, by one; COUNTER_COUNT: none has changed. */
void check_only_counter(const struct harness *harness, enum synscope_counter counter, const char *what);

#endif
