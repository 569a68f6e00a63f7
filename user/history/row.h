/* SPDX-License-Identifier: GPL-2.0-only */
/* From a flow to a row, and back. */
#ifndef SYNSCOPE_HISTORY_ROW_H
#define SYNSCOPE_HISTORY_ROW_H

#include <sqlite3.h>
#include <stddef.h>

#include "flow/labels.h"
#include "flow/view.h"
#include "history/flow.h"
#include "history/pack.h"

/* The columns that a row is written with, and those that it is read with, in the order of the functions below. */
#define ROW_WRITTEN                                                                                                    \
	"id, segment, source, reason, client_ip, client_port, server_ip, server_port, started, last_seen, "            \
	"duration_ns, outcome, failed, client_state, server_state, origin, conn_state, syn_to_synack_ns, "             \
	"synack_to_ack_ns, handshake_ns, client_packets, server_packets, client_bytes, server_bytes, client_payload, " \
	"server_payload, client_retransmits, server_retransmits, anomalies, incarnation, retired, told, tunnel, "      \
	"record"
#define ROW_WRITTEN_COUNT 34
#define ROW_READ "id, source, retired, told, tunnel, record"

/* The flow as a record of a table, in no slot. */
struct flow_record history_record(const struct history_flow *flow);

/* The view of a flow on its own clock. */
void history_view(struct flow_view *view, const struct history_flow *flow);

/* The same on the clock of the time since 1970, as of `wall_now_ns`; states and outcome stay as they were. */
void history_view_at(struct flow_view *view, const struct history_flow *flow, __u64 wall_now_ns);

/* The labels of that view, valid as long as the flow. */
struct flow_labels history_labels(const struct history_flow *flow, const struct services *services);

/* A time of a record as the number of ns since 1970; 0 if it is not known, or was before that. */
__u64 history_wall_ns(const struct history_flow *flow, __u64 record_ns);

/* The bytes of a flow's record, which a row has packed: all that is before the origin of a flow. */
#define ROW_RECORD_BYTES (sizeof(struct flow_hot) + sizeof(struct flow_cold) + sizeof(struct flow_round_trips))
_Static_assert(ROW_RECORD_BYTES == offsetof(struct history_flow, origin), "a row has room for all parts of a record");

/* A row to be written. */
struct row {
	const struct history_flow *flow;
	struct flow_view view; /* of the flow, on its own clock */
	sqlite3_int64 id, source;
	__u8 record[PACKED_MAX(ROW_RECORD_BYTES)]; /* made by row_bind() */
};

/*
 * Bind all columns of a row to the parameters after the first `parameters`. The row must live until the statement has
 * run. Returns a code of SQLite.
 */
int row_bind(sqlite3_stmt *statement, int parameters, struct row *row);

/* The id of a row, and that of its source. */
sqlite3_int64 row_id(sqlite3_stmt *statement);
sqlite3_int64 row_source(sqlite3_stmt *statement);

/*
 * Read a row into a flow, whose origin the caller has set; `reason` and `again` are not read. False: the row is
 * damaged.
 */
bool row_read(sqlite3_stmt *statement, struct history_flow *flow);

#endif
