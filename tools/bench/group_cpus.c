// SPDX-License-Identifier: GPL-2.0-only
/* Two CPUs at once: each with flows of its own, or both with one flow, each sending one direction. */
#include "groups.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "lane.h"
#include "base/message.h"
#include "sandbox.h"

#define FLOWS_LOG2 16 /* per CPU */
#define PACKETS 500000

/* One program under test, and two generators in front of it. */
struct pair {
	struct lane lane[2]; /* the first one owns the program */
	__u64 packets;
	int cpu[2];
};

/* A way to measure a pair. */
struct manner {
	struct pair *pair;
	bool both; /* at the same time; otherwise one after the other */
};

struct side {
	struct lane *lane;
	__u64 packets;
	int cpu;
	pthread_barrier_t *start;
	double ns;
	int err;
};

static void *run_side(void *context)
{
	struct side *side = context;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(side->cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		side->err = -errno;
	pthread_barrier_wait(side->start);
	if (!side->err)
		side->err = lane_run(side->lane, LANE_WALK, side->packets, &side->ns);
	return NULL;
}

static int run_both(struct pair *pair, double *value)
{
	pthread_barrier_t start;
	struct side sides[2];
	pthread_t other;
	int err;

	pthread_barrier_init(&start, NULL, 2);
	for (int i = 0; i < 2; i++)
		sides[i] = (struct side){
			.lane = &pair->lane[i], .packets = pair->packets, .cpu = pair->cpu[i], .start = &start
		};
	err = -pthread_create(&other, NULL, run_side, &sides[1]);
	if (err) {
		message_error("cannot start a thread: %s", strerror(-err));
		return err;
	}
	run_side(&sides[0]);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&start);
	*value = (sides[0].ns + sides[1].ns) / 2;
	return sides[0].err ? sides[0].err : sides[1].err;
}

static int measure_pair(void *context, double *value)
{
	const struct manner *manner = context;
	struct pair *pair = manner->pair;
	double ns[2];
	int err;

	if (manner->both)
		return run_both(pair, value);
	err = lane_run(&pair->lane[0], LANE_WALK, pair->packets, &ns[0]);
	if (!err)
		err = lane_run(&pair->lane[1], LANE_WALK, pair->packets, &ns[1]);
	*value = (ns[0] + ns[1]) / 2;
	return err;
}

/* One flow whose directions are split between the lanes, or as many flows for each lane. */
static void choose_traffic(struct traffic_config traffic[2], const struct bench *bench, bool one_flow)
{
	__u32 log2 = one_flow ? 0 : bench->quick ? QUICK_FLOWS_LOG2 : FLOWS_LOG2;

	for (int i = 0; i < 2; i++)
		traffic[i] = (struct traffic_config){ .flows_log2 = log2, .first_flow = one_flow ? 0 : i << log2 };
	if (one_flow) {
		traffic[0].sender = SENDER_CLIENT;
		traffic[1].sender = SENDER_SERVER;
	}
}

static int open_pair(struct pair *pair, const struct bench *bench, enum subject_kind kind, bool one_flow)
{
	const struct subject_options options = { .max_flows = 2U << (bench->quick ? QUICK_FLOWS_LOG2 : FLOWS_LOG2) };
	int place = kind == SUBJECT_HASH ? 2 : 0, err;
	struct traffic_config traffic[2];

	choose_traffic(traffic, bench, one_flow);
	pair->packets = bench->quick ? 1000 : PACKETS;
	err = lane_open(&pair->lane[0], kind, &options, &traffic[0]);
	if (!err)
		err = lane_open_program(&pair->lane[1], pair->lane[0].subject.xdp_fd, &traffic[1]);
	if (!err)
		err = lane_fill(&pair->lane[0]);
	if (!err && !one_flow)
		err = lane_fill(&pair->lane[1]);
	for (int i = 0; !err && !bench->quick && i < 2; i++)
		err = lane_hold(&pair->lane[i], place + i, LANE_WALK);
	return err;
}

static void close_pair(struct pair *pair)
{
	for (int i = 1; i >= 0; i--)
		if (pair->lane[i].traffic)
			lane_close(&pair->lane[i]);
}

static void report_pairs(struct report *report, const char *what, const struct contestant contestants[4])
{
	char name[64];

	snprintf(name, sizeof(name), "two_cpus_%s_vs_hash", what);
	report_figure(report, name, "ns", &contestants[0].series, &contestants[2].series);
	snprintf(name, sizeof(name), "two_cpus_%s_vs_one_cpu", what);
	report_figure(report, name, "ns", &contestants[0].series, &contestants[1].series);
	snprintf(name, sizeof(name), "two_cpus_%s_hash_vs_one_cpu", what);
	report_figure(report, name, "ns", &contestants[2].series, &contestants[3].series);
}

static int run_pairs(struct bench *bench, const int cpus[2], bool one_flow)
{
	struct pair ours = { .cpu = { cpus[0], cpus[1] } }, hash = ours;
	struct manner manners[] = { { &ours, true }, { &ours, false }, { &hash, true }, { &hash, false } };
	struct contestant contestants[4];
	int err = open_pair(&ours, bench, SUBJECT_SYNSCOPE, one_flow);

	if (!err)
		err = open_pair(&hash, bench, SUBJECT_HASH, one_flow);
	for (int i = 0; i < 4; i++)
		contestants[i] = (struct contestant){ .measure = measure_pair, .context = &manners[i] };
	if (!err)
		err = run_rounds(contestants, 4, bench->rounds);
	if (!err)
		report_pairs(bench->report, one_flow ? "one_flow" : "flows", contestants);
	close_pair(&ours);
	close_pair(&hash);
	return err;
}

int group_cpus(struct bench *bench)
{
	int cpus[2], err;

	if (sandbox_two_cpus(cpus)) {
		report_missing(bench->report, "two_cpus_flows_vs_hash", "ns", "there is one CPU");
		return 0;
	}
	err = run_pairs(bench, cpus, false);
	return err ? err : run_pairs(bench, cpus, true);
}
