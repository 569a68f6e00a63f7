// SPDX-License-Identifier: GPL-2.0-only
/* What a scrape of `serve` costs, without the scan that everybody shares and without the socket. */
#include "groups.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/message.h"
#include "serve/metrics.h"

#define QUICK_PORTS 3

/* An instance with this many ports, each with latencies in a fifth of all buckets. */
struct scraped {
	struct instance_meta meta;
	struct interface_state interface[1];
	struct port_latencies latencies[SERVER_PORT_INDEXES];
	struct port_latencies sum;
	__u64 counters[COUNTER_COUNT];
	struct metrics_events events;
	struct metrics_tracker tracker;
	struct metrics_input input;
};

static void fill(struct scraped *scraped, int ports)
{
	snprintf(scraped->meta.name, sizeof(scraped->meta.name), "eth0");
	scraped->tracker = (struct metrics_tracker){ .meta = &scraped->meta,
						     .interface = scraped->interface,
						     .latencies = scraped->latencies,
						     .counters = scraped->counters,
						     .events = &scraped->events,
						     .exemplars = true };
	for (int place = 0; place < SERVER_PORT_INDEXES; place++) {
		scraped->tracker.port[place] = place < ports ? 1024 + place : NO_PORT;
		for (int which = 0; which < LATENCY_COUNT; which++)
			for (__u32 i = 1; i < HISTOGRAM_LAST;
			     i += i % (5 * HISTOGRAM_SUBS) < 2 * HISTOGRAM_SUBS ? 3 : 7)
				scraped->latencies[place].count[which][i] = 1000 + i;
	}
	scraped->input = (struct metrics_input){
		.tracker = &scraped->tracker, .tracker_count = 1, .per_octave = 1, .ports = SERVER_PORTS
	};
}

/* The CPU time of one answer, in ms; its size in *bytes. */
static int measure(const struct scraped *scraped, enum metrics_format format, double *ms, double *bytes)
{
	__u64 before = cpu_ns();
	struct buffer out;
	int err = buffer_init(&out, BUFFER_MEMORY);

	if (err)
		return err;
	metrics_write(&out, format, &scraped->input);
	*ms = (double)(cpu_ns() - before) / NS_PER_MS;
	*bytes = (double)out.used;
	err = out.error;
	buffer_free(&out);
	return err;
}

/* The least that a scrape can take: each count of each port is read once. */
static double measure_read(struct scraped *scraped)
{
	const struct histogram_reader reader = { .latencies = scraped->latencies };
	__u64 before = cpu_ns();

	histogram_reader_add(&reader, &scraped->sum);
	return (double)(cpu_ns() - before) / NS_PER_MS;
}

static int report_format(struct bench *bench, struct scraped *scraped, enum metrics_format format, const char *name)
{
	struct series ms = { 0 }, read = { 0 }, size = { 0 };
	char figure[64];
	int err = 0;

	for (int round = 0; round < bench->rounds && !err; round++) {
		double taken = 0, bytes = 0;

		series_add(&read, measure_read(scraped));
		err = measure(scraped, format, &taken, &bytes);
		series_add(&ms, taken);
		series_add(&size, bytes);
	}
	if (err)
		return err;
	snprintf(figure, sizeof(figure), "scrape_%s_vs_read", name);
	report_figure(bench->report, figure, "ms", &ms, &read);
	snprintf(figure, sizeof(figure), "scrape_%s_size", name);
	report_figure(bench->report, figure, "bytes", &size, NULL);
	return 0;
}

int group_metrics(struct bench *bench)
{
	struct scraped *scraped = calloc(1, sizeof(*scraped));
	int err;

	if (!scraped) {
		message_error("cannot measure a scrape: out of memory");
		return -ENOMEM;
	}
	fill(scraped, bench->quick ? QUICK_PORTS : SERVER_PORTS);
	err = report_format(bench, scraped, METRICS_OPENMETRICS, "text");
	if (!err)
		err = report_format(bench, scraped, METRICS_PROTOBUF, "native");
	free(scraped);
	return err;
}
