// SPDX-License-Identifier: GPL-2.0-only
#include "serve/ask.h"

#include <errno.h>

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

bool ask_filter(const char *text, struct filter *filter, struct http_response *response)
{
	struct filter_error error;
	int err = filter_parse_text(text, filter, &error);

	if (err == -EINVAL)
		http_respond_error(response, 400, "filter: %s, column %u; try 'synscope help filter'", error.text,
				   error.column);
	else if (err)
		http_respond_body(response, NULL);
	return !err;
}
