// SPDX-License-Identifier: GPL-2.0-only
/* All flows of a table: reading them, and listing them. */
#include "groups.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "child.h"
#include "conntrack.h"
#include "flow/reader.h"
#include "lane.h"
#include "base/message.h"
#include "pinned.h"
#include "survivors.h"
#include "tools/bench/trackers.skel.h"

#define FLOWS_LOG2 20
#define RECORDS 128 /* read at a time, as in `list` */

struct dump {
	struct bench *bench;
	struct pinned pinned;
	struct lane ours; /* its program fills the instance */
	struct lane hash;
	struct flow_reader reader;
	__u32 flows;
	long entries; /* in the kernel's connection tracker */
};

static double cpu_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int check_count(const struct dump *dump, long count)
{
	if (count == (long)dump->flows)
		return 0;
	message_error("%ld flows were read, not %u", count, dump->flows);
	return -EPROTO;
}

static int open_reader(const struct dump *dump, struct flow_reader *reader)
{
	const struct instance *instance = dump->pinned.instance;
	const struct flow_arrays arrays = {
		.hot_fd = instance->fd[OBJECT_HOT],
		.cold_fd = instance->fd[OBJECT_COLD],
		.tunnels_fd = instance->fd[OBJECT_TUNNELS],
		.round_trips_fd = -1,
	};
	int err = flow_reader_open(reader, &arrays, instance->meta.config.buckets);

	if (err)
		message_error("cannot map the flow table: %s", strerror(-err));
	return err;
}

static int scan(const struct dump *dump, struct flow_reader *reader)
{
	struct flow_record records[RECORDS];
	size_t count = 0, more;
	__u32 bucket = 0;

	while ((more = flow_reader_read(reader, &bucket, records, RECORDS)))
		count += more;
	return check_count(dump, (long)count);
}

static int measure_scan(void *context, double *value)
{
	struct dump *dump = context;
	double start = cpu_ms();
	int err = scan(dump, &dump->reader);

	*value = cpu_ms() - start;
	return err;
}

/* The same, including the mapping and unmapping of the table. */
static int measure_scan_once(void *context, double *value)
{
	const struct dump *dump = context;
	struct flow_reader reader;
	double start = cpu_ms();
	int err = open_reader(dump, &reader);

	if (!err) {
		err = scan(dump, &reader);
		flow_reader_close(&reader);
	}
	*value = cpu_ms() - start;
	return err;
}

static int measure_batch(void *context, double *value)
{
	const struct dump *dump = context;
	double start = cpu_ms();
	long count = read_batches(bpf_map__fd(dump->hash.subject.trackers->maps.hash4), NULL, NULL);

	*value = cpu_ms() - start;
	return count < 0 ? (int)count : check_count(dump, count);
}

static int run_command(const char *const *arguments, double entries, double *value)
{
	int status, err = child_run(arguments, value, &status);

	*value /= 1e3 * entries;
	if (!err && status) {
		message_error("'%s %s' ended with status %d", arguments[0], arguments[1], status);
		return -EPROTO;
	}
	return err;
}

/* Measures microseconds of CPU time per flow; so do the next two functions. */
static int measure_list(void *context, double *value)
{
	const struct dump *dump = context;
	const char *const arguments[] = { child_synscope(), "list", "-o", "jsonl", NULL };

	return run_command(arguments, dump->flows, value);
}

/* One flow in 4,096 matches; all are examined. */
static int measure_filter(void *context, double *value)
{
	const struct dump *dump = context;
	const char *const arguments[] = { child_synscope(), "list", "-o", "jsonl", "net 10.0.0.0/24", NULL };

	return run_command(arguments, dump->flows, value);
}

static int measure_conntrack(void *context, double *value)
{
	const struct dump *dump = context;
	const char *const arguments[] = { "conntrack", "-L", NULL };

	return run_command(arguments, (double)dump->entries, value);
}

static int report_scan(struct dump *dump)
{
	struct contestant contestants[] = {
		{ .measure = measure_scan, .context = dump },
		{ .measure = measure_scan_once, .context = dump },
		{ .measure = measure_batch, .context = dump },
	};
	struct report *report = dump->bench->report;
	int err = open_reader(dump, &dump->reader);

	if (err)
		return err;
	err = run_rounds(contestants, 3, dump->bench->rounds);
	flow_reader_close(&dump->reader);
	if (err)
		return err;
	report_figure(report, "scan_1m_vs_batch", "ms", &contestants[0].series, &contestants[2].series);
	report_figure(report, "scan_and_map_1m_vs_batch", "ms", &contestants[1].series, &contestants[2].series);
	return 0;
}

/* Returns why `conntrack -L` cannot be measured, or NULL. */
static const char *prepare_conntrack(struct dump *dump)
{
	const char *const arguments[] = { "conntrack", "-V", NULL };
	__u32 room = conntrack_max();
	double ns;
	int status = 0;

	if (!room)
		return "this kernel has no nf_conntrack";
	if (child_run(arguments, &ns, &status) || status)
		return "there is no command conntrack";
	dump->entries = conntrack_fill(room < dump->flows ? room : dump->flows);
	return dump->entries > 0 ? NULL : "nf_conntrack takes no entries from netlink";
}

static int report_lists(struct dump *dump)
{
	const char *no_conntrack = prepare_conntrack(dump);
	struct contestant contestants[] = {
		{ .measure = measure_list, .context = dump },
		{ .measure = measure_filter, .context = dump },
		{ .measure = measure_conntrack, .context = dump },
	};
	struct report *report = dump->bench->report;
	int err = run_rounds(contestants, no_conntrack ? 2 : 3, dump->bench->rounds);

	if (err)
		return err;
	if (no_conntrack)
		report_missing(report, "list_vs_conntrack", "us", no_conntrack);
	else
		report_figure(report, "list_vs_conntrack", "us", &contestants[0].series, &contestants[2].series);
	report_figure(report, "list_filter_vs_list", "us", &contestants[1].series, &contestants[0].series);
	return 0;
}

static int open_dump(struct dump *dump)
{
	const __u32 log2 = dump->bench->quick ? QUICK_FLOWS_LOG2 : FLOWS_LOG2;
	const struct subject_options options = { .max_flows = 1U << log2 };
	const struct traffic_config traffic = { .flows_log2 = log2 };
	int err = pinned_open(&dump->pinned, "dumped", options.max_flows);

	dump->flows = options.max_flows;
	if (!err)
		err = lane_open_program(&dump->ours, dump->pinned.xdp_fd, &traffic);
	if (!err)
		err = lane_fill(&dump->ours);
	if (!err)
		err = lane_open(&dump->hash, SUBJECT_HASH, &options, &traffic);
	return err ? err : lane_fill(&dump->hash);
}

int group_dump(struct bench *bench)
{
	struct dump dump = { .bench = bench };
	int err = open_dump(&dump);

	if (!err)
		err = report_scan(&dump);
	if (!err)
		err = report_lists(&dump);
	if (dump.hash.traffic)
		lane_close(&dump.hash);
	if (dump.ours.traffic)
		lane_close(&dump.ours);
	pinned_close(&dump.pinned);
	return err;
}
