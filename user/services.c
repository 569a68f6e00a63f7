// SPDX-License-Identifier: GPL-2.0-only
#include "services.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "message.h"
#include "reason.h"
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
	struct services *services = array_new(1, sizeof(*services), "the names of services");
	struct servent *entry;

	bool failed = false;

	if (!services)
		return NULL;
	setservent(1);
	errno = 0;
	while (!failed && (entry = getservent())) {
		char **name = &services->name[ntohs((__u16)entry->s_port)];

		if (*name || strcmp(entry->s_proto, "tcp") != 0 || !is_plain(entry->s_name))
			continue;
		*name = text_copy(entry->s_name, "the names of services");
		failed = !*name;
		errno = 0;
	}
	if (!failed && is_limit(-errno)) { /* no file of them at all is no failure: there are none */
		message_error("cannot read the names of services: %s", reason_of(-errno).text);
		failed = true;
	}
	endservent();
	if (!failed)
		return services;
	services_free(services);
	return NULL;
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
