// SPDX-License-Identifier: GPL-2.0-only
#include "serve/flow_api.h"

#include <stdlib.h>
#include <string.h>

#include "format/detail.h"
#include "query/search.h"

#define TEXT_MAX 256 /* of a name that is asked for */

struct flow_asked {
	char instance[PARAM_TEXT_MAX + 1];
};

const struct param flow_params[] = {
	{ .name = "instance", .kind = PARAM_TEXT, .offset = offsetof(struct flow_asked, instance) },
	{ 0 },
};

struct flow_query {
	struct scan_query query;
	struct flow_search search;
	char text[TEXT_MAX]; /* as the client gave it */
};

static int take(struct scan_query *query, struct tracker *tracker, size_t which, const struct flow_record *record,
		const struct flow_view *view)
{
	struct flow_query *flow = (struct flow_query *)query;

	(void)which;
	flow_search_take(&flow->search, &tracker->source, record, view);
	return 0;
}

static struct body *end(struct scan_query *query, const struct trackers *trackers, struct bodies *bodies)
{
	static const struct detail_style json = { .format = OUTPUT_JSON };
	struct flow_query *flow = (struct flow_query *)query;
	struct flow_search *search = &flow->search;
	struct ladder_step steps[LADDER_KEPT];
	struct ladder ladder = { 0 };
	struct flow_labels labels;
	struct buffer content;

	(void)trackers;
	if (!search->source) {
		struct http_response response = { .bodies = bodies };

		http_respond_error(&response, 404, FLOW_NOT_FOUND, flow->text);
		return response.body;
	}
	if (buffer_init(&content, BUFFER_MEMORY))
		return NULL;
	flow_search_read(search, &ladder, steps);
	labels = flow_source_labels(search->source, &search->view);
	flow_detail_print(&content, &json, NULL, &search->view, &ladder, &labels);
	return body_new(bodies, 200, BODY_JSON, &content);
}

static const struct scan_kind kind = { .take = take, .end = end };

void answer_flow(const struct ask *ask, struct http_response *response)
{
	struct flow_asked asked = { 0 };
	struct flow_query *flow;
	struct flow_name name;

	if (!params_parse(ask->params, ask->query, &asked, response) || !ask_instance(ask, asked.instance, response) ||
	    ask_again(ask, response))
		return;
	if (strlen(ask->rest) >= TEXT_MAX || !flow_name_parse(&name, ask->rest)) {
		http_respond_error(response, 400, FLOW_NAME_WRONG, ask->rest);
		return;
	}
	flow = calloc(1, sizeof(*flow));
	if (flow) {
		flow->search.name = name;
		strcpy(flow->query.instance, asked.instance); /* it is one that is served: ask_instance() */
		memcpy(flow->text, ask->rest, strlen(ask->rest) + 1);
	}
	ask_scan(ask, (struct scan_query *)flow, &kind, response);
}
