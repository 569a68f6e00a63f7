/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins that a group may read, without being able to change anything. A map must be opened for writing to be mapped into
 * memory. So maps are frozen first (programs_freeze()): only the programs can write to them. The programs `sweep` and
 * `flush`, and the links, stay private to the owner, because a process that can open them can use them.
 */
#ifndef SYNSCOPE_KERNEL_SHARE_H
#define SYNSCOPE_KERNEL_SHARE_H

#include <linux/types.h>
#include <sys/types.h>

#define SHARE_NOBODY ((gid_t)-1)

/*
 * Look up a group by name or number, and check that its members could do no more than read. Returns 0 or a negative
 * errno (logged).
 */
int share_resolve(const char *group, gid_t *gid);

/* The capabilities needed to give files to the group: NEEDS() of platform.h, or none. */
__u64 share_needs(gid_t gid);

/* The group that an entry is shared with, or SHARE_NOBODY. */
gid_t share_of(const char *entry);

/*
 * Let the group read what is pinned under an entry; does nothing for SHARE_NOBODY. Returns 0 or a negative errno
 * (logged).
 */
int share_entry(const char *entry, gid_t gid);

/* Warn if the group cannot enter the directories above. */
void share_warn_closed(const char *group, gid_t gid);

#endif
