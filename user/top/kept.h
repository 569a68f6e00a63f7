/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The choice of columns from one `top` to the next: $XDG_CONFIG_HOME/synscope/top, or that of ~/.config. Where the
 * environment is another user's, as sudo may leave it, it is the home of the user that `top` runs as.
 */
#ifndef SYNSCOPE_TOP_KEPT_H
#define SYNSCOPE_TOP_KEPT_H

#include "base/reason.h"
#include "top/columns.h"

/*
 * Read it. Returns 0, also if nothing was kept, and then *columns is the default; or a negative errno with the reason
 * in *why, and the default.
 */
int top_kept_read(struct top_columns *columns, struct reason *why);

/* Write it, as a whole or not at all. Returns 0, or a negative errno with the reason in *why. */
int top_kept_write(const struct top_columns *columns, struct reason *why);

#endif
