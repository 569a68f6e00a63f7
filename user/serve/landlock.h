/* SPDX-License-Identifier: GPL-2.0-only */
/* Landlock, see landlock(7): what a process without privileges may forbid itself. */
#ifndef SYNSCOPE_SERVE_LANDLOCK_H
#define SYNSCOPE_SERVE_LANDLOCK_H

#include <linux/types.h>

/* What stays allowed beneath a directory. */
struct landlock_exception {
	const char *directory;
	__u64 access; /* LANDLOCK_ACCESS_FS_* */
};

/*
 * Forbid this thread all of the file system but the exceptions; to bind and to connect TCP sockets; to connect to
 * abstract unix sockets of others, and to send signals to others, as far as this kernel can forbid it. no_new_privs
 * must be set. Returns the version of Landlock, 0 if the kernel has none or if it is not enabled, or a negative errno.
 */
int landlock_enter(const struct landlock_exception *exceptions, int count);

#endif
