// SPDX-License-Identifier: GPL-2.0-only
/* interleave: plays every schedule of short scenarios, see README.md. */
#include <dlfcn.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "explore.h"
#include "memory.h"
#include "scenarios.h"
#include "scenarios_rtt.h"
#include "schedule.h"

static const char *const model_names[MODELS] = { "SC", "x86", "arm64" };

struct options {
	unsigned int deviations[MODELS]; /* maximum by model; 0: the model is skipped */
	const char *only; /* play only scenarios with this in their names */
	bool trace;
	bool quiet;
};

struct session {
	const struct options *options;
	struct scenario scenario;
	const char *wrong;
	__u64 schedules; /* sum over all scenarios */
	unsigned int failed, passed;
};

static struct session session;

/* No store waits longer than another CPU takes for a whole segment. */
static void work(int cpu)
{
	for (int i = 0; i < OPS_MOST && session.scenario.cpu[cpu][i].kind; i++) {
		memory_settle();
		if (i)
			memory_drain_others();
		world_do(cpu, i);
	}
}

/* Plays one schedule; returns false if the result is wrong. */
static bool play(void *argument)
{
	(void)argument;
	world_reset();
	if (schedule_play(session.scenario.cpus))
		session.wrong = check_end(&session.scenario);
	if (memory_grown())
		session.wrong = NULL; /* it should have been stopped at an earlier access */
	else if (!session.wrong)
		return true;
	return false;
}

static void print_access(int cpu, const char *what, __u32 at, unsigned int size, __u64 value, const void *pc)
{
	Dl_info info = {};

	if (pc)
		dladdr(pc, &info);
	printf("    CPU %d %s %s (%u bytes) %#llx  %s\n", cpu, what, world_name(at), size, value,
	       info.dli_sname ? info.dli_sname : "");
}

static void report(enum memory_model model, unsigned int deviations)
{
	char wrong[600];

	snprintf(wrong, sizeof(wrong), "%s", session.wrong);
	if (session.options->trace) {
		session.wrong = NULL;
		memory_trace(print_access);
		explore_replay(play, NULL);
		memory_trace(NULL);
	}
	printf("FAIL %s (%s, %u deviations): %s\n", session.scenario.name, model_names[model], deviations, wrong);
}

static unsigned int most_deviations(enum memory_model model)
{
	unsigned int asked = session.options->deviations[model], most = session.scenario.most;

	return most && most < asked ? most : asked;
}

/* Increases the number of deviations step by step, so that the simplest schedule with an error is found. */
static bool explore_model(enum memory_model model, struct exploration *result)
{
	memory_use_model(model);
	for (unsigned int n = 0; n <= most_deviations(model); n++) {
		session.wrong = NULL;
		while (!explore(n, play, NULL, result))
			if (session.wrong) {
				report(model, n);
				return false;
			}
	}
	return true;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void run_scenario(const struct scenario *scenario)
{
	session.scenario = *scenario;
	if (scenario->prepare)
		scenario->prepare(&session.scenario);
	memory_forget_conflicts();
	memory_remember_order(scenario->reads);
	world_begin(&session.scenario);
	check_begin(&session.scenario);
	for (int model = 0; model < MODELS; model++) {
		struct exploration result = {};
		double begun = seconds();

		if (!session.options->deviations[model])
			continue;
		if (!explore_model(model, &result)) {
			session.failed++;
			continue;
		}
		session.passed++;
		session.schedules += result.schedules;
		if (session.options->quiet)
			continue;
		printf("  %-84s %-6s %u %10llu %10llu %6.1f s\n", scenario->name, model_names[model],
		       most_deviations(model), result.schedules, result.states, seconds() - begun);
		fflush(stdout);
	}
}

static void run_scenarios(const struct scenario *next)
{
	for (; next->name; next++)
		if (!session.options->only || strstr(next->name, session.options->only))
			run_scenario(next);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: interleave [-s SC] [-x X86] [-a ARM64] [-o ONLY] [-q] [-t]\n"
		"  at most so many deviations under each memory model (0: none of its schedules)\n"
		"  -o: scenarios with ONLY in their names; -q: one line of figures; -t: each access of what fails\n");
	exit(2);
}

static struct options parse(int argc, char **argv)
{
	struct options options = { .deviations = { 2, 2, 2 } };
	int letter;

	while ((letter = getopt(argc, argv, "s:x:a:o:qt")) != -1) {
		if (letter == 's')
			options.deviations[MODEL_SC] = atoi(optarg);
		else if (letter == 'x')
			options.deviations[MODEL_TSO] = atoi(optarg);
		else if (letter == 'a')
			options.deviations[MODEL_ARM] = atoi(optarg);
		else if (letter == 'o')
			options.only = optarg;
		else if (letter == 'q')
			options.quiet = true;
		else if (letter == 't')
			options.trace = true;
		else
			usage();
	}
	return options;
}

int main(int argc, char **argv)
{
	struct options options = parse(argc, argv);

	session.options = &options;
	world_open();
	explore_open();
	schedule_open(work, world_resume);
	if (!options.quiet)
		printf("  %-84s %-6s %s %10s %10s\n", "scenario", "model", "n", "schedules", "states");
	run_scenarios(scenarios_all());
	run_scenarios(scenarios_rtt());
	printf("%llu schedules\n%u passed, %u failed\n", session.schedules, session.passed, session.failed);
	return session.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
