/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table: find, insert, evict. All that it knows of TCP is the rank of a record (flow_rank()).
 *
 * The table is set-associative: a flow lives in one of two buckets of eight slots. Each slot has a byte, its
 * fingerprint, from which a search knows the slot without reading it: at the rated load one flow in four is not in its
 * home slot, and reading the wrong slot first would cost an eighth of the time of a packet (1M flows).
 *
 * A new flow takes its first bucket unless that is crowded, and then the emptier of the two. So a table at its rated
 * load, half full, has room for every flow: in a simulation of 1M flows none found both buckets full, against 265 when
 * the first bucket is filled up first.
 *
 * Who may write a slot is in take.h and hold.h.
 *
 * Twins. Two CPUs must not insert the same flow at once. So they take turns: flows with the same first bucket are
 * inserted one after the other (turn.h).
 */
#ifndef SYNSCOPE_BPF_FLOW_TABLE_H
#define SYNSCOPE_BPF_FLOW_TABLE_H

#include "bpf/packet/key.h"
#include "bpf/table/candidate.h"
#include "bpf/table/stamp.h"
#include "bpf/table/take.h"
#include "bpf/table/turn.h"

#define SLOT_NONE (-1) /* there is no such flow, or no room for it */
#define SLOT_BUSY (-2) /* another CPU is about to publish this flow, or to take its slot: look again */

#define CLAIM_TRIES 4
#define SAMPLED_BUCKETS 8
#define CROWDED 6 /* slots in use from which on a new flow looks at its second bucket */

/* Called before a live record is overwritten, while this CPU owns it and it is intact. Defined in record/emit.h. */
static __always_inline void flow_retire(__u32 slot, __u32 rank, __u64 now_ns);

/* Rank of a live slot; its age in units of 2^LAST_SEEN_SHIFT ns goes to *age. Defined in rank.h. */
static __always_inline enum flow_rank flow_rank(const struct flow_hot *hot, __u32 now, __u32 *age);

/* Rank of a flow of which only SYNs of one side were seen, the last one `age` ago. Defined in rank.h. */
static __always_inline enum flow_rank half_open_rank(__u32 age);

/* Two words as they lie in memory: flow_hot.key is compared eight bytes at a time. */
static __always_inline __u64 two_words(__u32 first, __u32 second)
{
	const union {
		__u32 half[2];
		__u64 whole;
	} words = { .half = { first, second } };

	return words.whole;
}

/*
 * The slot of the segment's flow in one bucket: its number, and the record in *found; or SLOT_NONE or, if `busy_too`,
 * SLOT_BUSY, and *found is left alone.
 */
static __always_inline int find_in_bucket(const struct segment *seg, __u32 index, _Bool busy_too,
					  struct flow_hot **found)
{
	const __u64 first = two_words(seg->tag, seg->id[0]), second = two_words(seg->id[1], seg->ports);
	const struct flow_fingerprints *prints = bpf_map_lookup_elem(&fingerprints, &index);
	struct flow_bucket *bucket = bpf_map_lookup_elem(&hot, &index);

	if (!prints || !bucket)
		return SLOT_NONE;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < FLOW_SLOTS_PER_BUCKET; i++) {
		__u32 at = (seg->home ^ i) % FLOW_SLOTS_PER_BUCKET;
		struct flow_hot *slot = &bucket->slot[at];
		__u32 tag;

		if (READ_ONCE(prints->slot[at]) != TAG_FINGERPRINT(seg->tag))
			continue;
		if (!((READ_ONCE(slot->key[0]) ^ first) | (READ_ONCE(slot->key[1]) ^ second))) {
			*found = slot;
			return index * FLOW_SLOTS_PER_BUCKET + at;
		}
		if (!busy_too)
			continue;
		tag = READ_ONCE(slot->tag);
		if (tag == (seg->tag ^ (TAG_LIVE | TAG_BUSY)) || ((tag & TAG_BUSY) && same_key(slot, seg)))
			return SLOT_BUSY;
	}
	return SLOT_NONE;
}

/*
 * The slot of the segment's flow, SLOT_NONE or SLOT_BUSY. The rest of the record that was found is on its way. `after`
 * is 0, and what the search reads is read after the word from which that was computed (zero_after()).
 */
__noinline int flow_find(const struct segment *seg, __u32 after)
{
	struct flow_hot *found;
	int slot;

	if (!seg)
		return SLOT_NONE;
	slot = find_in_bucket(seg, seg->bucket[0] + after, 1, &found);
	if (slot == SLOT_NONE)
		slot = find_in_bucket(seg, seg->bucket[1] + after, 1, &found);
	if (slot >= 0)
		fetch_cold(slot);
	if (slot >= 0 && config.rtt)
		fetch_round_trips(slot);
	return slot;
}

static __always_inline void set_fingerprint(__u32 slot, __u32 tag)
{
	__u32 index = slot / FLOW_SLOTS_PER_BUCKET;
	struct flow_fingerprints *prints = bpf_map_lookup_elem(&fingerprints, &index);

	if (prints)
		WRITE_ONCE(prints->slot[slot % FLOW_SLOTS_PER_BUCKET], TAG_FINGERPRINT(tag));
}

/*
 * The candidate that a slot is; `position` is its distance from home. The lowest is taken. A global function: its
 * branches are verified once, not once for every combination of sixteen slots.
 */
__noinline __u64 flow_candidate(const struct flow_hot *slot, __u32 now, __u32 position)
{
	__u64 rank = RANK_FREE;
	__u32 tag, age = ~0U;

	if (!slot)
		return ~0ULL;
	tag = READ_ONCE(slot->tag);
	if (tag & TAG_BUSY)
		rank = RANK_BUSY;
	else if (tag & TAG_LIVE)
		rank = flow_rank(slot, now, &age);
	return candidate_of(rank, age, position);
}

/* Reads a word of each cache line that tells of a bucket, so that they are fetched at the same time. */
static __always_inline void fetch_bucket(__u32 index)
{
	const struct flow_fingerprints *prints = bpf_map_lookup_elem(&fingerprints, &index);
	const struct flow_stamps *bucket = bpf_map_lookup_elem(&stamps, &index);

	if (prints)
		READ_ONCE(prints->slot[0]);
	if (bucket)
		READ_ONCE(bucket->slot[0]);
}

/* What an insert will look at first. To be called before the flow is looked up, so that those misses overlap, too. */
static __always_inline void fetch_buckets(const struct segment *seg)
{
	fetch_bucket(seg->bucket[0]);
	fetch_bucket(seg->bucket[1]);
}

/* The same for the slots of a bucket about which their stamps do not tell all. */
static __always_inline void fetch_others(const struct flow_stamps *told, const struct flow_bucket *bucket)
{
	for (__u32 i = 0; i < FLOW_SLOTS_PER_BUCKET; i++)
		if (READ_ONCE(told->slot[i]) == STAMP_OTHER)
			READ_ONCE(bucket->slot[i].tag);
}

/* What flow_candidate() returns for a slot with the stamp of a SYN. */
static __always_inline __u64 half_open_candidate(__u32 stamp, __u32 now, __u32 position)
{
	__s32 age = now - stamp;

	age = age < 0 ? 0 : age;
	return candidate_of(half_open_rank(age), age, position);
}

/* The best candidate of a bucket without free slots, as flow_candidate() puts it. */
static __always_inline __u64 best_used(const struct flow_stamps *told, const struct flow_bucket *bucket, __u32 home,
				       __u32 now, __u32 base)
{
	__u64 best = CANDIDATE_MASK;

	fetch_others(told, bucket);
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < FLOW_SLOTS_PER_BUCKET; i++) {
		__u32 at = (home ^ i) % FLOW_SLOTS_PER_BUCKET, stamp = READ_ONCE(told->slot[at]);
		__u64 next = stamp > STAMP_OTHER ? half_open_candidate(stamp, now, base + i)
						 : flow_candidate(&bucket->slot[at], now, base + i);

		best = next < best ? next : best;
	}
	return best;
}

/*
 * The best candidate of one bucket, and in the upper bits how many slots are not free. A global function because of the
 * stack: 512 bytes have to do for the longest chain of calls.
 */
__noinline __u64 best_in_bucket(const struct segment *seg, __u32 index, __u32 now, __u32 base)
{
	const struct flow_stamps *told;
	const struct flow_bucket *bucket;
	struct vacancy vacancy;
	__u64 best;

	if (!seg)
		return CANDIDATE_MASK;
	told = bpf_map_lookup_elem(&stamps, &index);
	bucket = bpf_map_lookup_elem(&hot, &index);
	if (!told || !bucket)
		return CANDIDATE_MASK;
	vacancy = vacancy_of(told, seg->home);
	best = vacancy.used < FLOW_SLOTS_PER_BUCKET ? candidate_of(RANK_FREE, ~0U, base + vacancy.first)
						    : best_used(told, bucket, seg->home, now, base);
	return (__u64)vacancy.used << CANDIDATE_USED_SHIFT | best;
}

/* The slot that a new flow would take, as flow_candidate() puts it. */
__noinline __u64 flow_choose(const struct segment *seg, __u32 now)
{
	__u64 best, second, rank;

	if (!seg)
		return (__u64)RANK_BUSY << CANDIDATE_RANK_SHIFT;
	best = best_in_bucket(seg, seg->bucket[0], now, 0);
	if (best >> CANDIDATE_USED_SHIFT >= CROWDED) {
		second = best_in_bucket(seg, seg->bucket[1], now, FLOW_SLOTS_PER_BUCKET);
		rank = (second & CANDIDATE_MASK) >> CANDIDATE_RANK_SHIFT;
		if (rank == RANK_FREE ? second >> CANDIDATE_USED_SHIFT < best >> CANDIDATE_USED_SHIFT
				      : (second & CANDIDATE_MASK) < (best & CANDIDATE_MASK))
			best = second;
	}
	return best & CANDIDATE_MASK;
}

/* The number of a candidate's slot. */
static __always_inline __u32 candidate_slot(const struct segment *seg, __u64 candidate)
{
	__u32 at = candidate & CANDIDATE_POSITION_MASK;

	return seg->bucket[at / FLOW_SLOTS_PER_BUCKET] * FLOW_SLOTS_PER_BUCKET +
	       (seg->home ^ at) % FLOW_SLOTS_PER_BUCKET;
}

/* Is every slot taken by a connection of which both ends were seen? Estimated from buckets picked at random. */
__noinline int table_is_full(const struct segment *seg, __u64 now_ns)
{
	if (!seg)
		return 0;
	for (__u32 i = 0; i < SAMPLED_BUCKETS; i++) {
		__u32 index = reduce(mix(now_ns ^ (__u64)seg->tag << 32 ^ i) >> 32, config.buckets);
		__u64 best = best_in_bucket(seg, index, now_ns >> LAST_SEEN_SHIFT, 0) & CANDIDATE_MASK;

		if (best >> CANDIDATE_RANK_SHIFT < RANK_CLOSING)
			return 0;
	}
	return 1;
}

#define COUNTER_OF_EVICTED(rank) (COUNTER_EVICTED_EXPIRED + (int)(rank)-RANK_EXPIRED)

_Static_assert(COUNTER_OF_EVICTED(RANK_CLOSED) == (int)COUNTER_EVICTED_CLOSED &&
		       COUNTER_OF_EVICTED(RANK_TIME_WAIT) == (int)COUNTER_EVICTED_TIME_WAIT &&
		       COUNTER_OF_EVICTED(RANK_HALF_OPEN) == (int)COUNTER_EVICTED_HALF_OPEN &&
		       COUNTER_OF_EVICTED(RANK_CLOSING) == (int)COUNTER_EVICTED_CLOSING &&
		       COUNTER_OF_EVICTED(RANK_ESTABLISHED) == (int)COUNTER_EVICTED_ESTABLISHED,
	       "a counter for each rank, in the same order");

static __always_inline void evict(__u32 slot, __u64 rank, __u64 now_ns)
{
	__u32 counter = COUNTER_OF_EVICTED((__u32)rank);

	if (rank < RANK_EXPIRED || rank > RANK_ESTABLISHED)
		return;
	barrier_var(counter); /* count() checks it; what is known of `rank` is lost where that is spilled */
	count(counter);
	flow_retire(slot, rank, now_ns);
}

/*
 * Claims a candidate and returns the number of its slot, or SLOT_NONE if the slot is not, or no longer, what it was
 * taken for when it was chosen.
 */
__noinline int claim(const struct segment *seg, __u64 candidate, __u64 now_ns)
{
	__u32 slot, was, busy, now = now_ns >> LAST_SEEN_SHIFT;
	struct flow_hot *hot;

	if (!seg)
		return SLOT_NONE;
	slot = candidate_slot(seg, candidate);
	busy = seg->tag ^ (TAG_LIVE | TAG_BUSY);
	hot = hot_slot(slot);
	if (!hot)
		return SLOT_NONE;
	fetch_cold(slot);
	was = READ_ONCE(hot->tag);
	hot = hot_slot(slot + zero_after(was)); /* what is judged after the tag */
	if (!hot)
		return SLOT_NONE;
	if (flow_candidate(hot, now, candidate & CANDIDATE_POSITION_MASK) != candidate) {
		set_stamp(slot, STAMP_OTHER);
		return SLOT_NONE;
	}
	if (__sync_val_compare_and_swap(&hot->tag, was, busy) != was)
		return SLOT_NONE;
	if (!take_both(hot)) {
		set_tag(hot, was);
		return SLOT_NONE;
	}
	set_fingerprint(slot, busy);
	evict(slot, candidate >> CANDIDATE_RANK_SHIFT, now_ns);
	return slot;
}

/*
 * Finds room for the segment's flow, in this CPU's turn to insert: a slot that this CPU has marked busy, for
 * init_record() to fill in and publish; or SLOT_NONE (counted).
 */
__noinline int find_room(const struct segment *seg, __u64 now_ns)
{
	if (!seg)
		return SLOT_NONE;
	for (int i = 0; i < CLAIM_TRIES; i++) {
		__u64 candidate = flow_choose(seg, now_ns >> LAST_SEEN_SHIFT);
		__u64 rank = candidate >> CANDIDATE_RANK_SHIFT;
		int slot = SLOT_NONE;

		if (rank >= RANK_CLOSING && rank <= RANK_ESTABLISHED && !table_is_full(seg, now_ns)) {
			count(COUNTER_REFUSED_FULL);
			return SLOT_NONE;
		}
		if (rank <= RANK_ESTABLISHED)
			slot = claim(seg, candidate, now_ns);
		if (slot != SLOT_NONE)
			return slot;
	}
	count(COUNTER_REFUSED_BUSY);
	return SLOT_NONE;
}

/*
 * Claims a slot for a flow that was not in the table when the turn was read: as find_room(), or SLOT_BUSY if another
 * CPU has inserted since, or is inserting. After the flow is published, the turn is to be ended.
 */
static __always_inline int flow_claim(const struct segment *seg, __u64 now_ns, __u32 turn)
{
	int slot;

	if (!take_turn(seg, turn)) {
		count(COUNTER_TWIN);
		return SLOT_BUSY;
	}
	slot = find_room(seg, now_ns);
	if (slot < 0)
		end_turn(seg);
	return slot;
}

#endif
