/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces. Only the network namespace of the process is ever changed: mounts, and so bpffs, stay the
 * host's. A single thread calls these.
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
 * Open a namespace by its name under `ip netns` or by a process id, a name first. The caller closes the fd. Prints and
 * returns a negative errno when there is none.
 */
int netns_open(const char *name_or_pid);
int netns_open_quietly(const char *name_or_pid); /* prints nothing */

/* Inode of an open namespace, 0 on failure. */
__u64 netns_inode(int fd);

/*
 * Find a namespace by its inode: the process's own, the one that `name_or_pid` (may be "") still stands for, any under
 * `ip netns`, any process's. The caller closes the fd. Nothing is printed. -ENOENT: nobody is in it any more. Another
 * negative errno: that cannot be known; -EACCES if it may be that of another user's process, -ESRCH without /proc.
 */
int netns_find(const char *name_or_pid, __u64 inode);

/* The name under `ip netns` of the namespace with this inode. False when it has none. */
bool netns_name_of(__u64 inode, char *name, size_t size);

/*
 * Enter a namespace. Returns an fd to hand to netns_leave(), or a negative errno with nothing printed; calls may be
 * nested.
 */
int netns_enter(int fd);

/* Back to where netns_enter() was called; closes `home`. A negative `home` is ignored. */
void netns_leave(int home);

/*
 * Call `visit` inside the present namespace and then inside each one under `ip netns`, each inode once as far as names
 * go. Stops at, and returns, the first non-zero result.
 */
int netns_each(int (*visit)(void *context), void *context);

/* The same, and inside those that only processes are in; each once. */
int netns_each_anywhere(int (*visit)(void *context), void *context);

#endif
