/* SPDX-License-Identifier: GPL-2.0-only */
/* What a step of a ladder means, in a sentence for people who learn TCP. */
#ifndef SYNSCOPE_FORMAT_EXPLAIN_H
#define SYNSCOPE_FORMAT_EXPLAIN_H

#include "base/buffer.h"
#include "flow/ladder.h"
#include "flow/view.h"

/*
 * Write a sentence, without a newline: what the segment asks or answers, why states have changed, and the section of
 * RFC 9293 (or another one) that says so. In the language of LC_MESSAGES.
 */
void explain_step(struct buffer *out, const struct ladder *ladder, size_t at);

/* The same for what happened after the last step: time has passed, or the flow left the table. */
void explain_now(struct buffer *out, const struct flow_view *view);

#endif
