/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Following: an instance that was attached to all interfaces (--all) takes those that appear later, while a process
 * waits for them.
 */
#ifndef SYNSCOPE_INSTANCE_FOLLOW_H
#define SYNSCOPE_INSTANCE_FOLLOW_H

#include "instance/hooks.h"

struct following;

/*
 * Begin to listen, in the present network namespace, before its interfaces are listed for the first time. The caller
 * closes. Returns 0 or a negative errno (logged).
 */
int follow_open(struct following **following);

/*
 * To be called when the instance is attached: keeps what is needed to attach more. Takes over the programs and the list
 * of what was left out.
 */
void follow_begin(struct following *following, struct attaching *attaching);

/* Stop; what is attached stays. NULL is ignored. */
void follow_close(struct following *following);

/* Becomes readable when follow_update() is to be called. -1 if the instance does not follow. */
int follow_fd(const struct instance *instance);

/*
 * Attach to the interfaces that have appeared, and say so unless `quiet`. What is refused is logged, and not tried
 * again. Returns 0, -ENODEV if the instance was detached or its network namespace is gone, or another negative errno
 * (logged) if this process cannot go on.
 */
int follow_update(struct instance *instance, bool quiet);

/* Was the instance detached, or is its network namespace gone, so that nothing is left to follow? */
bool follow_is_over(const struct instance *instance);

#endif
