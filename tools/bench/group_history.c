// SPDX-License-Identifier: GPL-2.0-only
/* A history: what it costs to write a flow into it, and how long it takes to find a few of many. */
#include "groups.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "export/destination.h"
#include "history/reader.h"
#include "tests/unit/made_flow.h"

#define FLOWS 300000
#define QUICK_FLOWS 2000
#define QUEUE 65536
#define STEP_US 500
#define LATER_NS (2 * NS_PER_S) /* flows that began before the history was opened are looked for in it */
#define STOP_NS (60 * NS_PER_S) /* generous, because the machine may be busy */

enum what { WRITE_CPU, WRITE_RATE, FIND_ADDRESS, FIND_SLOW, FIGURES };

static const struct {
	const char *name, *unit;
	const char *filter;
} figures[FIGURES] = {
	[WRITE_CPU] = { "history_write_cpu", "ns", NULL },
	[WRITE_RATE] = { "history_write_rate", "1/s", NULL },
	[FIND_ADDRESS] = { "history_find_address", "ms", "client host 10.157.67.29/32" },
	[FIND_SLOW] = { "history_find_slow", "ms", "latency > 1s and started > -1h and server port 22" },
};

struct visit {
	enum what what;
	__u32 flows;
	const char *path;
};

static void remove_files(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char name[256];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

static __u64 waiting(struct destination *destination)
{
	struct destination_counts counts;

	destination_counts(destination, &counts);
	return counts.waiting;
}

/* Fill a new history. Returns 0 or a negative errno (logged). */
static int write_flows(const struct visit *visit)
{
	const struct destination_options options = { .queue_records = QUEUE };
	struct destination destination;
	struct flow_clock clock;
	struct address address;
	char dest[256];
	int err;

	remove_files(visit->path);
	snprintf(dest, sizeof(dest), "sqlite:%s", visit->path);
	err = address_parse(dest, &address) ? -EINVAL : destination_open(&destination, &address, &options);
	if (err)
		return err;
	clock = flow_clock_now();
	clock.now_ns += LATER_NS;
	for (__u32 n = 1; n <= visit->flows; n++) {
		clock.now_ns++;
		made_flow_put(&destination, n, &clock);
		while (n % 256 == 0 && waiting(&destination) > QUEUE - 512)
			usleep(STEP_US);
	}
	destination_stop(&destination, monotonic_ns() + STOP_NS);
	destination_close(&destination);
	if (destination.counts.records == visit->flows)
		return 0;
	message_error("only %llu of %u flows were written", destination.counts.records, visit->flows);
	return -EIO;
}

static int count_flow(void *context, const struct history_found *found)
{
	(void)found;
	++*(__u32 *)context;
	return 0;
}

static int find_flows(const struct visit *visit)
{
	struct history_reader reader;
	struct filter_error error;
	struct filter filter;
	__u32 count = 0;
	int err = filter_parse_text(figures[visit->what].filter, NULL, &filter, &error);

	if (!err)
		err = history_reader_open(&reader, visit->path, NULL);
	if (!err) {
		err = history_each(&reader, &filter, HISTORY_ANY_ORDER, count_flow, &count);
		err = history_reader_close(&reader, err);
	}
	filter_free(&filter);
	return err;
}

static int measure_visit(void *context, double *value)
{
	const struct visit *visit = context;
	__u64 begun = monotonic_ns(), cpu = cpu_ns(), ns;
	int err = figures[visit->what].filter ? find_flows(visit) : write_flows(visit);

	ns = monotonic_ns() - begun;
	*value = visit->what == WRITE_CPU    ? (double)(cpu_ns() - cpu) / visit->flows
		 : visit->what == WRITE_RATE ? visit->flows / ((double)ns / NS_PER_S)
					     : (double)ns / NS_PER_MS;
	return err;
}

int group_history(struct bench *bench)
{
	struct contestant contestants[FIGURES];
	struct visit visits[FIGURES];
	char directory[] = "/tmp/synscope-bench-XXXXXX", path[64];
	int err;

	if (!mkdtemp(directory))
		return -errno;
	snprintf(path, sizeof(path), "%s/history.db", directory);
	for (int i = 0; i < FIGURES; i++) {
		visits[i] = (struct visit){ i, bench->quick ? QUICK_FLOWS : FLOWS, path };
		contestants[i] = (struct contestant){ .measure = measure_visit, .context = &visits[i] };
	}
	err = run_rounds(contestants, FIGURES, bench->rounds);
	for (int i = 0; i < FIGURES && !err; i++)
		report_figure(bench->report, figures[i].name, figures[i].unit, &contestants[i].series, NULL);
	remove_files(path);
	rmdir(directory);
	return err;
}
