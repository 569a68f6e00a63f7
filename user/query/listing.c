// SPDX-License-Identifier: GPL-2.0-only
#include "query/listing.h"

bool listing_takes(const struct listing *listing, const struct flow_source *source, const struct flow_view *view,
		   struct listing_times *times)
{
	bool listed = listing->all || !view->closed;

	if (!flow_source_matches(source, &listing->filter, view))
		return false;
	times->listed += listed;
	times->hidden += !listed;
	return listed;
}

/* The number of slots of all tables. */
static __u64 all_slots(const struct flow_sources *sources)
{
	__u64 slots = 0;

	for (int i = 0; i < sources->count; i++)
		slots += flow_reader_slots(&sources->source[i].reader);
	return slots;
}

/* Count a flow that was read, and show the progress. `times->slots`: of the tables before this one. */
static void count_flow(const struct flow_sources *sources, const struct listing *listing,
		       const struct flow_record *record, struct listing_times *times)
{
	if (++times->flows % PROGRESS_STRIDE == 0 && listing->progress)
		progress_show(listing->progress, times->slots + record->slot, all_slots(sources), times->flows);
}

static void print_flow(const struct flow_source *source, const struct flow_view *view, struct flow_output *output)
{
	struct flow_labels labels = flow_source_labels(source, view);

	flow_output_add(output, view, &labels);
}

/* Print the flows of a source in the order of its table. */
static int stream_source(const struct flow_sources *sources, int which, const struct listing *listing,
			 struct flow_output *output, struct listing_times *times)
{
	struct flow_source *source = &sources->source[which];
	const struct flow_record *record;
	struct flow_scan scan;
	struct flow_view view;
	int err = flow_scan_begin(&scan, source);

	if (err)
		return err;
	while (!buffer_failed(output->output.out) && flow_scan_next(&scan, &view, &record)) {
		count_flow(sources, listing, record, times);
		if (listing_takes(listing, source, &view, times))
			print_flow(source, &view, output);
	}
	times->slots += flow_reader_slots(&source->reader);
	times->scan_ns += scan.read_ns;
	flow_scan_end(&scan);
	return 0;
}

/* Add the flows that are listed or, if that depends on their processes, all flows. */
static int collect_source(const struct flow_sources *sources, int which, const struct listing *listing,
			  struct flow_order *order, struct listing_times *times)
{
	struct flow_source *source = &sources->source[which];
	const struct flow_record *record;
	struct flow_scan scan;
	struct flow_view view;
	bool late = filter_needs_processes(&listing->filter);
	int err = flow_scan_begin(&scan, source);

	if (err)
		return err;
	while (!err && flow_scan_next(&scan, &view, &record)) {
		count_flow(sources, listing, record, times);
		if (late || listing_takes(listing, source, &view, times))
			err = flow_order_add(order, &view, record, which);
	}
	times->slots += flow_reader_slots(&source->reader);
	times->scan_ns += scan.read_ns;
	flow_scan_end(&scan);
	return err;
}

void listing_print(const struct listing *listing, const struct flow_source *source, const struct ordered_flow *flow,
		   struct flow_output *output)
{
	struct flow_record record;
	struct flow_view view;

	if (flow_order_read(flow, source, &record, &view) && (listing->all || !view.closed) &&
	    flow_source_matches(source, &listing->filter, &view))
		print_flow(source, &view, output);
}

static void tell_progress(const struct listing *listing, size_t i, size_t count)
{
	if ((i + 1) % PROGRESS_STRIDE == 0 && listing->progress)
		progress_show(listing->progress, i, count, i);
}

static void print_ordered(const struct flow_sources *sources, const struct flow_order *order,
			  const struct listing *listing, struct flow_output *output)
{
	for (size_t i = 0; i < order->count && !buffer_failed(output->output.out); i++) {
		tell_progress(listing, i, order->count);
		listing_print(listing, &sources->source[order->flow[i].source], &order->flow[i], output);
	}
}

/* Of all flows of the tables, drop those that do not match, now that their processes are known. */
static void keep_listed(const struct flow_sources *sources, struct flow_order *order, const struct listing *listing,
			struct listing_times *times)
{
	size_t kept = 0;

	for (size_t i = 0; i < order->count && (!listing->limit || kept < listing->limit); i++) {
		const struct ordered_flow flow = order->flow[i];
		const struct flow_source *source = &sources->source[flow.source];
		struct flow_record record;
		struct flow_view view;

		if (flow_order_read(&flow, source, &record, &view) && listing_takes(listing, source, &view, times))
			order->flow[kept++] = flow;
	}
	order->count = kept;
}

/* Ask for the names of all addresses that will be printed, as many as are kept, and wait for them. */
static void wait_for_names(const struct flow_sources *sources, const struct flow_order *order, __u64 most_ns)
{
	char name[HOST_NAME_SIZE];

	for (size_t i = 0; i < order->count && i < HOST_NAMES_MOST; i++) {
		struct flow_record record;
		struct flow_view view;

		if (!flow_order_read(&order->flow[i], &sources->source[order->flow[i].source], &record, &view))
			continue;
		for (int side = 0; side < SIDE_COUNT; side++)
			host_name_of(sources->host_names, &view.side[side].ip, name);
	}
	host_names_wait(sources->host_names, most_ns);
}

static int list_ordered(struct flow_sources *sources, const struct listing *listing, struct flow_output *output,
			struct listing_times *times)
{
	bool late = filter_needs_processes(&listing->filter);
	struct flow_order order = { .sort = listing->sort, .most = late ? 0 : listing->limit };
	int err = 0;

	for (int i = 0; i < sources->count && !err; i++)
		err = collect_source(sources, i, listing, &order, times);
	if (!err && listing->processes)
		err = flow_sources_read_processes(sources, false);
	if (!err) {
		flow_order_sort(&order);
		if (late)
			keep_listed(sources, &order, listing, times);
		if (sources->host_names && listing->names_ns)
			wait_for_names(sources, &order, listing->names_ns);
		print_ordered(sources, &order, listing, output);
	}
	flow_order_free(&order);
	return err;
}

int list_flows(struct flow_sources *sources, const struct listing *listing, struct flow_output *output,
	       struct listing_times *times)
{
	int err = 0;

	*times = (struct listing_times){ 0 };
	if (listing->sort != SORT_NONE || listing->processes || sources->host_names)
		return list_ordered(sources, listing, output, times);
	for (int i = 0; i < sources->count && !err; i++)
		err = stream_source(sources, i, listing, output, times);
	return err;
}
