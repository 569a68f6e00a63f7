// SPDX-License-Identifier: GPL-2.0-only
/*
 * The figures of `stats` for handshakes with known latencies: every percentile is within 1/16 of the exact one, and
 * nothing is missing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cases.h"
#include "stats/fields.h"

#define SERVER 2U
#define CLIENTS 0x010000U /* 10.1.0.0 */
#define CONNECTIONS 3000
#define KEPT 200 /* connections that fit into the table */

static const __u16 server_ports[] = { 443, 80, 5432 };

#define PORTS (sizeof(server_ports) / sizeof(server_ports[0]))

static struct harness *harness;
static __u64 random_state;

/* Latencies of one group, in the order of connections, by enum flow_latency. */
struct known {
	__u64 ns[LATENCY_COUNT][CONNECTIONS];
	size_t count;
};

static void reset(void)
{
	harness_reset(harness);
	random_state = 1;
}

static __u64 next_random(void)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return random_state >> 16;
}

/* Of any magnitude from 1 us to 17 s. */
static __u64 random_latency(void)
{
	return 1000 + next_random() % (1ULL << (10 + next_random() % 25));
}

static void send(struct endpoint from, struct endpoint to, const char *flags, __u32 seq, __u32 ack, __u64 after_ns)
{
	struct packet packet = {
		.from = from, .to = to, .flags = packet_flags(flags), .seq = seq, .ack = ack, .window = 65535
	};

	harness_set_clock(harness, harness_clock(harness) + after_ns);
	harness_packet(harness, ENTRY_XDP, &packet);
}

static void connect_from(struct endpoint client, __u16 port, __u64 to_synack_ns, __u64 to_ack_ns)
{
	struct endpoint server = { SERVER, port };

	send(client, server, "S", 1000, 0, 1000);
	send(server, client, "SA", 9000, 1001, to_synack_ns);
	send(client, server, "A", 1001, 9001, to_ack_ns);
}

static void refuse(struct endpoint client, __u16 port)
{
	struct endpoint server = { SERVER, port };

	send(client, server, "S", 1000, 0, 1000);
	send(server, client, "RA", 0, 1001, 1000);
}

static void keep(struct known *known, __u64 to_synack_ns, __u64 to_ack_ns)
{
	known->ns[LATENCY_SYN_TO_SYNACK][known->count] = to_synack_ns;
	known->ns[LATENCY_SYNACK_TO_ACK][known->count] = to_ack_ns;
	known->ns[LATENCY_HANDSHAKE][known->count++] = to_synack_ns + to_ack_ns;
}

/* ---- the output of stats ---- */

struct looked {
	struct instance instance;
	struct flow_source source;
	struct stats stats;
};

static void open_looked(struct looked *looked, enum stats_by by, __u32 prefix4)
{
	struct stats_options options = { .by = by, .prefix4 = prefix4, .prefix6 = 128 };

	looked->instance = harness_instance(harness);
	ck_assert_int_eq(flow_source_open(&looked->source, &looked->instance), 0);
	ck_assert_int_eq(stats_open(&looked->stats, &options, &looked->source), 0);
	ck_assert_int_eq(stats_refresh(&looked->stats, false), 0);
}

static void close_looked(struct looked *looked)
{
	stats_close(&looked->stats);
	flow_source_close(&looked->source);
}

/* The record of a key as JSON, or the total if `key` is NULL; the caller frees it. */
static char *json_of(const struct stats *stats, const char *name)
{
	struct stats_figures figures = stats->whole;
	struct sink sink = { .ops = &json_sink };
	struct stats_key key;
	struct buffer out;
	bool found = !name;

	for (size_t i = 0; i < stats->group_count && !found; i++) {
		char text[STATS_KEY_SIZE + 1];

		stats_group(stats, i, &key, &figures);
		*put_stats_key(text, &key, NULL, false) = '\0';
		found = !strcmp(text, name);
	}
	ck_assert_msg(found, "no record of %s", name);
	buffer_init(&out, BUFFER_MEMORY);
	sink.out = &out;
	stats_fields(&sink, stats, name ? &key : NULL, &figures);
	buffer_char(&out, '\0');
	return out.data;
}

/* The number after the words, which are found one after the other. */
static __u64 number_of(const char *json, const char *word, const char *next_word)
{
	const char *p = strstr(json, word);

	p = p && next_word ? strstr(p, next_word) : p;
	ck_assert_msg(p != NULL, "no %s in %s", word, json);
	return strtoull(strchr(p + 1, ':') + 1, NULL, 10);
}

static int compare(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void expect_percentiles(const char *json, const char *latency, const __u64 *ns, size_t count)
{
	static const struct {
		const char *name;
		unsigned int of_10000;
	} percentiles[] = { { "\"p50\"", 5000 }, { "\"p90\"", 9000 }, { "\"p99\"", 9900 }, { "\"p999\"", 9990 } };
	__u64 *sorted = malloc(count * sizeof(*sorted));

	memcpy(sorted, ns, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	ck_assert_uint_eq(number_of(json, latency, "\"count\""), count);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		__u64 exact = sorted[(count * percentiles[i].of_10000 + 9999) / 10000 - 1];
		__u64 printed = number_of(json, latency, percentiles[i].name);

		ck_assert_msg(16 * (printed > exact ? printed - exact : exact - printed) <= exact,
			      "%s %s of %zu: exactly %llu, printed %llu", latency, percentiles[i].name, count, exact,
			      printed);
	}
	free(sorted);
}

static void expect_known(const struct stats *stats, const char *key, const struct known *known)
{
	char *json = json_of(stats, key);

	ck_assert_uint_eq(number_of(json, "\"handshakes\"", NULL), known->count);
	expect_percentiles(json, "\"syn_to_synack_ns\"", known->ns[LATENCY_SYN_TO_SYNACK], known->count);
	expect_percentiles(json, "\"synack_to_ack_ns\"", known->ns[LATENCY_SYNACK_TO_ACK], known->count);
	expect_percentiles(json, "\"handshake_ns\"", known->ns[LATENCY_HANDSHAKE], known->count);
	free(json);
}

/* ---- */

/* When the figures are computed, most records have left the table; the programs' counts are complete. */
START_TEST(by_port_against_exact_percentiles)
{
	struct known *known = calloc(PORTS + 1, sizeof(*known));
	struct looked looked;
	char key[8];

	for (int i = 0; i < CONNECTIONS; i++) {
		struct endpoint client = { CLIENTS + i, 40000 };
		size_t port = next_random() % PORTS;
		__u64 to_synack_ns = random_latency(), to_ack_ns = random_latency();

		connect_from(client, server_ports[port], to_synack_ns, to_ack_ns);
		send(client, (struct endpoint){ SERVER, server_ports[port] }, "R", 1001, 0, 1000);
		keep(&known[port], to_synack_ns, to_ack_ns);
		keep(&known[PORTS], to_synack_ns, to_ack_ns);
	}
	open_looked(&looked, STATS_ALL, 32);
	ck_assert_uint_lt(looked.stats.whole.flows, CONNECTIONS);
	expect_known(&looked.stats, NULL, &known[PORTS]);
	close_looked(&looked);
	open_looked(&looked, STATS_SERVER_PORT, 32);
	ck_assert_uint_eq(looked.stats.group_count, PORTS);
	for (size_t port = 0; port < PORTS; port++) {
		snprintf(key, sizeof(key), "%u", server_ports[port]);
		expect_known(&looked.stats, key, &known[port]);
	}
	close_looked(&looked);
	free(known);
}
END_TEST

/* Clients from 10.1.0.0/24 and 10.1.1.0/24 in turn. */
START_TEST(by_client_against_exact_percentiles)
{
	struct known *known = calloc(2, sizeof(*known));
	struct looked looked;

	for (int i = 0; i < KEPT; i++) {
		__u64 to_synack_ns = random_latency(), to_ack_ns = random_latency();

		connect_from((struct endpoint){ CLIENTS + (i % 2 ? 256 : 0) + i / 2, 40000 }, 443, to_synack_ns,
			     to_ack_ns);
		keep(&known[i % 2], to_synack_ns, to_ack_ns);
	}
	open_looked(&looked, STATS_CLIENT, 24);
	ck_assert_uint_eq(looked.stats.group_count, 2);
	expect_known(&looked.stats, "10.1.0.0/24", &known[0]);
	expect_known(&looked.stats, "10.1.1.0/24", &known[1]);
	close_looked(&looked);
	free(known);
}
END_TEST

START_TEST(ports_beyond_the_last_place)
{
	struct looked looked;
	char *first, *other;

	for (int port = 1; port <= SERVER_PORTS + 3; port++)
		connect_from((struct endpoint){ CLIENTS, 40000 }, port, 1000, 1000);
	refuse((struct endpoint){ CLIENTS, 40001 }, 1);
	for (int port = 9001; port <= 9005; port++)
		refuse((struct endpoint){ CLIENTS, 40001 }, port);
	open_looked(&looked, STATS_SERVER_PORT, 32);
	ck_assert_uint_eq(looked.stats.group_count, SERVER_PORTS + 1);
	first = json_of(&looked.stats, "1");
	ck_assert_uint_eq(number_of(first, "\"handshakes\"", NULL), 1);
	ck_assert_uint_eq(number_of(first, "\"handshakes\"", "\"refused\""), 1);
	other = json_of(&looked.stats, "other");
	ck_assert_uint_eq(number_of(other, "\"handshakes\"", NULL), 3);
	ck_assert_uint_eq(number_of(other, "\"handshakes\"", "\"refused\""), 5);
	ck_assert_uint_eq(number_of(other, "\"flows\"", NULL), 8);
	free(first);
	free(other);
	close_looked(&looked);
}
END_TEST

static void wait_ms(int ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

/* Handshakes at the present time, with latencies of 1 us and 1 us. */
static void connect_now(int first, int count, __u16 port)
{
	for (int i = first; i < first + count; i++) {
		harness_set_clock(harness, monotonic_ns());
		connect_from((struct endpoint){ CLIENTS + i, 40000 }, port, 1000, 1000);
	}
	wait_ms(2);
}

static void expect_connects(const struct stats *stats, __u64 handshakes, __u64 refused)
{
	ck_assert_uint_eq(stats_handshakes(&stats->whole), handshakes);
	ck_assert_uint_eq(stats->whole.counted.latencies.refused, refused);
}

/* Loop index: enum stats_by. Every handshake and every refusal is counted by exactly one refresh. */
START_TEST(each_interval_on_its_own)
{
	struct looked looked;

	connect_now(0, 5, 443);
	open_looked(&looked, _i, 32);
	expect_connects(&looked.stats, 5, 0);
	connect_now(10, 7, 443);
	harness_set_clock(harness, monotonic_ns());
	refuse((struct endpoint){ CLIENTS, 40001 }, 443);
	wait_ms(2);
	ck_assert_int_eq(stats_refresh(&looked.stats, true), 0);
	expect_connects(&looked.stats, 7, 1);
	ck_assert_uint_eq(looked.stats.whole.flows, 13);
	ck_assert_int_eq(stats_refresh(&looked.stats, true), 0);
	expect_connects(&looked.stats, 0, 0);
	connect_now(20, 2, 80);
	ck_assert_int_eq(stats_refresh(&looked.stats, true), 0);
	expect_connects(&looked.stats, 2, 0);
	close_looked(&looked);
}
END_TEST

/* Refreshes while the flows are later than now by `ns`. Returns false if that time came before the refresh ended. */
static bool look_before(struct looked *looked, __u64 ns)
{
	harness_reset(harness);
	open_looked(looked, STATS_CLIENT, 32);
	harness_set_clock(harness, monotonic_ns() + ns);
	connect_from((struct endpoint){ CLIENTS, 40000 }, 443, 1000, 1000);
	refuse((struct endpoint){ CLIENTS, 40001 }, 443);
	ck_assert_int_eq(stats_refresh(&looked->stats, true), 0);
	if (monotonic_ns() < harness_clock(harness))
		return true;
	close_looked(looked);
	return false;
}

/* Time goes on while the table is read: a flow that is later than a refresh is counted by the next one. */
START_TEST(later_than_the_look)
{
	struct looked looked;

	for (__u64 ns = 200 * MSEC; !look_before(&looked, ns); ns *= 2)
		;
	expect_connects(&looked.stats, 0, 0);
	while (monotonic_ns() <= harness_clock(harness))
		wait_ms(10);
	ck_assert_int_eq(stats_refresh(&looked.stats, true), 0);
	expect_connects(&looked.stats, 1, 1);
	close_looked(&looked);
}
END_TEST

Suite *stats_suite(struct harness *shared)
{
	Suite *suite = suite_create("stats");
	TCase *tcase = tcase_create("figures of known handshakes");

	harness = shared;
	tcase_add_checked_fixture(tcase, reset, NULL);
	tcase_add_test(tcase, by_port_against_exact_percentiles);
	tcase_add_test(tcase, by_client_against_exact_percentiles);
	tcase_add_test(tcase, ports_beyond_the_last_place);
	tcase_add_loop_test(tcase, each_interval_on_its_own, STATS_ALL, STATS_CLIENT + 1);
	tcase_add_test(tcase, later_than_the_look);
	suite_add_tcase(suite, tcase);
	return suite;
}
