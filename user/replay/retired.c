// SPDX-License-Identifier: GPL-2.0-only
#include "replay/retired.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/temporary.h"
#include "replay/order.h"

#define IN_MEMORY 32768 /* flows, 13 MiB: as much as a run of the file has */

static int compare(const void *a, const void *b)
{
	const struct retired_flow *x = a, *y = b;
	int order = replay_order(&x->record.hot, &x->record.cold, &y->record.hot, &y->record.cold);

	return order ? order : (x->number > y->number) - (x->number < y->number);
}

static void sort(const struct retired_flows *flows)
{
	if (flows->count)
		qsort(flows->flow, flows->count, sizeof(*flows->flow), compare);
}

/* ---- the file */

static void open_file(struct retired_flows *flows)
{
	flows->file = temporary_open();
	flows->has_file = flows->file >= 0;
	flows->no_file = !flows->has_file;
}

/* Everything in memory becomes a run of the file. */
static int write_run(struct retired_flows *flows)
{
	size_t bytes = flows->count * sizeof(*flows->flow);
	struct retired_run *runs =
		array_grow(flows->runs, flows->run_count, &flows->run_room, sizeof(*runs), "the flows");
	int err;

	if (!runs)
		return -ENOMEM;
	flows->runs = runs;
	sort(flows);
	err = temporary_append(flows->file, flows->flow, bytes);
	runs[flows->run_count++] = (struct retired_run){ .at = flows->written, .left = flows->count };
	flows->written += bytes;
	flows->count = 0;
	return err;
}

int retired_add(struct retired_flows *flows, const struct flow_record *record, __u32 reason, __u64 time_ns)
{
	struct retired_flow *more;
	int err = 0;

	if (flows->count >= IN_MEMORY && !flows->has_file && !flows->no_file)
		open_file(flows);
	if (flows->count >= IN_MEMORY && flows->has_file)
		err = write_run(flows);
	if (err)
		return err;
	more = array_grow(flows->flow, flows->count, &flows->room, sizeof(*more), "the flows");
	if (!more)
		return -ENOMEM;
	flows->flow = more;
	more[flows->count++] = (struct retired_flow){
		.number = flows->number++, .record = *record, .reason = reason, .time_ns = time_ns
	};
	return 0;
}

/* ---- reading back: the runs are merged, with a piece of each in memory */

/* How many flows of each run are in memory. */
static size_t piece_size(const struct retired_flows *flows)
{
	return flows->room / flows->piece_count;
}

static int read_piece(const struct retired_flows *flows, struct retired_run *run)
{
	size_t room = piece_size(flows), count = run->left < room ? run->left : room;
	int err = temporary_read(flows->file, run->place, count * sizeof(*run->place), run->at);

	run->at += count * sizeof(*run->place);
	run->left -= count;
	run->next = run->place;
	run->end = run->place + count;
	return err;
}

static void sink_run(struct retired_flows *flows, size_t at)
{
	struct retired_run *runs = flows->runs;

	for (size_t child = 2 * at + 1; child < flows->run_count; child = 2 * at + 1) {
		struct retired_run run = runs[at];

		if (child + 1 < flows->run_count && compare(runs[child + 1].next, runs[child].next) < 0)
			child++;
		if (compare(run.next, runs[child].next) <= 0)
			return;
		runs[at] = runs[child];
		runs[child] = run;
		at = child;
	}
}

/* One flow of each run at least. */
static int make_pieces(struct retired_flows *flows)
{
	struct retired_flow *more;

	flows->piece_count = flows->run_count;
	if (flows->room >= flows->run_count)
		return 0;
	more = array_resize(flows->flow, flows->run_count, sizeof(*more), "the flows");
	if (!more)
		return -ENOMEM;
	flows->flow = more;
	flows->room = flows->run_count;
	return 0;
}

int retired_end(struct retired_flows *flows)
{
	int err = 0;

	if (!flows->has_file) {
		sort(flows);
		return 0;
	}
	if (flows->count)
		err = write_run(flows);
	if (!err)
		err = make_pieces(flows);
	for (size_t i = 0; !err && i < flows->run_count; i++) {
		flows->runs[i].place = flows->flow + i * piece_size(flows);
		err = read_piece(flows, &flows->runs[i]);
	}
	for (size_t i = flows->run_count / 2; !err && i--;)
		sink_run(flows, i);
	return err;
}

/* The first of the heap was used. */
static int advance(struct retired_flows *flows)
{
	struct retired_run *run = flows->runs;
	int err = 0;

	if (++run->next == run->end) {
		if (run->left)
			err = read_piece(flows, run);
		else
			*run = flows->runs[--flows->run_count];
	}
	if (!err)
		sink_run(flows, 0);
	return err;
}

const struct retired_flow *retired_next(struct retired_flows *flows, int *err)
{
	if (!flows->has_file)
		return flows->read < flows->count ? &flows->flow[flows->read++] : NULL;
	if (flows->reading && flows->run_count)
		*err = advance(flows);
	flows->reading = true;
	return *err || !flows->run_count ? NULL : flows->runs->next;
}

void retired_free(struct retired_flows *flows)
{
	if (flows->has_file)
		close(flows->file);
	free(flows->flow);
	free(flows->runs);
}

void retired_decode(struct flow_view *view, const struct flow_record *record, enum retire_reason reason,
		    __u64 retired_ns, const __u64 *timeout_ns, __u64 now_ns)
{
	bool unfinished = reason == RETIRE_REPLACED || reason == RETIRE_EVICTED;

	flow_view_decode_retired(view, record, reason, timeout_ns, unfinished ? retired_ns : now_ns);
	view->idle_ns = now_ns > view->last_seen_ns ? now_ns - view->last_seen_ns : 0;
}
