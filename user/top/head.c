// SPDX-License-Identifier: GPL-2.0-only
#include "top/head.h"

#include <stdio.h>
#include <time.h>

#include "flow/names.h"
#include "format/flow_table.h"
#include "base/foreign.h"
#include "base/unicode.h"

#define NAMES_BYTES 256
#define CLOCK_BYTES 16
#define HELP_COLUMNS 9
#define MISTAKE_COLUMNS 16 /* of "   column 511: " */
/* Rows that a screen must have before a part of the head takes some of them. */
#define ROWS_FOR_TITLE 4
#define ROWS_FOR_RATES 9
#define ROWS_FOR_STATES 14
#define ROWS_FOR_LATENCIES 20
#define ROWS_FOR_LADDER 16 /* more than that while a ladder is shown */

/* ---- the title */

/* " (detached)", " (gone)" if all interfaces of the instance were deleted, " (eth1 gone)" if some were, or "". */
static int put_state(char *text, size_t size, const struct flow_source *source, bool detached)
{
	int deleted = flow_source_count_deleted(source), length = 0;

	if (detached)
		return snprintf(text, size, " (detached)");
	if (flow_source_deleted(source))
		return snprintf(text, size, " (gone)");
	for (__u32 i = 0; deleted && i < source->instance->meta.interfaces && length < (int)size; i++)
		if (source->interface[i].deleted)
			length += snprintf(text + length, size - length, "%s%s", length ? ", " : " (",
					   source->interface[i].ifname);
	if (length && length < (int)size)
		length += snprintf(text + length, size - length, " gone)");
	return length;
}

/* "1000 instances (2 gone)" */
static void put_how_many(char *text, const struct top_view *view)
{
	const struct flow_sources *sources = view->data.sources;
	int deleted = 0, used = snprintf(text, NAMES_BYTES, "%d instances", sources->count);

	for (int i = 0; i < sources->count; i++)
		deleted += view->data.source[i].detached || flow_source_count_deleted(&sources->source[i]);
	if (deleted)
		snprintf(text + used, NAMES_BYTES - used, " (%d gone)", deleted);
}

/* "eth0, eth1 (gone)", or the number of instances if their names would take more than half of the line. */
static void put_names(char *text, const struct top_view *view, int columns)
{
	const struct flow_sources *sources = view->data.sources;
	size_t used = 0;

	*text = '\0';
	for (int i = 0; i < sources->count && used < NAMES_BYTES; i++) {
		const struct flow_source *source = &sources->source[i];

		used += snprintf(text + used, NAMES_BYTES - used, "%s%s", i ? ", " : "", source->instance->meta.name);
		if (used < NAMES_BYTES)
			used += put_state(text + used, NAMES_BYTES - used, source, view->data.source[i].detached);
	}
	if (sources->count > 1 && text_columns(text, (int)strlen(text)) > columns / 2)
		put_how_many(text, view);
}

static int put_clock(char *text)
{
	time_t now = time(NULL);
	struct tm local = { 0 };

	localtime_r(&now, &local);
	return (int)strftime(text, CLOCK_BYTES, "%H:%M:%S", &local);
}

/* The right end of the title: the sort key, and the time of day or PAUSED. */
static void put_right(char *text, size_t size, const struct top_view *view)
{
	char clock[CLOCK_BYTES];

	put_clock(clock);
	snprintf(text, size, "by %s%s  %s", sort_names[view->sort], view->reverse ? " reversed" : "",
		 view->paused ? "PAUSED" : clock);
}

static void print_title(const struct top_view *view, const struct terminal *terminal, struct buffer *out)
{
	struct top_line line = line_begin(out, terminal->columns);
	char names[NAMES_BYTES], right[64];
	int right_columns;

	put_names(names, view, terminal->columns);
	put_right(right, sizeof(right), view);
	right_columns = (int)strlen(right);
	if (line.left < right_columns + 24)
		right_columns = 0;
	line.left -= right_columns ? right_columns + 2 : 0;
	line_add_cut(&line, COLOR_BOLD, names);
	line_add(&line, COLOR_NONE, "  %llu flow%s", view->data.flows, view->data.flows == 1 ? "" : "s");
	if (view->data.closed)
		line_add(&line, COLOR_DIM, "  %llu closed", view->data.closed);
	line.left += right_columns ? right_columns + 2 : 0;
	line_leave(&line, right_columns ? right_columns : 6);
	if (right_columns)
		line_add(&line, view->paused ? COLOR_YELLOW : COLOR_DIM, "%s", right);
	else if (view->paused)
		line_add(&line, COLOR_YELLOW, "PAUSED");
	line_end(&line);
}

/* ---- rates and states */

/* 3.2 or 1.05K per second; the unit of `rate` is 1 per 1000 s. */
static void put_rate(char *text, __u64 rate)
{
	if (rate < 100000)
		snprintf(text, SHORT_SIZE, "%llu.%llu", rate / 1000, rate % 1000 / 100);
	else
		*put_short(text, rate / 1000, 1000) = '\0';
}

static void print_rates(const struct top_view *view, const struct terminal *terminal, struct buffer *out)
{
	static const char *const names[RATE_COUNT] = {
		[RATE_NEW] = "new",	    [RATE_SYN] = "SYN",
		[RATE_SYNACK] = "SYN/ACK",  [RATE_ANOMALIES] = "anomalies",
		[RATE_EVICTED] = "evicted", [RATE_REFUSED] = "refused",
	};
	struct top_line line = line_begin(out, terminal->columns);

	for (int i = 0; i < RATE_COUNT; i++) {
		char text[SHORT_SIZE + 1] = "-";
		bool usual = i <= RATE_SYNACK;

		if (!usual && !view->data.rate[i])
			continue;
		if (view->data.rates_known)
			put_rate(text, view->data.rate[i]);
		if (line.left < (int)(strlen(names[i]) + strlen(text)) + 6)
			break;
		line_add(&line, usual ? COLOR_DIM : COLOR_RED, "%s ", names[i]);
		line_add(&line, COLOR_NONE, "%s/s   ", text);
	}
	line_end(&line);
}

/* The most interesting first, as a narrow screen has no room for all. */
static const enum tcp_state states[] = {
	STATE_ESTABLISHED, STATE_SYN_SENT, STATE_SYN_RECEIVED, STATE_CLOSE_WAIT, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2,
	STATE_CLOSING,	   STATE_LAST_ACK, STATE_TIME_WAIT,    STATE_LISTEN,	 STATE_CLOSED,
};

_Static_assert(sizeof(states) / sizeof(states[0]) == STATE_COUNT, "all states");

static void print_states(const struct top_view *view, const struct terminal *terminal, struct buffer *out,
			 enum flow_side side)
{
	struct top_line line = line_begin(out, terminal->columns);

	line_add(&line, COLOR_DIM, "%s", side_names[side]);
	for (size_t i = 0; i < STATE_COUNT; i++) {
		__u64 count = view->data.states[side][states[i]];
		const char *name = state_name(states[i]);
		char text[SHORT_SIZE + 1];

		if (!count)
			continue;
		*put_short(text, count, 1000) = '\0';
		if (line.left < (int)(strlen(name) + strlen(text)) + 3)
			break;
		line_add(&line, state_color(states[i]), "  %s", name);
		line_add(&line, COLOR_NONE, " %s", text);
	}
	line_end(&line);
}

int top_head_print(const struct top_view *view, const struct terminal *terminal, struct buffer *out)
{
	int rows = terminal->rows - (view->ladder ? ROWS_FOR_LADDER : 0);
	int lines = 0;

	if (terminal->rows >= ROWS_FOR_TITLE || terminal->rows == 1) {
		print_title(view, terminal, out);
		lines++;
	}
	if (terminal->rows >= ROWS_FOR_RATES) {
		print_rates(view, terminal, out);
		lines++;
	}
	if (rows >= ROWS_FOR_STATES) {
		print_states(view, terminal, out, SIDE_CLIENT);
		print_states(view, terminal, out, SIDE_SERVER);
		lines += 2;
	}
	if (rows >= ROWS_FOR_LATENCIES) {
		top_latencies_print(out, terminal->columns, terminal->utf8, &view->data.latencies);
		buffer_char(out, '\n');
		lines += TOP_LATENCY_LINES + 1;
	}
	return lines;
}

/* ---- the line below */

/* The end of the filter's text, as much of it as has room: that is where it is edited. */
static void add_filter_end(struct top_line *line, const char *text, int room)
{
	const char *start = text;
	bool ascii = !line->out->utf8;

	while (*start && foreign_text(start, strlen(start), ascii).columns > room - (start != text))
		do
			start++;
		while ((*start & 0xc0) == 0x80);
	if (start != text)
		line_add(line, COLOR_DIM, "<");
	line_add_cut(line, COLOR_NONE, start);
}

/* The columns that the message about a mistake may take of the line: it is cut, but at least its column is shown. */
static int mistake_columns(const struct top_view *view, int columns)
{
	int wanted = MISTAKE_COLUMNS + (int)strlen(view->wrong.text);

	return !view->wrong.column ? 1 : wanted < columns / 2 ? wanted : columns / 2;
}

static void print_prompt(const struct top_view *view, struct top_line *line, int *cursor)
{
	int columns = line->left;

	line_add(line, COLOR_BOLD, "filter: ");
	add_filter_end(line, view->filter_text, line->left - mistake_columns(view, line->left));
	*cursor = columns - line->left < columns ? columns - line->left : columns - 1;
	if (!view->wrong.column) {
		line_add(line, COLOR_DIM, "   %llu of %llu", view->data.matched,
			 view->data.flows + (view->all ? view->data.closed : 0));
		return;
	}
	if (!line_add(line, COLOR_YELLOW, "   column %u: ", view->wrong.column))
		line_add(line, COLOR_YELLOW, " %u?", view->wrong.column);
	else
		line_add_cut(line, COLOR_DIM, view->wrong.text);
}

static void print_hints(const struct top_view *view, struct top_line *line)
{
	static const struct {
		const char *key, *what;
	} hints[] = {
		{ "q", "quit" },       { "?", "help" },	     { "/", "filter" }, { "< >", "sort" },
		{ "Enter", "ladder" }, { "space", "pause" }, { "a", "closed" }, { "r", "reverse" },
	};

	if (view->filter.steps) {
		line_add(line, COLOR_BOLD, "filter: ");
		line_add(line, COLOR_NONE, "%s", view->filter_text);
		line_add(line, COLOR_DIM, "   %llu of %llu   ", view->data.matched,
			 view->data.flows + (view->all ? view->data.closed : 0));
	}
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (line->left < (int)(strlen(hints[i].key) + strlen(hints[i].what)) + 1)
			continue;
		line_add(line, COLOR_BOLD, "%s", hints[i].key);
		line_add(line, COLOR_DIM, " %s", hints[i].what);
		line_add(line, COLOR_NONE, "   ");
	}
}

void top_bar_print(const struct top_view *view, const struct terminal *terminal, struct buffer *out, int *cursor)
{
	struct top_line line = line_begin(out, terminal->columns);

	if (view->prompting)
		print_prompt(view, &line, cursor);
	else
		print_hints(view, &line);
	line_end(&line);
}

/* ---- help */

static const struct {
	const char *keys, *what;
} help[] = {
	{ "up down", "select; also PgUp PgDn Home End" },
	{ "Enter", "ladder of the selected flow" },
	{ "Esc", "close it; select none" },
	{ "/", "filter as you type:" },
	{ " ", "Enter keeps it, Esc undoes it" },
	{ "space", "pause, go on" },
	{ "a", "closed flows too, or not" },
	{ "< >", "sort by the next key, or by" },
	{ "L F", "last_seen, first_seen" },
	{ "P B", "packets, bytes" },
	{ "C S", "client, server" },
	{ "T", "state" },
	{ "H", "handshake" },
	{ "Y A", "syn_to_synack, synack_to_ack" },
	{ "E R", "client_rtt, server_rtt" },
	{ "r", "reverse the order" },
	{ "Ctrl-L", "draw anew" },
	{ "F1..F10", "as in htop, where there is one" },
	{ "q", "quit" },
	{ "", "" },
	{ "", "'synscope help FILTER': the filters" },
	{ "", "any key goes back" },
};

void top_help_print(const struct terminal *terminal, struct buffer *out)
{
	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]) && (int)i < terminal->rows; i++) {
		struct top_line line = line_begin(out, terminal->columns);
		int keys = *help[i].keys ? HELP_COLUMNS : 0;

		line_add(&line, COLOR_BOLD, "%-*s", keys, help[i].keys);
		line_add_cut(&line, COLOR_NONE, help[i].what);
		line_end(&line);
	}
}
