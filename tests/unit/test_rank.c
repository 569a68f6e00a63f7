// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which slot a new flow takes (bpf/table/rank.h): every combination of the facts that matter, through the programs
 * compiled for the host, against the timeout of the flow. What a flood leaves behind is ranked by a shorter way inside
 * best_in_bucket(), which has to come to the same.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "suites.h"
#include "bpf/host/programs.h"
#include "bpf/rules/expiry.h"
#include "bpf/table/candidate.h"
#include "synscope/segment.h"

#define NOW 1000U
#define LIMIT 40U /* the timeout of a SYN, in units of last_seen; the others are one more */
#define POSITION 5U /* of the slot in the bucket, and its distance from home 0 */

/* Facts that say how far a flow is. FACT_ACK is there always, so that numbers say whether a FIN is acknowledged. */
static const __u32 facts[] = {
	FACT_SYN, FACT_INFERRED, FACT_ACKED_SYN, FACT_FIN, FACT_RST, FACT_PROOF, FACT_SEQ,
};

#define COMBINATIONS (1U << (sizeof(facts) / sizeof(*facts)))

static const enum flow_rank rank_by_timeout[TIMEOUT_COUNT] = {
	[TIMEOUT_SYN_SENT] = RANK_HALF_OPEN, [TIMEOUT_SYN_RECEIVED] = RANK_HALF_OPEN,
	[TIMEOUT_ONE_WAY] = RANK_HALF_OPEN,  [TIMEOUT_ESTABLISHED] = RANK_ESTABLISHED,
	[TIMEOUT_FIN_WAIT] = RANK_CLOSING,   [TIMEOUT_CLOSE_WAIT] = RANK_CLOSING,
	[TIMEOUT_LAST_ACK] = RANK_CLOSING,   [TIMEOUT_TIME_WAIT] = RANK_TIME_WAIT,
	[TIMEOUT_CLOSED] = RANK_CLOSED,
};

struct table_of_one {
	struct host host;
	struct flow_bucket bucket;
	struct flow_fingerprints prints;
	struct flow_stamps stamps;
};

static __u32 limit_of(enum flow_timeout timeout)
{
	return timeout == TIMEOUT_SYN_SENT ? LIMIT : LIMIT + 1;
}

/* A table of one bucket, all of whose slots are busy. */
static struct table_of_one *table_new(bool limited)
{
	struct table_of_one *table = calloc(1, sizeof(*table));

	ck_assert_ptr_nonnull(table);
	table->host.config.buckets = 1;
	table->host.config.manual_clock = 1;
	for (int i = 0; i < TIMEOUT_COUNT; i++)
		table->host.config.timeout_ns[i] = limited ? (__u64)limit_of(i) << LAST_SEEN_SHIFT : TIMEOUT_NONE;
	table->host.hot = &table->bucket;
	table->host.fingerprints = &table->prints;
	table->host.stamps = &table->stamps;
	for (int i = 0; i < FLOW_SLOTS_PER_BUCKET; i++) {
		table->bucket.slot[i].tag = TAG_BUSY;
		table->stamps.slot[i] = STAMP_OTHER;
	}
	programs_use(&table->host);
	return table;
}

static __u32 facts_word(__u32 combination)
{
	__u32 word = FACT_ACK;

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		word |= combination >> i & 1 ? facts[i] : 0;
	return word;
}

/* A side has acknowledged a SYN only if it was seen to speak. Nothing else can be said of single words. */
static bool is_possible(__u32 word)
{
	return !(word & FACT_ACKED_SYN) || (word & FACT_SEQ);
}

static __u64 expected(const struct flow_hot *hot, __u32 age, bool limited)
{
	struct hot_side side[FLOW_DIRS];
	enum flow_timeout timeout;

	if (!(hot->tag & TAG_LIVE))
		return candidate_of(hot->tag & TAG_BUSY ? RANK_BUSY : RANK_FREE, ~0U, POSITION);
	for (int i = 0; i < FLOW_DIRS; i++)
		side[i] = (struct hot_side){ hot->dir[i].facts, hot->dir[i].next_seq, hot->dir[i].max_ack };
	timeout = hot_timeout(&side[0], &side[1]);
	return candidate_of(limited && age > limit_of(timeout) ? RANK_EXPIRED : rank_by_timeout[timeout], age,
			    POSITION);
}

/* The slot alone, and as the best of a bucket in which it is the only one that is not busy. */
static void check_slot(struct table_of_one *table, __u32 age, bool limited)
{
	const struct segment seg = { .home = 0 };
	struct flow_hot *hot = &table->bucket.slot[POSITION];
	__u64 wanted = expected(hot, age, limited), alone = flow_candidate(hot, NOW, POSITION);
	__u64 best = best_in_bucket(&seg, 0, NOW, 0) & CANDIDATE_MASK;

	ck_assert_msg(alone == wanted, "tag %x, facts %x and %x: %llx instead of %llx", hot->tag, hot->dir[0].facts,
		      hot->dir[1].facts, alone, wanted);
	if (wanted >> CANDIDATE_RANK_SHIFT == RANK_BUSY)
		wanted = candidate_of(RANK_BUSY, ~0U, 0);
	ck_assert_msg(best == wanted, "tag %x, facts %x and %x: the best is %llx instead of %llx", hot->tag,
		      hot->dir[0].facts, hot->dir[1].facts, best, wanted);
}

/* Of each age around the limits, by whichever side was heard last, with and without timeouts. */
START_TEST(all_facts)
{
	bool limited = _i & 1;
	__u32 younger = _i >> 1 & 1, age = LIMIT + (_i >> 2);
	struct table_of_one *table = table_new(limited);
	struct flow_hot *hot = &table->bucket.slot[POSITION];

	hot->tag = TAG_LIVE | 8;
	hot->dir[younger].last_seen = NOW - age;
	hot->dir[!younger].last_seen = NOW - age - 7;
	hot->dir[0].next_seq = hot->dir[1].max_ack = 5000; /* a FIN of direction 0 is acknowledged, … */
	hot->dir[1].next_seq = hot->dir[0].max_ack + 1; /* … one of direction 1 is not */
	for (__u32 a = 0; a < COMBINATIONS; a++) {
		hot->dir[0].facts = facts_word(a);
		for (__u32 b = 0; b < COMBINATIONS; b++) {
			hot->dir[1].facts = facts_word(b);
			if (is_possible(hot->dir[0].facts) && is_possible(hot->dir[1].facts))
				check_slot(table, age, limited);
		}
	}
	free(table);
}
END_TEST

/* Whatever facts a slot has that is free, or that a CPU is filling in. */
START_TEST(not_live)
{
	struct table_of_one *table = table_new(false);
	struct flow_hot *hot = &table->bucket.slot[POSITION];

	for (__u32 a = 0; a < COMBINATIONS; a++) {
		hot->dir[0].facts = facts_word(a);
		hot->tag = 0;
		check_slot(table, 0, false);
		hot->tag = TAG_BUSY | 8;
		check_slot(table, 0, false);
	}
	free(table);
}
END_TEST

Suite *rank_suite(void)
{
	Suite *suite = suite_create("rank");
	TCase *tcase = tcase_create("rank");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, all_facts, 0, 12);
	tcase_add_test(tcase, not_live);
	suite_add_tcase(suite, tcase);
	return suite;
}
