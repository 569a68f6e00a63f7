// SPDX-License-Identifier: GPL-2.0-only
/* What a reader of events costs: the command `watch`, writing JSON to /dev/null on another CPU. */
#include "groups.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "lane.h"
#include "base/message.h"
#include "pinned.h"

#include "synscope/event.h"

#define FLOWS_LOG2 16
#define OTHER_FLOWS (1U << 24) /* number of the first flow that opens and closes */
#define PACKETS 200000
#define CONNECTIONS (4 * TRAFFIC_LIFE_AT_ONCE)
#define PATIENCE_US 30000000 /* generous, because the machine may be busy */
#define STEP_US 1000

struct watched {
	struct pinned pinned;
	struct lane data, lives;
	bool quick;
};

struct visit {
	struct watched *watched;
	bool lives; /* count connections per second; otherwise ns per data packet */
	bool reader;
};

static bool has_reader(const struct watched *watched)
{
	int fd = instance_open_object(watched->pinned.instance, OBJECT_READER_SLOTS);
	struct reader_slot places[EVENT_READERS] = { 0 };
	__u32 only = 0;
	bool found = false;

	if (fd < 0)
		return false;
	if (!bpf_map_lookup_elem(fd, &only, places))
		for (int i = 0; i < EVENT_READERS; i++)
			found |= places[i].owner && places[i].heartbeat_ns;
	close(fd);
	return found;
}

/* Returns the reader's process id, or a negative errno (logged). */
static pid_t start_reader(const struct watched *watched)
{
	const char *const arguments[] = { child_synscope(), "watch", "-o", "jsonl", NULL };
	pid_t reader = child_start(arguments);

	if (reader < 0)
		return reader;
	for (int waited = 0; !has_reader(watched); waited += STEP_US) {
		if (waited >= PATIENCE_US) {
			message_error("'%s watch' does not claim a reader slot", arguments[0]);
			child_stop(reader);
			return -ETIMEDOUT;
		}
		usleep(STEP_US);
	}
	return reader;
}

static int run_traffic(const struct visit *visit, double *value)
{
	struct watched *watched = visit->watched;
	__u64 connections = watched->quick ? TRAFFIC_LIFE_AT_ONCE : CONNECTIONS;
	int err;

	if (!visit->lives) { /* run through all flows once, so that both begin with the same cache */
		err = lane_run(&watched->data, LANE_WALK, watched->quick ? 1000 : 1U << FLOWS_LOG2, value);
		return err ? err : lane_run(&watched->data, LANE_WALK, watched->quick ? 1000 : PACKETS, value);
	}
	err = lane_run(&watched->lives, LANE_LIVES, connections * TRAFFIC_LIFE_STEPS, value);
	*value = 1e9 / (*value * TRAFFIC_LIFE_STEPS);
	return err;
}

static int measure_visit(void *context, double *value)
{
	const struct visit *visit = context;
	pid_t reader = visit->reader ? start_reader(visit->watched) : 0;
	int err;

	if (reader < 0)
		return reader;
	err = run_traffic(visit, value);
	if (reader)
		child_stop(reader);
	return err;
}

static int open_watched(struct watched *watched)
{
	const struct traffic_config data = { .flows_log2 = watched->quick ? QUICK_FLOWS_LOG2 : FLOWS_LOG2 };
	const struct traffic_config lives = { .first_flow = OTHER_FLOWS };
	int err = pinned_open(&watched->pinned, "watched", 2U << FLOWS_LOG2);

	if (!err)
		err = lane_open_program(&watched->data, watched->pinned.xdp_fd, &data);
	if (!err)
		err = lane_fill(&watched->data);
	if (!err)
		err = lane_open_program(&watched->lives, watched->pinned.xdp_fd, &lives);
	if (err || watched->quick)
		return err;
	err = lane_hold(&watched->data, 0, LANE_WALK);
	return err ? err : lane_hold(&watched->lives, 1, LANE_LIVES);
}

int group_watch(struct bench *bench)
{
	struct watched watched = { .quick = bench->quick };
	struct visit visits[] = { { &watched, false, false },
				  { &watched, false, true },
				  { &watched, true, false },
				  { &watched, true, true } };
	struct contestant contestants[4];
	int err = open_watched(&watched);

	for (int i = 0; i < 4; i++)
		contestants[i] = (struct contestant){ .measure = measure_visit, .context = &visits[i] };
	if (!err)
		err = run_rounds(contestants, 4, bench->rounds);
	if (!err) {
		report_figure(bench->report, "watch_vs_none", "ns", &contestants[1].series, &contestants[0].series);
		report_figure(bench->report, "watch_life_vs_none", "1/s", &contestants[3].series,
			      &contestants[2].series);
	}
	if (watched.lives.traffic)
		lane_close(&watched.lives);
	if (watched.data.traffic)
		lane_close(&watched.data);
	pinned_close(&watched.pinned);
	return err;
}
