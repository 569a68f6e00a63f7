// SPDX-License-Identifier: GPL-2.0-only
#include "top/latency.h"

#include <stdio.h>
#include <string.h>

#include "flow/names.h"
#include "format/bars.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/unicode.h"

#define OCTAVES (HISTOGRAM_END_SHIFT - HISTOGRAM_LEAST_SHIFT)
#define BARS_MAX (2 * OCTAVES)
#define LABEL_COLUMNS 10
#define WINDOW_NS (60 * NS_PER_S)
#define SPACING_NS (WINDOW_NS / (TOP_LATENCY_SAMPLES - 2)) /* of samples */
#define VALUE_COLUMNS 8
#define GAP 3

static const struct {
	const char *name;
	unsigned int of_10000;
} percentiles[] = { { "p50", 5000 }, { "p90", 9000 }, { "p99", 9900 } };

#define PERCENTILES (sizeof(percentiles) / sizeof(percentiles[0]))

static void drop_oldest(struct top_latencies *latencies)
{
	latencies->samples--;
	memmove(&latencies->sample[0], &latencies->sample[1], latencies->samples * sizeof(latencies->sample[0]));
}

void top_latencies_take(struct top_latencies *latencies)
{
	const struct latency_sample *now = &latencies->now, *since = &latencies->sample[0];
	int last = latencies->samples - 1;

	while (latencies->samples > 1 && latencies->sample[1].ns + WINDOW_NS <= now->ns)
		drop_oldest(latencies);
	if (last < 0 || now->ns - latencies->sample[last].ns >= SPACING_NS) {
		if (latencies->samples == TOP_LATENCY_SAMPLES)
			drop_oldest(latencies);
		latencies->sample[latencies->samples++] = *now;
	}
	latencies->lately = now->sum;
	latencies_subtract(&latencies->lately, &since->sum);
}

/* How many bars fit: two for each octave, one, or one for two octaves; 0 if even those do not. */
static int bars_for(int columns)
{
	int bars = BARS_MAX;

	while (bars >= OCTAVES / 2 && bars > columns)
		bars /= 2;
	return bars >= OCTAVES / 2 ? bars : 0;
}

static void make_bars(__u64 *bar, int bars, const __u64 *count)
{
	memset(bar, 0, bars * sizeof(*bar));
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		unsigned int within = i ? i - 1 : 0;
		int at = (int)(within * bars / (OCTAVES * HISTOGRAM_SUBS));

		bar[at < bars ? at : bars - 1] += count[i];
	}
}

static void print_bars(struct top_line *line, int bars, bool utf8, const __u64 *count)
{
	char text[BARS_MAX * BAR_BYTES + 1];
	__u64 bar[BARS_MAX];

	make_bars(bar, bars, count);
	if (put_bars(text, bar, bars, utf8) > text)
		line_add(line, COLOR_CYAN, "%s", text);
}

/* Labels for the bars; 1µs, 1ms and 1s are close to powers of two. */
static void print_scale(struct top_line *line, int bars)
{
	const struct {
		int octave;
		const char *name;
	} marks[] = { { 1, "1µs" }, { 11, "1ms" }, { 21, "1s" } };
	int at = 0;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		int octave_at = marks[i].octave * bars / OCTAVES;

		line_add(line, COLOR_DIM, "%*s%s", octave_at - at, "", marks[i].name);
		at = octave_at + text_columns(marks[i].name, (int)strlen(marks[i].name));
	}
}

static void print_percentile(struct top_line *line, const __u64 *count, unsigned int of_10000)
{
	__s64 ns = histogram_percentile(count, of_10000);
	char text[SHORT_SIZE + 1] = "-";

	if (ns != LATENCY_UNKNOWN)
		*put_latency(text, ns) = '\0';
	line_add(line, COLOR_NONE, "%*s%s", VALUE_COLUMNS - text_columns(text, (int)strlen(text)), "", text);
}

static void print_latency(struct buffer *out, int columns, int bars, bool utf8, const char *name, const __u64 *count)
{
	struct top_line line = line_begin(out, columns);

	line_add(&line, COLOR_DIM, "%-*s", LABEL_COLUMNS, name);
	for (size_t i = 0; i < PERCENTILES; i++)
		print_percentile(&line, count, percentiles[i].of_10000);
	if (bars) {
		line_add(&line, COLOR_NONE, "%*s", GAP, "");
		print_bars(&line, bars, utf8, count);
	}
	line_end(&line);
}

void top_latencies_print(struct buffer *out, int columns, bool utf8, const struct top_latencies *latencies)
{
	int bars = bars_for(columns - LABEL_COLUMNS - (int)PERCENTILES * VALUE_COLUMNS - GAP);
	bool lately = histogram_total(latencies->lately.count[LATENCY_SYN_TO_SYNACK]);
	const struct port_latencies *shown = lately ? &latencies->lately : &latencies->now.sum;
	struct top_line line = line_begin(out, columns);
	char label[32] = "in all";

	if (lately)
		snprintf(label, sizeof(label), "last %llus", (latencies->now.ns - latencies->sample[0].ns) / NS_PER_S);
	line_add(&line, COLOR_DIM, "%-*s", LABEL_COLUMNS, label);
	for (size_t i = 0; i < PERCENTILES; i++)
		line_add(&line, COLOR_DIM, "%*s", VALUE_COLUMNS, percentiles[i].name);
	if (bars) {
		line_add(&line, COLOR_NONE, "%*s", GAP, "");
		print_scale(&line, bars);
	}
	line_end(&line);
	for (int i = 0; i < LATENCY_COUNT; i++)
		print_latency(out, columns, bars, utf8, latency_labels[i], shown->count[i]);
}
