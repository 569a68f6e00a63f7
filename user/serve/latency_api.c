// SPDX-License-Identifier: GPL-2.0-only
#include "serve/latency_api.h"

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
	if (params_parse(ask->params, ask->query, NULL, response))
		ask_trackers(ask, put_tracker, response);
}
