/* SPDX-License-Identifier: GPL-2.0-only */
/* How far something long has come: a line on stderr, where that is a terminal, once it has taken a second. */
#ifndef SYNSCOPE_BASE_PROGRESS_H
#define SYNSCOPE_BASE_PROGRESS_H

#include <stdbool.h>

#include <linux/types.h>

#define PROGRESS_STRIDE 4096 /* calls of progress_show() are worth their clock every so many things */

/* Zeroed, it is never shown. */
struct progress {
	bool wanted, shown;
	int columns; /* of the terminal */
	const char *what; /* is counted, in the plural */
	__u64 start_ns, due_ns; /* when it began, and when it is to be shown again */
};

/* `printing`: output is written meanwhile, and so there is no progress where that is on a terminal, too. */
struct progress progress_begin(const char *what, bool printing);

/* `done` of `all` (0: not known) is behind us, in whatever unit, and so many things. */
void progress_show(struct progress *progress, __u64 done, __u64 all, __u64 count);

/* Take the line away. */
void progress_end(struct progress *progress);

#endif
