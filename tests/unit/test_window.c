// SPDX-License-Identifier: GPL-2.0-only
/* The largest window as a 7-bit logarithm. */
#include "suites.h"
#include "synscope/flow.h"

/* The result is never below the window, at most 1/8 above, monotonic, and fits into its bits of the facts word. */
START_TEST(every_window)
{
	__u32 last = 0;

	for (__u32 window = 0; window <= 65535; window++) {
		__u32 log = window_log(window), decoded = window_decode(log);

		if (log > FACTS_WINDOW_MASK || log < last || decoded < window || decoded > window + window / 8)
			ck_abort_msg("window %u: logarithm %u (the last one was %u), decoded %u", window, log, last,
				     decoded);
		last = log;
	}
}
END_TEST

START_TEST(small_windows_are_exact)
{
	for (__u32 window = 0; window < 16; window++)
		ck_assert_uint_eq(window_decode(window_log(window)), window);
	ck_assert_uint_eq(window_decode(window_log(1U << 15)), 1U << 15);
}
END_TEST

START_TEST(fields_of_the_facts_word)
{
	__u32 facts = FACTS_MASK | 9U << FACTS_WSCALE_SHIFT | window_log(4096) << FACTS_WINDOW_SHIFT |
		      77U << FACTS_GENERATION_SHIFT;

	ck_assert_uint_eq(facts_wscale(facts), 9);
	ck_assert_uint_eq(facts_window(facts), 4096);
	ck_assert_uint_eq(facts_generation(facts), 77);
	ck_assert_uint_eq(facts & FACTS_MASK, FACTS_MASK);
}
END_TEST

Suite *window_suite(void)
{
	Suite *suite = suite_create("window");
	TCase *tcase = tcase_create("window");

	tcase_add_test(tcase, every_window);
	tcase_add_test(tcase, small_windows_are_exact);
	tcase_add_test(tcase, fields_of_the_facts_word);
	suite_add_tcase(suite, tcase);
	return suite;
}
