// SPDX-License-Identifier: GPL-2.0-only
/* `synscope replay` of a capture of whole connections, in its own process and in the kernel. */
#include "groups.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../tests/unit/capture_writer.h"
#include "base/message.h"
#include "child.h"

#define CONNECTIONS 200000
#define CONNECTIONS_QUICK 20
#define CONNECTIONS_FEW 1
#define SNAP_LENGTH 96
#define START_NS 1700000000000000000ULL

struct recorded {
	char path[32];
	unsigned int connections; /* 0: there is no such file */
};

struct replayed {
	const struct recorded *recorded;
	bool in_kernel;
};

static int record(struct recorded *recorded, unsigned int connections)
{
	struct capture_writer writer = { .format = FORMAT_PCAP, .link = LINK_ETHERNET, .snap_length = SNAP_LENGTH };
	int fd, err = 0;

	strcpy(recorded->path, "/tmp/synscope-bench.XXXXXX");
	fd = mkstemp(recorded->path);
	if (fd >= 0) {
		recorded->connections = connections;
		writer.file = fdopen(fd, "w");
	}
	if (writer.file) {
		writer_begin(&writer);
		writer_connections(&writer, START_NS, connections);
		err = fclose(writer.file) ? -errno : 0;
	}
	if (fd >= 0 && writer.file && !err)
		return 0;
	err = err ? err : -errno;
	message_error("cannot write a capture in /tmp: %s", strerror(-err));
	return err;
}

static void forget(const struct recorded *recorded)
{
	if (recorded->connections)
		unlink(recorded->path);
}

/* CPU time, in ns, of a replay that prints no flow. */
static int run_replay(const struct replayed *replayed, double *ns)
{
	const char *const arguments[] = { child_synscope(),
					  "replay",
					  replayed->recorded->path,
					  "-o",
					  "jsonl",
					  "port 9",
					  replayed->in_kernel ? "--in-kernel" : NULL,
					  NULL };
	int status, err = child_run(arguments, ns, &status);

	if (!err && status) {
		message_error("'synscope replay' ended with status %d", status);
		return -EPROTO;
	}
	return err;
}

static int measure_rate(void *context, double *value)
{
	const struct replayed *replayed = context;
	double ns;
	int err = run_replay(replayed, &ns);

	*value = err ? 0 : (double)replayed->recorded->connections * WRITER_SEGMENTS * 1e9 / ns;
	return err;
}

static int measure_start(void *context, double *value)
{
	int err = run_replay(context, value);

	*value /= 1e6;
	return err;
}

static int compare(const struct bench *bench, const struct recorded *recorded,
		   int (*measure)(void *context, double *value), const char *name, const char *unit)
{
	struct replayed here = { .recorded = recorded }, there = { .recorded = recorded, .in_kernel = true };
	struct contestant contestants[] = {
		{ .measure = measure, .context = &here },
		{ .measure = measure, .context = &there },
	};
	int err = run_rounds(contestants, 2, bench->rounds);

	if (!err)
		report_figure(bench->report, name, unit, &contestants[0].series, &contestants[1].series);
	return err;
}

int group_replay(struct bench *bench)
{
	struct recorded many = { 0 }, few = { 0 };
	int err = record(&many, bench->quick ? CONNECTIONS_QUICK : CONNECTIONS);

	if (!err)
		err = record(&few, CONNECTIONS_FEW);
	if (!err)
		err = compare(bench, &many, measure_rate, "replay_packets_per_second", "1/s");
	if (!err)
		err = compare(bench, &few, measure_start, "replay_start", "ms");
	forget(&many);
	forget(&few);
	return err;
}
