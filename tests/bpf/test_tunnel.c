// SPDX-License-Identifier: GPL-2.0-only
/* Rule 34: packets in tunnels, whole, damaged and cut at every byte; what is not followed is counted by its kind. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "cases.h"
#include "flow/tunnel.h"
#include "frames.h"
#include "wrap.h"

#define ALL (TUNNELS_IN_LINK | TUNNELS_IN_IP)
#define LINK_MIN 14 /* of a frame for BPF_PROG_TEST_RUN */
#define TC_MIN 54
#define TC_MAX 3500
#define RECORDS 512

struct tunnel_case {
	const char *name;
	struct wrap wrap[3];
	int wraps;
	struct packet packet;
	enum synscope_counter refused; /* with everything followed; COUNTER_COUNT: there is a flow */
};

/* Behind the wraps: a SYN that is taken, or refused for a reason. */
#define CARRIES_SYN(n) .wraps = (n), .packet = { A_SYN }, .refused = TAKEN
#define CARRIES_SYN6(n) .wraps = (n), .packet = { A_SYN, .ipv6 = true }, .refused = TAKEN
#define REFUSED(n, why) .wraps = (n), .packet = { A_SYN }, .refused = (why)
#define NOT_FOLLOWED(n, kind) REFUSED(n, COUNTER_OF_TUNNEL(kind))

static const struct tunnel_case cases[] = {
	{ "pppoe", { { .kind = TUNNEL_PPPOE, .id = 7 } }, CARRIES_SYN(1) },
	{ "pppoe_ipv6", { { .kind = TUNNEL_PPPOE, .id = 0xffff } }, CARRIES_SYN6(1) },
	{ "pppoe_short_protocol", { { .kind = TUNNEL_PPPOE, .id = 7, .short_protocol = true } }, CARRIES_SYN(1) },
	{ "pppoe_behind_a_tag",
	  { { .kind = TUNNEL_PPPOE, .id = 7 } },
	  .wraps = 1,
	  .packet = { A_SYN, .tags = 1, .tag = { { 0x8100, 9 } } },
	  .refused = TAKEN },
	{ "pppoe_of_another_version",
	  { { .kind = TUNNEL_PPPOE, .id = 7, .damage = 1, .damaged = 0x12 } },
	  REFUSED(1, COUNTER_NON_IP) },
	{ "pppoe_discovery",
	  { { .kind = TUNNEL_PPPOE, .id = 7, .damage = 2, .damaged = 9 } },
	  REFUSED(1, COUNTER_NON_IP) },
	{ "pppoe_lcp",
	  { { .kind = TUNNEL_PPPOE, .id = 7, .damage = 7, .damaged = 0xc0 } },
	  REFUSED(1, COUNTER_NON_IP) },
	{ "pppoe_with_mpls", { { .kind = TUNNEL_PPPOE, .id = 7 }, { .kind = TUNNEL_MPLS, .id = 30 } }, CARRIES_SYN(2) },
	{ "mpls", { { .kind = TUNNEL_MPLS, .id = 30 } }, CARRIES_SYN(1) },
	{ "mpls_ipv6", { { .kind = TUNNEL_MPLS, .id = 0xfffff, .labels = 2 } }, CARRIES_SYN6(1) },
	{ "mpls_eight_labels", { { .kind = TUNNEL_MPLS, .id = 30, .labels = 7 } }, CARRIES_SYN(1) },
	{ "mpls_nine_labels", { { .kind = TUNNEL_MPLS, .id = 30, .labels = 8 } }, NOT_FOLLOWED(1, TUNNEL_MPLS) },
	{ "mpls_ethernet", { { .kind = TUNNEL_MPLS, .id = 30, .ethernet = true } }, CARRIES_SYN(1) },
	{ "mpls_ethernet_control_word",
	  { { .kind = TUNNEL_MPLS, .id = 30, .ethernet = true, .tag = 5, .control_word = true } },
	  CARRIES_SYN(1) },
	{ "mpls_ethernet_with_pppoe",
	  { { .kind = TUNNEL_MPLS, .id = 30, .ethernet = true, .control_word = true },
	    { .kind = TUNNEL_PPPOE, .id = 8 } },
	  CARRIES_SYN(2) },
	{ "mpls_ethernet_with_mpls",
	  { { .kind = TUNNEL_MPLS, .id = 30, .ethernet = true }, { .kind = TUNNEL_MPLS, .id = 31 } },
	  CARRIES_SYN6(2) },
	{ "mpls_of_something_else",
	  { { .kind = TUNNEL_MPLS, .id = 30, .damage = 5, .damaged = 0x95 } },
	  REFUSED(1, COUNTER_NON_IP) },
	{ "mpls_behind_a_tag",
	  { { .kind = TUNNEL_MPLS, .id = 30 } },
	  .wraps = 1,
	  .packet = { A_SYN, .tags = 1, .tag = { { 0x8100, 9 } } },
	  .refused = TAKEN },
	{ "ipip", { { .kind = TUNNEL_IPIP } }, CARRIES_SYN(1) },
	{ "6in4", { { .kind = TUNNEL_IPIP } }, CARRIES_SYN6(1) },
	{ "4in6", { { .kind = TUNNEL_IPIP, .ipv6 = true } }, CARRIES_SYN(1) },
	{ "6in6", { { .kind = TUNNEL_IPIP, .ipv6 = true } }, CARRIES_SYN6(1) },
	{ "ipip_first_fragment", { { .kind = TUNNEL_IPIP, .fragment = 0x2000 } }, REFUSED(1, COUNTER_FRAGMENT) },
	{ "ipip_later_fragment", { { .kind = TUNNEL_IPIP, .fragment = 100 } }, REFUSED(1, COUNTER_NON_TCP) },
	{ "ipip_ends_early", { { .kind = TUNNEL_IPIP, .length_wrong = -1 } }, REFUSED(1, COUNTER_TRUNCATED) },
	{ "ipip_twice", { { .kind = TUNNEL_IPIP }, { .kind = TUNNEL_IPIP, .ipv6 = true } }, CARRIES_SYN(2) },
	{ "ipip_three_times",
	  { { .kind = TUNNEL_IPIP }, { .kind = TUNNEL_IPIP }, { .kind = TUNNEL_IPIP } },
	  NOT_FOLLOWED(3, TUNNEL_IPIP) },
	{ "gre", { { .kind = TUNNEL_GRE } }, CARRIES_SYN(1) },
	{ "gre_ipv6_over_ipv6", { { .kind = TUNNEL_GRE, .ipv6 = true } }, CARRIES_SYN6(1) },
	{ "gre_far_behind",
	  { { .kind = TUNNEL_GRE, .ipv6 = true, .long_options = true } },
	  REFUSED(1, COUNTER_EXTENSION_DEPTH) },
	{ "gre_key", { { .kind = TUNNEL_GRE, .id = 0xdeadbeef, .has_key = true } }, CARRIES_SYN(1) },
	{ "gre_key_0", { { .kind = TUNNEL_GRE, .id = 0, .has_key = true } }, CARRIES_SYN(1) },
	{ "gre_all_fields",
	  { { .kind = TUNNEL_GRE, .id = 5, .has_key = true, .has_checksum = true, .has_sequence = true } },
	  CARRIES_SYN(1) },
	{ "gre_ethernet",
	  { { .kind = TUNNEL_GRE, .id = 5, .has_key = true, .ethernet = true, .tag = 77 } },
	  CARRIES_SYN(1) },
	{ "gre_with_mpls", { { .kind = TUNNEL_GRE }, { .kind = TUNNEL_MPLS, .id = 30 } }, CARRIES_SYN(2) },
	{ "gre_of_pptp", { { .kind = TUNNEL_GRE, .damage = 2, .damaged = 1 } }, NOT_FOLLOWED(1, TUNNEL_GRE) },
	{ "gre_with_routes", { { .kind = TUNNEL_GRE, .damage = 1, .damaged = 0x40 } }, NOT_FOLLOWED(1, TUNNEL_GRE) },
	{ "gre_of_something_else",
	  { { .kind = TUNNEL_GRE, .damage = 3, .damaged = 0x99 } },
	  REFUSED(1, COUNTER_NON_IP) },
	{ "gre_first_fragment", { { .kind = TUNNEL_GRE, .fragment = 0x2000 } }, REFUSED(1, COUNTER_FRAGMENT) },
	{ "gre_ends_early", { { .kind = TUNNEL_GRE, .length_wrong = -1 } }, REFUSED(1, COUNTER_TRUNCATED) },
	{ "erspan_1", { { .kind = TUNNEL_GRE, .erspan = ERSPAN_I } }, CARRIES_SYN(1) },
	{ "erspan_2", { { .kind = TUNNEL_GRE, .id = 1023, .erspan = ERSPAN_II, .tag = 100 } }, CARRIES_SYN(1) },
	{ "erspan_2_key", { { .kind = TUNNEL_GRE, .id = 1, .erspan = ERSPAN_II, .has_key = true } }, CARRIES_SYN6(1) },
	{ "erspan_3", { { .kind = TUNNEL_GRE, .id = 9, .erspan = ERSPAN_III } }, CARRIES_SYN(1) },
	{ "erspan_3_subheader",
	  { { .kind = TUNNEL_GRE, .id = 9, .erspan = ERSPAN_III_WITH_SUBHEADER } },
	  CARRIES_SYN(1) },
	{ "erspan_3_of_ip", { { .kind = TUNNEL_GRE, .id = 9, .erspan = ERSPAN_III_OF_IP } }, CARRIES_SYN6(1) },
	{ "vxlan", { { .kind = TUNNEL_VXLAN, .id = 42 } }, CARRIES_SYN(1) },
	{ "vxlan_ipv6_over_ipv6", { { .kind = TUNNEL_VXLAN, .id = 0xffffff, .ipv6 = true } }, CARRIES_SYN6(1) },
	{ "vxlan_port_of_linux", { { .kind = TUNNEL_VXLAN, .id = 42, .port = 8472 } }, CARRIES_SYN(1) },
	{ "vxlan_tag", { { .kind = TUNNEL_VXLAN, .id = 42, .tag = 4094 } }, CARRIES_SYN(1) },
	{ "vxlan_tag_behind_three",
	  { { .kind = TUNNEL_VXLAN, .id = 42, .tag = 4 } },
	  .wraps = 1,
	  .packet = { A_SYN, .tags = 3, .tag = { { 0x8100, 1 }, { 0x8100, 2 }, { 0x8100, 3 } } },
	  .refused = TAKEN },
	{ "vxlan_no_vni",
	  { { .kind = TUNNEL_VXLAN, .id = 42, .damage = 1, .damaged = 0 } },
	  REFUSED(1, COUNTER_NON_TCP) },
	{ "vxlan_another_port", { { .kind = TUNNEL_VXLAN, .id = 42, .port = 4790 } }, REFUSED(1, COUNTER_NON_TCP) },
	{ "vxlan_of_arp",
	  { { .kind = TUNNEL_VXLAN, .id = 42 } },
	  .wraps = 1,
	  .packet = { A_SYN, .ethertype = 0x0806 },
	  .refused = COUNTER_NON_IP },
	{ "vxlan_first_fragment",
	  { { .kind = TUNNEL_VXLAN, .id = 42, .fragment = 0x2000 } },
	  REFUSED(1, COUNTER_FRAGMENT) },
	{ "vxlan_in_vxlan", { { .kind = TUNNEL_VXLAN, .id = 1 }, { .kind = TUNNEL_VXLAN, .id = 2 } }, CARRIES_SYN(2) },
	{ "vxlan_in_mpls",
	  { { .kind = TUNNEL_MPLS, .id = 30, .labels = 1 }, { .kind = TUNNEL_VXLAN, .id = 2 } },
	  CARRIES_SYN(2) },
	{ "pppoe_in_vxlan", { { .kind = TUNNEL_VXLAN, .id = 2 }, { .kind = TUNNEL_PPPOE, .id = 8 } }, CARRIES_SYN(2) },
	{ "vxlan_in_mpls_in_pppoe",
	  { { .kind = TUNNEL_PPPOE, .id = 7 }, { .kind = TUNNEL_MPLS, .id = 30 }, { .kind = TUNNEL_VXLAN, .id = 2 } },
	  NOT_FOLLOWED(3, TUNNEL_VXLAN) },
	{ "mpls_in_gre_in_ipip",
	  { { .kind = TUNNEL_IPIP }, { .kind = TUNNEL_GRE }, { .kind = TUNNEL_MPLS, .id = 30 } },
	  NOT_FOLLOWED(3, TUNNEL_MPLS) },
	{ "geneve", { { .kind = TUNNEL_GENEVE, .id = 42, .ethernet = true } }, CARRIES_SYN(1) },
	{ "geneve_of_ip", { { .kind = TUNNEL_GENEVE, .id = 42, .ipv6 = true } }, CARRIES_SYN6(1) },
	{ "geneve_options", { { .kind = TUNNEL_GENEVE, .id = 42, .ethernet = true, .options = 63 } }, CARRIES_SYN(1) },
	{ "geneve_version",
	  { { .kind = TUNNEL_GENEVE, .id = 42, .damage = 1, .damaged = 0x40 } },
	  REFUSED(1, COUNTER_NON_TCP) },
	{ "geneve_options_beyond",
	  { { .kind = TUNNEL_GENEVE, .id = 42, .damage = 1, .damaged = 0x3f } },
	  REFUSED(1, COUNTER_TRUNCATED) },
	{ "gtpu", { { .kind = TUNNEL_GTPU, .id = 0x80000001 } }, CARRIES_SYN(1) },
	{ "gtpu_ipv6", { { .kind = TUNNEL_GTPU, .id = 3, .ipv6 = true } }, CARRIES_SYN6(1) },
	{ "gtpu_sequence", { { .kind = TUNNEL_GTPU, .id = 3, .has_sequence_number = true } }, CARRIES_SYN(1) },
	{ "gtpu_extension", { { .kind = TUNNEL_GTPU, .id = 3, .options = 1 } }, CARRIES_SYN(1) },
	{ "gtpu_four_extensions", { { .kind = TUNNEL_GTPU, .id = 3, .options = 4 } }, CARRIES_SYN(1) },
	{ "gtpu_five_extensions", { { .kind = TUNNEL_GTPU, .id = 3, .options = 5 } }, NOT_FOLLOWED(1, TUNNEL_GTPU) },
	{ "gtpu_extension_of_no_length",
	  { { .kind = TUNNEL_GTPU, .id = 3, .options = 1, .damage = 13, .damaged = 0 } },
	  REFUSED(1, COUNTER_TRUNCATED) },
	{ "gtpu_extension_beyond",
	  { { .kind = TUNNEL_GTPU, .id = 3, .options = 1, .damage = 13, .damaged = 0xff } },
	  REFUSED(1, COUNTER_TRUNCATED) },
	{ "gtpu_echo", { { .kind = TUNNEL_GTPU, .id = 3, .damage = 2, .damaged = 1 } }, REFUSED(1, COUNTER_NON_TCP) },
	{ "gtpu_of_something_else",
	  { { .kind = TUNNEL_GTPU, .id = 3, .damage = 9, .damaged = 0x95 } },
	  REFUSED(1, COUNTER_NON_IP) },
	{ "gtpu_version_2",
	  { { .kind = TUNNEL_GTPU, .id = 3, .damage = 1, .damaged = 0x50 } },
	  REFUSED(1, COUNTER_NON_TCP) },
};

#define CASES ((int)(sizeof(cases) / sizeof(cases[0])))

static struct harness *plain, *all, *keyed;

static bool can_run(enum entry entry, size_t size)
{
	return entry == ENTRY_TC ? size >= TC_MIN && size < TC_MAX : size >= LINK_MIN;
}

static void check_layer(const struct tunnel_case *test, int i, const struct tunnel_layer *layer)
{
	const struct wrap *wrap = &test->wrap[i];
	bool has_id = wrap->kind == TUNNEL_GRE ? (wrap->erspan ? wrap->erspan != ERSPAN_I : wrap->has_key)
					       : wrap->kind != TUNNEL_IPIP;
	struct ip_address src, dst;
	int word = wrap->ipv6 ? 3 : 0;

	ck_assert_msg(layer->kind == wrap->kind, "%s: layer %d is of kind %d", test->name, i, layer->kind);
	ck_assert_msg(!(layer->flags & TUNNEL_HAS_ID) == !has_id, "%s: layer %d has an id, or none", test->name, i);
	ck_assert_msg(!has_id || layer->id == wrap->id, "%s: the id of layer %d is %u", test->name, i, layer->id);
	if (!tunnel_addresses(layer, &src, &dst)) {
		ck_assert_msg(TUNNEL_BIT(wrap->kind) & TUNNELS_IN_LINK, "%s: layer %d has no addresses", test->name, i);
		return;
	}
	ck_assert_msg(src.ipv6 == wrap->ipv6 && (ntohl(src.word[word]) & 0xffff) == WRAP_SOURCE(i) &&
			      (ntohl(dst.word[word]) & 0xffff) == WRAP_DESTINATION(i),
		      "%s: the addresses of layer %d", test->name, i);
}

static void check_taken(struct harness *harness, const struct tunnel_case *test)
{
	const struct packet *packet = &test->packet;
	struct flow_record record;
	struct flow_view view;
	const struct flow_tunnel *tunnel;
	int tags = packet->tags;

	ck_assert_msg(harness_flows(harness, &record, 1) == 1, "%s: no flow", test->name);
	view = harness_view(harness, &record);
	ck_assert_msg(view.side[SIDE_CLIENT].bytes == packet_ip_bytes(packet), "%s: %llu bytes", test->name,
		      view.side[SIDE_CLIENT].bytes);
	ck_assert_msg(view.side[SIDE_CLIENT].ip.ipv6 == packet->ipv6 &&
			      (ntohl(view.side[SIDE_SERVER].ip.word[packet->ipv6 ? 3 : 0]) & 0xffff) == packet->to.host,
		      "%s: the server is another", test->name);
	tunnel = tunnel_of_number(harness_tunnels(harness), view.tunnel);
	ck_assert_msg(tunnel && (int)tunnel->layers == test->wraps, "%s: %d layers", test->name,
		      tunnel ? (int)tunnel->layers : -1);
	for (int i = 0; i < test->wraps; i++) {
		check_layer(test, i, &tunnel->layer[i]);
		if (tags == SEGMENT_VLANS)
			continue; /* there is no room for its tag */
		tags += !!test->wrap[i].tag;
		ck_assert_msg(!test->wrap[i].tag || view.vlan[packet->tags] == test->wrap[i].tag, "%s: another tag",
			      test->name);
	}
	ck_assert_msg(view.vlans == tags, "%s: %d tags", test->name, view.vlans);
}

static size_t build(const struct tunnel_case *test, __u8 *frame)
{
	return wrap_build(&test->packet, test->wrap, test->wraps, frame);
}

START_TEST(case34)
{
	const struct tunnel_case *test = &cases[_i / 2];
	enum entry entry = _i % 2 ? ENTRY_TC : ENTRY_XDP;
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = build(test, frame);

	harness_reset(all);
	harness_frame(all, entry, false, frame, size, 0);
	check_only_counter(all, test->refused, test->name);
	if (test->refused == TAKEN)
		check_taken(all, test);
	else
		ck_assert_uint_eq(harness_flows(all, NULL, 0), 0);
	free(frame);
}
END_TEST

/* An IP header begins the frame, as on a device without link header. */
START_TEST(case34_no_link_header)
{
	struct tunnel_case test = cases[_i / 2];
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size;

	test.packet.no_link = true;
	test.packet.tags = 0;
	size = build(&test, frame);
	if (TUNNEL_BIT(test.wrap[0].kind) & TUNNELS_IN_IP) {
		harness_reset(all);
		harness_frame(all, _i % 2 ? ENTRY_TC : ENTRY_XDP, true, frame, size, 0);
		check_only_counter(all, test.refused, test.name);
		if (test.refused == TAKEN)
			check_taken(all, &test);
	}
	free(frame);
}
END_TEST

/* What is taken if it is followed is counted by the kind of the outermost tunnel if not. */
START_TEST(case34_not_followed)
{
	const struct tunnel_case *test = &cases[_i / 2];
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = build(test, frame);

	if (test->refused == TAKEN) {
		harness_reset(plain);
		harness_frame(plain, _i % 2 ? ENTRY_TC : ENTRY_XDP, false, frame, size, 0);
		check_only_counter(plain, COUNTER_OF_TUNNEL(test->wrap[0].kind), test->name);
		ck_assert_uint_eq(harness_flows(plain, NULL, 0), 0);
	}
	free(frame);
}
END_TEST

/* Cut anywhere, it counts as truncated, and as nothing else. */
START_TEST(case34_every_prefix)
{
	const struct tunnel_case *test = &cases[_i / 2];
	enum entry entry = _i % 2 ? ENTRY_TC : ENTRY_XDP;
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = build(test, frame);
	__u64 sent = 0;

	harness_reset(all);
	for (size_t cut = 0; test->refused == TAKEN && cut < size; cut++) {
		if (!can_run(entry, cut))
			continue;
		harness_frame(all, entry, false, frame, cut, 0);
		ck_assert_msg(harness_counter(all, COUNTER_TRUNCATED) == ++sent, "%s, %zu bytes: not truncated",
			      test->name, cut);
	}
	ck_assert_uint_eq(harness_flows(all, NULL, 0), 0);
	free(frame);
}
END_TEST

/* An outer datagram that is whole, but shorter than what it should carry, creates nothing. */
START_TEST(case34_every_length)
{
	struct tunnel_case test = cases[_i / 2];
	enum entry entry = _i % 2 ? ENTRY_TC : ENTRY_XDP;
	__u8 *frame = malloc(FRAME_SIZE);
	size_t size = build(&test, frame);
	int carried = (int)size - LINK_MIN - (test.wrap[0].ipv6 ? 40 : 20);

	harness_reset(all);
	for (int cut = 1; test.refused == TAKEN && TUNNEL_BIT(test.wrap[0].kind) & TUNNELS_IN_IP && cut <= carried;
	     cut++) {
		test.wrap[0].length_wrong = -cut;
		build(&test, frame);
		if (can_run(entry, size - cut))
			harness_frame(all, entry, false, frame, size - cut, 0);
	}
	ck_assert_uint_eq(harness_flows(all, NULL, 0), 0);
	free(frame);
}
END_TEST

static void send_in(struct harness *harness, enum entry entry, const struct wrap *wrap, bool server)
{
	struct packet packet = { A_SYN };
	__u8 *frame = malloc(FRAME_SIZE);

	if (server) {
		packet.from = (struct endpoint)SERVER;
		packet.to = (struct endpoint)CLIENT;
		packet.seq = 9000;
		packet.ack = 1001;
		packet.flags |= SEGMENT_ACK;
	}
	harness_frame(harness, entry, false, frame, wrap_build(&packet, wrap, wrap->kind ? 1 : 0, frame), 0);
	free(frame);
}

/* Where segments were found is no part of the identity of their flow: that of the first one is kept. */
START_TEST(case34_tunnels_are_not_identity)
{
	const struct wrap first = { .kind = TUNNEL_VXLAN, .id = 42 }, second = { .kind = TUNNEL_GTPU, .id = 43 },
			  none = { .kind = TUNNEL_NONE };
	struct flow_view view;

	harness_reset(all);
	send_in(all, _i, &first, false);
	send_in(all, _i, &second, true);
	ck_assert_int_eq(only_flow(all).side[SIDE_SERVER].state, STATE_SYN_RECEIVED);
	send_in(all, _i, &none, true);
	view = only_flow(all);
	ck_assert_uint_eq(view.anomalies[ANOMALY_DUPLICATE], 1); /* the same segment once more */
	ck_assert_uint_eq(tunnel_of_number(harness_tunnels(all), view.tunnel)->layer[0].id, 42);
}
END_TEST

/* With --key-tunnel kind and id are: two tenants' 10.0.0.1 are two flows. The outer addresses are not. */
START_TEST(case34_tunnels_are_identity_with_key_tunnel)
{
	const struct wrap tenants[] = { { .kind = TUNNEL_VXLAN, .id = 42 },
					{ .kind = TUNNEL_VXLAN, .id = 43 },
					{ .kind = TUNNEL_GENEVE, .id = 42 },
					{ .kind = TUNNEL_GRE, .id = 0, .has_key = true },
					{ .kind = TUNNEL_GRE },
					{ .kind = TUNNEL_NONE } };
	const int count = sizeof(tenants) / sizeof(tenants[0]);
	const struct wrap other_way = { .kind = TUNNEL_VXLAN, .id = 42, .ipv6 = true };

	harness_reset(keyed);
	for (int i = 0; i < count; i++)
		send_in(keyed, _i, &tenants[i], false);
	ck_assert_uint_eq(harness_flows(keyed, NULL, 0), count);
	for (int i = 0; i < count; i++)
		send_in(keyed, _i, &tenants[i], true);
	send_in(keyed, _i, &other_way, true);
	ck_assert_uint_eq(harness_flows(keyed, NULL, 0), count);
	ck_assert_uint_eq(harness_counter(keyed, COUNTER_INSERTED), count);
}
END_TEST

/* One entry for each tunnel, however many flows there are; what finds no room is counted, and unknown. */
START_TEST(case34_more_tunnels_than_room)
{
	struct packet packet = { A_SYN };
	__u8 *frame = malloc(FRAME_SIZE);
	static struct flow_record records[RECORDS];
	size_t flows, nameless = 0;
	__u64 unknown;

	harness_reset(all);
	for (__u32 i = 0; i < 2 * TUNNELS_MAX; i++) {
		const struct wrap wrap = { .kind = TUNNEL_VXLAN, .id = i };

		harness_frame(all, ENTRY_XDP, false, frame, wrap_build(&packet, &wrap, 1, frame), 0);
	}
	unknown = harness_counter(all, COUNTER_TUNNEL_UNKNOWN);
	ck_assert_uint_gt(unknown, TUNNELS_MAX - 1);
	ck_assert_uint_lt(unknown, 2 * TUNNELS_MAX);
	for (__u32 i = 0; i < RECORDS / 2; i++) {
		const struct wrap wrap = { .kind = TUNNEL_GENEVE, .id = i };

		packet.from.port++;
		harness_frame(all, ENTRY_XDP, false, frame, wrap_build(&packet, &wrap, 1, frame), 0);
	}
	unknown = harness_counter(all, COUNTER_TUNNEL_UNKNOWN) - unknown;
	flows = harness_flows(all, records, RECORDS);
	for (size_t i = 0; i < flows; i++) {
		const struct flow_tunnel *tunnel = tunnel_of_number(harness_tunnels(all), records[i].cold.tunnel);

		nameless += !tunnel;
		ck_assert_int_eq(!tunnel, records[i].cold.tunnel == TUNNEL_UNKNOWN);
	}
	ck_assert_uint_gt(nameless, 0);
	ck_assert_uint_eq(nameless, unknown);
	free(frame);
}
END_TEST

/* The options of the inner SYN are found, and a whole handshake is measured. */
START_TEST(case34_handshake)
{
	const struct wrap wrap[] = { { .kind = TUNNEL_MPLS, .id = 16, .labels = 1 },
				     { .kind = TUNNEL_GENEVE, .id = 42, .ethernet = true, .options = 2 } };
	struct packet packet = { A_SYN, .options = { .mss = 1400, .wscale = 8, .sack_ok = true } };
	__u8 *frame = malloc(FRAME_SIZE);
	struct flow_view view;

	harness_reset(all);
	harness_frame(all, _i, false, frame, wrap_build(&packet, wrap, 2, frame), 0);
	packet = (struct packet){
		.from = SERVER, .to = CLIENT, .seq = 9000, .ack = 1001, .flags = SEGMENT_SYN | SEGMENT_ACK
	};
	harness_set_clock(all, harness_clock(all) + 3 * MSEC);
	harness_frame(all, _i, false, frame, wrap_build(&packet, wrap, 2, frame), 0);
	packet = (struct packet){ AN_ACK, .payload = 100 };
	packet.seq = 1001;
	packet.ack = 9001;
	harness_frame(all, _i, false, frame, wrap_build(&packet, wrap, 2, frame), 0);
	view = only_flow(all);
	ck_assert_int_eq(view.side[SIDE_CLIENT].state, STATE_ESTABLISHED);
	ck_assert_int_eq(view.side[SIDE_CLIENT].mss, 1400);
	ck_assert_int_eq(view.side[SIDE_CLIENT].wscale, 7);
	ck_assert_int_eq(view.side[SIDE_CLIENT].payload_bytes, 100);
	ck_assert_int_eq(view.syn_to_synack_ns, 3 * MSEC);
	free(frame);
}
END_TEST

Suite *tunnel_suite(struct harness *shared)
{
	Suite *suite = suite_create("tunnel");
	TCase *tcase = tcase_create("tunnel");

	plain = shared;
	all = harness_open(&(struct harness_options){ .decap = ALL });
	keyed = harness_open(&(struct harness_options){ .decap = ALL, .key_tunnel = true, .programs = "ether" });
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, case34, 0, 2 * CASES);
	tcase_add_loop_test(tcase, case34_no_link_header, 0, 2 * CASES);
	tcase_add_loop_test(tcase, case34_not_followed, 0, 2 * CASES);
	tcase_add_loop_test(tcase, case34_every_prefix, 0, 2 * CASES);
	tcase_add_loop_test(tcase, case34_every_length, 0, 2 * CASES);
	tcase_add_loop_test(tcase, case34_tunnels_are_not_identity, ENTRY_XDP, ENTRY_TC + 1);
	tcase_add_loop_test(tcase, case34_tunnels_are_identity_with_key_tunnel, ENTRY_XDP, ENTRY_TC + 1);
	tcase_add_loop_test(tcase, case34_handshake, ENTRY_XDP, ENTRY_TC + 1);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("tunnels");
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, case34_more_tunnels_than_room);
	suite_add_tcase(suite, tcase);
	return suite;
}
