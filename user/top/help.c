// SPDX-License-Identifier: GPL-2.0-only
#include "top/help.h"

#define KEYS_COLUMNS 9 /* of the keys, before what they do */
#define SIDE_COLUMNS 40 /* of one list, where two are side by side */

static const struct {
	const char *keys, *what;
} help[] = {
	{ "up down", "select; also PgUp PgDn Home End" },
	{ "Enter F5", "ladder of the selected flow" },
	{ "Esc", "close it; select none" },
	{ "/ F3", "search; n next, N the one before" },
	{ "f \\ F4", "filter as you type:" },
	{ " ", "Enter keeps it, Esc undoes it" },
	{ "space", "pause, go on" },
	{ "a", "closed flows too, or not" },
	{ "F6", "sort by; < > the next key, or by" },
	{ "L F", "last_seen, first_seen" },
	{ "P B", "packets, bytes" },
	{ "I J", "client_packets, server_packets" },
	{ "U D", "client_bytes, server_bytes" },
	{ "X", "retransmits" },
	{ "E V", "client_rtt, server_rtt" },
	{ "R K", "byte_rate, packet_rate" },
	{ "C S T", "client, server, state" },
	{ "O Z", "outcome, conn_state" },
	{ "H", "handshake" },
	{ "Y A", "syn_to_synack, synack_to_ack" },
	{ "r", "reverse the order" },
	{ "p", "processes of both ends, or not" },
	{ "F2", "columns of the table" },
	{ "m", "mouse off, to select text; on" },
	{ "Ctrl-L", "draw anew" },
	{ "q F10", "quit" },
	{ "", "" },
	{ "", "'synscope help FILTER': the filters" },
	{ "", "any key goes back" },
};

#define ENTRIES (int)(sizeof(help) / sizeof(help[0]))

static void add_entry(struct top_line *line, int entry)
{
	int keys = *help[entry].keys ? KEYS_COLUMNS : 0;

	line_add(line, COLOR_BOLD, "%-*s", keys, help[entry].keys);
	line_add_cut(line, COLOR_NONE, help[entry].what);
}

void top_help_print(const struct terminal *terminal, struct buffer *out)
{
	bool two = terminal->rows < ENTRIES && terminal->columns >= 2 * SIDE_COLUMNS;
	int lines = two ? (ENTRIES + 1) / 2 : ENTRIES;

	for (int i = 0; i < lines && i < terminal->rows; i++) {
		struct top_line line = line_begin(out, terminal->columns);

		add_entry(&line, i);
		if (two && i + lines < ENTRIES) {
			line_leave(&line, terminal->columns - SIDE_COLUMNS);
			add_entry(&line, i + lines);
		}
		line_end(&line);
	}
}
