// SPDX-License-Identifier: GPL-2.0-only
#include "survivors.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "kernel/programs.h"
#include "trackers.h"
#include "synscope/segment.h"
#include "tools/bench/trackers.skel.h"

#define RECORDS 128 /* read at a time; they stay in the processor's cache */
#define BATCH 4096 /* a larger batch is not faster */

int visit_flows(const struct subject *subject, void (*visit)(const struct flow_record *record, void *context),
		void *context)
{
	struct flow_record *records = calloc(RECORDS, sizeof(*records));
	struct flow_reader reader;
	__u32 bucket = 0;
	size_t count;
	const struct flow_arrays arrays = {
		.hot_fd = programs_map_fd(subject->programs, "hot"),
		.cold_fd = programs_map_fd(subject->programs, "cold"),
		.tunnels_fd = programs_map_fd(subject->programs, "tunnels"),
		.round_trips_fd = -1,
	};
	int err = records ? flow_reader_open(&reader, &arrays, subject->buckets) : -ENOMEM;

	if (err)
		message_error("cannot read a flow table: %s", strerror(-err));
	while (!err && (count = flow_reader_read(&reader, &bucket, records, RECORDS)))
		for (size_t i = 0; i < count; i++)
			visit(&records[i], context);
	if (!err)
		flow_reader_close(&reader);
	free(records);
	return err;
}

static void count_record(const struct flow_record *record, void *context)
{
	*(__u64 *)context += !!(record->hot.dir[0].facts & record->hot.dir[1].facts & FACT_SYN);
}

static void count_tracked(const struct tracked_flow *flow, void *context)
{
	*(__u64 *)context += !!(flow->dir[0].flags & flow->dir[1].flags & SEGMENT_SYN);
}

int count_open(const struct subject *subject, __u64 *count)
{
	const struct trackers_bpf *trackers = subject->trackers;
	long result;

	*count = 0;
	if (subject->kind == SUBJECT_SYNSCOPE)
		return visit_flows(subject, count_record, count);
	result = read_batches(bpf_map__fd(subject->kind == SUBJECT_LRU ? trackers->maps.lru4 : trackers->maps.hash4),
			      count_tracked, count);
	return result < 0 ? (int)result : 0;
}

struct batch {
	struct tracked_key4 key[BATCH];
	struct tracked_flow value[BATCH];
};

long read_batches(int map, void (*visit)(const struct tracked_flow *flow, void *context), void *context)
{
	struct batch *batch = malloc(sizeof(*batch));
	__u32 position = 0, count, *from = NULL;
	long total = 0;
	int err = batch ? 0 : -ENOMEM;

	while (!err) {
		count = BATCH;
		err = bpf_map_lookup_batch(map, from, &position, batch->key, batch->value, &count, NULL);
		if (err && err != -ENOENT)
			break;
		for (__u32 i = 0; visit && i < count; i++)
			visit(&batch->value[i], context);
		total += count;
		from = &position;
	}
	free(batch);
	if (err != -ENOENT) /* the last batch ends with -ENOENT */
		message_error("cannot read a hash map: %s", strerror(-err));
	return err == -ENOENT ? total : err;
}
