// SPDX-License-Identifier: GPL-2.0-only
#include "replay/flows.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

#define RECORDS_AT_ONCE 128

struct retired_flow {
	struct flow_record record;
	enum retire_reason reason;
};

/* Where to find a flow that will be printed. */
struct entry {
	__u64 first_seen_ns;
	__u32 at; /* index of a retired flow, or slot */
	bool retired;
};

struct entries {
	struct entry *entry;
	size_t count, room;
};

/* Make room for one more. NULL without memory (logged). */
static void *grow(void *array, size_t count, size_t *room, size_t size)
{
	return array_grow(array, count, room, size, "the flows");
}

void replay_flows_keep(const struct flow_event *event, void *context)
{
	struct replay_flows *flows = context;
	struct retired_flow *retired;

	if (!(event->kinds & EVENT_RETIRED) || flows->failed)
		return;
	retired = grow(flows->retired, flows->count, &flows->room, sizeof(*retired));
	if (!retired) {
		flows->failed = true;
		return;
	}
	flows->retired = retired;
	retired[flows->count++] = (struct retired_flow){
		.record = { .hot = event->hot, .cold = event->cold, .slot = event->slot },
		.reason = event->reason,
	};
}

static int add_entry(struct entries *entries, struct entry entry)
{
	struct entry *more = grow(entries->entry, entries->count, &entries->room, sizeof(entry));

	if (!more)
		return -ENOMEM;
	entries->entry = more;
	more[entries->count++] = entry;
	return 0;
}

static int add_table(struct entries *entries, struct flow_reader *table)
{
	struct flow_record *records = array_new(RECORDS_AT_ONCE, sizeof(*records), "the flows");
	__u32 bucket = 0;
	size_t count;
	int err = 0;

	if (!records)
		return -ENOMEM;
	while (!err && (count = flow_reader_read(table, &bucket, records, RECORDS_AT_ONCE)))
		for (size_t i = 0; i < count && !err; i++)
			err = add_entry(entries,
					(struct entry){ flow_first_seen(&records[i].cold), records[i].slot, false });
	free(records);
	return err;
}

static int collect(struct entries *entries, const struct replay_flows *flows, struct flow_reader *table)
{
	int err = 0;

	for (size_t i = 0; i < flows->count && !err; i++)
		err = add_entry(entries, (struct entry){ flow_first_seen(&flows->retired[i].record.cold), i, true });
	return err ? err : add_table(entries, table);
}

/* By the time first seen; equal ones in the order in which they left the table. */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->first_seen_ns != y->first_seen_ns)
		return x->first_seen_ns < y->first_seen_ns ? -1 : 1;
	if (x->retired != y->retired)
		return x->retired ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static bool decode(const struct entry *entry, const struct replay_flows *flows, struct replay *replay,
		   struct flow_view *view)
{
	const __u64 *timeouts = replay_config(replay)->timeout_ns;
	__u64 now = replay_clock(replay);
	struct flow_record record;

	if (entry->retired) {
		const struct retired_flow *retired = &flows->retired[entry->at];

		flow_view_decode_retired(view, &retired->record, retired->reason, timeouts, now);
		return true;
	}
	if (!flow_reader_read_slot(replay_table(replay), entry->at, &record))
		return false;
	flow_view_decode(view, &record, timeouts, now);
	return true;
}

int replay_flows_print(const struct replay_flows *flows, struct replay *replay, const struct filter *filter,
		       struct flow_output *output, const struct flow_labels *labels, __u64 *printed)
{
	struct entries entries = { 0 };
	struct flow_view view;
	int err = flows->failed ? -ENOMEM : collect(&entries, flows, replay_table(replay));

	*printed = 0;
	if (!err && entries.count)
		qsort(entries.entry, entries.count, sizeof(*entries.entry), compare_entries);
	for (size_t i = 0; !err && i < entries.count && !buffer_failed(output->output.out); i++) {
		if (!decode(&entries.entry[i], flows, replay, &view) || !filter_match(filter, &view, labels))
			continue;
		flow_output_add(output, &view, labels);
		++*printed;
	}
	free(entries.entry);
	return err;
}

void replay_flows_free(struct replay_flows *flows)
{
	free(flows->retired);
}
