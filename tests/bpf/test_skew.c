// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two directions of a flow come through two queues, so that a segment of one endpoint may be processed later than
 * the answers to it. Whole lives are played with one direction delayed by one to three segments of the other; the facts
 * at the end, and with them states, outcome and totals, must be those of the right order.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "frames.h"

#define LIFE_MAX 16
#define SKEW_MAX 3

struct said {
	char from; /* 'C' or 'S'; 0: the end */
	const char *flags;
	__u32 seq, ack, payload; /* relative to the ISNs */
};

struct life {
	const char *name;
	struct said said[LIFE_MAX];
};

#define OPENING                                        \
	{ 'C', "S", 0, 0, 0 }, { 'S', "SA", 0, 1, 0 }, \
	{                                              \
		'C', "A", 1, 1, 0                      \
	}
#define TRANSFER                                                                       \
	{ 'C', "PA", 1, 1, 100 }, { 'S', "A", 1, 101, 0 }, { 'S', "PA", 1, 101, 200 }, \
	{                                                                              \
		'C', "A", 101, 201, 0                                                  \
	}

static const struct life lives[] = {
	{ "established", { OPENING } },
	{ "transfer", { OPENING, TRANSFER } },
	{ "data completes",
	  { { 'C', "S", 0, 0, 0 }, { 'S', "SA", 0, 1, 0 }, { 'C', "PA", 1, 1, 10 }, { 'S', "A", 1, 11, 0 } } },
	{ "fast open",
	  { { 'C', "S", 0, 0, 20 }, { 'S', "SA", 0, 21, 0 }, { 'C', "A", 21, 1, 0 }, { 'S', "PA", 1, 21, 10 } } },
	{ "client closes",
	  { OPENING,
	    TRANSFER,
	    { 'C', "FA", 101, 201, 0 },
	    { 'S', "A", 201, 102, 0 },
	    { 'S', "FA", 201, 102, 0 },
	    { 'C', "A", 102, 202, 0 } } },
	{ "server closes",
	  { OPENING,
	    TRANSFER,
	    { 'S', "FA", 201, 101, 0 },
	    { 'C', "A", 101, 202, 0 },
	    { 'C', "FA", 101, 202, 0 },
	    { 'S', "A", 202, 102, 0 } } },
	{ "FIN answers FIN", { OPENING, { 'C', "FA", 1, 1, 0 }, { 'S', "FA", 1, 2, 0 }, { 'C', "A", 2, 2, 0 } } },
	{ "simultaneous close",
	  { OPENING, { 'C', "FA", 1, 1, 0 }, { 'S', "FA", 1, 1, 0 }, { 'C', "A", 2, 2, 0 }, { 'S', "A", 2, 2, 0 } } },
	{ "half closed",
	  { OPENING,
	    { 'C', "FPA", 1, 1, 50 },
	    { 'S', "A", 1, 52, 0 },
	    { 'S', "PA", 1, 52, 60 },
	    { 'C', "A", 52, 61, 0 } } },
	{ "FIN of the server with the last data",
	  { OPENING,
	    { 'C', "PA", 1, 1, 10 },
	    { 'S', "FPA", 1, 11, 500 },
	    { 'C', "A", 11, 502, 0 },
	    { 'C', "FA", 11, 502, 0 },
	    { 'S', "A", 502, 12, 0 } } },
};

#define LIVES ((int)(sizeof(lives) / sizeof(lives[0])))

static struct harness *harness;

/* A way to play a life. */
struct way {
	bool ipv6, wrap;
	enum entry entry;
	char late; /* the delayed direction; 0: none */
	int by; /* how many segments of the other direction overtake it */
};

static void send_said(const struct said *said, const struct way *way)
{
	bool client = said->from == 'C';
	struct endpoint c = CLIENT, s = SERVER;
	__u32 isn = way->wrap ? ~0U - 40 : 1000, peer_isn = isn + (client ? 8000 : 0);
	struct packet packet = { .from = client ? c : s,
				 .to = client ? s : c,
				 .ipv6 = way->ipv6,
				 .window = 65535,
				 .payload = said->payload,
				 .flags = packet_flags(said->flags) };

	isn += client ? 0 : 8000;
	packet.seq = isn + said->seq;
	packet.ack = packet.flags & SEGMENT_ACK ? peer_isn + said->ack : 0;
	harness_set_clock(harness, harness_clock(harness) + MSEC);
	harness_packet(harness, way->entry, &packet);
}

/* Puts the segments of a life into the order in which they are processed. */
static int arrange(const struct life *life, const struct way *way, const struct said *order[LIFE_MAX])
{
	int due[LIFE_MAX], count = 0, others = 0, total = 0;

	for (const struct said *said = life->said; said->from; said++, total++) {
		due[total] = others + (said->from == way->late ? way->by : 0);
		others += said->from != way->late;
	}
	/* due: how many segments of the other direction precede it; the order within a direction stays */
	others = 0;
	for (int late = 0, prompt = 0; count < total;) {
		while (late < total && life->said[late].from != way->late)
			late++;
		while (prompt < total && life->said[prompt].from == way->late)
			prompt++;
		if (late < total && (due[late] <= others || prompt >= total)) {
			order[count++] = &life->said[late++];
		} else {
			order[count++] = &life->said[prompt++];
			others++;
		}
	}
	return count;
}

static struct flow_view play_life(const struct life *life, const struct way *way)
{
	const struct said *order[LIFE_MAX];
	int count = arrange(life, way, order);

	harness_reset(harness);
	for (int i = 0; i < count; i++)
		send_said(order[i], way);
	return only_flow(harness);
}

static bool same_side(const struct endpoint_view *a, const struct endpoint_view *b)
{
	return a->state == b->state && a->isn_known == b->isn_known && a->isn == b->isn && a->port == b->port &&
	       a->packets == b->packets && a->bytes == b->bytes && a->payload_bytes == b->payload_bytes &&
	       a->fins == b->fins && a->syns == b->syns && a->syn_retransmits == b->syn_retransmits &&
	       a->retransmits == b->retransmits;
}

static bool sane(__s64 latency)
{
	return latency == LATENCY_UNKNOWN || (latency >= 0 && latency < 20 * (__s64)MSEC);
}

static void check_skew(const struct life *life, const struct way *way, const struct flow_view *expected)
{
	struct flow_view got = play_life(life, way);
	char what[100];

	snprintf(what, sizeof(what), "%s, %s %s%s, %c late by %d", life->name, way->ipv6 ? "IPv6" : "IPv4",
		 way->entry == ENTRY_TC ? "tc" : "XDP", way->wrap ? " across the wrap" : "", way->late, way->by);
	for (int side = 0; side < SIDE_COUNT; side++)
		ck_assert_msg(same_side(&got.side[side], &expected->side[side]),
			      "%s: side %d: state %s, expected %s; payload %llu, expected %llu", what, side,
			      state_name(got.side[side].state), state_name(expected->side[side].state),
			      got.side[side].payload_bytes, expected->side[side].payload_bytes);
	ck_assert_msg(got.outcome == expected->outcome, "%s: %s, expected %s", what, outcome_name(got.outcome),
		      outcome_name(expected->outcome));
	ck_assert_msg(got.conn_state == expected->conn_state, "%s: %s, expected %s", what,
		      conn_state_name(got.conn_state), conn_state_name(expected->conn_state));
	ck_assert_msg(!got.one_way && got.incarnation == 1, "%s: one way, or incarnation %d", what, got.incarnation);
	ck_assert_msg(sane(got.syn_to_synack_ns) && sane(got.synack_to_ack_ns) && sane(got.handshake_ns),
		      "%s: latencies %lld %lld %lld", what, got.syn_to_synack_ns, got.synack_to_ack_ns,
		      got.handshake_ns);
}

START_TEST(skew)
{
	const struct life *life = &lives[_i / 8];
	struct way way = { .ipv6 = _i & 1, .entry = _i & 2 ? ENTRY_TC : ENTRY_XDP, .wrap = _i & 4 };
	struct flow_view expected = play_life(life, &way);

	for (way.by = 1; way.by <= SKEW_MAX; way.by++) {
		way.late = 'C';
		check_skew(life, &way, &expected);
		way.late = 'S';
		check_skew(life, &way, &expected);
	}
}
END_TEST

Suite *skew_suite(struct harness *shared)
{
	Suite *suite = suite_create("skew");
	TCase *tcase = tcase_create("skew");

	harness = shared;
	tcase_add_loop_test(tcase, skew, 0, LIVES * 8);
	suite_add_tcase(suite, tcase);
	return suite;
}
