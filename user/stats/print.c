// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "flow/names.h"
#include "format/folded_line.h"
#include "stats/histogram_print.h"
#include "stats/print.h"
#include "stats/round_trips.h"
#include "base/local_time.h"
#include "base/terminal.h"
#include "base/buffer.h"
#include "format/table.h"

#define GROUP_ROWS_MAX 16 /* characters of a histogram in a line */
#define CELL_SIZE 64

static const unsigned int percentiles[] = { 5000, 9000, 9900, 9990 };

#define PERCENTILES (int)(sizeof(percentiles) / sizeof(percentiles[0]))

static void amount_cell(struct table *table, __u64 amount)
{
	char text[U64_SIZE];

	table_cell(table, COLOR_NONE, text, (int)(put_u64(text, amount) - text));
}

static void percentile_cell(struct table *table, const __u64 *count, unsigned int of_10000)
{
	__s64 ns = histogram_percentile(count, of_10000);
	char text[SHORT_SIZE];

	if (ns == LATENCY_UNKNOWN)
		table_cell(table, COLOR_DIM, "-", 1);
	else
		table_cell(table, COLOR_NONE, text, (int)(put_latency(text, ns) - text));
}

/* "12 (1.16%)", or "0"; returns its length. */
static int put_share(char text[CELL_SIZE], __u64 part, __u64 all)
{
	if (!part)
		return snprintf(text, CELL_SIZE, "0");
	return snprintf(text, CELL_SIZE, "%llu (%.3g%%)", part, 100.0 * (double)part / (double)all);
}

/* ---- the whole ---- */

/* "84 in the table" */
static void add_count(struct folded_line *line, __u64 count, const char *what)
{
	char text[2 * CELL_SIZE];

	snprintf(text, sizeof(text), "%llu %s", count, what);
	folded_line_add(line, text);
}

/* "refused 2 (2.38%)" */
static void add_share(struct folded_line *line, const char *name, __u64 part, __u64 all)
{
	char share[CELL_SIZE], text[2 * CELL_SIZE];

	put_share(share, part, all);
	snprintf(text, sizeof(text), "%s %s", name, share);
	folded_line_add(line, text);
}

/* Where the flows are. */
static const char *place(const struct stats *stats)
{
	return stats->recorded ? stats->recorded : "in the table";
}

static void print_flows(struct buffer *out, const struct terminal *terminal, const struct stats *stats)
{
	const struct stats_figures *figures = &stats->whole;
	struct folded_line line = folded_line_begin(out, terminal, "flows");

	add_count(&line, figures->flows, place(stats));
	if (figures->closed)
		add_count(&line, figures->closed, "of them closed");
	folded_line_end(&line);
	for (int side = 0; side < SIDE_COUNT; side++) {
		line = folded_line_begin(out, terminal, side_names[side]);
		for (enum tcp_state i = 0; i < STATE_COUNT; i++)
			if (figures->states[side][i])
				folded_line_add_amount(&line, state_name(i), figures->states[side][i]);
		folded_line_end(&line);
	}
	line = folded_line_begin(out, terminal, "outcomes");
	for (enum flow_outcome i = 0; i < OUTCOME_COUNT; i++)
		if (figures->outcomes[i])
			folded_line_add_amount(&line, outcome_name(i), figures->outcomes[i]);
	folded_line_end(&line);
}

static void print_attempts(struct buffer *out, const struct terminal *terminal, const struct stats *stats)
{
	const struct stats_figures *figures = &stats->whole;
	struct folded_line line = folded_line_begin(out, terminal, "attempts");

	add_count(&line, figures->attempts, place(stats));
	add_share(&line, "failed", stats_failed(figures), figures->attempts);
	for (int i = 0; i < FAILURE_COUNT; i++)
		if (figures->failed[i])
			add_share(&line, stats_failure_names[i], figures->failed[i], figures->attempts);
	folded_line_end(&line);
	if (!figures->failed[FAILURE_UNREACHABLE])
		return;
	line = folded_line_begin(out, terminal, "unreachable");
	for (enum unreachable_reason i = 0; i < UNREACHABLE_COUNT; i++)
		if (figures->unreachable[i])
			folded_line_add_amount(&line, unreachable_reason_name(i), figures->unreachable[i]);
	folded_line_end(&line);
}

/* "since attached", "in 5.00s", "in the capture" */
static void put_span(char text[CELL_SIZE], const struct stats *stats)
{
	char span[SHORT_SIZE + 1];

	*put_latency(span, stats->until_ns - stats->since_ns) = '\0';
	if (stats->since_ns)
		snprintf(text, CELL_SIZE, "in %s", span);
	else if (stats->recorded)
		snprintf(text, CELL_SIZE, "%s", place(stats));
	else
		snprintf(text, CELL_SIZE, stats_from_kernel(stats) ? "since attached" : "closed ones too");
}

static void print_handshakes(struct buffer *out, const struct terminal *terminal, const struct stats *stats)
{
	__u64 handshakes = stats_handshakes(&stats->whole), refused = stats->whole.counted.latencies.refused;
	struct folded_line line = folded_line_begin(out, terminal, "handshakes");
	char span[CELL_SIZE];

	put_span(span, stats);
	add_count(&line, handshakes, span);
	add_share(&line, "refused", refused, handshakes + refused);
	folded_line_end(&line);
}

/* A row for each histogram. */
static void add_percentiles(struct table *table, const struct histogram_set *set)
{
	for (int which = 0; which < set->histograms; which++) {
		table_text(table, COLOR_NONE, set->heading[which]);
		amount_cell(table, histogram_total(set->count[which]));
		for (int i = 0; i < PERCENTILES; i++)
			percentile_cell(table, set->count[which], percentiles[i]);
	}
}

/* `round_trips`: NULL: without. */
static int print_latencies(struct buffer *out, const struct terminal *terminal, const struct histogram_set *latencies,
			   const struct histogram_set *round_trips)
{
	static const struct table_column columns[] = {
		{ .heading = "LATENCY" },
		{ .heading = "COUNT", .right = true, .rank = 1 },
		{ .heading = "P50", .right = true },
		{ .heading = "P90", .right = true, .rank = 3 },
		{ .heading = "P99", .right = true },
		{ .heading = "P99.9", .right = true, .rank = 2 },
	};
	struct table table;
	int err = table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), out, terminal);

	if (err)
		return err;
	add_percentiles(&table, latencies);
	if (round_trips)
		add_percentiles(&table, round_trips);
	table_finish(&table);
	return 0;
}

static int print_whole(struct buffer *out, const struct terminal *terminal, const struct stats *stats)
{
	struct histogram_set latencies = histograms_of_latencies(&stats->whole.counted.latencies);
	struct histogram_set round_trips = histograms_of_round_trips(&stats->whole.counted.round_trips);
	bool has_round_trips = stats_has_round_trips(stats, NULL);
	int err;

	print_flows(out, terminal, stats);
	print_attempts(out, terminal, stats);
	print_handshakes(out, terminal, stats);
	buffer_char(out, '\n');
	err = print_latencies(out, terminal, &latencies, has_round_trips ? &round_trips : NULL);
	if (err)
		return err;
	buffer_char(out, '\n');
	histograms_print(out, terminal, &latencies);
	if (has_round_trips)
		histograms_print(out, terminal, &round_trips);
	return 0;
}

/* ---- groups ---- */

enum group_column {
	GROUP_KEY,
	GROUP_HANDSHAKES,
	GROUP_REFUSED,
	GROUP_FLOWS,
	GROUP_FAILED,
	GROUP_SYN_TO_SYNACK,
	GROUP_SYNACK_TO_ACK,
	GROUP_CLIENT_RTT, /* it and the next only with --rtt */
	GROUP_SERVER_RTT,
	GROUP_PERCENTILES,
	GROUP_HISTOGRAM = GROUP_PERCENTILES + PERCENTILES,
	GROUP_COLUMNS,
};

static const struct table_column group_columns[GROUP_COLUMNS] = {
	[GROUP_HANDSHAKES] = { .heading = "HANDSHAKES", .right = true, .rank = 2 },
	[GROUP_REFUSED] = { .heading = "REFUSED", .right = true, .rank = 5 },
	[GROUP_FLOWS] = { .heading = "FLOWS", .right = true, .rank = 6 },
	[GROUP_FAILED] = { .heading = "FAILED", .right = true, .rank = 7 },
	[GROUP_SYN_TO_SYNACK] = { .heading = HEADING_SYN_TO_SYNACK, .right = true, .rank = 3 },
	[GROUP_SYNACK_TO_ACK] = { .heading = HEADING_SYNACK_TO_ACK, .right = true, .rank = 4 },
	[GROUP_CLIENT_RTT] = { .heading = HEADING_CLIENT_RTT, .right = true, .rank = 4 },
	[GROUP_SERVER_RTT] = { .heading = HEADING_SERVER_RTT, .right = true, .rank = 3 },
	[GROUP_PERCENTILES] = { .heading = "P50", .right = true, .rank = 1 },
	[GROUP_PERCENTILES + 1] = { .heading = "P90", .right = true, .rank = 8 },
	[GROUP_PERCENTILES + 2] = { .heading = "P99", .right = true },
	[GROUP_PERCENTILES + 3] = { .heading = "P99.9", .right = true, .rank = 9 },
	[GROUP_HISTOGRAM] = { .rank = 10 },
};

/* What the rows of the table of groups share. */
struct group_table {
	struct table table;
	struct histogram_rows rows;
	char range[2 * SHORT_SIZE];
	bool utf8, round_trips;
};

static void add_group(struct group_table *groups, const char *key, const struct stats_figures *figures)
{
	const struct port_latencies *latencies = &figures->counted.latencies;
	__u64 handshakes = stats_handshakes(figures);
	struct table *table = &groups->table;
	char text[HISTOGRAM_LINE_SIZE];

	table_text(table, COLOR_NONE, key);
	amount_cell(table, handshakes);
	table_cell(table, COLOR_NONE, text, put_share(text, latencies->refused, handshakes + latencies->refused));
	amount_cell(table, figures->flows);
	table_cell(table, COLOR_NONE, text, put_share(text, stats_failed(figures), figures->attempts));
	percentile_cell(table, latencies->count[LATENCY_SYN_TO_SYNACK], percentiles[0]);
	percentile_cell(table, latencies->count[LATENCY_SYNACK_TO_ACK], percentiles[0]);
	for (int end = 0; end < ROUND_TRIP_ENDS && groups->round_trips; end++)
		percentile_cell(table, figures->counted.round_trips.count[end], percentiles[0]);
	for (int i = 0; i < PERCENTILES; i++)
		percentile_cell(table, latencies->count[LATENCY_HANDSHAKE], percentiles[i]);
	table_cell(table, COLOR_CYAN, text,
		   (int)(put_histogram_line(text, latencies->count[LATENCY_HANDSHAKE], groups->rows, groups->utf8) -
			 text));
}

/* All groups have the rows of the histogram of the whole instance, so that they can be compared. */
static int begin_groups(struct group_table *groups, struct buffer *out, const struct terminal *terminal,
			const struct stats *stats)
{
	static const char *const headings[] = { "", "PORT", "SERVER", "CLIENT", "PROCESS", "CONTAINER" };
	const struct port_latencies *whole = &stats->whole.counted.latencies;
	const struct histogram_set handshakes = { .count = &whole->count[LATENCY_HANDSHAKE], .histograms = 1 };
	struct table_column columns[GROUP_COLUMNS];
	int count = 0;

	groups->rows = histogram_rows(&handshakes, GROUP_ROWS_MAX);
	*put_histogram_range(groups->range, groups->rows) = '\0';
	groups->utf8 = terminal->utf8;
	groups->round_trips = stats_has_round_trips(stats, NULL);
	for (int i = 0; i < GROUP_COLUMNS; i++)
		if (groups->round_trips || (i != GROUP_CLIENT_RTT && i != GROUP_SERVER_RTT))
			columns[count++] = group_columns[i];
	columns[GROUP_KEY].heading = headings[stats->options.by];
	columns[count - 1].heading = groups->range;
	return table_init(&groups->table, columns, count, out, terminal);
}

static void print_groups_header(struct buffer *out, const struct terminal *terminal, const struct stats *stats)
{
	struct folded_line line = folded_line_begin(out, terminal, "from the");
	char span[CELL_SIZE];

	put_span(span, stats);
	folded_line_add(&line, stats->recorded		  ? "flows"
			       : stats_from_kernel(stats) ? "kernel's histograms"
							  : "records in the table");
	folded_line_add(&line, span);
	folded_line_end(&line);
	line = folded_line_begin(out, terminal, "latencies");
	folded_line_add(&line, "P50 to P99.9: handshake");
	folded_line_add(&line, HEADING_SYN_TO_SYNACK ": median");
	folded_line_add(&line, HEADING_SYNACK_TO_ACK ": median");
	if (stats_has_round_trips(stats, NULL)) {
		folded_line_add(&line, HEADING_CLIENT_RTT ": median");
		folded_line_add(&line, HEADING_SERVER_RTT ": median");
	}
	folded_line_end(&line);
	buffer_char(out, '\n');
}

static int print_groups(struct buffer *out, const struct terminal *terminal, const struct stats *stats, __u32 limit)
{
	size_t shown = stats->group_count < limit ? stats->group_count : limit;
	char text[STATS_KEY_SIZE + 1];
	struct group_table groups;
	struct stats_figures figures;
	struct stats_key key;
	int err;

	print_groups_header(out, terminal, stats);
	err = begin_groups(&groups, out, terminal, stats);
	if (err)
		return err;
	add_group(&groups, "all", &stats->whole);
	for (size_t i = 0; i < shown; i++) {
		stats_group(stats, i, &key, &figures);
		*put_stats_key(text, &key, stats->source->services, !terminal->utf8) = '\0';
		add_group(&groups, text, &figures);
	}
	table_finish(&groups.table);
	if (shown < stats->group_count)
		buffer_printf(out, "%zu more: --limit\n", stats->group_count - shown);
	return 0;
}

static void print_gone(struct buffer *out, const struct terminal *terminal, const struct flow_source *source)
{
	struct folded_line line;

	if (!flow_source_count_deleted(source))
		return;
	line = folded_line_begin(out, terminal, "gone");
	for (__u32 i = 0; i < source->instance->meta.interfaces; i++)
		if (source->interface[i].deleted)
			folded_line_add(&line, source->interface[i].ifname);
	folded_line_end(&line);
}

int stats_print(struct buffer *out, const struct terminal *terminal, const struct stats *stats, __u32 limit)
{
	const char *name = stats->source->instance->meta.name;
	char time[LOCAL_TIME_SIZE];

	buffer_broken(out, terminal->color, COLOR_BOLD, name, (int)strlen(name), terminal->columns);
	print_gone(out, terminal, stats->source);
	if (stats->since_ns) {
		*put_local_clock(time, stats->until_ns + stats->source->clock.wall_offset_ns) = '\0';
		buffer_printf(out, "  time        %s\n", time);
	}
	if (stats->options.by == STATS_ALL)
		return print_whole(out, terminal, stats);
	return print_groups(out, terminal, stats, limit ? limit : STATS_LIMIT_DEFAULT);
}
