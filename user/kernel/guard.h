/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guard marks an interface as tracked by a `run`. The kernel removes it when the process ends, in whatever way. So a
 * clsact filter that belongs to no pinned instance is an orphan exactly if nobody holds a guard. A guard is valid in
 * the network namespace in which it was taken.
 *
 * A guard is a socket with an abstract address, synscope/run/<ifindex>/<random>. Any user may bind such an address, so
 * only guards of certain owners count; the kernel reports the owner (unix_diag; without that, no guard is found). The
 * random part keeps others from taking the address that a `run` will choose.
 */
#ifndef SYNSCOPE_KERNEL_GUARD_H
#define SYNSCOPE_KERNEL_GUARD_H

#include <linux/types.h>
#include <sys/types.h>

#define GUARD_ANY ((uid_t)-1)

/* Take a guard of an interface of the present namespace. Returns an fd that holds it, or a negative errno. */
int guard_take(__u32 ifindex);

/*
 * Does root, the effective user or `owner` hold a guard of the interface? With GUARD_ANY: does anybody? Returns 1 or 0,
 * or a negative errno if a limit keeps that from being known.
 */
int guard_held(__u32 ifindex, uid_t owner);

#endif
