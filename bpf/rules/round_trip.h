/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which segments begin, end and spoil the timing of a round trip (docs/specification.md, section 4), and what a round
 * trip does to the figures of its direction. One segment of a direction is timed at a time, as RFC 6298 has it.
 */
#ifndef SYNSCOPE_BPF_RULES_ROUND_TRIP_H
#define SYNSCOPE_BPF_RULES_ROUND_TRIP_H

#include "synscope/round_trip.h"
#include "bpf/rules/ruling.h"

/* A segment that is being timed, as it was read: see struct round_trip. */
struct timing {
	__u64 begun;
	__u64 pending;
};

#define NO_ROUND_TRIP (~0ULL)
#define NO_ECHO (~0ULL)

/* All bits of the time, in units of 2^ROUND_TRIP_SHIFT ns, go into the digest: bits from 32 on tell an old time. */
static __always_inline __u32 time_digest(__u64 units)
{
	return (units ^ units >> ROUND_TRIP_DIGEST_BITS ^ units >> (2 * ROUND_TRIP_DIGEST_BITS)) &
	       ROUND_TRIP_DIGEST_MASK;
}

/* Is a segment of the record with this facts word being timed? */
static __always_inline _Bool is_timed(__u64 pending, __u32 facts)
{
	__u32 mark = pending >> 32;

	return !((mark ^ (facts | ROUND_TRIP_PENDING)) &
		 (FACTS_GENERATION_MASK << FACTS_GENERATION_SHIFT | ROUND_TRIP_PENDING));
}

/* Does an ACK cover the segment that is being timed? Numbers before its end are of older data, or of a part of it. */
static __always_inline _Bool ends_timing(__u64 pending, __u32 ack)
{
	return !seq_after((__u32)pending, ack);
}

/*
 * What a segment with data or FIN, believed, does to the timing of its direction, whose next_seq was that. It is new
 * if all of it lies beyond, and then its ACK cannot be that of another one. Otherwise something is sent again, or
 * comes late: the ACK that is waited for may then wait for that, too (Karn).
 */
static __always_inline _Bool is_new_data(const struct segment *seg, __u32 next_seq)
{
	return segment_end(seg) != seg->seq && !seg->open_end && !seq_after(next_seq, seg->seq);
}

static __always_inline _Bool spoils_timing(const struct segment *seg, __u32 next_seq)
{
	return (segment_end(seg) != seg->seq || seg->open_end) && seq_after(next_seq, seg->seq);
}

/* The timing of a segment that was sent at `now` (ns), of a record with this facts word; `flags`: ROUND_TRIP_AGAIN. */
static __always_inline struct timing begin_timing(const struct segment *seg, __u32 end, __u32 facts, __u32 flags,
						  __u64 now)
{
	__u64 units = now >> ROUND_TRIP_SHIFT;
	__u32 mark = (facts & (FACTS_GENERATION_MASK << FACTS_GENERATION_SHIFT)) | ROUND_TRIP_PENDING | flags |
		     time_digest(units);
	__u32 tsval = seg->stamped ? seg->tsval : 0;

	if (seg->stamped)
		mark |= ROUND_TRIP_STAMPED;
	return (struct timing){ .begun = (__u64)tsval << 32 | (__u32)units, .pending = (__u64)mark << 32 | end };
}

/*
 * Is a segment that spoils a timing the one that is being timed, sent again with another timestamp? Then it is timed
 * from now on: an ACK that echoes this timestamp cannot be that of the first one.
 */
static __always_inline _Bool can_time_again(const struct segment *seg, const struct timing *timing)
{
	__u32 end = timing->pending, mark = timing->pending >> 32;

	return seg->stamped && (mark & ROUND_TRIP_STAMPED) && seg->tsval != (__u32)(timing->begun >> 32) &&
	       seq_after(end, seg->seq) && !seq_after(end, segment_end(seg));
}

/* The timestamp that an ACK echoes, or NO_ECHO. */
static __always_inline __u64 echo_of(const struct segment *seg)
{
	return seg->stamped ? seg->tsecr : NO_ECHO;
}

/* Does an ACK that covers the segment answer it? It may answer the first one of two, then there is no round trip. */
static __always_inline _Bool answers_timing(__u64 echo, const struct timing *timing)
{
	return !(timing->pending >> 32 & ROUND_TRIP_AGAIN) || echo == timing->begun >> 32;
}

/*
 * The time from the segment until `now` (ns), in units of 2^ROUND_TRIP_SHIFT ns; NO_ROUND_TRIP if that is negative, too
 * long for 32 bits, or not known, because the two words are not of the same segment.
 */
static __always_inline __u64 end_timing(const struct timing *timing, __u64 now)
{
	__u64 units = now >> ROUND_TRIP_SHIFT;
	__u32 elapsed = (__u32)units - (__u32)timing->begun, mark = timing->pending >> 32;

	return elapsed <= units && time_digest(units - elapsed) == (mark & ROUND_TRIP_DIGEST_MASK) ? elapsed
												   : NO_ROUND_TRIP;
}

/* Adds a round trip to the figures of its direction. */
static __always_inline void add_round_trip(struct round_trip *trip, __u32 elapsed)
{
	__u32 samples = trip->samples;

	if (!samples || elapsed < trip->min)
		trip->min = elapsed;
	trip->smoothed = samples ? trip->smoothed + (((__s64)elapsed - trip->smoothed) >> 3) : elapsed;
	trip->last = elapsed;
	trip->samples = samples + (samples != ~0U);
}

#endif
