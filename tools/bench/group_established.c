// SPDX-License-Identifier: GPL-2.0-only
/* The cost of a packet of an established flow, in tables with 1 to 4M flows. */
#include "groups.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lane.h"

struct size {
	const char *name;
	__u32 log2;
};

static const struct size sizes[] = { { "1", 0 }, { "1k", 10 }, { "64k", 16 }, { "1m", 20 }, { "4m", 22 } };

#define SIZES (sizeof(sizes) / sizeof(*sizes))
#define SIZE_1K 1
#define LRU_LOG2_MAX 20 /* at 4M flows, filling the other subjects takes long enough */
#define PACKETS 100000 /* per measurement */

/* One number of flows of one address family: a lane for each kind of subject. */
struct field {
	struct bench *bench;
	char name[32];
	struct subject_options options;
	struct traffic_config traffic;
	struct lane lane[SUBJECT_KINDS];
	bool present[SUBJECT_KINDS];
};

struct walk {
	struct lane *lane;
	__u64 packets;
	bool batches;
};

static int measure_walk(void *context, double *value)
{
	struct walk *walk = context;
	int err;

	if (!walk->batches)
		return lane_run(walk->lane, LANE_WALK, walk->packets, value);
	err = lane_run(walk->lane, LANE_BATCHES, walk->packets / TRAFFIC_BATCH, value);
	*value /= TRAFFIC_BATCH;
	return err;
}

static const char *const rivals[SUBJECT_KINDS] = {
	[SUBJECT_PARSE] = "parse",
	[SUBJECT_FLOOR] = "floor",
	[SUBJECT_HASH] = "hash",
	[SUBJECT_LRU] = "lru",
};

static void report_walk(const struct field *field, const struct series *series, const char *manner)
{
	struct report *report = field->bench->report;
	char name[80];

	for (enum subject_kind kind = 0; kind < SUBJECT_KINDS; kind++) {
		if (!rivals[kind] || !field->present[kind])
			continue;
		snprintf(name, sizeof(name), "established_%s%s_vs_%s", field->name, manner, rivals[kind]);
		report_figure(report, name, "ns", &series[SUBJECT_SYNSCOPE], &series[kind]);
	}
	if (field->present[SUBJECT_RTT]) {
		snprintf(name, sizeof(name), "established_%s%s_rtt_vs_off", field->name, manner);
		report_figure(report, name, "ns", &series[SUBJECT_RTT], &series[SUBJECT_SYNSCOPE]);
	}
	snprintf(name, sizeof(name), "generator_%s%s_vs_parse", field->name, manner);
	report_figure(report, name, "ns", &series[SUBJECT_EMPTY], &series[SUBJECT_PARSE]);
}

static int run_field(struct field *field, bool batches)
{
	struct contestant contestants[SUBJECT_KINDS];
	struct walk walks[SUBJECT_KINDS];
	struct series series[SUBJECT_KINDS];
	int count = 0, err = 0;

	for (int kind = 0; !err && kind < SUBJECT_KINDS; kind++) {
		if (!field->present[kind])
			continue;
		walks[count] = (struct walk){ .lane = &field->lane[kind],
					      .packets = field->bench->quick ? 1024 : PACKETS,
					      .batches = batches };
		contestants[count] = (struct contestant){ .measure = measure_walk, .context = &walks[count] };
		if (!field->bench->quick)
			err = lane_hold(&field->lane[kind], count, batches ? LANE_BATCHES : LANE_WALK);
		count++;
	}
	if (!err)
		err = run_rounds(contestants, count, field->bench->rounds);
	if (err)
		return err;
	for (int i = 0; i < count; i++)
		series[walks[i].lane - field->lane] = contestants[i].series;
	report_walk(field, series, batches ? "_pipelined" : "");
	return 0;
}

static int open_field(struct field *field)
{
	int err = 0;

	for (enum subject_kind kind = 0; !err && kind < SUBJECT_KINDS; kind++) {
		if (kind == SUBJECT_LRU && (field->traffic.flows_log2 > LRU_LOG2_MAX || field->traffic.ipv6))
			continue;
		err = lane_open(&field->lane[kind], kind, &field->options, &field->traffic);
		if (err)
			break;
		field->present[kind] = true;
		if (kind >= SUBJECT_HASH)
			err = lane_fill(&field->lane[kind]);
	}
	return err;
}

static void close_field(struct field *field)
{
	for (enum subject_kind kind = 0; kind < SUBJECT_KINDS; kind++)
		if (field->present[kind])
			lane_close(&field->lane[kind]);
}

static __u64 memory_wanted(__u32 flows)
{
	__u64 sum = 0;

	for (enum subject_kind kind = 0; kind < SUBJECT_KINDS; kind++)
		sum += subject_memory(kind, flows);
	return sum;
}

static int run_size(struct bench *bench, const struct size *size, bool ipv6, enum traffic_sender sender)
{
	__u32 log2 = bench->quick && size->log2 > QUICK_FLOWS_LOG2 ? QUICK_FLOWS_LOG2 : size->log2;
	struct field field = { .bench = bench,
			       .options = { .max_flows = 1U << log2, .ipv6 = ipv6 },
			       .traffic = { .flows_log2 = log2, .ipv6 = ipv6, .sender = sender } };
	char name[64], why[64];
	int err;

	snprintf(field.name, sizeof(field.name), "%s%s%s", ipv6 ? "ipv6_" : "", size->name,
		 sender == SENDER_MIXED ? "" : "_one_sided");
	if (memory_wanted(1U << log2) > memory_available()) {
		snprintf(name, sizeof(name), "established_%s_vs_hash", field.name);
		snprintf(why, sizeof(why), "takes %llu MB of memory", memory_wanted(1U << log2) >> 20);
		report_missing(bench->report, name, "ns", why);
		return 0;
	}
	err = open_field(&field);
	if (!err)
		err = run_field(&field, false);
	if (!err)
		err = run_field(&field, true);
	close_field(&field);
	return err;
}

int group_established(struct bench *bench)
{
	int err = 0;

	for (int ipv6 = 0; ipv6 < 2; ipv6++)
		for (size_t i = 0; !err && i < (bench->quick && ipv6 ? 1 : SIZES); i++)
			err = run_size(bench, &sizes[i], ipv6, SENDER_MIXED);
	return err ? err : run_size(bench, &sizes[SIZE_1K], false, SENDER_CLIENT);
}
