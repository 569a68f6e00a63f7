/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins that a group may read, and cannot change anything with. What is mapped has to be opened for writing, as the
 * kernel shares memory of no other file; so those maps are frozen first (programs_freeze()): the programs write to
 * them, and nobody else can. The programs that sweep and flush, and the links, stay the owner's alone: to open one is
 * to be able to use it.
 */
#ifndef SYNSCOPE_KERNEL_SHARE_H
#define SYNSCOPE_KERNEL_SHARE_H

#include <linux/types.h>
#include <sys/types.h>

#define SHARE_NOBODY ((gid_t)-1)

/* The group of this name or number, if it could do no more than read. 0 or a negative errno (logged). */
int share_resolve(const char *group, gid_t *gid);

/* The capabilities that it takes to give files to the group: NEEDS() of platform.h, or none. */
__u64 share_needs(gid_t gid);

/* The group that an entry is shared with, SHARE_NOBODY if with none. Prints nothing. */
gid_t share_of(const char *entry);

/* Let the group read what is pinned under an entry. Nothing for SHARE_NOBODY. 0 or a negative errno (logged). */
int share_entry(const char *entry, gid_t gid);

/* Warn if the directories above keep the group out. */
void share_warn_closed(const char *group, gid_t gid);

#endif
