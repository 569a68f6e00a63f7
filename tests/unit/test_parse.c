// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf/packet/parse.h on the host, under ASan: every refusal, every prefix of valid frames, and damaged frames, each in
 * memory of its exact size.
 */
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* clang's pragma, in the header */
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"
#include "../bpf/packet.h"
#include "bpf/packet/parse_frame.h"

#define A_SYN .from = { 1, 40000 }, .to = { 2, 443 }, .seq = 1000, .flags = SEGMENT_SYN, .window = 65535
#define AN_ACK .from = { 1, 40000 }, .to = { 2, 443 }, .seq = 1000, .ack = 2000, .flags = SEGMENT_ACK, .window = 65535
#define Q(id)                   \
	{                       \
		ETH_P_8021Q, id \
	}

/* What the fast path has instead of parse_frame(). */
static bool parse_shortly(const struct frame *frame, bool link_header, struct segment *seg)
{
	memset(seg, 0, sizeof(*seg));
	return is_simple_ipv6(frame, link_header) ? parse_fast_ipv6(frame, link_header, seg)
						  : parse_fast(frame, link_header, seg);
}

/* The fast path reads of `fast` what parse_frame() finds in the same frame. */
static void check_short_way(const struct segment *fast, const struct segment *seg, int result)
{
	ck_assert_int_eq(result, PARSED_SEGMENT);
	ck_assert_mem_eq(fast->addr, seg->addr, sizeof(seg->addr));
	ck_assert_uint_eq(fast->ports, seg->ports);
	ck_assert_uint_eq(fast->seq, seg->seq);
	ck_assert_uint_eq(fast->ack, seg->ack);
	ck_assert_uint_eq(fast->window, seg->window);
	ck_assert_uint_eq(fast->payload, seg->payload);
	ck_assert_uint_eq(fast->ip_bytes, seg->ip_bytes);
	ck_assert_uint_eq(fast->packets, seg->packets);
	ck_assert_uint_eq(fast->flags, seg->flags);
	ck_assert_uint_eq(fast->ipv6, seg->ipv6);
	ck_assert_uint_eq(seg->vlans | seg->tunnels | seg->open_end, 0);
}

/*
 * Parses a copy that ends with its memory, in the short way, too, if that takes it. The copy begins where drivers place
 * frames, so that the IP header is aligned. `length` is that of all buffers, of which `size` bytes are linear.
 */
static int parse(const __u8 *bytes, size_t size, size_t length, bool link_header, __u32 gso, struct segment *seg)
{
	size_t shift = link_header ? 2 : 0;
	__u8 *memory = malloc(size + shift + !size);
	struct frame frame = {
		.data = memory + shift, .data_end = memory + shift + size, .length = length, .gso_segments = gso
	};
	struct flow_tunnel tunnel;
	struct segment fast;
	int result;

	memcpy(memory + shift, bytes, size);
	memset(seg, 0, sizeof(*seg));
	result = parse_frame(&frame, link_header, TUNNELS_DEFAULT, seg, &tunnel);
	if (parse_shortly(&frame, link_header, &fast))
		check_short_way(&fast, seg, result);
	free(memory);
	return result;
}

static int parse_packet(const struct packet *packet, __u32 gso, struct segment *seg)
{
	__u8 *bytes = malloc(FRAME_SIZE);
	size_t size = packet_build(packet, bytes);
	int result = parse(bytes, size, size, !packet->no_link, gso, seg);

	free(bytes);
	return result;
}

static const struct {
	struct packet packet;
	int expected;
} refusals[] = {
	{ { A_SYN }, PARSED_SEGMENT },
	{ { A_SYN, .ipv6 = true }, PARSED_SEGMENT },
	{ { A_SYN, .ethertype = ETH_P_ARP }, COUNTER_NON_IP },
	{ { A_SYN, .no_link = true, .ip_version = 7 }, COUNTER_NON_IP },
	{ { A_SYN, .protocol = IPPROTO_UDP, .payload = 8 }, COUNTER_NON_TCP },
	{ { A_SYN, .ipv6 = true, .protocol = IPPROTO_UDP, .payload = 8 }, COUNTER_NON_TCP },
	{ { A_SYN, .cut = 1 }, COUNTER_TRUNCATED },
	{ { A_SYN, .ip_length_wrong = 1 }, COUNTER_TRUNCATED },
	{ { A_SYN, .ip_header_words = 4 }, COUNTER_BAD_IP_HEADER },
	{ { A_SYN, .ip_version = 3, .ethertype = ETH_P_IP }, COUNTER_BAD_IP_HEADER },
	{ { A_SYN, .ipv6 = true, .ip_version = 3 }, COUNTER_BAD_IP_HEADER },
	{ { A_SYN, .ip_length_zero = true }, PARSED_SEGMENT },
	{ { A_SYN, .fragment = 1 }, COUNTER_FRAGMENT },
	{ { A_SYN, .fragment = IPV4_MORE_FRAGMENTS }, PARSED_SEGMENT },
	{ { A_SYN, .fragment = IPV4_MORE_FRAGMENTS, .ip_length_wrong = -1 }, COUNTER_FRAGMENT },
	{ { A_SYN, .data_offset = 4 }, COUNTER_BAD_TCP_HEADER },
	{ { A_SYN, .data_offset = 6 }, COUNTER_BAD_TCP_HEADER },
	{ { A_SYN, .tags = 3, .tag = { Q(1), Q(2), Q(3) } }, PARSED_SEGMENT },
	{ { A_SYN, .tags = 4, .tag = { Q(1), Q(2), Q(3), Q(4) } }, COUNTER_VLAN_DEPTH },
	{ { A_SYN, .ipv6 = true, .extensions = 6,
	    .extension = { { 0 }, { 60 }, { 43 }, { 44 }, { 51, 3, 0 }, { 60 } } },
	  PARSED_SEGMENT },
	{ { A_SYN, .ipv6 = true, .extensions = 7,
	    .extension = { { 0 }, { 60 }, { 43 }, { 44 }, { 51, 3, 0 }, { 60 }, { 60 } } },
	  COUNTER_EXTENSION_DEPTH },
	{ { A_SYN, .ipv6 = true, .extensions = 1, .extension = { { 44, 0, 8 } } }, COUNTER_FRAGMENT },
};

START_TEST(refusal)
{
	struct segment seg;

	ck_assert_int_eq(parse_packet(&refusals[_i].packet, 0, &seg), refusals[_i].expected);
}
END_TEST

START_TEST(all_flags)
{
	for (__u32 flags = 0; flags < 256; flags++) {
		struct packet packet = { A_SYN };
		struct segment seg;
		bool syn = flags & SEGMENT_SYN, fin = flags & SEGMENT_FIN, rst = flags & SEGMENT_RST;
		bool bad = syn ? fin || rst : !(flags & (SEGMENT_RST | SEGMENT_ACK));

		packet.flags = flags;
		ck_assert_int_eq(parse_packet(&packet, 0, &seg), bad ? COUNTER_BAD_FLAGS : PARSED_SEGMENT);
		if (!bad)
			ck_assert_uint_eq(seg.flags, flags);
	}
}
END_TEST

/* IPv4 and IPv6, with link header and without. */
START_TEST(short_way)
{
	const struct packet packet = { AN_ACK, .payload = 9, .ipv6 = _i & 1, .no_link = _i & 2 };
	_Alignas(4) __u8 memory[500];
	__u8 *bytes = memory + (packet.no_link ? 0 : 2); /* the IP header is aligned */
	size_t size = packet_build(&packet, bytes);
	const struct frame frame = { .data = bytes, .data_end = bytes + size };
	struct segment fast, seg;

	ck_assert(parse_shortly(&frame, !packet.no_link, &fast));
	check_short_way(&fast, &seg, parse_packet(&packet, 0, &seg));
	ck_assert_uint_eq(fast.payload, 9);
}
END_TEST

START_TEST(fields)
{
	struct packet packet = { A_SYN,
				 .ip_options = 8,
				 .payload = 77,
				 .padding = 9,
				 .options = { .mss = 1460, .sack_ok = true },
				 .tags = 2,
				 .tag = { Q(7), Q(4095) } };
	struct segment seg;

	packet.ipv6 = _i;
	if (_i)
		packet.ip_options = 0;
	packet.ack = 0x89abcdef;
	packet.flags = SEGMENT_ACK | SEGMENT_PSH | FLAG_NS;
	ck_assert_int_eq(parse_packet(&packet, 0, &seg), PARSED_SEGMENT);
	ck_assert_uint_eq(seg.seq, 1000);
	ck_assert_uint_eq(seg.ack, 0x89abcdef);
	ck_assert_uint_eq(seg.flags, SEGMENT_ACK | SEGMENT_PSH);
	ck_assert_uint_eq(seg.window, 65535);
	ck_assert_uint_eq(seg.payload, 77);
	ck_assert_uint_eq(seg.ip_bytes, packet_ip_bytes(&packet));
	ck_assert_uint_eq(seg.packets, 1);
	ck_assert_uint_eq(seg.port[0], bpf_htons(40000));
	ck_assert_uint_eq(seg.port[1], bpf_htons(443));
	ck_assert_uint_eq(seg.addr[0][_i ? 3 : 0], bpf_htonl(_i ? 1 : 0x0a000001));
	ck_assert_uint_eq(seg.options_len, 8);
	ck_assert_uint_eq(seg.vlans, 2);
	ck_assert_uint_eq(seg.vlan[0], 7);
	ck_assert_uint_eq(seg.vlan[1], 4095);
	ck_assert_uint_eq(seg.ipv6, _i);
}
END_TEST

/* The segments of a GSO packet have headers of their own; with BIG TCP the length field is 0. */
START_TEST(gso_frame)
{
	struct packet packet = { A_SYN, .ipv6 = _i, .payload = 5000 };
	__u32 header = _i ? 60 : 40;
	struct segment seg;

	for (int zero = 0; zero < 2; zero++) {
		packet.ip_length_zero = zero;
		ck_assert_int_eq(parse_packet(&packet, 4, &seg), PARSED_SEGMENT);
		ck_assert_uint_eq(seg.packets, 4);
		ck_assert_uint_eq(seg.payload, 5000);
		ck_assert_uint_eq(seg.ip_bytes, 5000 + 4 * header);
	}
}
END_TEST

static const struct packet valid[] = {
	{ A_SYN, .payload = 20 },
	{ A_SYN, .no_link = true, .ip_options = 40, .options = { .mss = 1, .timestamps = true, .wscale = 1 } },
	{ A_SYN, .tags = 3, .tag = { Q(1), Q(2), Q(3) }, .fragment = IPV4_MORE_FRAGMENTS, .payload = 8 },
	{ A_SYN, .ipv6 = true, .payload = 3, .options = { .timestamps = true } },
	{ AN_ACK, .payload = 3 },
	{ AN_ACK, .ipv6 = true, .payload = 3, .options = { .timestamps = true } },
	{ A_SYN, .ipv6 = true, .no_link = true, .extensions = 5,
	  .extension = { { 0, 1, 0 }, { 60, 2, 0 }, { 43, 0, 0 }, { 44, 0, 1 }, { 51, 3, 0 } } },
	{ A_SYN, .protocol = IPPROTO_ICMP, .payload = 40 },
	{ A_SYN, .ipv6 = true, .protocol = IPPROTO_ICMPV6, .payload = 60 },
};

#define VALID (sizeof(valid) / sizeof(valid[0]))

/* An ICMP unreachable that quotes the first bytes of a SYN. */
static size_t build(int which, __u8 *bytes)
{
	size_t size = packet_build(&valid[which], bytes);
	struct packet quoted = { A_SYN, .no_link = true, .ipv6 = valid[which].ipv6 };
	__u8 inner[200];

	if (valid[which].protocol) {
		__u8 *icmp = bytes + size - valid[which].payload;
		size_t length = packet_build(&quoted, inner);

		memset(icmp, 0, 8);
		icmp[0] = quoted.ipv6 ? 1 : 3;
		memcpy(icmp + 8, inner, length < valid[which].payload - 8 ? length : valid[which].payload - 8);
	}
	return size;
}

/* No prefix is read beyond its end, and none is accepted as a whole frame. */
START_TEST(every_prefix)
{
	__u8 bytes[500];
	size_t size = build(_i, bytes);
	struct segment seg;

	ck_assert_int_lt(parse(bytes, size, size, !valid[_i].no_link, 0, &seg), 0);
	for (size_t cut = 0; cut < size; cut++)
		ck_assert_int_eq(parse(bytes, cut, cut, !valid[_i].no_link, 0, &seg), COUNTER_TRUNCATED);
}
END_TEST

/* Headers in the first buffer, the payload elsewhere, as in XDP with fragments and in tc. */
START_TEST(every_prefix_with_the_rest_elsewhere)
{
	__u8 bytes[500];
	size_t size = build(_i, bytes), whole = size - (valid[_i].protocol ? 0 : valid[_i].payload);
	struct segment seg;

	for (size_t linear = 0; linear <= size; linear++) {
		int result = parse(bytes, linear, size, !valid[_i].no_link, 0, &seg);

		if (linear >= whole)
			ck_assert_int_lt(result, 0);
		else
			ck_assert_int_ge(result, -2);
		if (result == PARSED_SEGMENT)
			ck_assert_uint_eq(seg.payload, valid[_i].fragment ? 0 : valid[_i].payload); /* rule 25 */
	}
}
END_TEST

static void check_sane(int result, const struct segment *seg, size_t size, __u32 gso)
{
	if (result < PARSED_UNREACHABLE || result > COUNTER_NOT_FOLLOWED_LAST)
		ck_abort_msg("the result is %d", result);
	if (result == PARSED_SEGMENT &&
	    (seg->payload > size || seg->options_len > 40 || seg->options_at + seg->options_len > (int)size ||
	     seg->packets != (gso > 1 ? gso : 1) || seg->vlans > SEGMENT_VLANS))
		ck_abort_msg("%zu bytes: payload %u, options %u at %u, %u segments, %u tags", size, seg->payload,
			     seg->options_len, seg->options_at, seg->packets, seg->vlans);
}

/*
 * Frames with random changes, most of them in the headers: they are refused or parsed to sane values, and nothing is
 * read out of bounds.
 */
START_TEST(damaged)
{
	srand(_i);
	for (int i = 0; i < 30000; i++) {
		__u8 bytes[500];
		int which = rand() % VALID, changes = 1 + rand() % 4;
		size_t size = build(which, bytes);
		__u32 gso = rand() % 4 ? 0 : rand() % 50;
		struct segment seg;

		for (int k = 0; k < changes; k++)
			bytes[rand() % (rand() % size + 1)] = rand() % 3 ? rand() : 1 << rand() % 8;
		if (rand() % 2)
			size = rand() % (size + 1);
		check_sane(parse(bytes, size, size, !valid[which].no_link, gso, &seg), &seg, size, gso);
	}
}
END_TEST

Suite *parse_suite(void)
{
	Suite *suite = suite_create("parse");
	TCase *tcase = tcase_create("parse");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, refusal, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tcase, all_flags);
	tcase_add_loop_test(tcase, short_way, 0, 4);
	tcase_add_loop_test(tcase, fields, 0, 2);
	tcase_add_loop_test(tcase, gso_frame, 0, 2);
	tcase_add_loop_test(tcase, every_prefix, 0, VALID);
	tcase_add_loop_test(tcase, every_prefix_with_the_rest_elsewhere, 0, VALID);
	tcase_add_loop_test(tcase, damaged, 0, 8);
	suite_add_tcase(suite, tcase);
	return suite;
}
