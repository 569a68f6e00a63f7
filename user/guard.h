/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mark that a `run` is tracking an interface. It lasts as long as its process, however that ends, so a clsact filter
 * of no pinned instance is an orphan exactly when nobody holds the guard. A guard belongs to the network namespace it
 * was taken in.
 */
#ifndef SYNSCOPE_GUARD_H
#define SYNSCOPE_GUARD_H

#include <linux/types.h>
#include <stdbool.h>

/* Take the guard of an interface of the present namespace. Returns an fd that holds it, or -EADDRINUSE, or another errno. */
int guard_take(__u32 ifindex);

/* Is it held? */
bool guard_held(__u32 ifindex);

#endif
