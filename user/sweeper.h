/* SPDX-License-Identifier: GPL-2.0-only */
/* Expiry that is told: see synscope/sweep.h. */
#ifndef SYNSCOPE_SWEEPER_H
#define SYNSCOPE_SWEEPER_H

#include <linux/types.h>

/* Run the program on all of so many slots. What goes wrong is told by nobody: nothing but events depends on it. */
void sweep_table(int sweep_fd, __u64 slots);

#endif
