/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries in the kernel's own connection tracker, of the present network namespace. */
#ifndef SYNSCOPE_BENCH_CONNTRACK_H
#define SYNSCOPE_BENCH_CONNTRACK_H

#include <linux/types.h>

/* As many as the kernel takes, 0 where it has no connection tracker. */
__u32 conntrack_max(void);

/* Puts in `count` established TCP connections. Returns how many there are then, or a negative errno. Prints nothing. */
long conntrack_fill(__u32 count);

#endif
