/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of `top`, as its help lists them. */
#ifndef SYNSCOPE_TOP_HELP_H
#define SYNSCOPE_TOP_HELP_H

#include "base/terminal.h"
#include "top/line.h"

/* Print the list, in as many columns as there is room for. */
void top_help_print(const struct terminal *terminal, struct buffer *out);

#endif
