/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the system refused something. Most errnos speak for themselves; those of a limit are of use only with the name of
 * the limit, its value, and where to change it. Nothing is allocated here, and no descriptor is needed to tell of one
 * that was missing.
 */
#ifndef SYNSCOPE_BASE_REASON_H
#define SYNSCOPE_BASE_REASON_H

#include <stdbool.h>

#define REASON_MAX 256

struct reason {
	char text[REASON_MAX];
};

/* The words for a negative errno: "too many open files (RLIMIT_NOFILE is 12: see 'ulimit -n')". */
struct reason reason_of(int err);

/*
 * Is it one of a process or a machine that has too little of something: descriptors, memory, threads? It then says
 * nothing about what was looked for.
 */
bool is_limit(int err);

/* Is it one of missing rights: -EACCES or -EPERM? */
bool is_denied(int err);

/* What to do about -EACCES and -EPERM, to be put behind the reason: "; run it with sudo". "" for any other errno. */
const char *permission_hint(int err);

#endif
