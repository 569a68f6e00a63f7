// SPDX-License-Identifier: GPL-2.0-only
/* What only an skb has, and XDP cannot see: GSO, merged packets, tags beside the frame. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "frames.h"
#include "tests/bpf/vlan_tag.skel.h"

#define MTU 1500

static struct harness *harness, *with_mtu, *timing;
static struct vlan_tag_bpf *tagger;

/* Opens a flow; the SYNs have the MSS of each side; 0: none. */
static void open_flow(struct harness *to, bool ipv6, enum entry entry, __u16 client_mss, __u16 server_mss)
{
	const struct packet segments[] = {
		{ A_SYN, .ipv6 = ipv6, .options = { .mss = client_mss } },
		{ .from = SERVER,
		  .to = CLIENT,
		  .ipv6 = ipv6,
		  .seq = 9000,
		  .ack = 1001,
		  .flags = SEGMENT_SYN | SEGMENT_ACK,
		  .window = 65535,
		  .options = { .mss = server_mss } },
		{ .from = CLIENT,
		  .to = SERVER,
		  .ipv6 = ipv6,
		  .seq = 1001,
		  .ack = 9001,
		  .flags = SEGMENT_ACK,
		  .window = 65535 },
	};

	harness_reset(to);
	for (int i = 0; i < 3; i++)
		harness_packet(to, entry, &segments[i]);
}

static struct packet data_of(bool ipv6, __u32 payload)
{
	struct packet packet = { AN_ACK, .ipv6 = ipv6, .payload = payload };

	packet.seq = 1001;
	packet.ack = 9001;
	return packet;
}

static void send_gso(struct harness *to, const struct packet *packet, __u32 segments)
{
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = packet_build(packet, frame);

	harness_frame(to, ENTRY_TC, false, frame, size, segments);
	free(frame);
}

/* A super-packet counts as the segments that it will be split into, each with its own headers. */
START_TEST(gso_counts_segments)
{
	struct packet packet = data_of(_i, 3000);
	__u32 header = _i ? 60 : 40;
	struct endpoint_view client;

	for (int options = 0; options < 2; options++, packet.options.timestamps = true, header += 12) {
		open_flow(harness, _i, ENTRY_TC, 0, 0);
		client = only_flow(harness).side[SIDE_CLIENT];
		send_gso(harness, &packet, 3);
		ck_assert_uint_eq(only_flow(harness).side[SIDE_CLIENT].packets, client.packets + 3);
		ck_assert_uint_eq(only_flow(harness).side[SIDE_CLIENT].bytes, client.bytes + 3000 + 3 * header);
		ck_assert_uint_eq(only_flow(harness).side[SIDE_CLIENT].payload_bytes, 3000);
		ck_assert_uint_eq(only_flow(harness).side[SIDE_CLIENT].retransmits, 0);
	}
}
END_TEST

/* BIG TCP: the length field is 0, and the skb has the length. */
START_TEST(gso_without_ip_length)
{
	struct packet packet = data_of(_i, 3000);
	struct endpoint_view client;

	packet.ip_length_zero = true;
	open_flow(harness, _i, ENTRY_TC, 0, 0);
	client = only_flow(harness).side[SIDE_CLIENT];
	send_gso(harness, &packet, 3);
	ck_assert_uint_eq(only_flow(harness).side[SIDE_CLIENT].packets, client.packets + 3);
	ck_assert_uint_eq(only_flow(harness).side[SIDE_CLIENT].payload_bytes, 3000);
	ck_assert_uint_eq(only_flow(harness).side[SIDE_CLIENT].bytes, client.bytes + 3000 + 3 * (_i ? 60 : 40));
}
END_TEST

/* The server acknowledges what the client sent up to that number, so many ms after the frame before. */
static void answer(bool ipv6, __u32 ack, __u64 ms)
{
	const struct packet packet = { .from = SERVER,
				       .to = CLIENT,
				       .ipv6 = ipv6,
				       .seq = 9001,
				       .ack = ack,
				       .flags = SEGMENT_ACK,
				       .window = 65535 };

	harness_set_clock(timing, harness_clock(timing) + ms * MSEC);
	harness_packet(timing, ENTRY_TC, &packet);
}

/*
 * A super-packet is timed as one segment: an ACK of some of those that it will be split into ends nothing. The rules
 * judge the first one, the fast path the next ones.
 */
START_TEST(gso_is_timed_as_one_segment)
{
	struct packet packet = data_of(_i, 3000);
	struct rtt_view rtt;

	open_flow(timing, _i, ENTRY_TC, 0, 0);
	for (__u32 sent = 1; sent <= 3; sent++, packet.seq += 3000) {
		send_gso(timing, &packet, 3);
		answer(_i, packet.seq + 1000, 5);
		ck_assert_uint_eq(only_flow(timing).side[SIDE_SERVER].rtt.samples, sent - 1);
		answer(_i, packet.seq + 3000, 5 * sent);
		rtt = only_flow(timing).side[SIDE_SERVER].rtt;
		ck_assert_uint_eq(rtt.samples, sent);
		ck_assert_uint_eq((rtt.last_ns + MSEC / 2) / MSEC, 5 + 5 * sent);
		ck_assert_uint_eq((rtt.min_ns + MSEC / 2) / MSEC, 10);
	}
	ck_assert_uint_eq(only_flow(timing).side[SIDE_CLIENT].rtt.samples, 0);
}
END_TEST

struct merged {
	__u16 client_mss, server_mss;
	__u32 payload, packets; /* packets: their number on the wire */
};

/* A packet that is longer than the MTU was merged on the receiving side. */
START_TEST(merged_packets_are_estimated)
{
	static const struct merged cases[] = {
		{ 1460, 1460, 2920, 2 }, { 1460, 1460, 2921, 3 }, { 1000, 1460, 3000, 3 }, { 1460, 1000, 3001, 4 },
		{ 0, 1400, 2800, 2 },	 { 0, 0, 2920, 2 },	  { 0, 0, 2921, 3 },
	};
	const struct merged *merged = &cases[_i / 2];
	bool ipv6 = _i & 1;
	__u32 header = ipv6 ? 60 : 40;

	for (enum entry entry = ENTRY_XDP; entry <= ENTRY_TC; entry++) {
		struct packet packet = data_of(ipv6, merged->payload);
		struct endpoint_view before, after;

		open_flow(with_mtu, ipv6, entry, merged->client_mss, merged->server_mss);
		before = only_flow(with_mtu).side[SIDE_CLIENT];
		ck_assert(!only_flow(with_mtu).packets_estimated);
		harness_packet(with_mtu, entry, &packet);
		after = only_flow(with_mtu).side[SIDE_CLIENT];
		ck_assert_uint_eq(after.packets, before.packets + merged->packets);
		ck_assert_uint_eq(after.bytes, before.bytes + merged->payload + merged->packets * header);
		ck_assert(only_flow(with_mtu).packets_estimated);
	}
}
END_TEST

/* A capture has no MTU, and its packets are counted as they are; the MSS tells how many segments were sent again. */
START_TEST(captured_packets_that_are_sent_again)
{
	static const struct merged cases[] = {
		{ 1460, 1460, 2920, 2 }, { 8960, 1460, 2921, 3 }, { 8960, 8960, 8960, 1 },
		{ 536, 0, 1072, 2 },	 { 0, 0, 2920, 1 },
	};
	const struct merged *merged = &cases[_i];

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct packet packet = data_of(ipv6, merged->payload);
		struct endpoint_view before, after;

		open_flow(harness, ipv6, ENTRY_XDP, merged->client_mss, merged->server_mss);
		before = only_flow(harness).side[SIDE_CLIENT];
		for (__u32 again = 0; again < 3; again++) {
			harness_packet(harness, ENTRY_XDP, &packet);
			after = only_flow(harness).side[SIDE_CLIENT];
			ck_assert_uint_eq(after.packets, before.packets + again + 1);
			ck_assert_uint_eq(after.retransmits, again * merged->packets);
			ck_assert_uint_eq(after.payload_bytes, merged->payload);
		}
		ck_assert(!only_flow(harness).packets_estimated);
	}
}
END_TEST

/* Which data a FIN in fragments ends is not known from its first fragment, which is one packet at any length. */
START_TEST(fragments_are_not_estimated)
{
	bool ipv6 = _i & 1;
	struct packet packet = data_of(ipv6, MTU + 16);
	struct endpoint_view client;

	packet.flags |= SEGMENT_FIN;
	if (ipv6)
		packet.extension[packet.extensions++] =
			(struct extension){ .type = IPPROTO_FRAGMENT, .fragment = MORE_FRAGMENTS_IPV6 };
	else
		packet.fragment = MORE_FRAGMENTS_IPV4;
	for (int known = 0; known < 2; known++) { /* the flow is, or begins here */
		harness_reset(with_mtu);
		if (known)
			open_flow(with_mtu, ipv6, _i >> 1, 1460, 1460);
		harness_packet(with_mtu, _i >> 1, &packet);
		client = only_flow(with_mtu).side[SIDE_CLIENT];
		ck_assert_uint_eq(client.packets, known ? 3 : 1);
		ck_assert_uint_eq(client.fins, 1);
		ck_assert(!only_flow(with_mtu).packets_estimated);
	}
}
END_TEST

START_TEST(packets_that_fit_are_not_estimated)
{
	bool ipv6 = _i & 1;
	struct packet packet = data_of(ipv6, MTU - (ipv6 ? 60 : 40));

	open_flow(with_mtu, ipv6, _i >> 1, 536, 536);
	harness_packet(with_mtu, _i >> 1, &packet);
	ck_assert_uint_eq(only_flow(with_mtu).side[SIDE_CLIENT].packets, 3);
	ck_assert(!only_flow(with_mtu).packets_estimated);
}
END_TEST

/* Runs a frame, after a tag was pushed into the skb's metadata. */
static void send_beside(const struct packet *packet, __u16 tpid, __u16 id)
{
	__u8 frame[200];
	struct __sk_buff context = { .cb = { tpid, id } };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = packet_build(packet, frame),
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1);

	ck_assert_int_eq(bpf_prog_test_run_opts(bpf_program__fd(tagger->progs.push_tag), &options), 0);
	ck_assert_int_eq((int)options.retval, -1);
}

/* In an skb the outermost tag is not in the frame. */
START_TEST(case22_tag_in_skb_metadata)
{
	static const __u16 tpids[] = { ETH_P_8021Q, ETH_P_8021AD };
	struct packet packet = { A_SYN, .ipv6 = _i & 1, .payload = 9 };
	struct flow_view view;

	for (packet.tags = 0; packet.tags <= 3; packet.tags++) {
		packet.tag[packet.tags].tpid = ETH_P_8021Q;
		packet.tag[packet.tags].id = 10 + packet.tags;
		harness_reset(harness);
		send_beside(&packet, tpids[_i >> 1], 99);
		if (packet.tags == 3) {
			check_only_counter(harness, COUNTER_VLAN_DEPTH, "four tags");
			continue;
		}
		view = only_flow(harness);
		ck_assert_uint_eq(view.vlans, packet.tags + 1);
		ck_assert_uint_eq(view.vlan[0], 99);
		for (int i = 0; i < packet.tags; i++)
			ck_assert_uint_eq(view.vlan[i + 1], 10 + i);
		ck_assert_uint_eq(view.side[SIDE_CLIENT].payload_bytes, 9);
	}
}
END_TEST

static void open_tagger(void)
{
	__u32 key = 0;
	int program = harness_program(harness, ENTRY_TC, false);

	tagger = vlan_tag_bpf__open_and_load();
	if (!tagger || bpf_map_update_elem(bpf_map__fd(tagger->maps.next), &key, &program, BPF_ANY)) {
		perror("bpf-tests: cannot load the program that pushes tags");
		exit(EXIT_FAILURE);
	}
}

Suite *offload_suite(struct harness *shared)
{
	Suite *suite = suite_create("offload");
	TCase *tcase = tcase_create("offload");

	harness = shared;
	with_mtu = harness_open(&(struct harness_options){ .mtu = MTU, .programs = "ether" });
	timing = harness_open(&(struct harness_options){ .rtt = true, .programs = "ether" });
	open_tagger();
	tcase_add_loop_test(tcase, gso_counts_segments, 0, 2);
	tcase_add_loop_test(tcase, gso_without_ip_length, 0, 2);
	tcase_add_loop_test(tcase, gso_is_timed_as_one_segment, 0, 2);
	tcase_add_loop_test(tcase, merged_packets_are_estimated, 0, 14);
	tcase_add_loop_test(tcase, fragments_are_not_estimated, 0, 4);
	tcase_add_loop_test(tcase, packets_that_fit_are_not_estimated, 0, 4);
	tcase_add_loop_test(tcase, captured_packets_that_are_sent_again, 0, 5);
	tcase_add_loop_test(tcase, case22_tag_in_skb_metadata, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}
