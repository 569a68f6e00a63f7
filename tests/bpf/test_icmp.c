// SPDX-License-Identifier: GPL-2.0-only
/* Case 28: ICMP errors that quote a SYN. */
#include <netinet/in.h>
#include <string.h>

#include "cases.h"
#include "frames.h"

#define QUOTE_SIZE 200
#define ROUTER             \
	{                  \
		.host = 99 \
	}

static struct harness *harness;

/* How an unreachable differs from the ordinary one. */
struct unreachable {
	int type; /* -1: the correct type */
	__u8 code;
	__u32 seq; /* quoted sequence number; 0: that of the SYN */
	bool backwards; /* the quoted segment was sent by the server */
	bool fatal; /* the flow must be unreachable */
	__u16 port; /* port of the quoted client; 0: the correct one */
	__u8 ip_options; /* in the quoted IPv4 header */
	__u8 quoted; /* quoted bytes of the TCP header; 0: 8 */
	__u8 extensions; /* in the quoted IPv6 datagram */
	struct extension extension[2];
	int length_wrong; /* added to the length of the datagram of the error, whose bytes are all there */
};

static void send_unreachable(enum entry entry, bool ipv6, const struct unreachable *how)
{
	struct packet quoted = { A_SYN, .no_link = true, .ipv6 = ipv6, .ip_options = how->ip_options };
	struct packet icmp = {
		.from = ROUTER, .to = CLIENT, .ipv6 = ipv6, .protocol = ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP
	};
	__u8 bytes[QUOTE_SIZE] = { 0 };

	quoted.extensions = how->extensions;
	memcpy(quoted.extension, how->extension, sizeof(how->extension));
	if (how->seq)
		quoted.seq = how->seq;
	if (how->port)
		quoted.from.port = how->port;
	if (how->backwards) {
		quoted.from = (struct endpoint)SERVER;
		quoted.to = (struct endpoint)CLIENT;
	}
	bytes[0] = how->type >= 0 ? how->type : ipv6 ? 1 : 3;
	bytes[1] = how->code;
	icmp.payload = 8 + packet_build(&quoted, bytes + 8) - 20 + (how->quoted ? how->quoted : 8);
	icmp.raw_payload = bytes;
	icmp.ip_length_wrong = how->length_wrong;
	harness_packet(harness, entry, &icmp);
}

static void send_syn(enum entry entry, bool ipv6)
{
	struct packet packet = { A_SYN, .ipv6 = ipv6 };

	harness_packet(harness, entry, &packet);
}

static void send_from_server(enum entry entry, bool ipv6, __u16 flags)
{
	struct packet packet = {
		.from = SERVER, .to = CLIENT, .ipv6 = ipv6, .seq = 9000, .ack = 1001, .flags = flags, .window = 65535
	};

	harness_packet(harness, entry, &packet);
}

static const struct unreachable unreachables[] = {
	{ .type = -1, .code = 0, .fatal = true },
	{ .type = -1, .code = 1, .fatal = true },
	{ .type = -1, .code = 3, .fatal = true },
	{ .type = -1, .code = 0, .fatal = true, .quoted = 20 },
	{ .type = -1, .code = 0, .fatal = true, .ip_options = 8 },
	{ .type = -1, .code = 0, .seq = 1001 },
	{ .type = -1, .code = 0, .seq = 0x80000000 },
	{ .type = -1, .code = 0, .backwards = true },
	{ .type = -1, .code = 0, .port = 40001 },
	{ .type = -1, .code = 0, .quoted = 7 },
	{ .type = -1, .code = 0, .length_wrong = -1 }, /* it ends in the quoted TCP header, … */
	{ .type = -1, .code = 0, .length_wrong = -9 }, /* … and in the quoted IP header */
	{ .type = 11, .code = 1 }, /* time exceeded in reassembly; of ICMPv6 it is nothing */
	{ .type = 0 },
	{ .type = 8 },
	{ .type = 128 },
};

/* 0..3: IPv4 and IPv6, XDP and tc. */
START_TEST(case28_unreachable)
{
	for (size_t i = 0; i < sizeof(unreachables) / sizeof(unreachables[0]); i++) {
		const struct unreachable *how = &unreachables[i];
		enum flow_outcome expected = how->fatal ? OUTCOME_UNREACHABLE : OUTCOME_OPENING;
		struct flow_view view;

		harness_reset(harness);
		send_syn(_i >> 1, _i & 1);
		send_unreachable(_i >> 1, _i & 1, how);
		view = only_flow(harness);
		ck_assert_msg(view.outcome == expected, "unreachable %zu: %s, expected %s", i,
			      outcome_name(view.outcome), outcome_name(expected));
		ck_assert_uint_eq(harness_counter(harness, COUNTER_UNREACHABLE), how->fatal);
		ck_assert_uint_eq(view.side[SIDE_CLIENT].packets, 1);
		ck_assert_uint_eq(view.side[SIDE_SERVER].packets, 0);
	}
}
END_TEST

/* A quoted IPv6 datagram may have extension headers, which count as in one that is tracked itself (rules 23, 30). */
START_TEST(case28_quoted_extensions)
{
	static const struct unreachable quotes[] = {
		{ .type = -1, .extensions = 1, .extension = { { IPPROTO_DSTOPTS, .units = 1 } }, .fatal = true },
		{ .type = -1, .extensions = 1, .extension = { { IPPROTO_FRAGMENT, .fragment = 1 } }, .fatal = true },
		{ .type = -1, .extensions = 2, .extension = { { IPPROTO_HOPOPTS }, { IPPROTO_AH } }, .fatal = true },
		{ .type = -1,
		  .extensions = 1,
		  .extension = { { IPPROTO_ROUTING, .units = 2, .routing_type = 4, .segments_left = 1 } },
		  .fatal = true },
		{ .type = -1, .extensions = 1, .extension = { { IPPROTO_DSTOPTS } }, .quoted = 7 },
		{ .type = -1, .extensions = 1, .extension = { { IPPROTO_FRAGMENT, .fragment = 8 } } },
	};

	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		harness_reset(harness);
		send_syn(_i, true);
		send_unreachable(_i, true, &quotes[i]);
		ck_assert_msg((only_flow(harness).outcome == OUTCOME_UNREACHABLE) == quotes[i].fatal, "quote %zu", i);
		ck_assert_uint_eq(harness_counter(harness, COUNTER_UNREACHABLE), quotes[i].fatal);
	}
}
END_TEST

START_TEST(case28_only_without_an_answer)
{
	static const struct unreachable plain = { .type = -1 };

	harness_reset(harness);
	send_syn(_i >> 1, _i & 1);
	send_from_server(_i >> 1, _i & 1, SEGMENT_SYN | SEGMENT_ACK);
	send_unreachable(_i >> 1, _i & 1, &plain);
	ck_assert_int_eq(only_flow(harness).outcome, OUTCOME_OPENING);
	ck_assert_uint_eq(harness_counter(harness, COUNTER_UNREACHABLE), 0);
	harness_reset(harness);
	send_syn(_i >> 1, _i & 1);
	send_from_server(_i >> 1, _i & 1, SEGMENT_RST | SEGMENT_ACK);
	send_unreachable(_i >> 1, _i & 1, &plain);
	ck_assert_int_eq(only_flow(harness).outcome, OUTCOME_REFUSED);
}
END_TEST

/* The first error's sender, type and code are kept. */
START_TEST(case28_who_and_why)
{
	static const struct unreachable first = { .type = -1, .code = 1 }, second = { .type = -1, .code = 0 };
	static const struct packet router = { .from = ROUTER };
	struct flow_view view;
	bool ipv6 = _i & 1;

	harness_reset(harness);
	send_syn(_i >> 1, ipv6);
	send_unreachable(_i >> 1, ipv6, &first);
	send_unreachable(_i >> 1, ipv6, &second);
	view = only_flow(harness);
	ck_assert_int_eq(view.unreachable.type, ipv6 ? 1 : 3);
	ck_assert_int_eq(view.unreachable.code, 1);
	ck_assert_int_eq(view.unreachable.by.ipv6, ipv6);
	ck_assert_uint_eq(ntohl(view.unreachable.by.word[ipv6 ? 3 : 0]) & 0xffff, router.from.host);
	ck_assert_uint_eq(harness_counter(harness, COUNTER_UNREACHABLE), 2);
}
END_TEST

/* Every type and code of ICMP and of ICMPv6: which of them say that the server cannot be reached. */
START_TEST(case28_every_type)
{
	bool ipv6 = _i & 1;

	for (int type = 0; type < 256; type++) {
		for (int code = 0; code < 20; code++) {
			const struct unreachable how = { .type = type, .code = code };
			bool fatal = ipv6 ? type == 1 || type == 4 || (type == 3 && code == 0)
					  : (type == 3 && code != 4) || type == 12 || (type == 11 && code == 0);

			harness_reset(harness);
			send_syn(ENTRY_XDP, ipv6);
			send_unreachable(ENTRY_XDP, ipv6, &how);
			ck_assert_msg((only_flow(harness).outcome == OUTCOME_UNREACHABLE) == fatal,
				      "type %d code %d: %s", type, code, outcome_name(only_flow(harness).outcome));
		}
	}
}
END_TEST

/* The router was wrong, or the route came back. */
START_TEST(case28_answered_after_all)
{
	static const struct unreachable plain = { .type = -1 };

	harness_reset(harness);
	send_syn(_i >> 1, _i & 1);
	send_unreachable(_i >> 1, _i & 1, &plain);
	send_syn(_i >> 1, _i & 1);
	ck_assert_int_eq(only_flow(harness).outcome, OUTCOME_UNREACHABLE);
	send_from_server(_i >> 1, _i & 1, SEGMENT_SYN | SEGMENT_ACK);
	ck_assert_int_eq(only_flow(harness).outcome, OUTCOME_OPENING);
	ck_assert_int_eq(only_flow(harness).side[SIDE_SERVER].state, STATE_SYN_RECEIVED);
}
END_TEST

/* The client has had an answer, on a way that does not pass here. A SYN after that lies in the place of the report. */
START_TEST(case28_proved_by_the_client)
{
	static const struct unreachable plain = { .type = -1 };
	const struct packet ack = { .from = CLIENT,
				    .to = SERVER,
				    .ipv6 = _i & 1,
				    .seq = 1001,
				    .ack = 9001,
				    .flags = SEGMENT_ACK,
				    .window = 65535,
				    .payload = 100 };
	struct packet syn = { A_SYN, .ipv6 = _i & 1 };

	harness_reset(harness);
	send_syn(_i >> 1, _i & 1);
	send_unreachable(_i >> 1, _i & 1, &plain);
	send_syn(_i >> 1, _i & 1);
	ck_assert_int_eq(only_flow(harness).outcome, OUTCOME_UNREACHABLE);
	harness_packet(harness, _i >> 1, &ack);
	ck_assert_int_eq(only_flow(harness).outcome, OUTCOME_OPEN);
	ck_assert_int_eq(only_flow(harness).unreachable.type, 0);
	ck_assert(!only_flow(harness).failed);
	syn.seq += 100000;
	harness_packet(harness, _i >> 1, &syn);
	ck_assert_int_eq(only_flow(harness).outcome, OUTCOME_OPEN);
	ck_assert_int_eq(only_flow(harness).unreachable.type, 0);
}
END_TEST

START_TEST(case28_stays_after_the_timeout)
{
	static const struct unreachable plain = { .type = -1 };

	harness_reset(harness);
	send_syn(_i >> 1, _i & 1);
	send_unreachable(_i >> 1, _i & 1, &plain);
	harness_set_clock(harness, harness_clock(harness) + 121 * SEC_NS);
	ck_assert_int_eq(only_flow(harness).outcome, OUTCOME_UNREACHABLE);
	ck_assert_int_eq(only_flow(harness).side[SIDE_CLIENT].state, STATE_CLOSED);
	ck_assert_int_eq(only_flow(harness).conn_state, CONN_S0);
}
END_TEST

START_TEST(case28_creates_nothing)
{
	static const struct unreachable plain = { .type = -1 };

	harness_reset(harness);
	send_unreachable(_i >> 1, _i & 1, &plain);
	ck_assert_uint_eq(harness_flows(harness, NULL, 0), 0);
	check_only_counter(harness, COUNTER_NON_TCP, "unreachable");
}
END_TEST

Suite *icmp_suite(struct harness *shared)
{
	Suite *suite = suite_create("icmp");
	TCase *tcase = tcase_create("case28");

	tcase_set_timeout(tcase, 120); /* every type takes long under emulation */
	harness = shared;
	tcase_add_loop_test(tcase, case28_unreachable, 0, 4);
	tcase_add_loop_test(tcase, case28_quoted_extensions, 0, 2);
	tcase_add_loop_test(tcase, case28_who_and_why, 0, 4);
	tcase_add_loop_test(tcase, case28_every_type, 0, 2);
	tcase_add_loop_test(tcase, case28_only_without_an_answer, 0, 4);
	tcase_add_loop_test(tcase, case28_answered_after_all, 0, 4);
	tcase_add_loop_test(tcase, case28_proved_by_the_client, 0, 4);
	tcase_add_loop_test(tcase, case28_stays_after_the_timeout, 0, 4);
	tcase_add_loop_test(tcase, case28_creates_nothing, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}
