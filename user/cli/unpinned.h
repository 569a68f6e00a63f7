/* SPDX-License-Identifier: GPL-2.0-only */
/* An instance that lives as long as this process, and is read by it alone. */
#ifndef SYNSCOPE_CLI_UNPINNED_H
#define SYNSCOPE_CLI_UNPINNED_H

#include "instance/options.h"
#include "query/source.h"

struct unpinned {
	struct instance *instance;
	struct flow_source source;
	struct flow_sources sources; /* that one */
	struct services *services; /* or NULL */
};

/*
 * Attach and open the table. `resolve`: ports are shown by their names. Returns 0, -EINTR if the user has ended the
 * command, or another negative errno (logged).
 */
int unpinned_open(struct unpinned *unpinned, struct attach_options *options, bool resolve);

/* Detach. */
void unpinned_close(struct unpinned *unpinned);

#endif
