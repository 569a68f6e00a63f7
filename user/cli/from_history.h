/* SPDX-License-Identifier: GPL-2.0-only */
/* What `list`, `show` and `stats` do with --from and a history. They return what a command returns. */
#ifndef SYNSCOPE_CLI_FROM_HISTORY_H
#define SYNSCOPE_CLI_FROM_HISTORY_H

#include "format/detail.h"
#include "query/listing.h"
#include "stats/stats.h"

int from_history_list(const char *file, const struct listing *listing, enum output_format format, bool resolve);
int from_history_show(const char *file, const char *flow, const struct detail_style *style, bool resolve);
int from_history_stats(const char *file, const struct stats_options *options, bool resolve,
		       int (*print)(const struct stats *stats, void *context), void *context);

#endif
