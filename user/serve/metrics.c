// SPDX-License-Identifier: GPL-2.0-only
#include "serve/metrics.h"

#include <stdio.h>

#include "base/version.h"
#include "flow/names.h"
#include "instance/counters.h"
#include "serve/metrics_ports.h"
#include "serve/openmetrics.h"
#include "serve/protobuf.h"
#include "status/status.h"

#define NUMBER_SIZE (U64_SIZE + 1)

struct family {
	struct metric_family family;
	const char *labels;
	/* Writes all samples; NULL: there is one for each tracker, with this value. */
	void (*samples)(struct exposition *to, const struct metrics_input *input, const struct family *family);
	__u64 (*value)(const struct metrics_tracker *tracker);
	/* Is there anything to tell? NULL: yes. */
	bool (*is_there)(const struct metrics_input *input);
	/* What samples() needs to know: */
	enum flow_latency latency; /* of a histogram; LATENCY_COUNT: round trips */
	const char *(*of_counter)(enum synscope_counter counter); /* the value of the second label, NULL: not in here */
	size_t member; /* the offset of a __u64 in struct metrics_sink or struct metrics_process */
};

/* ---- the table */

static void samples_flows(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	(void)family;
	for (size_t i = 0; i < input->tracker_count; i++)
		for (int side = 0; side < SIDE_COUNT; side++)
			for (enum tcp_state state = 0; state < STATE_COUNT; state++) {
				struct metric_labels labels = metrics_tracker_label(&input->tracker[i]);

				labels = metric_label(labels, "side", side_names[side]);
				metric_put(to, metric_label(labels, "state", state_name(state)),
					   input->tracker[i].flows.states[side][state]);
			}
}

static void samples_outcomes(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	for (size_t i = 0; i < input->tracker_count; i++) {
		const struct metrics_tracker *tracker = &input->tracker[i];
		static const struct metrics_events none;
		const __u64 *closed = tracker->events ? tracker->events->closed : none.closed;
		const __u64 *counts = family->family.type == METRIC_GAUGE ? tracker->flows.outcomes : closed;

		for (enum flow_outcome outcome = 0; outcome < OUTCOME_COUNT; outcome++)
			metric_put(to, metric_label(metrics_tracker_label(tracker), "outcome", outcome_name(outcome)),
				   counts[outcome]);
	}
}

static __u64 half_open_flows(const struct metrics_tracker *tracker)
{
	return tracker->flows.half_open;
}

static __u64 flows_created(const struct metrics_tracker *tracker)
{
	return counters_new_flows(tracker->counters);
}

static __u64 table_slots(const struct metrics_tracker *tracker)
{
	return tracker->slots;
}

static __u64 table_used_slots(const struct metrics_tracker *tracker)
{
	return tracker->flows.used;
}

static __u64 table_max_flows(const struct metrics_tracker *tracker)
{
	return tracker->meta->max_flows;
}

static __u64 table_memory_bytes(const struct metrics_tracker *tracker)
{
	return tracker->meta->memory_bytes;
}

static __u64 server_ports_used(const struct metrics_tracker *tracker)
{
	__u64 used = 0;

	for (int i = 0; i < SERVER_PORTS; i++)
		used += tracker->port[i] != NO_PORT;
	return used;
}

static __u64 events_lost(const struct metrics_tracker *tracker)
{
	return tracker->events_lost;
}

/* ---- counters that have a reason */

static const char *kind_of_segment(enum synscope_counter counter)
{
	return counter == COUNTER_SYN || counter == COUNTER_SYNACK ? counter_name(counter) : NULL;
}

static const char *class_of_eviction(enum synscope_counter counter)
{
	return counter_kind(counter) == COUNTER_KIND_EVICTION ? counter_name(counter) : NULL;
}

static const char *reason_of_failure(enum synscope_counter counter)
{
	return counter_kind(counter) == COUNTER_KIND_REFUSAL ? counter_name(counter) : NULL;
}

/* Of those that are counted as anomalies, what was not taken for true, at once or later. */
static const char *anomaly_disbelieved(enum synscope_counter counter)
{
	switch (counter) {
	case COUNTER_BAD_ACK:
	case COUNTER_BAD_RST:
	case COUNTER_BAD_SEQ:
	case COUNTER_ACK_UNSEEN:
	case COUNTER_CHALLENGE_SYN:
	case COUNTER_RST_REFUTED:
	case COUNTER_FIN_REFUTED:
		return counter_name(counter);
	default:
		return NULL;
	}
}

/* Tunnels that are not followed have the names of their kinds. */
static const char *reason_ignored(enum synscope_counter counter)
{
	if (counter <= COUNTER_NOT_FOLLOWED_LAST || counter == COUNTER_NO_FLOW || counter == COUNTER_BUSY)
		return counter_name(counter);
	return NULL;
}

/* A sample for each counter that has a value of the family's second label. */
static void samples_counters(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	const char *name = strchr(family->labels, ' ') + 1;

	for (size_t i = 0; i < input->tracker_count; i++)
		for (enum synscope_counter counter = 0; counter < COUNTER_COUNT; counter++)
			if (family->of_counter(counter))
				metric_put(to,
					   metric_label(metrics_tracker_label(&input->tracker[i]), name,
							family->of_counter(counter)),
					   input->tracker[i].counters[counter]);
}

/* ---- interfaces and names */

static const char *or_none(const char *name)
{
	return name ? name : "none";
}

static struct metric_labels interface_labels(const struct metrics_tracker *tracker, __u32 i)
{
	const struct meta_interface *interface = &tracker->meta->interface[i];
	struct metric_labels labels =
		metric_label(metrics_tracker_label(tracker), "interface", tracker->interface[i].ifname);

	labels = metric_label(labels, "xdp", or_none(xdp_name(interface->xdp)));
	return metric_label(labels, "egress", or_none(tc_name(interface->tc_egress)));
}

static bool same_labels(const struct metric_labels *a, const struct metric_labels *b)
{
	for (int i = 0; i < a->count; i++)
		if (strcmp(a->label[i].value, b->label[i].value) != 0)
			return false;
	return true;
}

/*
 * An interface that was deleted, and made again under its old name, is in the instance twice, which must not be two
 * series with the same labels: there is one, and it is up if one of them is.
 */
static void put_interface(struct exposition *to, const struct metrics_tracker *tracker, __u32 i)
{
	struct metric_labels labels = interface_labels(tracker, i);
	bool up = false;

	for (__u32 j = 0; j < tracker->meta->interfaces; j++) {
		struct metric_labels others = interface_labels(tracker, j);

		if (!same_labels(&labels, &others))
			continue;
		if (j < i)
			return;
		up |= !tracker->interface[j].deleted;
	}
	metric_put(to, labels, up);
}

static void samples_interfaces(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	(void)family;
	for (size_t i = 0; i < input->tracker_count; i++)
		for (__u32 j = 0; j < input->tracker[i].meta->interfaces; j++)
			put_interface(to, &input->tracker[i], j);
}

/* How its interfaces are attached on ingress: "native", "generic", "tc", or "mixed". */
static const char *mode_of(const struct instance_meta *meta)
{
	const char *mode = NULL;

	for (__u32 i = 0; i < meta->interfaces; i++) {
		const char *name = xdp_name(meta->interface[i].xdp);

		name = name ? name : or_none(meta->interface[i].tc_ingress ? "tc" : NULL);
		if (mode && strcmp(mode, name) != 0)
			return "mixed";
		mode = name;
	}
	return or_none(mode);
}

static void samples_tracker_info(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	(void)family;
	for (size_t i = 0; i < input->tracker_count; i++) {
		const struct metrics_tracker *tracker = &input->tracker[i];
		struct metric_labels labels =
			metric_label(metrics_tracker_label(tracker), "netns", tracker->meta->netns);

		metric_put(to, metric_label(labels, "mode", mode_of(tracker->meta)), 1);
	}
}

static void samples_build_info(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	char layout[NUMBER_SIZE];

	(void)input;
	(void)family;
	snprintf(layout, sizeof(layout), "%d", FLOW_LAYOUT_VERSION);
	metric_put(to,
		   metric_label(metric_label((struct metric_labels){ 0 }, "version", SYNSCOPE_VERSION), "layout",
				layout),
		   1);
}

/* ---- exports, requests and the process */

static struct metric_labels sink_label(const struct metrics_sink *sink)
{
	return metric_label((struct metric_labels){ 0 }, "sink", sink->name);
}

static __u64 member_of(const void *object, size_t member)
{
	return *(const __u64 *)((const char *)object + member);
}

static void samples_sinks(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	for (size_t i = 0; i < input->sink_count; i++)
		metric_put(to, sink_label(&input->sink[i]), member_of(&input->sink[i], family->member));
}

static void samples_dropped(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	(void)family;
	for (size_t i = 0; i < input->sink_count; i++)
		for (int j = 0; j < input->sink[i].drop_count; j++)
			metric_put(to,
				   metric_label(sink_label(&input->sink[i]), "reason", input->sink[i].drops[j].reason),
				   input->sink[i].drops[j].records);
}

static void samples_requests(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	(void)family;
	metric_put(to, (struct metric_labels){ 0 }, input->refusals.requests);
}

static void samples_refusals(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	(void)family;
	for (enum refusal refusal = 0; refusal < REFUSAL_COUNT; refusal++)
		metric_put(to, metric_label((struct metric_labels){ 0 }, "reason", refusal_names[refusal]),
			   input->refusals.count[refusal]);
}

static void samples_process(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	metric_put(to, (struct metric_labels){ 0 }, member_of(&input->process, family->member));
}

/* ---- all families */

static void samples_ports(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	if (family->family.type == METRIC_COUNTER)
		metrics_put_refused(to, input);
	else if (family->latency == LATENCY_COUNT)
		metrics_put_round_trips(to, input);
	else
		metrics_put_histograms(to, input, family->latency);
}

#define BY_PORT "tracker, server_port"

static const struct family families[] = {
	{ .family = { "synscope_syn_to_synack_duration_seconds", METRIC_HISTOGRAM, "seconds",
		      "Time from a SYN to the SYN/ACK that answers it: of the network and the server." },
	  .labels = BY_PORT,
	  .samples = samples_ports,
	  .latency = LATENCY_SYN_TO_SYNACK },
	{ .family = { "synscope_synack_to_ack_duration_seconds", METRIC_HISTOGRAM, "seconds",
		      "Time from a SYN/ACK to the ACK that answers it: of the network and the client." },
	  .labels = BY_PORT,
	  .samples = samples_ports,
	  .latency = LATENCY_SYNACK_TO_ACK },
	{ .family = { "synscope_handshake_duration_seconds", METRIC_HISTOGRAM, "seconds",
		      "Time from the first SYN to the ACK that completes the handshake." },
	  .labels = BY_PORT,
	  .samples = samples_ports,
	  .latency = LATENCY_HANDSHAKE },
	{ .family = { "synscope_round_trip_duration_seconds", METRIC_HISTOGRAM, "seconds",
		      "With --rtt: time from data to the ACK that covers it, between here and that end." },
	  .labels = BY_PORT ", side",
	  .samples = samples_ports,
	  .latency = LATENCY_COUNT,
	  .is_there = metrics_any_round_trips },
	{ .family = { "synscope_connects_refused_total", METRIC_COUNTER, NULL, "Connects answered by a RST." },
	  .labels = BY_PORT,
	  .samples = samples_ports },
	{ .family = { "synscope_flows", METRIC_GAUGE, NULL, "Flows in the table, by the state of either end." },
	  .labels = "tracker, side, state",
	  .samples = samples_flows },
	{ .family = { "synscope_flows_by_outcome", METRIC_GAUGE, NULL, "Flows in the table, by outcome." },
	  .labels = "tracker, outcome",
	  .samples = samples_outcomes },
	{ .family = { "synscope_half_open_flows", METRIC_GAUGE, NULL,
		      "Flows whose handshake is not complete, or of which only one end was seen." },
	  .labels = "tracker",
	  .value = half_open_flows },
	{ .family = { "synscope_flows_created_total", METRIC_COUNTER, NULL,
		      "Flows that began: put into the table, or begun again there by the same ends." },
	  .labels = "tracker",
	  .value = flows_created },
	{ .family = { "synscope_flows_closed_total", METRIC_COUNTER, NULL,
		      "Flows that ended, by outcome: from events, so since serve has been running." },
	  .labels = "tracker, outcome",
	  .samples = samples_outcomes },
	{ .family = { "synscope_handshake_segments_total", METRIC_COUNTER, NULL,
		      "SYNs and SYN/ACKs seen, retransmitted ones too." },
	  .labels = "tracker, kind",
	  .samples = samples_counters,
	  .of_counter = kind_of_segment },
	{ .family = { "synscope_evictions_total", METRIC_COUNTER, NULL,
		      "Flows whose room was taken for a new one, by what they were." },
	  .labels = "tracker, class",
	  .samples = samples_counters,
	  .of_counter = class_of_eviction },
	{ .family = { "synscope_insert_failures_total", METRIC_COUNTER, NULL,
		      "New flows for which no room could be had." },
	  .labels = "tracker, reason",
	  .samples = samples_counters,
	  .of_counter = reason_of_failure },
	{ .family = { "synscope_segments_disbelieved_total", METRIC_COUNTER, NULL,
		      "Segments that no host would act on, or that the connection refuted." },
	  .labels = "tracker, anomaly",
	  .samples = samples_counters,
	  .of_counter = anomaly_disbelieved },
	{ .family = { "synscope_packets_ignored_total", METRIC_COUNTER, NULL,
		      "Packets that are part of no flow, by the reason or the tunnel that is not followed." },
	  .labels = "tracker, reason",
	  .samples = samples_counters,
	  .of_counter = reason_ignored },
	{ .family = { "synscope_table_slots", METRIC_GAUGE, NULL, "Slots of the table." },
	  .labels = "tracker",
	  .value = table_slots },
	{ .family = { "synscope_table_used_slots", METRIC_GAUGE, NULL, "Slots of the table with a flow in them." },
	  .labels = "tracker",
	  .value = table_used_slots },
	{ .family = { "synscope_table_max_flows", METRIC_GAUGE, NULL, "Flows that the table is made for." },
	  .labels = "tracker",
	  .value = table_max_flows },
	{ .family = { "synscope_table_memory_bytes", METRIC_GAUGE, "bytes", "Memory of all maps." },
	  .labels = "tracker",
	  .value = table_memory_bytes },
	{ .family = { "synscope_server_ports_used", METRIC_GAUGE, NULL,
		      "Server ports with histograms of their own, of 256; later ones are counted as other." },
	  .labels = "tracker",
	  .value = server_ports_used },
	{ .family = { "synscope_interface_up", METRIC_GAUGE, NULL, "1: the interface exists; 0: it was deleted." },
	  .labels = "tracker, interface, xdp, egress",
	  .samples = samples_interfaces },
	{ .family = { "synscope_events_lost_total", METRIC_COUNTER, NULL,
		      "Events for which a reader's buffer had no room." },
	  .labels = "tracker",
	  .value = events_lost },
	{ .family = { "synscope_export_records_total", METRIC_COUNTER, NULL, "Flow records that were exported." },
	  .labels = "sink",
	  .samples = samples_sinks,
	  .member = offsetof(struct metrics_sink, records) },
	{ .family = { "synscope_export_dropped_total", METRIC_COUNTER, NULL,
		      "Flow records that were not exported, by reason." },
	  .labels = "sink, reason",
	  .samples = samples_dropped },
	{ .family = { "synscope_export_queue_records", METRIC_GAUGE, NULL, "Flow records that wait for the receiver." },
	  .labels = "sink",
	  .samples = samples_sinks,
	  .member = offsetof(struct metrics_sink, queued) },
	{ .family = { "synscope_build_info", METRIC_INFO, NULL, "The version, and the layout of the maps." },
	  .labels = "version, layout",
	  .samples = samples_build_info },
	{ .family = { "synscope_tracker_info", METRIC_INFO, NULL, "How an instance is attached." },
	  .labels = "tracker, netns, mode",
	  .samples = samples_tracker_info },
	{ .family = { "synscope_serve_requests_total", METRIC_COUNTER, NULL,
		      "Requests to serve, those that it refused too." },
	  .labels = "",
	  .samples = samples_requests },
	{ .family = { "synscope_serve_refusals_total", METRIC_COUNTER, NULL,
		      "Requests and connections that serve refused, by reason." },
	  .labels = "reason",
	  .samples = samples_refusals },
	{ .family = { "process_cpu_seconds_total", METRIC_COUNTER, "seconds", "Processor time that serve has used." },
	  .labels = "",
	  .samples = samples_process,
	  .member = offsetof(struct metrics_process, cpu_ns) },
	{ .family = { "process_resident_memory_bytes", METRIC_GAUGE, "bytes", "Resident memory of serve." },
	  .labels = "",
	  .samples = samples_process,
	  .member = offsetof(struct metrics_process, resident_bytes) },
	{ .family = { "process_open_fds", METRIC_GAUGE, NULL, "Open file descriptors of serve." },
	  .labels = "",
	  .samples = samples_process,
	  .member = offsetof(struct metrics_process, open_fds) },
	{ .family = { "process_start_time_seconds", METRIC_GAUGE, "seconds", "When serve began, since 1970." },
	  .labels = "",
	  .samples = samples_process,
	  .member = offsetof(struct metrics_process, start_ns) },
};

#define FAMILY_COUNT (sizeof(families) / sizeof(families[0]))

const struct metric_family *metrics_family(size_t number, const char **labels)
{
	if (number >= FAMILY_COUNT)
		return NULL;
	*labels = families[number].labels;
	return &families[number].family;
}

static void write_family(struct exposition *to, const struct metrics_input *input, const struct family *family)
{
	if (family->is_there && !family->is_there(input))
		return;
	to->ops->begin(to, &family->family);
	if (family->samples)
		family->samples(to, input, family);
	for (size_t i = 0; !family->samples && i < input->tracker_count; i++)
		metric_put(to, metrics_tracker_label(&input->tracker[i]), family->value(&input->tracker[i]));
	to->ops->end(to);
}

void metrics_write(struct buffer *out, enum metrics_format format, const struct metrics_input *input)
{
	struct openmetrics text;
	struct protobuf protobuf;
	struct exposition *to = format == METRICS_PROTOBUF ? &protobuf.to : &text.to;

	protobuf_init(&protobuf, out);
	openmetrics_init(&text, out, format == METRICS_OPENMETRICS, input->per_octave);
	for (size_t i = 0; i < FAMILY_COUNT; i++)
		write_family(to, input, &families[i]);
	to->ops->finish(to);
}

void metrics_count_flow(struct metrics_flows *flows, const struct flow_view *view)
{
	flows->used++;
	flows->half_open += flow_is_half_open(view);
	flows->outcomes[view->outcome]++;
	for (int side = 0; side < SIDE_COUNT; side++)
		flows->states[side][view->side[side].state]++;
}

const char *metrics_type(enum metrics_format format)
{
	return format == METRICS_PROTOBUF      ? PROTOBUF_TYPE
	       : format == METRICS_OPENMETRICS ? OPENMETRICS_TYPE
					       : TEXT_METRICS_TYPE;
}
