// SPDX-License-Identifier: GPL-2.0-only
/* Whole connections, from the SYN to the last ACK. */
#include "groups.h"

#include "lane.h"

#define MAX_FLOWS 65536
#define CONNECTIONS (4 * TRAFFIC_LIFE_AT_ONCE) /* per measurement */
#define WARM_UP (4 * MAX_FLOWS) /* until tables that keep ended connections are full of them */

struct life {
	struct lane lane;
	__u32 connections;
};

static int measure_life(void *context, double *value)
{
	struct life *life = context;
	double ns;
	int err = lane_run(&life->lane, LANE_LIVES, (__u64)life->connections * TRAFFIC_LIFE_STEPS, &ns);

	*value = 1e9 / (ns * TRAFFIC_LIFE_STEPS);
	return err;
}

static int open_life(struct life *life, const struct bench *bench, enum subject_kind kind, int place)
{
	const struct subject_options options = { .max_flows = MAX_FLOWS };
	const struct traffic_config traffic = { 0 };
	__u64 warm_up = bench->quick ? TRAFFIC_LIFE_AT_ONCE : WARM_UP;
	double ns;
	int err = lane_open(&life->lane, kind, &options, &traffic);

	if (err)
		return err;
	life->connections = bench->quick ? TRAFFIC_LIFE_AT_ONCE : CONNECTIONS;
	if (!bench->quick)
		err = lane_hold(&life->lane, place, LANE_LIVES);
	return err ? err : lane_run(&life->lane, LANE_LIVES, warm_up * TRAFFIC_LIFE_STEPS, &ns);
}

int group_life(struct bench *bench)
{
	static const enum subject_kind kinds[] = { SUBJECT_SYNSCOPE, SUBJECT_HASH, SUBJECT_LRU };
	struct life lives[3] = { 0 };
	struct contestant contestants[3];
	int err = 0;

	for (int i = 0; !err && i < 3; i++) {
		err = open_life(&lives[i], bench, kinds[i], i);
		contestants[i] = (struct contestant){ .measure = measure_life, .context = &lives[i] };
	}
	if (!err)
		err = run_rounds(contestants, 3, bench->rounds);
	if (!err) {
		report_figure(bench->report, "life_vs_hash", "1/s", &contestants[0].series, &contestants[1].series);
		report_figure(bench->report, "life_vs_lru", "1/s", &contestants[0].series, &contestants[2].series);
	}
	for (int i = 0; i < 3; i++)
		if (lives[i].lane.traffic)
			lane_close(&lives[i].lane);
	return err;
}
