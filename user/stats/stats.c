// SPDX-License-Identifier: GPL-2.0-only
#include "stats/stats.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "synscope/tcp_state.h"

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "stats/round_trips.h"

const char *const stats_sort_names[] = {
	[STATS_BUSIEST] = "busiest",
	[STATS_FAILED] = "failed",
	[STATS_P50] = "p50",
	[STATS_P90] = "p90",
	[STATS_P99] = "p99",
	[STATS_P999] = "p999",
	NULL,
};

const char *const stats_failure_names[FAILURE_COUNT] = {
	[FAILURE_REFUSED] = "refused",		[FAILURE_UNANSWERED] = "unanswered",
	[FAILURE_HALF_OPEN] = "half_open",	[FAILURE_UNREACHABLE] = "unreachable",
	[FAILURE_RESET] = "reset_in_handshake",
};

/* One flow, kept until all flows of its group are known. */
struct stats_sample {
	__u32 ip[4]; /* of a recorded flow by server port the port, and of one by owner that; in network order */
	__u8 ipv6;
	__u8 state[SIDE_COUNT];
	__u8 outcome;
	__u8 failure; /* enum stats_failure, FAILURE_COUNT: none */
	__u8 reason; /* enum unreachable_reason, with FAILURE_UNREACHABLE */
	__u8 bits; /* SAMPLE_* */
	__s64 latency_ns[LATENCY_COUNT]; /* or LATENCY_UNKNOWN */
};

#define SAMPLE_CLOSED (1U << 0)
#define SAMPLE_ATTEMPT (1U << 1)
#define SAMPLE_REFUSED (1U << 2) /* in the interval of this refresh */

/* A group: its samples or its port index, and its sort key. */
struct stats_group {
	__u64 rank, second_rank;
	size_t first, count; /* samples; STATS_SERVER_PORT: the port index */
};

int stats_open(struct stats *stats, const struct stats_options *options, struct flow_source *source)
{
	const struct instance *instance = source->instance;
	int err;

	*stats = (struct stats){ .options = *options, .source = source };
	err = instance_open_histograms(instance, &stats->histograms);
	if (err)
		*stats = (struct stats){ 0 };
	if (err && !instance_is_there(instance))
		return -ENODEV;
	if (err) {
		message_error("cannot map the histograms of '%s': %s", instance->meta.name, reason_of(err).text);
		return err;
	}
	stats->before = array_new(SERVER_PORT_INDEXES, sizeof(*stats->before), "the histograms");
	stats->ports = array_new(SERVER_PORT_INDEXES, sizeof(*stats->ports), "the histograms");
	if (stats->before && stats->ports)
		return 0;
	stats_close(stats);
	return -ENOMEM;
}

void stats_close(struct stats *stats)
{
	if (!stats->recorded)
		histogram_reader_close(&stats->histograms);
	free(stats->before);
	free(stats->ports);
	stats_owners_free(&stats->owners);
	free(stats->samples);
	free(stats->groups);
	*stats = (struct stats){ 0 };
}

void stats_open_recorded(struct stats *stats, const struct stats_options *options, struct flow_source *source,
			 const char *place, const struct histogram_reader *histograms)
{
	*stats = (struct stats){ .options = *options, .source = source, .recorded = place };
	if (histograms)
		stats->histograms = *histograms;
}

bool stats_from_kernel(const struct stats *stats)
{
	return !stats_by_address(stats->options.by) && !stats_by_owner(stats->options.by) && !stats->recorded;
}

/* Are the groups those of the histograms, by the index of their port? */
static bool by_index(const struct stats *stats)
{
	return stats->options.by == STATS_SERVER_PORT && !stats->recorded;
}

__u64 stats_failed(const struct stats_figures *figures)
{
	__u64 sum = 0;

	for (int i = 0; i < FAILURE_COUNT; i++)
		sum += figures->failed[i];
	return sum;
}

__u64 stats_handshakes(const struct stats_figures *figures)
{
	return histogram_total(figures->counted.latencies.count[LATENCY_HANDSHAKE]);
}

/* ---- one flow ---- */

static enum stats_failure failure_of(const struct flow_view *view)
{
	if (!view->failed)
		return FAILURE_COUNT;
	switch (view->outcome) {
	case OUTCOME_REFUSED:
		return FAILURE_REFUSED;
	case OUTCOME_UNANSWERED:
		return FAILURE_UNANSWERED;
	case OUTCOME_HALF_OPEN:
		return FAILURE_HALF_OPEN;
	case OUTCOME_UNREACHABLE:
		return FAILURE_UNREACHABLE;
	default:
		return FAILURE_RESET;
	}
}

/* Did it happen in the interval of this refresh? Without an interval, everything counts. */
static bool in_time(const struct stats *stats, __u64 ns)
{
	return !stats->since_ns || (ns >= stats->since_ns && ns < stats->until_ns);
}

/* The latencies that became known in the interval of this refresh. */
static void take_latencies(const struct stats *stats, struct stats_sample *sample, const struct flow_record *record,
			   const struct flow_view *view)
{
	int server = !flow_client_dir(record);
	const __u64 known_ns[LATENCY_COUNT] = {
		[LATENCY_SYN_TO_SYNACK] = record->cold.dir[server].syn_first_ns,
		[LATENCY_SYNACK_TO_ACK] = record->cold.acked_ns,
		[LATENCY_HANDSHAKE] = record->cold.acked_ns,
	};
	const __s64 latency_ns[LATENCY_COUNT] = {
		[LATENCY_SYN_TO_SYNACK] = view->syn_to_synack_ns,
		[LATENCY_SYNACK_TO_ACK] = view->synack_to_ack_ns,
		[LATENCY_HANDSHAKE] = view->handshake_ns,
	};

	for (int which = 0; which < LATENCY_COUNT; which++)
		sample->latency_ns[which] = in_time(stats, known_ns[which]) ? latency_ns[which] : LATENCY_UNKNOWN;
}

/* The first bits of an address; what else a group may have in common takes the same room. */
static void take_prefix(const struct stats *stats, struct stats_sample *sample, const struct ip_address *ip)
{
	__u32 bits = ip->ipv6 ? stats->options.prefix6 : stats->options.prefix4;

	sample->ipv6 = ip->ipv6;
	for (int i = 0; i < (ip->ipv6 ? 4 : 1); i++) {
		__u32 here = bits < 32 ? bits : 32;

		sample->ip[i] = ip->word[i] & htonl((__u32)(~0ULL << (32 - here)));
		bits -= here;
	}
}

static struct stats_sample sample_of(const struct stats *stats, const struct flow_record *record,
				     const struct flow_view *view)
{
	bool attempt = view->origin != ORIGIN_MIDSTREAM;
	struct stats_sample sample = {
		.state = { view->side[SIDE_CLIENT].state, view->side[SIDE_SERVER].state },
		.outcome = view->outcome,
		.failure = failure_of(view),
		.reason = view->unreachable.reason,
		.bits = (view->closed ? SAMPLE_CLOSED : 0) | (attempt ? SAMPLE_ATTEMPT : 0),
	};

	if (view->outcome == OUTCOME_REFUSED && in_time(stats, record->cold.last_exact_ns))
		sample.bits |= SAMPLE_REFUSED;
	if (!stats_from_kernel(stats))
		take_latencies(stats, &sample, record, view);
	if (stats_by_address(stats->options.by))
		take_prefix(stats, &sample,
			    &view->side[stats->options.by == STATS_CLIENT ? SIDE_CLIENT : SIDE_SERVER].ip);
	else
		sample.ip[0] = htonl(view->side[SIDE_SERVER].port);
	return sample;
}

static void count_flow(struct stats_figures *figures, const struct stats_sample *sample)
{
	figures->flows++;
	figures->closed += !!(sample->bits & SAMPLE_CLOSED);
	figures->attempts += !!(sample->bits & SAMPLE_ATTEMPT);
	for (int side = 0; side < SIDE_COUNT; side++)
		figures->states[side][sample->state[side]]++;
	figures->outcomes[sample->outcome]++;
	if (sample->failure < FAILURE_COUNT)
		figures->failed[sample->failure]++;
	if (sample->failure == FAILURE_UNREACHABLE)
		figures->unreachable[sample->reason]++;
}

static void count_latencies(struct port_latencies *latencies, const struct stats_sample *sample)
{
	latencies->refused += !!(sample->bits & SAMPLE_REFUSED);
	for (int which = 0; which < LATENCY_COUNT; which++) {
		if (sample->latency_ns[which] == LATENCY_UNKNOWN)
			continue;
		latencies->count[which][histogram_bucket(sample->latency_ns[which])]++;
		latencies->sum_ns[which] += sample->latency_ns[which];
	}
}

/* ---- all flows ---- */

static int keep_sample(struct stats *stats, const struct stats_sample *sample)
{
	struct stats_sample *samples =
		array_grow(stats->samples, stats->sample_count, &stats->sample_room, sizeof(*samples), "the flows");

	if (!samples)
		return -ENOMEM;
	stats->samples = samples;
	stats->samples[stats->sample_count++] = *sample;
	return 0;
}

int stats_take(struct stats *stats, const struct flow_record *record, const struct flow_view *view)
{
	struct stats_sample sample = sample_of(stats, record, view);

	count_flow(&stats->whole, &sample);
	if (by_index(stats)) {
		__u32 index = histogram_reader_place(&stats->histograms, view->side[SIDE_SERVER].port);

		count_flow(&stats->ports[index], &sample);
		stats->used[index] = true;
	}
	if (stats_from_kernel(stats))
		return 0;
	count_latencies(&stats->whole.counted.latencies, &sample);
	if (stats_by_owner(stats->options.by) && stats_owners_take(&stats->owners, view))
		return -ENOMEM;
	return stats->options.by == STATS_ALL ? 0 : keep_sample(stats, &sample);
}

static int read_table(struct stats *stats)
{
	const struct flow_record *record;
	struct flow_scan scan;
	struct flow_view view;
	int err = flow_scan_begin(&scan, stats->source);

	if (err)
		return err;
	while (!err && flow_scan_next(&scan, &view, &record))
		err = stats_take(stats, record, &view);
	flow_scan_end(&scan);
	return err;
}

/*
 * Compute what the programs have counted since the last refresh. Does not touch memory of ports without counts: with a
 * thousand instances it would take 4 GB.
 */
static void read_histograms(struct stats *stats, bool since)
{
	for (int index = 0; index < SERVER_PORT_INDEXES; index++) {
		struct stats_counted now, *counted = &stats->ports[index].counted;

		if (stats->used[index])
			stats->ports[index] = (struct stats_figures){ 0 };
		stats_counted_read(&now, &stats->histograms, index);
		stats->used[index] |= stats_counted_any(&now);
		if (!stats->used[index])
			continue;
		*counted = now;
		if (since)
			stats_counted_subtract(counted, &stats->before[index]);
		stats->before[index] = now;
		if (stats_from_kernel(stats))
			stats_counted_add(&stats->whole.counted, counted);
	}
	histogram_reader_ports(&stats->histograms, stats->port);
}

/* ---- groups ---- */

/* By address. */
static int compare_samples(const void *a, const void *b)
{
	const struct stats_sample *x = a, *y = b;

	return x->ipv6 != y->ipv6 ? x->ipv6 - y->ipv6 : memcmp(x->ip, y->ip, sizeof(x->ip));
}

/* The largest first; equal ones stay in their order, by address or port index. */
static int compare_groups(const void *a, const void *b)
{
	const struct stats_group *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	if (x->second_rank != y->second_rank)
		return x->second_rank > y->second_rank ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

static void add_group(struct stats *stats, struct stats_group group, __u64 flows, __u64 connects)
{
	bool by_flows = (stats_by_address(stats->options.by) || stats_by_owner(stats->options.by)) && !stats->since_ns;

	group.rank = by_flows ? flows : connects;
	group.second_rank = by_flows ? connects : flows;
	stats->groups[stats->group_count++] = group;
}

static void group_ports(struct stats *stats)
{
	for (int index = 0; index < SERVER_PORT_INDEXES; index++) {
		const struct stats_figures *figures = &stats->ports[index];

		if (figures->flows || stats_counted_any(&figures->counted))
			add_group(stats, (struct stats_group){ .first = index }, figures->flows,
				  stats_handshakes(figures) + figures->counted.latencies.refused);
	}
}

/* Find out who owns the flows of the samples; that of a flow with two owners becomes two. */
static int find_owners(struct stats *stats)
{
	size_t flows = stats->sample_count;
	int err = stats_owners_find(&stats->owners, stats->options.by, &stats->source->instance->meta);

	for (size_t i = 0; i < flows && !err; i++) {
		__u32 owner[SIDE_COUNT];
		int owners = stats_owners_of(&stats->owners, i, owner);
		struct stats_sample sample = stats->samples[i];

		stats->samples[i].ip[0] = htonl(owner[0]);
		sample.ip[0] = htonl(owner[1]);
		if (owners > 1)
			err = keep_sample(stats, &sample);
	}
	return err;
}

static void group_samples(struct stats *stats)
{
	const struct stats_sample *sample = stats->samples, *end = sample + stats->sample_count;

	qsort(stats->samples, stats->sample_count, sizeof(*stats->samples), compare_samples);
	while (sample < end) {
		const struct stats_sample *first = sample;
		__u64 connects = 0;

		for (; sample < end && !compare_samples(sample, first); sample++)
			connects += (sample->latency_ns[LATENCY_HANDSHAKE] != LATENCY_UNKNOWN) +
				    !!(sample->bits & SAMPLE_REFUSED);
		add_group(stats, (struct stats_group){ .first = first - stats->samples, .count = sample - first },
			  sample - first, connects);
	}
}

static void group_figures(const struct stats *stats, const struct stats_group *group, struct stats_figures *figures)
{
	const struct stats_sample *sample = &stats->samples[group->first];

	if (by_index(stats)) {
		*figures = stats->ports[group->first];
		return;
	}
	*figures = (struct stats_figures){ 0 };
	for (; sample < &stats->samples[group->first + group->count]; sample++) {
		count_flow(figures, sample);
		count_latencies(&figures->counted.latencies, sample);
	}
	if (stats->recorded)
		stats_add_round_trips(stats, (int)ntohl(stats->samples[group->first].ip[0]),
				      &figures->counted.round_trips);
}

static __u64 rank_of(const struct stats_figures *figures, enum stats_sort sort)
{
	static const unsigned int of_10000[] = {
		[STATS_P50] = 5000, [STATS_P90] = 9000, [STATS_P99] = 9900, [STATS_P999] = 9990
	};

	if (sort == STATS_FAILED)
		return stats_failed(figures) ? stats_failed(figures) : figures->counted.latencies.refused;
	return histogram_percentile(figures->counted.latencies.count[LATENCY_HANDSHAKE], of_10000[sort]) + 1;
}

/* First the order that was asked for; equal ones by that of the busiest. */
static void rank_groups(struct stats *stats)
{
	struct stats_figures figures;

	for (size_t i = 0; i < stats->group_count; i++) {
		struct stats_group *group = &stats->groups[i];

		group_figures(stats, group, &figures);
		group->second_rank = group->rank;
		group->rank = rank_of(&figures, stats->options.sort);
	}
}

int stats_end(struct stats *stats)
{
	int err = stats_by_owner(stats->options.by) ? find_owners(stats) : 0;
	size_t room = by_index(stats) ? SERVER_PORT_INDEXES : stats->sample_count;

	free(stats->groups);
	stats->groups = NULL;
	stats->group_count = 0;
	if (err)
		return err;
	stats->groups = array_new(room, sizeof(*stats->groups), "the groups of flows");
	if (!stats->groups)
		return -ENOMEM;
	if (by_index(stats))
		group_ports(stats);
	else if (stats->sample_count)
		group_samples(stats);
	if (stats->options.sort != STATS_BUSIEST)
		rank_groups(stats);
	qsort(stats->groups, stats->group_count, sizeof(*stats->groups), compare_groups);
	return 0;
}

void stats_begin(struct stats *stats, bool since)
{
	stats->since_ns = since ? stats->until_ns : 0;
	stats->until_ns = stats->source->clock.now_ns;
	stats->whole = (struct stats_figures){ 0 };
	stats->sample_count = 0;
	stats_owners_begin(&stats->owners);
	if (stats->recorded)
		stats_add_all_round_trips(stats, &stats->whole.counted.round_trips);
	else
		read_histograms(stats, since);
}

int stats_refresh(struct stats *stats, bool since)
{
	int err;

	flow_source_refresh(stats->source);
	stats_begin(stats, since);
	err = read_table(stats);
	return err ? err : stats_end(stats);
}

void stats_group(const struct stats *stats, size_t i, struct stats_key *key, struct stats_figures *figures)
{
	const struct stats_group *group = &stats->groups[i];
	const struct stats_sample *sample;

	*key = (struct stats_key){ .by = stats->options.by };
	group_figures(stats, group, figures);
	if (by_index(stats)) {
		key->port = stats->port[group->first];
		return;
	}
	sample = &stats->samples[group->first];
	key->port = (int)ntohl(sample->ip[0]); /* if the group is that of a port */
	if (stats_by_owner(stats->options.by))
		key->name = stats_owner_name(&stats->owners, ntohl(sample->ip[0]));
	key->ip.ipv6 = sample->ipv6;
	memcpy(key->ip.word, sample->ip, sizeof(key->ip.word));
	key->prefix = key->ip.ipv6 ? stats->options.prefix6 : stats->options.prefix4;
}
