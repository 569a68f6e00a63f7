// SPDX-License-Identifier: GPL-2.0-only
#include "base/clock.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_LINK_SIZE 64
#define READINGS 3 /* of the clocks */
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

/* What the time namespace of this process adds to clocks of the host, time_namespaces(7). */
struct clock_offsets {
	__s64 monotonic, boot;
};

static struct clock_offsets read_offsets(void)
{
	struct clock_offsets found = { 0 };
	FILE *offsets = fopen("/proc/self/timens_offsets", "re");
	long long seconds, ns;
	char clock[16];

	if (!offsets) /* a kernel without time namespaces, or no /proc */
		return found;
	while (fscanf(offsets, "%15s %lld %lld", clock, &seconds, &ns) == 3) {
		if (!strcmp(clock, "monotonic") || !strcmp(clock, "1")) /* the number of the clock before Linux 5.7 */
			found.monotonic = seconds * (long long)NS_PER_S + ns;
		if (!strcmp(clock, "boottime") || !strcmp(clock, "7"))
			found.boot = seconds * (long long)NS_PER_S + ns;
	}
	fclose(offsets);
	return (found.monotonic || found.boot) && in_namespace_of_children() ? found : (struct clock_offsets){ 0 };
}

/* What read_offsets() said first: a running process does not change its time namespace. */
static struct clock_offsets own_offsets;

static void note_offsets(void)
{
	own_offsets = read_offsets();
}

/* The file is read once, and then never again by a process in a jail, which may not open it. */
static const struct clock_offsets *offsets_of_process(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, note_offsets);
	return &own_offsets;
}

__u64 host_boot_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME) - offsets_of_process()->boot;
}

__u64 cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

__s64 boot_ahead_ns(__u64 before, __u64 boot, __u64 after)
{
	__s64 ahead = (__s64)(boot - before - (after - before) / 2);
	__s64 half = (__s64)NS_PER_MS / 2;

	return (ahead + (ahead < 0 ? -half : half)) / (__s64)NS_PER_MS * (__s64)NS_PER_MS;
}

/*
 * How long the machine was suspended since it was booted: what the clocks differ by on the host. Of several readings
 * that one counts in which this process was interrupted the least.
 */
static __s64 suspended(const struct clock_offsets *offsets)
{
	__u64 least = ~0ULL;
	__s64 ahead = 0;

	for (int i = 0; i < READINGS; i++) {
		__u64 before = monotonic_ns(), boot = clock_ns(CLOCK_BOOTTIME), after = monotonic_ns();

		if (after - before >= least)
			continue;
		least = after - before;
		ahead = boot_ahead_ns(before - offsets->monotonic, boot - offsets->boot, after - offsets->monotonic);
	}
	return ahead;
}

/*
 * From CLOCK_MONOTONIC to CLOCK_REALTIME. The two coarse clocks stand still between ticks, so that within one tick
 * their distance is exact: two listings of a flow show the same time to the nanosecond.
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
	const struct clock_offsets *offsets = offsets_of_process();

	return (struct flow_clock){ .now_ns = clock_ns(CLOCK_BOOTTIME) - offsets->boot,
				    .wall_offset_ns = wall_offset() + offsets->monotonic - suspended(offsets) };
}
