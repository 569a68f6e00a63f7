/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the screen of `top` above its table. */
#ifndef SYNSCOPE_TOP_HEAD_H
#define SYNSCOPE_TOP_HEAD_H

#include "base/terminal.h"
#include "top/state.h"

/* The lines above the table, as many as the screen has room for. Returns their number. */
int top_head_print(const struct top_view *view, const struct terminal *terminal, struct buffer *out);

#endif
