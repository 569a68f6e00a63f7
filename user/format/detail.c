// SPDX-License-Identifier: GPL-2.0-only
#include "flow/tunnel.h"
#include "format/tunnel.h"
#include "format/flow.h"
#include "format/output.h"
#include "format/detail.h"
#include "flow/name.h"
#include "flow/names.h"
#include "flow/labels.h"
#include "flow/host_names.h"
#include "flow/processes.h"
#include "flow/services.h"

#include <stdio.h>

#include "flow/ladder.h"
#include "base/local_time.h"
#include "base/terminal.h"
#include "base/unicode.h"
#include "base/buffer.h"
#include "format/table.h"

#define LABEL_COLUMNS 16
#define VALUE_INDENT 4
#define VALUE_BYTES 64

/* Where to print, and how wide. */
struct detail {
	struct buffer *out;
	const struct terminal *terminal;
	const struct detail_style *style;
};

/* One line of the blocks about the two endpoints. */
struct pair {
	const char *label;
	char value[SIDE_COUNT][VALUE_BYTES];
};

#define PAIRS_MAX 20

struct pairs {
	struct pair pair[PAIRS_MAX];
	int count;
};

static struct pair *add_pair(struct pairs *pairs, const char *label)
{
	struct pair *pair = &pairs->pair[pairs->count++];

	pair->label = label;
	return pair;
}

static void put_amounts(struct pairs *pairs, const char *label, const __u64 *amounts)
{
	struct pair *pair = add_pair(pairs, label);

	for (int i = 0; i < SIDE_COUNT; i++)
		*put_u64(pair->value[i], amounts[i]) = '\0';
}

/* "mss 1460 wscale 7 sack ts", the words of ss */
static void put_options(char *text, const struct endpoint_view *side)
{
	size_t used = 0;

	*text = '\0';
	if (side->options & OPTION_MSS)
		used += snprintf(text + used, VALUE_BYTES - used, "mss %u ", side->mss);
	if (side->wscale != FACTS_WSCALE_NONE)
		used += snprintf(text + used, VALUE_BYTES - used, "wscale %u ", side->wscale);
	if (side->options & OPTION_SACK)
		used += snprintf(text + used, VALUE_BYTES - used, "sack ");
	if (side->options & OPTION_TIMESTAMPS)
		used += snprintf(text + used, VALUE_BYTES - used, "ts ");
	if (!(side->options & OPTION_KNOWN))
		snprintf(text + used, VALUE_BYTES - used, used ? "others unknown" : "unknown");
	else if (used)
		text[used - 1] = '\0';
	else
		snprintf(text, VALUE_BYTES, "none");
}

/* "-" if there is none, or if it is not known. */
static void put_processes(struct pairs *pairs, const struct flow_view *view, const struct process_sockets *sockets,
			  bool ascii)
{
	struct pair *local = add_pair(pairs, "local"), *process = add_pair(pairs, "process");
	struct pair *container = add_pair(pairs, "container"), *cgroup = add_pair(pairs, "cgroup");

	for (int i = 0; i < SIDE_COUNT; i++) {
		const struct process *found = process_of(sockets, &view->side[i], &view->side[!i]);
		bool here = process_end_is_local(sockets, &view->side[i], &view->side[!i]);

		*(found ? put_process(process->value[i], found, ascii) : stpcpy(process->value[i], "-")) = '\0';
		strcpy(local->value[i], here ? "yes" : "-");
		*(found ? put_container(container->value[i], found, ascii) : stpcpy(container->value[i], "-")) = '\0';
		*(found ? put_cgroup(cgroup->value[i], found, ascii) : stpcpy(cgroup->value[i], "-")) = '\0';
	}
}

static void put_names(struct pair *pair, const struct flow_view *view, struct host_names *names, bool ascii)
{
	char name[HOST_NAME_SIZE], *value;

	for (int i = 0; i < SIDE_COUNT; i++) {
		value = pair->value[i];
		if (!host_name_of(names, &view->side[i].ip, name))
			strcpy(name, "-");
		*put_foreign(value, value + VALUE_BYTES - 1, name, strlen(name), FOREIGN_TEXT, ascii) = '\0';
	}
}

/* "SYN PSH ACK": every flag that each end ever set */
static void put_flags(struct pair *flags, const struct flow_view *view)
{
	for (int i = 0; i < SIDE_COUNT; i++) {
		size_t used = 0;

		for (int bit = 0; bit < TCP_FLAGS_COUNT; bit++)
			if (view->side[i].flags >> bit & 1)
				used += snprintf(flags->value[i] + used, VALUE_BYTES - used, "%s%s", used ? " " : "",
						 tcp_flag_names[bit]);
	}
}

static void make_pairs(struct pairs *pairs, const struct flow_view *view, const struct flow_labels *labels, bool ascii)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];
	struct pair *address = add_pair(pairs, "address"), *port = add_pair(pairs, "port");
	struct pair *state = add_pair(pairs, "state"), *isn = add_pair(pairs, "isn");
	struct pair *options;

	if (labels->named)
		put_names(add_pair(pairs, "name"), view, labels->host_names, ascii);
	for (int i = 0; i < SIDE_COUNT; i++) {
		const struct endpoint_view *side = &view->side[i];

		*put_ip(address->value[i], &side->ip) = '\0';
		*put_service(port->value[i], i == SIDE_SERVER ? labels->services : NULL, side->port) = '\0';
		snprintf(state->value[i], VALUE_BYTES, "%s", state_name(side->state));
		if (side->isn_known)
			*put_u64(isn->value[i], side->isn) = '\0';
		else
			snprintf(isn->value[i], VALUE_BYTES, "unknown");
	}
	put_amounts(pairs, "packets", (__u64[]){ client->packets, server->packets });
	put_amounts(pairs, "bytes", (__u64[]){ client->bytes, server->bytes });
	put_amounts(pairs, "payload bytes", (__u64[]){ client->payload_bytes, server->payload_bytes });
	put_amounts(pairs, "retransmits", (__u64[]){ client->retransmits, server->retransmits });
	put_amounts(pairs, "SYN segments", (__u64[]){ client->syns, server->syns });
	put_amounts(pairs, "FIN segments", (__u64[]){ client->fins, server->fins });
	put_amounts(pairs, "RST segments", (__u64[]){ client->rsts, server->rsts });
	put_flags(add_pair(pairs, "flags"), view);
	options = add_pair(pairs, "options");
	for (int i = 0; i < SIDE_COUNT; i++)
		put_options(options->value[i], &view->side[i]);
	if (labels->sockets)
		put_processes(pairs, view, labels->sockets, ascii);
}

/* Print a label and its value; the value gets a line of its own if it does not fit beside the label. */
static void print_value(const struct detail *detail, const char *label, const char *value)
{
	struct foreign_text clean = foreign_text(value, strlen(value), !detail->out->utf8);
	int columns = detail->terminal->columns;
	int indent = columns - clean.columns < VALUE_INDENT ? columns - clean.columns : VALUE_INDENT;

	if (!columns || LABEL_COLUMNS + clean.columns <= columns) {
		buffer_printf(detail->out, "  %-*s%s\n", LABEL_COLUMNS - 2, label, clean.text);
		return;
	}
	buffer_printf(detail->out, "  %s\n%*s", label, indent > 0 ? indent : 0, "");
	buffer_broken(detail->out, false, COLOR_NONE, clean.text, clean.bytes, columns);
}

static void print_bold(const struct detail *detail, const char *text)
{
	buffer_colored(detail->out, detail->terminal->color, COLOR_BOLD, text, (int)strlen(text));
}

static void print_heading(const struct detail *detail, const char *heading)
{
	buffer_char(detail->out, '\n');
	print_bold(detail, heading);
	buffer_char(detail->out, '\n');
}

static void print_beside(const struct detail *detail, const struct pairs *pairs, int first_columns)
{
	buffer_printf(detail->out, "\n%*s", LABEL_COLUMNS, "");
	print_bold(detail, side_names[SIDE_CLIENT]);
	buffer_spaces(detail->out, first_columns - (int)strlen(side_names[SIDE_CLIENT]) + 2);
	print_bold(detail, side_names[SIDE_SERVER]);
	buffer_char(detail->out, '\n');
	for (int i = 0; i < pairs->count; i++) {
		const struct pair *pair = &pairs->pair[i];
		const char *first = pair->value[SIDE_CLIENT];

		buffer_printf(detail->out, "  %-*s%s", LABEL_COLUMNS - 2, pair->label, first);
		buffer_spaces(detail->out, first_columns + 2 - text_columns(first, (int)strlen(first)));
		buffer_printf(detail->out, "%s\n", pair->value[SIDE_SERVER]);
	}
}

/* Print both endpoints side by side, or below each other if that is too wide. */
static void print_pairs(const struct detail *detail, const struct pairs *pairs)
{
	int widest[SIDE_COUNT] = { (int)strlen(side_names[0]), (int)strlen(side_names[1]) };
	int columns = detail->terminal->columns;

	for (int i = 0; i < pairs->count; i++)
		for (int side = 0; side < SIDE_COUNT; side++) {
			const char *value = pairs->pair[i].value[side];
			int wide = text_columns(value, (int)strlen(value));

			widest[side] = wide > widest[side] ? wide : widest[side];
		}
	if (!columns || LABEL_COLUMNS + widest[0] + 2 + widest[1] <= columns) {
		print_beside(detail, pairs, widest[0]);
		return;
	}
	for (int side = 0; side < SIDE_COUNT; side++) {
		print_heading(detail, side_names[side]);
		for (int i = 0; i < pairs->count; i++)
			print_value(detail, pairs->pair[i].label, pairs->pair[i].value[side]);
	}
}

static void print_latency(const struct detail *detail, const char *label, __s64 ns)
{
	char text[SHORT_SIZE + 1] = "unknown";

	if (ns != LATENCY_UNKNOWN)
		*put_latency(text, ns) = '\0';
	print_value(detail, label, text);
}

static void print_handshake(const struct detail *detail, const struct flow_view *view)
{
	char text[VALUE_BYTES];

	print_heading(detail, "handshake");
	print_latency(detail, latency_labels[LATENCY_SYN_TO_SYNACK], view->syn_to_synack_ns);
	print_latency(detail, latency_labels[LATENCY_SYNACK_TO_ACK], view->synack_to_ack_ns);
	print_latency(detail, latency_labels[LATENCY_HANDSHAKE], view->handshake_ns);
	if (view->rtt_ambiguous)
		buffer_text(detail->out, "  (resent: these are uncertain)\n");
	snprintf(text, sizeof(text), "SYN %u, SYN/ACK %u", view->side[SIDE_CLIENT].syn_retransmits,
		 view->side[SIDE_SERVER].syn_retransmits);
	print_value(detail, "resent", text);
}

/* "12.2ms smoothed, 12.3ms last, 12.1ms minimum, of 40"; nothing if none was measured. */
static void print_rtt(const struct detail *detail, const struct flow_view *view)
{
	bool first = true;

	for (int i = 0; i < SIDE_COUNT; i++) {
		const struct rtt_view *rtt = &view->side[i].rtt;
		char least[SHORT_SIZE + 1], last[SHORT_SIZE + 1], smoothed[SHORT_SIZE + 1], text[2 * VALUE_BYTES];

		if (!rtt->samples)
			continue;
		if (first)
			print_heading(detail, "round trips");
		first = false;
		*put_latency(least, (__s64)rtt->min_ns) = '\0';
		*put_latency(last, (__s64)rtt->last_ns) = '\0';
		*put_latency(smoothed, (__s64)rtt->smoothed_ns) = '\0';
		snprintf(text, sizeof(text), "%s smoothed, %s last, %s minimum, of %u", smoothed, last, least,
			 rtt->samples);
		print_value(detail, side_names[i], text);
	}
}

static void print_anomalies(const struct detail *detail, const struct flow_view *view)
{
	const char *label = "anomalies";
	char text[VALUE_BYTES];

	for (int i = 0; i < ANOMALY_COUNT; i++) {
		if (!view->anomalies[i])
			continue;
		snprintf(text, sizeof(text), "%s %u", anomaly_names[i], view->anomalies[i]);
		print_value(detail, label, text);
		label = "";
	}
}

/* 0: of a capture without times. */
static void print_time(const struct detail *detail, const char *label, __u64 ns)
{
	char text[LOCAL_TIME_SIZE];

	*put_local_time(text, ns) = '\0';
	print_value(detail, label, ns ? text : "unknown");
}

static void print_times(const struct detail *detail, const struct flow_view *view, const struct flow_labels *labels)
{
	char text[LOCAL_TIME_SIZE];

	print_time(detail, "first seen", view->first_seen_ns + labels->wall_offset_ns);
	print_time(detail, "last seen", view->last_seen_ns + labels->wall_offset_ns);
	*put_latency(text, view->duration_ns) = '\0';
	print_value(detail, "lasted", view->first_seen_ns ? text : "unknown");
	*put_age(text, view->first_seen_ns ? flow_age(view) : 0) = '\0';
	print_value(detail, "age", view->first_seen_ns ? text : "unknown");
	*put_age(text, view->idle_ns) = '\0';
	print_value(detail, "idle", text);
}

/* "admin_prohibited, by 10.0.0.254 (ICMP type 3 code 13)" */
static void print_unreachable(const struct detail *detail, const struct flow_view *view)
{
	const struct unreachable_view *unreachable = &view->unreachable;
	char text[2 * VALUE_BYTES], by[IP_SIZE + 1];

	if (view->outcome != OUTCOME_UNREACHABLE)
		return;
	*put_ip(by, &unreachable->by) = '\0';
	snprintf(text, sizeof(text), "%s, by %s (%s type %u code %u)", unreachable_reason_name(unreachable->reason), by,
		 unreachable->by.ipv6 ? "ICMPv6" : "ICMP", unreachable->type, unreachable->code);
	print_value(detail, "unreachable", text);
}

/* A line for each layer, outermost first. */
static void print_tunnel(const struct detail *detail, const struct flow_view *view, const struct flow_labels *labels)
{
	const struct flow_tunnel *tunnel = tunnel_of_number(labels->tunnels, view->tunnel);
	char text[TUNNEL_TEXT_SIZE];

	if (!tunnel)
		print_value(detail, "tunnel", "unknown");
	for (__u32 i = 0; tunnel && i < tunnel->layers; i++) {
		tunnel_text(text, &tunnel->layer[i]);
		print_value(detail, i ? "" : "tunnel", text);
	}
}

static void print_summary(const struct detail *detail, const struct flow_view *view, const struct flow_labels *labels)
{
	char text[VALUE_BYTES];
	size_t used = 0;

	print_value(detail, "instance", labels->instance);
	snprintf(text, sizeof(text), "%s%s", labels->ifname ? labels->ifname : "unknown",
		 labels->interface_deleted ? " (gone)" : "");
	print_value(detail, "interface", text);
	for (int i = 0; i < view->vlans; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%u", i ? " " : "", view->vlan[i]);
	if (view->vlans)
		print_value(detail, "vlan", text);
	print_tunnel(detail, view, labels);
	print_value(detail, "outcome", outcome_name(view->outcome));
	print_unreachable(detail, view);
	snprintf(text, sizeof(text), "%s%s", origin_name(view->origin), view->one_way ? ", one way" : "");
	print_value(detail, "origin", text);
	snprintf(text, sizeof(text), "%s %s", conn_state_name(view->conn_state), view->history);
	print_value(detail, "zeek", text);
	print_times(detail, view, labels);
	snprintf(text, sizeof(text), "%u", view->incarnation);
	print_value(detail, "incarnation", text);
	if (view->packets_estimated)
		print_value(detail, "packets", "estimated from lengths");
	print_anomalies(detail, view);
}

static void print_for_people(const struct detail *detail, const struct flow_view *view, const struct ladder *ladder,
			     const struct flow_labels *labels)
{
	const struct terminal *terminal = detail->terminal;
	struct pairs pairs = { 0 };
	char id[FLOW_ID_SIZE];

	buffer_broken(detail->out, terminal->color, COLOR_BOLD, id, (int)(put_flow_id(id, view) - id),
		      terminal->columns);
	print_summary(detail, view, labels);
	make_pairs(&pairs, view, labels, !detail->out->utf8);
	print_pairs(detail, &pairs);
	print_handshake(detail, view);
	print_rtt(detail, view);
	buffer_char(detail->out, '\n');
	ladder_print(detail->out, terminal, ladder, view, &detail->style->ladder);
}

/* What is walked over. */
struct full_flow {
	const struct flow_view *view;
	const struct flow_labels *labels;
	const struct ladder *ladder;
};

static void put_fields(struct sink *sink, const void *record)
{
	const struct full_flow *flow = record;

	flow_detail_fields(sink, flow->view, flow->labels, flow->ladder);
}

void flow_detail_print(struct buffer *out, const struct detail_style *style, const struct terminal *terminal,
		       const struct flow_view *view, const struct ladder *ladder, const struct flow_labels *labels)
{
	struct full_flow flow = { view, labels, ladder };
	struct output output = { .format = style->format, .out = out, .fields = put_fields };

	if (style->format == OUTPUT_TABLE) {
		print_for_people(&(struct detail){ out, terminal, style }, view, ladder, labels);
		return;
	}
	if (style->format == OUTPUT_JSON) /* one flow, which is no list */
		output.format = OUTPUT_JSONL;
	output_begin(&output, &flow);
	output_add(&output, &flow);
	output_end(&output);
}
