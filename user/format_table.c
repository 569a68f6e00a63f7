// SPDX-License-Identifier: GPL-2.0-only
#include "format.h"

/* In the order they are printed; a lower rank keeps its place longer on a narrow terminal. */
static const struct table_column columns[] = {
	{ .heading = "FLOW" },
	{ .heading = "CLIENT" },
	{ .heading = "SERVER" },
	{ .heading = "SYN-SYNACK", .right = true, .rank = 1 },
	{ .heading = "SYNACK-ACK", .right = true, .rank = 2 },
	{ .heading = "PACKETS", .right = true, .rank = 7 },
	{ .heading = "BYTES", .right = true, .rank = 6 },
	{ .heading = "AGE", .right = true, .rank = 3 },
	{ .heading = "OUTCOME", .rank = 4 },
	{ .heading = "INSTANCE", .rank = 5 },
};

#define COLUMNS (int)(sizeof(columns) / sizeof(columns[0]))

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

int flow_table_init(struct table *table, struct buffer *out, const struct terminal *terminal, int instances)
{
	return table_init(table, columns, COLUMNS - (instances > 1 ? 0 : 1), out, terminal);
}

static void text_cell(struct table *table, enum table_color color, const char *text)
{
	table_cell(table, color, text, (int)strlen(text));
}

static void latency_cell(struct table *table, __s64 ns, bool ambiguous)
{
	char text[SHORT_ROOM + 1];
	char *p = text;

	if (ns == LATENCY_UNKNOWN) {
		text_cell(table, COLOR_DIM, "-");
		return;
	}
	if (ambiguous)
		*p++ = '~';
	table_cell(table, COLOR_NONE, text, (int)(put_latency(p, ns) - text));
}

static void amount_cell(struct table *table, __u64 amount, unsigned int base)
{
	char text[SHORT_ROOM];

	table_cell(table, COLOR_NONE, text, (int)(put_short(text, amount, base) - text));
}

void flow_table_add(struct table *table, const struct flow_view *view, const struct flow_labels *labels)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];
	char text[FLOW_ID_ROOM];

	table_cell(table, COLOR_NONE, text, (int)(put_flow_id(text, view) - text));
	text_cell(table, state_color(client->state), state_name(client->state));
	text_cell(table, state_color(server->state), state_name(server->state));
	latency_cell(table, view->syn_to_synack_ns, view->rtt_ambiguous);
	latency_cell(table, view->synack_to_ack_ns, view->rtt_ambiguous);
	amount_cell(table, client->packets + server->packets, 1000);
	amount_cell(table, client->bytes + server->bytes, 1024);
	table_cell(table, COLOR_NONE, text, (int)(put_age(text, view->age_ns) - text));
	text_cell(table, outcome_color(view->outcome), outcome_name(view->outcome));
	if (table->column_count == COLUMNS)
		text_cell(table, COLOR_NONE, labels->instance);
}
