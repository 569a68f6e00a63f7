/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of `stats`, for people. */
#ifndef SYNSCOPE_STATS_PRINT_H
#define SYNSCOPE_STATS_PRINT_H

#include "base/terminal.h"
#include "stats/stats.h"

#define STATS_LIMIT_DEFAULT 20 /* groups */

/*
 * Print the figures of the last refresh. `limit`: of the number of groups; 0: STATS_LIMIT_DEFAULT. Returns 0 or -ENOMEM
 * (logged).
 */
int stats_print(struct buffer *out, const struct terminal *terminal, const struct stats *stats, __u32 limit);

#endif
