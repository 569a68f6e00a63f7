/* SPDX-License-Identifier: GPL-2.0-only */
/* Which process has locked a file, if this process may know that. */
#ifndef SYNSCOPE_KERNEL_LOCK_HOLDER_H
#define SYNSCOPE_KERNEL_LOCK_HOLDER_H

#define LOCK_HOLDER_MAX 256

/*
 * Name the process that holds the flock() of the file behind `fd`, for a message: "process 4711 ('synscope attach
 * eth0')", and how to continue it if it is stopped; "another synscope" if that cannot be known.
 */
void lock_holder(int fd, char holder[LOCK_HOLDER_MAX]);

#endif
