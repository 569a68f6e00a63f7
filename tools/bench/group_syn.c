// SPDX-License-Identifier: GPL-2.0-only
/* The cost of a SYN that begins a flow, in a table that is full of half-open flows. */
#include "groups.h"

#include <stdio.h>

#include "lane.h"

#define SYNS 50000

struct flood {
	struct lane lane;
	__u64 syns; /* per measurement */
};

static int measure_flood(void *context, double *value)
{
	struct flood *flood = context;

	return lane_run(&flood->lane, LANE_SYNS, flood->syns, value);
}

/* Fills the table with one and a half times as many SYNs as there are slots. */
static int open_flood(struct flood *flood, enum subject_kind kind, __u32 log2)
{
	const struct subject_options options = { .max_flows = 1U << log2 };
	const struct traffic_config traffic = { .flows_log2 = log2 };
	double ns;
	int err = lane_open(&flood->lane, kind, &options, &traffic);

	if (err)
		return err;
	err = lane_run(&flood->lane, LANE_SYNS, 3ULL << log2, &ns);
	if (err)
		lane_close(&flood->lane);
	return err;
}

static int run_size(struct bench *bench, const char *name, __u32 log2)
{
	struct flood lru = { .syns = bench->quick ? 1000 : SYNS }, ours = lru;
	struct contestant contestants[] = {
		{ .measure = measure_flood, .context = &ours },
		{ .measure = measure_flood, .context = &lru },
	};
	int err = open_flood(&lru, SUBJECT_LRU, bench->quick ? QUICK_FLOWS_LOG2 : log2);

	if (err)
		return err;
	err = open_flood(&ours, SUBJECT_SYNSCOPE, bench->quick ? QUICK_FLOWS_LOG2 : log2);
	if (!err) {
		if (!bench->quick)
			err = lane_hold(&ours.lane, 0, LANE_SYNS);
		if (!err && !bench->quick)
			err = lane_hold(&lru.lane, 1, LANE_SYNS);
		if (!err)
			err = run_rounds(contestants, 2, bench->rounds);
		if (!err)
			report_figure(bench->report, name, "ns", &contestants[0].series, &contestants[1].series);
		lane_close(&ours.lane);
	}
	lane_close(&lru.lane);
	return err;
}

int group_syn(struct bench *bench)
{
	int err;

	err = run_size(bench, "syn_full_128k_vs_lru", 17);
	return err ? err : run_size(bench, "syn_full_vs_lru", 20);
}
