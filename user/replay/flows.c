// SPDX-License-Identifier: GPL-2.0-only
#include "replay/flows.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "replay/order.h"

#define RECORDS_AT_ONCE 128

/* The slots of the table that have a flow, in the order in which they are printed. */
struct slots {
	struct slot {
		__u64 first_seen_ns;
		__u32 slot;
	} * slot;
	size_t count, room;
	const struct flow_reader *table;
};

/* What is being printed. */
struct printing {
	struct replay_flows *flows;
	struct replay *replay;
	const struct filter *filter;
	struct flow_output *output;
	const struct flow_labels *labels;
	__u64 *printed;
};

void replay_flows_keep(const struct flow_event *event, void *context)
{
	const struct flow_record record = { .hot = event->hot, .cold = event->cold, .slot = event->slot };
	struct replay_flows *flows = context;

	if ((event->kinds & EVENT_RETIRED) && !flows->err)
		flows->err = retired_add(&flows->retired, &record, event->reason);
}

static int add_slot(struct slots *slots, const struct flow_record *record)
{
	struct slot *more = array_grow(slots->slot, slots->count, &slots->room, sizeof(*more), "the flows");

	if (!more)
		return -ENOMEM;
	slots->slot = more;
	more[slots->count++] = (struct slot){ flow_first_seen(&record->cold), record->slot };
	return 0;
}

static int collect(struct slots *slots)
{
	struct flow_record *records = array_new(RECORDS_AT_ONCE, sizeof(*records), "the flows");
	__u32 bucket = 0;
	size_t count;
	int err = 0;

	if (!records)
		return -ENOMEM;
	while (!err && (count = flow_reader_read(slots->table, &bucket, records, RECORDS_AT_ONCE)))
		for (size_t i = 0; i < count && !err; i++)
			err = add_slot(slots, &records[i]);
	free(records);
	return err;
}

/* As replay_order(), for which the records are read only where the times do not decide. */
static int compare_slots(const void *a, const void *b, void *context)
{
	const struct flow_reader *table = context;
	const struct slot *x = a, *y = b;
	struct flow_record first, second;

	if (x->first_seen_ns != y->first_seen_ns)
		return x->first_seen_ns < y->first_seen_ns ? -1 : 1;
	if (!flow_reader_read_slot(table, x->slot, &first) || !flow_reader_read_slot(table, y->slot, &second))
		return 0;
	return replay_order(&first.hot, &first.cold, &second.hot, &second.cold);
}

/* Is the record of the table printed before the retired one? */
static bool is_first(const struct flow_record *record, const struct retired_flow *retired)
{
	return !retired || replay_order(&record->hot, &record->cold, &retired->record.hot, &retired->record.cold) < 0;
}

static void print(const struct printing *to, const struct flow_record *record, enum retire_reason reason)
{
	struct flow_view view;

	flow_view_decode_retired(&view, record, reason, replay_config(to->replay)->timeout_ns,
				 replay_clock(to->replay));
	if (!filter_match(to->filter, &view, to->labels))
		return;
	flow_output_add(to->output, &view, to->labels);
	++*to->printed;
}

/* Both are sorted: the next one is the first of either. */
static int print_merged(const struct printing *to, const struct slots *slots)
{
	struct flow_record record;
	const struct retired_flow *retired;
	size_t at = 0;
	int err = 0;

	retired = retired_next(&to->flows->retired, &err);
	while (!err && (retired || at < slots->count) && !buffer_failed(to->output->output.out)) {
		bool in_table = at < slots->count;

		if (in_table && !flow_reader_read_slot(slots->table, slots->slot[at].slot, &record)) {
			at++;
		} else if (in_table && is_first(&record, retired)) {
			print(to, &record, RETIRE_NOT);
			at++;
		} else {
			print(to, &retired->record, retired->reason);
			retired = retired_next(&to->flows->retired, &err);
		}
	}
	return err;
}

int replay_flows_print(struct replay_flows *flows, struct replay *replay, const struct filter *filter,
		       struct flow_output *output, const struct flow_labels *labels, __u64 *printed)
{
	const struct printing to = { flows, replay, filter, output, labels, printed };
	struct slots slots = { .table = replay_table(replay) };
	int err = flows->err;

	*printed = 0;
	if (!err)
		err = retired_end(&flows->retired);
	if (!err)
		err = collect(&slots);
	if (!err && slots.count)
		qsort_r(slots.slot, slots.count, sizeof(*slots.slot), compare_slots, replay_table(replay));
	if (!err)
		err = print_merged(&to, &slots);
	free(slots.slot);
	return err;
}

void replay_flows_free(struct replay_flows *flows)
{
	retired_free(&flows->retired);
}
