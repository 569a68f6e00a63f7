// SPDX-License-Identifier: GPL-2.0-only
/* Case 11a: a socket that is connected to itself. Each segment is that of both ends. */
#include "cases.h"
#include "frames.h"

#define PORT 40000
#define ISN 1000

static struct harness *harness;

static const struct self_step {
	__u8 flags;
	__u32 seq, ack; /* less the ISN */
	__u32 payload;
	enum tcp_state state[2]; /* of client and server */
} life[] = {
	{ SEGMENT_SYN, 0, 0, 0, { STATE_SYN_SENT, STATE_SYN_SENT } },
	{ SEGMENT_SYN | SEGMENT_ACK, 0, 1, 0, { STATE_ESTABLISHED, STATE_ESTABLISHED } },
	{ SEGMENT_ACK, 1, 1, 0, { STATE_ESTABLISHED, STATE_ESTABLISHED } },
	{ SEGMENT_ACK, 1, 1, 10, { STATE_ESTABLISHED, STATE_ESTABLISHED } },
	{ SEGMENT_ACK, 11, 11, 0, { STATE_ESTABLISHED, STATE_ESTABLISHED } },
	{ SEGMENT_ACK, 11, 11, 20, { STATE_ESTABLISHED, STATE_ESTABLISHED } },
	{ SEGMENT_ACK, 31, 31, 0, { STATE_ESTABLISHED, STATE_ESTABLISHED } },
	{ SEGMENT_FIN | SEGMENT_ACK, 31, 31, 0, { STATE_FIN_WAIT_1, STATE_FIN_WAIT_1 } },
	{ SEGMENT_ACK, 32, 32, 0, { STATE_TIME_WAIT, STATE_TIME_WAIT } },
};

START_TEST(case11a_a_socket_connected_to_itself)
{
	for (int way = 0; way < 4; way++) {
		harness_reset(harness);
		for (__u64 i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
			const struct self_step *step = &life[i];
			struct packet packet = { .from = { 1, PORT },
						 .to = { 1, PORT },
						 .ipv6 = way & 1,
						 .seq = ISN + step->seq,
						 .ack = step->flags & SEGMENT_ACK ? ISN + step->ack : 0,
						 .flags = step->flags,
						 .window = 65535,
						 .payload = step->payload };
			struct flow_view view;

			harness_packet(harness, way & 2 ? ENTRY_TC : ENTRY_XDP, &packet);
			view = only_flow(harness);
			for (int side = 0; side < 2; side++)
				ck_assert_msg(view.side[side].state == step->state[side] &&
						      view.side[side].packets == i + 1,
					      "segment %llu, side %d: state %d, %llu packets", i, side,
					      view.side[side].state, view.side[side].packets);
			for (int kind = 0; kind < ANOMALY_COUNT; kind++)
				ck_assert_uint_eq(view.anomalies[kind], 0);
		}
	}
}
END_TEST

Suite *self_suite(struct harness *shared)
{
	Suite *suite = suite_create("self");
	TCase *tcase = tcase_create("case11a");

	harness = shared;
	tcase_add_test(tcase, case11a_a_socket_connected_to_itself);
	suite_add_tcase(suite, tcase);
	return suite;
}
