/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures of `stats`, for programs. */
#ifndef SYNSCOPE_STATS_FIELDS_H
#define SYNSCOPE_STATS_FIELDS_H

#include "format/sink.h"
#include "stats/stats.h"

/* One record: of a group of the last refresh, or of the whole instance if `key` is NULL. */
void stats_fields(struct sink *sink, const struct stats *stats, const struct stats_key *key,
		  const struct stats_figures *figures);

/* The CSV header that goes with it. */
void stats_csv_header(struct buffer *out);

#endif
