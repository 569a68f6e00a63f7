/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns that a table of flows may have, each with its cell. */
#ifndef SYNSCOPE_FORMAT_FLOW_COLUMNS_H
#define SYNSCOPE_FORMAT_FLOW_COLUMNS_H

#include "flow/labels.h"
#include "flow/rate.h"
#include "flow/view.h"
#include "format/table.h"

enum flow_column {
	FLOW_COLUMN_FLOW,
	FLOW_COLUMN_CLIENT,
	FLOW_COLUMN_SERVER,
	FLOW_COLUMN_SYN_TO_SYNACK,
	FLOW_COLUMN_SYNACK_TO_ACK,
	FLOW_COLUMN_HANDSHAKE,
	FLOW_COLUMN_CLIENT_RTT,
	FLOW_COLUMN_SERVER_RTT,
	FLOW_COLUMN_BYTE_RATE,
	FLOW_COLUMN_PACKET_RATE,
	FLOW_COLUMN_RATE_PAST,
	FLOW_COLUMN_PACKETS,
	FLOW_COLUMN_BYTES,
	FLOW_COLUMN_CLIENT_PACKETS,
	FLOW_COLUMN_CLIENT_BYTES,
	FLOW_COLUMN_SERVER_PACKETS,
	FLOW_COLUMN_SERVER_BYTES,
	FLOW_COLUMN_RETRANSMITS,
	FLOW_COLUMN_MSS,
	FLOW_COLUMN_WSCALE,
	FLOW_COLUMN_AGE,
	FLOW_COLUMN_IDLE,
	FLOW_COLUMN_CONN_STATE,
	FLOW_COLUMN_HISTORY,
	FLOW_COLUMN_INTERFACE,
	FLOW_COLUMN_OUTCOME,
	FLOW_COLUMN_INSTANCE,
	FLOW_COLUMN_COUNT,
};

/* What a row shows. */
struct flow_row {
	const struct flow_view *view;
	const struct flow_labels *labels;
	const struct flow_rate *rate; /* only for the columns of rates */
};

struct flow_column_kind {
	const char *name; /* where columns are chosen */
	const char *what; /* what it shows, in a few words */
	struct table_column column;
	void (*cell)(struct table *table, const struct flow_row *row);
};

extern const struct flow_column_kind flow_columns[];

/* A rate as text of at most SHORT_SIZE bytes: 0, 0.3, 12, 3.4M. Returns its end. */
char *put_rate(char *p, double per_s, unsigned int base);

/* The colour of a state in all output. */
enum table_color state_color(enum tcp_state state);

#endif
