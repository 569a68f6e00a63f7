// SPDX-License-Identifier: GPL-2.0-only
#include "serve/status_api.h"

#include <stdlib.h>

#include "format/output.h"

struct status_query {
	struct scan_query query;
	struct buffer content;
	struct output output;
	struct instance_status now; /* of the tracker that is being read */
};

static void put_status(struct sink *sink, const void *record)
{
	instance_status_fields(sink, record);
}

static int status_begin(struct scan_query *query)
{
	struct status_query *status = (struct status_query *)query;
	int err = buffer_init(&status->content, BUFFER_MEMORY);

	status->output = (struct output){ .format = OUTPUT_JSON, .out = &status->content, .fields = put_status };
	if (!err)
		output_begin(&status->output, NULL);
	return err;
}

static int status_source_begin(struct scan_query *query, struct tracker *tracker)
{
	struct status_query *status = (struct status_query *)query;

	status->now = tracker->sample[1];
	return 0;
}

static int status_take(struct scan_query *query, struct tracker *tracker, size_t which,
		       const struct flow_record *record, const struct flow_view *view)
{
	struct status_query *status = (struct status_query *)query;

	(void)tracker;
	(void)which;
	(void)record;
	instance_status_count(&status->now, view);
	return 0;
}

static int status_source_end(struct scan_query *query, struct tracker *tracker)
{
	struct status_query *status = (struct status_query *)query;
	int err = instance_status_finish(&status->now, &tracker->source);

	if (!err)
		output_add(&status->output, &status->now);
	instance_status_end(&status->now);
	return err;
}

static struct body *status_end(struct scan_query *query, const struct trackers *trackers, struct bodies *bodies)
{
	struct status_query *status = (struct status_query *)query;

	(void)trackers;
	output_end(&status->output);
	return body_new(bodies, 200, BODY_JSON, &status->content);
}

static void status_free(struct scan_query *query)
{
	buffer_free(&((struct status_query *)query)->content);
}

static const struct scan_kind status_kind = {
	.begin = status_begin,
	.source_begin = status_source_begin,
	.take = status_take,
	.source_end = status_source_end,
	.end = status_end,
	.free = status_free,
};

void answer_status(const struct ask *ask, struct http_response *response)
{
	struct status_query *status;

	if (!params_parse(ask->params, ask->query, NULL, response) || ask_again(ask, response))
		return;
	status = calloc(1, sizeof(*status));
	ask_scan(ask, (struct scan_query *)status, &status_kind, response);
}
