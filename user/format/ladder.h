/* SPDX-License-Identifier: GPL-2.0-only */
/* Drawing the ladder of a flow. */
#ifndef SYNSCOPE_FORMAT_LADDER_H
#define SYNSCOPE_FORMAT_LADDER_H

#include "base/buffer.h"
#include "flow/ladder.h"
#include "flow/view.h"

struct terminal;

/* What is written at the steps of a ladder. */
struct ladder_style {
	bool absolute; /* numbers as in the segments, not less the ISNs */
	bool explain; /* a sentence below each step */
};

/*
 * Draw the segments of a flow as a ladder, with the client on the left, the states after each segment, and the
 * latencies of the handshake between the segments that they belong to. Numbers are left out where the terminal is too
 * narrow for them. Prints nothing if there is no step.
 */
void ladder_print(struct buffer *out, const struct terminal *terminal, const struct ladder *ladder,
		  const struct flow_view *view, const struct ladder_style *style);

#endif
