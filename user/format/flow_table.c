// SPDX-License-Identifier: GPL-2.0-only
#include "format/flow_table.h"

#include <string.h>

#include "base/foreign.h"
#include "flow/host_names.h"
#include "flow/names.h"
#include "flow/processes.h"
#include "format/flow_columns.h"

/* In the order in which they are printed, where there is something for them to show. */
static const enum flow_column columns[] = {
	FLOW_COLUMN_FLOW,	   FLOW_COLUMN_CLIENT,	  FLOW_COLUMN_SERVER,	  FLOW_COLUMN_SYN_TO_SYNACK,
	FLOW_COLUMN_SYNACK_TO_ACK, FLOW_COLUMN_HANDSHAKE, FLOW_COLUMN_CLIENT_RTT, FLOW_COLUMN_SERVER_RTT,
	FLOW_COLUMN_PACKETS,	   FLOW_COLUMN_BYTES,	  FLOW_COLUMN_AGE,	  FLOW_COLUMN_IDLE,
	FLOW_COLUMN_OUTCOME,	   FLOW_COLUMN_INSTANCE,
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

int flow_table_init(struct table *table, struct buffer *out, const struct terminal *terminal, int instances, bool rtt)
{
	int err = table_init(table, NULL, 0, out, terminal);

	for (int i = 0; !err && i < COLUMNS; i++) {
		struct table_column column = flow_columns[columns[i]].column;

		if (columns[i] == FLOW_COLUMN_INSTANCE && instances < 2)
			continue;
		if ((columns[i] == FLOW_COLUMN_CLIENT_RTT || columns[i] == FLOW_COLUMN_SERVER_RTT) && !rtt)
			continue;
		column.id = columns[i];
		table_add_column(table, &column);
	}
	return err;
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
		const char *end;

		if (!host_name_of(names, &view->side[i].ip, name)) {
			table_text(table, COLOR_DIM, "-");
			continue;
		}
		end = put_foreign(text, text + sizeof(text), name, strlen(name), FOREIGN_TEXT, !table->cells.utf8);
		table_cell(table, COLOR_NONE, text, (int)(end - text));
	}
}

void flow_table_add_extras(struct table *table, const struct flow_view *view, const struct flow_labels *labels)
{
	if (labels->sockets)
		process_cells(table, view, labels->sockets);
	if (labels->named)
		name_cells(table, view, labels->host_names);
}

void flow_table_add(struct table *table, const struct flow_view *view, const struct flow_labels *labels)
{
	const struct flow_row row = { .view = view, .labels = labels };
	int extras = (labels->sockets ? PROCESS_COLUMNS : 0) + (labels->named ? NAME_COLUMNS : 0);
	int count = table->column_count - extras;

	for (int i = 0; i < count; i++)
		flow_columns[table->columns[i].id].cell(table, &row);
	flow_table_add_extras(table, view, labels);
}
