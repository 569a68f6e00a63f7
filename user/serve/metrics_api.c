// SPDX-License-Identifier: GPL-2.0-only
#include "serve/metrics_api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "serve/accept.h"
#include "serve/export_process.h"
#include "serve/metrics.h"

struct metrics_query {
	struct scan_query query;
	const struct metrics_setup *setup;
	const struct refusals *refusals;
	enum metrics_format format;
	bool exemplars;
	struct metrics_tracker *tracker;
	size_t count, room;
};

static int metrics_source_begin(struct scan_query *query, struct tracker *tracker)
{
	struct metrics_query *metrics = (struct metrics_query *)query;
	struct metrics_tracker *figures =
		array_grow(metrics->tracker, metrics->count, &metrics->room, sizeof(*figures), "the metrics");

	if (!figures)
		return -ENOMEM;
	metrics->tracker = figures;
	figures += metrics->count++;
	*figures = (struct metrics_tracker){
		.meta = &tracker->source.instance->meta,
		.interface = tracker->source.interface,
		.latencies = tracker->histograms.latencies,
		.round_trips = tracker->histograms.round_trips,
		.counters = tracker->sample[0].counters,
		.events = &tracker->told,
		.slots = flow_reader_slots(&tracker->source.reader),
		.events_lost = tracker->lost_by_all,
		.exemplars = metrics->exemplars,
	};
	histogram_reader_ports(&tracker->histograms, figures->port);
	return 0;
}

static int metrics_take(struct scan_query *query, struct tracker *tracker, size_t which,
			const struct flow_record *record, const struct flow_view *view)
{
	struct metrics_query *metrics = (struct metrics_query *)query;

	(void)tracker;
	(void)which;
	(void)record;
	metrics_count_flow(&metrics->tracker[metrics->count - 1].flows, view);
	return 0;
}

static struct body *metrics_end(struct scan_query *query, const struct trackers *trackers, struct bodies *bodies)
{
	const struct metrics_query *metrics = (const struct metrics_query *)query;
	struct metrics_input input = { .tracker = metrics->tracker,
				       .tracker_count = metrics->count,
				       .per_octave = metrics->setup->per_octave,
				       .ports = metrics->setup->ports,
				       .refusals = *metrics->refusals };
	struct export_sinks sinks;
	struct buffer content;

	(void)trackers;
	if (metrics->setup->exports)
		input.sink_count = export_process_sinks(metrics->setup->exports, &sinks);
	input.sink = sinks.sink;
	if (buffer_init(&content, BUFFER_MEMORY))
		return NULL;
	process_read(&metrics->setup->process, &input.process);
	metrics_write(&content, metrics->format, &input);
	return body_new(bodies, 200, metrics_type(metrics->format), &content);
}

static void metrics_free(struct scan_query *query)
{
	struct metrics_query *metrics = (struct metrics_query *)query;

	free(metrics->tracker);
	metrics->tracker = NULL;
}

static const struct scan_kind metrics_kind = {
	.source_begin = metrics_source_begin,
	.take = metrics_take,
	.end = metrics_end,
	.free = metrics_free,
};

/*
 * What was asked for a moment ago is the same answer only in the same format. Exemplars name flows, and so addresses:
 * they are not for those who need no token.
 */
void answer_metrics(const struct ask *ask, struct http_response *response)
{
	enum metrics_format format = accept_format(ask->request->accept);
	bool exemplars = !ask->request->metrics_only;
	struct http_request request = *ask->request;
	struct metrics_query *metrics;
	struct ask in_format = *ask;
	char key[64];

	if (!params_parse(ask->params, ask->query, NULL, response))
		return;
	snprintf(key, sizeof(key), "metrics %d %d", format, exemplars); /* no target, which begins with / */
	request.target = key;
	in_format.request = &request;
	if (ask_again(&in_format, response))
		return;
	metrics = calloc(1, sizeof(*metrics));
	if (metrics) {
		metrics->setup = &ask->site->metrics;
		metrics->refusals = &ask->site->refusals;
		metrics->format = format;
		metrics->exemplars = exemplars;
	}
	ask_scan(&in_format, (struct scan_query *)metrics, &metrics_kind, response);
}
