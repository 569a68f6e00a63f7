// SPDX-License-Identifier: GPL-2.0-only
#include "format/flow_table.h"
#include "flow/name.h"
#include "flow/host_names.h"
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
	{ .heading = "LOCAL", .rank = 6 },
	{ .heading = "CONTAINER", .rank = 7 },
	{ .heading = "CGROUP", .rank = 11 },
};

#define PROCESS_COLUMNS (int)(sizeof(process_columns) / sizeof(process_columns[0]))

static const struct table_column name_columns[] = {
	{ .heading = "CLIENT-NAME", .rank = 6 },
	{ .heading = "SERVER-NAME", .rank = 5 },
};

#define NAME_COLUMNS (int)(sizeof(name_columns) / sizeof(name_columns[0]))
#define NAME_SHOWN 40 /* bytes */

_Static_assert(COLUMNS + NAME_COLUMNS + PROCESS_COLUMNS <= TABLE_COLUMNS_MAX,
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

void flow_table_add_names(struct table *table)
{
	for (int i = 0; i < NAME_COLUMNS; i++)
		table_add_column(table, &name_columns[i]);
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

/* Which ends are of this host: "client", "server", "both" or "-". */
static void local_cell(struct table *table, const struct flow_view *view, const struct process_sockets *sockets)
{
	bool local[SIDE_COUNT];

	for (int i = 0; i < SIDE_COUNT; i++)
		local[i] = process_end_is_local(sockets, &view->side[i], &view->side[!i]);
	if (!local[SIDE_CLIENT] && !local[SIDE_SERVER])
		table_text(table, COLOR_DIM, "-");
	else
		table_text(table, COLOR_NONE,
			   local[SIDE_CLIENT] && local[SIDE_SERVER] ? "both" : side_names[!local[SIDE_CLIENT]]);
}

static void process_cells(struct table *table, const struct flow_view *view, const struct process_sockets *sockets)
{
	const struct process *process[SIDE_COUNT], *contained[SIDE_COUNT];

	for (int i = 0; i < SIDE_COUNT; i++) {
		process[i] = process_of(sockets, &view->side[i], &view->side[!i]);
		contained[i] = process[i] && process[i]->container ? process[i] : NULL;
	}
	process_cell(table, process, put_process);
	local_cell(table, view, sockets);
	process_cell(table, contained, put_container);
	process_cell(table, process, put_cgroup);
}

static void name_cells(struct table *table, const struct flow_view *view, struct host_names *names)
{
	char name[HOST_NAME_SIZE], text[NAME_SHOWN];

	for (int i = 0; i < SIDE_COUNT; i++) {
		const char *end = text;

		if (!host_name_of(names, &view->side[i].ip, name)) {
			table_text(table, COLOR_DIM, "-");
			continue;
		}
		end = put_foreign(text, text + sizeof(text), name, strlen(name), FOREIGN_TEXT, !table->cells.utf8);
		table_cell(table, COLOR_NONE, text, (int)(end - text));
	}
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
	int base = COLUMNS + (labels->sockets ? PROCESS_COLUMNS : 0) + (labels->named ? NAME_COLUMNS : 0);
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
	if (table->column_count == base)
		table_text(table, COLOR_NONE, labels->instance);
	if (labels->sockets)
		process_cells(table, view, labels->sockets);
	if (labels->named)
		name_cells(table, view, labels->host_names);
}
