// SPDX-License-Identifier: GPL-2.0-only
#include "serve/api.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/terminal.h"
#include "query/listing.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MOST 5000

/* ---- questions that a scan answers */

/* The same question was asked a moment ago: *response is that answer, or waits for it. */
static bool join(const struct ask *ask, struct http_response *response)
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

/* Let a query, which may be NULL, wait for the next scan. */
static void enqueue(const struct ask *ask, struct scan_query *query, const struct scan_kind *kind,
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

/* ---- /api/v1/status */

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

void answer_status(const struct route *route, const struct ask *ask, struct http_response *response)
{
	if (!params_parse(route->params, ask->query, NULL, response) || join(ask, response))
		return;
	enqueue(ask, calloc(1, sizeof(struct status_query)), &status_kind, response);
}

/* ---- /api/v1/flows */

struct flows_asked {
	char filter[PARAM_TEXT_MAX + 1];
	enum sort_key sort;
	__u32 limit;
	bool all;
};

const struct param flows_params[] = {
	{ .name = "filter", .kind = PARAM_TEXT, .offset = offsetof(struct flows_asked, filter) },
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
			  false); /* fails for a table only */
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

/* Parse a filter of a query. False: *response says what is wrong. */
static bool parse_filter(const char *text, struct filter *filter, struct http_response *response)
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

void answer_flows(const struct route *route, const struct ask *ask, struct http_response *response)
{
	struct flows_asked asked = { .sort = SORT_LAST_SEEN, .limit = LIMIT_DEFAULT };
	struct flows_query *flows;
	struct filter filter;

	if (!params_parse(route->params, ask->query, &asked, response) || join(ask, response) ||
	    !parse_filter(asked.filter, &filter, response))
		return;
	flows = calloc(1, sizeof(*flows));
	if (flows) {
		flows->listing = (struct listing){
			.all = asked.all, .sort = asked.sort, .limit = asked.limit, .filter = filter
		};
		flows->order = (struct flow_order){ .sort = asked.sort, .most = asked.limit };
	} else {
		filter_free(&filter);
	}
	enqueue(ask, (struct scan_query *)flows, &flows_kind, response);
}
