// SPDX-License-Identifier: GPL-2.0-only
#include "top/columns.h"

#include <stdio.h>
#include <string.h>

/*
 * What a column sorts by. Where two do, the first one is marked. The rest have no order: two numbers that nobody adds
 * up (MSS, WSCALE), a text, and names, for which there are filters.
 */
static const struct {
	enum flow_column column;
	enum sort_key sort;
} sorts[] = {
	{ FLOW_COLUMN_FLOW, SORT_CLIENT },
	{ FLOW_COLUMN_CLIENT, SORT_STATE },
	{ FLOW_COLUMN_SERVER, SORT_STATE },
	{ FLOW_COLUMN_SYN_TO_SYNACK, SORT_SYN_TO_SYNACK },
	{ FLOW_COLUMN_SYNACK_TO_ACK, SORT_SYNACK_TO_ACK },
	{ FLOW_COLUMN_HANDSHAKE, SORT_HANDSHAKE },
	{ FLOW_COLUMN_CLIENT_RTT, SORT_CLIENT_RTT },
	{ FLOW_COLUMN_SERVER_RTT, SORT_SERVER_RTT },
	{ FLOW_COLUMN_BYTE_RATE, SORT_BYTE_RATE },
	{ FLOW_COLUMN_RATE_PAST, SORT_BYTE_RATE },
	{ FLOW_COLUMN_PACKET_RATE, SORT_PACKET_RATE },
	{ FLOW_COLUMN_PACKETS, SORT_PACKETS },
	{ FLOW_COLUMN_BYTES, SORT_BYTES },
	{ FLOW_COLUMN_CLIENT_PACKETS, SORT_CLIENT_PACKETS },
	{ FLOW_COLUMN_CLIENT_BYTES, SORT_CLIENT_BYTES },
	{ FLOW_COLUMN_SERVER_PACKETS, SORT_SERVER_PACKETS },
	{ FLOW_COLUMN_SERVER_BYTES, SORT_SERVER_BYTES },
	{ FLOW_COLUMN_RETRANSMITS, SORT_RETRANSMITS },
	{ FLOW_COLUMN_AGE, SORT_FIRST_SEEN },
	{ FLOW_COLUMN_IDLE, SORT_LAST_SEEN },
	{ FLOW_COLUMN_CONN_STATE, SORT_CONN_STATE },
	{ FLOW_COLUMN_OUTCOME, SORT_OUTCOME },
};

#define SORTS (sizeof(sorts) / sizeof(sorts[0]))

enum sort_key top_column_sort(enum flow_column column)
{
	for (size_t i = 0; i < SORTS; i++)
		if (sorts[i].column == column)
			return sorts[i].sort;
	return SORT_NONE;
}

enum flow_column top_column_of_sort(enum sort_key sort)
{
	for (size_t i = 0; i < SORTS; i++)
		if (sorts[i].sort == sort)
			return sorts[i].column;
	return FLOW_COLUMN_FLOW; /* by server */
}

static bool shown_by_default(enum flow_column column)
{
	switch (column) {
	case FLOW_COLUMN_CLIENT_PACKETS:
	case FLOW_COLUMN_SERVER_PACKETS:
	case FLOW_COLUMN_CONN_STATE:
	case FLOW_COLUMN_HISTORY:
	case FLOW_COLUMN_INTERFACE:
		return false;
	default:
		return true;
	}
}

struct top_columns top_columns_default(void)
{
	struct top_columns columns;

	for (int i = 0; i < FLOW_COLUMN_COUNT; i++) {
		columns.order[i] = i;
		columns.shown[i] = shown_by_default(i);
	}
	return columns;
}

int top_columns_move(struct top_columns *columns, int from, int step)
{
	enum flow_column moved = columns->order[from];
	int to = from + step;

	if (to < 0 || to >= FLOW_COLUMN_COUNT)
		return from;
	columns->order[from] = columns->order[to];
	columns->order[to] = moved;
	return to;
}

/* ---- as text */

void top_columns_write(const struct top_columns *columns, struct buffer *out)
{
	buffer_text(out, "# Columns of 'synscope top' in their order, as F2 there left them: + shown, - hidden\n");
	for (int i = 0; i < FLOW_COLUMN_COUNT; i++) {
		enum flow_column column = columns->order[i];

		buffer_char(out, columns->shown[column] ? '+' : '-');
		buffer_text(out, flow_columns[column].name);
		buffer_char(out, '\n');
	}
}

/* A column by its name, or FLOW_COLUMN_COUNT. */
static enum flow_column column_named(const char *name, size_t length)
{
	int column = 0;

	while (column < FLOW_COLUMN_COUNT &&
	       (strlen(flow_columns[column].name) != length || memcmp(flow_columns[column].name, name, length)))
		column++;
	return column;
}

static bool refuse(struct reason *why, int line, const char *what, const char *text, size_t length)
{
	snprintf(why->text, sizeof(why->text), "line %d %s: '%.*s'", line, what, (int)(length < 40 ? length : 40),
		 text);
	return false;
}

bool top_columns_read(struct top_columns *columns, const char *text, struct reason *why)
{
	struct top_columns read = top_columns_default();
	bool named[FLOW_COLUMN_COUNT] = { false };
	int count = 0, line = 1;

	for (; *text; line++) {
		size_t length = strcspn(text, "\n");
		enum flow_column column;

		if (length && *text != '#') {
			if (*text != '+' && *text != '-')
				return refuse(why, line, "does not begin with + or -", text, length);
			column = column_named(text + 1, length - 1);
			if (column == FLOW_COLUMN_COUNT)
				return refuse(why, line, "names no column", text, length);
			if (named[column])
				return refuse(why, line, "names a column again", text, length);
			named[column] = true;
			read.order[count++] = column;
			read.shown[column] = *text == '+';
		}
		text += length + (text[length] == '\n');
	}
	for (int i = 0; i < FLOW_COLUMN_COUNT; i++)
		if (!named[i])
			read.order[count++] = i;
	*columns = read;
	return true;
}
