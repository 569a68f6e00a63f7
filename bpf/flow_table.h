/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table: find, insert, evict. Knows nothing of TCP but what flow_rank() tells it.
 *
 * Set-associative: a flow lives in one of two buckets of eight slots, and a byte for each slot, its fingerprint, tells in
 * which. At the rated load one flow in four is not in its home slot, where a search begins: to learn that from the slot's
 * own line, and then to wait for the next one, took an eighth of the time of a packet (1M flows).
 *
 * A new flow takes the first bucket unless that is crowded, then the emptier one: a table that is half full, its rated
 * load, so has room for every flow (by simulation 0 of 1M found both full; with the first bucket filled up first, 265).
 *
 * Ownership. A slot's tag is changed by compare-and-swap only:
 *   free or live -> busy   by the one CPU that may then write the whole record
 *   busy -> live           when it is complete
 * Before it writes, that CPU also takes FACT_WRITING in both directions, with a new generation: from then on a CPU that
 * had found the old flow can neither change a fact of the new one nor miss that it is gone.
 *
 * Twins. Two CPUs that insert one flow both mark a slot busy with its signature, and its fingerprint, and after a full
 * barrier look for each other: at least one sees the other. The higher slot gives way, the lower one waits for that.
 */
#ifndef SYNSCOPE_BPF_FLOW_TABLE_H
#define SYNSCOPE_BPF_FLOW_TABLE_H

#include "synscope/segment.h"
#include "key.h"
#include "maps.h"

#define SLOT_NONE (-1) /* there is no such flow, or no room for it */
#define SLOT_BUSY (-2) /* another CPU is about to publish this flow: look again */

#define WAIT_ROUNDS 64 /* for what another CPU does in well under a microsecond */
#define CLAIM_TRIES 4
#define SAMPLED_BUCKETS 8
#define CROWDED 6 /* slots in use from which on a new flow looks at its second bucket */

#define CANDIDATE_AGE_SHIFT 4 /* below: 4 bits of position */
#define CANDIDATE_RANK_SHIFT 36
#define CANDIDATE_USED_SHIFT 40
#define CANDIDATE_MASK ((1ULL << CANDIDATE_USED_SHIFT) - 1)

/*
 * In which order room is taken: the lowest goes first (docs/specification.md, section 7).
 *
 * A newcomer has shown one segment, which anybody may have made up: a flood consists of nothing else. So while there is
 * room elsewhere in the table it takes none from a connection both ends of which were seen, RANK_CLOSING and up. At the
 * rated load one newcomer in twenty million finds its two buckets full of them: it is refused, and counted.
 */
enum flow_rank {
	RANK_FREE,
	RANK_EXPIRED,
	RANK_CLOSED,
	RANK_TIME_WAIT,
	RANK_HALF_OPEN,
	RANK_CLOSING,
	RANK_ESTABLISHED,
	RANK_BUSY, /* being written */
};

/* A live record is about to be overwritten: it is wholly ours, and still says what it said. Defined by the tracker. */
static __always_inline void flow_retire(__u32 slot, __u32 rank, __u64 now_ns);

/* Rank of a live slot; its age in units of LAST_SEEN_SHIFT goes to *age. Defined by the tracker. */
static __always_inline enum flow_rank flow_rank(const struct flow_hot *hot, __u32 now, __u32 *age);

static __always_inline _Bool same_key(const struct flow_hot *hot, const struct segment *seg)
{
	return !((hot->id[0] ^ seg->id[0]) | (hot->id[1] ^ seg->id[1]) | (hot->ports ^ seg->ports));
}

/* As they lie in memory: flow_hot.key is compared two words at a time. */
static __always_inline __u64 two_words(__u32 first, __u32 second)
{
	const union {
		__u32 half[2];
		__u64 whole;
	} words = { .half = { first, second } };

	return words.whole;
}

/*
 * The slot of the segment's flow in one bucket: its number, and the record in *found; or SLOT_NONE or SLOT_BUSY, and
 * *found is left alone.
 */
static __always_inline int find_in_bucket(const struct segment *seg, __u32 index, struct flow_hot **found)
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

		if (LOAD(prints->slot[at]) != TAG_FINGERPRINT(seg->tag))
			continue;
		if (!((LOAD(slot->key[0]) ^ first) | (LOAD(slot->key[1]) ^ second))) {
			*found = slot;
			return index * FLOW_SLOTS_PER_BUCKET + at;
		}
		if (LOAD(slot->tag) == (seg->tag ^ (TAG_LIVE | TAG_BUSY)))
			return SLOT_BUSY;
	}
	return SLOT_NONE;
}

/* The slot of the segment's flow, SLOT_NONE or SLOT_BUSY. */
__noinline int flow_find(const struct segment *seg)
{
	struct flow_hot *found;
	int slot;

	if (!seg)
		return SLOT_NONE;
	slot = find_in_bucket(seg, seg->bucket[0], &found);
	return slot == SLOT_NONE ? find_in_bucket(seg, seg->bucket[1], &found) : slot;
}

/*
 * Takes one direction of a slot whose tag is ours, with its next generation; waits for a CPU that is writing it. The old
 * word goes to *was. 0: it did not let go.
 */
static __always_inline _Bool take_direction(struct flow_dir *dir, __u32 *was)
{
	for (int i = 0; i < WAIT_ROUNDS; i++) {
		__u32 facts = LOAD(dir->facts);
		__u32 next = (facts + (1U << FACTS_GENERATION_SHIFT)) | FACT_WRITING;

		*was = facts;
		if (!(facts & FACT_WRITING) && __sync_val_compare_and_swap(&dir->facts, facts, next) == facts)
			return 1;
	}
	return 0;
}

/* Both or neither: the generations of the two directions stay equal. */
__noinline int take_both(struct flow_hot *hot)
{
	__u32 was[FLOW_DIRS];

	if (!hot)
		return 0;
	if (!take_direction(&hot->dir[0], &was[0]))
		return 0;
	if (take_direction(&hot->dir[1], &was[1]))
		return 1;
	STORE(hot->dir[0].facts, was[0]);
	return 0;
}

/* Busy -> `tag`. The exchange is a full barrier: the record is complete before. */
static __always_inline void set_tag(struct flow_hot *hot, __u32 tag)
{
	__sync_lock_test_and_set(&hot->tag, tag);
}

static __always_inline void set_fingerprint(__u32 slot, __u32 tag)
{
	__u32 index = slot / FLOW_SLOTS_PER_BUCKET;
	struct flow_fingerprints *prints = bpf_map_lookup_elem(&fingerprints, &index);

	if (prints)
		STORE(prints->slot[slot % FLOW_SLOTS_PER_BUCKET], TAG_FINGERPRINT(tag));
}

/*
 * A candidate for a new flow, as one number of which the lowest is taken: rank, then age, then `position`, its distance
 * from home. A global function: its branches are verified once, not once for every combination of sixteen slots.
 */
__noinline __u64 flow_candidate(const struct flow_hot *slot, __u32 now, __u32 position)
{
	__u64 rank = RANK_FREE;
	__u32 tag, age = ~0U;

	if (!slot)
		return ~0ULL;
	tag = LOAD(slot->tag);
	if (tag & TAG_BUSY)
		rank = RANK_BUSY;
	else if (tag & TAG_LIVE)
		rank = flow_rank(slot, now, &age);
	return rank << CANDIDATE_RANK_SHIFT | (__u64)~age << CANDIDATE_AGE_SHIFT | position;
}

/* Reads a word of each slot, so that their cache lines come all at once: a sixth of what a SYN takes in a full table. */
static __always_inline void fetch_bucket(__u32 index)
{
	const struct flow_bucket *bucket = bpf_map_lookup_elem(&hot, &index);

	for (int i = 0; bucket && i < FLOW_SLOTS_PER_BUCKET; i++)
		LOAD(bucket->slot[i].tag);
}

/*
 * The best candidate of one bucket, and in the upper bits how many slots are not free. A global function, for the sake of
 * its stack: 512 bytes must do for the longest chain of calls.
 */
__noinline __u64 best_in_bucket(const struct segment *seg, __u32 index, __u32 now, __u32 base)
{
	struct flow_bucket *bucket;
	__u64 best = ~0ULL >> (64 - CANDIDATE_USED_SHIFT), used = FLOW_SLOTS_PER_BUCKET;

	if (!seg)
		return best;
	bucket = bpf_map_lookup_elem(&hot, &index);
#pragma clang loop unroll(disable)
	for (__u32 i = 0; bucket && i < FLOW_SLOTS_PER_BUCKET; i++) {
		__u64 next = flow_candidate(&bucket->slot[(seg->home ^ i) % FLOW_SLOTS_PER_BUCKET], now, base + i);

		used -= next >> CANDIDATE_RANK_SHIFT == RANK_FREE;
		best = next < best ? next : best;
	}
	return used << CANDIDATE_USED_SHIFT | best;
}

/* Which slot a new flow would take; its rank is in the upper half. */
__noinline __u64 flow_choose(const struct segment *seg, __u32 now)
{
	__u64 best, second, rank;
	__u32 at;

	if (!seg)
		return (__u64)RANK_BUSY << 32;
	fetch_bucket(seg->bucket[0]);
	fetch_bucket(seg->bucket[1]);
	best = best_in_bucket(seg, seg->bucket[0], now, 0);
	if (best >> CANDIDATE_USED_SHIFT >= CROWDED) {
		second = best_in_bucket(seg, seg->bucket[1], now, FLOW_SLOTS_PER_BUCKET);
		rank = (second & CANDIDATE_MASK) >> CANDIDATE_RANK_SHIFT;
		if (rank == RANK_FREE ? second >> CANDIDATE_USED_SHIFT < best >> CANDIDATE_USED_SHIFT
				      : (second & CANDIDATE_MASK) < (best & CANDIDATE_MASK))
			best = second;
	}
	at = best & (2 * FLOW_SLOTS_PER_BUCKET - 1);
	return (best & CANDIDATE_MASK) >> CANDIDATE_RANK_SHIFT << 32 |
	       (seg->bucket[at / FLOW_SLOTS_PER_BUCKET] * FLOW_SLOTS_PER_BUCKET +
		(seg->home ^ at) % FLOW_SLOTS_PER_BUCKET);
}

/* Are connections all there is? Told from buckets picked at random. */
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

/* What other slot of a bucket carries the signature: its number, or SLOT_NONE. */
__noinline int find_twin(const struct segment *seg, __u32 index, __u32 mine)
{
	const struct flow_fingerprints *prints = bpf_map_lookup_elem(&fingerprints, &index);
	struct flow_bucket *bucket = bpf_map_lookup_elem(&hot, &index);

	if (!seg || !prints || !bucket)
		return SLOT_NONE;
	for (__u32 i = 0; i < FLOW_SLOTS_PER_BUCKET; i++) {
		__u32 slot = index * FLOW_SLOTS_PER_BUCKET + i, tag;

		if (slot == mine || LOAD(prints->slot[i]) != TAG_FINGERPRINT(seg->tag))
			continue;
		tag = LOAD(bucket->slot[i].tag);
		if ((tag == seg->tag && same_key(&bucket->slot[i], seg)) || tag == (seg->tag ^ (TAG_LIVE | TAG_BUSY)))
			return slot;
	}
	return SLOT_NONE;
}

/*
 * Is a slot that is busy with our signature the only one? Against another busy one the higher number gives way; the
 * lower one waits until it did. Returns 0 when ours is to be given up.
 */
__noinline int flow_alone(const struct segment *seg, __u32 mine)
{
	if (!seg)
		return 0;
	for (int i = 0; i < WAIT_ROUNDS; i++) {
		int twin = find_twin(seg, seg->bucket[0], mine);
		struct flow_hot *other;

		if (twin == SLOT_NONE)
			twin = find_twin(seg, seg->bucket[1], mine);
		if (twin == SLOT_NONE)
			return 1;
		other = hot_slot(twin);
		if (!other || (__u32)twin < mine || (LOAD(other->tag) & TAG_LIVE))
			return 0;
	}
	return 0;
}

static __always_inline void evict(__u32 slot, __u64 rank, __u64 now_ns)
{
	if (rank < RANK_EXPIRED || rank > RANK_ESTABLISHED)
		return;
	count(COUNTER_EVICTED_EXPIRED + rank - RANK_EXPIRED);
	flow_retire(slot, rank, now_ns);
}

/* Makes the candidate ours, whose number it returns. SLOT_BUSY: the flow exists by now. SLOT_NONE: someone was quicker. */
static __always_inline int claim(const struct segment *seg, __u32 slot, __u64 rank, __u64 now_ns)
{
	struct flow_hot *hot = hot_slot(slot);
	__u32 was, busy = seg->tag ^ (TAG_LIVE | TAG_BUSY);
	int failed = SLOT_NONE;

	if (!hot)
		return SLOT_NONE;
	was = LOAD(hot->tag);
	if ((was & TAG_BUSY) || (rank == RANK_FREE) != !(was & TAG_LIVE) ||
	    __sync_val_compare_and_swap(&hot->tag, was, busy) != was)
		return SLOT_NONE;
	set_fingerprint(slot, busy);
	__sync_fetch_and_or(&hot->tag, 0); /* a full barrier: twins look for fingerprints */
	if (!flow_alone(seg, slot)) {
		count(COUNTER_TWIN);
		failed = SLOT_BUSY;
	} else if (take_both(hot)) {
		evict(slot, rank, now_ns);
		return slot;
	}
	set_fingerprint(slot, was);
	set_tag(hot, was);
	return failed;
}

/*
 * Room for the segment's flow: a slot that is busy in our name, to be filled in by begin_flow() and then published; or
 * SLOT_NONE (counted), or SLOT_BUSY when the flow is being inserted elsewhere.
 */
__noinline int flow_claim(const struct segment *seg, __u64 now_ns)
{
	if (!seg)
		return SLOT_NONE;
	for (int i = 0; i < CLAIM_TRIES; i++) {
		__u64 found = flow_choose(seg, now_ns >> LAST_SEEN_SHIFT);
		__u64 rank = found >> 32;
		int slot = SLOT_NONE;

		if (rank >= RANK_CLOSING && rank <= RANK_ESTABLISHED && !table_is_full(seg, now_ns)) {
			count(COUNTER_REFUSED_FULL);
			return SLOT_NONE;
		}
		if (rank <= RANK_ESTABLISHED)
			slot = claim(seg, found, rank, now_ns);
		if (slot != SLOT_NONE)
			return slot;
		if (flow_find(seg) != SLOT_NONE)
			return SLOT_BUSY;
	}
	count(COUNTER_REFUSED_BUSY);
	return SLOT_NONE;
}

/* Takes a live slot for a new incarnation of the same flow: 0 when another CPU was quicker. */
static __always_inline _Bool flow_retake(const struct segment *seg, struct flow_hot *hot)
{
	__u32 was = LOAD(hot->tag), busy = seg->tag ^ (TAG_LIVE | TAG_BUSY);

	if (was != seg->tag || !same_key(hot, seg) || __sync_val_compare_and_swap(&hot->tag, was, busy) != was)
		return 0;
	if (take_both(hot))
		return 1;
	set_tag(hot, seg->tag);
	return 0;
}

#endif
