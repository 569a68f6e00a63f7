// SPDX-License-Identifier: GPL-2.0-only
/* The flow table: which flow is evicted (docs/specification.md, section 7), and that a flow is always found again. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "cases.h"
#include "frames.h"

#define MOST_FLOWS 2048
#define FIRST_CLIENT_PORT 40000
#define EVICTED_FIRST COUNTER_EVICTED_EXPIRED
#define EVICTED_LAST COUNTER_EVICTED_ESTABLISHED

static struct harness *one_bucket, *four_buckets, *harness;

/* Sends a segment of flow number n, whose client has port 40000 + n. */
static void send_segment(struct harness *to, int n, char from, const char *flags, __u32 seq, __u32 ack)
{
	struct endpoint client = { .host = 1, .port = FIRST_CLIENT_PORT + n }, server = SERVER;
	struct packet packet = { .from = from == 'C' ? client : server,
				 .to = from == 'C' ? server : client,
				 .seq = seq,
				 .ack = ack,
				 .flags = packet_flags(flags),
				 .window = 65535 };

	harness_packet(to, ENTRY_XDP, &packet);
}

static void make_syn_sent(struct harness *to, int n)
{
	send_segment(to, n, 'C', "S", 1000, 0);
}

static void make_syn_received(struct harness *to, int n)
{
	make_syn_sent(to, n);
	send_segment(to, n, 'S', "SA", 9000, 1001);
}

static void make_established(struct harness *to, int n)
{
	make_syn_received(to, n);
	send_segment(to, n, 'C', "A", 1001, 9001);
}

static void make_close_wait(struct harness *to, int n)
{
	make_established(to, n);
	send_segment(to, n, 'C', "FA", 1001, 9001);
	send_segment(to, n, 'S', "A", 9001, 1002);
}

static void make_last_ack(struct harness *to, int n)
{
	make_close_wait(to, n);
	send_segment(to, n, 'S', "FA", 9001, 1002);
}

static void make_time_wait(struct harness *to, int n)
{
	make_last_ack(to, n);
	send_segment(to, n, 'C', "A", 1002, 9002);
}

static void make_reset(struct harness *to, int n)
{
	make_established(to, n);
	send_segment(to, n, 'C', "R", 1001, 0);
}

static void make_one_way(struct harness *to, int n)
{
	send_segment(to, n, 'C', "A", 1001, 9001);
}

static void pass(struct harness *in, __u64 seconds)
{
	harness_set_clock(in, harness_clock(in) + seconds * SEC_NS);
}

/* How many records of flow n are in the table? */
static int present(struct harness *in, int n)
{
	struct flow_record *records = calloc(MOST_FLOWS, sizeof(*records));
	size_t count = harness_flows(in, records, MOST_FLOWS);
	int found = 0;

	for (size_t i = 0; i < count; i++) {
		struct flow_view view = harness_view(in, &records[i]);

		found += view.side[SIDE_CLIENT].port == 40000 + n || view.side[SIDE_SERVER].port == 40000 + n;
	}
	free(records);
	return found;
}

static __u64 evicted(const struct harness *from)
{
	__u64 values[COUNTER_COUNT], sum = 0;

	harness_counters(from, values);
	for (int i = EVICTED_FIRST; i <= EVICTED_LAST; i++)
		sum += values[i];
	return sum;
}

/* Kinds of flows, in the order in which they must be evicted. */
static const struct {
	void (*make)(struct harness *, int);
	enum synscope_counter counter;
	int wait; /* seconds to wait after it was made */
} victims[] = {
	{ make_syn_sent, COUNTER_EVICTED_EXPIRED, 125 },      { make_reset, COUNTER_EVICTED_CLOSED, 1 },
	{ make_time_wait, COUNTER_EVICTED_TIME_WAIT, 1 },     { make_syn_sent, COUNTER_EVICTED_HALF_OPEN, 1 },
	{ make_syn_received, COUNTER_EVICTED_HALF_OPEN, 1 },  { make_close_wait, COUNTER_EVICTED_CLOSING, 1 },
	{ make_established, COUNTER_EVICTED_ESTABLISHED, 1 }, { make_established, COUNTER_EVICTED_ESTABLISHED, 1 },
};

/* The kinds are numbered as in victims[], and made in another order. */
static const int made[] = { 0, 6, 5, 3, 7, 4, 2, 1 };

/*
 * Says of some flows from number `first` on that their slots are free, or have a SYN that is very old. As many as one
 * newcomer finds out, before it gives up.
 */
static void lie_about(int first)
{
	static const __u32 lies[] = { STAMP_FREE, STAMP_OTHER + 1, STAMP_FREE };

	for (__u32 slot = 0; slot < harness_slots(one_bucket); slot++) {
		const struct flow_hot *hot = harness_hot(one_bucket, slot);
		int client = ntohs(hot->port[0]) >= FIRST_CLIENT_PORT ? 0 : 1,
		    n = ntohs(hot->port[client]) - FIRST_CLIENT_PORT;

		if (n >= first && n < first + (int)(sizeof(lies) / sizeof(*lies)))
			harness_set_stamp(one_bucket, slot, lies[n - first]);
	}
}

/* Also where stamps are wrong. */
START_TEST(victims_in_order)
{
	harness_reset(one_bucket);
	for (int i = 0; i < 8; i++) {
		victims[made[i]].make(one_bucket, made[i]);
		pass(one_bucket, victims[made[i]].wait);
	}
	ck_assert_uint_eq(harness_flows(one_bucket, NULL, 0), 8);
	ck_assert_uint_eq(evicted(one_bucket), 0);
	for (int i = 0; i < 8; i++) {
		__u64 before = harness_counter(one_bucket, victims[i].counter);

		if (_i)
			lie_about(i + 1);
		make_established(one_bucket, 100 + i);
		ck_assert_msg(present(one_bucket, i) == 0, "victim %d is still there", i);
		for (int j = i + 1; j < 8; j++)
			ck_assert_msg(present(one_bucket, j) == 1, "victim %d went before %d", j, i);
		ck_assert_msg(harness_counter(one_bucket, victims[i].counter) == before + 1, "victim %d", i);
		ck_assert_uint_eq(evicted(one_bucket), i + 1);
		ck_assert_uint_eq(harness_flows(one_bucket, NULL, 0), 8);
	}
}
END_TEST

/* The other closing states, too, survive while there are half-open flows. */
START_TEST(closing_flows_outlive_half_open_ones)
{
	harness_reset(one_bucket);
	for (int i = 0; i < 4; i++)
		(i % 2 ? make_last_ack : make_close_wait)(one_bucket, i);
	for (int i = 4; i < 200; i++)
		(i % 2 ? make_syn_received : make_syn_sent)(one_bucket, i);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(present(one_bucket, i), 1);
	ck_assert_uint_eq(harness_counter(one_bucket, COUNTER_EVICTED_CLOSING), 0);
}
END_TEST

/* Three kinds of unsolicited segments displace no real flow. */
START_TEST(floods_displace_nothing_real)
{
	static const struct {
		char from;
		const char *flags;
	} floods[] = { { 'C', "S" }, { 'S', "SA" }, { 'C', "A" }, { 'S', "PA" } };

	harness_reset(four_buckets);
	for (int i = 0; i < 8; i++)
		make_established(four_buckets, i);
	pass(four_buckets, 3600);
	for (int i = 0; i < 5000; i++)
		send_segment(four_buckets, 1000 + i, floods[_i].from, floods[_i].flags, 77777 * i, 12345 * i);
	for (int i = 0; i < 8; i++)
		ck_assert_msg(present(four_buckets, i) == 1, "flow %d is gone", i);
	ck_assert_uint_eq(harness_counter(four_buckets, COUNTER_INSERTED), 5008);
	ck_assert_uint_eq(harness_counter(four_buckets, COUNTER_REFUSED_FULL), 0);
	ck_assert_uint_eq(harness_counter(four_buckets, COUNTER_REFUSED_BUSY), 0);
	ck_assert_uint_eq(evicted(four_buckets) + harness_flows(four_buckets, NULL, 0), 5008);
	ck_assert_uint_eq(harness_counter(four_buckets, COUNTER_EVICTED_HALF_OPEN), evicted(four_buckets));
}
END_TEST

/* If all flows are established, a new handshake displaces the one that has been idle longest. */
START_TEST(full_of_established_flows)
{
	harness_reset(one_bucket);
	for (int i = 0; i < 8; i++) {
		make_established(one_bucket, i);
		pass(one_bucket, 1);
	}
	send_segment(one_bucket, 0, 'S', "A", 9001, 1001); /* no longer idle */
	pass(one_bucket, 1);
	make_established(one_bucket, 8);
	ck_assert_int_eq(present(one_bucket, 0), 1);
	ck_assert_int_eq(present(one_bucket, 1), 0);
	ck_assert_int_eq(present(one_bucket, 8), 1);
	ck_assert_uint_eq(harness_counter(one_bucket, COUNTER_EVICTED_ESTABLISHED), 1);
}
END_TEST

/* Fills every bucket from `first` on with connections that both endpoints sent on. */
static void fill_buckets(__u32 first)
{
	const __u32 facts = FACT_SYN | FACT_ACKED_SYN | FACT_SEQ | FACT_ACK;
	const __u32 now = harness_clock(harness) >> LAST_SEEN_SHIFT;

	for (__u32 slot = first * FLOW_SLOTS_PER_BUCKET; slot < harness_slots(harness); slot++) {
		*harness_hot(harness, slot) = (struct flow_hot){
			.tag = (slot + 1) << 5 | TAG_LIVE,
			.dir = { { .facts = facts | FACT_CLIENT, .last_seen = now },
				 { .facts = facts, .last_seen = now } },
		};
		harness_set_stamp(harness, slot, STAMP_OTHER);
	}
}

static void knock(int newcomers)
{
	for (int i = 0; i < newcomers; i++)
		make_syn_sent(harness, i);
}

/* Two full buckets evict nothing while others have room; if no bucket has room, they do. */
START_TEST(full_neighbours_in_a_table_with_room)
{
	__u64 refused;

	harness_reset(harness);
	fill_buckets(harness_slots(harness) / FLOW_SLOTS_PER_BUCKET - 2);
	knock(20000);
	refused = harness_counter(harness, COUNTER_REFUSED_FULL);
	ck_assert_uint_gt(refused, 2);
	ck_assert_uint_le(harness_counter(harness, COUNTER_EVICTED_ESTABLISHED), refused / 2);
	ck_assert_uint_eq(harness_counter(harness, COUNTER_INSERTED) + refused, 20000);
	harness_reset(harness);
	fill_buckets(0);
	knock(1);
	ck_assert_uint_eq(harness_counter(harness, COUNTER_REFUSED_FULL), 0);
	ck_assert_uint_eq(harness_counter(harness, COUNTER_EVICTED_ESTABLISHED), 1);
}
END_TEST

/* A flow of which only one endpoint was seen is evicted before any real one, however new it is. */
START_TEST(one_way_flows_rank_as_half_open)
{
	harness_reset(one_bucket);
	for (int i = 0; i < 7; i++)
		make_established(one_bucket, i);
	pass(one_bucket, 100);
	make_one_way(one_bucket, 7);
	make_syn_sent(one_bucket, 8);
	ck_assert_int_eq(present(one_bucket, 7), 0);
	ck_assert_uint_eq(harness_counter(one_bucket, COUNTER_EVICTED_HALF_OPEN), 1);
	ck_assert_uint_eq(harness_counter(one_bucket, COUNTER_EVICTED_ESTABLISHED), 0);
}
END_TEST

/* Searches go on behind a freed slot, in the fast path and the slow path, and the slot is used again. */
START_TEST(freed_slots)
{
	harness_reset(one_bucket);
	for (int i = 0; i < 8; i++)
		make_established(one_bucket, i);
	for (__u32 slot = 0; slot < harness_slots(one_bucket); slot++) {
		struct flow_hot *hot = harness_hot(one_bucket, slot);

		if (ntohs(hot->port[0]) != 40000 + _i && ntohs(hot->port[1]) != 40000 + _i)
			hot->tag = 0;
	}
	ck_assert_uint_eq(harness_flows(one_bucket, NULL, 0), 1);
	send_segment(one_bucket, _i, 'S', "A", 9001, 1001);
	send_segment(one_bucket, _i, 'S', "FA", 9001, 1001);
	ck_assert_uint_eq(harness_flows(one_bucket, NULL, 0), 1);
	ck_assert_uint_eq(harness_counter(one_bucket, COUNTER_INSERTED), 8);
	ck_assert_uint_eq(harness_counter(one_bucket, COUNTER_NO_FLOW), 0);
	for (int i = 10; i < 17; i++)
		make_established(one_bucket, i);
	ck_assert_uint_eq(harness_flows(one_bucket, NULL, 0), 8);
	ck_assert_uint_eq(evicted(one_bucket), 0);
}
END_TEST

/* When flows use both of their buckets, every flow is in the table once, and its next segment finds it. */
START_TEST(flows_are_found_again)
{
	static bool live[600];
	size_t flows = 0;
	__u64 inserted;

	harness_reset(four_buckets);
	srand(_i);
	for (int i = 0; i < 600; i++)
		(rand() % 4 ? make_established : make_syn_sent)(four_buckets, i);
	for (int i = 0; i < 600; i++) {
		int times = present(four_buckets, i);

		ck_assert_int_le(times, 1);
		live[i] = times;
		flows += times;
	}
	ck_assert_uint_eq(flows, harness_slots(four_buckets));
	inserted = harness_counter(four_buckets, COUNTER_INSERTED);
	ck_assert_uint_ge(inserted, 300);
	for (int i = 0; i < 600; i++)
		if (live[i])
			send_segment(four_buckets, i, 'S', "A", 9001, 1001);
	ck_assert_uint_eq(harness_counter(four_buckets, COUNTER_INSERTED), inserted);
	ck_assert_uint_eq(evicted(four_buckets) + flows, inserted);
}
END_TEST

/* (address, port) pairs are compared as a whole: if they were sorted separately, the first two would be equal. */
START_TEST(pairs_are_compared_whole)
{
	static const struct endpoint pairs[][2] = {
		{ { 1, 1000 }, { 2, 2000 } }, { { 1, 2000 }, { 2, 1000 } }, { { 1, 1000 }, { 2, 1000 } },
		{ { 1, 2000 }, { 2, 2000 } }, { { 1, 1000 }, { 1, 2000 } }, { { 2, 1000 }, { 2, 2000 } },
		{ { 1, 1000 }, { 1, 1000 } },
	};
	size_t count = sizeof(pairs) / sizeof(pairs[0]);

	harness_reset(harness);
	for (size_t i = 0; i < count; i++) {
		struct packet packet = { .from = pairs[i][0], .to = pairs[i][1], .flags = SEGMENT_SYN, .ipv6 = _i };

		harness_packet(harness, ENTRY_XDP, &packet);
		ck_assert_uint_eq(harness_flows(harness, NULL, 0), i + 1);
	}
	for (size_t i = 0; i < count; i++) {
		struct packet packet = {
			.from = pairs[i][1], .to = pairs[i][0], .ack = 1, .ipv6 = _i, .flags = SEGMENT_SYN | SEGMENT_ACK
		};

		harness_packet(harness, ENTRY_TC, &packet);
		ck_assert_uint_eq(harness_flows(harness, NULL, 0), count);
	}
	ck_assert_uint_eq(harness_counter(harness, COUNTER_INSERTED), count);
}
END_TEST

/* IPv4 and IPv6 flows whose addresses end in the same words are different. */
START_TEST(families_are_kept_apart)
{
	struct packet packet = { A_SYN };

	harness_reset(harness);
	harness_packet(harness, ENTRY_XDP, &packet);
	packet.ipv6 = true;
	harness_packet(harness, ENTRY_XDP, &packet);
	ck_assert_uint_eq(harness_flows(harness, NULL, 0), 2);
}
END_TEST

/* A life that sets every field: options, anomalies, retransmissions, a remembered SYN, both FINs. */
static void leave_traces(struct harness *in, bool ipv6)
{
	static const struct {
		char from;
		const char *flags;
		__u32 seq, ack, payload;
	} said[] = {
		{ 'C', "S", 0, 0, 9 },	   { 'C', "S", 0, 0, 9 },     { 'S', "SA", 0, 99, 0 },
		{ 'S', "SA", 0, 1, 9 },	   { 'S', "SA", 0, 1, 9 },    { 'C', "A", 10, 10, 0 },
		{ 'C', "PA", 10, 10, 50 }, { 'C', "PA", 10, 10, 50 }, { 'S', "A", 10, 5000, 0 },
		{ 'C', "R", 5000, 0, 0 },  { 'C', "S", 7777, 0, 5 },  { 'C', "A", 900000, 10, 0 },
		{ 'S', "FA", 10, 60, 0 },  { 'C', "FA", 60, 11, 0 },  { 'C', "A", 61, 11, 0 },
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		bool client = said[i].from == 'C';
		struct endpoint c = CLIENT, s = SERVER;
		struct packet packet = { .from = client ? c : s,
					 .to = client ? s : c,
					 .ipv6 = ipv6,
					 .payload = said[i].payload,
					 .seq = said[i].seq - 40,
					 .ack = said[i].ack - 40,
					 .flags = packet_flags(said[i].flags),
					 .window = 60000,
					 .tags = 2,
					 .tag = { { 0x8100, 7 }, { 0x8100, 8 } },
					 .options = { .mss = 1460,
						      .wscale = 8,
						      .sack_ok = true,
						      .timestamps = true,
						      .tsval = i + 1,
						      .tsecr = i } };

		harness_packet(in, ENTRY_XDP, &packet);
	}
	send_segment(in, 0, 'C', "R", 61 - 40, 0);
}

/* The record that a SYN leaves, in whatever slot. */
static struct flow_record syn_record(struct harness *in, bool ipv6, __u16 port)
{
	struct packet packet = {
		.from = { 1, port }, .to = SERVER, .ipv6 = ipv6, .seq = 5, .flags = SEGMENT_SYN, .window = 1
	};
	struct flow_record records[8];
	size_t flows;

	harness_set_clock(in, 5000 * SEC_NS);
	harness_packet(in, ENTRY_XDP, &packet);
	flows = harness_flows(in, records, 8);
	for (size_t i = 0; i < flows; i++)
		if (ntohs(records[i].hot.port[0]) == port || ntohs(records[i].hot.port[1]) == port)
			return records[i];
	ck_abort_msg("the SYN began no flow");
}

/* Nothing of the slot's earlier flow is left, except for the generation. */
static void check_wiped(struct flow_record *fresh, struct flow_record *used)
{
	for (int dir = 0; dir < FLOW_DIRS; dir++) {
		fresh->hot.dir[dir].facts &= ~(FACTS_GENERATION_MASK << FACTS_GENERATION_SHIFT);
		used->hot.dir[dir].facts &= ~(FACTS_GENERATION_MASK << FACTS_GENERATION_SHIFT);
	}
	used->cold.incarnation = fresh->cold.incarnation;
	used->cold.announced = fresh->cold.announced; /* contains the generation, too */
	ck_assert_mem_eq(&used->hot, &fresh->hot, sizeof(fresh->hot));
	for (size_t i = 0; i < sizeof(fresh->cold); i++)
		ck_assert_msg(((__u8 *)&used->cold)[i] == ((__u8 *)&fresh->cold)[i],
			      "byte %zu of the cold record is %#x", i, ((__u8 *)&used->cold)[i]);
}

/* … whether the same connection starts anew, or another one takes the slot. */
START_TEST(records_begin_clean)
{
	bool ipv6 = _i & 1;
	__u16 port = _i & 2 ? 40000 : 50000;
	struct flow_record fresh, used;

	harness_reset(one_bucket);
	fresh = syn_record(one_bucket, ipv6, port);
	harness_reset(one_bucket);
	leave_traces(one_bucket, ipv6);
	for (int i = 1; i < 8 && port == 50000; i++) /* the others stay, so that the one with the traces is evicted */
		make_established(one_bucket, i);
	harness_set_clock(one_bucket, harness_clock(one_bucket) + 20 * SEC_NS);
	used = syn_record(one_bucket, ipv6, port);
	check_wiped(&fresh, &used);
	if (port == 50000)
		ck_assert_uint_eq(evicted(one_bucket), 1);
	else
		ck_assert_uint_ge(harness_counter(one_bucket, COUNTER_INCARNATION), 1);
}
END_TEST

Suite *table_suite(struct harness *shared)
{
	Suite *suite = suite_create("table");
	TCase *tcase = tcase_create("table");

	harness = shared;
	one_bucket = harness_open(&(struct harness_options){ .buckets = 1, .programs = "xdp_ether" });
	four_buckets = harness_open(&(struct harness_options){ .buckets = 4, .programs = "xdp_ether" });
	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, victims_in_order, 0, 2);
	tcase_add_test(tcase, closing_flows_outlive_half_open_ones);
	tcase_add_loop_test(tcase, floods_displace_nothing_real, 0, 4);
	tcase_add_test(tcase, full_of_established_flows);
	tcase_add_test(tcase, full_neighbours_in_a_table_with_room);
	tcase_add_test(tcase, one_way_flows_rank_as_half_open);
	tcase_add_loop_test(tcase, freed_slots, 0, 8);
	tcase_add_loop_test(tcase, flows_are_found_again, 0, 4);
	tcase_add_loop_test(tcase, pairs_are_compared_whole, 0, 2);
	tcase_add_test(tcase, families_are_kept_apart);
	tcase_add_loop_test(tcase, records_begin_clean, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}
