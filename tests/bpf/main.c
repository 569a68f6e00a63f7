// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "cases.h"

static const struct scenario *const tables[] = {
	life_cases,   handshake_cases, opening_cases, pickup_cases,  established_cases,
	close_cases,  fragment_cases,  reopen_cases,  reset_cases,   sequence_cases,
	unseen_cases, latency_cases,   again_cases,   refuted_cases, rtt_cases,
};
static Suite *(*const suites[])(struct harness *) = { link_suite,  tunnel_suite,     ip_suite,	   tcp_suite,
						      icmp_suite,  offload_suite,    table_suite,  self_suite,
						      skew_suite,  histogram_suite,  flush_suite,  flood_suite,
						      stats_suite, concurrent_suite, objects_suite };
static struct harness *harness, *timed; /* timed: with --rtt */

static const struct scenario *nth_scenario(int n)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct scenario *scenario = tables[i]; scenario->name; scenario++)
			if (n-- == 0)
				return scenario;
	return NULL;
}

START_TEST(scenario)
{
	const struct scenario *played = nth_scenario(_i / SCENARIO_VARIANTS);

	play_scenario(played->rtt ? timed : harness, played, _i % SCENARIO_VARIANTS);
}
END_TEST

/* Each scenario is a test case of its own, so that its name is in the report. */
static Suite *scenario_suite(void)
{
	Suite *suite = suite_create("scenarios");
	const struct scenario *next;

	for (int i = 0; (next = nth_scenario(i)); i++) {
		TCase *tcase = tcase_create(next->name);

		tcase_add_loop_test(tcase, scenario, i * SCENARIO_VARIANTS, (i + 1) * SCENARIO_VARIANTS);
		suite_add_tcase(suite, tcase);
	}
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(scenario_suite());
	int failed;

	harness = harness_open(&(struct harness_options){ 0 });
	timed = harness_open(&(struct harness_options){ .rtt = true });
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		srunner_add_suite(runner, suites[i](harness));
	srunner_add_suite(runner, samples_suite(harness, timed));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
