// SPDX-License-Identifier: GPL-2.0-only
/* The clock of the records, and the distance from it to the time of day, also on a machine that was suspended. */
#include <time.h>

#include "base/clock.h"
#include "suites.h"

#define MS ((__s64)NS_PER_MS)
#define S ((__s64)NS_PER_S)

/* Readings of CLOCK_MONOTONIC, CLOCK_BOOTTIME and CLOCK_MONOTONIC, and by how much the second clock is ahead. */
static const struct {
	__u64 before, boot, after;
	__s64 ahead;
} readings[] = {
	{ 5 * S, 5 * S, 5 * S, 0 }, /* never suspended */
	{ 5 * S, 5 * S + 40, 5 * S + 90, 0 },
	{ 5 * S, 5 * S + 900000, 5 * S + 900100, 0 }, /* interrupted: as likely before as after the reading */
	{ 5 * S, 3605 * S + 50, 5 * S + 100, 3600 * S }, /* suspended for an hour */
	{ 5 * S, 3605 * S + 123456789, 5 * S + 100, 3600 * S + 123 * MS },
	{ 5 * S, 3605 * S + 123567890, 5 * S + 100, 3600 * S + 124 * MS },
	{ 5 * S, 4 * S - 50, 5 * S + 100, -S }, /* a time namespace whose offsets are not known */
};

START_TEST(how_far_ahead)
{
	ck_assert_int_eq(boot_ahead_ns(readings[_i].before, readings[_i].boot, readings[_i].after), readings[_i].ahead);
}
END_TEST

static __u64 read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (__u64)time.tv_sec * NS_PER_S + time.tv_nsec;
}

/* The time of day comes from a clock that lags by up to a tick, which is 10 ms at most. */
START_TEST(time_of_day)
{
	__u64 boot = read_clock(CLOCK_BOOTTIME), day = read_clock(CLOCK_REALTIME);
	struct flow_clock clock = flow_clock_now();
	__u64 shown = clock.now_ns + clock.wall_offset_ns;

	ck_assert_uint_ge(clock.now_ns, boot);
	ck_assert_uint_le(clock.now_ns, read_clock(CLOCK_BOOTTIME));
	ck_assert_uint_ge(shown + 11 * MS, day);
	ck_assert_uint_le(shown, read_clock(CLOCK_REALTIME) + MS);
}
END_TEST

Suite *clock_suite(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");

	tcase_add_loop_test(tcase, how_far_ahead, 0, sizeof(readings) / sizeof(readings[0]));
	tcase_add_test(tcase, time_of_day);
	suite_add_tcase(suite, tcase);
	return suite;
}
