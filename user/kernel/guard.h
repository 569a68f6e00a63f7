/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mark that a `run` is tracking an interface. It lasts as long as its process, however that ends, so a clsact filter
 * of no pinned instance is an orphan exactly when nobody holds the guard. A guard belongs to the network namespace it
 * was taken in.
 *
 * It is a socket with an abstract address, synscope/run/<ifindex>/<random>, which any user may bind. So it counts by
 * its owner, whom the kernel tells (unix_diag; where that is missing no guard is seen), and nobody can take the address
 * that a `run` will choose.
 */
#ifndef SYNSCOPE_KERNEL_GUARD_H
#define SYNSCOPE_KERNEL_GUARD_H

#include <linux/types.h>
#include <sys/types.h>

#define GUARD_ANY ((uid_t)-1)

/* Take a guard of an interface of the present namespace. Returns an fd that holds it, or a negative errno. */
int guard_take(__u32 ifindex);

/*
 * Does root, the effective user or `owner` hold one? With GUARD_ANY: does anybody? 1 or 0, or a negative errno if some
 * limit keeps it from being known.
 */
int guard_held(__u32 ifindex, uid_t owner);

#endif
