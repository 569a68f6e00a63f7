// SPDX-License-Identifier: GPL-2.0-only
#include "serve/transitions.h"

#include "flow/names.h"

static void count(struct transitions *transitions, enum flow_side side, __u32 from, __u32 to)
{
	if (from < STATE_COUNT && to < STATE_COUNT)
		transitions->count[side][from][to]++;
}

void transitions_take(struct transitions *transitions, const struct flow_event *event)
{
	if (event->kinds & EVENT_CLIENT_STATE)
		count(transitions, SIDE_CLIENT, ANNOUNCED_CLIENT(event->was), ANNOUNCED_CLIENT(event->is));
	if (event->kinds & EVENT_SERVER_STATE)
		count(transitions, SIDE_SERVER, ANNOUNCED_SERVER(event->was), ANNOUNCED_SERVER(event->is));
}

static void put_side(struct sink *sink, const struct transitions *transitions, enum flow_side side)
{
	for (enum tcp_state from = 0; from < STATE_COUNT; from++)
		for (enum tcp_state to = 0; to < STATE_COUNT; to++) {
			if (!transitions->count[side][from][to])
				continue;
			sink->ops->open(sink, "", 0);
			sink_word(sink, NAME("from"), state_name(from));
			sink_word(sink, NAME("to"), state_name(to));
			sink->ops->number(sink, NAME("count"), transitions->count[side][from][to]);
			sink->ops->close(sink);
		}
}

void transitions_fields(struct sink *sink, const struct transitions *transitions)
{
	for (enum flow_side side = 0; side < SIDE_COUNT; side++) {
		sink->ops->open_list(sink, side_names[side], strlen(side_names[side]));
		put_side(sink, transitions, side);
		sink->ops->close_list(sink);
	}
}
