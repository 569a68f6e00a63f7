/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands do with --from: the flows are those of a capture, or of a history. */
#ifndef SYNSCOPE_CLI_FROM_H
#define SYNSCOPE_CLI_FROM_H

#include "format/detail.h"
#include "query/listing.h"
#include "stats/stats.h"

/* Print the flows of the file, closed or not. Returns what a command returns. */
int from_list(const char *file, const struct listing *listing, enum output_format format, bool resolve);

/*
 * Count the flows of the file; `print` prints the figures, and returns 0 or a negative errno (logged). Returns what a
 * command returns.
 */
int from_stats(const char *file, const struct stats_options *options, bool resolve,
	       int (*print)(const struct stats *stats, void *context), void *context);

/* Print one flow of the file in full; `flow` is its name. Returns what a command returns. */
int from_show(const char *file, const char *flow, const struct detail_style *style, bool resolve);

/* Refuse what --from cannot be used with: `other` is the name of such an option, or NULL if none was given. */
bool from_check(const char *file, const char *other, const char *command);

#endif
