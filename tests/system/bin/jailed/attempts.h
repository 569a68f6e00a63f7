/* SPDX-License-Identifier: GPL-2.0-only */
/* What a process in a jail tries, one system call or little more each. */
#ifndef SYNSCOPE_TESTS_SYSTEM_BIN_JAILED_ATTEMPTS_H
#define SYNSCOPE_TESTS_SYSTEM_BIN_JAILED_ATTEMPTS_H

#include <stdbool.h>
#include <sys/types.h>

#include <linux/types.h>

#define ELEMENTS 512 /* of the map that is mapped: 4 KiB */

/* What a process holds when it enters the jail. */
struct held {
	pid_t parent;
	int file, listener, client, map, program, epoll;
	__u64 *mapped;
};

struct attempt {
	const char *name;
	long (*try)(struct held *held); /* returns what a system call returns: -1 with errno, or anything else */
	bool needed; /* by the server */
};

extern const struct attempt attempts[]; /* the last one has no name */

/* Load a program. Returns its descriptor, or -1 with errno. */
long bpf_load(struct held *held);

#endif
