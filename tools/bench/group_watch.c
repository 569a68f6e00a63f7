// SPDX-License-Identifier: GPL-2.0-only
/* What a reader of events costs, on another CPU: `watch` writing JSON to /dev/null, or `serve` with a viewer. */
#include "groups.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "lane.h"
#include "base/message.h"
#include "pinned.h"
#include "served.h"

#include "synscope/event.h"

#define FLOWS_LOG2 16
#define OTHER_FLOWS (1U << 24) /* number of the first flow that opens and closes */
#define PACKETS 200000
#define CONNECTIONS (4 * TRAFFIC_LIVES_AT_ONCE)
#define PATIENCE_US 30000000 /* generous, because the machine may be busy */
#define STEP_US 1000
#define SETTLE_US 200000 /* until a reader that has just been started rests */

struct watched {
	struct pinned pinned;
	struct lane data, lives;
	bool quick;
};

enum reader { READER_NONE, READER_WATCH, READER_SERVE, READERS };

struct visit {
	struct watched *watched;
	bool lives; /* count connections per second; otherwise ns per data packet */
	enum reader reader;
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

/* Returns the process id of who reads, or a negative errno (logged). */
static pid_t start_watch(const struct watched *watched)
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
	__u64 connections = watched->quick ? TRAFFIC_LIVES_AT_ONCE : CONNECTIONS;
	int err;

	if (!visit->lives) { /* run through all flows once, so that both begin with the same cache */
		err = lane_run(&watched->data, LANE_WALK, watched->quick ? 1000 : 1U << FLOWS_LOG2, value);
		return err ? err : lane_run(&watched->data, LANE_WALK, watched->quick ? 1000 : PACKETS, value);
	}
	err = lane_run(&watched->lives, LANE_LIVES, connections * TRAFFIC_LIFE_STEPS, value);
	*value = 1e9 / (*value * TRAFFIC_LIFE_STEPS);
	return err;
}

static int measure_with_watch(const struct visit *visit, double *value)
{
	pid_t reader = start_watch(visit->watched);
	int err;

	usleep(SETTLE_US);
	err = reader < 0 ? reader : run_traffic(visit, value);
	if (reader > 0)
		child_stop(reader);
	return err;
}

static int measure_with_serve(const struct visit *visit, double *value)
{
	pid_t server = served_start(), viewer = server < 0 ? server : served_start_viewer();
	int err;

	usleep(SETTLE_US);
	err = viewer < 0 ? viewer : run_traffic(visit, value);
	if (viewer > 0)
		child_stop(viewer);
	if (server > 0)
		child_stop(server);
	return err;
}

static int measure_visit(void *context, double *value)
{
	const struct visit *visit = context;

	switch (visit->reader) {
	case READER_WATCH:
		return measure_with_watch(visit, value);
	case READER_SERVE:
		return measure_with_serve(visit, value);
	default:
		return run_traffic(visit, value);
	}
}

static int open_watched(struct watched *watched)
{
	const struct traffic_config data = { .flows_log2 = watched->quick ? QUICK_FLOWS_LOG2 : FLOWS_LOG2 };
	const struct traffic_config lives = { .first_flow = OTHER_FLOWS, .lives_at_once = TRAFFIC_LIVES_AT_ONCE };
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

static void report(struct report *report, const struct contestant *data)
{
	const struct contestant *lives = data + READERS;

	report_figure(report, "watch_vs_none", "ns", &data[READER_WATCH].series, &data->series);
	report_figure(report, "serve_vs_none", "ns", &data[READER_SERVE].series, &data->series);
	report_figure(report, "watch_life_vs_none", "1/s", &lives[READER_WATCH].series, &lives->series);
	report_figure(report, "serve_life_vs_none", "1/s", &lives[READER_SERVE].series, &lives->series);
}

int group_watch(struct bench *bench)
{
	struct watched watched = { .quick = bench->quick };
	struct contestant contestants[2 * READERS];
	struct visit visits[2 * READERS];
	int err = open_watched(&watched);

	for (int i = 0; i < 2 * READERS; i++) {
		visits[i] = (struct visit){ &watched, i >= READERS, i % READERS };
		contestants[i] = (struct contestant){ .measure = measure_visit, .context = &visits[i] };
	}
	if (!err)
		err = run_rounds(contestants, 2 * READERS, bench->rounds);
	if (!err)
		report(bench->report, contestants);
	if (watched.lives.traffic)
		lane_close(&watched.lives);
	if (watched.data.traffic)
		lane_close(&watched.data);
	pinned_close(&watched.pinned);
	return err;
}
