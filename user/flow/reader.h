/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A consistent view of the flow table while CPUs write it: records are copied out of the mmapped arrays, and a copy
 * that a writer crossed is made again. Costs no syscall per flow.
 *
 * The version of a record is its packet counts, the facts words of both directions, and its tag. The reader loads
 * packets, facts and tag, copies the rest, and loads tag, facts and packets again, each in this order. The copy is good
 * if no direction was being written at first, and the version is the same at the end. Writers (bpf/table/flow_table.h,
 * bpf/track.h) see to it that whatever else changes lies between two changes of the version:
 *
 * - A slot that is given to another flow, or begins a new incarnation, has TAG_BUSY, then FACT_WRITING and a new
 *   generation in both facts words, before anything is written; the tag is put back last. A tag may come back, the
 *   generation does not: so the tag is loaded between the facts.
 * - A segment that changes facts or cold sets FACT_WRITING in its direction first, counts itself in packets meanwhile,
 *   and puts back a word without FACT_WRITING last. The word may be what it was, the count is not: so the facts are
 *   loaded between the counts.
 *
 * All of these changes but the count are atomic operations that return a value, hence full barriers. So where the copy
 * has anything that was written after one, the loads that follow the copy, behind an acquire fence, see that change;
 * and where the first loads, which are acquire loads, see the end of a change, the copy has all of it. This holds on
 * x86-64 and arm64.
 *
 * What "torn" means, field by field:
 * - tag, id, port, facts, and all of cold: of one version, never of two.
 * - next_seq, max_ack, packets, bytes, last_seen of an established flow: an ordinary segment (bpf/fast.h) moves them on
 *   with plain stores and no claim. Each value is one that stood there during the copy; they may be apart by the
 *   segment that either direction is counting at that moment. A late store of numbers to a slot that was given away is
 *   not believed (facts_are_young()), or shown until it is undone (store_checked() there).
 * - round_trips: the figures change while FACT_WRITING is set in the direction of the ACK, and `samples` with each
 *   round trip; as no segment need have been counted in between, `samples` is part of the version, too. What is being
 *   timed is not for readers.
 * - cold.flags, cold.announced, cold.history, cold.anomalies: a CPU may add to them for the other direction, or for an
 *   ICMP error. Each word is one that stood there during the copy.
 * - Not seen is a change of exactly 128 incarnations, the period of the generation, or 2^32 packets between the loads,
 *   that leaves the rest of the version as it was: for that the reader must have been stopped in the middle of this
 *   very record.
 */
#ifndef SYNSCOPE_FLOW_READER_H
#define SYNSCOPE_FLOW_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "synscope/flow.h"
#include "synscope/round_trip.h"
#include "synscope/tunnel.h"

struct flow_record {
	struct flow_hot hot;
	struct flow_cold cold;
	struct flow_round_trips round_trips; /* all 0 without --rtt */
	__u32 slot;
};

struct flow_reader {
	const struct flow_bucket *hot;
	const struct flow_cold *cold; /* by slot */
	const struct flow_round_trips *round_trips; /* by slot; NULL without --rtt */
	const struct flow_tunnel *tunnels; /* see tunnel_of_number() */
	__u32 buckets;
	bool mapped; /* flow_reader_close() unmaps */
};

struct flow_arrays {
	int hot_fd, cold_fd, tunnels_fd, round_trips_fd;
};

/*
 * Map the arrays of an instance: `hot`, `cold`, `tunnels` and, unless that fd is negative, `round_trips`. The fds may
 * be closed afterwards. Returns 0 or a negative errno (not logged).
 */
int flow_reader_open(struct flow_reader *reader, const struct flow_arrays *arrays, __u32 buckets);

/* Read arrays in memory of the caller, who frees them, and sets `tunnels` and `round_trips` if there are any. */
void flow_reader_init_memory(struct flow_reader *reader, const struct flow_bucket *hot, const struct flow_cold *cold,
			     __u32 buckets);

void flow_reader_close(struct flow_reader *reader);

static inline __u64 flow_reader_slots(const struct flow_reader *reader)
{
	return (__u64)reader->buckets * FLOW_SLOTS_PER_BUCKET;
}

/*
 * Copy the next flows, at most `room` (at least FLOW_SLOTS_PER_BUCKET). Returns how many, 0 at the end of the table.
 * *bucket: where the scan goes on, in memory of the caller; 0 at the beginning. Skips slots without a flow, and flows
 * whose first segment is still being processed. Does not copy the steps of the ladder: listings do not need them, and
 * their speed is limited by memory.
 */
size_t flow_reader_read(const struct flow_reader *reader, __u32 *bucket, struct flow_record *records, size_t room);

/*
 * Copy the flow in one slot, with the steps of its ladder. False: there is none, or writers interfered with every one
 * of many tries.
 */
bool flow_reader_read_slot(const struct flow_reader *reader, __u32 slot, struct flow_record *record);

enum copy_result {
	COPY_NO_FLOW, /* free, or being given to another flow, or its first segment is still being processed */
	COPY_MADE,
	COPY_CROSSED, /* a writer interfered; try again */
};

/* The same with a single try. */
enum copy_result flow_reader_try_slot(const struct flow_reader *reader, __u32 slot, struct flow_record *record);

#endif
