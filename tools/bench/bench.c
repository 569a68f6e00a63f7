// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench: what synscope costs, next to what else there is.
 *
 *   bench [GROUP...]
 *
 * Environment: BENCH_ROUNDS (at least 5, default 7), BENCH_JSON (a file), BENCH_QUICK=1 (one round of small sizes, to
 * see that it works).
 */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "message.h"
#include "sandbox.h"

#define ROUNDS_DEFAULT 7
#define ROUNDS_LEAST 5

static const struct {
	const char *name;
	int (*run)(struct bench *bench);
} groups[] = {
	{ "established", group_established },
	{ "veth", group_veth },
	{ "syn", group_syn },
	{ "non_tcp", group_non_tcp },
	{ "life", group_life },
	{ "watch", group_watch },
	{ "flood", group_flood },
	{ "dump", group_dump },
	{ "cpus", group_cpus },
	{ "size", group_size },
};

#define GROUPS (sizeof(groups) / sizeof(*groups))

static bool is_wanted(const char *name, char **wanted)
{
	if (!*wanted)
		return true;
	for (; *wanted; wanted++)
		if (!strcmp(*wanted, name))
			return true;
	return false;
}

/* 0, or 2 when a group is not known. */
static int check_names(char **wanted)
{
	for (; *wanted; wanted++) {
		size_t i = 0;

		while (i < GROUPS && strcmp(groups[i].name, *wanted))
			i++;
		if (i < GROUPS)
			continue;
		fprintf(stderr, "bench: no group '%s'; there are:", *wanted);
		for (i = 0; i < GROUPS; i++)
			fprintf(stderr, " %s", groups[i].name);
		fprintf(stderr, "\n");
		return 2;
	}
	return 0;
}

/* -1, told, if the environment asks for what cannot be. */
static int rounds_wanted(bool quick)
{
	const char *text = getenv("BENCH_ROUNDS");
	char *end;
	long rounds = text ? strtol(text, &end, 10) : quick ? 1 : ROUNDS_DEFAULT;

	if (!text || (!*end && rounds >= ROUNDS_LEAST && rounds <= ROUNDS_MAX))
		return (int)rounds;
	fprintf(stderr, "bench: BENCH_ROUNDS is %d to %d, not '%s'\n", ROUNDS_LEAST, ROUNDS_MAX, text);
	return -1;
}

int main(int argc, char **argv)
{
	const char *quick = getenv("BENCH_QUICK");
	struct report report;
	struct bench bench = { .report = &report, .quick = quick && *quick && strcmp(quick, "0") != 0 };
	int err, status = check_names(argv + (argc > 0));

	if (status)
		return status;
	bench.rounds = rounds_wanted(bench.quick);
	if (bench.rounds < 0)
		return 2;
	libbpf_set_print(NULL);
	if (sandbox_enter() || report_open(&report, getenv("BENCH_JSON"), bench.rounds))
		return 1;
	for (size_t i = 0; i < GROUPS; i++) {
		if (!is_wanted(groups[i].name, argv + 1))
			continue;
		if (groups[i].run(&bench))
			status = 1;
	}
	err = report_close(&report);
	return err ? 1 : status;
}
