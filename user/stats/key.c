// SPDX-License-Identifier: GPL-2.0-only
#include "stats/key.h"

#include <string.h>

#include "base/foreign.h"
#include "flow/process.h"
#include "instance/histogram.h"

const char *const stats_by_names[] = {
	[STATS_ALL] = "all",
	[STATS_SERVER_PORT] = "server-port",
	[STATS_SERVER] = "server",
	[STATS_CLIENT] = "client",
	[STATS_PROCESS] = "process",
	[STATS_CONTAINER] = "container",
	NULL,
};

bool stats_by_address(enum stats_by by)
{
	return by == STATS_SERVER || by == STATS_CLIENT;
}

bool stats_by_owner(enum stats_by by)
{
	return by == STATS_PROCESS || by == STATS_CONTAINER;
}

static char *put_name(char *p, const char *name, bool ascii)
{
	_Static_assert(PROCESS_SIZE <= STATS_KEY_SIZE, "a name has room");
	name = name ? name : "-";
	return put_foreign(p, p + PROCESS_SIZE, name, strlen(name), FOREIGN_TEXT, ascii);
}

char *put_stats_key(char *p, const struct stats_key *key, const struct services *services, bool ascii)
{
	if (stats_by_owner(key->by))
		return put_name(p, key->name, ascii);
	if (key->by == STATS_SERVER_PORT) {
		if (key->port != NO_PORT)
			return put_service(p, services, key->port);
		memcpy(p, "other", 5);
		return p + 5;
	}
	p = put_ip(p, &key->ip);
	if (key->prefix < (key->ip.ipv6 ? 128 : 32)) {
		*p++ = '/';
		p = put_u64(p, key->prefix);
	}
	return p;
}
