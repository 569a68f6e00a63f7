/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaching: from options to an instance that tracks. */
#ifndef SYNSCOPE_INSTANCE_ATTACH_H
#define SYNSCOPE_INSTANCE_ATTACH_H

#include "instance/instance.h"
#include "instance/options.h"

/*
 * Load, attach and, if options->pin, pin a new instance. What was attached how is in (*instance)->meta. The caller
 * closes the instance; a pinned one goes on tracking. Returns 0 or a negative errno (logged), and then nothing stays
 * attached.
 *
 * Signals that end a command are held back meanwhile. If one came before the instance was complete, everything is
 * undone, and the result is -EINTR (not logged); the signal then ends the process unless it was blocked before. After a
 * success, signals stay held back, because they came too late.
 */
int instance_attach(const struct attach_options *options, struct instance **instance);

#endif
