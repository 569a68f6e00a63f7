// SPDX-License-Identifier: GPL-2.0-only
#include "serve/latency_api.h"

#include "format/output.h"

static void put_tracker(struct sink *sink, const void *record)
{
	const struct tracker *tracker = record;

	sink->ops->open(sink, "", 0);
	sink_string(sink, NAME("instance"), tracker->source.instance->meta.name);
	sink->ops->number(sink, NAME("column_ns"), HEAT_COLUMN_NS);
	heat_fields(sink, &tracker->heat);
	sink->ops->close(sink);
}

void answer_latency(const struct ask *ask, struct http_response *response)
{
	const struct trackers *trackers = &ask->site->trackers;
	struct buffer content;
	struct output output = { .format = OUTPUT_JSON, .out = &content, .fields = put_tracker };
	struct body *body = NULL;

	if (!params_parse(ask->params, ask->query, NULL, response))
		return;
	if (!buffer_init(&content, BUFFER_MEMORY)) {
		output_begin(&output, NULL);
		for (size_t i = 0; i < trackers->count && content.used < BODIES_MAX; i++)
			output_add(&output, trackers->tracker[i]);
		output_end(&output);
		body = body_new(response->bodies, 200, BODY_JSON, &content);
	}
	http_respond_body(response, body);
}
