/* SPDX-License-Identifier: GPL-2.0-only */
/* Is there memory for a flow table? Asked before any of it is taken, so that no process is killed for it later. */
#ifndef SYNSCOPE_BASE_TABLE_ROOM_H
#define SYNSCOPE_BASE_TABLE_ROOM_H

#include <linux/types.h>

struct table_room {
	__u32 buckets; /* of the table */
	__u64 table; /* bytes that grow with the buckets */
	__u64 beside; /* bytes that do not */
	__u64 loading; /* bytes that are taken for a while, to load programs */
};

/* Returns 0, also if that cannot be known, or -ENOMEM (logged, with how many flows would fit). */
int table_room_check(const struct table_room *room);

#endif
