/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system calls that are left in each jail, see seccomp(2): those of a list, or for the export those that are not in
 * a list of what is forbidden. All others end the process.
 */
#ifndef SYNSCOPE_SERVE_SYSTEM_CALLS_H
#define SYNSCOPE_SERVE_SYSTEM_CALLS_H

#include "serve/jail.h"

/* Forbid this thread all other system calls. no_new_privs must be set. Returns 0 or a negative errno (not logged). */
int system_calls_enter(enum jail_kind kind);

#endif
