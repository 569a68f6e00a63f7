/* SPDX-License-Identifier: GPL-2.0-only */
/* The instances as the opener knows them, and telling the server about them. */
#ifndef SYNSCOPE_SERVE_OPENER_ROUND_H
#define SYNSCOPE_SERVE_OPENER_ROUND_H

#include <linux/types.h>
#include <stddef.h>
#include <sys/types.h>

#include "serve/opener.h"

struct opener_known;

struct opener_rounds {
	const struct opener_options *options;
	int server; /* the socket */
	pid_t server_pid;
	int namespace_socket; /* any socket of the network namespace in which this process was started, or -1 */
	__u64 namespace_inode; /* of that namespace */
	struct opener_known *known;
	size_t count, room;
	__u32 last_number;
};

/*
 * Look for instances, and tell the server what is new. Returns 0; -EPIPE if the server has ended; or another negative
 * errno (logged) if the instances could not be looked for, which the next round may.
 */
int opener_round(struct opener_rounds *rounds);

/* Give back the places of the server. */
void opener_rounds_close(struct opener_rounds *rounds);

#endif
