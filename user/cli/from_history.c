// SPDX-License-Identifier: GPL-2.0-only
#include "cli/from_history.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/message.h"
#include "base/terminal.h"
#include "flow/name.h"
#include "flow/services.h"
#include "format/detail.h"
#include "history/reader.h"
#include "history/row.h"
#include "replay/recording.h"

#define ENOUGH 1 /* what a taker returns when it wants no more */

/* With `resolve`, *services become the names of services. */
static int open_history(struct history_reader *reader, struct services **services, const char *file, bool resolve)
{
	*reader = (struct history_reader){ 0 };
	*services = resolve ? services_read() : NULL;
	if (resolve && !*services)
		return -ENOMEM;
	return history_reader_open(reader, file, *services);
}

static int close_history(struct history_reader *reader, struct services *services, int err)
{
	err = history_reader_close(reader, err);
	services_free(services);
	return err;
}

/* ---- list */

/* Flows in an order that the file has no index for are sorted here, by their ids, and read again. */
struct taking {
	const struct listing *listing;
	struct flow_order order; /* the id of a flow is in `source` and `slot` */
	struct flow_output output;
	__u32 printed;
};

static int print_flow(void *context, const struct history_found *found)
{
	struct taking *taking = context;

	flow_output_add(&taking->output, &found->view, &found->labels);
	taking->printed++;
	if (buffer_failed(taking->output.output.out))
		return -EPIPE;
	return taking->printed == taking->listing->limit ? ENOUGH : 0;
}

static int order_flow(void *context, const struct history_found *found)
{
	struct taking *taking = context;
	const struct flow_record record = { .slot = (__u32)found->id };

	return flow_order_add(&taking->order, &found->view, &record, (__u32)((__u64)found->id >> 32));
}

static int print_ordered(struct history_reader *reader, struct taking *taking)
{
	int err = 0;

	flow_order_sort(&taking->order);
	for (size_t i = 0; i < taking->order.count && !err; i++) {
		const struct ordered_flow *flow = &taking->order.flow[i];

		err = history_read(reader, (__s64)((__u64)flow->source << 32 | flow->slot), print_flow, taking);
	}
	return err;
}

/* A few of many flows, the newest first, are found without reading the others. */
static enum history_order order_of(const struct listing *listing)
{
	if (!listing->limit)
		return HISTORY_ANY_ORDER;
	return listing->sort == SORT_LAST_SEEN	  ? HISTORY_BY_LAST_SEEN
	       : listing->sort == SORT_FIRST_SEEN ? HISTORY_BY_FIRST_SEEN
						  : HISTORY_ANY_ORDER;
}

static int print_listing(struct history_reader *reader, const struct listing *listing, enum output_format format,
			 struct buffer *out)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct taking taking = { .listing = listing, .order = { .sort = listing->sort, .most = listing->limit } };
	enum history_order order = order_of(listing);
	bool at_once = listing->sort == SORT_NONE || order != HISTORY_ANY_ORDER;
	int err = flow_output_begin(&taking.output, format, out, &terminal, 1, (struct flow_extras){ 0 });

	if (err)
		return err;
	err = history_each(reader, &listing->filter, order, at_once ? print_flow : order_flow, &taking);
	if (!err && !at_once)
		err = print_ordered(reader, &taking);
	flow_output_end(&taking.output);
	flow_order_free(&taking.order);
	return err == ENOUGH || (err == -EPIPE && buffer_failed(out)) ? 0 : err; /* buffer_finish() tells */
}

int from_history_list(const char *file, const struct listing *listing, enum output_format format, bool resolve)
{
	struct services *services;
	struct history_reader reader;
	struct buffer out;
	int err = open_history(&reader, &services, file, resolve), finish_err;

	if (!err)
		err = buffer_init(&out, STDOUT_FILENO);
	if (!err) {
		err = print_listing(&reader, listing, format, &out);
		finish_err = buffer_finish(&out);
		err = err ? err : finish_err;
	}
	return close_history(&reader, services, err);
}

/* ---- show */

struct newest {
	const struct flow_name *name;
	__s64 id; /* 0: none */
	__u64 first_seen_ns;
	const struct detail_style *style;
};

static int take_newest(void *context, const struct history_found *found)
{
	struct newest *newest = context;

	if (!flow_name_matches(newest->name, &found->view) ||
	    (newest->id && newest->first_seen_ns >= found->view.first_seen_ns))
		return 0;
	newest->id = found->id;
	newest->first_seen_ns = found->view.first_seen_ns;
	return 0;
}

static int print_detail(void *context, const struct history_found *found)
{
	const struct newest *newest = context;
	const struct flow_record record = history_record(found->flow);
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct ladder_step steps[LADDER_KEPT];
	struct ladder ladder;
	struct buffer out;
	int err = buffer_init(&out, STDOUT_FILENO);

	if (err)
		return err;
	ladder_of_record(&ladder, steps, &record);
	flow_detail_print(&out, newest->style, &terminal, &found->view, &ladder, &found->labels);
	return buffer_finish(&out);
}

int from_history_show(const char *file, const char *flow, const struct detail_style *style, bool resolve)
{
	struct newest newest = { .style = style };
	struct history_reader reader;
	struct services *services;
	struct flow_name name;
	int err = flow_name_parse(&name, flow) ? 0 : -EINVAL;

	if (err)
		return err;
	newest.name = &name;
	err = open_history(&reader, &services, file, resolve);
	if (!err)
		err = history_each_named(&reader, &name, take_newest, &newest);
	if (!err && !newest.id) {
		message_error("no flow '%s' in '%s'; 'synscope list --from %s' prints all flows", flow, file, file);
		err = -ENOENT;
	}
	if (!err)
		err = history_read(&reader, newest.id, print_detail, &newest);
	return close_history(&reader, services, err);
}

/* ---- stats */

static int count_flow(void *context, const struct history_found *found)
{
	const struct flow_record record = history_record(found->flow);

	return stats_take(context, &record, &found->view);
}

int from_history_stats(const char *file, const struct stats_options *options, bool resolve,
		       int (*print)(const struct stats *stats, void *context), void *context)
{
	static const struct filter all;
	struct instance instance = { 0 };
	struct history_reader reader;
	struct services *services;
	int err = open_history(&reader, &services, file, resolve);
	struct flow_source source = {
		.instance = &instance, /* nothing but a name, that of the file */
		.clock.now_ns = reader.now_ns,
		.services = services,
	};
	struct stats stats;

	snprintf(instance.meta.name, sizeof(instance.meta.name), "%s", recording_name(file));
	if (!err) {
		stats_open_recorded(&stats, options, &source, "in the history", NULL);
		stats_begin(&stats, false);
		err = history_each(&reader, &all, HISTORY_ANY_ORDER, count_flow, &stats);
		if (!err)
			err = stats_end(&stats);
		if (!err)
			err = print(&stats, context);
		stats_close(&stats);
	}
	return close_history(&reader, services, err);
}
