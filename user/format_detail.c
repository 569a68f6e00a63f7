// SPDX-License-Identifier: GPL-2.0-only
#include "format.h"

#include <stdio.h>

#include "terminal.h"
#include "synscope/segment.h"

#define LABEL_COLUMNS 16
#define VALUE_BYTES 64

/* One line of the blocks about the two endpoints. */
struct pair {
	const char *label;
	char value[SIDE_COUNT][VALUE_BYTES];
};

#define PAIRS_MAX 16

struct pairs {
	struct pair pair[PAIRS_MAX];
	int count;
};

static const char *const side_names[SIDE_COUNT] = { "client", "server" };

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
	if (!(side->options & OPTION_KNOWN)) {
		snprintf(text, VALUE_BYTES, "unknown");
		return;
	}
	if (side->options & OPTION_MSS)
		used += snprintf(text + used, VALUE_BYTES - used, "mss %u ", side->mss);
	if (side->wscale != FACTS_WSCALE_NONE)
		used += snprintf(text + used, VALUE_BYTES - used, "wscale %u ", side->wscale);
	if (side->options & OPTION_SACK)
		used += snprintf(text + used, VALUE_BYTES - used, "sack ");
	if (side->options & OPTION_TIMESTAMPS)
		used += snprintf(text + used, VALUE_BYTES - used, "ts ");
	if (used)
		text[used - 1] = '\0';
	else
		snprintf(text, VALUE_BYTES, "none");
}

static void make_pairs(struct pairs *pairs, const struct flow_view *view)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];
	struct pair *address = add_pair(pairs, "address"), *port = add_pair(pairs, "port");
	struct pair *state = add_pair(pairs, "state"), *isn = add_pair(pairs, "isn");
	struct pair *options;

	for (int i = 0; i < SIDE_COUNT; i++) {
		const struct endpoint_view *side = &view->side[i];

		*put_ip(address->value[i], &side->ip) = '\0';
		*put_u64(port->value[i], side->port) = '\0';
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
	options = add_pair(pairs, "options");
	for (int i = 0; i < SIDE_COUNT; i++)
		put_options(options->value[i], &view->side[i]);
}

static void print_label(struct buffer *out, const char *label)
{
	buffer_printf(out, "  %-*s", LABEL_COLUMNS - 2, label);
}

/* Both endpoints side by side, or below each other where that is too wide. */
static void print_pairs(struct buffer *out, const struct terminal *terminal, const struct pairs *pairs)
{
	int widest[SIDE_COUNT] = { (int)strlen(side_names[0]), (int)strlen(side_names[1]) };

	for (int i = 0; i < pairs->count; i++)
		for (int side = 0; side < SIDE_COUNT; side++) {
			int columns = (int)strlen(pairs->pair[i].value[side]);

			widest[side] = columns > widest[side] ? columns : widest[side];
		}
	if (!terminal->columns || LABEL_COLUMNS + widest[0] + 2 + widest[1] <= terminal->columns) {
		buffer_printf(out, "\n%*s%-*s  %s\n", LABEL_COLUMNS, "", widest[0], side_names[0], side_names[1]);
		for (int i = 0; i < pairs->count; i++) {
			print_label(out, pairs->pair[i].label);
			buffer_printf(out, "%-*s  %s\n", widest[0], pairs->pair[i].value[0], pairs->pair[i].value[1]);
		}
		return;
	}
	for (int side = 0; side < SIDE_COUNT; side++) {
		buffer_printf(out, "\n%s\n", side_names[side]);
		for (int i = 0; i < pairs->count; i++) {
			print_label(out, pairs->pair[i].label);
			buffer_printf(out, "%s\n", pairs->pair[i].value[side]);
		}
	}
}

static void print_latency(struct buffer *out, const char *label, __s64 ns)
{
	char text[SHORT_ROOM + 1];

	print_label(out, label);
	if (ns == LATENCY_UNKNOWN) {
		buffer_text(out, "unknown\n");
		return;
	}
	*put_latency(text, ns) = '\0';
	buffer_printf(out, "%s\n", text);
}

static void print_handshake(struct buffer *out, const struct flow_view *view)
{
	buffer_text(out, "\nhandshake\n");
	print_latency(out, "SYN-SYN/ACK", view->syn_to_synack_ns);
	print_latency(out, "SYN/ACK-ACK", view->synack_to_ack_ns);
	print_latency(out, "SYN-ACK", view->handshake_ns);
	if (view->rtt_ambiguous)
		buffer_text(out, "  (a retransmission makes these uncertain)\n");
	print_label(out, "resent");
	buffer_printf(out, "SYN %u, SYN/ACK %u\n", view->side[SIDE_CLIENT].syn_retransmits,
		      view->side[SIDE_SERVER].syn_retransmits);
}

static void print_anomalies(struct buffer *out, const struct flow_view *view)
{
	static const char *const names[ANOMALY_COUNT] = {
		[ANOMALY_BAD_ACK] = "bad_ack",
		[ANOMALY_BAD_RST] = "bad_rst",
		[ANOMALY_BAD_SEQ] = "bad_seq",
		[ANOMALY_ACK_UNSEEN] = "ack_unseen",
		[ANOMALY_CHALLENGE_SYN] = "challenge_syn",
	};
	bool any = false;

	for (int i = 0; i < ANOMALY_COUNT; i++) {
		if (!view->anomalies[i])
			continue;
		print_label(out, any ? "" : "anomalies");
		buffer_printf(out, "%s %u\n", names[i], view->anomalies[i]);
		any = true;
	}
}

static void print_time(struct buffer *out, const char *label, __u64 wall_ns)
{
	char text[TIME_ROOM + 1];

	*put_time(text, wall_ns) = '\0';
	print_label(out, label);
	buffer_printf(out, "%s\n", text);
}

static void print_value(struct buffer *out, const char *label, const char *value)
{
	print_label(out, label);
	buffer_printf(out, "%s\n", value);
}

static void print_summary(struct buffer *out, const struct flow_view *view, const struct flow_labels *labels)
{
	char text[128];
	size_t used = 0;

	print_value(out, "instance", labels->instance);
	print_value(out, "interface", labels->ifname ? labels->ifname : "unknown");
	for (int i = 0; i < view->vlans; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%u", i ? " " : "", view->vlan[i]);
	if (view->vlans)
		print_value(out, "vlan", text);
	print_value(out, "outcome", outcome_name(view->outcome));
	snprintf(text, sizeof(text), "%s%s", origin_name(view->origin), view->one_way ? ", one way" : "");
	print_value(out, "origin", text);
	snprintf(text, sizeof(text), "%s %s", conn_state_name(view->conn_state), view->history);
	print_value(out, "zeek", text);
	print_time(out, "first seen", view->first_seen_ns + labels->wall_offset_ns);
	print_time(out, "last seen", view->last_seen_ns + labels->wall_offset_ns);
	*put_latency(text, view->duration_ns) = '\0';
	print_value(out, "lasted", text);
	*put_age(text, view->age_ns) = '\0';
	print_value(out, "silent for", text);
	snprintf(text, sizeof(text), "%u", view->incarnation);
	print_value(out, "incarnation", text);
	if (view->packets_estimated)
		print_value(out, "packets", "estimated from lengths");
	print_anomalies(out, view);
}

void flow_detail_print(struct buffer *out, const struct terminal *terminal, const struct flow_view *view,
		       const struct ladder *ladder, const struct flow_labels *labels)
{
	struct pairs pairs = { 0 };
	char id[FLOW_ID_ROOM];

	buffer_colored(out, terminal->color, COLOR_BOLD, id, (int)(put_flow_id(id, view) - id));
	buffer_char(out, '\n');
	print_summary(out, view, labels);
	make_pairs(&pairs, view);
	print_pairs(out, terminal, &pairs);
	print_handshake(out, view);
	ladder_print(out, ladder);
}
