// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory_room.h"
#include "base/reason.h"

#include "suites.h"

#define MIB (1ULL << 20)

/* ---- the words, with the limits of the process */

static struct reason with_limit(int resource, rlim_t value, int err)
{
	struct rlimit before, now;
	struct reason reason;

	ck_assert_int_eq(getrlimit(resource, &before), 0);
	now = before;
	now.rlim_cur = value;
	ck_assert_int_eq(setrlimit(resource, &now), 0);
	reason = reason_of(err);
	ck_assert_int_eq(setrlimit(resource, &before), 0);
	return reason;
}

START_TEST(a_limit_is_named_with_its_value_and_where_it_is_set)
{
	ck_assert_str_eq(with_limit(RLIMIT_NOFILE, 40, -EMFILE).text,
			 "too many open files (RLIMIT_NOFILE is 40: see 'ulimit -n')");
	ck_assert_str_eq(with_limit(RLIMIT_AS, 1ULL << 46, -ENOMEM).text,
			 "out of memory (RLIMIT_AS is 64.0 TiB: see 'ulimit -v')");
	ck_assert_str_eq(with_limit(RLIMIT_DATA, 1ULL << 46, -ENOMEM).text,
			 "out of memory (RLIMIT_DATA is 64.0 TiB: see 'ulimit -d')");
	ck_assert_str_eq(with_limit(RLIMIT_FSIZE, 4096, -EFBIG).text,
			 "the file would be larger than is allowed (RLIMIT_FSIZE is 4.00 KiB: see 'ulimit -f')");
}
END_TEST

START_TEST(all_limits_that_may_be_to_blame_are_named)
{
	struct rlimit before, now;
	struct reason reason;

	ck_assert_int_eq(getrlimit(RLIMIT_DATA, &before), 0);
	now = before;
	now.rlim_cur = 1ULL << 45;
	ck_assert_int_eq(setrlimit(RLIMIT_DATA, &now), 0);
	reason = with_limit(RLIMIT_AS, 1ULL << 46, -ENOMEM);
	ck_assert_str_eq(reason.text, "out of memory (RLIMIT_AS is 64.0 TiB: see 'ulimit -v'; RLIMIT_DATA is 32.0 TiB: "
				      "see 'ulimit -d')");
	reason = with_limit(RLIMIT_NPROC, 5, -EAGAIN);
	ck_assert_str_eq(reason.text,
			 "no further thread can be made (pids.max of the control group, or RLIMIT_NPROC is "
			 "5: see 'ulimit -u', or RLIMIT_DATA is 32.0 TiB: see 'ulimit -d')");
	ck_assert_int_eq(setrlimit(RLIMIT_DATA, &before), 0);
}
END_TEST

START_TEST(without_a_limit_none_is_named)
{
	ck_assert_ptr_null(strstr(with_limit(RLIMIT_AS, RLIM_INFINITY, -ENOMEM).text, "RLIMIT_AS"));
	ck_assert_ptr_nonnull(strstr(reason_of(-ENFILE).text, "fs.file-max"));
	ck_assert_str_eq(reason_of(-ENODEV).text, strerror(ENODEV));
}
END_TEST

START_TEST(sudo_is_advised_where_it_helps)
{
	ck_assert_str_eq(permission_hint(-ENOENT), "");
	ck_assert_ptr_null(strstr(geteuid() ? "" : permission_hint(-EPERM), "sudo"));
}
END_TEST

/* ---- available memory, in a made-up file system */

static char root[] = "/tmp/synscope-room-XXXXXX";

static void setup(void)
{
	strcpy(root + strlen(root) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", root);
	ck_assert_int_eq(system(command), 0); /* NOLINT(cert-env33-c): the path is ours */
}

/* Creates a file under the root, with its directories. */
static void put(const char *path, const char *text)
{
	char whole[512];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (char *slash = whole + strlen(root); (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		ck_assert(!mkdir(whole, 0700) || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(whole, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void put_machine(void)
{
	put("/proc/meminfo", "MemTotal:       2000000 kB\nMemFree:  1 kB\nMemAvailable:    1048576 kB\n");
}

static void room_is(unsigned long long mib, const char *whose)
{
	struct memory_room room;

	ck_assert(memory_room(root, &room));
	ck_assert_uint_eq(room.bytes, mib * MIB);
	ck_assert_str_eq(room.whose, whose);
}

START_TEST(without_groups_it_is_the_machine)
{
	struct memory_room room;

	ck_assert(!memory_room(root, &room)); /* without /proc the answer is "unknown" */
	put_machine();
	room_is(1024, "this machine");
	put("/proc/self/cgroup", "0::/a\n");
	put("/proc/self/mountinfo", "1 1 8:1 / / rw - ext4 /dev/sda rw\n");
	room_is(1024, "this machine");
}
END_TEST

START_TEST(the_tightest_of_nested_groups_counts)
{
	put_machine();
	put("/proc/self/cgroup", "0::/a/b\n");
	put("/proc/self/mountinfo", "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n");
	put("/sys/fs/cgroup/a/b/memory.max", "max\n");
	put("/sys/fs/cgroup/a/b/memory.high", "536870912\n");
	put("/sys/fs/cgroup/a/b/memory.current", "33554432\n");
	room_is(480, "the control group /a/b (memory.high is 512 MiB)");
	put("/sys/fs/cgroup/a/memory.max", "134217728\n");
	put("/sys/fs/cgroup/a/memory.high", "max\n");
	put("/sys/fs/cgroup/a/memory.current", "104857600\n");
	room_is(28, "the control group /a (memory.max is 128 MiB)");
	/* memory of the page cache counts as available */
	put("/sys/fs/cgroup/a/memory.stat", "anon 1\nactive_file 20971520\ninactive_file 41943040\nshmem 5\n");
	room_is(88, "the control group /a (memory.max is 128 MiB)");
	/* more is used than is allowed */
	put("/sys/fs/cgroup/a/memory.current", "999999999999\n");
	room_is(0, "the control group /a (memory.max is 128 MiB)");
}
END_TEST

START_TEST(groups_of_version_1_count)
{
	put_machine();
	put("/proc/self/cgroup", "5:cpu,cpuacct:/\n4:hugetlb,memory:/x\n0::/\n");
	put("/proc/self/mountinfo", "31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
				    "32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
	room_is(1024, "this machine");
	put("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "67108864\n");
	put("/sys/fs/cgroup/memory/x/memory.usage_in_bytes", "33554432\n");
	put("/sys/fs/cgroup/memory/x/memory.stat", "total_inactive_file 1048576\ninactive_file 5\n");
	room_is(33, "the control group /x (memory.limit_in_bytes is 64.0 MiB)");
}
END_TEST

/* In a container the path may be the host's, and only a part of the hierarchy may be mounted. */
START_TEST(what_is_mounted_may_be_a_part)
{
	put_machine();
	put("/proc/self/mountinfo", "30 24 0:26 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
	put("/sys/fs/cgroup/memory.max", "67108864\n");
	put("/sys/fs/cgroup/memory.current", "0\n");
	for (const char *const *path = (const char *const[]){ "0::/docker/1\n", "0::/docker/1/in\n", "0::/../x\n",
							      "0::/docker/12\n", "0::/elsewhere\n", NULL };
	     *path; path++) {
		put("/proc/self/cgroup", *path);
		struct memory_room room;

		ck_assert(memory_room(root, &room));
		ck_assert_msg(room.bytes == 64 * MIB, "%s: %llu", *path, room.bytes);
	}
	put("/sys/fs/cgroup/in/memory.max", "1048576\n");
	put("/sys/fs/cgroup/in/memory.current", "0\n");
	put("/proc/self/cgroup", "0::/docker/1/in\n");
	room_is(1, "the control group /in (memory.max is 1.00 MiB)");
}
END_TEST

Suite *reason_suite(void)
{
	Suite *suite = suite_create("reason");
	TCase *words = tcase_create("words"), *room = tcase_create("room");

	tcase_add_test(words, a_limit_is_named_with_its_value_and_where_it_is_set);
	tcase_add_test(words, all_limits_that_may_be_to_blame_are_named);
	tcase_add_test(words, without_a_limit_none_is_named);
	tcase_add_test(words, sudo_is_advised_where_it_helps);
	suite_add_tcase(suite, words);
	tcase_add_checked_fixture(room, setup, teardown);
	tcase_add_test(room, without_groups_it_is_the_machine);
	tcase_add_test(room, the_tightest_of_nested_groups_counts);
	tcase_add_test(room, groups_of_version_1_count);
	tcase_add_test(room, what_is_mounted_may_be_a_part);
	suite_add_tcase(suite, room);
	return suite;
}
