/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where instances are pinned: <bpffs>/synscope/<entry>/<object>. An entry is named after its instance, percent-encoded,
 * or has one of the three reserved names below, which no encoded name can be equal to. Attaching builds an instance
 * under the first of them, detaching takes it apart under the second. A process that holds the lock and finds one of
 * those two has found what a killed process left.
 */
#ifndef SYNSCOPE_KERNEL_PIN_H
#define SYNSCOPE_KERNEL_PIN_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "synscope/config.h"

#define BPFFS_PATH "/sys/fs/bpf"
#define PIN_ROOT_NAME "synscope"
#define PIN_ROOT BPFFS_PATH "/" PIN_ROOT_NAME /* for messages only; pin_directory.h opens it */

#define PIN_STAGED "%new" /* being attached */
#define PIN_REMOVED "%old" /* being detached */
#define PIN_LOCK "%lock" /* see pin_lock.h */

#define PIN_ENTRY_MAX (3 * INSTANCE_NAME_MAX)
#define PIN_OBJECT_MAX 256 /* of an object's name; any file name fits */
#define PIN_PATH_MAX (32 + PIN_OBJECT_MAX)

/*
 * The directory or object is not one of ours: it is of another owner, a symbolic link, a mount, or writable by others.
 * It was not touched.
 */
#define PIN_REFUSED (-EUCLEAN)
#define PIN_FAULT_MAX 1024

/* Is a bpffs mounted at BPFFS_PATH? */
bool bpffs_mounted(void);

/* Mount one there if there is none. Returns 0 or a negative errno (logged). */
int bpffs_mount(void);

/* The entry of an instance. `entry` has PIN_ENTRY_MAX bytes. */
void pin_encode(const char *name, char *entry);

/*
 * The name of the instance of an entry. False if the entry is not an encoded name, or if the name is too long. `name`
 * has INSTANCE_NAME_MAX bytes.
 */
bool pin_decode(const char *entry, char *name);

/* For messages only: the path of an entry, or with entry NULL of the directory of all entries. */
void pin_path(char path[PIN_PATH_MAX], const char *entry);

/* Is that a valid name of a file? */
bool pin_name_valid(const char *name);

/*
 * All of the following return a negative errno on failure (not logged); pin_error() prints it. PIN_REFUSED: the
 * directory of all entries, the entry or the object is not one of ours, see pin_directory.h. Not for several threads.
 */

/* Open a pinned object. `flags`: 0, or BPF_F_RDONLY for a map. Returns an fd. */
int pin_open(const char *entry, const char *object, unsigned int flags);

/* Pin the object behind `fd`. -EEXIST if the name is taken. */
int pin_object(int fd, const char *entry, const char *object);

/* Remove a pin. */
int pin_unlink(const char *entry, const char *object);

/* Does the entry exist? With entry NULL: does the directory of all entries exist? Returns 0 if it does. */
int pin_check(const char *entry);

/* Create, rename, remove an entry. */
int pin_mkdir(const char *entry);
int pin_rename(const char *from, const char *to); /* -EEXIST if the name is taken */
int pin_rmdir(const char *entry); /* -ENOTEMPTY while it has objects */

/*
 * Call `visit` with every entry (entry NULL), or with every object of an entry. Stops at the first non-zero result, and
 * returns it.
 */
int pin_each(const char *entry, int (*visit)(const char *name, void *context), void *context);

/* Print that something could not be done to an entry, or with entry NULL to all entries, and why. `doing`: a verb. */
void pin_error(const char *doing, const char *entry, int err);

/* Is that one of the three reserved names? */
bool pin_is_reserved(const char *entry);

/*
 * Warn about every reserved entry that is not one of ours; call this once in a command. Other entries that are not ours
 * are reported where an instance is looked for.
 */
void pins_warn(void);

/* Is the entry not one of ours? Then `fault` says what is wrong and how to mend it. */
bool pin_fault(const char *entry, char fault[PIN_FAULT_MAX]);

#endif
