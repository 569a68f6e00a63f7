/* SPDX-License-Identifier: GPL-2.0-only */
/* One flow of a replay in full: a step for every segment of it, with the states after each. */
#ifndef SYNSCOPE_REPLAY_LADDER_H
#define SYNSCOPE_REPLAY_LADDER_H

#include "flow/name.h"
#include "flow/ladder.h"
#include "replay/replay.h"

struct replay_ladder {
	struct flow_name name;
	bool found;
	struct flow_record record; /* as of its last segment */
	struct flow_view view; /* likewise */
	enum retire_reason reason; /* why it left the table, … */
	__u64 retired_ns; /* … and when */
	struct ladder_step *step;
	size_t count, room;
	__u64 syn_ns; /* time of the last SYN without ACK, which may have begun the next incarnation */
	struct ladder_step syn;
};

/* Add a step for the frame that has just passed, if it belongs to the flow. Returns 0 or -ENOMEM (logged). */
int replay_ladder_frame(struct replay_ladder *ladder, struct replay *replay, const struct capture_frame *frame);

/* An event handler, with the struct replay_ladder as its context: notes why the flow left the table. */
void replay_ladder_event(const struct flow_event *event, void *context);

/* The flow as of the last frame, and its ladder. False: there was no such flow. */
bool replay_ladder_end(struct replay_ladder *ladder, const struct replay *replay, struct flow_view *view,
		       struct ladder *whole);

void replay_ladder_free(struct replay_ladder *ladder);

#endif
