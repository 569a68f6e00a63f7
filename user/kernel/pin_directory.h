/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directories of pins, as file descriptors. A path that was checked may lead elsewhere when it is used later, so no
 * path is used twice. A directory is opened relative to the one above it, without following symbolic links or crossing
 * mounts, and then the opened directory is checked. The bpffs may be writable by everybody (mode 1777, the kernel's
 * default).
 */
#ifndef SYNSCOPE_KERNEL_PIN_DIRECTORY_H
#define SYNSCOPE_KERNEL_PIN_DIRECTORY_H

#include "kernel/pin.h"

/* Open the bpffs at BPFFS_PATH, for *at() functions only. -ENOENT if none is mounted there; otherwise as below. */
int pin_open_bpffs(char fault[PIN_FAULT_MAX]);

/*
 * Open the directory of all entries (entry NULL) or of one entry for reading. It must be owned by root or the effective
 * user, and nobody else may be able to write to it. Returns an fd or a negative errno (not logged): -ENOENT if there is
 * nothing, PIN_REFUSED if there is something else; then `fault`, if not NULL, says what is wrong and how to mend it.
 */
int pin_open_directory(const char *entry, char fault[PIN_FAULT_MAX]);

/* The same for an entry, or a directory in an entry, relative to an open directory. `path` is for `fault` only. */
int pin_open_below(int directory, const char *name, const char *path, char fault[PIN_FAULT_MAX]);

/*
 * Is this a pinned object that root or the effective user owns? Returns 0, -ENOENT, PIN_REFUSED, or another negative
 * errno.
 */
int pin_check_object(int directory, const char *name);

#endif
