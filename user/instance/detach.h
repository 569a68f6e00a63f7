/* SPDX-License-Identifier: GPL-2.0-only */
/* Detaching instances by name, by interface, or all of them. */
#ifndef SYNSCOPE_INSTANCE_DETACH_H
#define SYNSCOPE_INSTANCE_DETACH_H

/*
 * Remove the instance of this name, or the only one that tracks an interface of this name, and print its name; all of
 * them if the name is "all", and no instance has it. Returns when the kernel has freed its links, programs and maps, or
 * after 2 s: 0 or a negative errno (logged).
 */
int instance_detach(const char *name_or_ifname);

/*
 * Remove every instance, whatever killed processes left behind, and every orphaned filter. It is no error if there are
 * none. Returns 0 or a negative errno (logged).
 */
int instance_detach_all(void);

#endif
