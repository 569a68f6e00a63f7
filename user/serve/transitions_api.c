// SPDX-License-Identifier: GPL-2.0-only
#include "serve/transitions_api.h"

static void put_tracker(struct sink *sink, const void *record)
{
	const struct tracker *tracker = record;

	sink->ops->open(sink, "", 0);
	sink_string(sink, NAME("instance"), tracker->source.instance->meta.name);
	sink->ops->boolean(sink, NAME("reads_events"), tracker->reads);
	sink->ops->number(sink, NAME("events_lost"), tracker->lost);
	transitions_fields(sink, &tracker->transitions);
	sink->ops->close(sink);
}

void answer_transitions(const struct ask *ask, struct http_response *response)
{
	if (params_parse(ask->params, ask->query, NULL, response))
		ask_trackers(ask, put_tracker, response);
}
