/* SPDX-License-Identifier: GPL-2.0-only */
/* Directories among the pins that synscope never makes. */
#ifndef SYNSCOPE_KERNEL_PIN_TREE_H
#define SYNSCOPE_KERNEL_PIN_TREE_H

/*
 * Remove a directory within an entry, and what is in it, as far as it is root's or the effective user's alone. A
 * negative errno if something is left; prints nothing.
 */
int pin_remove_tree(const char *entry, const char *object);

#endif
