// SPDX-License-Identifier: GPL-2.0-only
/* Cases 26 and 27: the TCP header, its flags and options. */
#include "cases.h"
#include "frames.h"

static const struct frame_case frames[] = {
	{ "case26_data_offset_0", { A_SYN, .data_offset = 0xf0 }, COUNTER_BAD_TCP_HEADER },
	{ "case26_data_offset_4", { A_SYN, .data_offset = 4 }, COUNTER_BAD_TCP_HEADER },
	{ "case26_data_offset_beyond", { A_SYN, .data_offset = 6 }, COUNTER_BAD_TCP_HEADER },
	{ "case26_data_offset_beyond_payload", { A_SYN, .data_offset = 15, .payload = 39 }, COUNTER_BAD_TCP_HEADER },
	{ "case26_data_offset_into_padding", { A_SYN, .data_offset = 6, .padding = 6 }, COUNTER_BAD_TCP_HEADER },
	{ "case26_data_offset_ipv6", { A_SYN, .ipv6 = true, .data_offset = 6 }, COUNTER_BAD_TCP_HEADER },
	{ "case26_header_cut_by_the_ip_length", { A_SYN, .ip_length_wrong = -1 }, COUNTER_BAD_TCP_HEADER },
	{ "case26_header_cut_by_the_ip_length_and_the_frame",
	  { A_SYN, .ip_length_wrong = -6, .cut = 6 },
	  COUNTER_BAD_TCP_HEADER },
	{ "case26_smallest", { A_SYN, .data_offset = 5 }, TAKEN },
	{ "case26_largest", { A_SYN, .options = { .raw = { 1 }, .raw_bytes = 40 }, .payload = 17 }, TAKEN },
};

struct options_case {
	const char *name;
	__u8 bytes[40];
	__u8 length;
	__u16 mss; /* 0: no option seen */
	__u8 wscale; /* FACTS_WSCALE_NONE: no option seen */
	bool sack_ok, timestamps;
};

#define NONE FACTS_WSCALE_NONE

static const struct options_case options[] = {
	{ "case27_linux", { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7 }, 20, 1460, 7, true, true },
	{ "case27_mss", { 2, 4, 0x23, 0x28 }, 4, 9000, NONE, false, false },
	{ "case27_wscale_0", { 3, 3, 0, 0 }, 4, 0, 0, false, false },
	{ "case27_wscale_14", { 3, 3, 14, 0 }, 4, 0, 14, false, false },
	{ "case27_wscale_counts_as_14", { 3, 3, 255, 0 }, 4, 0, 14, false, false },
	{ "case27_end_of_list", { 0, 2, 4, 5, 180, 0, 0, 0 }, 8, 0, NONE, false, false },
	{ "case27_only_padding",
	  { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },
	  40,
	  0,
	  NONE,
	  false,
	  false },
	{ "case27_padding_then_mss",
	  { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 5, 180 },
	  40,
	  1460,
	  NONE,
	  false,
	  false },
	{ "case27_timestamps_at_the_end", { [0 ... 29] = 1, [30] = 8, 10 }, 40, 0, NONE, false, true },
	{ "case27_timestamps_beyond_the_end", { [0 ... 30] = 1, [31] = 8, 10 }, 40, 0, NONE, false, false },
	{ "case27_unknown_kinds_are_skipped",
	  { 254, 6, 1, 2, 3, 4, 34, 2, 4, 2, 2, 4, 5, 180, 1, 1 },
	  16,
	  1460,
	  NONE,
	  true,
	  false },
	{ "case27_length_0", { 2, 4, 5, 180, 3, 0, 7, 4, 2, 1, 1, 1 }, 12, 1460, NONE, false, false },
	{ "case27_length_1", { 2, 4, 5, 180, 99, 1, 4, 2 }, 8, 1460, NONE, false, false },
	{ "case27_length_beyond_the_list", { 2, 4, 5, 180, 99, 5, 4, 2 }, 8, 1460, NONE, false, false },
	{ "case27_length_255", { 4, 2, 99, 255, 2, 4, 5, 180 }, 8, 0, NONE, true, false },
	{ "case27_kind_without_length", { 1, 1, 1, 2 }, 4, 0, NONE, false, false },
	{ "case27_mss_cut_short", { 4, 2, 2, 4 }, 4, 0, NONE, true, false },
};

static struct harness *harness;

START_TEST(frame)
{
	check_frame(harness, &frames[_i]);
}
END_TEST

static void check_options(const struct options_case *expected, const struct endpoint_view *got)
{
	ck_assert_uint_eq(got->packets, 1); /* the segment is counted all the same */
	ck_assert_int_eq(!!(got->options & OPTION_MSS), !!expected->mss);
	if (expected->mss)
		ck_assert_uint_eq(got->mss, expected->mss);
	ck_assert_uint_eq(got->wscale, expected->wscale);
	ck_assert_int_eq(!!(got->options & OPTION_SACK), expected->sack_ok);
	ck_assert_int_eq(!!(got->options & OPTION_TIMESTAMPS), expected->timestamps);
	ck_assert(got->options & OPTION_KNOWN);
}

START_TEST(option_list)
{
	const struct options_case *list = &options[_i];

	for (int way = 0; way < 8; way++) {
		struct packet packet = { A_SYN, .ipv6 = way & 1, .no_link = way & 2, .payload = 9 };
		struct flow_view view;

		packet.options.raw_bytes = list->length;
		memcpy(packet.options.raw, list->bytes, sizeof(list->bytes));
		harness_reset(harness);
		harness_packet(harness, way & 4 ? ENTRY_TC : ENTRY_XDP, &packet);
		view = only_flow(harness);
		check_options(list, &view.side[SIDE_CLIENT]);
		ck_assert_uint_eq(view.side[SIDE_CLIENT].payload_bytes, 9);
	}
}
END_TEST

/* What rule 26 allows: at least one of SYN, RST, ACK; SYN with neither FIN nor RST; FIN with ACK or RST. */
static bool allowed(__u32 flags)
{
	if (flags & SEGMENT_SYN)
		return !(flags & (SEGMENT_FIN | SEGMENT_RST));
	return flags & (SEGMENT_RST | SEGMENT_ACK);
}

static void open_flow(enum entry entry)
{
	static const struct packet segments[] = {
		{ A_SYN },
		{ .from = SERVER,
		  .to = CLIENT,
		  .seq = 9000,
		  .ack = 1001,
		  .flags = SEGMENT_SYN | SEGMENT_ACK,
		  .window = 65535 },
		{ .from = CLIENT, .to = SERVER, .seq = 1001, .ack = 9001, .flags = SEGMENT_ACK, .window = 65535 },
	};

	harness_reset(harness);
	for (int i = 0; i < 3; i++)
		harness_packet(harness, entry, &segments[i]);
}

/* Every combination of the six flags, with and without ECN bits, sent to an open flow. */
START_TEST(case26_every_combination_of_flags)
{
	for (__u32 flags = 0; flags < 512; flags++) {
		struct packet packet = { AN_ACK, .payload = 5 };
		struct flow_view view;

		open_flow(_i);
		packet.seq = 1001;
		packet.ack = 9001;
		packet.flags = flags;
		harness_packet(harness, _i, &packet);
		view = only_flow(harness);
		ck_assert_msg(harness_counter(harness, COUNTER_BAD_FLAGS) == !allowed(flags), "flags %#x", flags);
		ck_assert_msg(view.side[SIDE_CLIENT].packets == 2U + allowed(flags), "flags %#x", flags);
		if (!allowed(flags))
			ck_assert_msg(view.side[SIDE_CLIENT].state == STATE_ESTABLISHED &&
					      view.side[SIDE_CLIENT].payload_bytes == 0,
				      "flags %#x", flags);
		if (allowed(flags) && (flags & SEGMENT_RST))
			ck_assert_msg(view.side[SIDE_CLIENT].rsts == 1 && view.side[SIDE_CLIENT].fins == 0 &&
					      view.side[SIDE_CLIENT].state == STATE_CLOSED,
				      "flags %#x", flags);
	}
}
END_TEST

/* … and without a flow: forbidden combinations create nothing. */
START_TEST(case26_bad_flags_create_nothing)
{
	for (__u32 flags = 0; flags < 64; flags++) {
		struct packet packet = { AN_ACK };

		packet.flags = flags;
		harness_reset(harness);
		harness_packet(harness, _i, &packet);
		if (allowed(flags))
			continue;
		check_only_counter(harness, COUNTER_BAD_FLAGS, "bad flags");
		ck_assert_uint_eq(harness_flows(harness, NULL, 0), 0);
	}
}
END_TEST

/* JSON has null for these: if no SYN was seen, the options are unknown. */
START_TEST(case27_options_unknown_without_syn)
{
	struct packet packet = { AN_ACK, .options = { .mss = 1460, .wscale = 8, .timestamps = true } };

	harness_reset(harness);
	harness_packet(harness, _i, &packet);
	ck_assert(!(only_flow(harness).side[SIDE_CLIENT].options & OPTION_KNOWN));
	ck_assert_uint_eq(only_flow(harness).side[SIDE_CLIENT].wscale, FACTS_WSCALE_NONE);
}
END_TEST

#define HEADERS(packet) (((packet)->no_link ? 0 : 14) + ((packet)->ipv6 ? 40 : 20) + 20) /* without options */

/* As replay gives a packet that a capture has cut after `bytes`. */
static void cut_packet(const struct packet *packet, size_t bytes)
{
	static __u8 built[FRAME_SIZE];
	size_t size = packet_build(packet, built);

	harness_set_wire_length(harness, size);
	harness_frame(harness, ENTRY_XDP, packet->no_link, built, bytes < size ? bytes : size, 0);
	harness_set_wire_length(harness, 0);
}

/* Rule 33: cut anywhere, headers are counted `truncated`; options of which not all bytes are there are not known. */
START_TEST(case33_cut_anywhere)
{
	struct packet packet = { A_SYN, .ipv6 = _i & 1, .no_link = _i & 2, .payload = 30 };
	size_t headers = HEADERS(&packet);

	memcpy(packet.options.raw, options[0].bytes, sizeof(options[0].bytes)); /* MSS, SACK, timestamps, NOP, scale */
	packet.options.raw_bytes = options[0].length;
	for (size_t bytes = 14; bytes < headers + 60; bytes++) {
		bool whole = bytes >= headers + options[0].length;
		struct endpoint_view client;

		harness_reset(harness);
		cut_packet(&packet, bytes);
		if (bytes < headers) {
			check_only_counter(harness, COUNTER_TRUNCATED, "a cut header");
			ck_assert_uint_eq(harness_flows(harness, NULL, 0), 0);
			continue;
		}
		client = only_flow(harness).side[SIDE_CLIENT];
		ck_assert_uint_eq(client.payload_bytes, 30);
		ck_assert_uint_eq(client.bytes, headers - (packet.no_link ? 0 : 14) + options[0].length + 30);
		ck_assert_int_eq(!!(client.options & OPTION_KNOWN), whole);
		ck_assert_int_eq(!!(client.options & OPTION_MSS), bytes >= headers + 4);
		ck_assert_int_eq(!!(client.options & OPTION_SACK), bytes >= headers + 6);
		ck_assert_int_eq(!!(client.options & OPTION_TIMESTAMPS), bytes >= headers + 16);
		ck_assert_uint_eq(client.wscale, whole ? 7 : FACTS_WSCALE_NONE);
	}
}
END_TEST

/* … and windows are judged as if they were scaled by 14, unless the other SYN is known to offer no scaling. */
START_TEST(case33_windows_are_judged_by_14)
{
	const struct packet syn = { A_SYN, .options = { .mss = 1460 } };
	const struct packet synack = { .from = SERVER,
				       .to = CLIENT,
				       .seq = 9000,
				       .ack = 1001,
				       .flags = SEGMENT_SYN | SEGMENT_ACK,
				       .options = { .mss = 1460 },
				       .window = 65535 };
	const struct packet ack = {
		.from = CLIENT, .to = SERVER, .seq = 1001, .ack = 9001, .flags = SEGMENT_ACK, .window = 65535
	};
	struct packet data = { .from = SERVER, .to = CLIENT, .ack = 1001, .flags = SEGMENT_ACK, .payload = 1 };

	for (int cut = 0; cut < 4; cut++) {
		harness_reset(harness);
		cut_packet(&syn, HEADERS(&syn) + (cut & 1 ? 0 : 4));
		cut_packet(&synack, HEADERS(&synack) + (cut & 2 ? 0 : 4));
		harness_packet(harness, ENTRY_XDP, &ack);
		data.seq = 9001 + (cut == 3 ? 65535 << 14 : 65535) + 65536;
		harness_packet(harness, ENTRY_XDP, &data);
		ck_assert_uint_eq(harness_counter(harness, COUNTER_BAD_SEQ), 0);
		data.seq += 10000000;
		harness_packet(harness, ENTRY_XDP, &data);
		ck_assert_uint_eq(harness_counter(harness, COUNTER_BAD_SEQ), cut != 3);
	}
}
END_TEST

/* An established segment that is cut behind its TCP header is counted whole. */
START_TEST(case33_ordinary_segments)
{
	struct packet data = { AN_ACK, .ipv6 = _i & 1, .no_link = _i & 2, .options = { .timestamps = true } };
	struct flow_view view;

	harness_reset(harness);
	data.payload = 60000;
	for (int i = 0; i < 4; i++) {
		cut_packet(&data, HEADERS(&data) + 4 * i);
		data.seq += data.payload;
	}
	view = only_flow(harness);
	ck_assert_uint_eq(view.side[SIDE_CLIENT].packets, 4);
	ck_assert_uint_eq(view.side[SIDE_CLIENT].payload_bytes, 240000);
	cut_packet(&data, HEADERS(&data) - 7);
	ck_assert_uint_eq(harness_counter(harness, COUNTER_TRUNCATED), 1);
}
END_TEST

Suite *tcp_suite(struct harness *shared)
{
	Suite *suite = suite_create("tcp header");
	TCase *flags = tcase_create("case26_case27"), *cut = tcase_create("case33");

	harness = shared;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		TCase *tcase = tcase_create(frames[i].name);

		tcase_add_loop_test(tcase, frame, i, i + 1);
		suite_add_tcase(suite, tcase);
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		TCase *tcase = tcase_create(options[i].name);

		tcase_add_loop_test(tcase, option_list, i, i + 1);
		suite_add_tcase(suite, tcase);
	}
	tcase_set_timeout(flags, 300);
	tcase_add_loop_test(flags, case26_every_combination_of_flags, ENTRY_XDP, ENTRY_TC + 1);
	tcase_add_loop_test(flags, case26_bad_flags_create_nothing, ENTRY_XDP, ENTRY_TC + 1);
	tcase_add_loop_test(flags, case27_options_unknown_without_syn, ENTRY_XDP, ENTRY_TC + 1);
	suite_add_tcase(suite, flags);
	tcase_add_loop_test(cut, case33_cut_anywhere, 0, 4);
	tcase_add_loop_test(cut, case33_ordinary_segments, 0, 4);
	tcase_add_test(cut, case33_windows_are_judged_by_14);
	suite_add_tcase(suite, cut);
	return suite;
}
