// SPDX-License-Identifier: GPL-2.0-only
#include "services.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"

struct services {
	char *name[65536]; /* by port; NULL: none */
};

/* Nothing that a terminal or a column could not bear. */
static bool is_plain(const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return *name && strlen(name) <= SERVICE_ROOM;
}

struct services *services_read(void)
{
	struct services *services = calloc(1, sizeof(*services));
	struct servent *entry;

	if (!services) {
		message_error("out of memory");
		return NULL;
	}
	setservent(1);
	while ((entry = getservent())) {
		char **name = &services->name[ntohs((__u16)entry->s_port)];

		if (!*name && !strcmp(entry->s_proto, "tcp") && is_plain(entry->s_name))
			*name = strdup(entry->s_name);
	}
	endservent();
	return services;
}

void services_free(struct services *services)
{
	for (int port = 0; services && port < 65536; port++)
		free(services->name[port]);
	free(services);
}

char *put_service(char *p, const struct services *services, __u16 port)
{
	size_t length;

	if (!services || !services->name[port])
		return put_u64(p, port);
	length = strlen(services->name[port]);
	memcpy(p, services->name[port], length);
	return p + length;
}
