/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where instances are pinned: <bpffs>/synscope/<entry>/<object>. An entry is the instance's name, percent-encoded, or
 * one of the two below, under which an instance is put together and taken apart; neither is the encoding of any name.
 * Whoever finds one of those while holding the lock has found what a killed process left.
 */
#ifndef SYNSCOPE_PIN_H
#define SYNSCOPE_PIN_H

#include <stdbool.h>
#include <stddef.h>

#include "synscope/config.h"

#define BPFFS_PATH "/sys/fs/bpf"

#define PIN_STAGED "%new" /* being attached */
#define PIN_REMOVED "%old" /* being detached */

#define PIN_ENTRY_MAX (3 * INSTANCE_NAME_MAX)
#define PIN_OBJECT_MAX 64 /* of an object's name */
#define PIN_PATH_MAX (32 + PIN_ENTRY_MAX + PIN_OBJECT_MAX)

/* Is there a bpffs at BPFFS_PATH? */
bool bpffs_mounted(void);

/* Mount it there if it is not. Prints and returns a negative errno on failure. */
int bpffs_mount(void);

/* The entry of an instance. `entry` has PIN_ENTRY_MAX bytes. */
void pin_encode(const char *name, char *entry);

/* The name an entry stands for. False if it is no encoded name, or too long a one. `name` has INSTANCE_NAME_MAX bytes. */
bool pin_decode(const char *entry, char *name);

/* Path of an object; of the entry itself with object NULL, of the directory of all with entry NULL. */
void pin_path(char path[PIN_PATH_MAX], const char *entry, const char *object);

/*
 * Take the lock that everyone holds who changes pins. `create`: make the directory if it is not there. Waits for the
 * present holder if `wait`, else -EBUSY. Returns an fd for pin_unlock(), or -ENOENT (nothing is pinned), or
 * another negative errno, which is printed.
 */
int pin_lock(bool create, bool wait);

/* Let it go, and remove the directory if nothing is pinned. A negative fd is ignored. */
void pin_unlock(int fd);

/* Open a pinned object; `flags`: 0, or BPF_F_RDONLY for a map. Returns an fd, or a negative errno with nothing printed. */
int pin_open(const char *entry, const char *object, unsigned int flags);

/* Make or name an entry. Nothing printed. */
int pin_mkdir(const char *entry);
int pin_rename(const char *from, const char *to); /* -EEXIST if there is one of that name */

/* Call `visit` with every entry (entry NULL), or every object of an entry. Stops at, and returns, a non-zero result. */
int pin_each(const char *entry, int (*visit)(const char *name, void *context), void *context);

#endif
