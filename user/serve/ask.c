// SPDX-License-Identifier: GPL-2.0-only
#include "serve/ask.h"

#include <errno.h>

#include "format/output.h"

bool ask_again(const struct ask *ask, struct http_response *response)
{
	struct scan_query *query = scanner_find(&ask->site->scanner, ask->request->target);

	if (!query)
		return false;
	if (!query->done) {
		response->kind = HTTP_WAIT;
		response->query = query;
		return true;
	}
	http_respond_body(response, query->body ? body_take(query->body) : NULL);
	scan_query_release(query);
	return true;
}

void ask_scan(const struct ask *ask, struct scan_query *query, const struct scan_kind *kind,
	      struct http_response *response)
{
	int err = query ? scanner_add(&ask->site->scanner, query, kind, ask->request->target) : -ENOMEM;

	if (err == -EBUSY) {
		http_respond_error(response, 429,
				   "%d different queries wait for the next scan of the tables already; try again in a "
				   "second",
				   SCAN_QUERIES_MAX);
		response->retry = true;
		return;
	}
	response->kind = HTTP_WAIT;
	response->query = query;
	if (err)
		http_respond_body(response, NULL);
}

void ask_trackers(const struct ask *ask, void (*fields)(struct sink *sink, const void *tracker),
		  struct http_response *response)
{
	const struct trackers *trackers = &ask->site->trackers;
	struct buffer content;
	struct output output = { .format = OUTPUT_JSON, .out = &content, .fields = fields };
	struct body *body = NULL;

	if (!buffer_init(&content, BUFFER_MEMORY)) {
		output_begin(&output, NULL);
		for (size_t i = 0; i < trackers->count && content.used < BODIES_MAX; i++)
			output_add(&output, trackers->tracker[i]);
		output_end(&output);
		body = body_new(response->bodies, 200, BODY_JSON, &content);
	}
	http_respond_body(response, body);
}

bool ask_instance(const struct ask *ask, const char *name, struct http_response *response)
{
	const struct trackers *trackers = &ask->site->trackers;

	if (!*name)
		return true;
	for (size_t i = 0; i < trackers->count; i++)
		if (tracker_is(trackers->tracker[i], name))
			return true;
	http_respond_error(response, 404, "no instance '%s' is served; /api/v1/status shows those that are", name);
	return false;
}

bool ask_filter(const char *text, struct filter *filter, struct http_response *response)
{
	struct filter_error error;
	int err = filter_parse_text(text, NULL, filter, &error);

	if (err == -EINVAL)
		http_respond_error(response, 400, "filter: %s, column %u; try 'synscope help filter'", error.text,
				   error.column);
	else if (err)
		http_respond_body(response, NULL);
	if (err || !filter_needs_processes(filter))
		return !err;
	filter_free(filter);
	http_respond_error(response, 400, "filter: " FILTER_OF_PROCESSES ", which 'serve' does not look up");
	return false;
}
