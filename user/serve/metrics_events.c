// SPDX-License-Identifier: GPL-2.0-only
#include "serve/metrics_events.h"

#include "flow/name.h"

static unsigned int octave_of(__u64 ns)
{
	__u32 bucket = histogram_bucket(ns);

	return bucket ? (bucket - 1) / HISTOGRAM_SUBS + 1 : 0;
}

static void keep(struct metric_exemplar *exemplar, __u64 ns, const struct flow_view *view, __u32 place, __u64 wall_ns)
{
	exemplar->ns = ns;
	exemplar->place = place;
	exemplar->wall_ns = wall_ns;
	*put_flow_id(exemplar->flow, view) = '\0';
}

void metrics_take_event(struct metrics_events *events, const struct flow_event *event, const struct flow_view *view,
			__u32 place, __s64 wall_offset_ns)
{
	const __s64 latency_ns[LATENCY_COUNT] = {
		[LATENCY_SYN_TO_SYNACK] = view->syn_to_synack_ns,
		[LATENCY_SYNACK_TO_ACK] = view->synack_to_ack_ns,
		[LATENCY_HANDSHAKE] = view->handshake_ns,
	};

	if (event->kinds & EVENT_CLOSED)
		events->closed[view->outcome]++;
	if (!(event->kinds & EVENT_HANDSHAKE))
		return;
	for (int which = 0; which < LATENCY_COUNT; which++)
		if (latency_ns[which] != LATENCY_UNKNOWN)
			keep(&events->exemplar[which][octave_of(latency_ns[which])], latency_ns[which], view, place,
			     event->time_ns + wall_offset_ns);
}
