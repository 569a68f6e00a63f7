/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the system refused something. The texts of most errnos are enough; for a limit the user also needs its name, its
 * value, and where to change it. Nothing here allocates memory or needs a file descriptor, because those may be what is
 * missing.
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
 * Did the process or the machine run out of something: descriptors, memory, threads? Then the error says nothing about
 * the object that was asked for.
 */
bool is_limit(int err);

/* Does this process lack the rights: -EACCES or -EPERM? */
bool is_denied(int err);

/* What to do about -EACCES and -EPERM, to append to the reason: "; run it with sudo". "" for any other errno. */
const char *permission_hint(int err);

#endif
