/* SPDX-License-Identifier: GPL-2.0-only */
/* The segments of a flow, drawn. */
#ifndef SYNSCOPE_FORMAT_LADDER_H
#define SYNSCOPE_FORMAT_LADDER_H

#include "base/buffer.h"
#include "flow/ladder.h"
#include "flow/view.h"

struct terminal;

/*
 * The segments of a flow as a ladder, the client left, with the states after each and the latencies of the handshake
 * between those they are about; nothing if there is no step.
 */
void ladder_print(struct buffer *out, const struct terminal *terminal, const struct ladder *ladder,
		  const struct flow_view *view);

#endif
