// SPDX-License-Identifier: GPL-2.0-only
/* Latency histograms: buckets and percentiles against exact values. */
#include <stdlib.h>

#include "flow/view.h"
#include "instance/histogram.h"
#include "suites.h"

#define SAMPLES 20000

static __u64 random_state;

static __u64 next_random(void)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return random_state >> 16;
}

START_TEST(buckets_join)
{
	for (__u32 i = 0; i < HISTOGRAM_LAST; i++) {
		__u64 least = histogram_least(i), end = histogram_least(i + 1);

		ck_assert_uint_lt(least, end);
		ck_assert_uint_eq(histogram_bucket(least), i);
		ck_assert_uint_eq(histogram_bucket(end - 1), i);
	}
	ck_assert_uint_eq(histogram_bucket(1ULL << HISTOGRAM_END_SHIFT), HISTOGRAM_LAST);
	ck_assert_uint_eq(histogram_bucket(~0ULL), HISTOGRAM_LAST);
	ck_assert_uint_le(histogram_least(1), 1000);
	ck_assert_uint_gt(histogram_least(HISTOGRAM_LAST), 100ULL * 1000000000);
}
END_TEST

static void expect_near(__s64 got, __u64 exact, unsigned int of_10000)
{
	__u64 error = got > (__s64)exact ? got - exact : exact - got;

	ck_assert_msg(error * 16 <= exact, "of 10000 %u: exactly %llu ns, the histogram says %lld", of_10000, exact,
		      got);
}

START_TEST(every_value_is_within_a_sixteenth)
{
	for (int i = 0; i < SAMPLES; i++) {
		__u64 count[HISTOGRAM_BUCKETS] = { 0 };
		__u64 ns = 1000 + next_random() % (1ULL << (10 + next_random() % 27));

		count[histogram_bucket(ns)] = 1;
		expect_near(histogram_percentile(count, 5000), ns, 5000);
	}
}
END_TEST

static int compare(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Uniform, bimodal, and spread over all magnitudes. */
static __u64 sample(int distribution)
{
	switch (distribution) {
	case 0:
		return 50000 + next_random() % 1000000;
	case 1:
		return next_random() % 10 ? 20000 + next_random() % 500 : 1000000000 + next_random() % 100000000;
	default:
		return 1000 + next_random() % (1ULL << (10 + next_random() % 26));
	}
}

START_TEST(percentiles_against_exact_ones)
{
	static const unsigned int wanted[] = { 1, 100, 5000, 9000, 9900, 9990, 10000 };
	__u64 *value = malloc(SAMPLES * sizeof(*value)), count[HISTOGRAM_BUCKETS] = { 0 };

	for (int i = 0; i < SAMPLES; i++) {
		value[i] = sample(_i);
		count[histogram_bucket(value[i])]++;
	}
	qsort(value, SAMPLES, sizeof(*value), compare);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		int rank = (SAMPLES * (__u64)wanted[i] + 9999) / 10000;

		expect_near(histogram_percentile(count, wanted[i]), value[rank - 1], wanted[i]);
	}
	ck_assert_uint_eq(histogram_total(count), SAMPLES);
	free(value);
}
END_TEST

START_TEST(nothing_and_too_long)
{
	__u64 count[HISTOGRAM_BUCKETS] = { 0 };

	ck_assert_int_eq(histogram_percentile(count, 5000), LATENCY_UNKNOWN);
	count[HISTOGRAM_LAST] = 1;
	ck_assert_int_eq(histogram_percentile(count, 5000), 1LL << HISTOGRAM_END_SHIFT);
}
END_TEST

/* Counts, sums and refusals; where an instance is missing from the later sum, nothing falls below 0. */
START_TEST(sums_and_differences)
{
	struct port_latencies one = { .refused = 2 }, sum = { 0 };

	one.count[LATENCY_HANDSHAKE][7] = 3;
	one.sum_ns[LATENCY_HANDSHAKE] = 3000;
	latencies_add(&sum, &one);
	latencies_add(&sum, &one);
	ck_assert_uint_eq(sum.count[LATENCY_HANDSHAKE][7], 6);
	ck_assert_uint_eq(sum.sum_ns[LATENCY_HANDSHAKE], 6000);
	ck_assert_uint_eq(sum.refused, 4);
	latencies_subtract(&sum, &one);
	ck_assert_mem_eq(&sum, &one, sizeof(sum));
	one.sum_ns[LATENCY_HANDSHAKE]++;
	latencies_subtract(&sum, &one);
	ck_assert_uint_eq(sum.count[LATENCY_HANDSHAKE][7], 0);
	ck_assert_uint_eq(sum.sum_ns[LATENCY_HANDSHAKE], 0);
}
END_TEST

Suite *histogram_suite(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tcase = tcase_create("histogram");

	tcase_add_test(tcase, buckets_join);
	tcase_add_test(tcase, every_value_is_within_a_sixteenth);
	tcase_add_loop_test(tcase, percentiles_against_exact_ones, 0, 3);
	tcase_add_test(tcase, nothing_and_too_long);
	tcase_add_test(tcase, sums_and_differences);
	suite_add_tcase(suite, tcase);
	return suite;
}
