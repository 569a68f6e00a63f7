// SPDX-License-Identifier: GPL-2.0-only
#include "base/clock.h"

#include <time.h>

static __u64 clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (__u64)time.tv_sec * NS_PER_S + time.tv_nsec;
}

__u64 monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

__u64 cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/*
 * The two coarse clocks stand still between ticks, so that within one tick their distance is exact: two listings of a
 * flow show the same time to the nanosecond.
 */
static __s64 wall_offset(void)
{
	__u64 wall, before;

	do {
		before = clock_ns(CLOCK_MONOTONIC_COARSE);
		wall = clock_ns(CLOCK_REALTIME_COARSE);
	} while (clock_ns(CLOCK_MONOTONIC_COARSE) != before);
	return (__s64)(wall - before);
}

struct flow_clock flow_clock_now(void)
{
	return (struct flow_clock){ .now_ns = monotonic_ns(), .wall_offset_ns = wall_offset() };
}
