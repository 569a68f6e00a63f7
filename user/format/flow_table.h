/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows as a table for people. */
#ifndef SYNSCOPE_FORMAT_FLOW_TABLE_H
#define SYNSCOPE_FORMAT_FLOW_TABLE_H

#include "flow/labels.h"
#include "flow/view.h"
#include "format/table.h"

/* The table of flows, filled row by row; `rtt`: with round trips. */
int flow_table_init(struct table *table, struct buffer *out, const struct terminal *terminal, int instances, bool rtt);
void flow_table_add_processes(struct table *table); /* adds the columns, before the first row */
void flow_table_add_names(struct table *table); /* the same, after those of processes */

/* The cells of these, after those of a row of another kind: of labels->sockets, and of labels->named. */
void flow_table_add_extras(struct table *table, const struct flow_view *view, const struct flow_labels *labels);

/* A row. */
void flow_table_add(struct table *table, const struct flow_view *view, const struct flow_labels *labels);

#endif
