// SPDX-License-Identifier: GPL-2.0-only
/* bpf/rules/round_trip.h by itself: what is new, what spoils, which words belong together, and the figures. */
#include <linux/bpf.h>
#include <stdbool.h>

#include "suites.h"
#include "base/clock.h"
#include "bpf/rules/round_trip.h"

#define GENERATION(n) ((__u32)(n) << FACTS_GENERATION_SHIFT)
#define US(n) ((n)*1000ULL)

/* A segment of a direction that was at next_seq 1000. */
static const struct {
	const char *name;
	__u32 seq, payload;
	__u8 flags;
	bool open_end, is_new, spoils;
} segments[] = {
	{ "data", 1000, 100, SEGMENT_ACK, false, true, false },
	{ "data behind a hole", 2000, 100, SEGMENT_ACK, false, true, false },
	{ "a FIN", 1000, 0, SEGMENT_ACK | SEGMENT_FIN, false, true, false },
	{ "an ACK", 1000, 0, SEGMENT_ACK, false, false, false },
	{ "data again", 900, 100, SEGMENT_ACK, false, false, true },
	{ "data again and more", 900, 200, SEGMENT_ACK, false, false, true },
	{ "data that came late", 500, 100, SEGMENT_ACK, false, false, true },
	{ "a FIN again", 999, 0, SEGMENT_ACK | SEGMENT_FIN, false, false, true },
	{ "a keepalive", 999, 0, SEGMENT_ACK, false, false, false },
	{ "a keepalive with data", 999, 1, SEGMENT_ACK, false, false, true },
	{ "a first fragment", 1000, 0, SEGMENT_ACK, true, false, false },
	{ "a first fragment again", 900, 0, SEGMENT_ACK, true, false, true },
};

START_TEST(what_a_segment_does)
{
	static const __u32 offsets[] = { 0, ~0U - 999, ~0U - 1050, 0x80000000U - 1000 };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		struct segment seg = {
			.seq = segments[_i].seq + offsets[i],
			.payload = segments[_i].payload,
			.flags = segments[_i].flags,
			.open_end = segments[_i].open_end,
		};

		ck_assert_msg(is_new_data(&seg, 1000 + offsets[i]) == segments[_i].is_new, "%s", segments[_i].name);
		ck_assert_msg(spoils_timing(&seg, 1000 + offsets[i]) == segments[_i].spoils, "%s", segments[_i].name);
	}
}
END_TEST

START_TEST(an_ack_ends_what_it_covers)
{
	const struct segment seg = { .seq = ~0U - 49, .payload = 100 };
	const struct timing timing = begin_timing(&seg, segment_end(&seg), GENERATION(5), 0, US(10));

	ck_assert(!ends_timing(timing.pending, 0));
	ck_assert(!ends_timing(timing.pending, 49));
	ck_assert(ends_timing(timing.pending, 50));
	ck_assert(ends_timing(timing.pending, 5000));
	ck_assert(!ends_timing(timing.pending, ~0U - 49));
}
END_TEST

START_TEST(a_timing_is_of_one_flow)
{
	const struct segment seg = { .seq = 1, .payload = 100 };
	const struct timing timing = begin_timing(&seg, 101, GENERATION(5) | FACT_SEQ, 0, US(10));

	ck_assert(is_timed(timing.pending, GENERATION(5) | FACT_ACK | FACT_FIN));
	ck_assert(!is_timed(timing.pending, GENERATION(6)));
	ck_assert(!is_timed(timing.pending, GENERATION(5 + 64)));
	ck_assert(!is_timed(0, GENERATION(0)));
}
END_TEST

START_TEST(times_between)
{
	static const struct {
		__u64 sent, now, expected; /* ns; NO_ROUND_TRIP */
	} cases[] = {
		{ US(10), US(10), 0 },
		{ US(64), US(128), US(64) },
		{ US(128), US(64), NO_ROUND_TRIP },
		{ 1000 * NS_PER_S, 1137 * NS_PER_S, 137 * NS_PER_S },
		{ 1000 * NS_PER_S, 1138 * NS_PER_S, NO_ROUND_TRIP },
		{ 1000 * NS_PER_S, 1275 * NS_PER_S, NO_ROUND_TRIP },
		{ 137438953472 - US(64), 137438953472 + US(64), US(128) }, /* the low 32 bits wrap in between */
		{ 1700000000 * NS_PER_S, 1700000001 * NS_PER_S, NS_PER_S },
		{ 0, 100000 * NS_PER_S, NO_ROUND_TRIP },
	};
	const struct segment seg = { .seq = 1, .payload = 100 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct timing timing = begin_timing(&seg, 101, 0, 0, cases[i].sent);
		__u64 elapsed = end_timing(&timing, cases[i].now);

		if (cases[i].expected == NO_ROUND_TRIP)
			ck_assert_msg(elapsed == NO_ROUND_TRIP, "case %zu: %llu", i, elapsed);
		else
			ck_assert_msg(elapsed << ROUND_TRIP_SHIFT == cases[i].expected, "case %zu: %llu", i, elapsed);
	}
}
END_TEST

/* Two CPUs store the two words of two segments: what is read of both together is never a time. */
START_TEST(words_of_two_segments_are_no_timing)
{
	const struct segment seg = { .seq = 1, .payload = 100 };

	for (__u64 apart = 32; apart < NS_PER_S; apart = apart * 5 / 4 / 32 * 32 + 32) {
		const struct timing one = begin_timing(&seg, 101, 0, 0, 1000 * NS_PER_S);
		const struct timing two = begin_timing(&seg, 201, 0, 0, 1000 * NS_PER_S + apart);
		const struct timing torn = { .begun = two.begun, .pending = one.pending };

		if ((apart >> ROUND_TRIP_SHIFT) % (1U << ROUND_TRIP_DIGEST_BITS))
			ck_assert_msg(end_timing(&torn, 1001 * NS_PER_S) == NO_ROUND_TRIP, "%llu ns apart", apart);
	}
}
END_TEST

START_TEST(timestamps_tell)
{
	const struct segment first = { .seq = 1, .payload = 100, .stamped = 1, .tsval = 7 };
	struct segment again = { .seq = 1, .payload = 100, .stamped = 1, .tsval = 9 };
	const struct timing timing = begin_timing(&first, 101, 0, 0, US(10));
	const struct timing second = begin_timing(&again, 101, 0, ROUND_TRIP_AGAIN, US(20));
	const struct segment ack = { .stamped = 1, .tsecr = 9 }, bare = { .tsecr = 9 };

	ck_assert(can_time_again(&again, &timing));
	ck_assert(answers_timing(NO_ECHO, &timing) && answers_timing(7, &timing) && answers_timing(9, &timing));
	ck_assert(answers_timing(echo_of(&ack), &second));
	ck_assert(!answers_timing(7, &second) && !answers_timing(echo_of(&bare), &second));
	again.tsval = 7;
	ck_assert(!can_time_again(&again, &timing));
	again = (struct segment){ .seq = 1, .payload = 50, .stamped = 1, .tsval = 9 }; /* not all of it */
	ck_assert(!can_time_again(&again, &timing));
	again = (struct segment){ .seq = 1, .payload = 100, .tsval = 9 };
	ck_assert(!can_time_again(&again, &timing));
}
END_TEST

START_TEST(figures_of_several)
{
	static const struct {
		__u32 elapsed, min, smoothed;
	} steps[] = { { 800, 800, 800 }, { 1600, 800, 900 }, { 800, 800, 887 }, { 0, 0, 776 }, { ~0U, 0, 536871590 } };
	struct round_trip trip = { .min = 5, .smoothed = 5 }; /* without samples, these mean nothing */

	for (__u32 i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		add_round_trip(&trip, steps[i].elapsed);
		ck_assert_uint_eq(trip.samples, i + 1);
		ck_assert_uint_eq(trip.last, steps[i].elapsed);
		ck_assert_uint_eq(trip.min, steps[i].min);
		ck_assert_uint_eq(trip.smoothed, steps[i].smoothed);
	}
	trip.samples = ~0U;
	add_round_trip(&trip, 1);
	ck_assert_uint_eq(trip.samples, ~0U);
}
END_TEST

Suite *round_trip_suite(void)
{
	Suite *suite = suite_create("round trips");
	TCase *tcase = tcase_create("rule");

	tcase_add_loop_test(tcase, what_a_segment_does, 0, sizeof(segments) / sizeof(segments[0]));
	tcase_add_test(tcase, an_ack_ends_what_it_covers);
	tcase_add_test(tcase, a_timing_is_of_one_flow);
	tcase_add_test(tcase, times_between);
	tcase_add_test(tcase, words_of_two_segments_are_no_timing);
	tcase_add_test(tcase, timestamps_tell);
	tcase_add_test(tcase, figures_of_several);
	suite_add_tcase(suite, tcase);
	return suite;
}
