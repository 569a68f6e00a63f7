// SPDX-License-Identifier: GPL-2.0-only
#include "export/record.h"

#include <stdio.h>

#include "base/text.h"
#include "flow/names.h"
#include "flow/tunnel.h"
#include "format/flow.h"

static const char *const reason_names[] = {
	[RECORD_ACTIVE] = "active",
	[RECORD_ENDED] = "ended",
	[RECORD_FLUSHED] = "flushed",
	[RECORD_DETACHED] = "detached",
};

void export_record_label(struct export_record *record, const struct flow_labels *labels)
{
	const struct flow_tunnel *tunnel = tunnel_of_number(labels->tunnels, record->view.tunnel);

	record->wall_offset_ns = labels->wall_offset_ns;
	record->instance = labels->instance;
	record->interface_deleted = labels->interface_deleted;
	snprintf(record->ifname, sizeof(record->ifname), "%s", labels->ifname ? labels->ifname : "");
	record->tunnel_known = tunnel;
	record->tunnel = tunnel ? *tunnel : (struct flow_tunnel){ 0 };
	record->tunnel.state = TUNNEL_VALID;
	record->view.tunnel = tunnel && !tunnel->layers ? 0 : 1; /* the only entry of a table of tunnels */
}

void export_record_flow(struct history_flow *flow, const struct export_record *record)
{
	const struct record_origin *from = record->origin;

	*flow = (struct history_flow){
		.hot = *from->hot,
		.cold = *from->cold,
		.round_trips = *from->round_trips,
		.now_ns = from->now_ns,
		.retired = from->retired,
		.reason = reason_names[record->reason],
		.again = record->told_ns,
		.tunnel_known = record->tunnel_known,
		.tunnel = record->tunnel,
	};
	flow->origin.wall_offset_ns = record->wall_offset_ns;
	flow->origin.interface_deleted = record->interface_deleted;
	snprintf(flow->origin.instance, sizeof(flow->origin.instance), "%s", record->instance);
	snprintf(flow->origin.ifname, sizeof(flow->origin.ifname), "%s", record->ifname);
	memcpy(flow->origin.timeout_ns, from->timeout_ns, sizeof(flow->origin.timeout_ns));
}

static void delta_fields(struct sink *sink, const struct export_record *record)
{
	const struct sink_ops *to = sink->ops;

	to->open(sink, NAME("delta"));
	sink_time(sink, NAME("since"), record->told_ns ? record->told_ns + record->wall_offset_ns : 0);
	for (int i = 0; i < SIDE_COUNT; i++) {
		to->open(sink, side_names[i], strlen(side_names[i]));
		to->number(sink, NAME("packets"), record->delta[i].packets);
		to->number(sink, NAME("bytes"), record->delta[i].bytes);
		to->close(sink);
	}
	to->close(sink);
}

static void record_fields(struct sink *sink, const struct export_record *record, const char *host)
{
	const struct flow_labels labels = {
		.instance = record->instance,
		.ifname = *record->ifname ? record->ifname : NULL,
		.interface_deleted = record->interface_deleted,
		.wall_offset_ns = record->wall_offset_ns,
		.tunnels = record->tunnel_known ? &record->tunnel : NULL,
	};

	sink->ops->open(sink, "", 0);
	flow_members(sink, &record->view, &labels);
	sink_word(sink, NAME("record"), reason_names[record->reason]);
	delta_fields(sink, record);
	sink_string(sink, NAME("host"), host);
	sink->ops->close(sink);
}

void export_record_line(struct buffer *out, const struct export_record *record, const char *host, bool flat)
{
	struct sink sink = { .ops = flat ? &flat_sink : &json_sink, .out = out };

	record_fields(&sink, record, host);
	buffer_char(out, '\n');
}
