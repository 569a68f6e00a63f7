/* SPDX-License-Identifier: GPL-2.0-only */
/* New programs for a pinned instance that keeps its flows. */
#ifndef SYNSCOPE_INSTANCE_UPGRADE_H
#define SYNSCOPE_INSTANCE_UPGRADE_H

/*
 * Replace the programs of a pinned instance of the same layout by those of this version. Returns 0 or a negative errno
 * (logged).
 */
int instance_upgrade(const char *name);

#endif
