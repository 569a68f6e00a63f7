// SPDX-License-Identifier: GPL-2.0-only
/* Whole connections, from the SYN to the last ACK. */
#include "groups.h"

#include <stdio.h>

#include "lane.h"

#define MAX_FLOWS 65536
#define CONNECTIONS (4 * TRAFFIC_LIVES_AT_ONCE) /* per measurement */
#define FEW_AT_ONCE 16 /* so few that nearly all that they touch stays in the nearest cache */
#define WARM_UP (4 * MAX_FLOWS) /* until tables that keep ended connections are full of them */

struct life {
	struct lane lane;
	__u32 connections; /* a multiple of at_once */
	__u32 at_once;
	/* ns of each segment, by its step; only with TRAFFIC_LIVES_AT_ONCE, fewer are too quickly over */
	struct series step[TRAFFIC_LIFE_STEPS];
};

/* One step of all connections that are open at once after the other, so that each step can be told. */
static int measure_life(void *context, double *value)
{
	struct life *life = context;
	double step_ns[TRAFFIC_LIFE_STEPS] = { 0 }, total = 0;
	__u32 blocks = life->connections / life->at_once;

	for (__u32 i = 0; i < blocks * TRAFFIC_LIFE_STEPS; i++) {
		double ns;
		int err = lane_run(&life->lane, LANE_LIVES, life->at_once, &ns);

		if (err)
			return err;
		step_ns[i % TRAFFIC_LIFE_STEPS] += ns / blocks;
	}
	for (int i = 0; i < TRAFFIC_LIFE_STEPS; i++) {
		series_add(&life->step[i], step_ns[i]);
		total += step_ns[i];
	}
	*value = 1e9 / total;
	return 0;
}

static int measure_few(void *context, double *value)
{
	struct life *life = context;
	double ns;
	int err = lane_run(&life->lane, LANE_LIVES, (__u64)life->connections * TRAFFIC_LIFE_STEPS, &ns);

	*value = 1e9 / (ns * TRAFFIC_LIFE_STEPS);
	return err;
}

static int open_life(struct life *life, const struct bench *bench, enum subject_kind kind, __u32 at_once, int place)
{
	const struct subject_options options = { .max_flows = MAX_FLOWS };
	const struct traffic_config traffic = { .lives_at_once = at_once };
	__u64 warm_up = bench->quick ? TRAFFIC_LIVES_AT_ONCE : WARM_UP;
	double ns;
	int err = lane_open(&life->lane, kind, &options, &traffic);

	if (err)
		return err;
	life->connections = bench->quick ? TRAFFIC_LIVES_AT_ONCE : CONNECTIONS;
	life->at_once = at_once;
	if (!bench->quick)
		err = lane_hold(&life->lane, place, LANE_LIVES);
	return err ? err : lane_run(&life->lane, LANE_LIVES, warm_up * TRAFFIC_LIFE_STEPS, &ns);
}

static void report_steps(struct report *report, struct life *ours, struct life *hash, int rounds)
{
	static const char *const names[TRAFFIC_LIFE_STEPS] = { "syn",	  "synack",   "ack",	 "fin",
							       "fin_ack", "fin_back", "last_ack" };
	char name[64];

	for (int i = 0; i < TRAFFIC_LIFE_STEPS; i++) {
		series_keep_last(&ours->step[i], rounds);
		series_keep_last(&hash->step[i], rounds);
		snprintf(name, sizeof(name), "life_%s_vs_hash", names[i]);
		report_figure(report, name, "ns", &ours->step[i], &hash->step[i]);
	}
}

int group_life(struct bench *bench)
{
	static const struct {
		enum subject_kind kind;
		__u32 at_once;
		int (*measure)(void *context, double *value);
	} kinds[] = {
		{ SUBJECT_SYNSCOPE, TRAFFIC_LIVES_AT_ONCE, measure_life },
		{ SUBJECT_HASH, TRAFFIC_LIVES_AT_ONCE, measure_life },
		{ SUBJECT_LRU, TRAFFIC_LIVES_AT_ONCE, measure_life },
		{ SUBJECT_SYNSCOPE, FEW_AT_ONCE, measure_few },
		{ SUBJECT_HASH, FEW_AT_ONCE, measure_few },
	};
	enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
	struct life lives[KINDS] = { 0 };
	struct contestant contestants[KINDS];
	const struct series *series[KINDS];
	int err = 0;

	for (int i = 0; !err && i < KINDS; i++) {
		err = open_life(&lives[i], bench, kinds[i].kind, kinds[i].at_once, i);
		contestants[i] = (struct contestant){ .measure = kinds[i].measure, .context = &lives[i] };
		series[i] = &contestants[i].series;
	}
	if (!err)
		err = run_rounds(contestants, KINDS, bench->rounds);
	if (!err) {
		report_figure(bench->report, "life_vs_hash", "1/s", series[0], series[1]);
		report_figure(bench->report, "life_vs_lru", "1/s", series[0], series[2]);
		report_figure(bench->report, "life_16_at_once_vs_hash", "1/s", series[3], series[4]);
		report_steps(bench->report, &lives[0], &lives[1], bench->rounds);
	}
	for (int i = 0; i < KINDS; i++)
		if (lives[i].lane.traffic)
			lane_close(&lives[i].lane);
	return err;
}
