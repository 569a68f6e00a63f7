// SPDX-License-Identifier: GPL-2.0-only
/* A round trip as `watch --samples` prints it: what it took is in the event, the other figures are in the record. */
#include <string.h>

#include "suites.h"
#include "filter/filter.h"
#include "fixture.h"
#include "format/event.h"

#define UNITS(ns) ((ns) >> ROUND_TRIP_SHIFT)

/* To the server, of 20 ms; another one, of 30 ms, is in the record already. */
static struct flow_event round_trip(__u32 kinds)
{
	struct flow_record record = record_at(STAGE_DATA);

	return (struct flow_event){
		.time_ns = T0 + 100 * MS,
		.kinds = kinds,
		.elapsed = UNITS(20 * MS),
		.hot = record.hot,
		.cold = record.cold,
		.round_trips.dir[0] = { .min = UNITS(16 * MS),
					.last = UNITS(30 * MS),
					.smoothed = UNITS(24 * MS),
					.samples = 7 },
		.round_trips.dir[1] = { .min = UNITS(8 * MS),
					.last = UNITS(8 * MS),
					.smoothed = UNITS(8 * MS),
					.samples = 1 },
	};
}

static void expect_printed(__u32 kinds, enum output_format format, const char *expected)
{
	const struct flow_event event = round_trip(kinds);
	struct event_context context = { .timeout_ns = default_timeouts };
	struct terminal terminal = { 0 };
	struct event_output output;
	struct flow_view view;
	struct buffer out;

	ck_assert_int_eq(buffer_init(&out, BUFFER_MEMORY), 0);
	event_view(&view, &event, default_timeouts);
	event_output_begin(&output, format, &out, &terminal, 1, (struct flow_extras){ 0 });
	event_output_add(&output, &event, &view, &context);
	event_output_end(&output);
	buffer_char(&out, '\0');
	ck_assert_msg(strstr(out.data, expected) != NULL, "no '%s' in: %s", expected, out.data);
	buffer_finish(&out);
}

START_TEST(as_text)
{
	expect_printed(EVENT_ROUND_TRIP_SERVER, OUTPUT_TABLE,
		       " rtt       10.0.0.1:40000-10.0.0.2:443               server 20.0ms, 16.0ms minimum, of 7\n");
	expect_printed(EVENT_ROUND_TRIP_CLIENT, OUTPUT_TABLE, "client 20.0ms, 8.00ms minimum, of 1\n");
}
END_TEST

START_TEST(as_json)
{
	expect_printed(EVENT_ROUND_TRIP_SERVER, OUTPUT_JSONL, "{\"event\":\"rtt\",\"time\":");
	expect_printed(EVENT_ROUND_TRIP_SERVER, OUTPUT_JSONL, "\"side\":\"server\",\"flow\":{");
	expect_printed(EVENT_ROUND_TRIP_SERVER, OUTPUT_JSONL, "},\"rtt_ns\":20000000,\"min_ns\":16000000}\n");
	expect_printed(EVENT_ROUND_TRIP_CLIENT, OUTPUT_JSONL, "\"side\":\"client\",\"flow\":{");
	expect_printed(EVENT_ROUND_TRIP_CLIENT, OUTPUT_JSONL, "},\"rtt_ns\":20000000,\"min_ns\":8000000}\n");
}
END_TEST

START_TEST(as_csv)
{
	expect_printed(EVENT_ROUND_TRIP_SERVER, OUTPUT_CSV, ",reason,rtt_ns,min_ns\n");
	expect_printed(EVENT_ROUND_TRIP_SERVER, OUTPUT_CSV, ",server,,,10.0.0.1:40000-10.0.0.2:443,");
	expect_printed(EVENT_ROUND_TRIP_SERVER, OUTPUT_CSV, ",,20000000,16000000\n");
	expect_printed(EVENT_NEW, OUTPUT_CSV, ",,,\n");
}
END_TEST

static bool matches(const char *text)
{
	const struct flow_event event = round_trip(EVENT_ROUND_TRIP_SERVER);
	const struct flow_labels labels = { 0 };
	struct filter_error error;
	struct filter filter;
	struct flow_view view;
	bool result;

	event_view(&view, &event, default_timeouts);
	ck_assert_int_eq(filter_parse_text(text, NULL, &filter, &error), 0);
	result = filter_match(&filter, &view, &labels);
	filter_free(&filter);
	return result;
}

START_TEST(in_filters)
{
	ck_assert(matches("server rtt last = 20ms"));
	ck_assert(!matches("server rtt last > 20ms"));
	ck_assert(matches("server rtt = 24ms and server rtt min = 16ms"));
	ck_assert(matches("server rtt last > 1.2 x server rtt min"));
	ck_assert(matches("client rtt last = 8ms"));
	ck_assert(matches("server established")); /* by the record: the event says nothing of states */
}
END_TEST

Suite *event_suite(void)
{
	Suite *suite = suite_create("event");
	TCase *tcase = tcase_create("round_trip");

	tcase_add_test(tcase, as_text);
	tcase_add_test(tcase, as_json);
	tcase_add_test(tcase, as_csv);
	tcase_add_test(tcase, in_filters);
	suite_add_tcase(suite, tcase);
	return suite;
}
