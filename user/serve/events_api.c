// SPDX-License-Identifier: GPL-2.0-only
#include "serve/events_api.h"

#include <errno.h>

struct events_asked {
	char filter[PARAM_TEXT_MAX + 1];
};

const struct param events_params[] = {
	{ .name = "filter", .kind = PARAM_TEXT, .offset = offsetof(struct events_asked, filter) },
	{ 0 },
};

void answer_events(const struct ask *ask, struct http_response *response)
{
	struct events_asked asked = { 0 };
	struct filter filter;
	int err;

	if (!params_parse(ask->params, ask->query, &asked, response) || !ask_filter(asked.filter, &filter, response))
		return;
	response->kind = HTTP_STREAM;
	response->status = 200;
	response->stream = stream_open(&ask->site->events, &filter, &err);
	if (err == -EBUSY) {
		ask->site->refusals.count[REFUSAL_STREAMS]++;
		http_respond_error(response, 503, "%d viewers read events already, which is the maximum", STREAMS_MAX);
		response->retry = true;
	} else if (err) {
		http_respond_body(response, NULL);
	}
}
