// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fixture.h"
#include "format/sink.h"
#include "format/flow_output.h"
#include "format/detail.h"
#include "flow/labels.h"
#include "flow/ladder.h"
#include "synscope/segment.h"
#include "query/listing.h"
#include "suites.h"
#include "base/terminal.h"

static const struct flow_labels labels = { .instance = "eth0", .ifname = "eth0", .wall_offset_ns = 1795166520 * S };

static const char expected_json[] =
	"{\"id\":\"10.0.0.1:40000-10.0.0.2:443\",\"instance\":\"eth0\","
	"\"client\":{\"ip\":\"10.0.0.1\",\"port\":40000,\"state\":\"ESTABLISHED\",\"isn\":1000,\"packets\":3,"
	"\"bytes\":284,\"payload_bytes\":120,\"retransmits\":0,\"syn\":1,\"fin\":0,\"rst\":0,"
	"\"flags\":[\"SYN\",\"PSH\",\"ACK\",\"CWR\"],\"mss\":1460,\"wscale\":7,"
	"\"sack_ok\":true,\"timestamps\":true},"
	"\"server\":{\"ip\":\"10.0.0.2\",\"port\":443,\"state\":\"ESTABLISHED\",\"isn\":9000,\"packets\":2,"
	"\"bytes\":112,\"payload_bytes\":0,\"retransmits\":0,\"syn\":1,\"fin\":0,\"rst\":0,"
	"\"flags\":[\"SYN\",\"ACK\"],\"mss\":null,\"wscale\":null,"
	"\"sack_ok\":false,\"timestamps\":false},"
	"\"outcome\":\"open\",\"origin\":\"handshake\",\"one_way\":false,"
	"\"unreachable\":{\"by\":null,\"type\":null,\"code\":null,\"reason\":null},\"anomalies\":{\"bad_ack\":0,\"bad_"
	"rst\":0,"
	"\"bad_seq\":0,\"ack_unseen\":0,\"challenge_syn\":2,\"reordered\":0,\"duplicate\":0,\"rst_refuted\":0,"
	"\"fin_refuted\":0},\"conn_state\":\"S1\",\"history\":\"ShA\","
	"\"handshake\":{\"syn_to_synack_ns\":10000000,\"synack_to_ack_ns\":25000000,\"handshake_ns\":35000000,"
	"\"syn_retransmits\":0,\"synack_retransmits\":0,\"rtt_ambiguous\":false},"
	"\"first_seen\":\"2026-11-20T09:38:40.000000000Z\",\"last_seen\":\"2026-11-20T09:38:40.035000000Z\","
	"\"duration_ns\":35000000,\"ifname\":\"eth0\",\"vlan\":[100,7],\"incarnation\":1,\"packets_estimated\":false,"
	"\"ifstate\":\"up\",\"tunnel\":[],\"rtt\":null,\"age_ns\":1000000000,\"idle_ns\":965000000}";

static const char expected_csv_header[] =
	"id,instance,client.ip,client.port,client.state,client.isn,client.packets,client.bytes,client.payload_bytes,"
	"client.retransmits,client.syn,client.fin,client.rst,client.flags,client.mss,client.wscale,client.sack_ok,"
	"client.timestamps,"
	"server.ip,server.port,server.state,server.isn,server.packets,server.bytes,server.payload_bytes,"
	"server.retransmits,server.syn,server.fin,server.rst,server.flags,server.mss,server.wscale,server.sack_ok,"
	"server.timestamps,"
	"outcome,origin,one_way,unreachable.by,unreachable.type,unreachable.code,unreachable.reason,"
	"anomalies.bad_ack,anomalies.bad_rst,anomalies.bad_seq,anomalies.ack_unseen,"
	"anomalies.challenge_syn,anomalies.reordered,anomalies.duplicate,anomalies.rst_refuted,anomalies.fin_refuted,"
	"conn_state,history,handshake.syn_to_synack_ns,handshake.synack_to_ack_ns,"
	"handshake.handshake_ns,handshake.syn_retransmits,handshake.synack_retransmits,handshake.rtt_ambiguous,"
	"first_seen,last_seen,duration_ns,ifname,vlan,incarnation,packets_estimated,ifstate,tunnel.kind,tunnel.id,"
	"tunnel.src,tunnel.dst,rtt.client.min_ns,rtt.client.last_ns,rtt.client.smoothed_ns,rtt.client.samples,"
	"rtt.server.min_ns,rtt.server.last_ns,rtt.server.smoothed_ns,rtt.server.samples,age_ns,idle_ns\n";

static struct flow_view example(void)
{
	struct flow_record record = record_at(STAGE_DATA);
	struct flow_view view;

	record.hot.dir[0].last_seen = record.hot.dir[1].last_seen = T0 >> LAST_SEEN_SHIFT;
	record.cold.anomalies[ANOMALY_CHALLENGE_SYN] = 2;
	record.cold.tcp_flags = TCP_FLAGS(SEGMENT_SYN | SEGMENT_ACK, 0) | TCP_FLAGS(SEGMENT_SYN | SEGMENT_ACK, 1);
	record.hot.dir[0].packets |= (SEGMENT_PSH | SEGMENT_CWR) >> PACKETS_FLAGS_SHIFT;
	record.cold.vlan[0] = 100;
	record.cold.vlan[1] = 7;
	record.cold.flags |= 2U << FLOW_VLANS_SHIFT;
	view = view_after(&record, 1 * S);
	return view;
}

static char *print_flows(enum output_format format, const struct flow_view *view, int count)
{
	struct terminal terminal = { 0 };
	struct flow_output output;
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	flow_output_begin(&output, format, &out, &terminal, 1, (struct flow_extras){ 0 });
	for (int i = 0; i < count; i++)
		flow_output_add(&output, view, &labels);
	flow_output_end(&output);
	buffer_char(&out, '\0');
	return out.data;
}

static void check_printed(enum output_format format, const struct flow_view *view, int count, const char *expected)
{
	char *text = print_flows(format, view, count);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(json)
{
	struct flow_view view = example();
	char expected[2 * sizeof(expected_json) + 16];

	check_printed(OUTPUT_JSON, &view, 0, "[]\n");
	snprintf(expected, sizeof(expected), "[\n%s\n]\n", expected_json);
	check_printed(OUTPUT_JSON, &view, 1, expected);
	snprintf(expected, sizeof(expected), "[\n%s,\n%s\n]\n", expected_json, expected_json);
	check_printed(OUTPUT_JSON, &view, 2, expected);
}
END_TEST

START_TEST(jsonl)
{
	struct flow_view view = example();
	char expected[2 * sizeof(expected_json) + 16];

	check_printed(OUTPUT_JSONL, &view, 0, "");
	snprintf(expected, sizeof(expected), "%s\n%s\n", expected_json, expected_json);
	check_printed(OUTPUT_JSONL, &view, 2, expected);
}
END_TEST

START_TEST(row_of_csv)
{
	struct flow_view view = example();
	char *text = print_flows(OUTPUT_CSV, &view, 1);

	check_printed(OUTPUT_CSV, &view, 0, expected_csv_header);
	ck_assert(!strncmp(text, expected_csv_header, strlen(expected_csv_header)));
	ck_assert_str_eq(
		text + strlen(expected_csv_header),
		"10.0.0.1:40000-10.0.0.2:443,eth0,10.0.0.1,40000,ESTABLISHED,1000,3,284,120,0,1,0,0,SYN PSH ACK CWR,"
		"1460,7,true,true,10.0.0.2,443,ESTABLISHED,9000,2,112,0,0,1,0,0,SYN ACK,,,false,false,open,handshake,"
		"false,,,,,0,0,0,0,2,0,0,0,0,S1,ShA,10000000,25000000,35000000,0,0,false,"
		"2026-11-20T09:38:40.000000000Z,2026-11-20T09:38:40.035000000Z,35000000,eth0,100 "
		"7,1,false,up,,,,,,,,,,,,,1000000000,965000000\n");
	free(text);
}
END_TEST

START_TEST(unknown_is_null)
{
	struct flow_record record = record_at(STAGE_SYN);
	struct flow_view view;
	char *text;

	record.hot.dir[1].facts = FACT_INFERRED;
	record.hot.dir[0].facts |= FACTS_WSCALE_NONE << FACTS_WSCALE_SHIFT;
	record.cold.flags &= ~(FLOW_OPTIONS_MASK << FLOW_OPTIONS_SHIFT(0));
	view = view_after(&record, 0);
	text = print_flows(OUTPUT_JSONL, &view, 1);
	ck_assert_ptr_nonnull(strstr(text, "\"mss\":null,\"wscale\":null,\"sack_ok\":null,\"timestamps\":null}"));
	ck_assert_ptr_nonnull(strstr(text, "\"isn\":null"));
	ck_assert_ptr_nonnull(
		strstr(text, "\"syn_to_synack_ns\":null,\"synack_to_ack_ns\":null,\"handshake_ns\":null"));
	ck_assert_ptr_nonnull(strstr(text, "\"vlan\":[]"));
	free(text);
}
END_TEST

START_TEST(ipv6_flow)
{
	struct flow_view view = example();
	char *text;

	for (int i = 0; i < SIDE_COUNT; i++) {
		view.side[i].ip.ipv6 = true;
		inet_pton(AF_INET6, i ? "2001:db8::2" : "::1", view.side[i].ip.word);
	}
	text = print_flows(OUTPUT_JSONL, &view, 1);
	ck_assert_ptr_nonnull(strstr(text, "{\"id\":\"[::1]:40000-[2001:db8::2]:443\""));
	ck_assert_ptr_nonnull(strstr(text, "\"client\":{\"ip\":\"::1\","));
	ck_assert_ptr_nonnull(strstr(text, "\"server\":{\"ip\":\"2001:db8::2\","));
	free(text);
}
END_TEST

static const struct {
	const char *text, *json, *csv;
} names[] = {
	{ "eth0", "{\"a\":\"eth0\"}", "eth0\n" },
	{ "a\"b\\c", "{\"a\":\"a\\\"b\\\\c\"}", "\"a\"\"b\\c\"\n" },
	{ "a,b", "{\"a\":\"a,b\"}", "\"a,b\"\n" },
	{ "tab\t", "{\"a\":\"tab\\u0009\"}", "tab\\x09\n" },
	{ "a\nb", "{\"a\":\"a\\u000ab\"}", "a\\x0ab\n" },
	{ "\xc3\xa9", "{\"a\":\"\xc3\xa9\"}", "\xc3\xa9\n" },
	{ "\xe9", "{\"a\":\"\\ufffd\"}", "\\xe9\n" },
	{ "\xc0\x80\xf5", "{\"a\":\"\\ufffd\\ufffd\\ufffd\"}", "\\xc0\\x80\\xf5\n" },
	{ "\xed\xa0\x80", "{\"a\":\"\\ufffd\\ufffd\\ufffd\"}", "\\xed\\xa0\\x80\n" },
	{ "\xf0\x9f\x90\xa7", "{\"a\":\"\xf0\x9f\x90\xa7\"}", "\xf0\x9f\x90\xa7\n" },
	{ "\xc2\x9b", "{\"a\":\"\\u009b\"}", "\\u009b\n" },
	{ "\xe2\x80\xae,", "{\"a\":\"\\u202e,\"}", "\"\\u202e,\"\n" },
	/* formulas, and text that is not a formula */
	{ "=1+1", "{\"a\":\"=1+1\"}", "'=1+1\n" },
	{ "+1", "{\"a\":\"+1\"}", "'+1\n" },
	{ "-1", "{\"a\":\"-1\"}", "'-1\n" },
	{ "@a", "{\"a\":\"@a\"}", "'@a\n" },
	{ "  =a", "{\"a\":\"  =a\"}", "'  =a\n" },
	{ "\t=a", "{\"a\":\"\\u0009=a\"}", "\\x09=a\n" },
	{ "\r=a", "{\"a\":\"\\u000d=a\"}", "\\x0d=a\n" },
	{ "=a,\"b\"", "{\"a\":\"=a,\\\"b\\\"\"}", "\"'=a,\"\"b\"\"\"\n" },
	{ "\xef\xbc\x9d"
	  "1",
	  "{\"a\":\"\xef\xbc\x9d"
	  "1\"}",
	  "'\xef\xbc\x9d"
	  "1\n" },
	{ "a=1", "{\"a\":\"a=1\"}", "a=1\n" },
	{ "-", "{\"a\":\"-\"}", "-\n" },
	{ "- -", "{\"a\":\"- -\"}", "- -\n" },
	{ "- native", "{\"a\":\"- native\"}", "'- native\n" },
	{ "", "{\"a\":\"\"}", "\n" },
};

START_TEST(quoting)
{
	for (int csv = 0; csv < 2; csv++) {
		struct buffer out;
		struct sink sink = { .ops = csv ? &csv_sink : &json_sink, .out = &out };

		buffer_init(&out, BUFFER_MEMORY);
		sink.ops->open(&sink, "", 0);
		sink_string(&sink, NAME("a"), names[_i].text);
		sink.ops->close(&sink);
		buffer_char(&out, '\0');
		ck_assert_str_eq(out.data, csv ? names[_i].csv : names[_i].json);
		buffer_free(&out);
	}
}
END_TEST

START_TEST(detail_fits_any_terminal)
{
	struct flow_record record = record_at(STAGE_CLOSED);
	struct flow_view view = view_after(&record, 1 * S);
	struct detail_style style = { .format = OUTPUT_TABLE };
	struct ladder ladder = { 0 };

	for (int i = 0; i < SIDE_COUNT; i++) {
		view.side[i].ip.ipv6 = true;
		inet_pton(AF_INET6, "2001:db8:1111:2222:3333:4444:5555:6666", view.side[i].ip.word);
	}
	for (int columns = 40; columns <= 200; columns++) {
		struct buffer out;

		buffer_init(&out, BUFFER_MEMORY);
		flow_detail_print(&out, &style, &(struct terminal){ .columns = columns }, &view, &ladder, &labels);
		buffer_char(&out, '\0');
		ck_assert_int_le(longest_line(out.data), columns);
		ck_assert_ptr_nonnull(strstr(out.data, "TIME_WAIT"));
		ck_assert_ptr_nonnull(strstr(out.data, "SYN-SYNACK    10.0ms\n"));
		buffer_free(&out);
	}
}
END_TEST

/* ---- output that cannot be written ---- */

static void fill(struct buffer *out)
{
	for (int i = 0; i < 3 * BUFFER_BYTES / 16; i++)
		buffer_text(out, "0123456789abcdef");
}

START_TEST(closed_pipe_is_silent)
{
	struct capture capture;
	struct buffer out;
	char logged[256];
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(fds), 0);
	close(fds[0]);
	capture = capture_begin(STDERR_FILENO);
	buffer_init(&out, fds[1]);
	fill(&out);
	ck_assert(buffer_failed(&out));
	ck_assert_int_eq(buffer_finish(&out), 0);
	ck_assert_str_eq(capture_end(&capture, logged, sizeof(logged)), "");
	close(fds[1]);
}
END_TEST

START_TEST(full_disk_is_told_once)
{
	struct capture capture = capture_begin(STDERR_FILENO);
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct buffer out;
	char logged[256];

	buffer_init(&out, full);
	fill(&out);
	ck_assert_int_eq(buffer_finish(&out), -ENOSPC);
	ck_assert_str_eq(capture_end(&capture, logged, sizeof(logged)),
			 "synscope: cannot write the output: No space left on device\n");
	close(full);
}
END_TEST

START_TEST(everything_arrives)
{
	struct capture capture = capture_begin(STDOUT_FILENO);
	char *text = malloc(4 * BUFFER_BYTES);
	struct buffer out;

	buffer_init(&out, STDOUT_FILENO);
	fill(&out);
	ck_assert_int_eq(buffer_finish(&out), 0);
	ck_assert_uint_eq(strlen(capture_end(&capture, text, 4 * BUFFER_BYTES)), 3 * BUFFER_BYTES);
	for (size_t i = 0; text[i]; i += 16)
		if (memcmp(text + i, "0123456789abcdef", 16) != 0)
			ck_abort_msg("wrong from byte %zu on", i);
	free(text);
}
END_TEST

/* ---- which flows are listed, and in which order ---- */

static struct instance listed_instance;
static struct flow_bucket listed_hot;
static struct flow_cold listed_cold[FLOW_SLOTS_PER_BUCKET];

/* Four flows, by port: 1 is the newest and slowest, 3 was refused, 4 is in the handshake. */
static struct flow_source listed_source(void)
{
	static const enum stage stages[] = { STAGE_OPEN, STAGE_DATA, STAGE_SYN, STAGE_SYNACK };
	struct flow_source source = { .instance = &listed_instance };

	for (int i = 0; i < 4; i++) {
		struct flow_record record = record_at(stages[i]);

		record.hot.port[0] = htons(1 + i);
		record.hot.dir[0].packets = 10 * (i + 1) * PACKETS_ONE;
		record.cold.last_exact_ns = T0 + (4 - i) * S;
		if (i == 0)
			record.cold.syn_to_synack_ns = 1 * S;
		if (i == 2)
			record.hot.dir[1].facts |= FACT_RST;
		listed_hot.slot[i] = record.hot;
		listed_cold[i] = record.cold;
	}
	for (int i = 0; i < TIMEOUT_COUNT; i++)
		listed_instance.meta.config.timeout_ns[i] = default_timeouts[i];
	flow_reader_init_memory(&source.reader, &listed_hot, listed_cold, 1);
	source.clock.now_ns = T0 + 5 * S;
	return source;
}

static const struct {
	struct listing listing;
	const char *ports;
} listings[] = {
	{ { .sort = SORT_LAST_SEEN }, "124" },
	{ { .sort = SORT_LAST_SEEN, .all = true }, "1234" },
	{ { .sort = SORT_NONE }, "124" },
	{ { .sort = SORT_PACKETS, .all = true }, "4321" },
	{ { .sort = SORT_CLIENT, .all = true, .limit = 3 }, "123" },
	{ { .sort = SORT_SYN_TO_SYNACK, .all = true }, "1243" },
	{ { .sort = SORT_STATE, .all = true }, "3412" },
};

START_TEST(order)
{
	struct flow_source source = listed_source();
	struct flow_sources sources = { .source = &source, .count = 1 };
	struct terminal terminal = { 0 };
	struct listing_times times;
	struct flow_output output;
	char ports[8] = "";
	struct buffer out;
	const char *p;

	buffer_init(&out, BUFFER_MEMORY);
	flow_output_begin(&output, OUTPUT_JSONL, &out, &terminal, 1, (struct flow_extras){ 0 });
	ck_assert_int_eq(list_flows(&sources, &listings[_i].listing, &output, &times), 0);
	flow_output_end(&output);
	buffer_char(&out, '\0');
	p = out.data;
	while ((p = strstr(p, "\"id\":\"10.0.0.1:")) != NULL) {
		p += strlen("\"id\":\"10.0.0.1:");
		strncat(ports, p, 1);
	}
	ck_assert_str_eq(ports, listings[_i].ports);
	ck_assert_uint_eq(times.flows, 4);
	ck_assert_uint_eq(times.slots, FLOW_SLOTS_PER_BUCKET);
	buffer_free(&out);
}
END_TEST

static void add_shapes(Suite *suite)
{
	TCase *tcase = tcase_create("shapes");

	tcase_add_test(tcase, json);
	tcase_add_test(tcase, jsonl);
	tcase_add_test(tcase, row_of_csv);
	tcase_add_test(tcase, unknown_is_null);
	tcase_add_test(tcase, ipv6_flow);
	tcase_add_loop_test(tcase, quoting, 0, sizeof(names) / sizeof(names[0]));
	tcase_add_test(tcase, detail_fits_any_terminal);
	suite_add_tcase(suite, tcase);
}

static void add_output(Suite *suite)
{
	TCase *tcase = tcase_create("output");

	tcase_add_test(tcase, closed_pipe_is_silent);
	tcase_add_test(tcase, full_disk_is_told_once);
	tcase_add_test(tcase, everything_arrives);
	tcase_add_loop_test(tcase, order, 0, sizeof(listings) / sizeof(listings[0]));
	suite_add_tcase(suite, tcase);
}

Suite *format_suite(void)
{
	Suite *suite = suite_create("format");

	add_shapes(suite);
	add_output(suite);
	return suite;
}
