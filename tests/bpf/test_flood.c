// SPDX-License-Identifier: GPL-2.0-only
/*
 * Floods against a table that holds as many connections as it is rated for (docs/specification.md, section 7): no
 * connection is lost, whatever its state; every new flow and every eviction is counted; and connections that are opened
 * meanwhile are tracked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "lanes.h"

#define BUCKETS 4096U
#define SLOTS (BUCKETS * FLOW_SLOTS_PER_BUCKET)
#define KINDS 8
#define RATED (SLOTS / 2) /* flows: the value of attach --max-flows */
#define CROWD (SLOTS * 9 / 10) /* flows: most buckets are full, and some new flows find only full ones */
#define CHUNKS 10 /* parts of a flood; the active connections send a segment after each */

#define HANDSHAKES 500
#define HANDSHAKE_FIRST RATED /* above the numbers of all other flows */
#define RTT_MS 10
#define FLOOD_PER_MS 25 /* takes all free room within a second */

static struct harness *harness;

/* Lives of connections; a kind plays the first steps of one. */
static const struct lane_step client_closes[] = {
	{ .flags = SEGMENT_SYN },
	{ .server = 1, .flags = SEGMENT_SYN | SEGMENT_ACK, .ack = 1 },
	{ .flags = SEGMENT_ACK, .seq = 1, .ack = 1 },
	{ .flags = SEGMENT_FIN | SEGMENT_ACK, .seq = 1, .ack = 1 },
	{ .server = 1, .flags = SEGMENT_ACK, .seq = 1, .ack = 2 },
};
static const struct lane_step server_closes[] = {
	{ .flags = SEGMENT_SYN },
	{ .server = 1, .flags = SEGMENT_SYN | SEGMENT_ACK, .ack = 1 },
	{ .flags = SEGMENT_ACK, .seq = 1, .ack = 1 },
	{ .server = 1, .flags = SEGMENT_FIN | SEGMENT_ACK, .seq = 1, .ack = 1 },
	{ .flags = SEGMENT_ACK, .seq = 1, .ack = 2 },
};

/* The connections that have to survive. */
static const struct kind {
	bool ipv6, idle;
	const struct lane_step *life;
	__u32 steps;
	enum tcp_state client;
} kinds[KINDS] = {
	{ false, true, client_closes, 3, STATE_ESTABLISHED },  { true, true, client_closes, 3, STATE_ESTABLISHED },
	{ false, false, client_closes, 3, STATE_ESTABLISHED }, { true, false, client_closes, 3, STATE_ESTABLISHED },
	{ false, true, client_closes, 4, STATE_FIN_WAIT_1 },   { true, true, client_closes, 5, STATE_FIN_WAIT_2 },
	{ false, false, client_closes, 5, STATE_FIN_WAIT_2 },  { false, true, server_closes, 5, STATE_CLOSE_WAIT },
};

static const struct flood {
	const char *name;
	enum lane_order order;
	__u8 flags;
	bool ipv6, creates;
	__u32 flows; /* connections in the table */
	__u32 segments;
} floods[] = {
	{ "SYNs from random sources", LANE_FLOOD_RANDOM, SEGMENT_SYN, false, true, RATED, 2000000 },
	{ "IPv6 SYNs from random sources", LANE_FLOOD_RANDOM, SEGMENT_SYN, true, true, RATED, 300000 },
	{ "SYNs from one address after the other", LANE_FLOOD_SEQUENTIAL, SEGMENT_SYN, false, true, RATED, 300000 },
	{ "SYNs from one source", LANE_FLOOD_ONE_SOURCE, SEGMENT_SYN, true, true, RATED, 300000 },
	{ "SYN/ACKs", LANE_FLOOD_RANDOM, SEGMENT_SYN | SEGMENT_ACK, false, true, RATED, 300000 },
	{ "ACKs", LANE_FLOOD_RANDOM, SEGMENT_ACK, true, true, RATED, 300000 },
	{ "ACKs from one source", LANE_FLOOD_ONE_SOURCE, SEGMENT_ACK, false, true, RATED, 300000 },
	{ "SYNs against a crowd", LANE_FLOOD_RANDOM, SEGMENT_SYN, false, true, CROWD, 300000 },
	{ "ACKs against a crowd", LANE_FLOOD_RANDOM, SEGMENT_ACK, true, true, CROWD, 300000 },
	{ "RSTs", LANE_FLOOD_RANDOM, SEGMENT_RST, false, false, RATED, 300000 },
	{ "RST/ACKs", LANE_FLOOD_RANDOM, SEGMENT_RST | SEGMENT_ACK, true, false, RATED, 300000 },
	{ "FINs", LANE_FLOOD_RANDOM, SEGMENT_FIN | SEGMENT_ACK, false, true, RATED, 300000 },
};

static void run(int number, bool ipv6, __u32 segments)
{
	int err = lane_run(number, ipv6, segments);

	ck_assert_msg(!err, "lane %d: %s", number, strerror(-err));
}

/* Plays the steps of all connections of a kind. */
static void play(int kind, __u32 flows, __u32 first_step, __u32 steps)
{
	struct lane *lives = lane(1);

	*lives = (struct lane){ .order = LANE_LIVES, .first = kind * flows, .flows = flows };
	lives->steps = steps;
	memcpy(lives->step, &kinds[kind].life[first_step], steps * sizeof(lives->step[0]));
	run(1, kinds[kind].ipv6, flows * steps);
}

/* Fills the table with connections. Established ones were opened nearly an hour before the half-closed ones. */
static void fill_table(__u32 flows)
{
	harness_reset(harness);
	lanes_lead_to(harness);
	for (int closing = 0; closing < 2; closing++) {
		for (int kind = 0; kind < KINDS; kind++)
			if ((kinds[kind].steps > 3) == closing)
				play(kind, flows / KINDS, 0, kinds[kind].steps);
		if (!closing)
			harness_set_clock(harness, harness_clock(harness) + 3500 * SEC_NS);
	}
}

/* Connections that are not idle repeat their last step. */
static void speak(__u32 flows)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (!kinds[kind].idle)
			play(kind, flows / KINDS, kinds[kind].steps - 1, 1);
}

struct tally {
	bool kept[SLOTS]; /* for each slot: it has a connection, in the right state */
	__u32 spoofed; /* flows of the flood in the table */
	__u32 others;
	__u64 counter[COUNTER_COUNT];
};

static bool both_spoke(const struct flow_view *view)
{
	return view->side[SIDE_CLIENT].packets && view->side[SIDE_SERVER].packets;
}

static void take_stock(__u32 flows, struct tally *tally)
{
	struct flow_record *records = malloc(SLOTS * sizeof(*records));
	size_t count = harness_flows(harness, records, SLOTS);

	memset(tally, 0, sizeof(*tally));
	for (size_t i = 0; i < count; i++) {
		struct flow_view view = harness_view(harness, &records[i]);
		int flow = lane_flow_of(&records[i]);

		if (flow < 0)
			tally->spoofed++;
		else if (flow < (int)flows && !tally->kept[flow] && both_spoke(&view) &&
			 view.side[SIDE_CLIENT].state == kinds[flow / (flows / KINDS)].client)
			tally->kept[flow] = true;
		else
			tally->others++;
	}
	free(records);
	harness_counters(harness, tally->counter);
}

/* How many connections are in `before`, but no longer in the table. */
static __u32 lost(const struct tally *before, const struct tally *after)
{
	__u32 count = 0;

	for (__u32 i = 0; i < SLOTS; i++)
		count += before->kept[i] && !after->kept[i];
	return count;
}

static __u64 counted(const struct tally *before, const struct tally *after, enum synscope_counter counter)
{
	return after->counter[counter] - before->counter[counter];
}

/* Accounts for every new flow: room was made by half-open flows only, or by connections that are counted as lost. */
static void check_accounts(const struct flood *flood, const struct tally *before, const struct tally *after, __u64 sent)
{
	__u64 inserted = counted(before, after, COUNTER_INSERTED), evicted = 0;
	__u64 refused = counted(before, after, COUNTER_REFUSED_FULL), ignored = counted(before, after, COUNTER_NO_FLOW);

	for (int i = COUNTER_EVICTED_EXPIRED; i <= COUNTER_EVICTED_ESTABLISHED; i++)
		evicted += counted(before, after, i);
	ck_assert_uint_eq(evicted, counted(before, after, COUNTER_EVICTED_HALF_OPEN) + lost(before, after));
	ck_assert_uint_eq(inserted + before->others + lost(before, after), after->spoofed + after->others + evicted);
	ck_assert_uint_eq(after->counter[COUNTER_REFUSED_BUSY] + after->counter[COUNTER_BUSY], 0);
	ck_assert_uint_eq(inserted + refused + ignored, sent);
	ck_assert_uint_eq(flood->creates ? ignored : inserted, 0);
	if (flood->flows == RATED)
		ck_assert_uint_le(refused, 1 + sent / 100000);
}

START_TEST(connections_survive)
{
	static struct tally before, after;
	const struct flood *flood = &floods[_i];
	__u32 chunk = segments_of(flood->segments) / CHUNKS, flows = 0;

	fill_table(flood->flows);
	take_stock(flood->flows, &before);
	for (__u32 i = 0; i < flood->flows; i++)
		flows += before.kept[i];
	ck_assert_uint_ge(flows, flood->flows == RATED ? RATED : RATED * 3 / 2);
	lane(0)->order = flood->order;
	lane(0)->step[0].flags = flood->flags;
	for (int i = 0; i < CHUNKS; i++) {
		run(0, flood->ipv6, chunk);
		harness_set_clock(harness, harness_clock(harness) + SEC_NS);
		if (flood->flows == RATED) /* in a fuller table some were refused */
			speak(RATED);
	}
	take_stock(flood->flows, &after);
	printf("%u %s: %u of %u connections lost, %llu new flows refused\n", chunk * CHUNKS, flood->name,
	       lost(&before, &after), flows, counted(&before, &after, COUNTER_REFUSED_FULL));
	fflush(stdout);
	ck_assert_uint_le(lost(&before, &after), flood->flows == RATED ? 0 : flows / 100);
	check_accounts(flood, &before, &after, (__u64)chunk * CHUNKS);
}
END_TEST

static void pass_ms(__u32 milliseconds)
{
	for (__u32 i = 0; i < milliseconds; i++) {
		run(0, false, FLOOD_PER_MS);
		harness_set_clock(harness, harness_clock(harness) + MSEC);
	}
}

/* Sends one segment of flow number n. */
static void say(__u32 n, const struct lane_step *step)
{
	*lane(1) = (struct lane){ .order = LANE_LIVES, .first = n, .flows = 1, .steps = 1, .step = { *step } };
	run(1, n % 2, 1);
}

/*
 * 100 handshakes at a time, with RTT_MS before each answer, during the flood. The flood is fast enough to evict one of
 * them if there is little room.
 */
START_TEST(handshakes_succeed_meanwhile)
{
	struct flow_record *records = malloc(SLOTS * sizeof(*records));
	__u32 complete = 0;
	size_t flows;

	fill_table(RATED);
	*lane(0) = (struct lane){ .order = LANE_FLOOD_RANDOM, .step = { { .flags = SEGMENT_SYN } } };
	pass_ms(2 * SLOTS / FLOOD_PER_MS); /* until the table is full */
	for (__u32 batch = 0; batch < HANDSHAKES; batch += 100)
		for (int step = 0; step < 3; step++) {
			for (__u32 n = batch; n < batch + 100; n++)
				say(HANDSHAKE_FIRST + n, &client_closes[step]);
			pass_ms(RTT_MS);
		}
	flows = harness_flows(harness, records, SLOTS);
	for (size_t i = 0; i < flows; i++) {
		struct flow_view view = harness_view(harness, &records[i]);

		complete += lane_flow_of(&records[i]) >= (int)HANDSHAKE_FIRST && view.outcome == OUTCOME_OPEN &&
			    view.origin == ORIGIN_HANDSHAKE && view.syn_to_synack_ns == RTT_MS * MSEC &&
			    view.synack_to_ack_ns == RTT_MS * MSEC && view.handshake_ns == 2 * RTT_MS * MSEC;
	}
	free(records);
	ck_assert_uint_ge(complete, HANDSHAKES * 99 / 100);
}
END_TEST

Suite *flood_suite(struct harness *shared)
{
	Suite *suite = suite_create("flood");
	TCase *tcase = tcase_create("flood");

	(void)shared;
	harness = harness_open(&(struct harness_options){ .buckets = BUCKETS });
	lanes_open();
	tcase_set_timeout(tcase, 600);
	tcase_add_loop_test(tcase, connections_survive, 0, sizeof(floods) / sizeof(floods[0]));
	tcase_add_test(tcase, handshakes_succeed_meanwhile);
	suite_add_tcase(suite, tcase);
	return suite;
}
