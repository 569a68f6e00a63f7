/* SPDX-License-Identifier: GPL-2.0-only */
/* What figures are grouped by, and what the flows of a group have in common. */
#ifndef SYNSCOPE_STATS_KEY_H
#define SYNSCOPE_STATS_KEY_H

#include "base/text.h"
#include "flow/services.h"
#include "flow/view.h"

enum stats_by { STATS_ALL, STATS_SERVER_PORT, STATS_SERVER, STATS_CLIENT, STATS_PROCESS, STATS_CONTAINER };

/* Names of the values above, ended by NULL. */
extern const char *const stats_by_names[];

/* Are the groups those of addresses? */
bool stats_by_address(enum stats_by by);

/* Are the groups those of processes of this host? Each end that has one belongs to its group. */
bool stats_by_owner(enum stats_by by);

struct stats_key {
	enum stats_by by;
	int port; /* STATS_SERVER_PORT: in host order, or NO_PORT for all ports that have no histogram of their own */
	struct ip_address ip; /* STATS_SERVER, STATS_CLIENT: the prefix, followed by zeros */
	__u32 prefix; /* length of the prefix */
	const char
		*name; /* of the process or container, valid until the next refresh; NULL: there is none, or unknown */
};

#define STATS_KEY_SIZE (IP_SIZE + 1 + 3)

/*
 * Write "443", or "https" if there are services, "other", "10.0.0.1", "10.0.0.0/24", "nginx", "-": at most
 * STATS_KEY_SIZE bytes. Returns the end.
 */
char *put_stats_key(char *p, const struct stats_key *key, const struct services *services, bool ascii);

#endif
