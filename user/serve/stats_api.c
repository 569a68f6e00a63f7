// SPDX-License-Identifier: GPL-2.0-only
#include "serve/stats_api.h"

#include <stdlib.h>

#include "stats/fields.h"

struct stats_asked {
	struct stats_options options;
	__u32 limit; /* 0: none */
};

const struct param stats_params[] = {
	{ .name = "by",
	  .kind = PARAM_CHOICE,
	  .choices = stats_by_names,
	  .offset = offsetof(struct stats_asked, options.by) },
	{ .name = "sort",
	  .kind = PARAM_CHOICE,
	  .choices = stats_sort_names,
	  .offset = offsetof(struct stats_asked, options.sort) },
	{ .name = "prefix4",
	  .kind = PARAM_NUMBER,
	  .least = 1,
	  .most = 32,
	  .offset = offsetof(struct stats_asked, options.prefix4) },
	{ .name = "prefix6",
	  .kind = PARAM_NUMBER,
	  .least = 1,
	  .most = 128,
	  .offset = offsetof(struct stats_asked, options.prefix6) },
	{ .name = "limit",
	  .kind = PARAM_NUMBER,
	  .least = 1,
	  .most = ~0U,
	  .offset = offsetof(struct stats_asked, limit) },
	{ 0 },
};

struct stats_query {
	struct scan_query query;
	struct stats_asked asked;
	struct stats stats; /* of the tracker that is being read */
	struct buffer content;
	struct output output;
};

static int begin(struct scan_query *query)
{
	struct stats_query *stats = (struct stats_query *)query;
	int err = buffer_init(&stats->content, BUFFER_MEMORY);

	if (!err)
		stats_output_begin(&stats->output, OUTPUT_JSON, &stats->content);
	return err;
}

static int source_begin(struct scan_query *query, struct tracker *tracker)
{
	struct stats_query *stats = (struct stats_query *)query;
	int err = stats_open(&stats->stats, &stats->asked.options, &tracker->source);

	if (err)
		return err;
	stats_begin(&stats->stats, false);
	return 0;
}

static int take(struct scan_query *query, struct tracker *tracker, size_t which, const struct flow_record *record,
		const struct flow_view *view)
{
	struct stats_query *stats = (struct stats_query *)query;

	(void)tracker;
	(void)which;
	return stats->stats.source ? stats_take(&stats->stats, record, view) : 0;
}

static int source_end(struct scan_query *query, struct tracker *tracker)
{
	struct stats_query *stats = (struct stats_query *)query;
	int err = 0;

	(void)tracker;
	if (stats->stats.source)
		err = stats_end(&stats->stats);
	if (stats->stats.source && !err)
		stats_output_all(&stats->output, &stats->stats, stats->asked.limit);
	stats_close(&stats->stats);
	return err;
}

static struct body *end(struct scan_query *query, const struct trackers *trackers, struct bodies *bodies)
{
	struct stats_query *stats = (struct stats_query *)query;

	(void)trackers;
	output_end(&stats->output);
	return body_new(bodies, 200, BODY_JSON, &stats->content);
}

static void free_stats(struct scan_query *query)
{
	struct stats_query *stats = (struct stats_query *)query;

	stats_close(&stats->stats);
	buffer_free(&stats->content);
}

static const struct scan_kind kind = {
	.begin = begin,
	.source_begin = source_begin,
	.take = take,
	.source_end = source_end,
	.end = end,
	.free = free_stats,
};

/* Parameters that only mean something together; fills in the defaults. */
static bool check(struct stats_asked *asked, struct http_response *response)
{
	struct stats_options *options = &asked->options;

	if (stats_by_owner(options->by)) {
		http_respond_error(response, 400,
				   "by=%s asks for processes of this host, which 'serve' does not look up",
				   stats_by_names[options->by]);
		return false;
	}
	if (!stats_by_address(options->by) && (options->prefix4 || options->prefix6)) {
		http_respond_error(response, 400, "prefix%d needs by=server or by=client", options->prefix4 ? 4 : 6);
		return false;
	}
	if (options->by == STATS_ALL && options->sort != STATS_BUSIEST) {
		http_respond_error(response, 400, "sort needs by=server-port, by=server or by=client");
		return false;
	}
	options->prefix4 = options->prefix4 ? options->prefix4 : 32;
	options->prefix6 = options->prefix6 ? options->prefix6 : 128;
	return true;
}

void answer_stats(const struct ask *ask, struct http_response *response)
{
	struct stats_asked asked = { 0 };
	struct stats_query *stats;

	if (!params_parse(ask->params, ask->query, &asked, response) || !check(&asked, response) ||
	    ask_again(ask, response))
		return;
	stats = calloc(1, sizeof(*stats));
	if (stats)
		stats->asked = asked;
	ask_scan(ask, (struct scan_query *)stats, &kind, response);
}
