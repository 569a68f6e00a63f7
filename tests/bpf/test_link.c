// SPDX-License-Identifier: GPL-2.0-only
/* Cases 22, 22a and 24: link headers, tags, sizes; lengths are taken from IP. */
#include <linux/if_ether.h>
#include <stdlib.h>

#include "cases.h"
#include "frames.h"

#define Q ETH_P_8021Q
#define AD ETH_P_8021AD
#define OLD 0x9100

static const struct frame_case frames[] = {
	{ "case22_no_tag", { A_SYN }, TAKEN },
	{ "case22_one_tag", { A_SYN, .tags = 1, .tag = { { Q, 100 } } }, TAKEN },
	{ "case22_one_service_tag", { A_SYN, .tags = 1, .tag = { { AD, 4095 } } }, TAKEN },
	{ "case22_one_old_tag", { A_SYN, .tags = 1, .tag = { { OLD, 1 } } }, TAKEN },
	{ "case22_two_tags", { A_SYN, .tags = 2, .tag = { { AD, 7 }, { Q, 100 } }, .payload = 3 }, TAKEN },
	{ "case22_three_tags", { A_SYN, .tags = 3, .tag = { { OLD, 1 }, { AD, 2 }, { Q, 3 } }, .payload = 9 }, TAKEN },
	{ "case22_three_tags_ipv6",
	  { A_SYN, .ipv6 = true, .tags = 3, .tag = { { Q, 9 }, { Q, 0 }, { Q, 3 } } },
	  TAKEN },
	{ "case22_four_tags",
	  { A_SYN, .tags = 4, .tag = { { AD, 1 }, { Q, 2 }, { Q, 3 }, { Q, 4 } } },
	  COUNTER_VLAN_DEPTH },
	{ "case22_five_tags",
	  { A_SYN, .tags = 5, .tag = { { AD, 1 }, { Q, 2 }, { Q, 3 }, { Q, 4 }, { Q, 5 } } },
	  COUNTER_VLAN_DEPTH },
	{ "case22_cut_in_the_tag", { A_SYN, .tags = 1, .tag = { { Q, 1 } }, .cut = 42 }, COUNTER_TRUNCATED },
	{ "case22_cut_in_the_second_tag",
	  { A_SYN, .tags = 2, .tag = { { Q, 1 }, { Q, 2 } }, .cut = 41 },
	  COUNTER_TRUNCATED },
	{ "case22_tag_of_something_else",
	  { A_SYN, .tags = 1, .tag = { { Q, 1 } }, .ethertype = ETH_P_ARP },
	  COUNTER_NON_IP },
	{ "case24_padding_is_no_payload", { A_SYN, .padding = 6 }, TAKEN },
	{ "case24_padding_after_payload", { A_SYN, .payload = 100, .padding = 1000 }, TAKEN },
	{ "case24_padding_ipv6", { A_SYN, .ipv6 = true, .padding = 18 }, TAKEN },
	{ "case24_padding_behind_a_tag", { A_SYN, .tags = 1, .tag = { { Q, 1 } }, .padding = 2 }, TAKEN },
	{ "case24_one_byte_short", { A_SYN, .payload = 10, .cut = 1 }, COUNTER_TRUNCATED },
	{ "case24_one_byte_short_ipv6", { A_SYN, .ipv6 = true, .payload = 10, .cut = 1 }, COUNTER_TRUNCATED },
	{ "case24_length_beyond_the_frame", { A_SYN, .ip_length_wrong = 1 }, COUNTER_TRUNCATED },
	{ "case24_length_beyond_the_frame_ipv6", { A_SYN, .ipv6 = true, .ip_length_wrong = 1 }, COUNTER_TRUNCATED },
	{ "case24_length_beyond_the_padding", { A_SYN, .ip_length_wrong = 7, .padding = 6 }, COUNTER_TRUNCATED },
	{ "case24_largest_length", { A_SYN, .ip_length_wrong = 65535 - 40 }, COUNTER_TRUNCATED },
	{ "case24_length_below_the_header", { A_SYN, .ip_length_wrong = 19 - 40 }, COUNTER_BAD_IP_HEADER },
	{ "case30_length_zero", { A_SYN, .payload = 100, .ip_length_zero = true }, TAKEN },
	{ "case30_length_zero_many_buffers", { A_SYN, .payload = 40000, .ip_length_zero = true }, TAKEN },
	{ "case30_length_zero_behind_a_tag",
	  { A_SYN, .payload = 100, .tags = 1, .tag = { { Q, 1 } }, .ip_length_zero = true },
	  TAKEN },
	{ "case22_cisco_metadata", { A_SYN, .tags = 1, .tag = { { TPID_CISCO_METADATA, 77 } } }, TAKEN },
	{ "case22_e_tag", { A_SYN, .tags = 1, .tag = { { TPID_E_TAG, 0 } } }, TAKEN },
	{ "case22_shims_and_tags",
	  { A_SYN, .tags = 4, .tag = { { TPID_E_TAG, 0 }, { AD, 1 }, { TPID_CISCO_METADATA, 77 }, { Q, 2 } } },
	  TAKEN },
	{ "case22_metadata_behind_a_tag_ipv6",
	  { A_SYN, .ipv6 = true, .tags = 2, .tag = { { Q, 1 }, { TPID_CISCO_METADATA, 77 } } },
	  TAKEN },
	{ "case22_metadata_of_something_else",
	  { A_SYN, .tags = 1, .tag = { { TPID_CISCO_METADATA, 77 } }, .ethertype = ETH_P_ARP },
	  COUNTER_NON_IP },
	{ "case22_cut_before_the_metadata",
	  { A_SYN, .tags = 1, .tag = { { TPID_CISCO_METADATA, 77 } }, .cut = 47 },
	  COUNTER_TRUNCATED },
	{ "case22_cut_in_the_metadata",
	  { A_SYN, .tags = 1, .tag = { { TPID_CISCO_METADATA, 77 } }, .cut = 42 },
	  COUNTER_TRUNCATED },
	{ "case24_length_of_the_header_alone", { A_SYN, .ip_length_wrong = -20 }, COUNTER_BAD_TCP_HEADER },
	{ "case30_length_zero_ipv6", { A_SYN, .ipv6 = true, .payload = 100, .ip_length_zero = true }, TAKEN },
	{ "case22a_jumbo", { A_SYN, .payload = 8960 }, TAKEN },
	{ "case22a_jumbo_ipv6", { A_SYN, .ipv6 = true, .payload = 8960 }, TAKEN },
	{ "case22a_jumbo_padded", { A_SYN, .payload = 8960, .padding = 40 }, TAKEN },
	{ "case22a_jumbo_one_byte_short", { A_SYN, .payload = 8960, .cut = 1 }, COUNTER_TRUNCATED },
	{ "case22a_many_buffers", { A_SYN, .payload = 60000 }, TAKEN },
	{ "case22a_many_buffers_tagged",
	  { A_SYN, .payload = 60000, .tags = 2, .tag = { { AD, 1 }, { Q, 2 } } },
	  TAKEN },
};

static struct harness *harness, *keyed;

START_TEST(frame)
{
	check_frame(harness, &frames[_i]);
}
END_TEST

/* A frame that is cut anywhere counts as truncated, and as nothing else. */
START_TEST(case24_every_prefix)
{
	static const struct packet whole[] = {
		{ A_SYN, .payload = 5 },
		{ A_SYN, .tags = 3, .tag = { { AD, 1 }, { Q, 2 }, { Q, 3 } }, .ip_options = 12,
		  .options = { .mss = 1460 } },
		{ A_SYN, .ipv6 = true, .extensions = 2, .extension = { { .type = 0 }, { .type = 60, .units = 1 } },
		  .options = { .timestamps = true } },
	};
	__u8 *bytes = malloc(FRAME_SIZE);
	struct frame_case cut = { "prefix", whole[_i], COUNTER_TRUNCATED };
	size_t size = packet_build(&whole[_i], bytes);

	for (cut.packet.cut = 1; cut.packet.cut < size; cut.packet.cut++)
		check_frame(harness, &cut);
	free(bytes);
}
END_TEST

static void send_tagged(struct harness *to, bool server, __u16 id, enum entry entry)
{
	struct packet packet = { A_SYN, .tags = !!id, .tag = { { Q, id } } };

	if (server) {
		packet.from = (struct endpoint)SERVER;
		packet.to = (struct endpoint)CLIENT;
		packet.seq = 9000;
		packet.ack = 1001;
		packet.flags |= SEGMENT_ACK;
	}
	harness_packet(to, entry, &packet);
}

/* Real networks may tag the two directions differently. */
START_TEST(case22_tags_are_not_identity)
{
	harness_reset(harness);
	send_tagged(harness, false, 100, _i);
	send_tagged(harness, true, 200, _i);
	ck_assert_int_eq(only_flow(harness).side[SIDE_SERVER].state, STATE_SYN_RECEIVED);
	send_tagged(harness, true, 0, _i);
	ck_assert_int_eq(only_flow(harness).side[SIDE_SERVER].syns, 2);
	ck_assert_int_eq(only_flow(harness).vlan[0], 100);
}
END_TEST

/* Rule 31: a SYN with another identification is another datagram; IPv6 has none. */
START_TEST(case31_identification)
{
	struct packet packet = { A_SYN, .ipv6 = _i & 1 };

	harness_reset(harness);
	for (packet.ip_id = 0; packet.ip_id < 2; packet.ip_id++)
		harness_packet(harness, _i & 2 ? ENTRY_TC : ENTRY_XDP, &packet);
	ck_assert_uint_eq(only_flow(harness).side[SIDE_CLIENT].syn_retransmits, !(_i & 1));
	ck_assert_uint_eq(only_flow(harness).anomalies[ANOMALY_DUPLICATE], _i & 1);
}
END_TEST

START_TEST(case22_tags_are_identity_with_key_vlan)
{
	harness_reset(keyed);
	send_tagged(keyed, false, 100, _i);
	send_tagged(keyed, true, 100, _i);
	ck_assert_int_eq(only_flow(keyed).side[SIDE_SERVER].state, STATE_SYN_RECEIVED);
	send_tagged(keyed, false, 200, _i);
	send_tagged(keyed, false, 0, _i);
	ck_assert_uint_eq(harness_flows(keyed, NULL, 0), 3);
	send_tagged(keyed, true, 200, _i);
	send_tagged(keyed, true, 0, _i);
	ck_assert_uint_eq(harness_flows(keyed, NULL, 0), 3);
}
END_TEST

Suite *link_suite(struct harness *shared)
{
	Suite *suite = suite_create("link");
	TCase *identity = tcase_create("case22_identity"), *prefix = tcase_create("case24_every_prefix");

	harness = shared;
	keyed = harness_open(&(struct harness_options){ .key_vlan = true, .programs = "ether" });
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		TCase *tcase = tcase_create(frames[i].name);

		tcase_add_loop_test(tcase, frame, i, i + 1);
		suite_add_tcase(suite, tcase);
	}
	tcase_add_loop_test(prefix, case24_every_prefix, 0, 3);
	tcase_add_loop_test(identity, case22_tags_are_not_identity, ENTRY_XDP, ENTRY_TC + 1);
	tcase_add_loop_test(identity, case31_identification, ENTRY_XDP, ENTRY_TC + 1);
	tcase_add_loop_test(identity, case22_tags_are_identity_with_key_vlan, ENTRY_XDP, ENTRY_TC + 1);
	suite_add_tcase(suite, prefix);
	suite_add_tcase(suite, identity);
	return suite;
}
