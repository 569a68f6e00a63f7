// SPDX-License-Identifier: GPL-2.0-only
#include "flow/services.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/message.h"
#include "base/text.h"
#include "base/reason.h"
#include "base/text.h"

#define SERVICES_FILE "/etc/services"
#define LINE_MAX_BYTES 1024

struct services {
	char *name[65536]; /* by port; NULL: none */
};

/* Only visible characters of ASCII, so that terminals and columns stand them. */
static bool is_printable(const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return *name && strlen(name) <= SERVICE_SIZE;
}

/* A line of the file: "https 443/tcp  other names  # comment". Returns 0 or -ENOMEM (logged). */
static int take_line(struct services *services, char *line)
{
	char *rest = line, *name, *port, *protocol = NULL;
	__u64 number;

	line[strcspn(line, "#\n")] = '\0';
	name = strtok_r(line, " \t", &rest);
	port = name ? strtok_r(NULL, " \t", &rest) : NULL;
	if (port)
		protocol = strchr(port, '/');
	if (!protocol || strcmp(protocol, "/tcp") != 0)
		return 0;
	*protocol = '\0';
	if (!parse_number(port, 65535, &number) || services->name[number] || !is_printable(name))
		return 0;
	services->name[number] = text_copy(name, "the names of services");
	return services->name[number] ? 0 : -ENOMEM;
}

/* Read the names; without the file, there are none. Returns 0 or a negative errno (logged). */
static int read_file(struct services *services)
{
	FILE *file = fopen(SERVICES_FILE, "re");
	char line[LINE_MAX_BYTES];
	int err = 0;

	if (!file) {
		err = -errno;
		if (err == -ENOENT)
			return 0;
		message_error("cannot read the names of services in " SERVICES_FILE ": %s", reason_of(err).text);
		return err;
	}
	while (!err && fgets(line, sizeof(line), file))
		err = take_line(services, line);
	fclose(file);
	return err;
}

struct services *services_read(void)
{
	struct services *services = array_new(1, sizeof(*services), "the names of services");

	if (services && !read_file(services))
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
