/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as lines: what one struct flow_event tells is up to five of them. */
#ifndef SYNSCOPE_FORMAT_EVENT_H
#define SYNSCOPE_FORMAT_EVENT_H

#include "synscope/event.h"

#include "format/output.h"
#include "flow/labels.h"
#include "base/terminal.h"
#include "flow/view.h"

struct event_output {
	struct output output; /* the table is text, a line per event */
	bool color;
	int width; /* 0: unlimited; where a line has no room, its details are below the flow */
	bool name_instances; /* in the text */
	int flow_columns; /* as wide as the widest flow yet, so that columns stay in place */
};

/* What an event does not know of itself. */
struct event_context {
	struct flow_labels labels;
	const __u64 *timeout_ns; /* of the instance's config */
	__u64 since_ns; /* when listening began: what a flow did before is no news */
};

void event_output_begin(struct event_output *output, enum output_format format, struct buffer *out,
			const struct terminal *terminal, int instances);

/* The context's ifname is looked up by the caller: event_view() tells of which flow. */
void event_output_add(struct event_output *output, const struct flow_event *event, const struct flow_view *view,
		      const struct event_context *context);
void event_output_end(struct event_output *output);

/* The flow of an event, as it was then. */
void event_view(struct flow_view *view, const struct flow_event *event, const __u64 *timeout_ns);

#endif
