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

/* Who gets the flows. */
struct handing {
	struct replay_flows *flows;
	struct replay *replay;
	replay_flows_taker take;
	void *context;
};

void replay_flows_keep(const struct flow_event *event, void *context)
{
	const struct flow_record record = event_record(event);
	struct replay_flows *flows = context;

	if ((event->kinds & EVENT_RETIRED) && !flows->err)
		flows->err = retired_add(&flows->retired, &record, event->reason, event->time_ns);
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

static int hand_over(const struct handing *to, const struct flow_record *record, enum retire_reason reason,
		     __u64 retired_ns)
{
	struct flow_view view;

	retired_decode(&view, record, reason, retired_ns, replay_config(to->replay)->timeout_ns,
		       replay_clock(to->replay));
	return to->take(to->context, record, reason, retired_ns, &view);
}

/* Both are sorted: the next one is the first of either. */
static int hand_over_all(const struct handing *to, const struct slots *slots)
{
	struct flow_record record;
	const struct retired_flow *retired;
	size_t at = 0;
	int err = 0;

	retired = retired_next(&to->flows->retired, &err);
	while (!err && (retired || at < slots->count)) {
		bool in_table = at < slots->count;

		if (in_table && !flow_reader_read_slot(slots->table, slots->slot[at].slot, &record)) {
			at++;
		} else if (in_table && is_first(&record, retired)) {
			err = hand_over(to, &record, RETIRE_NOT, 0);
			at++;
		} else {
			err = hand_over(to, &retired->record, retired->reason, retired->time_ns);
			if (!err)
				retired = retired_next(&to->flows->retired, &err);
		}
	}
	return err;
}

int replay_flows_each(struct replay_flows *flows, struct replay *replay, replay_flows_taker take, void *context)
{
	const struct handing to = { flows, replay, take, context };
	struct slots slots = { .table = replay_table(replay) };
	int err = flows->err;

	if (!err)
		err = retired_end(&flows->retired);
	if (!err)
		err = collect(&slots);
	if (!err && slots.count)
		qsort_r(slots.slot, slots.count, sizeof(*slots.slot), compare_slots, replay_table(replay));
	if (!err)
		err = hand_over_all(&to, &slots);
	free(slots.slot);
	return err;
}

/* What is being printed. */
struct printing {
	const struct filter *filter;
	struct flow_output *output;
	const struct flow_labels *labels;
	const struct captures *captures;
	__u64 printed;
};

static int print(void *context, const struct flow_record *record, enum retire_reason reason, __u64 retired_ns,
		 const struct flow_view *view)
{
	struct printing *to = context;
	struct flow_labels labels = *to->labels;

	(void)record;
	(void)reason;
	(void)retired_ns;
	captures_label(to->captures, view, &labels);
	if (!filter_match(to->filter, view, &labels))
		return 0;
	flow_output_add(to->output, view, &labels);
	to->printed++;
	return buffer_failed(to->output->output.out) ? -EPIPE : 0;
}

int replay_flows_print(struct replay_flows *flows, struct replay *replay, const struct filter *filter,
		       struct flow_output *output, const struct flow_labels *labels, const struct captures *captures,
		       __u64 *printed)
{
	struct printing to = { filter, output, labels, captures, 0 };
	int err = replay_flows_each(flows, replay, print, &to);

	*printed = to.printed;
	return err == -EPIPE && buffer_failed(output->output.out) ? 0 : err; /* buffer_finish() tells */
}

void replay_flows_free(struct replay_flows *flows)
{
	retired_free(&flows->retired);
}
