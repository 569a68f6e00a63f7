// SPDX-License-Identifier: GPL-2.0-only
#include "format/flow_table.h"
#include "flow/name.h"
#include "flow/names.h"
#include "flow/labels.h"
#include "flow/processes.h"

/* In the order in which they are printed. On a narrow terminal, columns with a higher rank are left out first. */
static const struct table_column columns[] = {
	{ .heading = "FLOW" },
	{ .heading = "CLIENT" },
	{ .heading = "SERVER" },
	{ .heading = HEADING_SYN_TO_SYNACK, .right = true, .rank = 2 },
	{ .heading = HEADING_SYNACK_TO_ACK, .right = true, .rank = 3 },
	{ .heading = HEADING_HANDSHAKE, .right = true, .rank = 6 },
	{ .heading = "PACKETS", .right = true, .rank = 9 },
	{ .heading = "BYTES", .right = true, .rank = 8 },
	{ .heading = "AGE", .right = true, .rank = 10 },
	{ .heading = "IDLE", .right = true, .rank = 4 },
	{ .heading = "OUTCOME", .rank = RANK_WANTED },
	{ .heading = "INSTANCE", .rank = 5 },
};

#define COLUMNS (int)(sizeof(columns) / sizeof(columns[0]))

static const struct table_column process_columns[] = {
	{ .heading = "PROCESS", .rank = RANK_WANTED },
	{ .heading = "CGROUP", .rank = 7 },
};

#define PROCESS_COLUMNS (int)(sizeof(process_columns) / sizeof(process_columns[0]))

static const struct table_column rtt_columns[] = {
	{ .heading = "CLIENT RTT", .right = true, .rank = RANK_WANTED },
	{ .heading = "SERVER RTT", .right = true, .rank = RANK_WANTED },
};

#define RTT_COLUMNS (int)(sizeof(rtt_columns) / sizeof(rtt_columns[0]))

_Static_assert(RTT_COLUMNS == 2, "what_is_shown() tells them from INSTANCE, which is one column");
_Static_assert(COLUMNS + PROCESS_COLUMNS + RTT_COLUMNS <= TABLE_COLUMNS_MAX,
	       "a table has room for all columns of a flow");

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

void flow_table_add_processes(struct table *table)
{
	for (int i = 0; i < PROCESS_COLUMNS; i++)
		table_add_column(table, &process_columns[i]);
}

void flow_table_add_rtt(struct table *table)
{
	for (int i = 0; i < RTT_COLUMNS; i++)
		table_add_column(table, &rtt_columns[i]);
}

/* Which of the columns beside processes the table has. */
struct shown {
	bool instance, rtt;
};

static struct shown what_is_shown(const struct table *table, bool processes)
{
	int more = table->column_count - (processes ? PROCESS_COLUMNS : 0) - (COLUMNS - 1);

	return (struct shown){ .instance = more % RTT_COLUMNS, .rtt = more >= RTT_COLUMNS };
}

static void latency_cell(struct table *table, __s64 ns, bool ambiguous)
{
	char text[SHORT_SIZE + 1];
	char *p = text;

	if (ns == LATENCY_UNKNOWN) {
		table_text(table, COLOR_DIM, "-");
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

/* The processes of client and server, as far as known, with '-' between them as in the column FLOW. */
static void process_cell(struct table *table, const struct process *const process[SIDE_COUNT],
			 char *(*put)(char *p, const struct process *process, bool ascii))
{
	char text[SIDE_COUNT * PROCESS_SIZE + 1], *p = text;
	bool ascii = !table->cells.utf8;

	if (!process[SIDE_CLIENT] && !process[SIDE_SERVER]) {
		table_text(table, COLOR_DIM, "-");
		return;
	}
	if (process[SIDE_CLIENT])
		p = put(p, process[SIDE_CLIENT], ascii);
	if (process[SIDE_CLIENT] && process[SIDE_SERVER])
		*p++ = '-';
	if (process[SIDE_SERVER])
		p = put(p, process[SIDE_SERVER], ascii);
	table_cell(table, COLOR_NONE, text, (int)(p - text));
}

static void process_cells(struct table *table, const struct flow_view *view, const struct process_sockets *sockets)
{
	const struct process *process[SIDE_COUNT];

	for (int i = 0; i < SIDE_COUNT; i++)
		process[i] = process_of(sockets, &view->side[i], &view->side[!i]);
	process_cell(table, process, put_process);
	process_cell(table, process, put_cgroup);
}

/* `ns`: LATENCY_UNKNOWN if it is not known. */
static void age_cell(struct table *table, __s64 ns)
{
	char text[SHORT_SIZE];

	if (ns == LATENCY_UNKNOWN)
		table_text(table, COLOR_DIM, "-");
	else
		table_cell(table, COLOR_NONE, text, (int)(put_age(text, ns) - text));
}

void flow_table_add(struct table *table, const struct flow_view *view, const struct flow_labels *labels)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];
	struct shown shown = what_is_shown(table, labels->sockets);
	char text[FLOW_TEXT_SIZE];

	table_cell(table, COLOR_NONE, text, (int)(put_flow_text(text, view, labels) - text));
	table_text(table, state_color(client->state), state_name(client->state));
	table_text(table, state_color(server->state), state_name(server->state));
	latency_cell(table, view->syn_to_synack_ns, view->rtt_ambiguous);
	latency_cell(table, view->synack_to_ack_ns, view->rtt_ambiguous);
	latency_cell(table, view->handshake_ns, view->rtt_ambiguous);
	amount_cell(table, client->packets + server->packets, 1000);
	amount_cell(table, client->bytes + server->bytes, 1024);
	age_cell(table, flow_age(view));
	age_cell(table, (__s64)view->idle_ns);
	table_text(table, outcome_color(view->outcome), outcome_name(view->outcome));
	if (shown.instance)
		table_text(table, COLOR_NONE, labels->instance);
	if (labels->sockets)
		process_cells(table, view, labels->sockets);
	for (int i = 0; i < SIDE_COUNT && shown.rtt; i++)
		latency_cell(table, rtt_smoothed(&view->side[i]), false);
}
