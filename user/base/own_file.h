/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that are written to under a name that the user gives. Root may be lured to a name that somebody else has made:
 * no symbolic link is followed, and nobody else's file is written to.
 */
#ifndef SYNSCOPE_BASE_OWN_FILE_H
#define SYNSCOPE_BASE_OWN_FILE_H

#include <sys/stat.h>

#include "base/reason.h"

/* What may be opened: a regular file, or also a FIFO or a device of characters. */
enum own_file_kind { OWN_FILE_REGULAR, OWN_FILE_ANY };

/*
 * Open it with these flags, or make it with that mode. A regular file must be this user's, and have no other name.
 * Returns an fd with its status in *file, or a negative errno with the reason in *why: -EPERM if it is refused, and for
 * the rest as open(2) has it, so -ENXIO for a FIFO without a reader.
 */
int own_file_open(const char *path, int flags, mode_t mode, enum own_file_kind kind, struct stat *file,
		  struct reason *why);

#endif
