// SPDX-License-Identifier: GPL-2.0-only
/* The program `flush`: it forgets the flows that a reader found, and never one that has taken the slot since. */
#include <bpf/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "synscope/sweep.h"
#include "cases.h"
#include "frames.h"

#define FLOWS 40
#define STORM_PORTS 32
#define STORM_FLUSHED 1000

static struct harness *harness, *narrow;

static struct packet segment(int n, bool server, __u16 flags, __u32 seq, __u32 ack)
{
	struct endpoint client = { .host = 1, .port = 20000 + n }, listener = SERVER;

	return (struct packet){ .from = server ? listener : client,
				.to = server ? client : listener,
				.seq = seq,
				.ack = ack,
				.flags = flags,
				.window = 65535 };
}

static void send_segment(struct harness *to, int n, bool server, __u16 flags, __u32 seq, __u32 ack)
{
	struct packet packet = segment(n, server, flags, seq, ack);

	harness_packet(to, ENTRY_TC, &packet);
}

static void establish(struct harness *to, int n)
{
	send_segment(to, n, false, SEGMENT_SYN, 1000, 0);
	send_segment(to, n, true, SEGMENT_SYN | SEGMENT_ACK, 9000, 1001);
	send_segment(to, n, false, SEGMENT_ACK, 1001, 9001);
}

static struct flush_entry entry_of(const struct flow_record *record)
{
	return (struct flush_entry){ .slot = record->slot,
				     .tag = record->hot.tag,
				     .generation = facts_generation(record->hot.dir[0].facts) };
}

static int run_flush(const struct harness *in, struct flush_request *request)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = request, .ctx_size_in = sizeof(*request));

	return bpf_prog_test_run_opts(harness_flush_program(in), &options);
}

/* Returns how many flows were forgotten. */
static __u32 flush(struct flush_request *request)
{
	request->flushed = ~0U;
	ck_assert_int_eq(run_flush(harness, request), 0);
	return request->flushed;
}

static __u32 flush_one(struct flush_entry entry)
{
	struct flush_request request = { .count = 1, .entry = { entry } };

	return flush(&request);
}

static int client_number(const struct flow_record *record)
{
	return harness_view(harness, record).side[SIDE_CLIENT].port - 20000;
}

/* Flushes every second flow; the others are still found behind the freed slots, and continue. */
START_TEST(chosen_flows_go)
{
	struct flow_record records[FLOWS];
	struct flush_request request = { 0 };
	size_t count;

	harness_reset(harness);
	for (int n = 0; n < FLOWS; n++)
		establish(harness, n);
	ck_assert_uint_eq(harness_flows(harness, records, FLOWS), FLOWS);
	for (int i = 0; i < FLOWS; i++)
		if (client_number(&records[i]) % 2)
			request.entry[request.count++] = entry_of(&records[i]);
	ck_assert_uint_eq(flush(&request), FLOWS / 2);
	ck_assert_uint_eq(flush(&request), 0);
	for (int n = 0; n < FLOWS; n += 2)
		send_segment(harness, n, false, SEGMENT_FIN | SEGMENT_ACK, 1001, 9001);
	count = harness_flows(harness, records, FLOWS);
	ck_assert_uint_eq(count, FLOWS / 2);
	for (size_t i = 0; i < count; i++) {
		struct flow_view view = harness_view(harness, &records[i]);

		ck_assert_int_eq(client_number(&records[i]) % 2, 0);
		ck_assert_uint_eq(view.side[SIDE_CLIENT].packets, 3);
		ck_assert_int_eq(view.side[SIDE_CLIENT].state, STATE_FIN_WAIT_1);
	}
}
END_TEST

/* A connection that continues becomes a new flow, picked up midstream. */
START_TEST(flushed_flows_begin_anew)
{
	struct flow_record record;
	struct flow_view view;

	harness_reset(harness);
	establish(harness, 0);
	ck_assert_uint_eq(harness_flows(harness, &record, 1), 1);
	ck_assert_uint_eq(flush_one(entry_of(&record)), 1);
	ck_assert_uint_eq(harness_flows(harness, &record, 1), 0);
	send_segment(harness, 0, false, SEGMENT_ACK, 1001, 9001);
	ck_assert_uint_eq(harness_flows(harness, &record, 1), 1);
	view = harness_view(harness, &record);
	ck_assert_int_eq(view.origin, ORIGIN_MIDSTREAM);
	ck_assert_uint_eq(view.side[SIDE_CLIENT].packets, 1);
	ck_assert_int_eq(view.handshake_ns, LATENCY_UNKNOWN);
}
END_TEST

/* The flow that was read no longer exists: a new incarnation of it, or another flow, stays untouched. */
START_TEST(others_stay)
{
	struct flow_record before, after, same;
	struct flush_entry entry;

	harness_reset(harness);
	establish(harness, 0);
	ck_assert_uint_eq(harness_flows(harness, &before, 1), 1);
	send_segment(harness, 0, false, SEGMENT_RST, 1001, 0);
	send_segment(harness, 0, false, SEGMENT_SYN, 500000, 0);
	ck_assert_uint_eq(harness_flows(harness, &after, 1), 1);
	ck_assert_uint_eq(after.slot, before.slot);
	ck_assert_uint_eq(after.hot.tag, before.hot.tag);
	ck_assert_uint_eq(after.cold.incarnation, 2);
	ck_assert_uint_eq(flush_one(entry_of(&before)), 0);
	entry = entry_of(&after);
	entry.tag ^= 1U << 5; /* the signature of another flow */
	ck_assert_uint_eq(flush_one(entry), 0);
	entry.tag = 0;
	ck_assert_uint_eq(flush_one(entry), 0);
	ck_assert_uint_eq(harness_flows(harness, &same, 1), 1);
	ck_assert_mem_eq(&same.hot, &after.hot, sizeof(same.hot));
	ck_assert_mem_eq(&same.cold, &after.cold, sizeof(same.cold));
	ck_assert_uint_eq(flush_one(entry_of(&after)), 1);
}
END_TEST

/* Whatever the request contains, nothing is written outside of it, and no other flow is freed. */
START_TEST(nonsense_is_harmless)
{
	struct flush_request request = { .count = ~0U };
	struct flow_record record;

	harness_reset(harness);
	establish(harness, 0);
	ck_assert_uint_eq(harness_flows(harness, &record, 1), 1);
	for (__u32 i = 0; i < FLUSH_ENTRIES; i++)
		request.entry[i] = (struct flush_entry){ .slot = harness_slots(harness) + i * i * i * i * i,
							 .tag = ~0U - i,
							 .generation = ~0U };
	ck_assert_uint_eq(flush(&request), 0);
	request.entry[FLUSH_ENTRIES - 1] = entry_of(&record);
	request.count = FLUSH_ENTRIES - 1;
	ck_assert_uint_eq(flush(&request), 0);
	request.count = ~0U;
	ck_assert_uint_eq(flush(&request), 1);
}
END_TEST

/* ---- while segments arrive */

struct storm {
	atomic_bool over;
	int failures;
};

/* Sends connections that begin and end, on a few ports. */
static void *rage(void *argument)
{
	static const struct {
		bool server;
		__u16 flags;
		__u32 seq, ack;
	} life[] = { { false, SEGMENT_SYN, 1000, 0 },
		     { true, SEGMENT_SYN | SEGMENT_ACK, 9000, 1001 },
		     { false, SEGMENT_ACK, 1001, 9001 },
		     { true, SEGMENT_ACK, 9001, 1001 },
		     { false, SEGMENT_RST, 1001, 0 } };
	struct storm *storm = argument;

	for (int i = 0; !atomic_load(&storm->over); i++) {
		int step = i / STORM_PORTS % 5;
		struct packet packet =
			segment(i % STORM_PORTS, life[step].server, life[step].flags, life[step].seq, life[step].ack);
		__u8 frame[256];
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = packet_build(&packet, frame),
			    .repeat = 1);

		storm->failures += !!bpf_prog_test_run_opts(harness_program(narrow, ENTRY_TC, false), &options);
	}
	return NULL;
}

/* Flushes every flow that is found. Returns how many were forgotten. */
static __u32 flush_narrow(void)
{
	static struct flow_record records[FLUSH_ENTRIES];
	struct flush_request request = { .count = harness_flows(narrow, records, FLUSH_ENTRIES) };

	for (__u32 i = 0; i < request.count; i++)
		request.entry[i] = entry_of(&records[i]);
	ck_assert_int_eq(run_flush(narrow, &request), 0);
	return request.flushed;
}

/* When segments and flushes act at the same time, no slot becomes unusable, and no flow exists twice. */
START_TEST(a_storm_leaves_no_trace)
{
	struct storm storm = { 0 };
	__u32 flushed = 0;
	pthread_t thread;

	harness_reset(narrow);
	ck_assert_int_eq(pthread_create(&thread, NULL, rage, &storm), 0);
	while (flushed < STORM_FLUSHED) {
		__u32 some = flush_narrow();

		if (!some)
			sched_yield();
		flushed += some;
	}
	atomic_store(&storm.over, true);
	pthread_join(thread, NULL);
	ck_assert_int_eq(storm.failures, 0);
	flush_narrow();
	ck_assert_uint_eq(harness_flows(narrow, NULL, 0), 0);
	for (__u32 slot = 0; slot < harness_slots(narrow); slot++) {
		const struct flow_hot *hot = harness_hot(narrow, slot);

		ck_assert(!(hot->tag & (TAG_BUSY | TAG_LIVE)));
		ck_assert(!((hot->dir[0].facts | hot->dir[1].facts) & FACT_WRITING));
		ck_assert_uint_eq(facts_generation(hot->dir[0].facts), facts_generation(hot->dir[1].facts));
	}
}
END_TEST

Suite *flush_suite(struct harness *shared)
{
	Suite *suite = suite_create("flush");
	TCase *tcase = tcase_create("flush");

	harness = shared;
	narrow = harness_open(&(struct harness_options){ .buckets = 4 });
	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, chosen_flows_go);
	tcase_add_test(tcase, flushed_flows_begin_anew);
	tcase_add_test(tcase, others_stay);
	tcase_add_test(tcase, nonsense_is_harmless);
	tcase_add_test(tcase, a_storm_leaves_no_trace);
	suite_add_tcase(suite, tcase);
	return suite;
}
