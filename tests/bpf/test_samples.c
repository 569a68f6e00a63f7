// SPDX-License-Identifier: GPL-2.0-only
/* The event of each round trip (--rtt): which readers get it, once, and what it says. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "frames.h"
#include "instance/event_reader.h"

#define WAYS 8 /* in which play_scenario() plays one variant */
#define SMALL_RING 4096 /* room for 7 events */

static struct harness *not_timed, *timed;

/* A reader, and what it got. */
struct heard {
	struct event_reader reader;
	__u32 kinds; /* all of them */
	__u32 changes; /* events of EVENT_CHANGES */
	__u32 trips[ROUND_TRIP_ENDS];
	struct flow_event last; /* of a round trip */
	__u64 last_ns[ROUND_TRIP_ENDS];
};

/* The direction of the data whose ACKs the end sends. */
static const struct round_trip *figures(const struct flow_event *event, enum round_trip_end end)
{
	__u32 client = event->hot.dir[0].facts & FACT_CLIENT ? 0 : 1;

	return &event->round_trips.dir[end == ROUND_TRIP_CLIENT ? !client : client];
}

static void on_event(const struct flow_event *event, void *context)
{
	enum round_trip_end end = event->kinds & EVENT_ROUND_TRIP_CLIENT ? ROUND_TRIP_CLIENT : ROUND_TRIP_SERVER;
	struct heard *heard = context;

	heard->kinds |= event->kinds;
	heard->changes += !!(event->kinds & EVENT_CHANGES);
	if (!(event->kinds & EVENT_ROUND_TRIPS))
		return;
	ck_assert_msg(event->kinds == EVENT_ROUND_TRIP_CLIENT || event->kinds == EVENT_ROUND_TRIP_SERVER,
		      "kinds %#x at once", event->kinds);
	ck_assert_uint_eq(event->elapsed, figures(event, end)->last);
	ck_assert_uint_ge(event->elapsed, figures(event, end)->min);
	heard->trips[end]++;
	heard->last_ns[end] = (__u64)event->elapsed << ROUND_TRIP_SHIFT;
	heard->last = *event;
}

/* Begins to read events: `only` says which, see struct reader_slot. The reader does not expire. */
static void begin(struct harness *harness, struct heard *heard, __u32 ring_bytes, __u32 only)
{
	const struct event_wish wish = { .reader = getpid(), .ring_bytes = ring_bytes, .only = only, .forever = true };
	struct event_place place;
	int err = event_place_take(&place, harness_map_fd(harness, "reader_rings"),
				   harness_map_fd(harness, "reader_slots"), &wish);

	memset(heard, 0, sizeof(*heard));
	if (!err)
		err = event_reader_join(&heard->reader, &place, on_event, heard);
	if (err)
		ck_abort_msg("cannot read events: %s", strerror(-err));
}

static void end_reading(struct harness *harness, struct heard *heard)
{
	event_reader_close(&heard->reader, harness_map_fd(harness, "reader_rings"));
}

static void hear(struct heard *heard)
{
	ck_assert_int_ge(event_reader_consume(&heard->reader, INT_MAX), 0);
}

/* ---- every scenario of round trips has an event for each */

static int count_cases(void)
{
	int count = 0;

	while (rtt_cases[count].name)
		count++;
	return count;
}

static bool has_one_incarnation(const struct scenario *scenario)
{
	for (int i = 0; i < SCENARIO_STEPS; i++)
		if (scenario->step[i].renews)
			return false;
	return true;
}

static void check_told(const struct scenario *scenario, const struct heard *heard, enum round_trip_end end,
		       const struct expected_rtt *expected)
{
	ck_assert_msg(heard->trips[end] == WAYS * expected->samples,
		      "%s, end %d: %u round trips were told of in %d ways, not %u in each", scenario->name, end,
		      heard->trips[end], WAYS, expected->samples);
	if (expected->samples)
		ck_assert_uint_eq(heard->last_ns[end], expected->last * USEC >> ROUND_TRIP_SHIFT << ROUND_TRIP_SHIFT);
}

START_TEST(each_round_trip_is_told_once)
{
	const struct scenario *scenario = &rtt_cases[_i / SCENARIO_VARIANTS];
	struct heard heard;

	if (!has_one_incarnation(scenario))
		return;
	begin(timed, &heard, EVENT_RING_BYTES, EVENT_ROUND_TRIPS);
	play_scenario(timed, scenario, _i % SCENARIO_VARIANTS);
	hear(&heard);
	ck_assert_uint_eq(event_reader_lost(&heard.reader), 0);
	end_reading(timed, &heard);
	check_told(scenario, &heard, ROUND_TRIP_CLIENT, &scenario->end.rtt_c);
	check_told(scenario, &heard, ROUND_TRIP_SERVER, &scenario->end.rtt_s);
}
END_TEST

/* ---- who gets them */

/* A segment, 1 ms after the last one. */
static void send(struct harness *harness, bool server, const char *flags, __u32 seq, __u32 ack, __u32 payload)
{
	struct packet packet = {
		.from = server ? (struct endpoint)SERVER : (struct endpoint)CLIENT,
		.to = server ? (struct endpoint)CLIENT : (struct endpoint)SERVER,
		.flags = packet_flags(flags),
		.seq = (server ? 9000 : 1000) + seq,
		.ack = strchr(flags, 'A') ? (server ? 1000 : 9000) + ack : 0,
		.window = 65535,
		.payload = payload,
	};

	harness_set_clock(harness, harness_clock(harness) + MSEC);
	harness_packet(harness, ENTRY_XDP, &packet);
}

static void open_flow(struct harness *harness)
{
	send(harness, false, "S", 0, 0, 0);
	send(harness, true, "SA", 0, 1, 0);
	send(harness, false, "A", 1, 1, 0);
}

/* A round trip to each end by ordinary segments, and one to the server by a FIN. */
static void live_and_close(struct harness *harness)
{
	send(harness, false, "PA", 1, 1, 100);
	send(harness, true, "A", 1, 101, 0);
	send(harness, true, "PA", 1, 101, 100);
	send(harness, false, "A", 101, 101, 0);
	send(harness, false, "FA", 101, 101, 0);
	send(harness, true, "A", 101, 102, 0);
}

static const struct wanted {
	__u32 only, trips[ROUND_TRIP_ENDS];
	bool changes;
} wanted[] = {
	{ 0, { 0, 0 }, true },
	{ EVENT_RETIRED, { 0, 0 }, false },
	{ EVENT_CHANGES, { 0, 0 }, true },
	{ EVENT_ROUND_TRIPS, { 1, 2 }, false },
	{ EVENT_ROUND_TRIP_SERVER, { 0, 2 }, false },
	{ EVENT_ROUND_TRIP_CLIENT | EVENT_CHANGES, { 1, 0 }, true },
};

#define READERS (int)(sizeof(wanted) / sizeof(wanted[0]))

static void check_got(const struct heard *heard, const struct wanted *expected, bool times)
{
	for (int end = 0; end < ROUND_TRIP_ENDS; end++)
		ck_assert_msg(heard->trips[end] == (times ? expected->trips[end] : 0),
			      "a reader of %#x got %u round trips to end %d", expected->only, heard->trips[end], end);
	ck_assert_msg(!!heard->changes == expected->changes, "a reader of %#x got %u changes", expected->only,
		      heard->changes);
	if (expected->only)
		ck_assert_uint_eq(heard->kinds & ~expected->only, 0);
}

static void check_readers(struct harness *harness, bool times)
{
	struct heard heard[READERS];

	harness_reset(harness);
	for (int i = 0; i < READERS; i++)
		begin(harness, &heard[i], EVENT_RING_BYTES, wanted[i].only);
	open_flow(harness);
	live_and_close(harness);
	for (int i = 0; i < READERS; i++) {
		hear(&heard[i]);
		end_reading(harness, &heard[i]);
	}
	for (int i = 0; i < READERS; i++)
		check_got(&heard[i], &wanted[i], times);
}

START_TEST(only_readers_who_name_them_get_them)
{
	check_readers(timed, true);
}
END_TEST

START_TEST(there_are_none_without_rtt)
{
	check_readers(not_timed, false);
}
END_TEST

/* ---- what they say */

START_TEST(the_event_is_of_its_ack)
{
	struct heard heard;

	harness_reset(timed);
	begin(timed, &heard, EVENT_RING_BYTES, EVENT_ROUND_TRIPS);
	open_flow(timed);
	send(timed, false, "PA", 1, 1, 100);
	send(timed, false, "PA", 101, 1, 100);
	send(timed, true, "A", 1, 201, 0);
	hear(&heard);
	ck_assert_uint_eq(heard.trips[ROUND_TRIP_SERVER], 1);
	ck_assert_uint_eq(heard.last_ns[ROUND_TRIP_SERVER], 2 * MSEC);
	ck_assert_uint_eq(heard.last.time_ns, harness_clock(timed));
	send(timed, false, "FA", 201, 1, 0);
	send(timed, true, "FA", 1, 202, 0); /* judged by the rules */
	hear(&heard);
	ck_assert_uint_eq(heard.trips[ROUND_TRIP_SERVER], 2);
	ck_assert_uint_eq(heard.last_ns[ROUND_TRIP_SERVER], MSEC);
	ck_assert_uint_eq(heard.last.time_ns, harness_clock(timed));
	ck_assert_uint_eq(figures(&heard.last, ROUND_TRIP_SERVER)->samples, 2);
	end_reading(timed, &heard);
}
END_TEST

/* What a reader of round trips gets does not count as told: a reader that comes later gets the flow as new. */
START_TEST(nothing_else_counts_as_told)
{
	struct heard trips, changes;

	harness_reset(timed);
	begin(timed, &trips, EVENT_RING_BYTES, EVENT_ROUND_TRIPS);
	open_flow(timed);
	begin(timed, &changes, EVENT_RING_BYTES, 0);
	live_and_close(timed);
	hear(&changes);
	ck_assert(changes.kinds & EVENT_NEW);
	end_reading(timed, &changes);
	end_reading(timed, &trips);
}
END_TEST

START_TEST(what_finds_no_room_is_counted)
{
	struct heard heard;
	__u32 all = 20;

	harness_reset(timed);
	begin(timed, &heard, SMALL_RING, EVENT_ROUND_TRIPS);
	open_flow(timed);
	for (__u32 i = 0; i < all; i++) {
		send(timed, false, "PA", 1 + 100 * i, 1, 100);
		send(timed, true, "A", 1, 101 + 100 * i, 0);
	}
	hear(&heard);
	ck_assert_uint_ge(heard.trips[ROUND_TRIP_SERVER], 1);
	ck_assert_uint_lt(heard.trips[ROUND_TRIP_SERVER], all);
	ck_assert_uint_eq(heard.trips[ROUND_TRIP_SERVER] + event_reader_lost(&heard.reader), all);
	end_reading(timed, &heard);
}
END_TEST

Suite *samples_suite(struct harness *shared, struct harness *shared_timed)
{
	Suite *suite = suite_create("samples");
	TCase *each = tcase_create("each"), *readers = tcase_create("readers");

	not_timed = shared;
	timed = shared_timed;
	tcase_add_loop_test(each, each_round_trip_is_told_once, 0, count_cases() * SCENARIO_VARIANTS);
	tcase_add_test(readers, only_readers_who_name_them_get_them);
	tcase_add_test(readers, there_are_none_without_rtt);
	tcase_add_test(readers, the_event_is_of_its_ack);
	tcase_add_test(readers, nothing_else_counts_as_told);
	tcase_add_test(readers, what_finds_no_room_is_counted);
	suite_add_tcase(suite, each);
	suite_add_tcase(suite, readers);
	return suite;
}
