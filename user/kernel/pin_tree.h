/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What synscope never creates among its pins, but may find there: objects beside the entries, directories inside of an
 * entry.
 */
#ifndef SYNSCOPE_KERNEL_PIN_TREE_H
#define SYNSCOPE_KERNEL_PIN_TREE_H

#include <stdbool.h>

/*
 * Remove a directory inside of an entry with its content, as far as only root or the effective user can change it.
 * Returns 0 or a negative errno (not logged) if something is left.
 */
int pin_remove_tree(const char *entry, const char *object);

/*
 * Is that entry a pinned object instead of a directory, owned by root or the effective user? pin_unlink(NULL, ...)
 * removes it.
 */
bool pin_is_stray(const char *entry);

#endif
