// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPFIX and NetFlow v9: the bytes of a small record, and every message read again by a decoder that knows nothing but
 * the RFCs.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "export/encoder.h"
#include "fixture.h"
#include "flow_decoder.h"
#include "suites.h"

#define WALL_OFFSET (1795166520 * S + 600 * MS)
#define PEN 63000
#define REVERSE 29305
#define NTOP 35632
#define CERT 6871

static const struct export_moment moment = { .wall_ns = T0 + 5 * S + WALL_OFFSET, .boot_ns = T0 + 5 * S };

static struct export_record record_of(enum stage stage)
{
	struct flow_record flow = record_at(stage);
	struct export_record record = { .reason = RECORD_ENDED,
					.wall_offset_ns = WALL_OFFSET,
					.instance = "eth0",
					.view = view_after(&flow, 20 * S) };

	for (int i = 0; i < SIDE_COUNT; i++)
		record.delta[i] = (struct record_delta){ record.view.side[i].packets, record.view.side[i].bytes };
	record.view.ifindex = 3;
	record.view.side[SIDE_CLIENT].flags = 0x13;
	record.view.side[SIDE_SERVER].flags = 0x1b;
	return record;
}

static void make_ipv6(struct export_record *record)
{
	for (int i = 0; i < SIDE_COUNT; i++) {
		struct ip_address *ip = &record->view.side[i].ip;

		*ip = (struct ip_address){ { htonl(0x20010db8), 0, 0, htonl(i + 1) }, true };
	}
}

static size_t make(struct encoder *encoder, const struct export_record *records, size_t count, __u8 *message,
		   size_t room, size_t *taken)
{
	size_t bytes = encoder_make(encoder, records, count, &moment, message, room, taken);

	ck_assert_uint_le(bytes, room);
	return bytes;
}

/* ---- exact bytes */

START_TEST(ipfix_record_has_these_bytes)
{
	static const __u8 expected[] = {
		10,   0,    0,	  1, /* sourceIPv4Address */
		10,   0,    0,	  2, /* destinationIPv4Address */
		0,    0x1b, /* reverse tcpControlBits */
		0,    0,    0x23, 0x28, /* reverse tcpSequenceNumber 9000 */
		0x9c, 0x40, /* sourceTransportPort 40000 */
		1,    0xbb, /* destinationTransportPort 443 */
		6, /* protocolIdentifier */
		1, /* biflowDirection: the source is the initiator */
		3, /* flowEndReason: end of flow detected */
		0,    0,    0,	  0,	0, 0, 0, 0, /* flowStartMilliseconds, see the test */
		0,    0,    0,	  0,	0, 0, 0, 0, /* flowEndMilliseconds, likewise */
		0,    0,    0,	  0,	0, 0, 0, 100, /* octetDeltaCount, set below */
		0,    0,    0,	  0,	0, 0, 0, 5, /* packetDeltaCount */
		0,    0,    0,	  0,	0, 0, 0, 200, /* reverse octetDeltaCount */
		0,    0,    0,	  0,	0, 0, 0, 4, /* reverse packetDeltaCount */
		0,    0x13, /* tcpControlBits */
		0,    0,    3,	  0xe8, /* tcpSequenceNumber 1000 */
		0,    0,    0,	  0,	0, 0, 0, 1, /* tcpSynTotalCount */
		0,    0,    0,	  3, /* ingressInterface */
		0,    0, /* vlanId: no tag */
		0,    0,    0,	  13, /* 35632/123: half of 25 ms, rounded */
		0,    0,    0,	  5, /* 35632/124: half of 10 ms */
		0,    0,    0,	  10, /* 6871/21 */
	};
	const struct dialect dialect = { PROTOCOL_IPFIX, 0 };
	struct export_record record = record_of(STAGE_CLOSED);
	__u8 bytes[RECORD_BYTES_MAX], whole[sizeof(expected)], *p;
	__u64 first_ms = (T0 + WALL_OFFSET) / MS;

	record.delta[SIDE_CLIENT] = (struct record_delta){ 5, 100 };
	record.delta[SIDE_SERVER] = (struct record_delta){ 4, 200 };
	memcpy(whole, expected, sizeof(whole));
	p = put_number(whole + 21, first_ms, 8);
	put_number(p, (record.view.last_seen_ns + WALL_OFFSET) / MS, 8);
	p = put_record(bytes, &dialect, &record);
	ck_assert_uint_eq(p - bytes, sizeof(whole));
	ck_assert_mem_eq(bytes, whole, sizeof(whole));
	ck_assert_uint_eq(record_template(&dialect, &record), 256);
}
END_TEST

START_TEST(netflow9_record_has_these_bytes)
{
	static const __u8 expected[] = {
		10,   0,    0,	  1, /* IPV4_SRC_ADDR */
		10,   0,    0,	  2, /* IPV4_DST_ADDR */
		0x9c, 0x40, /* L4_SRC_PORT */
		1,    0xbb, /* L4_DST_PORT */
		6, /* PROTOCOL */
		0,    0x0f, 0x42, 0x40, /* FIRST_SWITCHED: 1000 s of uptime */
		0,    0,    0,	  0, /* LAST_SWITCHED, see the test */
		0,    0,    0,	  0,	0, 0, 0, 100, /* IN_BYTES */
		0,    0,    0,	  0,	0, 0, 0, 5, /* IN_PKTS */
		0,    0,    0,	  0,	0, 0, 0, 200, /* OUT_BYTES */
		0,    0,    0,	  0,	0, 0, 0, 4, /* OUT_PKTS */
		0x13, /* TCP_FLAGS */
		0,    0,    0,	  3, /* INPUT_SNMP */
		0,    0, /* SRC_VLAN */
		0,    0,    0,	  0, /* 57554: whole seconds of the client's half */
		0,    0,    0x61, 0xa8, /* 57555: 25,000 us */
		0,    0,    0,	  0, /* 57556: the server's */
		0,    0,    0x27, 0x10, /* 57557: 10,000 us */
	};
	const struct dialect dialect = { PROTOCOL_NETFLOW9, 0 };
	struct export_record record = record_of(STAGE_CLOSED);
	__u8 bytes[RECORD_BYTES_MAX], whole[sizeof(expected)], *p;

	record.delta[SIDE_CLIENT] = (struct record_delta){ 5, 100 };
	record.delta[SIDE_SERVER] = (struct record_delta){ 4, 200 };
	memcpy(whole, expected, sizeof(whole));
	put_number(whole + 17, record.view.last_seen_ns / MS, 4);
	p = put_record(bytes, &dialect, &record);
	ck_assert_uint_eq(p - bytes, sizeof(whole));
	ck_assert_mem_eq(bytes, whole, sizeof(whole));
	ck_assert_uint_eq(record_template(&dialect, &record), 256);
}
END_TEST

START_TEST(ipfix_header_has_these_bytes)
{
	struct encoder encoder;
	__u8 message[1400], expected[16];
	size_t taken, bytes;

	encoder_init(&encoder, PROTOCOL_IPFIX, 0, 7);
	encoder.sequence = 0x01020304;
	bytes = make(&encoder, NULL, 0, message, sizeof(message), &taken);
	put_number(expected, 10, 2);
	put_number(expected + 2, bytes, 2);
	put_number(expected + 4, moment.wall_ns / S, 4);
	put_number(expected + 8, 0x01020304, 4);
	put_number(expected + 12, 7, 4);
	ck_assert_mem_eq(message, expected, sizeof(expected));
}
END_TEST

START_TEST(netflow9_header_has_these_bytes)
{
	struct encoder encoder;
	__u8 message[1400], expected[20];
	size_t taken;

	encoder_init(&encoder, PROTOCOL_NETFLOW9, 0, 7);
	encoder.sequence = 9;
	make(&encoder, NULL, 0, message, sizeof(message), &taken);
	put_number(expected, 9, 2);
	put_number(expected + 2, 2, 2); /* the two templates */
	put_number(expected + 4, moment.wall_ns / S * 1000 - WALL_OFFSET / MS, 4);
	put_number(expected + 8, moment.wall_ns / S, 4);
	put_number(expected + 12, 9, 4);
	put_number(expected + 16, 7, 4);
	ck_assert_mem_eq(message, expected, sizeof(expected));
}
END_TEST

/* ---- read again */

/* The first record in a message, which has everything that was sent before it. */
static struct decoded_flow decode_one(struct flow_decoder *decoder, struct encoder *encoder,
				      const struct export_record *record)
{
	__u8 message[1400];
	size_t taken, bytes = make(encoder, record, 1, message, sizeof(message), &taken);

	ck_assert_uint_eq(taken, 1);
	encoder_sent(encoder);
	flow_decoder_read(decoder, message, bytes);
	ck_assert_uint_eq(decoder->flows, 1);
	return decoder->flow[0];
}

START_TEST(ipfix_is_read_again)
{
	struct export_record record = record_of(STAGE_CLOSED);
	struct flow_decoder decoder = { 0 };
	struct decoded_flow flow;
	struct encoder encoder;

	encoder_init(&encoder, PROTOCOL_IPFIX, 0, 0);
	flow = decode_one(&decoder, &encoder, &record);
	ck_assert_uint_eq(flow.template, 256);
	ck_assert_uint_eq(decoded_number(&flow, 0, 8), 0x0a000001);
	ck_assert_uint_eq(decoded_number(&flow, 0, 1), record.delta[SIDE_CLIENT].bytes);
	ck_assert_uint_eq(decoded_number(&flow, REVERSE, 1), record.delta[SIDE_SERVER].bytes);
	ck_assert_uint_eq(decoded_number(&flow, 0, 6), 0x13);
	ck_assert_uint_eq(decoded_number(&flow, REVERSE, 6), 0x1b);
	ck_assert_uint_eq(decoded_number(&flow, 0, 152), (T0 + WALL_OFFSET) / MS);
	ck_assert_uint_eq(decoded_number(&flow, CERT, 21), 10);
	make_ipv6(&record);
	flow = decode_one(&decoder, &encoder, &record);
	ck_assert_uint_eq(flow.template, 257);
	ck_assert(!decoded_has(&flow, 0, 8));
	ck_assert_mem_eq(decoded_bytes(&flow, 0, 28), record.view.side[SIDE_SERVER].ip.word, 16);
}
END_TEST

START_TEST(flags_of_the_client_come_last)
{
	const struct dialect dialect = { PROTOCOL_IPFIX, 0 };
	size_t forward = 0, reverse = 0;

	for (size_t i = 0; i < element_count; i++)
		if (element_is_sent(&elements[i], &dialect, false, 0) && elements[i].as[PROTOCOL_IPFIX].id == 6)
			*(elements[i].enterprise == REVERSE ? &reverse : &forward) = i;
	ck_assert_uint_lt(reverse, forward);
}
END_TEST

/* What a refused attempt, and a flow picked up in its middle, lack is not in their templates. */
START_TEST(what_is_unknown_is_left_out)
{
	struct export_record refused = record_of(STAGE_SYN), midstream = record_of(STAGE_CLOSED);
	struct flow_decoder decoder = { 0 };
	struct decoded_flow flow;
	struct encoder encoder;

	encoder_init(&encoder, PROTOCOL_IPFIX, PEN, 0);
	flow = decode_one(&decoder, &encoder, &refused);
	ck_assert_uint_gt(flow.template, 257);
	ck_assert(!decoded_has(&flow, CERT, 21) && !decoded_has(&flow, NTOP, 123) && !decoded_has(&flow, NTOP, 124));
	ck_assert(!decoded_has(&flow, REVERSE, 184) && decoded_has(&flow, 0, 184) && decoded_has(&flow, 0, 218));
	ck_assert(!decoded_has(&flow, PEN, 1) && !decoded_has(&flow, PEN, 3) && decoded_has(&flow, PEN, 4));
	midstream.view.origin = ORIGIN_MIDSTREAM;
	midstream.view.syn_to_synack_ns = midstream.view.synack_to_ack_ns = midstream.view.handshake_ns =
		LATENCY_UNKNOWN;
	for (int i = 0; i < SIDE_COUNT; i++) {
		midstream.view.side[i].isn_known = false;
		midstream.view.side[i].syns = 0;
	}
	flow = decode_one(&decoder, &encoder, &midstream);
	ck_assert(!decoded_has(&flow, 0, 184) && !decoded_has(&flow, REVERSE, 184) && !decoded_has(&flow, 0, 218));
	ck_assert_uint_eq(decoded_number(&flow, 0, 239), 0);
}
END_TEST

START_TEST(own_elements_are_described)
{
	struct export_record record = record_of(STAGE_CLOSED);
	struct flow_decoder decoder = { 0 };
	struct decoded_flow flow;
	struct encoder encoder;

	encoder_init(&encoder, PROTOCOL_IPFIX, PEN, 0);
	flow = decode_one(&decoder, &encoder, &record);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 1), 10 * MS);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 2), 25 * MS);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 3), 35 * MS);
	ck_assert_uint_eq(decoded_length(&flow, PEN, 4), 6);
	ck_assert_mem_eq(decoded_bytes(&flow, PEN, 4), "closed", 6);
	ck_assert_uint_eq(decoder.options, 12);
	ck_assert_uint_eq(decoded_number(&decoder.option[0], 0, 346), PEN);
	ck_assert_uint_eq(decoded_number(&decoder.option[0], 0, 303), 1);
	ck_assert_uint_eq(decoded_number(&decoder.option[0], 0, 339), 4); /* unsigned64 */
	ck_assert_uint_eq(decoded_number(&decoder.option[0], 0, 345), 8); /* nanoseconds */
	ck_assert_uint_eq(decoded_length(&decoder.option[0], 0, 341), strlen("synToSynackNanoseconds"));
	ck_assert_uint_eq(decoded_number(&decoder.option[3], 0, 339), 13); /* string */
	ck_assert_uint_eq(encoder.sequence, 13); /* the records of options count */
}
END_TEST

/* Those of an end that was never timed are left out, and so are all without a number of our own. */
START_TEST(round_trips)
{
	struct export_record record = record_of(STAGE_CLOSED);
	struct flow_decoder decoder = { 0 }, plain = { 0 };
	struct decoded_flow flow;
	struct encoder encoder;

	encoder_init(&encoder, PROTOCOL_IPFIX, PEN, 0);
	flow = decode_one(&decoder, &encoder, &record);
	for (__u16 id = 5; id <= 12; id++)
		ck_assert(!decoded_has(&flow, PEN, id));
	record.view.side[SIDE_SERVER].rtt = (struct rtt_view){ 7, 3 * MS, 5 * MS, 4 * MS };
	flow = decode_one(&decoder, &encoder, &record);
	ck_assert(!decoded_has(&flow, PEN, 5) && !decoded_has(&flow, PEN, 8));
	ck_assert_uint_eq(decoded_number(&flow, PEN, 9), 3 * MS);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 10), 5 * MS);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 11), 4 * MS);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 12), 7);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 3), 35 * MS);
	record.view.side[SIDE_CLIENT].rtt = (struct rtt_view){ 2, 30 * MS, 50 * MS, 40 * MS };
	flow = decode_one(&decoder, &encoder, &record);
	ck_assert_uint_eq(flow.template, 256);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 5), 30 * MS);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 6), 50 * MS);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 7), 40 * MS);
	ck_assert_uint_eq(decoded_number(&flow, PEN, 8), 2);
	ck_assert_uint_eq(decoded_number(&decoder.option[11], 0, 303), 12);
	ck_assert_uint_eq(decoded_number(&decoder.option[11], 0, 339), 3); /* unsigned32 */
	encoder_init(&encoder, PROTOCOL_IPFIX, 0, 0);
	flow = decode_one(&plain, &encoder, &record);
	ck_assert_uint_eq(flow.template, 256);
	ck_assert(!decoded_has(&flow, PEN, 5) && !decoded_has(&flow, 0, 0));
}
END_TEST

/* The sequence number counts data records in IPFIX, messages in NetFlow v9, and neither if a message was not sent. */
START_TEST(sequence_numbers)
{
	struct export_record records[40];
	struct encoder encoder;
	__u8 message[1400];
	size_t taken, again;

	for (int i = 0; i < 40; i++)
		records[i] = record_of(STAGE_CLOSED);
	for (int protocol = PROTOCOL_IPFIX; protocol <= PROTOCOL_NETFLOW9; protocol++) {
		encoder_init(&encoder, protocol, 0, 0);
		make(&encoder, records, 40, message, sizeof(message), &taken);
		ck_assert(taken > 5 && taken < 40);
		make(&encoder, records, 40, message, sizeof(message), &again);
		ck_assert_uint_eq(taken, again); /* with its templates again */
		ck_assert_uint_eq(encoder.sequence, 0);
		encoder_sent(&encoder);
		ck_assert_uint_eq(encoder.sequence, protocol == PROTOCOL_IPFIX ? taken : 1);
		make(&encoder, records, 40, message, sizeof(message), &again);
		ck_assert_uint_gt(again, taken); /* without them */
		encoder_sent(&encoder);
		ck_assert_uint_eq(encoder.sequence, protocol == PROTOCOL_IPFIX ? taken + again : 2);
		encoder_repeat_templates(&encoder, 0);
		make(&encoder, records, 40, message, sizeof(message), &again);
		ck_assert_uint_eq(again, taken); /* with them */
		encoder_restart(&encoder, 0);
		ck_assert_uint_eq(encoder.sequence, 0);
	}
}
END_TEST

/* A collector that has just begun knows no template: it gets all within a minute, even if no flow ends. */
START_TEST(templates_are_repeated_each_minute)
{
	const __u64 minute = 60 * S;
	struct encoder encoder;
	__u8 message[1400];
	size_t taken;

	encoder_init(&encoder, PROTOCOL_NETFLOW9, 0, 0);
	encoder_repeat_templates(&encoder, T0);
	ck_assert_uint_gt(make(&encoder, NULL, 0, message, sizeof(message), &taken), 0);
	encoder_sent(&encoder);
	ck_assert_uint_eq(make(&encoder, NULL, 0, message, sizeof(message), &taken), 0);
	ck_assert(!encoder_repeat_in_time(&encoder, T0 + minute - 1));
	ck_assert_uint_eq(make(&encoder, NULL, 0, message, sizeof(message), &taken), 0);
	ck_assert(encoder_repeat_in_time(&encoder, T0 + minute));
	ck_assert_uint_gt(make(&encoder, NULL, 0, message, sizeof(message), &taken), 0);
	encoder_sent(&encoder);
	ck_assert(!encoder_repeat_in_time(&encoder, T0 + 2 * minute - 1));
	ck_assert(encoder_repeat_in_time(&encoder, T0 + 2 * minute));
}
END_TEST

START_TEST(netflow9_sets_are_aligned)
{
	struct export_record records[3] = { record_of(STAGE_CLOSED), record_of(STAGE_SYN), record_of(STAGE_CLOSED) };
	struct flow_decoder decoder = { 0 };
	struct encoder encoder;
	__u8 message[1400];
	size_t taken, bytes;

	encoder_init(&encoder, PROTOCOL_NETFLOW9, PEN, 0);
	bytes = make(&encoder, records, 3, message, sizeof(message), &taken);
	ck_assert_uint_eq(taken, 3);
	flow_decoder_read(&decoder, message, bytes); /* checks the alignment, and the count in the header */
	ck_assert_uint_eq(decoder.flows, 3);
	ck_assert_uint_eq(decoded_number(&decoder.flow[0], 0, 57555), 25000);
	ck_assert(!decoded_has(&decoder.flow[1], 0, 57555));
	ck_assert_uint_eq(decoded_number(&decoder.flow[0], 0, 22), T0 / MS);
}
END_TEST

/* Whatever the room: no message is larger, each can be read, and none lacks what has room. */
START_TEST(any_room)
{
	struct export_record records[8];
	__u8 message[2048];
	size_t taken;

	for (int i = 0; i < 8; i++) {
		records[i] = record_of(i % 3 ? STAGE_CLOSED : STAGE_SYN);
		if (i % 2)
			make_ipv6(&records[i]);
	}
	for (size_t room = 0; room < sizeof(message); room += 11) {
		struct flow_decoder decoder = { 0 };
		struct encoder encoder;
		size_t bytes, sum = 0;

		encoder_init(&encoder, room % 2 ? PROTOCOL_IPFIX : PROTOCOL_NETFLOW9, room % 3 ? PEN : 0, 0);
		while ((bytes = make(&encoder, records + sum, 8 - sum, message, room, &taken))) {
			flow_decoder_read(&decoder, message, bytes);
			ck_assert_uint_eq(decoder.flows, taken);
			encoder_sent(&encoder);
			sum += taken;
		}
		ck_assert(room < 700 || sum == 8);
	}
}
END_TEST

/* ---- reasons */

START_TEST(end_reasons)
{
	static const struct {
		enum record_reason reason;
		enum flow_outcome outcome;
		__u64 expected;
	} cases[] = {
		{ RECORD_ACTIVE, OUTCOME_OPEN, 2 },	  { RECORD_ENDED, OUTCOME_CLOSED, 3 },
		{ RECORD_ENDED, OUTCOME_REFUSED, 3 },	  { RECORD_ENDED, OUTCOME_RESET_BY_CLIENT, 3 },
		{ RECORD_ENDED, OUTCOME_SUPERSEDED, 3 },  { RECORD_ENDED, OUTCOME_UNANSWERED, 1 },
		{ RECORD_ENDED, OUTCOME_HALF_OPEN, 1 },	  { RECORD_ENDED, OUTCOME_IDLE_TIMEOUT, 1 },
		{ RECORD_ENDED, OUTCOME_UNREACHABLE, 1 }, { RECORD_ENDED, OUTCOME_EVICTED, 5 },
		{ RECORD_FLUSHED, OUTCOME_OPEN, 4 },	  { RECORD_DETACHED, OUTCOME_OPEN, 4 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct export_record record = record_of(STAGE_CLOSED);
		struct flow_decoder decoder = { 0 };
		struct decoded_flow flow;
		struct encoder encoder;

		record.reason = cases[i].reason;
		record.view.outcome = cases[i].outcome;
		encoder_init(&encoder, PROTOCOL_IPFIX, 0, 0);
		flow = decode_one(&decoder, &encoder, &record);
		ck_assert_uint_eq(decoded_number(&flow, 0, 136), cases[i].expected);
	}
}
END_TEST

Suite *export_encoder_suite(void)
{
	Suite *suite = suite_create("export_encoder");
	TCase *bytes = tcase_create("bytes"), *messages = tcase_create("messages");

	tcase_add_test(bytes, ipfix_record_has_these_bytes);
	tcase_add_test(bytes, netflow9_record_has_these_bytes);
	tcase_add_test(bytes, ipfix_header_has_these_bytes);
	tcase_add_test(bytes, netflow9_header_has_these_bytes);
	suite_add_tcase(suite, bytes);
	tcase_add_test(messages, ipfix_is_read_again);
	tcase_add_test(messages, flags_of_the_client_come_last);
	tcase_add_test(messages, what_is_unknown_is_left_out);
	tcase_add_test(messages, own_elements_are_described);
	tcase_add_test(messages, round_trips);
	tcase_add_test(messages, sequence_numbers);
	tcase_add_test(messages, templates_are_repeated_each_minute);
	tcase_add_test(messages, netflow9_sets_are_aligned);
	tcase_add_test(messages, any_room);
	tcase_add_test(messages, end_reasons);
	suite_add_tcase(suite, messages);
	return suite;
}
