/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows as a table for people. */
#ifndef SYNSCOPE_FORMAT_FLOW_TABLE_H
#define SYNSCOPE_FORMAT_FLOW_TABLE_H

#include "flow/labels.h"
#include "flow/view.h"
#include "format/table.h"

/* The table of flows, filled row by row. */
int flow_table_init(struct table *table, struct buffer *out, const struct terminal *terminal, int instances);

/* Add columns behind all others, before the first row: those of processes, then those of round trips. */
void flow_table_add_processes(struct table *table);
void flow_table_add_rtt(struct table *table);

void flow_table_add(struct table *table, const struct flow_view *view, const struct flow_labels *labels);

/* The colour of a state in all output. */
enum table_color state_color(enum tcp_state state);

#endif
