// SPDX-License-Identifier: GPL-2.0-only
#include "top/head.h"

#include <stdio.h>
#include <time.h>

#include "flow/names.h"
#include "format/bars.h"
#include "format/flow_columns.h"
#include "base/foreign.h"
#include "base/unicode.h"

#define NAMES_BYTES 256
#define CLOCK_BYTES 16
#define PAST_COLUMNS 8 /* without as many, the rates of the past are left out */
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
	snprintf(text, size, "by %s%s  %s", sort_rated_names[view->sort], view->reverse ? " reversed" : "",
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

/* "new 3.2/s   ", or "new -/s   " if it is not known. False: there was no room for it. */
static bool add_rate(struct top_line *line, bool usual, const char *name, bool known, double per_s, unsigned int base)
{
	char text[SHORT_SIZE + 1] = "-";

	if (known)
		*put_rate(text, per_s, base) = '\0';
	if (line->left < (int)(strlen(name) + strlen(text)) + 6)
		return false;
	line_add(line, usual ? COLOR_DIM : COLOR_RED, "%s ", name);
	line_add(line, COLOR_NONE, "%s/s   ", text);
	return true;
}

/* The last rates of all bytes, as many as there is room for. */
static void add_past(struct top_line *line, const struct top_traffic *traffic)
{
	char text[TOP_TRAFFIC_PAST * BAR_BYTES + 1];
	int count = traffic->pasts < line->left ? traffic->pasts : line->left;

	if (line->left < PAST_COLUMNS)
		return;
	*put_bars(text, traffic->past + traffic->pasts - count, count, line->out->utf8) = '\0';
	line_add(line, COLOR_CYAN, "%s", text);
}

static void print_rates(const struct top_view *view, const struct terminal *terminal, struct buffer *out)
{
	static const char *const names[RATE_COUNT] = {
		[RATE_NEW] = "new",	    [RATE_SYN] = "SYN",
		[RATE_SYNACK] = "SYN/ACK",  [RATE_ANOMALIES] = "anomalies",
		[RATE_EVICTED] = "evicted", [RATE_REFUSED] = "refused",
	};
	struct top_line line = line_begin(out, terminal->columns);
	const struct top_data *data = &view->data;
	bool room = true;

	for (int i = 0; i < RATE_COUNT && room; i++)
		if (i <= RATE_SYNACK || data->rate[i])
			room = add_rate(&line, i <= RATE_SYNACK, names[i], data->rates_known,
					(double)data->rate[i] / 1000, 1000);
	room = room && add_rate(&line, true, "packets", data->traffic.known, data->traffic.packets, 1000) &&
	       add_rate(&line, true, "bytes", data->traffic.known, data->traffic.bytes, 1024);
	if (room)
		add_past(&line, &data->traffic);
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
