// SPDX-License-Identifier: GPL-2.0-only
/* What filters mean, each tested on three flows. test_filter_errors.c tests mistakes. */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>

#include "filter/filter.h"
#include "synscope/segment.h"
#include "fixture.h"
#include "suites.h"

/* The flows, as bits; a case says which flows match. */
#define OPEN 1U /* 10.0.0.1:40000 to 10.0.0.2:443, VLANs 10 and 20 */
#define TRIED 2U /* 192.168.1.5:50000 to 192.168.1.9:22: unanswered SYNs, on an unknown interface */
#define OVER 4U /* [2001:db8::1]:50001 to [fd00::2]:8080, picked up midstream, closed */
#define ALL (OPEN | TRIED | OVER)

static struct flow_view open_view(void)
{
	return (struct flow_view){
		.side = { { .ip = { .word = { inet_addr("10.0.0.1") } },
			    .port = 40000,
			    .syns = 1,
			    .mss = 1460,
			    .options = OPTION_KNOWN | OPTION_MSS,
			    .state = STATE_ESTABLISHED,
			    .packets = 10,
			    .bytes = 2000,
			    .payload_bytes = 1500,
			    .flags = SEGMENT_SYN | SEGMENT_ACK | SEGMENT_URG,
			    .retransmits = 1 },
			  { .ip = { .word = { inet_addr("10.0.0.2") } },
			    .port = 443,
			    .syns = 1,
			    .mss = 1400,
			    .options = OPTION_KNOWN | OPTION_MSS,
			    .state = STATE_CLOSE_WAIT,
			    .packets = 20,
			    .bytes = 40960,
			    .payload_bytes = 39000,
			    .retransmits = 2,
			    .rtt = { .samples = 4, .min_ns = 10 * MS, .last_ns = 20 * MS, .smoothed_ns = 35 * MS } } },
		.outcome = OUTCOME_OPEN,
		.origin = ORIGIN_HANDSHAKE,
		.conn_state = CONN_S1,
		.syn_to_synack_ns = 10 * MS,
		.synack_to_ack_ns = 25 * MS,
		.handshake_ns = 35 * MS,
		.first_seen_ns = 1000 * S,
		.last_seen_ns = 1005 * S,
		.duration_ns = 5 * S,
		.idle_ns = 2 * S,
		.incarnation = 1,
		.vlans = 2,
		.vlan = { 10, 20 },
	};
}

static struct flow_view tried_view(void)
{
	return (struct flow_view){
		.side = { { .ip = { .word = { inet_addr("192.168.1.5") } },
			    .port = 50000,
			    .syns = 4,
			    .syn_retransmits = 3,
			    .mss = 1460,
			    .options = OPTION_KNOWN | OPTION_MSS,
			    .state = STATE_SYN_SENT,
			    .packets = 4,
			    .bytes = 240 },
			  { .ip = { .word = { inet_addr("192.168.1.9") } }, .port = 22, .state = STATE_LISTEN } },
		.outcome = OUTCOME_OPENING,
		.origin = ORIGIN_HANDSHAKE,
		.conn_state = CONN_S0,
		.failed = true,
		.syn_to_synack_ns = LATENCY_UNKNOWN,
		.synack_to_ack_ns = LATENCY_UNKNOWN,
		.handshake_ns = LATENCY_UNKNOWN,
		.first_seen_ns = 500 * S,
		.last_seen_ns = 507 * S,
		.duration_ns = 7 * S,
		.idle_ns = 90 * S,
		.incarnation = 1,
	};
}

static struct flow_view over_view(void)
{
	return (struct flow_view){
		.side = { { .ip = { .word = { htonl(0x20010db8), 0, 0, htonl(1) }, .ipv6 = true },
			    .port = 50001,
			    .fins = 2,
			    .rsts = 1,
			    .state = STATE_TIME_WAIT,
			    .packets = 100,
			    .bytes = 5000000000,
			    .payload_bytes = 4900000000 },
			  { .ip = { .word = { htonl(0xfd000000), 0, 0, htonl(2) }, .ipv6 = true },
			    .port = 8080,
			    .fins = 1,
			    .syn_retransmits = 2,
			    .state = STATE_CLOSED } },
		.outcome = OUTCOME_CLOSED,
		.origin = ORIGIN_MIDSTREAM,
		.conn_state = CONN_SF,
		.one_way = true,
		.packets_estimated = true,
		.rtt_ambiguous = true,
		.syn_to_synack_ns = LATENCY_UNKNOWN,
		.synack_to_ack_ns = 0,
		.handshake_ns = LATENCY_UNKNOWN,
		.first_seen_ns = 10 * S,
		.last_seen_ns = 3610 * S,
		.duration_ns = 3600 * S,
		.incarnation = 3,
		.anomalies = { [ANOMALY_BAD_ACK] = 1, [ANOMALY_BAD_RST] = 2, [ANOMALY_ACK_UNSEEN] = 4 },
	};
}

static unsigned int matching(const char *text)
{
	const struct flow_view views[] = { open_view(), tried_view(), over_view() };
	const __s64 offset = (1795662000LL - 1000) * S; /* OPEN began on 2026-11-26 at 03:00, UTC */
	const struct flow_labels labels[] = {
		{ .instance = "web", .ifname = "eth0", .wall_offset_ns = offset },
		{ .instance = "web", .wall_offset_ns = offset },
		{ .instance = "ns1:tun0", .ifname = "odd (name)", .wall_offset_ns = offset },
	};
	unsigned int matching = 0;
	struct filter_error error;
	struct filter filter;
	int err = filter_parse_text(text, NULL, &filter, &error);

	ck_assert_msg(!err, "'%s': column %u: %s", text, error.column, error.text);
	for (int i = 0; i < 3; i++)
		matching |= (unsigned int)filter_match(&filter, &views[i], &labels[i]) << i;
	filter_free(&filter);
	return matching;
}

static const struct {
	const char *filter;
	unsigned int matching;
} cases[] = {
	/* states: either side, one side, spellings, groups */
	{ "", ALL },
	{ "  \t ", ALL },
	{ "state established", OPEN },
	{ "client state established", OPEN },
	{ "server state established", 0 },
	{ "server state close_wait", OPEN },
	{ "state CLOSE-WAIT", OPEN },
	{ "STATE Close_Wait", OPEN },
	{ "state == estab", OPEN },
	{ "state = syn-sent", TRIED },
	{ "state listen", TRIED },
	{ "server state listening", TRIED },
	{ "client state listen", 0 },
	{ "state syn-recv", 0 },
	{ "state fin-wait-1 or state fin-wait-2 or state closing or state last-ack", 0 },
	{ "state time-wait", OVER },
	{ "state closed", OVER },
	{ "state connected", ALL },
	{ "server state connected", OPEN },
	{ "state synchronized", OPEN | OVER },
	{ "state bucket", OVER },
	{ "client state big", OPEN | TRIED },
	{ "state != established", TRIED | OVER },
	{ "not state established", TRIED | OVER },
	{ "server state != closed", OPEN | TRIED },
	/* outcome, origin, conn_state */
	{ "outcome open", OPEN },
	{ "outcome != open", TRIED | OVER },
	{ "outcome reset_by_client or outcome reset-by-server", 0 },
	{ "Outcome CLOSED", OVER },
	{ "origin handshake", OPEN | TRIED },
	{ "origin midstream", OVER },
	{ "origin synack", 0 },
	{ "conn_state S0", TRIED },
	{ "conn-state sf", OVER },
	{ "conn_state != S1", TRIED | OVER },
	/* addresses */
	{ "host 10.0.0.1", OPEN },
	{ "host 10.0.0.2", OPEN },
	{ "client host 10.0.0.2", 0 },
	{ "server ip 10.0.0.2", OPEN },
	{ "net 10.0.0.0/8", OPEN },
	{ "net 10.0.0.1/8", OPEN },
	{ "net 10.0.0.2/31", OPEN },
	{ "client net 10.0.0.2/31", 0 },
	{ "net 192.168.0.0/16", TRIED },
	{ "net 0.0.0.0/0", OPEN | TRIED },
	{ "net ::/0", OVER },
	{ "host 2001:db8::1", OVER },
	{ "host [2001:DB8::1]", OVER },
	{ "net 2001:db8::/32", OVER },
	{ "server net fd00::/8", OVER },
	{ "client net fd00::/8", 0 },
	{ "net [fd00::]/127", 0 },
	{ "net fd00::/126", OVER },
	{ "net fd00::3/127", OVER },
	{ "host != 10.0.0.1", TRIED | OVER },
	{ "client host != 10.0.0.2", ALL },
	{ "net != 10.0.0.0/8", TRIED | OVER },
	/* ports */
	{ "port 443", OPEN },
	/* as tcpdump, ss and conntrack have it */
	{ ":443", OPEN },
	{ "tcp", ALL },
	{ "not tcp", 0 },
	{ "tcp and port 443", OPEN },
	{ "tcp or port 443", ALL },
	{ "( tcp )", ALL },
	{ "not tcp port 443", TRIED | OVER },
	{ "port :443", OPEN },
	{ "sport 443", 0 },
	{ "sport 40000", OPEN },
	{ "dport = :443", OPEN },
	{ "dport != 443", TRIED | OVER },
	{ "dst port 443", OPEN },
	{ "src 10.0.0.1", OPEN },
	{ "dst 10.0.0.1", 0 },
	{ "dst net 10.0.0.0/8 and server 10.0.0.2", OPEN },
	{ "src host 192.168.1.5", TRIED },
	{ "established", OPEN },
	{ "syn-sent or time_wait", TRIED | OVER },
	{ "server established", 0 },
	{ "established and not dport :22", OPEN },
	{ "tcp port 443 established", OPEN },
	{ ":443 established or syn-sent", OPEN | TRIED },
	{ "port 40000", OPEN },
	{ "server port 443", OPEN },
	{ "client port 443", 0 },
	{ "port=22", TRIED },
	{ "port 8000-8080", OVER },
	{ "port 8081-50000", OPEN | TRIED },
	{ "server port >= 443", OPEN | OVER },
	{ "server port > 443", OVER },
	{ "server port < 443", TRIED },
	{ "server port <= 443", OPEN | TRIED },
	{ "port > 50000", OVER },
	{ "port < 0", 0 },
	{ "port >= 0", ALL },
	{ "port > 65535", 0 },
	{ "port != 443", TRIED | OVER },
	{ "port != 22-443", OVER },
	{ "client port != 443", ALL },
	{ "server port 443 or server port 22", OPEN | TRIED },
	/* interface, instance and VLAN */
	{ "interface eth0", OPEN },
	{ "dev eth0", OPEN },
	{ "ifname == eth0", OPEN },
	{ "interface eth", 0 },
	{ "interface ETH0", 0 },
	{ "interface 'odd (name)'", OVER },
	{ "interface \"odd (name)\"", OVER },
	{ "interface != eth0", OVER },
	{ "not interface eth0", TRIED | OVER },
	{ "instance web", OPEN | TRIED },
	{ "instance ns1:tun0", OVER },
	{ "instance != web", OVER },
	{ "vlan 10", OPEN },
	{ "vlan 20", OPEN },
	{ "vlan 11", 0 },
	{ "vlan > 15", OPEN },
	{ "vlan 1-4094", OPEN },
	{ "vlan != 10", TRIED | OVER },
	{ "vlan != 11", ALL },
	{ "vlan >= 0", OPEN },
	/* counts: of both ends together, or of one */
	{ "packets 30", OPEN },
	{ "client packets == 10", OPEN },
	{ "server packets 20", OPEN },
	{ "packets >= 30", OPEN | OVER },
	{ "packets != 30", TRIED | OVER },
	{ "packets 4-30", OPEN | TRIED },
	{ "packets > 0.02k", OPEN | OVER },
	{ "bytes 42960", OPEN },
	{ "server bytes 40K", OPEN },
	{ "server bytes == 40k", OPEN },
	{ "bytes > 1M", OVER },
	{ "bytes > 4.5G", OVER },
	{ "bytes > 4.7G", 0 },
	{ "bytes < 1k", TRIED },
	{ "payload 0", TRIED },
	{ "client payload_bytes 1500", OPEN },
	{ "payload 40500", OPEN },
	{ "retransmits > 0", OPEN },
	{ "client retransmits > 1", 0 },
	{ "retransmits 3", OPEN },
	{ "syn 4", TRIED },
	{ "server syn 1", OPEN },
	{ "fin > 2", OVER },
	{ "client rst 1", OVER },
	{ "mss 1460", OPEN | TRIED },
	{ "server mss 1400", OPEN },
	{ "mss < 1460", OPEN },
	{ "incarnation > 1", OVER },
	{ "syn_retransmits 3", TRIED },
	{ "synack-retransmits 2", OVER },
	{ "anomalies > 0", OVER },
	{ "anomalies 7", OVER },
	{ "bad_ack 1 and bad_rst 2 and ack_unseen 4 and bad_seq 0 and challenge_syn 0", OVER },
	{ "bad_rst > 2", 0 },
	/* times */
	{ "latency > 34ms", OPEN },
	{ "latency > 35ms", 0 },
	{ "latency >= 35ms", OPEN },
	{ "latency == 35000us", OPEN },
	{ "latency == 35000µs", OPEN },
	{ "latency == 35000μs", OPEN },
	{ "handshake <= 0.035s", OPEN },
	{ "handshake == 35000000ns", OPEN },
	{ "latency 30ms-40ms", OPEN },
	{ "latency != 30ms-40ms", 0 },
	{ "syn_to_synack < 10.000001ms", OPEN },
	{ "syn_to_synack < 10ms", 0 },
	{ "synack_to_ack == 25MS", OPEN },
	{ "synack_to_ack == 0", OVER },
	{ "synack_to_ack > 0", OPEN },
	{ "rtt == 35ms and server rtt smoothed > 34ms and not client rtt > 0 and client rtt samples == 0", OPEN },
	{ "server rtt min 9ms-10ms and rtt last == 20ms and rtt samples == 4 and rtt > rtt last", OPEN },
	{ "rtt != 35ms or client rtt > 0 or rtt < rtt last or server rtt > client rtt or rtt > 3.5 x rtt min", 0 },
	{ "server rtt > 3 x server rtt min and server rtt >= 3.5 x rtt min and server rtt == 3.5 x rtt min", OPEN },
	{ "server rtt != 3.5 x rtt min or rtt <= 3.499 x rtt min or not rtt < 4 x rtt min", TRIED | OVER },
	{ "age == 7s", OPEN },
	{ "age > 1min", TRIED | OVER },
	{ "age > 1m", TRIED | OVER },
	{ "age >= 1h", OVER },
	{ "age < 0.5d", ALL },
	{ "idle >= 2s", OPEN | TRIED },
	{ "idle == 1.5min", TRIED },
	{ "idle == 0", OVER },
	{ "duration 5s-7s", OPEN | TRIED },
	{ "started 2026-11-26T03:00Z", OPEN },
	{ "started = 2026-11-26T02:51:40Z", TRIED },
	{ "started < 2026-11-26T03:00Z", TRIED | OVER },
	{ "started <= 2026-11-26T03:00Z", ALL },
	{ "started > 2026-11-26T02:51:40Z", OPEN },
	{ "started >= 2026-11-26T02:51:40.000000001Z", OPEN },
	{ "started >= 2026-11-26T02:51:40Z", OPEN | TRIED },
	{ "started != 2026-11-26T03:00Z", TRIED | OVER },
	{ "started > '2026-11-26 02:59:59.5Z'", OPEN },
	{ "started > 2026-11-26T02:59:59-0000", OPEN },
	{ "started < 1970-01-02", 0 },
	{ "ended < 2026-11-26T05:00+01:00", OVER },
	{ "ended < 2026-11-26T04:43:30+01:00", 0 },
	{ "not ended < 2026-11-26T05:00+01:00", OPEN | TRIED },
	{ "started > -8s", OPEN },
	{ "started < -1min", TRIED | OVER },
	{ "started >= -97s", OPEN | TRIED },
	{ "started <= -97s", TRIED | OVER },
	{ "started < -97s", OVER },
	{ "started > -0", 0 },
	{ "started == -7s", OPEN },
	{ "ended > -1s", OVER },
	{ "client flags has urg", OPEN },
	{ "flags has URG", OPEN },
	{ "server flags has urg", 0 },
	{ "flags syn", OPEN },
	{ "flags == ack and flags has syn", OPEN },
	{ "flags != fin", ALL },
	{ "client flags != urg", TRIED | OVER },
	{ "not client flags has urg", TRIED | OVER },
	{ "flags has cwr or flags has ece or flags has psh or flags has rst", 0 },
	/* properties */
	{ "one_way", OVER },
	{ "not one-way", OPEN | TRIED },
	{ "ipv4", OPEN | TRIED },
	{ "IPv6", OVER },
	{ "rtt_ambiguous", OVER },
	{ "packets_estimated", OVER },
	{ "failed", TRIED },
	{ "not failed and port 443", OPEN },
	/* an unknown value matches no comparison */
	{ "latency >= 0", OPEN },
	{ "latency != 1s", OPEN },
	{ "latency <= 1000d", OPEN },
	{ "not latency > 1s", ALL },
	{ "not latency <= 1s", TRIED | OVER },
	{ "server mss >= 0", OPEN },
	{ "mss != 1000", OPEN },
	{ "client mss != 1000", OPEN | TRIED },
	{ "interface != eth7", OPEN | OVER },
	/* and or not ( ) */
	{ "port 443 and port 22", 0 },
	{ "port 443 and port 40000", OPEN },
	{ "port 443 || port 22", OPEN | TRIED },
	{ "port 443 or port 22 and port 1", OPEN },
	{ "(port 443 or port 22) and port 1", 0 },
	{ "port 1 and port 22 or port 443", OPEN },
	{ "port 443&&!port 22", OPEN },
	{ "not port 443 and not port 22", OVER },
	{ "not (port 443 or port 22)", OVER },
	{ "not (port 443 and port 22)", ALL },
	{ "not not port 443", OPEN },
	{ "!(!(port 443))", OPEN },
	{ "not port 443 or port 443", ALL },
	{ "not(port>443)", 0 },
	{ "((((ipv4))))and((port 22))", TRIED },
	{ "ipv4 AND NOT port 443 OR ipv6", TRIED | OVER },
	{ "port 1 or port 2 or port 3 or port 22", TRIED },
	{ "ipv4 and ipv4 and ipv4 and ipv6", 0 },
	{ "ipv6 or ipv4 and port 22 or port 443", ALL },
	{ "not ipv6 and port 22 or not ipv4 and port 8080", TRIED | OVER },
	/* a keyword is a name where a name is expected */
	{ "interface and and port 443", 0 },
	{ "interface not or port 443", OPEN },
	{ "state established and server port 443 and net 10.0.0.0/8", OPEN },
};

/* Who said so, and why, matter only where the outcome is unreachable: elsewhere neither the test nor != matches. */
START_TEST(unreachable)
{
	static const struct {
		const char *filter;
		bool matches;
	} tests[] = {
		{ "unreachable by 10.0.0.254", true },
		{ "unreachable 10.0.0.0/24", true },
		{ "unreachable == 10.0.0.254", true },
		{ "unreachable by 10.0.1.0/24", false },
		{ "unreachable != 10.0.1.1", true },
		{ "outcome unreachable and reason admin_prohibited", true },
		{ "reason admin-prohibited", true },
		{ "reason port", false },
		{ "reason != port", true },
	};
	struct flow_view view = tried_view(), open = open_view();
	const struct flow_labels labels = { .instance = "web" };

	view.outcome = OUTCOME_UNREACHABLE;
	view.unreachable = (struct unreachable_view){
		.by = { .word = { htonl(0x0a0000fe) } }, .type = 3, .code = 13, .reason = UNREACHABLE_ADMIN_PROHIBITED
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct filter_error error;
		struct filter filter;

		ck_assert_int_eq(filter_parse_text(tests[i].filter, NULL, &filter, &error), 0);
		ck_assert_msg(filter_match(&filter, &view, &labels) == tests[i].matches, "%s", tests[i].filter);
		ck_assert_msg(!filter_match(&filter, &open, &labels), "%s, of an open flow", tests[i].filter);
		filter_free(&filter);
	}
}
END_TEST

START_TEST(means)
{
	unsigned int found = matching(cases[_i].filter);

	ck_assert_msg(found == cases[_i].matching, "'%s': %u instead of %u", cases[_i].filter, found,
		      cases[_i].matching);
}
END_TEST

/* A zeroed filter is empty, and so is a freed one. */
START_TEST(empty)
{
	struct flow_view view = open_view();
	struct flow_labels labels = { 0 };
	struct filter filter = { 0 };
	struct filter_error error;

	ck_assert(filter_match(&filter, &view, &labels));
	ck_assert_int_eq(filter_parse_text("ipv6", NULL, &filter, &error), 0);
	ck_assert(!filter_match(&filter, &view, &labels));
	filter_free(&filter);
	ck_assert(filter_match(&filter, &view, &labels));
}
END_TEST

/* Many terms joined by `or`, as scripts do, use no stack. */
START_TEST(long_filters)
{
	static char text[200000];
	char *p = text;

	for (int port = 1; port < 10000; port++)
		p += sprintf(p, "port %d or ", 1 + port % 400);
	strcpy(p, "port 443");
	ck_assert_uint_eq(matching(text), OPEN | TRIED);
	strcpy(p, "port 8080");
	ck_assert_uint_eq(matching(text), TRIED | OVER);
}
END_TEST

Suite *filter_suite(void)
{
	Suite *suite = suite_create("filter");
	TCase *tcase = tcase_create("filter");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, unreachable);
	tcase_add_loop_test(tcase, means, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, long_filters);
	suite_add_tcase(suite, tcase);
	return suite;
}
