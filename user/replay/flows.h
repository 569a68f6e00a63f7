/* SPDX-License-Identifier: GPL-2.0-only */
/* Every incarnation of every flow of a replay, in the table or not any more. */
#ifndef SYNSCOPE_REPLAY_FLOWS_H
#define SYNSCOPE_REPLAY_FLOWS_H

#include "filter/filter.h"
#include "format/flow_output.h"
#include "flow/labels.h"
#include "replay/captures.h"
#include "replay/replay.h"
#include "replay/retired.h"

struct replay_flows {
	struct retired_flows retired;
	int err; /* that one could not be kept (logged) */
};

/* An event handler, with the struct replay_flows as its context: keeps flows that are retired. */
void replay_flows_keep(const struct flow_event *event, void *context);

/*
 * Takes a flow; `reason`: why it left the table, RETIRE_NOT: it has not; `retired_ns`: when it left it. Returns 0, or a
 * negative errno to stop.
 */
typedef int (*replay_flows_taker)(void *context, const struct flow_record *record, enum retire_reason reason,
				  __u64 retired_ns, const struct flow_view *view);

/*
 * Hand over all flows, of the table and those that were kept, in the order in which they were first seen, as of the
 * last frame (see retired_decode()). Returns 0, a negative errno (logged), or what `take` returned. To be called once.
 */
int replay_flows_each(struct replay_flows *flows, struct replay *replay, replay_flows_taker take, void *context);

/*
 * Print the flows that match, from the table and from those that were kept, in the order in which they were first seen,
 * as of the last frame, with the names of the captures' interfaces. *printed becomes their number. Returns 0 or a
 * negative errno (logged). To be called once.
 */
int replay_flows_print(struct replay_flows *flows, struct replay *replay, const struct filter *filter,
		       struct flow_output *output, const struct flow_labels *labels, const struct captures *captures,
		       __u64 *printed);

void replay_flows_free(struct replay_flows *flows);

#endif
