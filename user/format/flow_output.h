/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows, one after the other, in any format. */
#ifndef SYNSCOPE_FORMAT_FLOW_OUTPUT_H
#define SYNSCOPE_FORMAT_FLOW_OUTPUT_H

#include "flow/labels.h"
#include "flow/view.h"
#include "format/output.h"
#include "format/table.h"

/* Flows in any format. */
struct flow_output {
	struct output output;
	struct table table;
};

struct terminal;

/*
 * `instances`: how many instances the flows may belong to. `processes`: the labels will have sockets. Returns 0 or
 * -ENOMEM (logged).
 */
int flow_output_begin(struct flow_output *output, enum output_format format, struct buffer *out,
		      const struct terminal *terminal, int instances, struct flow_extras extras);

void flow_output_add(struct flow_output *output, const struct flow_view *view, const struct flow_labels *labels);
void flow_output_end(struct flow_output *output);

#endif
