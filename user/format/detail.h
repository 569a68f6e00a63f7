/* SPDX-License-Identifier: GPL-2.0-only */
/* One flow in full. */
#ifndef SYNSCOPE_FORMAT_DETAIL_H
#define SYNSCOPE_FORMAT_DETAIL_H

#include "flow/labels.h"
#include "flow/ladder.h"
#include "flow/view.h"
#include "format/sink.h"

struct terminal;

/* Print one flow in full, in any format. CSV leaves out the ladder. */
void flow_detail_print(struct buffer *out, enum output_format format, const struct terminal *terminal,
		       const struct flow_view *view, const struct ladder *ladder, const struct flow_labels *labels);

#endif
