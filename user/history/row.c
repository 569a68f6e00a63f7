// SPDX-License-Identifier: GPL-2.0-only
#include "history/row.h"

#include <stdint.h>
#include <string.h>

#include "flow/outcome.h"
#include "history/schema.h"

/* ---- views */

struct flow_record history_record(const struct history_flow *flow)
{
	return (struct flow_record){ .hot = flow->hot, .cold = flow->cold, .round_trips = flow->round_trips };
}

void history_view(struct flow_view *view, const struct history_flow *flow)
{
	const struct flow_record record = history_record(flow);

	flow_view_decode_retired(view, &record, flow->retired, flow->origin.timeout_ns, flow->now_ns);
}

__u64 history_wall_ns(const struct history_flow *flow, __u64 record_ns)
{
	__s64 ns = (__s64)(record_ns + (__u64)flow->origin.wall_offset_ns);

	return record_ns && ns > 0 ? (__u64)ns : 0;
}

void history_view_at(struct flow_view *view, const struct history_flow *flow, __u64 wall_now_ns)
{
	history_view(view, flow);
	view->first_seen_ns = history_wall_ns(flow, view->first_seen_ns);
	view->last_seen_ns = history_wall_ns(flow, view->last_seen_ns);
	view->idle_ns = wall_now_ns > view->last_seen_ns ? wall_now_ns - view->last_seen_ns : 0;
	view->tunnel = flow->tunnel_known && !flow->tunnel.layers ? 0 : 1; /* the only entry of a table of tunnels */
}

struct flow_labels history_labels(const struct history_flow *flow, const struct services *services)
{
	const struct history_origin *origin = &flow->origin;

	return (struct flow_labels){
		.instance = origin->instance,
		.ifname = *origin->ifname ? origin->ifname : NULL,
		.interface_deleted = origin->interface_deleted,
		.tunnels = flow->tunnel_known ? &flow->tunnel : NULL,
		.services = services,
	};
}

/* ---- writing */

/* What is bound to a statement, one column after the other. */
struct binding {
	sqlite3_stmt *statement;
	int column, code;
};

static void count_in(struct binding *to, int code)
{
	to->code = to->code ? to->code : code;
}

static void put_number(struct binding *to, __u64 number)
{
	sqlite3_int64 value = number <= INT64_MAX ? (sqlite3_int64)number : INT64_MAX;

	count_in(to, sqlite3_bind_int64(to->statement, ++to->column, value));
}

static void put_time_or_null(struct binding *to, __u64 wall_ns)
{
	if (wall_ns)
		put_number(to, wall_ns);
	else
		count_in(to, sqlite3_bind_null(to->statement, ++to->column));
}

static void put_latency_or_null(struct binding *to, __s64 ns)
{
	if (ns != LATENCY_UNKNOWN)
		put_number(to, (__u64)ns);
	else
		count_in(to, sqlite3_bind_null(to->statement, ++to->column));
}

static void put_word(struct binding *to, const char *word)
{
	count_in(to, sqlite3_bind_text(to->statement, ++to->column, word, -1, SQLITE_STATIC));
}

static void put_blob(struct binding *to, const void *bytes, size_t count)
{
	count_in(to, sqlite3_bind_blob(to->statement, ++to->column, count ? bytes : "", (int)count, SQLITE_STATIC));
}

static void put_endpoints(struct binding *to, const struct flow_view *view)
{
	for (int i = 0; i < SIDE_COUNT; i++) {
		const struct endpoint_view *side = &view->side[i];

		put_blob(to, side->ip.word, side->ip.ipv6 ? 16 : 4);
		put_number(to, side->port);
	}
}

static void put_meaning(struct binding *to, const struct flow_view *view)
{
	put_word(to, outcome_name(view->outcome));
	put_number(to, view->failed);
	put_word(to, state_name(view->side[SIDE_CLIENT].state));
	put_word(to, state_name(view->side[SIDE_SERVER].state));
	put_word(to, origin_name(view->origin));
	put_word(to, conn_state_name(view->conn_state));
	put_latency_or_null(to, view->syn_to_synack_ns);
	put_latency_or_null(to, view->synack_to_ack_ns);
	put_latency_or_null(to, view->handshake_ns);
}

static void put_counts(struct binding *to, const struct flow_view *view)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];
	__u64 anomalies = 0;

	for (int i = 0; i < ANOMALY_COUNT; i++)
		anomalies += view->anomalies[i];
	put_number(to, client->packets);
	put_number(to, server->packets);
	put_number(to, client->bytes);
	put_number(to, server->bytes);
	put_number(to, client->payload_bytes);
	put_number(to, server->payload_bytes);
	put_number(to, client->retransmits);
	put_number(to, server->retransmits);
	put_number(to, anomalies);
	put_number(to, view->incarnation);
}

static void put_tunnel(struct binding *to, const struct history_flow *flow)
{
	if (flow->tunnel_known)
		put_blob(to, &flow->tunnel, flow->tunnel.layers ? sizeof(flow->tunnel) : 0);
	else
		count_in(to, sqlite3_bind_null(to->statement, ++to->column));
}

static size_t pack_record(const struct history_flow *flow, __u8 *packed)
{
	size_t bytes = pack_bytes(&flow->hot, sizeof(flow->hot), packed);

	bytes += pack_bytes(&flow->cold, sizeof(flow->cold), packed + bytes);
	return bytes + pack_bytes(&flow->round_trips, sizeof(flow->round_trips), packed + bytes);
}

int row_bind(sqlite3_stmt *statement, int parameters, struct row *row)
{
	const struct history_flow *flow = row->flow;
	const struct flow_view *view = &row->view;
	struct binding to = { .statement = statement, .column = parameters };

	put_number(&to, (__u64)row->id);
	put_number(&to, (__u64)row->id >> SEGMENT_SHIFT);
	put_number(&to, (__u64)row->source);
	put_word(&to, flow->reason);
	put_endpoints(&to, view);
	put_time_or_null(&to, history_wall_ns(flow, view->first_seen_ns));
	put_time_or_null(&to, history_wall_ns(flow, view->last_seen_ns));
	put_number(&to, view->duration_ns);
	put_meaning(&to, view);
	put_counts(&to, view);
	put_number(&to, flow->retired);
	put_number(&to, flow->now_ns);
	put_tunnel(&to, flow);
	put_blob(&to, row->record, pack_record(flow, row->record));
	return to.code;
}

/* ---- reading */

enum read_column { READ_ID, READ_SOURCE, READ_RETIRED, READ_TOLD, READ_TUNNEL, READ_RECORD };

sqlite3_int64 row_id(sqlite3_stmt *statement)
{
	return sqlite3_column_int64(statement, READ_ID);
}

sqlite3_int64 row_source(sqlite3_stmt *statement)
{
	return sqlite3_column_int64(statement, READ_SOURCE);
}

static bool steps_are_sound(const struct flow_step *step, int count)
{
	for (int i = 0; i < count; i++)
		if ((step[i].remark & STEP_REMARK_MASK) > REMARK_FIN_REFUTED)
			return false;
	return true;
}

static bool read_record(sqlite3_stmt *statement, struct history_flow *flow)
{
	__u8 bytes[ROW_RECORD_BYTES];
	const void *packed = sqlite3_column_blob(statement, READ_RECORD);
	int count = sqlite3_column_bytes(statement, READ_RECORD);

	if (!packed || !unpack_bytes(packed, (size_t)count, bytes, sizeof(bytes)))
		return false;
	memcpy(&flow->hot, bytes, sizeof(flow->hot));
	memcpy(&flow->cold, bytes + sizeof(flow->hot), sizeof(flow->cold));
	memcpy(&flow->round_trips, bytes + sizeof(flow->hot) + sizeof(flow->cold), sizeof(flow->round_trips));
	return steps_are_sound(flow->cold.opening, FLOW_OPENING_STEPS) &&
	       steps_are_sound(flow->cold.closing, FLOW_CLOSING_STEPS);
}

static bool read_tunnel(sqlite3_stmt *statement, struct history_flow *flow)
{
	const void *bytes = sqlite3_column_blob(statement, READ_TUNNEL);
	size_t count = (size_t)sqlite3_column_bytes(statement, READ_TUNNEL);

	flow->tunnel_known = sqlite3_column_type(statement, READ_TUNNEL) != SQLITE_NULL;
	flow->tunnel = (struct flow_tunnel){ 0 };
	if (bytes && count == sizeof(flow->tunnel))
		memcpy(&flow->tunnel, bytes, sizeof(flow->tunnel));
	flow->tunnel.state = TUNNEL_VALID;
	return !count || count == sizeof(flow->tunnel);
}

bool row_read(sqlite3_stmt *statement, struct history_flow *flow)
{
	sqlite3_int64 retired = sqlite3_column_int64(statement, READ_RETIRED);

	if (retired < RETIRE_NOT || retired > RETIRE_FLUSHED)
		return false;
	flow->retired = (enum retire_reason)retired;
	flow->now_ns = (__u64)sqlite3_column_int64(statement, READ_TOLD);
	return read_tunnel(statement, flow) && read_record(statement, flow);
}
