/* SPDX-License-Identifier: GPL-2.0-only */
/* What synscope never makes among the pins: objects that are no entry, directories within one. */
#ifndef SYNSCOPE_KERNEL_PIN_TREE_H
#define SYNSCOPE_KERNEL_PIN_TREE_H

#include <stdbool.h>

/*
 * Remove a directory within an entry, and what is in it, as far as it is root's or the effective user's alone. A
 * negative errno if something is left; prints nothing.
 */
int pin_remove_tree(const char *entry, const char *object);

/*
 * Is that entry no directory, but a pinned object of root's or the effective user's? pin_unlink(NULL, ...) removes it.
 */
bool pin_is_stray(const char *entry);

#endif
