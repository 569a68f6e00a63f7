/* SPDX-License-Identifier: GPL-2.0-only */
/* Progress of a long operation: a line on stderr, if that is a terminal, shown after the first second. */
#ifndef SYNSCOPE_BASE_PROGRESS_H
#define SYNSCOPE_BASE_PROGRESS_H

#include <stdbool.h>

#include <linux/types.h>

#define PROGRESS_STRIDE 4096 /* call progress_show() only once for so many items, because it reads the clock */

/* If zeroed, it is never shown. */
struct progress {
	bool wanted, shown;
	int columns; /* of the terminal */
	const char *what; /* what is counted, in the plural */
	__u64 start_ns, due_ns; /* when it began, and when to show it next */
};

/* `printing`: data goes to stdout meanwhile, so no progress is shown if stdout is a terminal, too. */
struct progress progress_begin(const char *what, bool printing);

/* Show that `done` of `all` (0: not known) are done, in any unit, and `count` items so far. */
void progress_show(struct progress *progress, __u64 done, __u64 all, __u64 count);

/* Erase the line. */
void progress_end(struct progress *progress);

#endif
