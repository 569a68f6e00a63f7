// SPDX-License-Identifier: GPL-2.0-only
#include "stats/fields.h"
#include "flow/names.h"
#include "stats/round_trips.h"

#include <errno.h>

static void percentile_field(struct sink *sink, const char *name, size_t length, const __u64 *count,
			     unsigned int of_10000)
{
	__s64 ns = histogram_percentile(count, of_10000);

	sink_number_or_null(sink, name, length, ns != LATENCY_UNKNOWN, ns);
}

static void bucket_list(struct sink *sink, const __u64 count[HISTOGRAM_BUCKETS])
{
	const struct sink_ops *to = sink->ops;

	to->open_list(sink, NAME("histogram"));
	for (__u32 i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (!count[i])
			continue;
		to->open(sink, "", 0);
		to->number(sink, NAME("from_ns"), histogram_least(i));
		sink_number_or_null(sink, NAME("to_ns"), i < HISTOGRAM_LAST, histogram_least(i + 1));
		to->number(sink, NAME("count"), count[i]);
		to->close(sink);
	}
	to->close_list(sink);
}

/* A histogram as one text, "FROM:COUNT FROM:COUNT", because CSV has no lists. */
static void bucket_text(struct sink *sink, const __u64 count[HISTOGRAM_BUCKETS])
{
	struct buffer text;

	if (buffer_init(&text, BUFFER_MEMORY)) {
		buffer_spoil(sink->out, -ENOMEM);
		return;
	}
	for (__u32 i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (count[i])
			buffer_printf(&text, "%s%llu:%llu", text.used ? " " : "", histogram_least(i), count[i]);
	sink->ops->text(sink, NAME("histogram"), text.data, text.used);
	buffer_free(&text);
}

/* `known`: false: all is null. */
static void latency_fields(struct sink *sink, const char *name, size_t length, const __u64 *count, bool known)
{
	const struct sink_ops *to = sink->ops;

	to->open(sink, name, length);
	sink_number_or_null(sink, NAME("count"), known, histogram_total(count));
	percentile_field(sink, NAME("p50"), count, 5000);
	percentile_field(sink, NAME("p90"), count, 9000);
	percentile_field(sink, NAME("p99"), count, 9900);
	percentile_field(sink, NAME("p999"), count, 9990);
	if (to->nests)
		bucket_list(sink, count);
	else
		bucket_text(sink, count);
	to->close(sink);
}

/* Null without --rtt, and where it is not known. */
static void rtt_fields(struct sink *sink, const struct port_round_trips *round_trips, bool known)
{
	const struct sink_ops *to = sink->ops;

	if (!known && to->nests) {
		to->null(sink, NAME("rtt"));
		return;
	}
	to->open(sink, NAME("rtt"));
	latency_fields(sink, NAME("client_ns"), round_trips->count[ROUND_TRIP_CLIENT], known);
	latency_fields(sink, NAME("server_ns"), round_trips->count[ROUND_TRIP_SERVER], known);
	to->close(sink);
}

static void flow_count_fields(struct sink *sink, const struct stats_figures *figures)
{
	const struct sink_ops *to = sink->ops;

	to->number(sink, NAME("flows"), figures->flows);
	to->number(sink, NAME("closed"), figures->closed);
	to->open(sink, NAME("states"));
	for (int side = 0; side < SIDE_COUNT; side++) {
		to->open(sink, side_names[side], strlen(side_names[side]));
		for (enum tcp_state i = 0; i < STATE_COUNT; i++)
			to->number(sink, state_name(i), strlen(state_name(i)), figures->states[side][i]);
		to->close(sink);
	}
	to->close(sink);
	to->open(sink, NAME("outcomes"));
	for (enum flow_outcome i = 0; i < OUTCOME_COUNT; i++)
		to->number(sink, outcome_name(i), strlen(outcome_name(i)), figures->outcomes[i]);
	to->close(sink);
	to->open(sink, NAME("attempts"));
	to->number(sink, NAME("count"), figures->attempts);
	to->number(sink, NAME("failed"), stats_failed(figures));
	for (int i = 0; i < FAILURE_COUNT; i++)
		to->number(sink, stats_failure_names[i], strlen(stats_failure_names[i]), figures->failed[i]);
	to->close(sink);
	to->open(sink, NAME("unreachable_by_reason"));
	for (enum unreachable_reason i = 0; i < UNREACHABLE_COUNT; i++)
		to->number(sink, unreachable_reason_name(i), strlen(unreachable_reason_name(i)),
			   figures->unreachable[i]);
	to->close(sink);
}

void stats_fields(struct sink *sink, const struct stats *stats, const struct stats_key *key,
		  const struct stats_figures *figures)
{
	const struct port_latencies *latencies = &figures->counted.latencies;
	const struct sink_ops *to = sink->ops;
	char text[TIME_SIZE + STATS_KEY_SIZE];

	to->open(sink, "", 0);
	sink_string(sink, NAME("instance"), stats->source->instance->meta.name);
	to->word(sink, NAME("time"), text,
		 put_time(text, stats->until_ns + stats->source->clock.wall_offset_ns) - text);
	sink_number_or_null(sink, NAME("interval_ns"), stats->since_ns, stats->until_ns - stats->since_ns);
	sink_word(sink, NAME("by"), stats_by_names[stats->options.by]);
	if (key && !stats_by_owner(key->by))
		to->word(sink, NAME("key"), text, put_stats_key(text, key, NULL, true) - text);
	else
		sink_string(sink, NAME("key"), key ? key->name : NULL);
	flow_count_fields(sink, figures);
	sink_word(sink, NAME("source"), stats_from_kernel(stats) ? "kernel" : "table");
	to->number(sink, NAME("handshakes"), stats_handshakes(figures));
	to->number(sink, NAME("refused"), latencies->refused);
	to->open(sink, NAME("latencies"));
	latency_fields(sink, NAME("syn_to_synack_ns"), latencies->count[LATENCY_SYN_TO_SYNACK], true);
	latency_fields(sink, NAME("synack_to_ack_ns"), latencies->count[LATENCY_SYNACK_TO_ACK], true);
	latency_fields(sink, NAME("handshake_ns"), latencies->count[LATENCY_HANDSHAKE], true);
	to->close(sink);
	rtt_fields(sink, &figures->counted.round_trips, stats_has_round_trips(stats, key));
	to->number(sink, NAME("interfaces_gone"), flow_source_count_deleted(stats->source));
	to->close(sink);
}

/* What is walked over. */
struct stats_record {
	const struct stats *stats;
	const struct stats_key *key;
	const struct stats_figures *figures;
};

static void put_record(struct sink *sink, const void *record)
{
	const struct stats_record *of = record;

	stats_fields(sink, of->stats, of->key, of->figures);
}

void stats_output_begin(struct output *output, enum output_format format, struct buffer *out)
{
	static struct instance instance;
	struct flow_source source = { .instance = &instance };
	struct stats stats = { .source = &source };

	*output = (struct output){ .format = format, .out = out, .fields = put_record };
	output_begin(output, &(struct stats_record){ &stats, NULL, &stats.whole });
}

void stats_output_add(struct output *output, const struct stats *stats, const struct stats_key *key,
		      const struct stats_figures *figures)
{
	output_add(output, &(struct stats_record){ stats, key, figures });
}

void stats_output_all(struct output *output, const struct stats *stats, __u32 limit)
{
	struct stats_figures figures;
	struct stats_key key;

	if (stats->options.by == STATS_ALL)
		stats_output_add(output, stats, NULL, &stats->whole);
	for (size_t i = 0; i < stats->group_count && (!limit || i < limit) && !buffer_failed(output->out); i++) {
		stats_group(stats, i, &key, &figures);
		stats_output_add(output, stats, &key, &figures);
	}
}
