/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A consistent view of the flow table while CPUs write it: records are copied out of the mmapped arrays, and a copy
 * that a writer crossed is made again. Costs no syscall per flow.
 */
#ifndef SYNSCOPE_FLOW_READER_H
#define SYNSCOPE_FLOW_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "synscope/flow.h"

struct flow_record {
	struct flow_hot hot;
	struct flow_cold cold;
	__u32 slot;
};

struct flow_reader {
	const struct flow_bucket *hot;
	const struct flow_cold *cold; /* by slot */
	__u32 buckets;
	__u32 next; /* the bucket a scan goes on with */
	bool mapped; /* close unmaps */
};

/* Map the arrays of an instance. The fds may be closed afterwards. Returns 0 or a negative errno, told by nobody. */
int flow_reader_open(struct flow_reader *reader, int hot_fd, int cold_fd, __u32 buckets);

/* Read arrays that are the caller's, and stay so. */
void flow_reader_init_memory(struct flow_reader *reader, const struct flow_bucket *hot, const struct flow_cold *cold,
			     __u32 buckets);

void flow_reader_close(struct flow_reader *reader);

static inline __u64 flow_reader_slots(const struct flow_reader *reader)
{
	return (__u64)reader->buckets * FLOW_SLOTS_PER_BUCKET;
}

/* Begin a scan at the first slot. */
void flow_reader_rewind(struct flow_reader *reader);

/*
 * Copy the next flows, at most `room` (a bucket or more) of them, and return how many; 0: the scan is over. Slots without a flow are
 * skipped, and so are those whose first segment is still being learnt. The ladder's steps are not copied: a listing
 * has no use for them, and is as fast as memory is.
 */
size_t flow_reader_read(struct flow_reader *reader, struct flow_record *records, size_t room);

/* Copy the flow in one slot, steps included. False: there is none, or it could not be had between the writes of many tries. */
bool flow_reader_read_slot(const struct flow_reader *reader, __u32 slot, struct flow_record *record);

#endif
