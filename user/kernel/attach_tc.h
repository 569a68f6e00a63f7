/* SPDX-License-Identifier: GPL-2.0-only */
/* A program on a tc hook of an interface of the present network namespace: a tcx link from Linux 6.6 on. */
#ifndef SYNSCOPE_KERNEL_ATTACH_TC_H
#define SYNSCOPE_KERNEL_ATTACH_TC_H

#include <stdbool.h>

#include "kernel/iface.h"

/* Result of tcx_attach() (not logged) if the kernel has no tcx, so that a clsact filter is needed. */
#define TCX_UNSUPPORTED (-EOPNOTSUPP)

/* Attach a program ahead of all others. Returns the fd of the link, or a negative errno (logged). */
int tcx_attach(const struct iface *iface, int program_fd, bool egress);

/*
 * The ids of the tcx programs on a hook, in the order in which they run, at most `room` of them. Returns how many there
 * are, 0 also without such a device or tcx, or a negative errno (not logged).
 */
int tcx_chain(__u32 ifindex, bool egress, __u32 *ids, __u32 room);

#endif
