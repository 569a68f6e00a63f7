/* SPDX-License-Identifier: GPL-2.0-only */
/* The interface that a command takes if none is given: that of the default route. */
#ifndef SYNSCOPE_CLI_DEFAULT_IFACE_H
#define SYNSCOPE_CLI_DEFAULT_IFACE_H

#include <stddef.h>

#include "instance/options.h"

/*
 * Make that interface the only one of the options, in their network namespace, and say so. Returns 0, -ENOENT (not
 * logged) after writing what there is instead into `others`, or another negative errno (logged).
 */
int default_iface(struct attach_options *options, char *others, size_t size);

#endif
