/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directories of pins, as file descriptors. A path that was checked can be another place when it is used, so none
 * is used twice: a directory is opened relative to the one above it, without following links or crossing mounts, and
 * what was opened is checked. The bpffs may be one that everybody can write to (mode 1777, the kernel's default).
 */
#ifndef SYNSCOPE_KERNEL_PIN_DIRECTORY_H
#define SYNSCOPE_KERNEL_PIN_DIRECTORY_H

#include "kernel/pin.h"

/* The bpffs at BPFFS_PATH, for *at() functions only. -ENOENT if none is mounted there; otherwise as below. */
int pin_open_bpffs(char fault[PIN_FAULT_MAX]);

/*
 * The directory of all pins (entry NULL) or of one entry, opened for reading. It is one that root or the effective user
 * owns and nobody else can write to. -ENOENT if it is not there, PIN_REFUSED if something else is: then `fault`, if not
 * NULL, says what is wrong and how to mend it. Prints nothing.
 */
int pin_open_directory(const char *entry, char fault[PIN_FAULT_MAX]);

/* The same for an entry, or an object in an entry, of a directory that is open. `path` is for `fault` only. */
int pin_open_below(int directory, const char *name, const char *path, char fault[PIN_FAULT_MAX]);

/* Is this a pinned object of root's or of the effective user's? 0, -ENOENT, PIN_REFUSED, or another negative errno. */
int pin_check_object(int directory, const char *name);

#endif
