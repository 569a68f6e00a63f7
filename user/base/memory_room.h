/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much memory can still be had, by this process or by the kernel on its behalf: what the machine has available, or
 * less, where a control group has a limit. The maps of BPF programs are charged to the group of the process that makes
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

/* False if it cannot be known. `root`: where /proc and /sys are found, "" but for tests. */
bool memory_room(const char *root, struct memory_room *room);

/*
 * Is that too much to take? False, too, if it cannot be known. Something is left over for everybody else: a sixteenth
 * of the room. *most: what may be taken, at most.
 */
bool memory_too_much(__u64 bytes, struct memory_room *room, __u64 *most);

#endif
