// SPDX-License-Identifier: GPL-2.0-only
#include "host_seeds.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "../bpf/frames.h"
#include "host_harness.h"

#define GSO_SEGMENTS 3

#define MTU 1500
#define ICMP_HEADER 8
#define ETHERNET_HEADER 14
#define PRIORITY 0x6000 /* in a VLAN tag, beside its id */

static struct harness *harness, *with_mtu;

/* A super-packet, with its length and without it (BIG TCP). */
START_TEST(gso)
{
	struct packet packet = { AN_ACK, .ipv6 = _i & 1, .ip_length_zero = _i & 2, .payload = 3000 };
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = packet_build(&packet, frame);

	harness_reset(harness);
	harness_frame(harness, ENTRY_TC, false, frame, size, GSO_SEGMENTS);
	ck_assert_uint_eq(only_flow(harness).side[SIDE_CLIENT].packets, GSO_SEGMENTS);
	free(frame);
}
END_TEST

/* Only a cut frame, at every length. */
START_TEST(cut)
{
	struct packet packet = { A_SYN, .ipv6 = _i & 1, .no_link = _i & 2, .options = { .mss = 1460 } };
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = packet_build(&packet, frame);

	for (size_t length = 0; length < size; length++) {
		harness_reset(harness);
		harness_frame(harness, _i & 4 ? ENTRY_TC : ENTRY_XDP, packet.no_link, frame, length, 0);
		check_only_counter(harness, COUNTER_TRUNCATED, "cut frame");
	}
	free(frame);
}
END_TEST

/* Headers beyond the linear part: XDP does not read them, tc pulls them into the linear part. */
START_TEST(split)
{
	struct packet packet = { A_SYN, .ipv6 = _i & 1, .ip_options = _i & 1 ? 0 : 20 };
	enum entry entry = _i & 2 ? ENTRY_TC : ENTRY_XDP;

	for (packet.extensions = 0; packet.extensions <= (packet.ipv6 ? 3 : 0); packet.extensions++) {
		for (int i = 0; i < packet.extensions; i++)
			packet.extension[i] = (struct extension){ .type = IPPROTO_DSTOPTS, .units = 2 * i };
		harness_reset(harness);
		host_harness_split(harness, entry, &packet);
		ck_assert_uint_eq(harness_flows(harness, NULL, 0), entry == ENTRY_TC);
	}
}
END_TEST

/* A tag that the NIC took out of the frame comes before those that are still in it. */
START_TEST(tag_beside)
{
	struct packet packet = { A_SYN, .ipv6 = _i & 1, .tags = _i / 2, .tag = { { 0x8100, 21 }, { 0x8100, 22 } } };
	struct flow_view view;

	harness_reset(harness);
	host_harness_tagged(harness, &packet, PRIORITY | 20);
	view = only_flow(harness);
	ck_assert_int_eq(view.vlans, packet.tags + 1);
	for (int i = 0; i < view.vlans; i++)
		ck_assert_int_eq(view.vlan[i], 20 + i);
}
END_TEST

/* IPv6 addresses that differ in the first or in the second word: both directions are one flow. */
START_TEST(ipv6_prefixes)
{
	const int src = ETHERNET_HEADER + 8, dst = src + 16, byte = _i & 1 ? 4 : 0;
	struct packet syn = { A_SYN, .ipv6 = true }, answer = { .ipv6 = true, .from = SERVER, .to = CLIENT };
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = packet_build(&syn, frame);

	harness_reset(harness);
	frame[(_i & 2 ? src : dst) + byte] ^= 0x40;
	harness_frame(harness, ENTRY_XDP, false, frame, size, 0);
	answer.flags = SEGMENT_SYN | SEGMENT_ACK;
	answer.ack = syn.seq + 1;
	size = packet_build(&answer, frame);
	frame[(_i & 2 ? dst : src) + byte] ^= 0x40;
	harness_frame(harness, ENTRY_XDP, false, frame, size, 0);
	ck_assert_int_eq(only_flow(harness).side[SIDE_SERVER].state, STATE_SYN_RECEIVED);
	free(frame);
}
END_TEST

/* An ICMP unreachable that quotes less than it should, or no TCP. */
START_TEST(icmp_quotes)
{
	struct packet quoted = { A_SYN, .ipv6 = _i & 1, .no_link = true }, udp = quoted;
	__u8 content[200] = { quoted.ipv6 ? 1 : 3, 0 };
	struct packet packet = { .from = SERVER,
				 .to = CLIENT,
				 .ipv6 = quoted.ipv6,
				 .protocol = quoted.ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
				 .raw_payload = content };
	size_t most;

	udp.protocol = IPPROTO_UDP;
	udp.payload = 20;
	most = ICMP_HEADER + packet_build(_i & 2 ? &udp : &quoted, content + ICMP_HEADER);
	for (packet.payload = ICMP_HEADER; packet.payload <= most; packet.payload++) {
		harness_reset(harness);
		harness_packet(harness, ENTRY_XDP, &packet);
		check_only_counter(harness, COUNTER_NON_TCP, "ICMP");
	}
}
END_TEST

/* Longer than the MTU: XDP takes it for merged. The SYN has an MSS, or none. */
START_TEST(merged)
{
	struct packet syn = { A_SYN, .ipv6 = _i & 1, .options = { .mss = _i & 2 ? 1000 : 0 } };
	struct packet data = { AN_ACK, .ipv6 = _i & 1, .payload = 3000 };

	data.seq = syn.seq + 1;
	harness_reset(with_mtu);
	harness_packet(with_mtu, ENTRY_XDP, &syn);
	harness_packet(with_mtu, ENTRY_XDP, &data);
	ck_assert_uint_eq(only_flow(with_mtu).side[SIDE_CLIENT].packets, 4);
}
END_TEST

/* ICMP whose type and code do not matter, and ICMP that is cut. */
START_TEST(icmp_of_no_use)
{
	static const __u8 echo[8] = { 8, 0 }, too_big[36] = { 3, 4 }, unreachable[8] = { 3, 1 };
	static const struct {
		const __u8 *content;
		__u32 bytes;
	} messages[] = { { echo, sizeof(echo) },
			 { too_big, sizeof(too_big) },
			 { unreachable, sizeof(unreachable) },
			 { unreachable, 4 } };
	struct packet packet = { .from = CLIENT,
				 .to = SERVER,
				 .protocol = IPPROTO_ICMP,
				 .raw_payload = messages[_i].content,
				 .payload = messages[_i].bytes };

	harness_reset(harness);
	harness_packet(harness, ENTRY_XDP, &packet);
	check_only_counter(harness, COUNTER_NON_TCP, "ICMP");
}
END_TEST

Suite *seed_suite(struct harness *shared)
{
	Suite *suite = suite_create("seeds");
	TCase *tcase = tcase_create("seeds");

	harness = shared;
	with_mtu = harness_open(&(struct harness_options){ .mtu = MTU });
	tcase_add_loop_test(tcase, gso, 0, 4);
	tcase_add_loop_test(tcase, cut, 0, 8);
	tcase_add_loop_test(tcase, split, 0, 4);
	tcase_add_loop_test(tcase, tag_beside, 0, 6);
	tcase_add_loop_test(tcase, ipv6_prefixes, 0, 4);
	tcase_add_loop_test(tcase, icmp_quotes, 0, 4);
	tcase_add_loop_test(tcase, merged, 0, 4);
	tcase_add_loop_test(tcase, icmp_of_no_use, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}
