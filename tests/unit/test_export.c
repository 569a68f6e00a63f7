// SPDX-License-Identifier: GPL-2.0-only
/* Export: what was told of flows, lines of JSON, destinations and queues. */
#include <stdlib.h>

#include "base/clock.h"
#include "export/address.h"
#include "export/destination.h"
#include "export/told.h"
#include "fixture.h"
#include "suites.h"

#define SLOTS 8
#define ACTIVE (60 * S)

static struct export_record record_at_stage(enum stage stage)
{
	struct flow_record flow = record_at(stage);
	const struct flow_labels labels = { .instance = "eth0", .ifname = "eth0", .wall_offset_ns = 1795166520 * S };
	struct export_record record = { .reason = RECORD_ENDED, .view = view_after(&flow, 20 * S) };

	export_record_label(&record, &labels);
	return record;
}

/* ---- what was told */

static struct told begin_at(__u64 start_ns)
{
	struct told told;

	ck_assert_int_eq(told_open(&told, SLOTS, start_ns, ACTIVE), 0);
	return told;
}

START_TEST(every_segment_is_told_once)
{
	struct told told = begin_at(T0);
	struct told_flow *flow = told_of(&told, 3, 77);
	struct export_record record = record_at_stage(STAGE_OPEN);
	__u64 packets, bytes;

	record.reason = RECORD_ACTIVE;
	told_take(flow, 77, &record, T0 + ACTIVE);
	ck_assert_uint_eq(record.told_ns, 0);
	packets = record.delta[SIDE_CLIENT].packets;
	bytes = record.delta[SIDE_CLIENT].bytes;
	ck_assert_uint_eq(packets, record.view.side[SIDE_CLIENT].packets);
	ck_assert(!told_has_more(flow, &record.view));
	record = record_at_stage(STAGE_CLOSED);
	ck_assert(told_has_more(flow, &record.view));
	told_take(told_of(&told, 3, 77), 77, &record, T0 + ACTIVE + S);
	ck_assert_uint_eq(record.delta[SIDE_CLIENT].packets + packets, record.view.side[SIDE_CLIENT].packets);
	ck_assert_uint_eq(record.delta[SIDE_CLIENT].bytes + bytes, record.view.side[SIDE_CLIENT].bytes);
	ck_assert_uint_ne(record.told_ns, 0);
	ck_assert(flow->ended);
	told_close(&told);
}
END_TEST

START_TEST(another_flow_in_the_slot_was_not_told)
{
	struct told told = begin_at(T0);
	struct export_record record = record_at_stage(STAGE_OPEN), next = record_at_stage(STAGE_OPEN);

	told_take(told_of(&told, 3, 77), 77, &record, T0 + S);
	told_take(told_of(&told, 3, 79), 79, &next, T0 + 2 * S);
	ck_assert_uint_eq(next.delta[SIDE_SERVER].packets, next.view.side[SIDE_SERVER].packets);
	ck_assert_uint_eq(next.told_ns, 0);
	ck_assert_ptr_null(told_of(&told, SLOTS, 77));
	told_close(&told);
}
END_TEST

START_TEST(identities)
{
	struct flow_record a = record_at(STAGE_OPEN), b = a;
	__u64 first = told_identity(&a.hot, &a.cold, 0);

	ck_assert_uint_ne(first, 0);
	b.hot.tag |= TAG_BUSY; /* as in the event of a record that is retired */
	ck_assert_uint_eq(told_identity(&b.hot, &b.cold, ANNOUNCED_CLOSED), first);
	b.cold.incarnation++;
	ck_assert_uint_ne(told_identity(&b.hot, &b.cold, 0), first);
	ck_assert_uint_ne(told_identity(&a.hot, &a.cold, 1U << FACTS_GENERATION_SHIFT), first);
	b = a;
	b.hot.tag ^= 1U << 9;
	ck_assert_uint_ne(told_identity(&b.hot, &b.cold, 0), first);
}
END_TEST

START_TEST(records_of_long_flows_are_due)
{
	struct export_record record = record_at_stage(STAGE_DATA);
	struct told told = begin_at(T0 - S);
	struct told_flow *flow = told_of(&told, 1, 5);

	ck_assert(!told_is_due(&told, flow, &record.view, T0 + ACTIVE - 1));
	ck_assert(told_is_due(&told, flow, &record.view, T0 + ACTIVE));
	record.reason = RECORD_ACTIVE;
	told_take(flow, 5, &record, T0 + ACTIVE + S);
	ck_assert(!told_is_due(&told, flow, &record.view, T0 + 5 * ACTIVE)); /* nothing new */
	record.view.side[SIDE_SERVER].packets++;
	ck_assert(!told_is_due(&told, flow, &record.view, T0 + 2 * ACTIVE));
	ck_assert(told_is_due(&told, flow, &record.view, T0 + 2 * ACTIVE + S));
	told_close(&told);
}
END_TEST

/* A flow that lived before the export began is due at a multiple of the period of its own. */
START_TEST(old_flows_are_not_due_at_once)
{
	struct export_record record = record_at_stage(STAGE_DATA);
	struct told told = begin_at(T0 + 10 * ACTIVE + 20 * S);
	struct told_flow *flow = told_of(&told, 1, 5);

	ck_assert(!told_is_due(&told, flow, &record.view, T0 + 10 * ACTIVE + 21 * S));
	ck_assert(!told_is_due(&told, flow, &record.view, T0 + 11 * ACTIVE - 1));
	ck_assert(told_is_due(&told, flow, &record.view, T0 + 11 * ACTIVE));
	told_close(&told);
}
END_TEST

/* ---- lines */

static char *line_of(const struct export_record *record, bool flat)
{
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	export_record_line(&out, record, "alpha", flat);
	buffer_char(&out, '\0');
	return out.data;
}

START_TEST(lines)
{
	struct export_record record = record_at_stage(STAGE_CLOSED);
	char *line;

	record.delta[SIDE_CLIENT] = (struct record_delta){ 5, 100 };
	record.delta[SIDE_SERVER] = (struct record_delta){ 4, 200 };
	line = line_of(&record, false);
	ck_assert_ptr_eq(strstr(line, "{\"id\":\"10.0.0.1:40000-10.0.0.2:443\",\"instance\":\"eth0\",\"client\":{"),
			 line);
	ck_assert_ptr_nonnull(strstr(
		line, ",\"tunnel\":[],\"rtt\":null,\"record\":\"ended\",\"delta\":{\"since\":null,\"client\":"
		      "{\"packets\":5,\"bytes\":100},\"server\":{\"packets\":4,\"bytes\":200}},\"host\":\"alpha\"}\n"));
	free(line);
	record.reason = RECORD_ACTIVE;
	record.told_ns = T0;
	line = line_of(&record, false);
	ck_assert_ptr_nonnull(
		strstr(line, ",\"record\":\"active\",\"delta\":{\"since\":\"2026-11-20T09:38:40.000000000Z\","));
	free(line);
}
END_TEST

START_TEST(flat_lines)
{
	struct export_record record = record_at_stage(STAGE_CLOSED);
	char *line = line_of(&record, true);

	ck_assert_ptr_eq(strstr(line, "{\"id\":\"10.0.0.1:40000-10.0.0.2:443\",\"instance\":\"eth0\",\"client_ip\":"
				      "\"10.0.0.1\",\"client_port\":40000,\"client_state\":\"TIME_WAIT\","),
			 line);
	ck_assert_ptr_nonnull(strstr(line, ",\"handshake_syn_to_synack_ns\":10000000,"));
	ck_assert_ptr_nonnull(strstr(line, ",\"vlan\":[],"));
	ck_assert_ptr_nonnull(
		strstr(line, ",\"tunnel_kind\":\"\",\"tunnel_id\":\"\",\"tunnel_src\":\"\",\"tunnel_dst\":\"\","));
	ck_assert_ptr_nonnull(strstr(line, ",\"delta_since\":null,\"delta_client_packets\":"));
	ck_assert_ptr_null(strchr(line + 1, '{'));
	ck_assert_str_eq(line + strlen(line) - 2, "}\n");
	free(line);
}
END_TEST

/* A record in a queue needs nothing of the instance, whose tunnels may be unmapped. */
START_TEST(tunnels_are_copied)
{
	struct flow_tunnel tunnels[TUNNELS_MAX] = {
		[6] = { .state = TUNNEL_VALID,
			.layers = 1,
			.layer = { { .kind = TUNNEL_MPLS, .id = 42, .flags = TUNNEL_HAS_ID } } }
	};
	const struct flow_labels labels = { .instance = "eth0", .tunnels = tunnels };
	struct export_record record = record_at_stage(STAGE_CLOSED);
	char *line;

	record.view.tunnel = 7;
	export_record_label(&record, &labels);
	memset(tunnels, 0, sizeof(tunnels));
	line = line_of(&record, false);
	ck_assert_ptr_nonnull(strstr(line, "\"ifname\":null"));
	ck_assert_ptr_nonnull(strstr(line, "\"tunnel\":[{\"kind\":\"mpls\",\"id\":42,"));
	free(line);
	record.view.tunnel = 7; /* which nothing is known of */
	export_record_label(&record, &labels);
	line = line_of(&record, false);
	ck_assert_ptr_nonnull(strstr(line, "\"tunnel\":null"));
	free(line);
}
END_TEST

/* ---- destinations as text */

START_TEST(addresses)
{
	static const struct {
		const char *text;
		enum address_kind kind;
		const char *host, *port;
	} good[] = {
		{ "-", ADDRESS_STDOUT, "", "" },
		{ "file:/tmp/x", ADDRESS_FILE, "", "" },
		{ "sqlite:/tmp/x", ADDRESS_HISTORY, "", "" },
		{ "unix:/run/x", ADDRESS_UNIX, "", "" },
		{ "tcp://host.example:80", ADDRESS_TCP, "host.example", "80" },
		{ "ipfix://10.0.0.1:4739", ADDRESS_IPFIX, "10.0.0.1", "4739" },
		{ "ipfix+tcp://[fd00::1]:4739", ADDRESS_IPFIX_TCP, "fd00::1", "4739" },
		{ "netflow9://[fe80::1%eth0]:65535", ADDRESS_NETFLOW9, "fe80::1%eth0", "65535" },
	};
	struct address address;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert(address_is_meant(good[i].text));
		ck_assert_ptr_null(address_parse(good[i].text, &address));
		ck_assert_int_eq(address.kind, good[i].kind);
		ck_assert_str_eq(address.host, good[i].host);
		ck_assert_str_eq(address.port, good[i].port);
	}
}
END_TEST

START_TEST(bad_addresses)
{
	static const char *const bad[] = {
		"file:",
		"unix:",
		"tcp://",
		"tcp://:80",
		"tcp://host",
		"tcp://host:",
		"tcp://host:0",
		"tcp://host:65536",
		"tcp://host:80/path",
		"tcp://fd00::1:80",
		"tcp://[fd00::1:80",
		"tcp://[]:80",
		"ipfix:10.0.0.1:1",
		"ipfix//10.0.0.1:1",
		"netflow5://10.0.0.1:1",
		"sqlite:",
		"port",
		"",
	};
	struct address address;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(address_parse(bad[i], &address), "accepted: %s", bad[i]);
	ck_assert(address_is_meant("kafka://x") && !address_is_meant("server") &&
		  !address_is_meant("10.0.0.1:80-10.0.0.2:1"));
}
END_TEST

/* ---- queues */

START_TEST(queues_are_bounded)
{
	const struct export_record *first;
	struct export_record record = record_at_stage(STAGE_OPEN);
	struct record_queue queue;

	ck_assert_int_eq(record_queue_open(&queue, 5), 0);
	ck_assert_uint_eq(record_queue_wait(&queue, 1, 0, &first), 0);
	for (__u64 round = 0; round < 3; round++) {
		for (__u64 i = 0; i < 5; i++) {
			record.told_ns = i;
			ck_assert(record_queue_put(&queue, &record));
		}
		ck_assert(!record_queue_put(&queue, &record));
		for (__u64 i = 0; i < 5; i++) {
			ck_assert_uint_ge(record_queue_wait(&queue, 1, 0, &first), 1);
			ck_assert_uint_eq(first->told_ns, i);
			record_queue_remove(&queue, 1);
		}
	}
	record_queue_wake(&queue);
	ck_assert_uint_eq(record_queue_wait(&queue, 1, 1000 * S, &first), 0);
	record_queue_close(&queue);
}
END_TEST

/* Every record that was put is sent, waits, or is counted as lost for a reason. */
START_TEST(losses_are_counted)
{
	const struct destination_options options = { .queue_records = 16 };
	struct export_record record = record_at_stage(STAGE_OPEN);
	struct destination_counts counts;
	struct destination destination;
	struct address address;

	ck_assert_ptr_null(address_parse("unix:/nowhere/socket", &address));
	ck_assert_int_eq(destination_open(&destination, &address, &options), 0);
	for (int i = 0; i < 19; i++)
		destination_put(&destination, &record);
	destination_counts(&destination, &counts);
	ck_assert_uint_eq(counts.waiting, 16);
	ck_assert_uint_eq(counts.lost[LOSS_QUEUE_FULL], 3);
	destination_stop(&destination, monotonic_ns());
	ck_assert(destination_close(&destination));
	ck_assert_uint_eq(destination.counts.lost[LOSS_UNDELIVERED], 16);
	ck_assert_uint_eq(destination.counts.records, 0);
}
END_TEST

Suite *export_suite(void)
{
	Suite *suite = suite_create("export");
	TCase *told = tcase_create("told"), *text = tcase_create("text");

	tcase_add_test(told, every_segment_is_told_once);
	tcase_add_test(told, another_flow_in_the_slot_was_not_told);
	tcase_add_test(told, identities);
	tcase_add_test(told, records_of_long_flows_are_due);
	tcase_add_test(told, old_flows_are_not_due_at_once);
	suite_add_tcase(suite, told);
	tcase_add_test(text, lines);
	tcase_add_test(text, flat_lines);
	tcase_add_test(text, tunnels_are_copied);
	tcase_add_test(text, addresses);
	tcase_add_test(text, bad_addresses);
	tcase_add_test(text, queues_are_bounded);
	tcase_add_test(text, losses_are_counted);
	suite_add_tcase(suite, text);
	return suite;
}
