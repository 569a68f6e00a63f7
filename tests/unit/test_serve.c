// SPDX-License-Identifier: GPL-2.0-only
/* What `serve` answers to requests: a function from texts to texts, without sockets. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "serve_answers.h"
#include "suites.h"

#define LONGEST 4096

static struct site *site;

static void setup(void)
{
	site = site_begin();
}

static void teardown(void)
{
	site_end(site);
	ck_assert_uint_eq(site->bodies.bytes, 0);
}

/* ---- paths and parameters */

START_TEST(paths)
{
	static const char *const nowhere[] = { "/nothing",
					       "/..",
					       "/../etc/passwd",
					       "/%2e%2e/etc/passwd",
					       "/./",
					       "//",
					       "",
					       "*",
					       "http://evil.example/",
					       "/index.html/",
					       "/index.html%00",
					       "/%",
					       "/%zz",
					       "/api/v1/flow",
					       "/api/v1/flows/",
					       "/API/v1/flows",
					       "/api/v1/status/" };
	char longest[LONGEST];

	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
		target_gives(site, nowhere[i], 404, "\"error\":\"there is no ");
	memset(longest, 'a', sizeof(longest) - 1);
	*longest = '/';
	longest[LONGEST - 1] = '\0';
	target_gives(site, longest, 404, "there is no ");
	target_gives(site, "/healthz", 200, "ok\n");
	target_gives(site, "/healthz?", 200, "ok\n");
	target_gives(site, "/%68ealthz", 200, "ok\n");
	target_gives(site, "/", 200, "<!DOCTYPE html>");
}
END_TEST

START_TEST(parameters)
{
	char query[LONGEST] = "/api/v1/flows?filter=";

	target_gives(site, "/api/v1/flows?filtr=1", 400, "unknown parameter 'filtr' (did you mean 'filter'?)");
	target_gives(site, "/api/v1/flows?xyzzy", 400, "unknown parameter 'xyzzy'\"");
	target_gives(site, "/api/v1/status?all", 400, "unknown parameter 'all'");
	target_gives(site, "/healthz?verbose=1", 400, "unknown parameter 'verbose'");
	target_gives(site, "/api/v1/flows?limit=1&limit=2", 400, "parameter 'limit' is given twice");
	target_gives(site, "/api/v1/flows?limit=0", 400, "limit '0': expected a whole number from 1 to 5000");
	target_gives(site, "/api/v1/flows?limit=5001", 400, "limit '5001'");
	target_gives(site, "/api/v1/flows?limit=-1", 400, "limit '-1'");
	target_gives(site, "/api/v1/flows?limit", 400, "limit ''");
	target_gives(site, "/api/v1/flows?all=maybe", 400, "all 'maybe': expected 1 or 0");
	target_gives(site, "/api/v1/flows?sort=first_sen", 400, "(did you mean 'first_seen'?)");
	target_gives(site, "/api/v1/flows?filter=%", 400, "filter: badly encoded");
	target_gives(site, "/api/v1/flows?filter=%00", 400, "filter: badly encoded");
	target_gives(site, "/api/v1/flows?%ff=1", 400, "unknown parameter '\\ufffd'");
	target_gives(site, "/api/v1/stats?sort=p99", 400, "sort needs by=server-port");
	target_gives(site, "/api/v1/stats?by=server-port&prefix4=8", 400, "prefix4 needs by=server or by=client");
	memset(query + strlen(query), '(', PARAM_TEXT_MAX);
	target_gives(site, query, 400, "filter: ");
	strcat(query, "(");
	target_gives(site, query, 431, "filter: longer than 1024 bytes");
}
END_TEST

START_TEST(bad_filter) /* with the words and the column of the command */
{
	struct filter_error error;
	struct filter filter;
	char expected[1024];

	ck_assert_int_lt(filter_parse_text("state foo", NULL, &filter, &error), 0);
	snprintf(expected, sizeof(expected), "{\"error\":\"filter: %s, column 7; try 'synscope help filter'\"}\n",
		 error.text);
	target_gives(site, "/api/v1/flows?filter=state+foo", 400, expected);
	target_gives(site, "/api/v1/events?filter=state%20foo", 400, expected);
	target_gives(site, "/api/v1/flows?filter=%ff", 400, "column 1");
}
END_TEST

/* ---- flows */

START_TEST(flows)
{
	int all = count_in_target(site, "/api/v1/flows?all=1", "\"id\":"),
	    open = count_in_target(site, "/api/v1/flows", "\"id\":");
	struct http_request request = site_request("/api/v1/flows?limit=3&all");
	struct http_response response = site_answer(site, &request);

	ck_assert_int_eq(all, SITE_FLOWS);
	ck_assert_int_gt(open, 0);
	ck_assert_int_lt(open, all);
	ck_assert_int_eq(response.body->total, all);
	site_release(&response);
	ck_assert_int_eq(count_in_target(site, "/api/v1/flows?all=1&limit=3", "\"id\":"), 3);
	ck_assert_int_eq(count_in_target(site, "/api/v1/flows?all=1&filter=client+port+1003", "\"id\":"), 1);
	ck_assert_int_eq(count_in_target(site, "/api/v1/flows?all=1&filter=client+port+1", "\"id\":"), 0);
	target_gives(site, "/api/v1/flows?filter=client+port+1", 200, "[]\n");
}
END_TEST

START_TEST(one_flow)
{
	target_gives(site, "/api/v1/flows/10.0.0.1:1002-10.0.0.2:443", 200, "\"ladder\":{\"steps\":[");
	target_gives(site, "/api/v1/flows/10.0.0.2:443-10.0.0.1:1002", 200, "{\"id\":\"10.0.0.1:1002-10.0.0.2:443\"");
	target_gives(site, "/api/v1/flows/10.0.0.1:1002-10.0.0.2:443%231", 200, "\"incarnation\":1");
	target_gives(site, "/api/v1/flows/10.0.0.1:1-10.0.0.2:443", 404,
		     "no flow '10.0.0.1:1-10.0.0.2:443' in the table; 'synscope list --all' shows all flows");
	target_gives(site, "/api/v1/flows/nonsense", 400,
		     "'nonsense' is not the name of a flow: expected A:PORT-B:PORT");
}
END_TEST

/* ---- one scan for all */

START_TEST(shared_scan)
{
	struct http_request request = site_request("/api/v1/flows"), other = site_request("/api/v1/flows?all");
	struct http_response response[3];

	respond(site, &request, &response[0]);
	respond(site, &request, &response[1]);
	respond(site, &other, &response[2]);
	ck_assert_ptr_eq(response[0].query, response[1].query);
	ck_assert_ptr_ne(response[0].query, response[2].query);
	while (!scanner_step(&site->scanner))
		;
	ck_assert_uint_eq(site->scanner.scans, 1);
	for (int i = 0; i < 3; i++) {
		ck_assert(response[i].query->done);
		site_release(&response[i]);
	}
	respond(site, &request, &response[0]); /* the result of a moment ago */
	ck_assert_int_eq(response[0].kind, HTTP_BODY);
	ck_assert_uint_eq(site->scanner.scans, 1);
	site_release(&response[0]);
	ck_assert_uint_ge(site->scanner.began_ns + 1000000000, scanner_due_ns(&site->scanner) != ~0ULL);
	respond(site, &(struct http_request){ .method = "GET", .target = "/api/v1/flows?limit=7", .host = "localhost" },
		&response[0]);
	ck_assert_uint_ge(scanner_due_ns(&site->scanner), site->scanner.began_ns + 1000000000);
	site_release(&response[0]);
}
END_TEST

/* Scans of large tables take a twentieth of a processor, but nobody waits for more than 5 s, or as long as a scan. */
START_TEST(large_tables_are_read_less_often)
{
	struct http_request request = site_request("/api/v1/flows");
	struct scanner *scanner = &site->scanner;
	struct http_response response;

	respond(site, &request, &response);
	scanner->scans = scanner->began_ns = monotonic_ns();
	scanner->ended_ns = scanner->began_ns + 200 * NS_PER_MS;
	scanner->spent_ns = 10 * NS_PER_MS;
	ck_assert_uint_eq(scanner_due_ns(scanner), scanner->began_ns + NS_PER_S);
	scanner->spent_ns = 100 * NS_PER_MS;
	ck_assert_uint_eq(scanner_due_ns(scanner), scanner->ended_ns + 1900 * NS_PER_MS);
	scanner->spent_ns = NS_PER_S;
	ck_assert_uint_eq(scanner_due_ns(scanner), scanner->ended_ns + 5 * NS_PER_S);
	scanner->ended_ns = scanner->began_ns + 20 * NS_PER_S;
	ck_assert_uint_eq(scanner_due_ns(scanner), scanner->ended_ns + 20 * NS_PER_S);
	while (!scanner_step(scanner))
		;
	ck_assert_uint_gt(scanner->spent_ns, 0);
	ck_assert_uint_lt(scanner->spent_ns, NS_PER_S);
	site_release(&response);
}
END_TEST

START_TEST(too_many_queries)
{
	struct http_response response[SCAN_QUERIES_MAX + 1];

	for (int i = 0; i <= SCAN_QUERIES_MAX; i++) {
		char target[64];
		struct http_request request = site_request(target);

		snprintf(target, sizeof(target), "/api/v1/flows?limit=%d", i + 1);
		respond(site, &request, &response[i]);
	}
	ck_assert_int_eq(response[SCAN_QUERIES_MAX].status, 429);
	ck_assert(response[SCAN_QUERIES_MAX].retry);
	ck_assert_uint_eq(site->refusals.count[REFUSAL_BUSY], 1);
	for (int i = 0; i <= SCAN_QUERIES_MAX; i++)
		site_release(&response[i]);
}
END_TEST

/* ---- forms of a response */

START_TEST(etags)
{
	struct http_request request = site_request("/api/v1/flows");
	struct http_response response = site_answer(site, &request);
	char etag[BODY_ETAG_SIZE];

	strcpy(etag, response.body->etag);
	site_release(&response);
	request.if_none_match = etag;
	ck_assert_int_eq(site_status(site, &request), 304);
	request.if_none_match = "\"0000000000000000\"";
	ck_assert_int_eq(site_status(site, &request), 200);
	request.if_none_match = "*";
	ck_assert_int_eq(site_status(site, &request), 304);
	request.target = "/nothing";
	ck_assert_int_eq(site_status(site, &request), 404);
}
END_TEST

START_TEST(compression)
{
	static const char *const yes[] = { "gzip", "deflate, gzip", "gzip;q=1.0, *", "br,gzip" };
	static const char *const no[] = { NULL, "", "deflate", "gzipped", "x-gzip", "gzip;q=0", "gzip;q=0.0, br" };
	struct http_request request = site_request("/api/v1/flows?all=1");
	struct http_response response;

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		request.accept_encoding = yes[i];
		response = site_answer(site, &request);
		ck_assert_msg(response.gzip, "%s", yes[i]);
		ck_assert_uint_lt(response.body->zipped_size, response.body->size);
		site_release(&response);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		request.accept_encoding = no[i];
		response = site_answer(site, &request);
		ck_assert_msg(!response.gzip, "%s", no[i]);
		site_release(&response);
	}
}
END_TEST

/* ---- events */

/* Read all that a stream has, as a string. */
static void read_stream(struct stream *stream, char *text, size_t size)
{
	size_t used = 0;
	long bytes;

	while ((bytes = stream_read(stream, text + used, size - used - 1)) > 0)
		used += bytes;
	ck_assert_int_eq(bytes, 0);
	text[used] = '\0';
}

START_TEST(viewers)
{
	struct http_request request = site_request("/api/v1/events?filter=client+port+1002");
	struct http_response response = site_answer(site, &request);
	char text[16384];

	ck_assert_int_eq(response.kind, HTTP_STREAM);
	ck_assert(stream_is_ready(response.stream));
	read_stream(response.stream, text, sizeof(text));
	ck_assert_str_eq(text, ": events of synscope\nretry: 2000\n\n");
	ck_assert(!stream_is_ready(response.stream));
	site_event(site, 1, EVENT_NEW); /* it does not match */
	site_event(site, 2, EVENT_NEW | EVENT_HANDSHAKE);
	ck_assert(stream_is_ready(response.stream));
	read_stream(response.stream, text, sizeof(text));
	ck_assert_ptr_eq(strstr(text, "data: {\"event\":\"new\",\"time\":"), text);
	ck_assert_ptr_nonnull(strstr(text, "}\n\ndata: {\"event\":\"handshake\","));
	ck_assert_ptr_null(strstr(text, ":1001-"));
	ck_assert_str_eq(text + strlen(text) - 3, "}\n\n");
	site_release(&response);
	ck_assert_int_eq(site->events.stream_count, 0);
}
END_TEST

START_TEST(slow_viewer) /* and another one, whom it does not hold up */
{
	struct http_request request = site_request("/api/v1/events?filter=client+port+1");
	struct http_response slow = site_answer(site, &request), quick = site_answer(site, &request);
	char text[4096];

	read_stream(slow.stream, text, sizeof(text));
	for (unsigned int i = 0; i < RING_ENTRIES + 7; i++) {
		site_event(site, 1, EVENT_NEW);
		if (i % 1000 == 0)
			read_stream(quick.stream, text, sizeof(text));
	}
	read_stream(quick.stream, text, sizeof(text));
	ck_assert_str_eq(text, "");
	read_stream(slow.stream, text, sizeof(text));
	ck_assert_str_eq(text, "event: lost\ndata: {\"lost\":7}\n\n");
	events_lost(&site->events, 5); /* in the kernel */
	read_stream(slow.stream, text, sizeof(text));
	ck_assert_str_eq(text, "event: lost\ndata: {\"lost\":5}\n\n");
	site_release(&slow);
	site_release(&quick);
}
END_TEST

START_TEST(too_many_viewers)
{
	struct http_request request = site_request("/api/v1/events");
	struct http_response response[STREAMS_MAX + 1];

	for (int i = 0; i <= STREAMS_MAX; i++)
		response[i] = site_answer(site, &request);
	ck_assert_int_eq(response[STREAMS_MAX - 1].kind, HTTP_STREAM);
	ck_assert_int_eq(response[STREAMS_MAX].status, 503);
	ck_assert_uint_eq(site->refusals.count[REFUSAL_STREAMS], 1);
	for (int i = 0; i <= STREAMS_MAX; i++)
		site_release(&response[i]);
}
END_TEST

START_TEST(detached_while_viewed) /* its events are kept until they are read */
{
	struct http_request request = site_request("/api/v1/events");
	struct http_response response = site_answer(site, &request);
	char text[8192];

	ck_assert(!events_need(&site->events, site_tracker()));
	site_event(site, 2, EVENT_NEW);
	ck_assert(events_need(&site->events, site_tracker()));
	read_stream(response.stream, text, sizeof(text));
	ck_assert(!events_need(&site->events, site_tracker()));
	site_event(site, 2, EVENT_NEW);
	site_release(&response);
	ck_assert(!events_need(&site->events, site_tracker()));
}
END_TEST

/* ---- latencies and health */

START_TEST(latencies)
{
	static struct port_latencies counted[SERVER_PORT_INDEXES];
	struct histogram_reader histograms = { .latencies = counted };
	struct heat *heat = &site_tracker()->heat;

	memset(counted, 0, sizeof(counted));
	counted[0].count[LATENCY_SYN_TO_SYNACK][5] = 100; /* before the server began */
	heat_begin(heat, &histograms, 10 * HEAT_COLUMN_NS + 1);
	counted[0].count[LATENCY_SYN_TO_SYNACK][histogram_bucket(4096)] += 3;
	counted[7].count[LATENCY_SYNACK_TO_ACK][histogram_bucket(1048576)] += 2;
	heat_tick(heat, &histograms, 11 * HEAT_COLUMN_NS - 1);
	ck_assert_uint_eq(heat->next, 0);
	heat_tick(heat, &histograms, 11 * HEAT_COLUMN_NS + 5);
	target_gives(site, "/api/v1/latency", 200,
		     "[\n{\"instance\":\"eth0\",\"column_ns\":2000000000,\"columns\":[{\"time\":\"1970-01-01T00:00:22."
		     "000000000Z\","
		     "\"syn_to_synack_ns\":{\"4096\":3},\"synack_to_ack_ns\":{\"1048576\":2}}]}\n]\n");
	for (__u64 i = 12; i < 12 + HEAT_COLUMNS; i++)
		heat_tick(heat, &histograms, i * HEAT_COLUMN_NS);
	ck_assert_int_eq(count_in_target(site, "/api/v1/latency", "\"time\":"), HEAT_COLUMNS);
	ck_assert_int_eq(count_in_target(site, "/api/v1/latency", "\"4096\":3"), 0);
}
END_TEST

static void passes(__u32 kinds, __u32 was, __u32 is)
{
	const struct flow_event event = { .kinds = kinds, .was = was, .is = is };

	transitions_take(&site_tracker()->transitions, &event);
}

START_TEST(transitions)
{
	target_gives(
		site, "/api/v1/transitions", 200,
		"[\n{\"instance\":\"eth0\",\"reads_events\":false,\"events_lost\":0,\"client\":[],\"server\":[]}\n]\n");
	site_tracker()->reads = true;
	site_tracker()->lost = 7;
	for (int i = 0; i < 3; i++)
		passes(EVENT_CLIENT_STATE | EVENT_SERVER_STATE | EVENT_HANDSHAKE,
		       ANNOUNCED_STATES(STATE_SYN_SENT, STATE_SYN_RECEIVED),
		       ANNOUNCED_STATES(STATE_ESTABLISHED, STATE_ESTABLISHED));
	passes(EVENT_SERVER_STATE, ANNOUNCED_STATES(STATE_FIN_WAIT_2, STATE_CLOSE_WAIT),
	       ANNOUNCED_STATES(STATE_FIN_WAIT_2, STATE_LAST_ACK));
	passes(EVENT_NEW, ANNOUNCED_STATES(STATE_CLOSED, STATE_CLOSED), ANNOUNCED_STATES(STATE_SYN_SENT, STATE_LISTEN));
	passes(EVENT_CLIENT_STATE, ANNOUNCED_STATES(15, 0), ANNOUNCED_STATES(0, 0)); /* damaged */
	target_gives(site, "/api/v1/transitions", 200,
		     "[\n{\"instance\":\"eth0\",\"reads_events\":true,\"events_lost\":7,"
		     "\"client\":[{\"from\":\"SYN_SENT\",\"to\":\"ESTABLISHED\",\"count\":3}],"
		     "\"server\":[{\"from\":\"SYN_RECEIVED\",\"to\":\"ESTABLISHED\",\"count\":3},"
		     "{\"from\":\"CLOSE_WAIT\",\"to\":\"LAST_ACK\",\"count\":1}]}\n]\n");
}
END_TEST

START_TEST(health)
{
	static struct left_out left_out = { .why = "'eth1': its 'hot' is missing" };

	site->trackers.left_out = &left_out;
	site->trackers.left_out_count = 1;
	target_gives(site, "/healthz", 503, "{\"error\":\"not every instance is read: 'eth1': its 'hot' is missing\"}");
	target_gives(site, "/api/v1/flows", 200, "\"instance\":\"eth0\"");
	site->trackers.left_out_count = 0;
	strcpy(site_tracker()->no_events, "no events of 'eth0': 8 readers watch it already");
	target_gives(site, "/healthz", 503, "8 readers watch it already");
}
END_TEST

Suite *serve_suite(void)
{
	Suite *suite = suite_create("serve");
	TCase *tests = tcase_create("serve");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, paths);
	tcase_add_test(tests, parameters);
	tcase_add_test(tests, bad_filter);
	tcase_add_test(tests, flows);
	tcase_add_test(tests, one_flow);
	tcase_add_test(tests, shared_scan);
	tcase_add_test(tests, large_tables_are_read_less_often);
	tcase_add_test(tests, too_many_queries);
	tcase_add_test(tests, etags);
	tcase_add_test(tests, compression);
	tcase_add_test(tests, viewers);
	tcase_add_test(tests, slow_viewer);
	tcase_add_test(tests, too_many_viewers);
	tcase_add_test(tests, detached_while_viewed);
	tcase_add_test(tests, latencies);
	tcase_add_test(tests, transitions);
	tcase_add_test(tests, health);
	suite_add_tcase(suite, tests);
	return suite;
}
