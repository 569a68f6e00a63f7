/* SPDX-License-Identifier: GPL-2.0-only */
/* The host names of UTS namespaces: what a container, a pod or a service of compose calls itself. */
#ifndef SYNSCOPE_KERNEL_UTS_H
#define SYNSCOPE_KERNEL_UTS_H

#include <stdbool.h>

#define UTS_NAME_SIZE 65 /* with the NUL; the kernel's limit */

/*
 * The host name that a process sees, if both its UTS namespace and the name are not those of this process: some
 * services have a namespace of their own, only to keep the name from being changed. False: they are, or it cannot be
 * known.
 */
bool uts_host_name(int pid, char name[UTS_NAME_SIZE]);

#endif
