// SPDX-License-Identifier: GPL-2.0-only
#include "serve/heat.h"

#include <stdlib.h>

#include "base/text.h"

static const enum flow_latency halves[HEAT_HALVES] = { LATENCY_SYN_TO_SYNACK, LATENCY_SYNACK_TO_ACK };

void heat_begin(struct heat *heat, const struct histogram_reader *histograms, __u64 wall_ns)
{
	*heat = (struct heat){ .ended = wall_ns / HEAT_COLUMN_NS };
	histogram_reader_add(histograms, &heat->before);
}

/* Keep what was counted since the last column. Without memory the column stays empty. */
static void keep(struct heat_column *column, const struct port_latencies *counted)
{
	struct heat_cell cells[HEAT_HALVES * HISTOGRAM_BUCKETS];
	__u32 count = 0;

	for (int half = 0; half < HEAT_HALVES; half++) {
		__u32 first = count;

		for (__u32 bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
			__u64 latencies = counted->count[halves[half]][bucket];

			if (latencies)
				cells[count++] = (struct heat_cell){ bucket, latencies < ~0U ? (__u32)latencies : ~0U };
		}
		column->cells[half] = count - first;
	}
	column->cell = count ? malloc(count * sizeof(*cells)) : NULL;
	if (column->cell)
		memcpy(column->cell, cells, count * sizeof(*cells));
	else
		memset(column->cells, 0, sizeof(column->cells));
}

void heat_tick(struct heat *heat, const struct histogram_reader *histograms, __u64 wall_ns)
{
	struct port_latencies now = { 0 }, counted;
	struct heat_column *column;

	if (wall_ns / HEAT_COLUMN_NS == heat->ended)
		return;
	heat->ended = wall_ns / HEAT_COLUMN_NS;
	histogram_reader_add(histograms, &now);
	counted = now;
	latencies_subtract(&counted, &heat->before);
	heat->before = now;
	column = &heat->column[heat->next++ % HEAT_COLUMNS];
	free(column->cell);
	*column = (struct heat_column){ .wall_ns = heat->ended * HEAT_COLUMN_NS };
	keep(column, &counted);
}

/* An object with the number of latencies by the least latency of their bucket. */
static void half_fields(struct sink *sink, const char *name, size_t length, const struct heat_cell *cell, __u32 cells)
{
	char least[U64_SIZE];

	sink->ops->open(sink, name, length);
	for (__u32 i = 0; i < cells; i++)
		sink->ops->number(sink, least, put_u64(least, histogram_least(cell[i].bucket)) - least, cell[i].count);
	sink->ops->close(sink);
}

static void column_fields(struct sink *sink, const struct heat_column *column)
{
	char time[TIME_SIZE];

	sink->ops->open(sink, "", 0);
	sink->ops->word(sink, NAME("time"), time, put_time(time, column->wall_ns) - time);
	half_fields(sink, NAME("syn_to_synack_ns"), column->cell, column->cells[0]);
	half_fields(sink, NAME("synack_to_ack_ns"), column->cells[1] ? column->cell + column->cells[0] : NULL,
		    column->cells[1]);
	sink->ops->close(sink);
}

void heat_fields(struct sink *sink, const struct heat *heat)
{
	__u64 first = heat->next > HEAT_COLUMNS ? heat->next - HEAT_COLUMNS : 0;

	sink->ops->open_list(sink, NAME("columns"));
	for (__u64 i = first; i < heat->next; i++)
		column_fields(sink, &heat->column[i % HEAT_COLUMNS]);
	sink->ops->close_list(sink);
}

void heat_free(struct heat *heat)
{
	for (__u32 i = 0; i < HEAT_COLUMNS; i++)
		free(heat->column[i].cell);
	*heat = (struct heat){ 0 };
}
