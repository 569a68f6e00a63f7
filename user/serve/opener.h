/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The opener: the parent process of the server, without network, which opens what is pinned and passes descriptors to
 * it. It looks for instances once a second, and whenever one is attached or detached, and takes no requests. What is
 * said between the two is in opener_message.h.
 */
#ifndef SYNSCOPE_SERVE_OPENER_H
#define SYNSCOPE_SERVE_OPENER_H

#include <stdbool.h>
#include <sys/types.h>

#include "serve/jail.h"

struct export_process;

struct opener_options {
	const char *const *names; /* of the instances that are served; NULL: all */
	int name_count;
	const struct export_process *exports; /* to pass SIGHUP on to, if it has files */
	bool events; /* take a place for the events of each */
	bool no_jail;
	struct jail_removes removes; /* where the caller removes files after opener_run() */
};

/* What a process has after opener_split(). */
struct opener_half {
	pid_t server; /* the child, or 0: this is the child */
	int socket; /* to the other half; it passes to opener_run() or opened_init() */
};

/*
 * Split this process in two, before it has any other thread: the parent is to call opener_run(), and the child is to
 * be the server, which is killed when its parent dies. Returns 0 or a negative errno (logged), and then this process is
 * to end.
 */
int opener_split(struct opener_half *half);

/*
 * Be the opener, until the server has ended. Returns 0, or a negative errno (logged) if the server did not end as it
 * should.
 */
int opener_run(const struct opener_options *options, const struct opener_half *half);

#endif
