/* SPDX-License-Identifier: GPL-2.0-only */
/* Containers by the host name that they have in their UTS namespace. */
#ifndef SYNSCOPE_KERNEL_CONTAINER_H
#define SYNSCOPE_KERNEL_CONTAINER_H

/*
 * Open the network namespace of the processes that see this host name, which is not that of the host. Returns an fd,
 * which the caller closes, or a negative errno: -ENOENT if there are none, or they may not be looked at; -ENOTUNIQ
 * (logged, with them) if they are in several network namespaces.
 */
int container_open_netns(const char *host_name);

#endif
