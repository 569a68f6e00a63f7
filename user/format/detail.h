/* SPDX-License-Identifier: GPL-2.0-only */
/* One flow in full. */
#ifndef SYNSCOPE_FORMAT_DETAIL_H
#define SYNSCOPE_FORMAT_DETAIL_H

#include "flow/labels.h"
#include "flow/ladder.h"
#include "flow/view.h"
#include "format/ladder.h"
#include "format/sink.h"

struct terminal;

struct detail_style {
	enum output_format format;
	struct ladder_style ladder; /* of a table */
};

/* Print one flow in full. CSV leaves out the ladder. */
void flow_detail_print(struct buffer *out, const struct detail_style *style, const struct terminal *terminal,
		       const struct flow_view *view, const struct ladder *ladder, const struct flow_labels *labels);

#endif
