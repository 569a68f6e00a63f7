// SPDX-License-Identifier: GPL-2.0-only
/*
 * The latency histograms by server port. The end of every scenario checks that each latency is counted once, whatever
 * the order of the segments; here is what one connection cannot show.
 */
#include "cases.h"

#define SERVER 0x0a000002U
#define CLIENT 0x0a000001U

static struct harness *harness;

static void reset(void)
{
	harness_reset(harness);
}

static void send(bool server, __u16 client_port, __u16 port, const char *flags, __u32 seq, __u32 ack)
{
	struct packet packet = {
		.from = server ? (struct endpoint){ SERVER, port } : (struct endpoint){ CLIENT, client_port },
		.to = server ? (struct endpoint){ CLIENT, client_port } : (struct endpoint){ SERVER, port },
		.flags = packet_flags(flags),
		.seq = seq,
		.ack = ack,
		.window = 65535,
	};

	harness_packet(harness, ENTRY_XDP, &packet);
}

/* The SYN/ACK comes after `us`, the ACK after `us` more. */
static void connect_to(__u16 client_port, __u16 port, __u64 us)
{
	send(false, client_port, port, "S", 1000, 0);
	harness_set_clock(harness, harness_clock(harness) + us * USEC);
	send(true, client_port, port, "SA", 9000, 1001);
	harness_set_clock(harness, harness_clock(harness) + us * USEC);
	send(false, client_port, port, "A", 1001, 9001);
}

static void refuse(__u16 client_port, __u16 port)
{
	send(false, client_port, port, "S", 1000, 0);
	send(true, client_port, port, "RA", 0, 1001);
}

/* The index of a port, SERVER_PORT_OTHER if it has no histogram of its own. */
static __u32 place_of(__u16 port)
{
	__u32 place = harness_server_ports(harness)->index[port];

	return place ? place - 1 : SERVER_PORT_OTHER;
}

static void expect_count(__u32 place, enum flow_latency which, __u64 ns, __u64 expected)
{
	ck_assert_uint_eq(harness_latencies(harness)[place].count[which][histogram_bucket(ns)], expected);
}

static void expect_sum(__u32 place, enum flow_latency which, __u64 expected_ns)
{
	ck_assert_uint_eq(harness_latencies(harness)[place].sum_ns[which], expected_ns);
}

START_TEST(each_port_has_its_own)
{
	for (int i = 0; i < 3; i++)
		connect_to(40000 + i, 443, 10000);
	connect_to(40000, 80, 500);
	ck_assert_uint_ne(place_of(443), place_of(80));
	expect_count(place_of(443), LATENCY_SYN_TO_SYNACK, 10 * MSEC, 3);
	expect_count(place_of(443), LATENCY_SYNACK_TO_ACK, 10 * MSEC, 3);
	expect_count(place_of(443), LATENCY_HANDSHAKE, 20 * MSEC, 3);
	expect_count(place_of(80), LATENCY_HANDSHAKE, MSEC, 1);
	ck_assert_uint_eq(harness_server_ports(harness)->taken, 2);
	expect_sum(place_of(443), LATENCY_SYN_TO_SYNACK, 30 * MSEC);
	expect_sum(place_of(443), LATENCY_SYNACK_TO_ACK, 30 * MSEC);
	expect_sum(place_of(443), LATENCY_HANDSHAKE, 60 * MSEC);
	expect_sum(place_of(80), LATENCY_HANDSHAKE, MSEC);
}
END_TEST

START_TEST(first_256_ports_then_other)
{
	for (int port = 1; port <= SERVER_PORTS + 2; port++)
		connect_to(40000, port, 100);
	ck_assert_uint_eq(place_of(1), 0);
	ck_assert_uint_eq(place_of(SERVER_PORTS), SERVER_PORTS - 1);
	ck_assert_uint_eq(place_of(SERVER_PORTS + 1), SERVER_PORT_OTHER);
	expect_count(SERVER_PORTS - 1, LATENCY_HANDSHAKE, 200 * USEC, 1);
	expect_count(SERVER_PORT_OTHER, LATENCY_HANDSHAKE, 200 * USEC, 2);
}
END_TEST

START_TEST(ports_that_were_fixed)
{
	struct server_ports *ports = harness_server_ports(harness);

	ports->index[8443] = 1;
	ports->taken = SERVER_PORTS;
	connect_to(40000, 443, 100);
	connect_to(40000, 8443, 100);
	expect_count(SERVER_PORT_OTHER, LATENCY_HANDSHAKE, 200 * USEC, 1);
	expect_count(0, LATENCY_HANDSHAKE, 200 * USEC, 1);
	ck_assert_uint_eq(place_of(443), SERVER_PORT_OTHER);
}
END_TEST

START_TEST(closed_ports_take_no_place)
{
	for (int port = 1; port <= 300; port++)
		refuse(40000, port);
	ck_assert_uint_eq(harness_server_ports(harness)->taken, 0);
	ck_assert_uint_eq(harness_latencies(harness)[SERVER_PORT_OTHER].refused, 300);
	connect_to(40001, 300, 100);
	refuse(40002, 300);
	send(true, 40002, 300, "RA", 0, 1001); /* a refusal counts once per attempt */
	ck_assert_uint_eq(harness_latencies(harness)[place_of(300)].refused, 1);
	ck_assert_uint_eq(harness_latencies(harness)[SERVER_PORT_OTHER].refused, 300);
}
END_TEST

START_TEST(resets_are_no_refusals)
{
	connect_to(40000, 443, 100);
	send(true, 40000, 443, "R", 9001, 0);
	send(false, 40001, 443, "S", 1000, 0);
	send(false, 40001, 443, "R", 1001, 0);
	for (int place = 0; place < SERVER_PORT_INDEXES; place++)
		ck_assert_uint_eq(harness_latencies(harness)[place].refused, 0);
}
END_TEST

START_TEST(every_incarnation_counts)
{
	for (int i = 0; i < 3; i++) {
		connect_to(40000, 443, 1000);
		send(true, 40000, 443, "R", 9001, 0);
		harness_set_clock(harness, harness_clock(harness) + SEC_NS);
	}
	expect_count(place_of(443), LATENCY_HANDSHAKE, 2 * MSEC, 3);
}
END_TEST

START_TEST(shortest_and_longest)
{
	connect_to(40000, 1, 0);
	send(false, 40000, 2, "S", 1000, 0);
	harness_set_clock(harness, harness_clock(harness) + 110 * SEC_NS);
	send(true, 40000, 2, "SA", 9000, 1001);
	harness_set_clock(harness, harness_clock(harness) + 50 * SEC_NS);
	send(false, 40000, 2, "A", 1001, 9001);
	expect_count(place_of(1), LATENCY_SYN_TO_SYNACK, 0, 1);
	ck_assert_uint_eq(harness_latencies(harness)[place_of(2)].count[LATENCY_HANDSHAKE][HISTOGRAM_LAST], 1);
	expect_sum(place_of(1), LATENCY_SYN_TO_SYNACK, 0);
	expect_sum(place_of(2), LATENCY_HANDSHAKE, 160 * SEC_NS);
}
END_TEST

Suite *histogram_suite(struct harness *shared)
{
	Suite *suite = suite_create("histogram");
	TCase *tcase = tcase_create("latencies by server port");

	harness = shared;
	tcase_add_checked_fixture(tcase, reset, NULL);
	tcase_add_test(tcase, each_port_has_its_own);
	tcase_add_test(tcase, first_256_ports_then_other);
	tcase_add_test(tcase, ports_that_were_fixed);
	tcase_add_test(tcase, closed_ports_take_no_place);
	tcase_add_test(tcase, resets_are_no_refusals);
	tcase_add_test(tcase, every_incarnation_counts);
	tcase_add_test(tcase, shortest_and_longest);
	suite_add_tcase(suite, tcase);
	return suite;
}
