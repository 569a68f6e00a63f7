// SPDX-License-Identifier: GPL-2.0-only
/* The collector of an export: which flows of a table, and of events, become records. */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "export/collector.h"
#include "instance/told.h"
#include "made_flow.h"
#include "stats_fixture.h"
#include "suites.h"

#define PAGE ((size_t)sysconf(_SC_PAGESIZE))
#define RING_BYTES EVENT_RING_BYTES
#define ACTIVE_NS (60 * NS_PER_S)
#define SETTLED_NS (5 * NS_PER_S) /* since the end of a flow */
#define OWNER 77
#define FIRST 49 /* of two flows that were refused, so that they have ended at once */
#define SECOND 99

/* An export of one instance, whose table and ring buffer the test writes, to a queue that nobody empties. */
struct exported {
	struct stats_fixture made;
	struct instance_told *told;
	char *ring; /* the page of the reader, that of the writer, and the data */
	struct flow_sources sources;
	struct destination destination;
	struct destinations destinations;
	struct collector collector;
};

static const struct filter all;

static int memory_file(size_t bytes, void *memory)
{
	int fd = memfd_create("map", MFD_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, (off_t)bytes), 0);
	*(void **)memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(*(void **)memory, MAP_FAILED);
	return fd;
}

/* As if another process had opened the instance for this one, with a place for events or without. */
static void exported_begin(struct exported *exported, bool place)
{
	struct stats_fixture *made = &exported->made;
	struct instance_told *told = told_new();
	struct reader_slot *slots;

	*exported = (struct exported){ .told = told };
	stats_fixture_begin(made, true);
	told->meta = made->instance.meta;
	told->claim = (struct event_claim){ .owner = OWNER, .ring_bytes = RING_BYTES };
	if (place) {
		told->fd[OBJECT_READER_SLOTS] = memory_file(PAGE, &slots);
		told->ring_fd = memory_file(2 * (PAGE + RING_BYTES), &exported->ring);
		slots[0] = (struct reader_slot){ .owner = OWNER, .heartbeat_ns = host_boot_ns() };
	}
	made->instance.told = told;
	exported->sources = (struct flow_sources){ .source = &made->source, .count = 1 };
	exported->destinations = (struct destinations){ .one = &exported->destination, .count = 1 };
	ck_assert_int_eq(record_queue_open(&exported->destination.queue, 16), 0);
}

static int exported_open(struct exported *exported)
{
	return collector_open(&exported->collector, &exported->sources, &all, &exported->destinations, ACTIVE_NS);
}

static void exported_end(struct exported *exported)
{
	record_queue_close(&exported->destination.queue);
	stats_fixture_end(&exported->made);
	told_release(exported->told);
}

static struct flow_record ended_flow(__u32 number)
{
	struct flow_clock clock = flow_clock_now();
	struct history_flow flow;

	clock.now_ns -= SETTLED_NS;
	flow = made_flow(number, &clock);
	return (struct flow_record){ .hot = flow.hot, .cold = flow.cold };
}

/* Give the first slot to a flow. */
static void give_slot(struct exported *exported, const struct flow_record *flow)
{
	exported->made.flows = 0;
	stats_fixture_put(&exported->made, flow);
}

/* Write the last event of a flow that had the first slot. */
static void write_retired(struct exported *exported, const struct flow_record *flow)
{
	const struct flow_event event = {
		.time_ns = flow_clock_now().now_ns,
		.kinds = EVENT_RETIRED,
		.reason = RETIRE_ENDED,
		.hot = flow->hot,
		.cold = flow->cold,
	};
	unsigned long *written = (unsigned long *)(exported->ring + PAGE);
	char *to = exported->ring + 2 * PAGE + *written;

	*(__u32 *)to = sizeof(event);
	memcpy(to + BPF_RINGBUF_HDR_SZ, &event, sizeof(event));
	*written += BPF_RINGBUF_HDR_SZ + (sizeof(event) + 7) / 8 * 8;
}

/* What is done once a second, and then the events that wait. Returns how many records there are. */
static size_t step(struct exported *exported)
{
	exported->collector.second_ns = 0;
	ck_assert_int_ge(collector_step(&exported->collector), 0);
	return record_queue_count(&exported->destination.queue);
}

/* The table shows the next flow before the last event of the one that had its slot was read. */
START_TEST(a_flow_is_told_once_although_its_slot_has_another)
{
	const struct flow_record first = ended_flow(FIRST), second = ended_flow(SECOND), none = { .slot = 0 };
	struct exported exported;

	exported_begin(&exported, true);
	ck_assert_int_eq(exported_open(&exported), 0);
	give_slot(&exported, &first);
	ck_assert_uint_eq(step(&exported), 1);
	write_retired(&exported, &first);
	give_slot(&exported, &second);
	ck_assert_uint_eq(step(&exported), 2);
	write_retired(&exported, &second);
	give_slot(&exported, &none);
	ck_assert_uint_eq(step(&exported), 2);
	collector_close(&exported.collector);
	ck_assert_uint_eq(record_queue_count(&exported.destination.queue), 2);
	exported_end(&exported);
}
END_TEST

/* What passed of the first flow after it was told is in its last record, and no more. */
START_TEST(the_rest_of_a_flow_is_told_although_its_slot_has_another)
{
	struct flow_record first = ended_flow(FIRST), second = ended_flow(SECOND);
	const struct export_record *records;
	struct exported exported;

	exported_begin(&exported, true);
	ck_assert_int_eq(exported_open(&exported), 0);
	give_slot(&exported, &first);
	ck_assert_uint_eq(step(&exported), 1);
	first.hot.dir[0].packets += PACKETS_ONE;
	first.hot.dir[0].bytes += 40;
	write_retired(&exported, &first);
	give_slot(&exported, &second);
	ck_assert_uint_eq(step(&exported), 3);
	ck_assert_uint_eq(record_queue_wait(&exported.destination.queue, 3, 0, &records), 3);
	ck_assert_uint_eq(records[1].delta[SIDE_CLIENT].packets, 1);
	ck_assert_uint_eq(records[1].delta[SIDE_CLIENT].bytes, 40);
	ck_assert_uint_eq(records[1].delta[SIDE_SERVER].packets, 0);
	ck_assert_uint_eq(records[2].delta[SIDE_CLIENT].packets, records[2].view.side[SIDE_CLIENT].packets);
	collector_close(&exported.collector);
	exported_end(&exported);
}
END_TEST

START_TEST(an_instance_without_events_is_left_out)
{
	struct exported exported;

	exported_begin(&exported, false);
	exported.told->events_err = -EBUSY;
	ck_assert_int_eq(exported_open(&exported), -EBUSY);
	exported_end(&exported);
}
END_TEST

Suite *collector_suite(void)
{
	Suite *suite = suite_create("collector");
	TCase *tcase = tcase_create("collector");

	tcase_add_test(tcase, a_flow_is_told_once_although_its_slot_has_another);
	tcase_add_test(tcase, the_rest_of_a_flow_is_told_although_its_slot_has_another);
	tcase_add_test(tcase, an_instance_without_events_is_left_out);
	suite_add_tcase(suite, tcase);
	return suite;
}
