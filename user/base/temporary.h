/* SPDX-License-Identifier: GPL-2.0-only */
/* A file for what would take too much memory. It has no name, and is gone with the process. */
#ifndef SYNSCOPE_BASE_TEMPORARY_H
#define SYNSCOPE_BASE_TEMPORARY_H

#include <stddef.h>

#include <linux/types.h>

/* Make one in TMPDIR, or else in /var/tmp or /tmp. Returns its fd, or -1 if none can be made (not logged). */
int temporary_open(void);

/* Append, or read from an offset. Return 0 or a negative errno (logged). */
int temporary_append(int file, const void *bytes, size_t size);
int temporary_read(int file, void *bytes, size_t size, __u64 at);

#endif
