/* SPDX-License-Identifier: GPL-2.0-only */
/* The clocks of the host, in nanoseconds. */
#ifndef SYNSCOPE_BASE_CLOCK_H
#define SYNSCOPE_BASE_CLOCK_H

#include <linux/types.h>

#define NS_PER_US 1000ULL
#define NS_PER_MS 1000000ULL
#define NS_PER_S 1000000000ULL

/* A time on the clock of the records, and what to add to it to have the time since 1970. */
struct flow_clock {
	__u64 now_ns;
	__s64 wall_offset_ns;
};

/* CLOCK_MONOTONIC as this process sees it. */
__u64 monotonic_ns(void);

/*
 * CLOCK_BOOTTIME of the host, which is the clock of the records: it goes on while the machine is suspended. A process
 * may be in a time namespace.
 */
__u64 host_boot_ns(void);

/*
 * How much CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC, in whole ms: `boot` was read between `before` and `after`. It is
 * rounded so that the time between the readings does not matter.
 */
__s64 boot_ahead_ns(__u64 before, __u64 boot, __u64 after);

/* The processor time that this process has used. */
__u64 cpu_ns(void);

/* CLOCK_BOOTTIME of the host and its distance from CLOCK_REALTIME now. */
struct flow_clock flow_clock_now(void);

#endif
