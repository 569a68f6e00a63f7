/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces. Only the network namespace of the process is changed: its mounts, and so the bpffs, stay those of
 * the host. Not for several threads.
 */
#ifndef SYNSCOPE_KERNEL_NETNS_H
#define SYNSCOPE_KERNEL_NETNS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define NETNS_NAME_MAX 256

/* Inode of the process's network namespace; 0 if it cannot be known, without /proc and CAP_NET_ADMIN. */
__u64 netns_current_inode(void);

/*
 * Open a namespace by its path, which has a slash; by its name under `ip netns`; if there is no such name, by a process
 * id; or else by the host name of a container. Returns an fd, which the caller closes, or a negative errno (logged);
 * -EMEDIUMTYPE: it is something else.
 */
int netns_open(const char *name_or_pid);
int netns_open_quietly(const char *name_or_pid); /* (not logged); it does not look for containers */

/* Inode of an open namespace, 0 on failure. */
__u64 netns_inode(int fd);

/*
 * Find a namespace by its inode. Looks at the namespace of this process, at `name_or_pid` (may be ""), at those under
 * `ip netns`, and at those of all processes. Returns an fd, which the caller closes, or a negative errno (not logged).
 * -ENOENT: the namespace does not exist any more, or nothing leads to it. Any other: not known whether it exists;
 * -EACCES if a process of another user may be in it, -ESRCH without /proc.
 */
int netns_find(const char *name_or_pid, __u64 inode);

/* The name under `ip netns` of the namespace with this inode. False if it has no name. */
bool netns_name_of(__u64 inode, char *name, size_t size);

/* Enter a namespace. Returns an fd for netns_leave(), or a negative errno (not logged). Calls may be nested. */
int netns_enter(int fd);

/* Return to the namespace in which netns_enter() was called; closes `home`. A negative `home` is ignored. */
void netns_leave(int home);

/*
 * Call `visit` inside the present namespace and then inside each one under `ip netns`, but only once for each inode.
 * Stops at the first non-zero result, and returns it.
 */
int netns_each(int (*visit)(void *context), void *context);

/* The same, and also inside namespaces that have no name but processes. */
int netns_each_anywhere(int (*visit)(void *context), void *context);

#endif
