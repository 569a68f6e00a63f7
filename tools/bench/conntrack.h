/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries in the kernel's own connection tracker, of the current network namespace. */
#ifndef SYNSCOPE_BENCH_CONNTRACK_H
#define SYNSCOPE_BENCH_CONNTRACK_H

#include <linux/types.h>

/* The maximum number of entries, 0 if the kernel has no connection tracker. */
__u32 conntrack_max(void);

/*
 * Adds `count` established TCP connections. Returns the number of entries afterwards, or a negative errno (not logged).
 */
long conntrack_fill(__u32 count);

#endif
