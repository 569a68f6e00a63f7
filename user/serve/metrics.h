/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /metrics tells: one table of families, and the text or protobuf made from it. All figures are in the input, so
 * that this needs neither maps nor sockets. No label has an address, a client's port or a process in it, so the number
 * of series has a bound (synscope-serve(1) says which). Exemplars have addresses, and can be left out.
 */
#ifndef SYNSCOPE_SERVE_METRICS_H
#define SYNSCOPE_SERVE_METRICS_H

#include "flow/outcome.h"
#include "flow/view.h"
#include "instance/histogram.h"
#include "instance/interface.h"
#include "serve/accept.h"
#include "serve/metrics_events.h"
#include "serve/metrics_process.h"
#include "serve/refusals.h"
#include "synscope/config.h"

#define METRICS_PORTS_DEFAULT 32

/* The flows in a table. */
struct metrics_flows {
	__u64 used, half_open;
	__u64 states[SIDE_COUNT][STATE_COUNT];
	__u64 outcomes[OUTCOME_COUNT];
};

/* An instance. */
struct metrics_tracker {
	const struct instance_meta *meta;
	const struct interface_state *interface; /* by index in meta */
	const struct port_latencies *latencies; /* SERVER_PORT_INDEXES of them, which the programs may be counting in */
	const struct port_round_trips *round_trips; /* likewise; NULL: without --rtt */
	int port[SERVER_PORT_INDEXES]; /* see histogram_reader_ports() */
	const __u64 *counters; /* by enum synscope_counter */
	struct metrics_flows flows;
	const struct metrics_events *events;
	__u64 slots, events_lost;
	bool exemplars; /* tell the names of flows, and so addresses */
};

/* A receiver of exported records. */
struct metrics_sink {
	const char *name;
	__u64 records, queued;
	const struct metrics_drops {
		const char *reason;
		__u64 records;
	} * drops;
	int drop_count;
};

struct metrics_input {
	const struct metrics_tracker *tracker;
	size_t tracker_count;
	const struct metrics_sink *sink;
	size_t sink_count;
	struct metrics_process process;
	struct refusals refusals;
	unsigned int per_octave; /* buckets to each power of two in text: 1, 2, 4 or 8 */
	unsigned int ports; /* in text, server ports with histograms of their own: those that came first */
};

struct export_process;

/* What a server decides when it begins. */
struct metrics_setup {
	unsigned int per_octave, ports; /* see struct metrics_input */
	struct process_reader process;
	const struct export_process *exports; /* or NULL */
};

static inline struct metric_labels metrics_tracker_label(const struct metrics_tracker *tracker)
{
	return metric_label((struct metric_labels){ 0 }, "tracker", tracker->meta->name);
}

/* Append all metrics to a BUFFER_MEMORY. Without memory, the buffer fails. */
void metrics_write(struct buffer *out, enum metrics_format format, const struct metrics_input *input);

/* Count a flow of the table. */
void metrics_count_flow(struct metrics_flows *flows, const struct flow_view *view);

/* The value of the field Content-Type. */
const char *metrics_type(enum metrics_format format);

/* The family of this number, or NULL after the last one; `labels`: their names, separated by commas. */
const struct metric_family *metrics_family(size_t number, const char **labels);

#endif
