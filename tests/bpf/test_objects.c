// SPDX-License-Identifier: GPL-2.0-only
/*
 * Objects of an instance are checked before they are read: a map of another shape, or a program or a link in place of a
 * map, is refused, and nothing is written beyond the reader's buffers.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "instance/counters.h"
#include "instance/event_reader.h"
#include "instance/meta.h"

#define GUARD 0x5a

static struct harness *harness;

/* Returns a map, or -1 if this kernel does not support its type. */
static int make(enum bpf_map_type type, __u32 key, __u32 value, __u32 entries, __u32 flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);

	return bpf_map_create(type, "other", key, value, entries, &options);
}

static const struct {
	enum bpf_map_type type;
	__u32 key, value, entries, flags;
} others[] = {
	{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, 32000, 1, 0 },
	{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 1, 0 },
	{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, COUNTER_COUNT * sizeof(__u64), 2, 0 },
	{ BPF_MAP_TYPE_ARRAY, 4, 1 << 20, 1, BPF_F_MMAPABLE },
	{ BPF_MAP_TYPE_ARRAY, 4, 8, 1, BPF_F_MMAPABLE },
	{ BPF_MAP_TYPE_ARRAY, 4, EVENT_READERS * sizeof(struct reader_slot), 2, BPF_F_MMAPABLE },
	{ BPF_MAP_TYPE_ARRAY, 4, EVENT_READERS * sizeof(struct reader_slot), 1, 0 },
	{ BPF_MAP_TYPE_HASH, 64, 32000, 1, 0 },
	{ BPF_MAP_TYPE_PERCPU_HASH, 4, 32000, 1, 0 },
};

#define OTHERS (int)(sizeof(others) / sizeof(others[0]))

static void no_event(const struct flow_event *event, void *context)
{
	(void)event;
	(void)context;
}

static void expect_refused(int fd)
{
	struct {
		__u64 before, total[COUNTER_COUNT], after;
	} counters;
	struct event_reader reader;
	struct instance_meta meta;
	char fault[OBJECT_FAULT_MAX];

	memset(&counters, GUARD, sizeof(counters));
	ck_assert_int_eq(counters_read(fd, counters.total), OBJECT_WRONG);
	ck_assert_uint_eq(counters.before, 0x5a5a5a5a5a5a5a5aULL);
	ck_assert_uint_eq(counters.after, 0x5a5a5a5a5a5a5a5aULL);
	ck_assert_int_eq(event_reader_open(&reader, fd, fd, EVENT_RING_BYTES, 0, no_event, NULL), OBJECT_WRONG);
	ck_assert_int_eq(meta_read(fd, &meta, fault), META_DAMAGED);
	for (enum instance_object object = OBJECT_HOT; object < OBJECT_COUNT; object++) {
		ck_assert_int_eq(object_check(fd, object, &(struct synscope_config){ .buckets = 16 }, fault),
				 OBJECT_WRONG);
		ck_assert_ptr_nonnull(strstr(fault, object_name(object)));
	}
}

START_TEST(another_map)
{
	int fd = make(others[_i].type, others[_i].key, others[_i].value, others[_i].entries, others[_i].flags);

	ck_assert_int_ge(fd, 0);
	expect_refused(fd);
	close(fd);
}
END_TEST

START_TEST(no_map)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "other", "GPL", pass, 2, NULL), pipes[2];

	ck_assert_int_ge(fd, 0);
	expect_refused(fd);
	close(fd);
	ck_assert_int_eq(pipe(pipes), 0);
	expect_refused(pipes[0]);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

/* The objects of a real instance pass the check. */
START_TEST(its_own)
{
	struct instance instance = harness_instance(harness);
	const struct {
		enum instance_object object;
		int fd;
	} own[] = {
		{ OBJECT_HOT, instance.fd[OBJECT_HOT] },
		{ OBJECT_COLD, instance.fd[OBJECT_COLD] },
		{ OBJECT_LATENCIES, instance.fd[OBJECT_LATENCIES] },
		{ OBJECT_ROUND_TRIPS, instance.fd[OBJECT_ROUND_TRIPS] },
		{ OBJECT_SERVER_PORTS, instance.fd[OBJECT_SERVER_PORTS] },
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		ck_assert_int_eq(object_check(own[i].fd, own[i].object, &instance.meta.config, NULL), 0);
		for (enum instance_object other = OBJECT_HOT; other < OBJECT_COUNT; other++)
			if (other != own[i].object)
				ck_assert_int_eq(object_check(own[i].fd, other, &instance.meta.config, NULL),
						 OBJECT_WRONG);
	}
	instance.meta.config.buckets++;
	ck_assert_int_eq(object_check(instance.fd[OBJECT_HOT], OBJECT_HOT, &instance.meta.config, NULL), OBJECT_WRONG);
	instance.meta.config.buckets -= 2;
	ck_assert_int_eq(object_check(instance.fd[OBJECT_COLD], OBJECT_COLD, &instance.meta.config, NULL),
			 OBJECT_WRONG);
	instance.meta.config.rtt = 1;
	ck_assert_int_eq(object_check(instance.fd[OBJECT_ROUND_TRIPS], OBJECT_ROUND_TRIPS, &instance.meta.config, NULL),
			 OBJECT_WRONG);
}
END_TEST

Suite *objects_suite(struct harness *shared)
{
	Suite *suite = suite_create("objects");
	TCase *tcase = tcase_create("objects");

	harness = shared;
	tcase_add_loop_test(tcase, another_map, 0, OTHERS);
	tcase_add_test(tcase, no_map);
	tcase_add_test(tcase, its_own);
	suite_add_tcase(suite, tcase);
	return suite;
}
