// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "stats/histogram_print.h"
#include "flow/names.h"
#include "format/bars.h"
#include "base/terminal.h"
#include "base/unicode.h"
#include "base/buffer.h"
#include "format/table.h"

#define POWER_BELOW (HISTOGRAM_LEAST_SHIFT - 1) /* power of the first bucket, for everything shorter */
#define POWERS (HISTOGRAM_END_SHIFT - POWER_BELOW + 1)
#define ROWS_MAX 16
#define WIDTH_DEFAULT 80
#define RANGE_COLUMNS 13 /* "16.7ms-33.5ms" */
#define COUNT_COLUMNS 5
#define GAP 2
#define BAR_MIN 8 /* if bars are narrower, the histograms go below each other */
#define BAR_MAX 40

/* The power of two that a bucket belongs to. */
static int power_of(__u32 bucket)
{
	if (!bucket)
		return POWER_BELOW;
	return HISTOGRAM_LEAST_SHIFT + (int)((bucket - 1) / HISTOGRAM_SUBS);
}

struct histogram_set histograms_of_latencies(const struct port_latencies *latencies)
{
	return (struct histogram_set){ latencies->count, latency_headings, LATENCY_COUNT };
}

struct histogram_set histograms_of_round_trips(const struct port_round_trips *round_trips)
{
	return (struct histogram_set){ round_trips->count, rtt_headings, ROUND_TRIP_ENDS };
}

struct histogram_rows histogram_rows(const struct histogram_set *set, int max)
{
	struct histogram_rows rows = { .first = POWER_BELOW + POWERS, .last = POWER_BELOW, .powers = 1 };

	for (int which = 0; which < set->histograms; which++) {
		for (__u32 i = 0; i < HISTOGRAM_BUCKETS; i++) {
			if (!set->count[which][i])
				continue;
			if (power_of(i) < rows.first)
				rows.first = power_of(i);
			if (power_of(i) > rows.last)
				rows.last = power_of(i);
		}
	}
	while (rows.last - rows.first >= max * rows.powers)
		rows.powers++;
	return rows;
}

static int row_count(struct histogram_rows rows)
{
	return rows.first > rows.last ? 0 : (rows.last - rows.first) / rows.powers + 1;
}

/* Count the latencies in each row, and the maximum of all rows. */
static __u64 fill_rows(__u64 filled[POWERS], const __u64 count[HISTOGRAM_BUCKETS], struct histogram_rows rows)
{
	__u64 most = 0;

	memset(filled, 0, POWERS * sizeof(*filled));
	for (__u32 i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (count[i])
			filled[(power_of(i) - rows.first) / rows.powers] += count[i];
	for (int i = 0; i < POWERS; i++)
		most = filled[i] > most ? filled[i] : most;
	return most;
}

static __u64 power_ns(int power)
{
	return power > POWER_BELOW ? 1ULL << power : 0;
}

/* "16.7ms-33.5ms", "<512ns", ">2m17s" */
static char *put_range(char *p, int from, int to)
{
	if (to > HISTOGRAM_END_SHIFT) {
		*p++ = '>';
		return put_latency(p, power_ns(from));
	}
	if (from == POWER_BELOW) {
		*p++ = '<';
		return put_latency(p, power_ns(to));
	}
	p = put_latency(p, power_ns(from));
	*p++ = '-';
	return put_latency(p, power_ns(to));
}

char *put_histogram_range(char *p, struct histogram_rows rows)
{
	return rows.first > rows.last ? p : put_range(p, rows.first, rows.last + 1);
}

static char *put_text(char *p, const char *text)
{
	size_t length = strlen(text);

	memcpy(p, text, length);
	return p + length;
}

char *put_histogram_line(char *p, const __u64 count[HISTOGRAM_BUCKETS], struct histogram_rows rows, bool utf8)
{
	__u64 filled[POWERS];

	fill_rows(filled, count, rows);
	return put_bars(p, filled, row_count(rows), utf8);
}

/* Print a bar, in eighths of a column if the terminal can show that. A value that is not 0 is always visible. */
static void print_bar(struct buffer *out, const struct terminal *terminal, __u64 filled, __u64 most, int columns)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	char text[BAR_MAX * 3 + 1], *p = text;
	int length = most ? (int)((double)filled * columns * 8 / (double)most + 0.5) : 0;

	if (filled && length < (terminal->utf8 ? 1 : 8))
		length = terminal->utf8 ? 1 : 8;
	for (int i = 0; i < length / 8; i++)
		p = put_text(p, terminal->utf8 ? "█" : "#");
	if (terminal->utf8)
		p = put_text(p, eighths[length % 8]);
	buffer_colored(out, terminal->color && p > text, COLOR_CYAN, text, (int)(p - text));
	buffer_spaces(out, columns - text_columns(text, (int)(p - text)));
}

/* Print the histograms from `first` to before `end` side by side. */
struct grid {
	const struct histogram_set *set;
	struct histogram_rows rows;
	int first, end;
	int bar; /* columns */
	__u64 filled[HISTOGRAM_SET_MAX][POWERS], most[HISTOGRAM_SET_MAX];
};

static void print_headings(struct buffer *out, const struct terminal *terminal, const struct grid *grid)
{
	buffer_spaces(out, RANGE_COLUMNS);
	for (int which = grid->first; which < grid->end; which++) {
		int length = (int)strlen(grid->set->heading[which]);

		buffer_spaces(out, GAP);
		buffer_colored(out, terminal->color, COLOR_BOLD, grid->set->heading[which], length);
		if (which + 1 < grid->end)
			buffer_spaces(out, grid->bar + 1 + COUNT_COLUMNS - length);
	}
	buffer_char(out, '\n');
}

static void print_row(struct buffer *out, const struct terminal *terminal, const struct grid *grid, int row)
{
	int from = grid->rows.first + row * grid->rows.powers, blank = 0;
	char text[2 * SHORT_SIZE];
	int bytes = (int)(put_range(text, from, from + grid->rows.powers) - text);

	buffer_spaces(out, RANGE_COLUMNS - text_columns(text, bytes));
	buffer_foreign(out, text, bytes, FOREIGN_TEXT);
	for (int which = grid->first; which < grid->end; which++) {
		__u64 filled = grid->filled[which][row];

		blank += GAP;
		if (!filled) {
			blank += grid->bar + 1 + COUNT_COLUMNS;
			continue;
		}
		buffer_spaces(out, blank);
		print_bar(out, terminal, filled, grid->most[which], grid->bar);
		bytes = (int)(put_short(text, filled, 1000) - text);
		buffer_spaces(out, 1 + COUNT_COLUMNS - bytes);
		buffer_bytes(out, text, bytes);
		blank = 0;
	}
	buffer_char(out, '\n');
}

static void print_grid(struct buffer *out, const struct terminal *terminal, struct grid grid)
{
	for (int which = grid.first; which < grid.end; which++)
		grid.most[which] = fill_rows(grid.filled[which], grid.set->count[which], grid.rows);
	print_headings(out, terminal, &grid);
	for (int row = 0; row < row_count(grid.rows); row++)
		print_row(out, terminal, &grid, row);
}

static int bar_columns(int width, int histograms)
{
	int bar = (width - RANGE_COLUMNS) / histograms - GAP - 1 - COUNT_COLUMNS;

	return bar < BAR_MAX ? bar : BAR_MAX;
}

void histograms_print(struct buffer *out, const struct terminal *terminal, const struct histogram_set *set)
{
	struct grid grid = { .set = set, .rows = histogram_rows(set, ROWS_MAX), .end = set->histograms };
	int width = terminal->columns ? terminal->columns : WIDTH_DEFAULT;

	if (!row_count(grid.rows))
		return;
	grid.bar = bar_columns(width, set->histograms);
	if (grid.bar >= BAR_MIN) {
		print_grid(out, terminal, grid);
		return;
	}
	grid.bar = bar_columns(width, 1);
	grid.bar = grid.bar > 0 ? grid.bar : 1;
	for (grid.first = 0; grid.first < set->histograms; grid.first++) {
		grid.end = grid.first + 1;
		print_grid(out, terminal, grid);
	}
}
