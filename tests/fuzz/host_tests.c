// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scenarios and the suites of tests/bpf, with the programs compiled for the host under ASan and UBSan. `host-tests
 * DIRECTORY` also writes the frames that they send into that directory, as the seed corpus.
 */
#include <stdlib.h>

#include "../bpf/cases.h"
#include "host_harness.h"
#include "host_seeds.h"

static const struct scenario *const tables[] = {
	life_cases,   handshake_cases, opening_cases, pickup_cases,  established_cases,
	close_cases,  fragment_cases,  reopen_cases,  reset_cases,   sequence_cases,
	unseen_cases, latency_cases,   again_cases,   refuted_cases, rtt_cases,
};
static Suite *(*const suites[])(struct harness *) = { link_suite, tunnel_suite, ip_suite,    tcp_suite, icmp_suite,
						      self_suite, skew_suite,	table_suite, seed_suite };
static struct harness *harness, *timed; /* timed: with --rtt */

/* All variants of all scenarios of one table. */
START_TEST(scenarios)
{
	for (const struct scenario *scenario = tables[_i]; scenario->name; scenario++)
		for (int variant = 0; variant < SCENARIO_VARIANTS; variant++)
			play_scenario(scenario->rtt ? timed : harness, scenario, variant);
}
END_TEST

static Suite *scenario_suite(void)
{
	Suite *suite = suite_create("scenarios on the host");
	TCase *tcase = tcase_create("scenarios");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, scenarios, 0, sizeof(tables) / sizeof(tables[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(int argc, char **argv)
{
	SRunner *runner = srunner_create(scenario_suite());
	int failed;

	if (argc > 1)
		host_harness_record(argv[1]);
	harness = harness_open(&(struct harness_options){ 0 });
	timed = harness_open(&(struct harness_options){ .rtt = true });
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		srunner_add_suite(runner, suites[i](harness));
	srunner_set_fork_status(runner, CK_NOFORK); /* the recording needs a single process */
	srunner_run_all(runner, CK_ENV);
	host_harness_finish();
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
