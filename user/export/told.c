// SPDX-License-Identifier: GPL-2.0-only
#include "export/told.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

int told_open(struct told *told, __u64 slots, __u64 start_ns, __u64 active_ns)
{
	*told = (struct told){ .slots = slots, .start_ns = start_ns, .active_ns = active_ns };
	told->flow = array_new(slots, sizeof(*told->flow), "what was exported");
	return told->flow ? 0 : -ENOMEM;
}

void told_close(struct told *told)
{
	free(told->flow);
	told->flow = NULL;
}

__u64 told_identity(const struct flow_hot *hot, const struct flow_cold *cold, __u32 announced)
{
	return (__u64)(hot->tag & TAG_SIGNATURE_MASK) << 32 | (__u64)facts_generation(announced) << 17 |
	       (__u64)cold->incarnation << 1 | 1;
}

bool told_of_another(const struct told *told, __u32 slot, __u64 identity)
{
	return slot < told->slots && told->flow[slot].identity && told->flow[slot].identity != identity;
}

struct told_flow *told_of(struct told *told, __u32 slot, __u64 identity)
{
	struct told_flow *flow;

	if (slot >= told->slots)
		return NULL;
	flow = &told->flow[slot];
	if (told_of_another(told, slot, identity))
		*flow = (struct told_flow){ 0 };
	return flow;
}

bool told_has_more(const struct told_flow *flow, const struct flow_view *view)
{
	return view->side[SIDE_CLIENT].packets > flow->packets[SIDE_CLIENT] ||
	       view->side[SIDE_SERVER].packets > flow->packets[SIDE_SERVER];
}

/*
 * A flow that lived before the export began is told when a whole number of periods of its own has passed, so that not
 * all of them are told at once.
 */
bool told_is_due(const struct told *told, const struct told_flow *flow, const struct flow_view *view, __u64 now_ns)
{
	__u64 first = view->first_seen_ns, since = first;

	if (flow->identity)
		since = flow->at_ns;
	else if (first < told->start_ns)
		since = told->start_ns - (told->start_ns - first) % told->active_ns;
	return now_ns >= since && now_ns - since >= told->active_ns && told_has_more(flow, view);
}

static __u64 new_since(__u64 now, __u64 before)
{
	return now > before ? now - before : 0;
}

void told_take(struct told_flow *flow, __u64 identity, struct export_record *record, __u64 now_ns)
{
	record->told_ns = flow->identity ? flow->last_seen_ns : 0;
	for (int i = 0; i < SIDE_COUNT; i++) {
		const struct endpoint_view *side = &record->view.side[i];

		record->delta[i].packets = new_since(side->packets, flow->packets[i]);
		record->delta[i].bytes = new_since(side->bytes, flow->bytes[i]);
		flow->packets[i] = side->packets;
		flow->bytes[i] = side->bytes;
	}
	flow->identity = identity;
	flow->last_seen_ns = record->view.last_seen_ns;
	flow->at_ns = now_ns;
	flow->ended = record->reason != RECORD_ACTIVE;
}
