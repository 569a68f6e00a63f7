// SPDX-License-Identifier: GPL-2.0-only
#include "format/sink.h"
#include "format/flow.h"
#include "format/ladder_fields.h"
#include "format/tunnel.h"
#include "flow/name.h"
#include "flow/names.h"
#include "flow/labels.h"
#include "flow/host_names.h"
#include "flow/processes.h"
#include "flow/services.h"

#include "base/terminal.h"

/* Texts of the endpoints of a flow, made once and used three times. */
struct flow_texts {
	char id[FLOW_ID_SIZE];
	size_t id_bytes;
	const char *ip[SIDE_COUNT]; /* within id */
	size_t ip_bytes[SIDE_COUNT];
};

/* The address in the text of an endpoint, which ends at `end`. */
static void find_ip(struct flow_texts *texts, enum flow_side side, const struct ip_address *ip, const char *start,
		    const char *end)
{
	while (end[-1] != ':')
		end--;
	texts->ip[side] = start + ip->ipv6;
	texts->ip_bytes[side] = end - 1 - ip->ipv6 - texts->ip[side];
}

static void make_texts(struct flow_texts *texts, const struct flow_view *view)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];
	char *p = put_endpoint(texts->id, &client->ip, client->port);

	find_ip(texts, SIDE_CLIENT, &client->ip, texts->id, p);
	*p++ = '-';
	texts->id_bytes = put_endpoint(p, &server->ip, server->port) - texts->id;
	find_ip(texts, SIDE_SERVER, &server->ip, p, texts->id + texts->id_bytes);
}

/* Was the option in the SYN? null: the SYN was not seen, or a capture has cut this part of it off. */
static void option_field(struct sink *sink, const char *name, size_t bytes, const struct endpoint_view *side,
			 __u8 option)
{
	if (side->options & (option | OPTION_KNOWN))
		sink->ops->boolean(sink, name, bytes, side->options & option);
	else
		sink->ops->null(sink, name, bytes);
}

static void option_fields(struct sink *sink, const struct endpoint_view *side)
{
	sink_number_or_null(sink, NAME("mss"), side->options & OPTION_MSS, side->mss);
	sink_number_or_null(sink, NAME("wscale"), side->wscale != FACTS_WSCALE_NONE, side->wscale);
	option_field(sink, NAME("sack_ok"), side, OPTION_SACK);
	option_field(sink, NAME("timestamps"), side, OPTION_TIMESTAMPS);
}

static void process_fields(struct sink *sink, const struct process *process)
{
	const struct sink_ops *to = sink->ops;

	if (!process && to->nests) {
		to->null(sink, NAME("process"));
		return;
	}
	to->open(sink, NAME("process"));
	sink_number_or_null(sink, NAME("pid"), process, process ? process->pid : 0);
	sink_string(sink, NAME("name"), process ? process->name : NULL);
	sink_string(sink, NAME("cgroup"), process ? process->cgroup : NULL);
	sink_string(sink, NAME("container"), process ? process->container : NULL);
	to->close(sink);
}

static void name_field(struct sink *sink, struct host_names *names, const struct ip_address *ip)
{
	char name[HOST_NAME_SIZE];

	sink_string(sink, NAME("name"), host_name_of(names, ip, name) ? name : NULL);
}

/* Every flag that the endpoint ever set. */
static void flags_field(struct sink *sink, __u8 flags)
{
	const char *set[TCP_FLAGS_COUNT];
	int count = 0;

	for (int i = 0; i < TCP_FLAGS_COUNT; i++)
		if (flags >> i & 1)
			set[count++] = tcp_flag_names[i];
	sink->ops->words(sink, NAME("flags"), set, count);
}

static void side_fields(struct sink *sink, const struct endpoint_view *side, const char *ip, size_t ip_bytes)
{
	const struct sink_ops *to = sink->ops;

	to->word(sink, NAME("ip"), ip, ip_bytes);
	to->number(sink, NAME("port"), side->port);
	sink_word(sink, NAME("state"), state_name(side->state));
	sink_number_or_null(sink, NAME("isn"), side->isn_known, side->isn);
	to->number(sink, NAME("packets"), side->packets);
	to->number(sink, NAME("bytes"), side->bytes);
	to->number(sink, NAME("payload_bytes"), side->payload_bytes);
	to->number(sink, NAME("retransmits"), side->retransmits);
	to->number(sink, NAME("syn"), side->syns);
	to->number(sink, NAME("fin"), side->fins);
	to->number(sink, NAME("rst"), side->rsts);
	flags_field(sink, side->flags);
	option_fields(sink, side);
}

static void latency_field(struct sink *sink, const char *name, size_t length, __s64 ns)
{
	sink_number_or_null(sink, name, length, ns != LATENCY_UNKNOWN, ns);
}

static void handshake_fields(struct sink *sink, const struct flow_view *view)
{
	const struct sink_ops *to = sink->ops;

	to->open(sink, NAME("handshake"));
	latency_field(sink, NAME("syn_to_synack_ns"), view->syn_to_synack_ns);
	latency_field(sink, NAME("synack_to_ack_ns"), view->synack_to_ack_ns);
	latency_field(sink, NAME("handshake_ns"), view->handshake_ns);
	to->number(sink, NAME("syn_retransmits"), view->side[SIDE_CLIENT].syn_retransmits);
	to->number(sink, NAME("synack_retransmits"), view->side[SIDE_SERVER].syn_retransmits);
	to->boolean(sink, NAME("rtt_ambiguous"), view->rtt_ambiguous);
	to->close(sink);
}

/* Of one end, null if there were none. */
static void rtt_side_fields(struct sink *sink, const char *name, size_t length, const struct rtt_view *rtt)
{
	const struct sink_ops *to = sink->ops;

	if (!rtt->samples && to->nests) {
		to->null(sink, name, length);
		return;
	}
	to->open(sink, name, length);
	sink_number_or_null(sink, NAME("min_ns"), rtt->samples, rtt->min_ns);
	sink_number_or_null(sink, NAME("last_ns"), rtt->samples, rtt->last_ns);
	sink_number_or_null(sink, NAME("smoothed_ns"), rtt->samples, rtt->smoothed_ns);
	sink_number_or_null(sink, NAME("samples"), rtt->samples, rtt->samples);
	to->close(sink);
}

/* Null if no round trip was measured, as without --rtt. */
static void rtt_fields(struct sink *sink, const struct flow_view *view)
{
	const struct sink_ops *to = sink->ops;

	if (!(view->side[SIDE_CLIENT].rtt.samples | view->side[SIDE_SERVER].rtt.samples) && to->nests) {
		to->null(sink, NAME("rtt"));
		return;
	}
	to->open(sink, NAME("rtt"));
	for (int i = 0; i < SIDE_COUNT; i++)
		rtt_side_fields(sink, side_names[i], strlen(side_names[i]), &view->side[i].rtt);
	to->close(sink);
}

static void anomaly_fields(struct sink *sink, const struct flow_view *view)
{
	const struct sink_ops *to = sink->ops;

	to->open(sink, NAME("anomalies"));
	for (int i = 0; i < ANOMALY_COUNT; i++)
		to->number(sink, anomaly_names[i], strlen(anomaly_names[i]), view->anomalies[i]);
	to->close(sink);
}

/* Nulls, unless the outcome is unreachable. */
static void unreachable_fields(struct sink *sink, const struct flow_view *view)
{
	const struct unreachable_view *unreachable = &view->unreachable;
	const struct sink_ops *to = sink->ops;
	char by[IP_SIZE + 1];

	to->open(sink, NAME("unreachable"));
	if (view->outcome == OUTCOME_UNREACHABLE) {
		to->word(sink, NAME("by"), by, put_ip(by, &unreachable->by) - by);
		to->number(sink, NAME("type"), unreachable->type);
		to->number(sink, NAME("code"), unreachable->code);
		sink_word(sink, NAME("reason"), unreachable_reason_name(unreachable->reason));
	} else {
		to->null(sink, NAME("by"));
		to->null(sink, NAME("type"));
		to->null(sink, NAME("code"));
		to->null(sink, NAME("reason"));
	}
	to->close(sink);
}

void flow_members(struct sink *sink, const struct flow_view *view, const struct flow_labels *labels)
{
	const struct sink_ops *to = sink->ops;
	struct flow_texts texts;

	make_texts(&texts, view);
	to->word(sink, NAME("id"), texts.id, texts.id_bytes);
	sink_string(sink, NAME("instance"), labels->instance);
	for (int i = 0; i < SIDE_COUNT; i++) {
		to->open(sink, side_names[i], strlen(side_names[i]));
		side_fields(sink, &view->side[i], texts.ip[i], texts.ip_bytes[i]);
		if (labels->named)
			name_field(sink, labels->host_names, &view->side[i].ip);
		if (labels->sockets) {
			to->boolean(sink, NAME("local"),
				    process_end_is_local(labels->sockets, &view->side[i], &view->side[!i]));
			process_fields(sink, process_of(labels->sockets, &view->side[i], &view->side[!i]));
		}
		to->close(sink);
	}
	sink_word(sink, NAME("outcome"), outcome_name(view->outcome));
	sink_word(sink, NAME("origin"), origin_name(view->origin));
	to->boolean(sink, NAME("one_way"), view->one_way);
	unreachable_fields(sink, view);
	anomaly_fields(sink, view);
	sink_word(sink, NAME("conn_state"), conn_state_name(view->conn_state));
	sink_word(sink, NAME("history"), view->history);
	handshake_fields(sink, view);
	sink_time(sink, NAME("first_seen"), view->first_seen_ns + labels->wall_offset_ns);
	sink_time(sink, NAME("last_seen"), view->last_seen_ns + labels->wall_offset_ns);
	if (view->first_seen_ns)
		to->number(sink, NAME("duration_ns"), view->duration_ns);
	else
		to->null(sink, NAME("duration_ns"));
	sink_string(sink, NAME("ifname"), labels->ifname);
	to->numbers(sink, NAME("vlan"), view->vlan, view->vlans);
	to->number(sink, NAME("incarnation"), view->incarnation);
	to->boolean(sink, NAME("packets_estimated"), view->packets_estimated);
	if (labels->ifname && !labels->interface_recorded)
		sink_word(sink, NAME("ifstate"), interface_state_name(labels->interface_deleted));
	else
		to->null(sink, NAME("ifstate"));
	tunnel_fields(sink, view, labels);
	rtt_fields(sink, view);
}

/* What is true of the moment of looking only. */
static void age_fields(struct sink *sink, const struct flow_view *view)
{
	latency_field(sink, NAME("age_ns"), flow_age(view));
	sink->ops->number(sink, NAME("idle_ns"), view->idle_ns);
}

void flow_object(struct sink *sink, const char *name, size_t length, const struct flow_view *view,
		 const struct flow_labels *labels)
{
	sink->ops->open(sink, name, length);
	flow_members(sink, view, labels);
	sink->ops->close(sink);
}

void flow_detail_fields(struct sink *sink, const struct flow_view *view, const struct flow_labels *labels,
			const struct ladder *ladder)
{
	sink->ops->open(sink, "", 0);
	flow_members(sink, view, labels);
	age_fields(sink, view);
	if (sink->ops->nests)
		ladder_fields(sink, ladder);
	sink->ops->close(sink);
}

void flow_fields(struct sink *sink, const struct flow_view *view, const struct flow_labels *labels)
{
	sink->ops->open(sink, "", 0);
	flow_members(sink, view, labels);
	age_fields(sink, view);
	sink->ops->close(sink);
}
