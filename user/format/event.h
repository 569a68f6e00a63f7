/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as lines. One struct flow_event makes up to five lines. */
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
	int width; /* 0: no limit; if a line is too long, its details are printed below the flow */
	bool name_instances; /* in text */
	int flow_columns; /* the width of the widest flow so far, so that columns stay in place */
};

/* What is needed to print events, and is not in them. */
struct event_context {
	struct flow_labels labels;
	const __u64 *timeout_ns; /* of the instance's config */
	__u64 since_ns; /* when reading began; earlier changes are not printed */
};

void event_output_begin(struct event_output *output, enum output_format format, struct buffer *out,
			const struct terminal *terminal, int instances, struct flow_extras extras);

/* The caller sets the context's ifname before, for the flow that event_view() returns. */
void event_output_add(struct event_output *output, const struct flow_event *event, const struct flow_view *view,
		      const struct event_context *context);
void event_output_end(struct event_output *output);

/*
 * Are the states before an event known to a reader who began at `since_ns`? A flow that is older than the reader is
 * announced in its present state, and its earlier ones are not known.
 */
bool event_states_are_known(const struct flow_event *event, const struct flow_view *view, __u64 since_ns);

/* The flow of an event, at the time of the event. */
void event_view(struct flow_view *view, const struct flow_event *event, const __u64 *timeout_ns);

#endif
