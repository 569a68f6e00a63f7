/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of `stats`, for programs. */
#ifndef SYNSCOPE_STATS_FIELDS_H
#define SYNSCOPE_STATS_FIELDS_H

#include "format/output.h"
#include "stats/stats.h"

/* One record: of a group of the last refresh, or of the whole instance if `key` is NULL. */
void stats_fields(struct sink *sink, const struct stats *stats, const struct stats_key *key,
		  const struct stats_figures *figures);

/* Print such records one after the other, in any format but the table; end with output_end(). */
void stats_output_begin(struct output *output, enum output_format format, struct buffer *out);
void stats_output_add(struct output *output, const struct stats *stats, const struct stats_key *key,
		      const struct stats_figures *figures);

/* Print the whole instance, or the first `limit` groups (0: all). */
void stats_output_all(struct output *output, const struct stats *stats, __u32 limit);

#endif
