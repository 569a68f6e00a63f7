/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where instances are pinned: <bpffs>/synscope/<entry>/<object>. An entry is the instance's name, percent-encoded, or
 * one of the three below, the first two of which an instance is put together and taken apart under; none is the
 * encoding of any name. Whoever finds one of those two while holding the lock has found what a killed process left.
 */
#ifndef SYNSCOPE_KERNEL_PIN_H
#define SYNSCOPE_KERNEL_PIN_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "synscope/config.h"

#define BPFFS_PATH "/sys/fs/bpf"
#define PIN_ROOT_NAME "synscope"
#define PIN_ROOT BPFFS_PATH "/" PIN_ROOT_NAME /* for messages: nothing is opened by it, see pin_directory.h */

#define PIN_STAGED "%new" /* being attached */
#define PIN_REMOVED "%old" /* being detached */
#define PIN_LOCK "%lock" /* see pin_lock.h */

#define PIN_ENTRY_MAX (3 * INSTANCE_NAME_MAX)
#define PIN_OBJECT_MAX 256 /* of an object's name: any that a directory can have */
#define PIN_PATH_MAX (32 + PIN_OBJECT_MAX)

/* What is there is none of ours: another's, a link, a mount, writable by others. It was not touched. */
#define PIN_REFUSED (-EUCLEAN)
#define PIN_FAULT_MAX 1024

/* Is there a bpffs at BPFFS_PATH? */
bool bpffs_mounted(void);

/* Mount it there if it is not. Returns a negative errno (logged) on failure. */
int bpffs_mount(void);

/* The entry of an instance. `entry` has PIN_ENTRY_MAX bytes. */
void pin_encode(const char *name, char *entry);

/*
 * The name an entry stands for. False if it is no encoded name, or too long a one. `name` has INSTANCE_NAME_MAX bytes.
 */
bool pin_decode(const char *entry, char *name);

/* For messages only: the path of an entry, of the directory of all with entry NULL. */
void pin_path(char path[PIN_PATH_MAX], const char *entry);

/* Can a file have that name? */
bool pin_name_valid(const char *name);

/*
 * All of the following return a negative errno on failure and print nothing; pin_error() does. PIN_REFUSED: the
 * directory of all, the entry or the object is none of ours, see pin_directory.h. Not for two threads at a time.
 */

/* Open a pinned object; `flags`: 0, or BPF_F_RDONLY for a map. Returns an fd. */
int pin_open(const char *entry, const char *object, unsigned int flags);

/* Pin what `fd` stands for; -EEXIST if there is something of that name. */
int pin_object(int fd, const char *entry, const char *object);

/* Remove a pin. */
int pin_unlink(const char *entry, const char *object);

/* Is the entry there? 0 if so. With entry NULL: is the directory of all? */
int pin_check(const char *entry);

/* Make, rename, remove an entry. */
int pin_mkdir(const char *entry);
int pin_rename(const char *from, const char *to); /* -EEXIST if there is something of that name */
int pin_rmdir(const char *entry); /* -ENOTEMPTY while it has objects */

/* Call `visit` with every entry (entry NULL), or every object of an entry. Stops at, and returns, a non-zero result. */
int pin_each(const char *entry, int (*visit)(const char *name, void *context), void *context);

/*
 * Print that something could not be done (`doing`: a verb) to an entry, or with entry NULL to what is pinned, and why.
 */
void pin_error(const char *doing, const char *entry, int err);

/* Is it one of the three that no instance has? */
bool pin_is_reserved(const char *entry);

/* Warn of every reserved entry that is none of ours, once in a command: of others it is known who misses them. */
void pins_warn(void);

/* Is that none of ours? Then `fault` says what is wrong and how to mend it. */
bool pin_fault(const char *entry, char fault[PIN_FAULT_MAX]);

#endif
