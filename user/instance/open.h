/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding and reading pinned instances. No lock is needed. */
#ifndef SYNSCOPE_INSTANCE_OPEN_H
#define SYNSCOPE_INSTANCE_OPEN_H

#include "instance/instance.h"

/*
 * Open pinned instances for reading, sorted by name: with `name` NULL all that this user may read, otherwise the one of
 * that name. It is no error if there are none, unless this user could not see any. The `objects` of each (a set of enum
 * instance_object) are checked; an instance that lacks one, or has something else in its place, has a `fault`, which is
 * no error. Returns 0 or a negative errno (logged). The caller frees with instances_close().
 */
int instances_open(const char *name, unsigned int objects, struct instance ***instances, int *count);

/* `instances` may be NULL. */
void instances_close(struct instance **instances, int count);

/* Does an instance that this user may read track an interface of that name, in whatever namespace? */
bool instances_have_interface(const char *ifname);

/* Print that nothing is attached, as far as can be seen, and how to change that. */
void instances_print_none(void);

/*
 * Open all pinned instances, with a check of their meta alone; some may have faults. Returns 0 or a negative errno
 * (logged).
 */
int instances_load(struct instance ***instances, int *count);

/* Print that the instance is left out, and its fault. */
void instance_report_fault(const struct instance *instance);

/* The same for all that have a fault. */
void instances_report_faults(struct instance *const *instances, int count);

/* Write one line with the names of all instances ("none" if there are none) into `text`, cut off at `size`. */
void instances_names(struct instance *const *instances, int count, char *text, size_t size);

#endif
