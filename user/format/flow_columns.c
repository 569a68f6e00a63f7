// SPDX-License-Identifier: GPL-2.0-only
#include "format/flow_columns.h"

#include <stdio.h>

#include "flow/name.h"
#include "flow/names.h"
#include "format/bars.h"

enum table_color state_color(enum tcp_state state)
{
	switch (state) {
	case STATE_ESTABLISHED:
		return COLOR_GREEN;
	case STATE_LISTEN:
	case STATE_SYN_SENT:
	case STATE_SYN_RECEIVED:
		return COLOR_YELLOW;
	case STATE_CLOSED:
		return COLOR_DIM;
	default:
		return COLOR_CYAN;
	}
}

static enum table_color outcome_color(enum flow_outcome outcome)
{
	switch (outcome) {
	case OUTCOME_RESET_BY_CLIENT:
	case OUTCOME_RESET_BY_SERVER:
	case OUTCOME_REFUSED:
	case OUTCOME_UNANSWERED:
	case OUTCOME_HALF_OPEN:
	case OUTCOME_UNREACHABLE:
		return COLOR_RED;
	default:
		return COLOR_NONE;
	}
}

/* ---- cells of one kind */

static void unknown_cell(struct table *table)
{
	table_text(table, COLOR_DIM, "-");
}

static void latency_cell(struct table *table, __s64 ns, bool ambiguous)
{
	char text[SHORT_SIZE + 1];
	char *p = text;

	if (ns == LATENCY_UNKNOWN) {
		unknown_cell(table);
		return;
	}
	if (ambiguous)
		*p++ = '~';
	table_cell(table, COLOR_NONE, text, (int)(put_latency(p, ns) - text));
}

static void amount_cell(struct table *table, __u64 amount, unsigned int base)
{
	char text[SHORT_SIZE];

	table_cell(table, COLOR_NONE, text, (int)(put_short(text, amount, base) - text));
}

/* `ns`: LATENCY_UNKNOWN if it is not known. */
static void age_cell(struct table *table, __s64 ns)
{
	char text[SHORT_SIZE];

	if (ns == LATENCY_UNKNOWN)
		unknown_cell(table);
	else
		table_cell(table, COLOR_NONE, text, (int)(put_age(text, ns) - text));
}

char *put_rate(char *p, double per_s, unsigned int base)
{
	if (per_s >= 9.95)
		return put_short(p, (__u64)(per_s + 0.5), base);
	return p + snprintf(p, SHORT_SIZE, "%.*f", per_s >= 0.05, per_s);
}

static void rate_cell(struct table *table, bool known, double per_s, unsigned int base)
{
	char text[SHORT_SIZE];

	if (known)
		table_cell(table, per_s > 0 ? COLOR_NONE : COLOR_DIM, text, (int)(put_rate(text, per_s, base) - text));
	else
		unknown_cell(table);
}

/* A number of the SYN of either end: "1460/1400", "7/-". */
static void both_cell(struct table *table, bool client_known, unsigned int client, bool server_known,
		      unsigned int server)
{
	char text[SHORT_SIZE], *p = text;

	if (!client_known && !server_known) {
		unknown_cell(table);
		return;
	}
	if (client_known)
		p = put_u64(p, client);
	else
		*p++ = '-';
	*p++ = '/';
	if (server_known)
		p = put_u64(p, server);
	else
		*p++ = '-';
	table_cell(table, COLOR_NONE, text, (int)(p - text));
}

/* ---- the cells of the columns */

static const struct endpoint_view *client_of(const struct flow_row *row)
{
	return &row->view->side[SIDE_CLIENT];
}

static const struct endpoint_view *server_of(const struct flow_row *row)
{
	return &row->view->side[SIDE_SERVER];
}

static void flow_cell(struct table *table, const struct flow_row *row)
{
	char text[FLOW_TEXT_SIZE];

	table_cell(table, COLOR_NONE, text, (int)(put_flow_text(text, row->view, row->labels) - text));
}

static void client_cell(struct table *table, const struct flow_row *row)
{
	table_text(table, state_color(client_of(row)->state), state_name(client_of(row)->state));
}

static void server_cell(struct table *table, const struct flow_row *row)
{
	table_text(table, state_color(server_of(row)->state), state_name(server_of(row)->state));
}

static void syn_to_synack_cell(struct table *table, const struct flow_row *row)
{
	latency_cell(table, row->view->syn_to_synack_ns, row->view->rtt_ambiguous);
}

static void synack_to_ack_cell(struct table *table, const struct flow_row *row)
{
	latency_cell(table, row->view->synack_to_ack_ns, row->view->rtt_ambiguous);
}

static void handshake_cell(struct table *table, const struct flow_row *row)
{
	latency_cell(table, row->view->handshake_ns, row->view->rtt_ambiguous);
}

static void client_rtt_cell(struct table *table, const struct flow_row *row)
{
	latency_cell(table, rtt_smoothed(client_of(row)), false);
}

static void server_rtt_cell(struct table *table, const struct flow_row *row)
{
	latency_cell(table, rtt_smoothed(server_of(row)), false);
}

static void byte_rate_cell(struct table *table, const struct flow_row *row)
{
	rate_cell(table, row->rate->known, row->rate->bytes, 1024);
}

static void packet_rate_cell(struct table *table, const struct flow_row *row)
{
	rate_cell(table, row->rate->known, row->rate->packets, 1000);
}

static void rate_past_cell(struct table *table, const struct flow_row *row)
{
	char text[FLOW_RATE_PAST * BAR_BYTES + 1];
	char *end = put_bars(text, row->rate->past, FLOW_RATE_PAST, table->out->utf8);

	table_cell(table, COLOR_CYAN, text, (int)(end - text));
}

static void packets_cell(struct table *table, const struct flow_row *row)
{
	amount_cell(table, client_of(row)->packets + server_of(row)->packets, 1000);
}

static void bytes_cell(struct table *table, const struct flow_row *row)
{
	amount_cell(table, client_of(row)->bytes + server_of(row)->bytes, 1024);
}

static void client_packets_cell(struct table *table, const struct flow_row *row)
{
	amount_cell(table, client_of(row)->packets, 1000);
}

static void client_bytes_cell(struct table *table, const struct flow_row *row)
{
	amount_cell(table, client_of(row)->bytes, 1024);
}

static void server_packets_cell(struct table *table, const struct flow_row *row)
{
	amount_cell(table, server_of(row)->packets, 1000);
}

static void server_bytes_cell(struct table *table, const struct flow_row *row)
{
	amount_cell(table, server_of(row)->bytes, 1024);
}

static void retransmits_cell(struct table *table, const struct flow_row *row)
{
	__u64 count = (__u64)client_of(row)->retransmits + server_of(row)->retransmits;
	char text[SHORT_SIZE];

	table_cell(table, count ? COLOR_YELLOW : COLOR_DIM, text, (int)(put_short(text, count, 1000) - text));
}

static void mss_cell(struct table *table, const struct flow_row *row)
{
	both_cell(table, client_of(row)->options & OPTION_MSS, client_of(row)->mss,
		  server_of(row)->options & OPTION_MSS, server_of(row)->mss);
}

static void wscale_cell(struct table *table, const struct flow_row *row)
{
	both_cell(table, client_of(row)->wscale != FACTS_WSCALE_NONE, client_of(row)->wscale,
		  server_of(row)->wscale != FACTS_WSCALE_NONE, server_of(row)->wscale);
}

static void flow_age_cell(struct table *table, const struct flow_row *row)
{
	age_cell(table, flow_age(row->view));
}

static void idle_cell(struct table *table, const struct flow_row *row)
{
	age_cell(table, (__s64)row->view->idle_ns);
}

static void conn_state_cell(struct table *table, const struct flow_row *row)
{
	table_text(table, COLOR_NONE, conn_state_name(row->view->conn_state));
}

static void history_cell(struct table *table, const struct flow_row *row)
{
	table_text(table, COLOR_NONE, row->view->history);
}

static void interface_cell(struct table *table, const struct flow_row *row)
{
	table_text(table, COLOR_NONE, row->labels->ifname ? row->labels->ifname : "-");
}

static void outcome_cell(struct table *table, const struct flow_row *row)
{
	table_text(table, outcome_color(row->view->outcome), outcome_name(row->view->outcome));
}

static void instance_cell(struct table *table, const struct flow_row *row)
{
	table_text(table, COLOR_NONE, row->labels->instance);
}

/* ---- */

/* On a narrow terminal, columns with a higher rank are left out first. */
const struct flow_column_kind flow_columns[] = {
	[FLOW_COLUMN_FLOW] = { "flow", "client and server", { "FLOW", false, RANK_NEEDED }, flow_cell },
	[FLOW_COLUMN_CLIENT] = { "client", "the client's state", { "CLIENT", false, RANK_NEEDED }, client_cell },
	[FLOW_COLUMN_SERVER] = { "server", "the server's state", { "SERVER", false, RANK_NEEDED }, server_cell },
	[FLOW_COLUMN_SYN_TO_SYNACK] = { "syn_to_synack",
					"latency: network and server",
					{ HEADING_SYN_TO_SYNACK, true, 3 },
					syn_to_synack_cell },
	[FLOW_COLUMN_SYNACK_TO_ACK] = { "synack_to_ack",
					"latency: network and client",
					{ HEADING_SYNACK_TO_ACK, true, 4 },
					synack_to_ack_cell },
	[FLOW_COLUMN_HANDSHAKE] = { "handshake",
				    "latency as the client waited",
				    { HEADING_HANDSHAKE, true, 8 },
				    handshake_cell },
	[FLOW_COLUMN_CLIENT_RTT] = { "client_rtt",
				     "round trips to the client",
				     { HEADING_CLIENT_RTT, true, RANK_WANTED },
				     client_rtt_cell },
	[FLOW_COLUMN_SERVER_RTT] = { "server_rtt",
				     "round trips to the server",
				     { HEADING_SERVER_RTT, true, RANK_WANTED },
				     server_rtt_cell },
	[FLOW_COLUMN_BYTE_RATE] = { "byte_rate", "bytes per second", { "BYTES/S", true, 5 }, byte_rate_cell },
	[FLOW_COLUMN_PACKET_RATE] = { "packet_rate", "packets per second", { "PKTS/S", true, 10 }, packet_rate_cell },
	[FLOW_COLUMN_RATE_PAST] = { "rate_past", "the last 8 rates of bytes", { "RATE", false, 13 }, rate_past_cell },
	[FLOW_COLUMN_PACKETS] = { "packets", "packets, both ways", { "PACKETS", true, 12 }, packets_cell },
	[FLOW_COLUMN_BYTES] = { "bytes", "bytes, both ways", { "BYTES", true, 11 }, bytes_cell },
	[FLOW_COLUMN_CLIENT_PACKETS] = { "client_packets",
					 "packets of the client",
					 { "C-PKTS", true, 18 },
					 client_packets_cell },
	[FLOW_COLUMN_CLIENT_BYTES] = { "client_bytes",
				       "bytes of the client",
				       { "C-BYTES", true, 16 },
				       client_bytes_cell },
	[FLOW_COLUMN_SERVER_PACKETS] = { "server_packets",
					 "packets of the server",
					 { "S-PKTS", true, 19 },
					 server_packets_cell },
	[FLOW_COLUMN_SERVER_BYTES] = { "server_bytes",
				       "bytes of the server",
				       { "S-BYTES", true, 17 },
				       server_bytes_cell },
	[FLOW_COLUMN_RETRANSMITS] = { "retransmits", "segments sent again", { "RETR", true, 14 }, retransmits_cell },
	[FLOW_COLUMN_MSS] = { "mss", "MSS of client/server", { "MSS", true, 20 }, mss_cell },
	[FLOW_COLUMN_WSCALE] = { "wscale", "window scale of client/server", { "WSCALE", true, 21 }, wscale_cell },
	[FLOW_COLUMN_AGE] = { "age", "since its first segment", { "AGE", true, 15 }, flow_age_cell },
	[FLOW_COLUMN_IDLE] = { "idle", "since its last segment", { "IDLE", true, 6 }, idle_cell },
	[FLOW_COLUMN_CONN_STATE] = { "conn_state", "Zeek's state", { "CONN", false, 22 }, conn_state_cell },
	[FLOW_COLUMN_HISTORY] = { "history", "Zeek's history", { "HISTORY", false, 23 }, history_cell },
	[FLOW_COLUMN_INTERFACE] = { "interface", "the interface", { "INTERFACE", false, 24 }, interface_cell },
	[FLOW_COLUMN_OUTCOME] = { "outcome", "what became of it", { "OUTCOME", false, RANK_WANTED }, outcome_cell },
	[FLOW_COLUMN_INSTANCE] = { "instance", "the instance", { "INSTANCE", false, 7 }, instance_cell },
};
