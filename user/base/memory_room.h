/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much memory this process, or the kernel on its behalf, can still get: what the machine has available, or less if
 * a control group has a limit. The maps of BPF programs are charged to the control group of the process that creates
 * them.
 */
#ifndef SYNSCOPE_BASE_MEMORY_ROOM_H
#define SYNSCOPE_BASE_MEMORY_ROOM_H

#include <linux/types.h>
#include <stdbool.h>

#define ROOM_WHOSE_MAX 160

struct memory_room {
	__u64 bytes;
	char whose[ROOM_WHOSE_MAX]; /* "this machine", or "the control group /x (memory.max is 64.0 MiB)" */
};

/* False if that cannot be known. `root`: a prefix for /proc and /sys, for tests; "" otherwise. */
bool memory_room(const char *root, struct memory_room *room);

/*
 * Are `bytes` too much to take? A sixteenth of the available memory is kept free for others. *most: the maximum that
 * may be taken. Also false if the available memory cannot be known.
 */
bool memory_too_much(__u64 bytes, struct memory_room *room, __u64 *most);

#endif
