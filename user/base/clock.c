// SPDX-License-Identifier: GPL-2.0-only
#include "base/clock.h"

#include <stdbool.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_LINK_SIZE 64
#define FIRST_TIME_NS "time:[4026531834]" /* that of the host: its number is fixed (linux/proc_ns.h) */

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

/*
 * Do the offsets of /proc/self/timens_offsets apply to this process? They are those of its children, who may be in
 * another time namespace than itself (unshare -T without fork).
 */
static bool in_namespace_of_children(void)
{
	char mine[NS_LINK_SIZE] = "", children[NS_LINK_SIZE] = "";

	return readlink("/proc/self/ns/time", mine, sizeof(mine) - 1) < 0 ||
	       readlink("/proc/self/ns/time_for_children", children, sizeof(children) - 1) < 0 ||
	       !strcmp(mine, children) || strcmp(mine, FIRST_TIME_NS) != 0;
}

/* What the time namespace of this process adds to CLOCK_MONOTONIC of the host, time_namespaces(7). */
static __s64 monotonic_offset(void)
{
	long long seconds, ns, offset = 0;
	char clock[16];
	FILE *offsets = fopen("/proc/self/timens_offsets", "re");

	if (!offsets) /* a kernel without time namespaces, or no /proc */
		return 0;
	while (fscanf(offsets, "%15s %lld %lld", clock, &seconds, &ns) == 3)
		if (!strcmp(clock, "monotonic") || !strcmp(clock, "1")) /* the number of the clock before Linux 5.7 */
			offset = seconds * (long long)NS_PER_S + ns;
	fclose(offsets);
	return offset && in_namespace_of_children() ? offset : 0;
}

__u64 host_monotonic_ns(void)
{
	return monotonic_ns() - monotonic_offset();
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
	__s64 offset = monotonic_offset();

	return (struct flow_clock){ .now_ns = monotonic_ns() - offset, .wall_offset_ns = wall_offset() + offset };
}
