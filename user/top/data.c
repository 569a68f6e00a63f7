// SPDX-License-Identifier: GPL-2.0-only
#include "top/data.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "instance/counters.h"
#include "base/message.h"
#include "base/reason.h"
#include "instance/sweep.h"
#include "base/clock.h"

int top_data_open(struct top_data *data, struct flow_sources *sources)
{
	int err;

	*data = (struct top_data){ .sources = sources };
	data->source = array_new(sources->count, sizeof(*data->source), "the instances");
	if (!data->source)
		return -ENOMEM;
	for (int i = 0; i < sources->count; i++) {
		/* without histograms, only the latencies are not shown */
		const struct instance *instance = sources->source[i].instance;

		err = top_rates_open(&data->source[i].rates, flow_reader_slots(&sources->source[i].reader));
		if (err)
			return err;
		err = instance_open_histograms(instance, &data->source[i].histograms);
		if (!is_limit(err))
			continue;
		message_error("cannot open the maps of '%s' that 'top' reads: %s", instance->meta.name,
			      reason_of(err).text);
		return err;
	}
	return 0;
}

static void close_source(struct top_source *source)
{
	histogram_reader_close(&source->histograms);
	top_rates_close(&source->rates);
	source->detached = true;
}

void top_data_close(struct top_data *data)
{
	for (int i = 0; data->source && i < data->sources->count; i++)
		close_source(&data->source[i]);
	free(data->source);
	flow_order_free(&data->order);
}

int top_data_reap_detached(struct top_data *data)
{
	int left = 0;

	for (int i = 0; i < data->sources->count; i++) {
		if (data->source[i].detached)
			continue;
		if (instance_is_there(data->sources->source[i].instance)) {
			left++;
			continue;
		}
		close_source(&data->source[i]);
		flow_source_close_detached(&data->sources->source[i]);
	}
	return left;
}

/* ---- flows */

static void count_flow(struct top_data *data, const struct flow_view *view)
{
	data->closed += view->closed;
	data->flows += !view->closed;
	for (int side = 0; side < SIDE_COUNT && !view->closed; side++)
		data->states[side][view->side[side].state]++;
}

static int scan_source(struct top_data *data, int which, const struct top_choice *choice)
{
	struct flow_source *source = &data->sources->source[which];
	struct top_rates *rates = &data->source[which].rates;
	const struct flow_record *record;
	struct flow_rate rate;
	struct flow_scan scan;
	struct flow_view view;
	bool late = filter_needs_processes(choice->filter);
	int err = flow_scan_begin(&scan, source);

	if (err)
		return err;
	top_rates_begin(rates, source->clock.now_ns, TOP_RATE_MIN_NS);
	while (!err && flow_scan_next(&scan, &view, &record)) {
		count_flow(data, &view);
		top_rates_take(rates, record, &view);
		if ((view.closed && !choice->all) || (!late && !flow_source_matches(source, choice->filter, &view)))
			continue;
		data->matched++;
		if (choice->sort >= SORT_BYTE_RATE)
			rate = top_rates_of(rates, record->slot, record->hot.tag);
		err = flow_order_add_rated(&data->order, &view, record, which,
					   choice->sort >= SORT_BYTE_RATE ? &rate : NULL);
	}
	flow_scan_end(&scan);
	return err;
}

/* Sum up what the flows of all sources moved, if this reading was taken. */
static void sum_traffic(struct top_data *data)
{
	struct top_traffic *traffic = &data->traffic, sum = { 0 };
	bool due = false;

	for (int i = 0; i < data->sources->count; i++) {
		const struct top_rates *rates = &data->source[i].rates;
		double seconds = (double)top_rates_elapsed(rates) / NS_PER_S;

		if (data->source[i].detached || seconds <= 0)
			continue;
		due |= rates->due;
		sum.known = true;
		sum.bytes += (double)rates->bytes / seconds;
		sum.packets += (double)rates->packets / seconds;
	}
	if (!due)
		return;
	if (traffic->pasts == TOP_TRAFFIC_PAST)
		memmove(traffic->past, traffic->past + 1, --traffic->pasts * sizeof(traffic->past[0]));
	traffic->past[traffic->pasts++] = (__u64)sum.bytes;
	traffic->known = sum.known;
	traffic->bytes = sum.bytes;
	traffic->packets = sum.packets;
}

/* ---- counters */

/* Is the counter part of that rate? */
static bool counts_as(enum synscope_counter counter, enum top_rate rate)
{
	switch (rate) {
	case RATE_NEW:
		return counter == COUNTER_INSERTED || counter == COUNTER_INCARNATION;
	case RATE_SYN:
		return counter == COUNTER_SYN;
	case RATE_SYNACK:
		return counter == COUNTER_SYNACK;
	case RATE_ANOMALIES:
		return counter >= COUNTER_BAD_ACK && counter < COUNTER_OF_ANOMALY(ANOMALY_COUNT);
	case RATE_EVICTED: /* evicting a flow that has ended loses nothing */
		return counter >= COUNTER_EVICTED_HALF_OPEN && counter <= COUNTER_EVICTED_ESTABLISHED;
	case RATE_REFUSED:
		return counter_kind(counter) == COUNTER_KIND_REFUSAL;
	default:
		return false;
	}
}

static void add_rates(struct top_data *data, const __u64 *was, const __u64 *is, __u64 elapsed_ns)
{
	for (int i = 0; i < COUNTER_COUNT; i++)
		for (int rate = 0; rate < RATE_COUNT; rate++)
			if (counts_as(i, rate) && is[i] > was[i])
				data->rate[rate] += (__u64)((is[i] - was[i]) * 1e12 / elapsed_ns);
}

static void read_counters(struct top_data *data, int which, __u64 elapsed_ns)
{
	const struct instance *instance = data->sources->source[which].instance;
	struct top_source *source = &data->source[which];
	__u64 counters[COUNTER_COUNT];

	if (instance_counters_read(instance, counters))
		return;
	if (source->counted) {
		add_rates(data, source->counters, counters, elapsed_ns);
		data->rates_known = true;
	}
	memcpy(source->counters, counters, sizeof(counters));
	source->counted = true;
}

/* ---- */

static void reset(struct top_data *data, const struct top_choice *choice)
{
	flow_order_free(&data->order);
	data->order = (struct flow_order){ .sort = choice->sort, .reverse = choice->reverse };
	data->order.most = filter_needs_processes(choice->filter) ? 0 : choice->most;
	data->flows = data->closed = data->matched = 0;
	memset(data->states, 0, sizeof(data->states));
}

int top_data_scan(struct top_data *data, const struct top_choice *choice)
{
	bool late = filter_needs_processes(choice->filter);
	int err = 0;

	reset(data, choice);
	for (int i = 0; i < data->sources->count && !err; i++)
		if (!data->source[i].detached)
			err = scan_source(data, i, choice);
	sum_traffic(data);
	if (!err && (choice->processes || late))
		err = flow_sources_read_processes(data->sources, false);
	flow_order_sort(&data->order);
	if (!err && late)
		data->matched = flow_order_keep(&data->order, data->sources, choice->filter, choice->most);
	return err;
}

static void read_latencies(struct top_data *data, __u64 now)
{
	data->latencies.now = (struct latency_sample){ .ns = now };
	for (int i = 0; i < data->sources->count; i++)
		if (data->source[i].histograms.latencies)
			histogram_reader_add(&data->source[i].histograms, &data->latencies.now.sum);
	top_latencies_take(&data->latencies);
}

/* Rates and latencies since the last time. */
static void refresh_rates(struct top_data *data)
{
	__u64 now = monotonic_ns(), elapsed = now - data->counted_ns;

	if (elapsed < TOP_RATE_MIN_NS)
		return;
	memset(data->rate, 0, sizeof(data->rate));
	data->counted_ns = now;
	for (int i = 0; i < data->sources->count; i++) {
		if (data->source[i].detached)
			continue;
		sweep_instance(data->sources->source[i].instance);
		read_counters(data, i, elapsed);
	}
	read_latencies(data, now);
}

int top_data_refresh(struct top_data *data, const struct top_choice *choice)
{
	refresh_rates(data);
	for (int i = 0; i < data->sources->count; i++)
		if (!data->source[i].detached)
			flow_source_refresh(&data->sources->source[i]);
	return top_data_scan(data, choice);
}
