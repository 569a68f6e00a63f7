/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The handshake of the opener and the server: what one sends the other receives, and nothing that was not sent so is
 * taken, whoever sends it. No descriptor is left open.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "instance/close.h"
#include "instance/counters.h"
#include "instance/events.h"
#include "instance/interface.h"
#include "instance/open.h"
#include "serve/opened.h"
#include "serve/opener_message.h"
#include "serve/trackers.h"
#include "suites.h"

#include "synscope/flow.h"

#define HEAD (2 * sizeof(__u32))
#define FDS_OF_INSTANCE 9 /* how many objects OPENER_OBJECTS has */
#define MANY_FDS 60

static int ends[2]; /* of the opener and of the server */
static struct opened opened;

static int open_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int fds_before;

static void begin(void)
{
	fds_before = open_fds();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	opened_init(&opened, ends[1]);
}

static void end(void)
{
	opened_close(&opened);
	close(ends[0]);
	ck_assert_int_eq(open_fds(), fds_before);
}

static struct opener_message an_instance(__u32 number, const char *name)
{
	struct opener_message message = { .kind = OPENER_INSTANCE, .number = number };
	struct instance_meta *meta = &message.instance.meta;

	*meta = (struct instance_meta){ .magic = META_MAGIC,
					.byte_order = META_BYTE_ORDER,
					.layout_version = FLOW_LAYOUT_VERSION,
					.hot_size = sizeof(struct flow_bucket),
					.cold_size = sizeof(struct flow_cold),
					.interfaces = 1,
					.config.buckets = 16 };
	snprintf(meta->name, sizeof(meta->name), "%s", name);
	message.instance.objects = OPENER_OBJECTS;
	message.instance.meta_id = number;
	return message;
}

/* Send a message with descriptors of a file of our own. */
static int send_with(const struct opener_message *message, int count)
{
	int fd = memfd_create("object", MFD_CLOEXEC), fds[OPENER_FDS_MAX], err;

	ck_assert_int_eq(ftruncate(fd, 1 << 16), 0);
	for (int i = 0; i < count; i++)
		fds[i] = fd;
	err = opener_send(ends[0], message, fds);
	close(fd);
	return err;
}

static void must_take(const struct opener_message *message, int count)
{
	ck_assert_int_eq(send_with(message, count), 0);
	ck_assert_int_eq(opened_update(&opened), 0);
}

static void must_have(int expected, const char *names)
{
	char text[256];
	struct instance **found;
	int count;

	ck_assert_int_eq(opened_instances(&opened, &found, &count), 0);
	ck_assert_int_eq(count, expected);
	instances_names(found, count, text, sizeof(text));
	ck_assert_str_eq(text, names);
	instances_close(found, count);
}

START_TEST(instances_come_and_go)
{
	struct opener_message a = an_instance(1, "a"), b = an_instance(2, "b"), gone = { .kind = OPENER_GONE };
	struct opener_message again = an_instance(3, "b");
	struct instance **found;
	int count;

	must_take(&b, FDS_OF_INSTANCE);
	must_take(&a, FDS_OF_INSTANCE);
	ck_assert(opened.changed);
	must_have(2, "a, b");
	ck_assert_int_eq(opened_instances(&opened, &found, &count), 0);
	ck_assert(instance_is_there(found[1]));
	gone.number = 2;
	must_take(&gone, 0);
	ck_assert(!instance_is_there(found[1]));
	ck_assert(instance_is_there(found[0]));
	ck_assert_int_eq(instance_reread(found[1]), -ENOENT);
	must_take(&again, FDS_OF_INSTANCE);
	ck_assert(!instance_is_there(found[1]));
	instances_close(found, count);
	must_have(2, "a, b");
}
END_TEST

/* What changes of an instance, while somebody reads it. */
START_TEST(an_instance_changes)
{
	struct opener_message a = an_instance(1, "a"), state = { .kind = OPENER_STATE, .number = 1 };
	struct interface_state interface;
	__u64 counters[COUNTER_COUNT];
	struct instance **found;
	int count, fd;

	must_take(&a, FDS_OF_INSTANCE);
	state.state.counters[COUNTER_SYN] = 7;
	state.state.interface[0] = (struct told_interface){ .ifname = "eth0", .moved = 1 };
	must_take(&state, 0);
	ck_assert_int_eq(opened_instances(&opened, &found, &count), 0);
	ck_assert_int_eq(instance_counters_read(found[0], counters), 0);
	ck_assert_uint_eq(counters[COUNTER_SYN], 7);
	ck_assert_int_eq(instance_interface_state(found[0], 0, &interface), 0);
	ck_assert_str_eq(interface.ifname, "eth0");
	ck_assert(interface.moved && !interface.deleted);
	a.instance.meta.interfaces = 2;
	a.instance.objects &= ~(1U << OBJECT_SWEEP);
	must_take(&a, FDS_OF_INSTANCE - 1);
	ck_assert_int_eq(instance_reread(found[0]), 0);
	ck_assert_uint_eq(found[0]->meta.interfaces, 2);
	ck_assert_int_eq(instance_open_object(found[0], OBJECT_SWEEP), -ENOENT);
	ck_assert_int_eq(instance_open_object(found[0], OBJECT_META), -ENOENT);
	fd = instance_open_object(found[0], OBJECT_HOT);
	ck_assert_int_ge(fd, 0);
	close(fd);
	instances_close(found, count);
}
END_TEST

START_TEST(an_instance_with_a_fault)
{
	struct opener_message bad = an_instance(1, "bad"), other = an_instance(2, "other");
	struct instance **found;
	int count;

	bad.instance.objects = other.instance.objects = 0;
	snprintf(bad.instance.fault, sizeof(bad.instance.fault), "its 'hot' is missing");
	other.instance.other_layout = 1;
	other.instance.meta.layout_version++;
	must_take(&bad, 0);
	must_take(&other, 0);
	ck_assert_int_eq(opened_instances(&opened, &found, &count), 0);
	ck_assert_int_eq(count, 2);
	ck_assert_str_eq(found[0]->fault, "its 'hot' is missing");
	ck_assert(!instance_is_readable(found[1]));
	instances_close(found, count);
}
END_TEST

static void must_be_troubled(struct trackers *trackers, const char *why)
{
	char text[TRACKER_TROUBLE_MAX];

	ck_assert_int_eq(trackers_refresh(trackers), 0);
	ck_assert(trackers_trouble(trackers, text, sizeof(text)));
	ck_assert_msg(strstr(text, why) && !strstr(text, "; "), "'%s' is not '%s'", text, why);
}

/* Another instance of the name of one that was left out is tried, and no old cause is told. */
START_TEST(left_out_and_attached_again)
{
	struct opener_message a = an_instance(1, "a"), again = an_instance(2, "a");
	struct opener_message gone = { .kind = OPENER_GONE, .number = 1 };
	struct trackers trackers = { .opened = &opened };
	struct events events = { 0 };

	ck_assert_int_eq(trackers_open(&trackers, &events), 0);
	a.instance.objects = again.instance.objects = 0;
	a.instance.other_layout = again.instance.other_layout = 1;
	strcpy(again.instance.meta.program_version, "0.9");
	must_take(&a, 0);
	must_be_troubled(&trackers, "version ,");
	must_take(&gone, 0);
	must_take(&again, 0);
	must_be_troubled(&trackers, "version 0.9");
	trackers_close(&trackers);
}
END_TEST

START_TEST(rounds)
{
	struct opener_message round = { .kind = OPENER_ROUND }, finish = { .kind = OPENER_END };
	struct instance **found;
	int count;

	must_take(&round, 0);
	ck_assert_uint_eq(opened.rounds, 1);
	ck_assert_int_eq(opened_wait(&opened), 0);
	round.err = -EMFILE;
	must_take(&round, 0);
	ck_assert_int_eq(opened_instances(&opened, &found, &count), -EMFILE);
	ck_assert(!opened.ended);
	must_take(&finish, 0);
	ck_assert(opened.ended);
	shutdown(ends[0], SHUT_RDWR);
	ck_assert_int_eq(opened_update(&opened), 0);
}
END_TEST

/* A place that nobody holds, or a claim that is none, gives no events, and no crash. */
START_TEST(places)
{
	struct opener_message a = an_instance(1, "a"), place = { .kind = OPENER_PLACE, .number = 1 };
	struct event_reader reader;
	struct instance **found;
	int count;

	must_take(&a, FDS_OF_INSTANCE);
	ck_assert_int_eq(opened_instances(&opened, &found, &count), 0);
	ck_assert_int_eq(instance_events_open(found[0], &reader, 1, 0, NULL, NULL), -EINPROGRESS);
	place.place.err = -EBUSY;
	opened.changed = false;
	must_take(&place, 0);
	ck_assert(opened.changed); /* whoever reads the instance tries again at once */
	ck_assert_int_eq(instance_events_open(found[0], &reader, 1, 0, NULL, NULL), -EBUSY);
	place.place.err = 0;
	place.place.claim = (struct event_claim){ .owner = 1, .slot = EVENT_READERS, .ring_bytes = 1 << 16 };
	must_take(&place, 1);
	ck_assert_int_eq(instance_events_open(found[0], &reader, 1, 0, NULL, NULL), -EPROTO);
	place.place.claim.slot = 0;
	must_take(&place, 1);
	ck_assert_int_eq(instance_events_open(found[0], &reader, 1, 0, NULL, NULL), -EINPROGRESS);
	instances_close(found, count);
}
END_TEST

/* ---- what is no message */

static void send_raw(const void *data, size_t size, int count)
{
	union {
		char bytes[CMSG_SPACE(MANY_FDS * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec part = { .iov_base = (void *)data, .iov_len = size };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count) {
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.align = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS,
						  .cmsg_len = CMSG_LEN(count * sizeof(int)) };
		for (int i = 0; i < count; i++)
			memcpy(CMSG_DATA(&control.align) + i * sizeof(int), &ends[0], sizeof(int));
	}
	ck_assert_int_ge(sendmsg(ends[0], &header, 0), 0);
}

static void must_refuse(void)
{
	int before = open_fds();

	ck_assert_int_eq(opened_update(&opened), -EPROTO);
	ck_assert_int_eq(open_fds(), before);
	ck_assert_uint_eq(opened.count, 0);
}

static void spoil_kind(struct opener_message *message)
{
	message->kind = OPENER_END + 1;
}

static void spoil_layout(struct opener_message *message)
{
	message->instance.meta.layout_version++;
}

static void spoil_buckets(struct opener_message *message)
{
	message->instance.meta.config.buckets = 0;
}

static void spoil_interfaces(struct opener_message *message)
{
	message->instance.meta.interfaces = MAX_INTERFACES + 1;
}

static void spoil_name(struct opener_message *message)
{
	memset(message->instance.meta.name, 'a', sizeof(message->instance.meta.name));
}

static void spoil_fault(struct opener_message *message)
{
	memset(message->instance.fault, 'a', sizeof(message->instance.fault));
}

static void spoil_objects(struct opener_message *message)
{
	message->instance.objects |= 1U << OBJECT_FLUSH;
}

static void lack_objects(struct opener_message *message)
{
	message->instance.objects &= ~(1U << OBJECT_HOT);
}

static void fault_with_objects(struct opener_message *message)
{
	message->instance.fault[0] = 'x';
}

static void unknown_number(struct opener_message *message)
{
	*message = (struct opener_message){ .kind = OPENER_PLACE, .number = 99 };
}

static const struct {
	const char *name;
	void (*spoil)(struct opener_message *message);
	int size; /* added to that of the message */
	int fds; /* instead of FDS_OF_INSTANCE */
} wrong[] = {
	{ "another kind", spoil_kind, 0, FDS_OF_INSTANCE },
	{ "another layout", spoil_layout, 0, FDS_OF_INSTANCE },
	{ "no buckets", spoil_buckets, 0, FDS_OF_INSTANCE },
	{ "too many interfaces", spoil_interfaces, 0, FDS_OF_INSTANCE },
	{ "a name without end", spoil_name, 0, FDS_OF_INSTANCE },
	{ "a fault without end", spoil_fault, 0, FDS_OF_INSTANCE },
	{ "an object that a server does not get", spoil_objects, 0, FDS_OF_INSTANCE + 1 },
	{ "no table", lack_objects, 0, FDS_OF_INSTANCE - 1 },
	{ "a fault, and objects", fault_with_objects, 0, FDS_OF_INSTANCE },
	{ "a byte less", NULL, -1, FDS_OF_INSTANCE },
	{ "a byte more", NULL, 1, FDS_OF_INSTANCE },
	{ "as long as a message may be", NULL, 1 << 16, FDS_OF_INSTANCE },
	{ "the head alone", NULL, -(int)sizeof(struct opener_instance), FDS_OF_INSTANCE },
	{ "less than the head", NULL, -(int)(sizeof(struct opener_instance) + 1), 0 },
	{ "no descriptors", NULL, 0, 0 },
	{ "a descriptor less", NULL, 0, FDS_OF_INSTANCE - 1 },
	{ "a descriptor more", NULL, 0, FDS_OF_INSTANCE + 1 },
	{ "more descriptors than there is room for", NULL, 0, MANY_FDS },
};

START_TEST(what_is_no_message)
{
	static char bytes[sizeof(struct opener_message) + (1 << 16)];
	struct opener_message message = an_instance(1, "a");

	if (wrong[_i].spoil)
		wrong[_i].spoil(&message);
	memcpy(bytes, &message, sizeof(message));
	send_raw(bytes, HEAD + sizeof(struct opener_instance) + wrong[_i].size, wrong[_i].fds);
	must_refuse();
}
END_TEST

/* A state, a place or an end of what was never begun. */
START_TEST(of_no_instance)
{
	struct opener_message message;
	int before = open_fds();

	unknown_number(&message);
	ck_assert_int_eq(send_with(&message, 1), 0);
	must_refuse();
	message.kind = OPENER_STATE;
	ck_assert_int_eq(send_with(&message, 0), 0);
	must_refuse();
	message.kind = OPENER_GONE;
	ck_assert_int_eq(send_with(&message, 0), 0);
	must_refuse();
	ck_assert_int_eq(open_fds(), before);
}
END_TEST

START_TEST(a_bad_state)
{
	struct opener_message a = an_instance(1, "a"), state = { .kind = OPENER_STATE, .number = 1 };

	must_take(&a, FDS_OF_INSTANCE);
	memset(state.state.interface[MAX_INTERFACES - 1].ifname, 'a', IFNAME_MAX);
	ck_assert_int_eq(send_with(&state, 0), 0);
	ck_assert_int_eq(opened_update(&opened), -EPROTO);
}
END_TEST

/* Messages of random bytes, sizes and numbers of descriptors: most are refused, and none does harm. */
START_TEST(garbage)
{
	static unsigned char bytes[sizeof(struct opener_message) + 64];

	int fds[OPENER_FDS_MAX], count;

	srand(1);
	for (int round = 0; round < 3000; round++) {
		struct opener_message message = an_instance(1 + rand() % 4, "a");
		size_t size = rand() % 3 ? sizeof(message) : rand() % sizeof(bytes) + 1;

		memcpy(bytes, &message, sizeof(message));
		for (int i = rand() % 4; i; i--)
			bytes[rand() % (rand() % 2 ? 16 : sizeof(message))] = (unsigned char)rand();
		bytes[0] = (unsigned char)(rand() % 8);
		if (rand() % 2)
			size = HEAD + sizeof(struct opener_instance);
		send_raw(bytes, size, rand() % 3 ? FDS_OF_INSTANCE : rand() % MANY_FDS);
		if (opener_receive(ends[1], &message, fds, &count) > 0)
			for (int i = 0; i < count; i++)
				close(fds[i]);
	}
}
END_TEST

START_TEST(the_opener_ends)
{
	shutdown(ends[0], SHUT_RDWR);
	ck_assert_int_eq(opened_update(&opened), -EPIPE);
	ck_assert_int_eq(opened_wait(&opened), -EPIPE);
}
END_TEST

/* Half of a message cannot be: it is sent whole or not at all. A server that does not read holds nobody up. */
START_TEST(the_server_does_not_read)
{
	struct opener_message a = an_instance(1, "a");
	int err = 0, sent = 0;

	while (!err && sent < 10000) {
		err = send_with(&a, FDS_OF_INSTANCE);
		sent += !err;
	}
	ck_assert(err == -EAGAIN || err == -ETOOMANYREFS);
	ck_assert_int_gt(sent, 0);
	ck_assert_int_eq(opened_update(&opened), 0);
	must_have(1, "a");
	ck_assert_int_eq(send_with(&a, FDS_OF_INSTANCE), 0);
	ck_assert_int_eq(opened_update(&opened), 0);
}
END_TEST

START_TEST(the_server_ends)
{
	struct opener_message a = an_instance(1, "a");

	close(opened.socket);
	opened.socket = -1;
	ck_assert_int_eq(send_with(&a, FDS_OF_INSTANCE), -EPIPE);
}
END_TEST

Suite *opener_suite(void)
{
	Suite *suite = suite_create("opener");
	TCase *tcase = tcase_create("messages");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, instances_come_and_go);
	tcase_add_test(tcase, an_instance_changes);
	tcase_add_test(tcase, an_instance_with_a_fault);
	tcase_add_test(tcase, left_out_and_attached_again);
	tcase_add_test(tcase, rounds);
	tcase_add_test(tcase, places);
	tcase_add_loop_test(tcase, what_is_no_message, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tcase, of_no_instance);
	tcase_add_test(tcase, a_bad_state);
	tcase_add_test(tcase, garbage);
	tcase_add_test(tcase, the_opener_ends);
	tcase_add_test(tcase, the_server_does_not_read);
	tcase_add_test(tcase, the_server_ends);
	suite_add_tcase(suite, tcase);
	return suite;
}
