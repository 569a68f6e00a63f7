// SPDX-License-Identifier: GPL-2.0-only
/* Cases 23, 25 and 29: IP headers, extension headers, fragments, and what is not TCP. */
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "cases.h"
#include "frames.h"

#define HOP                             \
	{                               \
		.type = IPPROTO_HOPOPTS \
	}
#define ROUTING                                     \
	{                                           \
		.type = IPPROTO_ROUTING, .units = 2 \
	}
#define DESTINATION                                 \
	{                                           \
		.type = IPPROTO_DSTOPTS, .units = 1 \
	}
#define AH                                     \
	{                                      \
		.type = IPPROTO_AH, .units = 3 \
	}
#define FRAGMENT(field)                                     \
	{                                                   \
		.type = IPPROTO_FRAGMENT, .fragment = field \
	}
#define MORE 0x2000 /* IPv4 */
#define MORE6 1 /* IPv6 */
#define IPV6_SYN A_SYN, .ipv6 = true

static const struct frame_case frames[] = {
	{ "case23_ipv4_options_4", { A_SYN, .ip_options = 4, .payload = 11 }, TAKEN },
	{ "case23_ipv4_options_20", { A_SYN, .ip_options = 20 }, TAKEN },
	{ "case23_ipv4_options_40", { A_SYN, .ip_options = 40, .payload = 7, .options = { .mss = 1460 } }, TAKEN },
	{ "case23_ipv4_header_too_short", { A_SYN, .ip_header_words = 4 }, COUNTER_BAD_IP_HEADER },
	{ "case23_ipv4_header_beyond_the_datagram", { A_SYN, .ip_header_words = 11 }, COUNTER_BAD_IP_HEADER },
	{ "case23_ipv4_wrong_version", { A_SYN, .ip_version = 5, .ethertype = ETH_P_IP }, COUNTER_BAD_IP_HEADER },
	{ "case23_ipv6_wrong_version", { IPV6_SYN, .ip_version = 4, .ethertype = ETH_P_IPV6 }, COUNTER_BAD_IP_HEADER },
	{ "case23_hop_by_hop", { IPV6_SYN, .extensions = 1, .extension = { HOP }, .payload = 3 }, TAKEN },
	{ "case23_routing", { IPV6_SYN, .extensions = 1, .extension = { ROUTING } }, TAKEN },
	{ "case23_destination", { IPV6_SYN, .extensions = 1, .extension = { DESTINATION } }, TAKEN },
	{ "case23_ah", { IPV6_SYN, .extensions = 1, .extension = { AH }, .payload = 5 }, TAKEN },
	{ "case23_atomic_fragment", { IPV6_SYN, .extensions = 1, .extension = { FRAGMENT(0) }, .payload = 5 }, TAKEN },
	{ "case23_five_kinds",
	  { IPV6_SYN, .extensions = 5, .extension = { HOP, ROUTING, FRAGMENT(0), AH, DESTINATION }, .payload = 50 },
	  TAKEN },
	{ "case23_six_headers",
	  { IPV6_SYN, .extensions = 6, .extension = { HOP, DESTINATION, ROUTING, FRAGMENT(0), AH, DESTINATION } },
	  TAKEN },
	{ "case23_seven_headers",
	  { IPV6_SYN, .extensions = 7,
	    .extension = { HOP, DESTINATION, ROUTING, FRAGMENT(0), AH, DESTINATION, DESTINATION } },
	  COUNTER_EXTENSION_DEPTH },
	{ "case30_source_route",
	  { IPV6_SYN, .extensions = 1, .extension = { { 43, .units = 6, .segments_left = 2 } }, .payload = 10 },
	  TAKEN },
	{ "case30_mobile",
	  { IPV6_SYN, .extensions = 1, .extension = { { 43, .units = 2, .routing_type = 2, .segments_left = 1 } } },
	  TAKEN },
	{ "case30_segments",
	  { IPV6_SYN, .extensions = 2,
	    .extension = { HOP, { 43, .units = 4, .routing_type = 4, .segments_left = 1 } } },
	  TAKEN },
	{ "case30_compressed_route_of_something_else",
	  { IPV6_SYN, .extensions = 1, .extension = { { 43, .units = 2, .routing_type = 3, .segments_left = 1 } },
	    .protocol = IPPROTO_UDP },
	  COUNTER_NON_TCP },
	{ "case30_route_beyond_the_frame",
	  { IPV6_SYN, .extensions = 1, .extension = { { 43, .units = 6, .segments_left = 1 } }, .ip_length_wrong = -60,
	    .cut = 60 },
	  COUNTER_TRUNCATED },
	{ "case30_jumbo",
	  { IPV6_SYN, .extensions = 1, .extension = { { 0, .jumbo = true } }, .ip_length_zero = true, .payload = 60000,
	    .padding = 7 },
	  TAKEN },
	{ "case30_jumbo_beyond_the_frame",
	  { IPV6_SYN, .extensions = 1, .extension = { { 0, .jumbo = true } }, .ip_length_zero = true,
	    .ip_length_wrong = 1 },
	  COUNTER_TRUNCATED },
	{ "case23_no_next_header",
	  { IPV6_SYN, .extensions = 1, .extension = { HOP }, .protocol = IPPROTO_NONE },
	  COUNTER_NON_TCP },
	{ "case25_first_fragment", { A_SYN, .fragment = MORE, .payload = 100 }, TAKEN },
	{ "case25_do_not_fragment", { A_SYN, .fragment = 0x4000 }, TAKEN },
	{ "case25_later_fragment", { A_SYN, .fragment = 1 }, COUNTER_FRAGMENT },
	{ "case25_later_fragment_more_follow", { A_SYN, .fragment = MORE | 0x1fff }, COUNTER_FRAGMENT },
	{ "case25_last_fragment", { A_SYN, .fragment = 0x1000 }, COUNTER_FRAGMENT },
	{ "case25_first_fragment_without_the_whole_header",
	  { A_SYN, .fragment = MORE, .ip_length_wrong = -12 },
	  COUNTER_FRAGMENT },
	{ "case25_first_fragment_without_the_whole_options",
	  { A_SYN, .fragment = MORE, .ip_length_wrong = -4, .options = { .mss = 1460 } },
	  COUNTER_FRAGMENT },
	{ "case25_first_fragment_ipv6",
	  { IPV6_SYN, .extensions = 1, .extension = { FRAGMENT(MORE6) }, .payload = 100 },
	  TAKEN },
	{ "case25_later_fragment_ipv6", { IPV6_SYN, .extensions = 1, .extension = { FRAGMENT(8) } }, COUNTER_FRAGMENT },
	{ "case25_later_fragment_behind_hop_by_hop",
	  { IPV6_SYN, .extensions = 2, .extension = { HOP, FRAGMENT(0xfff8 | MORE6) } },
	  COUNTER_FRAGMENT },
	{ "case25_first_fragment_ipv6_without_the_whole_header",
	  { IPV6_SYN, .extensions = 1, .extension = { FRAGMENT(MORE6) }, .ip_length_wrong = -12 },
	  COUNTER_FRAGMENT },
	{ "case29_udp", { A_SYN, .protocol = IPPROTO_UDP, .payload = 20 }, COUNTER_NON_TCP },
	{ "case29_udp_ipv6", { IPV6_SYN, .protocol = IPPROTO_UDP, .payload = 20 }, COUNTER_NON_TCP },
	{ "case29_udp_behind_extension",
	  { IPV6_SYN, .extensions = 1, .extension = { HOP }, .protocol = IPPROTO_UDP, .payload = 8 },
	  COUNTER_NON_TCP },
	{ "case29_udp_fragment", { A_SYN, .protocol = IPPROTO_UDP, .payload = 20, .fragment = 100 }, COUNTER_NON_TCP },
	{ "case29_gre_fragment", { A_SYN, .protocol = IPPROTO_GRE, .payload = 20, .fragment = 100 }, COUNTER_NON_TCP },
	{ "case34_gre", { A_SYN, .protocol = IPPROTO_GRE, .payload = 60 }, COUNTER_OF_TUNNEL(TUNNEL_GRE) },
	{ "case34_ipip", { A_SYN, .protocol = IPPROTO_IPIP, .payload = 60 }, COUNTER_OF_TUNNEL(TUNNEL_IPIP) },
	{ "case29_icmp_echo", { A_SYN, .protocol = IPPROTO_ICMP, .payload = 64 }, COUNTER_NON_TCP },
	{ "case29_arp", { A_SYN, .ethertype = ETH_P_ARP }, COUNTER_NON_IP },
	{ "case29_length_field_of_802_3", { A_SYN, .ethertype = 60 }, COUNTER_NON_IP },
	{ "case29_lldp", { A_SYN, .ethertype = ETH_P_LLDP }, COUNTER_NON_IP },
};

static struct harness *harness;

START_TEST(frame)
{
	check_frame(harness, &frames[_i]);
}
END_TEST

/* Without a link header, a packet that is neither version 4 nor 6 is not IP. */
START_TEST(case29_no_ip_without_link_header)
{
	struct packet packet = { A_SYN, .no_link = true };

	for (packet.ip_version = 1; packet.ip_version < 16; packet.ip_version++) {
		if (packet.ip_version == 4 || packet.ip_version == 6)
			continue;
		harness_reset(harness);
		harness_packet(harness, _i, &packet);
		check_only_counter(harness, COUNTER_NON_IP, "no IP");
		ck_assert_uint_eq(harness_flows(harness, NULL, 0), 0);
	}
}
END_TEST

/* An extension header with a length beyond the end of the datagram. */
START_TEST(case23_extension_beyond_the_datagram)
{
	struct packet packet = { IPV6_SYN, .extensions = 1, .extension = { HOP } };
	__u8 bytes[300] = { 0 };
	size_t size = packet_build(&packet, bytes);

	bytes[55] = 20; /* the length field of the hop-by-hop header */
	harness_reset(harness);
	harness_frame(harness, _i, false, bytes, size, 0);
	ck_assert_uint_eq(harness_flows(harness, NULL, 0), 0);
	check_only_counter(harness, COUNTER_BAD_IP_HEADER, "extension");
}
END_TEST

Suite *ip_suite(struct harness *shared)
{
	Suite *suite = suite_create("ip");
	TCase *other = tcase_create("case23_case29");

	harness = shared;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		TCase *tcase = tcase_create(frames[i].name);

		tcase_add_loop_test(tcase, frame, i, i + 1);
		suite_add_tcase(suite, tcase);
	}
	tcase_add_loop_test(other, case29_no_ip_without_link_header, ENTRY_XDP, ENTRY_TC + 1);
	tcase_add_loop_test(other, case23_extension_beyond_the_datagram, ENTRY_XDP, ENTRY_TC + 1);
	suite_add_tcase(suite, other);
	return suite;
}
