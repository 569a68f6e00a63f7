// SPDX-License-Identifier: GPL-2.0-only
#include "metrics_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct figures *figures_new(void)
{
	struct figures *figures = calloc(1, sizeof(*figures));

	ck_assert_ptr_nonnull(figures);
	strcpy(figures->meta.name, "eth0");
	strcpy(figures->interface[0].ifname, "eth0");
	figures->meta.interfaces = 1;
	figures->meta.interface[0].xdp = XDP_MODE_NATIVE;
	figures->meta.interface[0].tc_egress = TC_MODE_TCX;
	figures->tracker = (struct metrics_tracker){ .meta = &figures->meta,
						     .interface = figures->interface,
						     .latencies = figures->latencies,
						     .counters = figures->counters,
						     .events = &figures->events,
						     .exemplars = true };
	for (int i = 0; i < SERVER_PORT_INDEXES; i++)
		figures->tracker.port[i] = NO_PORT;
	figures->input = (struct metrics_input){
		.tracker = &figures->tracker, .tracker_count = 1, .per_octave = 1, .ports = METRICS_PORTS_DEFAULT
	};
	return figures;
}

void figures_port(struct figures *figures, int place, int port)
{
	figures->tracker.port[place] = port;
}

void figures_count(struct figures *figures, int place, __u64 ns, __u64 times)
{
	for (int which = 0; which < LATENCY_COUNT; which++) {
		figures->latencies[place].count[which][histogram_bucket(ns)] += times;
		figures->latencies[place].sum_ns[which] += times * ns;
	}
}

void figures_rtt(struct figures *figures)
{
	figures->tracker.round_trips = figures->round_trips;
}

void figures_round_trips(struct figures *figures, int place, enum round_trip_end end, __u64 ns, __u64 times)
{
	figures->round_trips[place].count[end][histogram_bucket(ns)] += times;
	figures->round_trips[place].sum_ns[end] += times * ns;
}

char *figures_write(const struct figures *figures, enum metrics_format format, size_t *bytes)
{
	struct buffer out;

	ck_assert_int_eq(buffer_init(&out, BUFFER_MEMORY), 0);
	metrics_write(&out, format, &figures->input);
	ck_assert(!buffer_failed(&out));
	if (bytes)
		*bytes = out.used;
	buffer_char(&out, '\0');
	return out.data;
}

void figures_expect(const struct figures *figures, const char *expected)
{
	char *text = figures_write(figures, METRICS_OPENMETRICS, NULL);

	ck_assert_msg(strstr(text, expected), "no %s in\n%s", expected, text);
	free(text);
}

int count_samples(const char *text)
{
	int count = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		count += *line != '#';
	return count;
}
