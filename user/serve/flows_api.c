// SPDX-License-Identifier: GPL-2.0-only
#include "serve/flows_api.h"

#include <stdlib.h>

#include "query/listing.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MOST 5000

struct flows_asked {
	char filter[PARAM_TEXT_MAX + 1];
	char instance[PARAM_TEXT_MAX + 1];
	enum sort_key sort;
	__u32 limit;
	bool all;
};

const struct param flows_params[] = {
	{ .name = "filter", .kind = PARAM_TEXT, .offset = offsetof(struct flows_asked, filter) },
	{ .name = "instance", .kind = PARAM_TEXT, .offset = offsetof(struct flows_asked, instance) },
	{ .name = "sort", .kind = PARAM_CHOICE, .choices = sort_names, .offset = offsetof(struct flows_asked, sort) },
	{ .name = "limit",
	  .kind = PARAM_NUMBER,
	  .least = 1,
	  .most = LIMIT_MOST,
	  .offset = offsetof(struct flows_asked, limit) },
	{ .name = "all", .kind = PARAM_FLAG, .offset = offsetof(struct flows_asked, all) },
	{ 0 },
};

struct flows_query {
	struct scan_query query;
	struct listing listing;
	struct listing_times times;
	struct flow_order order;
};

static int flows_take(struct scan_query *query, struct tracker *tracker, size_t which, const struct flow_record *record,
		      const struct flow_view *view)
{
	struct flows_query *flows = (struct flows_query *)query;

	if (!listing_takes(&flows->listing, &tracker->source, view, &flows->times))
		return 0;
	return flow_order_add(&flows->order, view, record, which);
}

static struct body *flows_end(struct scan_query *query, const struct trackers *trackers, struct bodies *bodies)
{
	struct flows_query *flows = (struct flows_query *)query;
	struct flow_output output;
	struct buffer content;
	struct body *body;

	if (buffer_init(&content, BUFFER_MEMORY))
		return NULL;
	flow_order_sort(&flows->order);
	flow_output_begin(&output, OUTPUT_JSON, &content, NULL, (int)trackers->count,
			  (struct flow_extras){ 0 }); /* fails for a table only */
	for (size_t i = 0; i < flows->order.count && content.used < BODIES_MAX; i++)
		listing_print(&flows->listing, &trackers->tracker[flows->order.flow[i].source]->source,
			      &flows->order.flow[i], &output);
	flow_output_end(&output);
	body = body_new(bodies, 200, BODY_JSON, &content);
	if (body)
		body->total = (long)flows->times.listed;
	return body;
}

static void flows_free(struct scan_query *query)
{
	struct flows_query *flows = (struct flows_query *)query;

	filter_free(&flows->listing.filter);
	flow_order_free(&flows->order);
}

static const struct scan_kind flows_kind = { .take = flows_take, .end = flows_end, .free = flows_free };

void answer_flows(const struct ask *ask, struct http_response *response)
{
	struct flows_asked asked = { .sort = SORT_LAST_SEEN, .limit = LIMIT_DEFAULT };
	struct flows_query *flows;
	struct filter filter;

	if (!params_parse(ask->params, ask->query, &asked, response) || !ask_instance(ask, asked.instance, response) ||
	    ask_again(ask, response) || !ask_filter(asked.filter, &filter, response))
		return;
	flows = calloc(1, sizeof(*flows));
	if (flows) {
		flows->listing = (struct listing){
			.all = asked.all, .sort = asked.sort, .limit = asked.limit, .filter = filter
		};
		strcpy(flows->query.instance, asked.instance); /* it is one that is served: ask_instance() */
		flows->order = (struct flow_order){ .sort = asked.sort, .most = asked.limit };
	} else {
		filter_free(&filter);
	}
	ask_scan(ask, (struct scan_query *)flows, &flows_kind, response);
}
