// SPDX-License-Identifier: GPL-2.0-only
#include "export/http_fields.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/message.h"
#include "base/secret.h"

/* Characters of a name (RFC 9110, token). */
#define NAME_CHARACTERS                                                    \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#" \
	"$%&'*+-.^_`|~"

/* Set by the request itself. */
static const char *const reserved[] = { "Content-Length", "Content-Encoding", "Transfer-Encoding",
					"Connection",	  "Expect",	      "Host" };

/* Secrets, which a command line shows to everybody on the machine. */
static const char *const secret[] = { "Authorization", "Proxy-Authorization", "Cookie", "X-ClickHouse-Key" };

static bool is_one_of(const char *const *names, size_t count, const char *name, size_t bytes)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == bytes && !strncasecmp(names[i], name, bytes))
			return true;
	return false;
}

/* Returns the length of its name, or 0 if it is no field. No control character may end it and begin another one. */
static size_t field_name(const char *line)
{
	size_t name = strspn(line, NAME_CHARACTERS);
	const char *value = line + name + 1;

	if (!name || line[name] != ':')
		return 0;
	value += strspn(value, " \t");
	if (!*value || is_one_of(reserved, sizeof(reserved) / sizeof(reserved[0]), line, name))
		return 0;
	for (const char *p = value; *p; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return 0;
	return name;
}

bool http_field_is(const char *line, const char *name)
{
	return !strncasecmp(line, name, strlen(name)) && line[strlen(name)] == ':';
}

bool http_fields_add(struct http_fields *fields, const char *line)
{
	size_t name = field_name(line);

	if (!name || is_one_of(secret, sizeof(secret) / sizeof(secret[0]), line, name) ||
	    fields->count == HTTP_FIELDS_MAX)
		return false;
	fields->line[fields->count++] = line;
	return true;
}

/* A password has no space behind the name, as the value of a field has. */
static bool is_login(const char *line)
{
	const char *colon = strchr(line, ':');

	return colon && colon > line && colon[1] && colon[1] != ' ' && colon[1] != '\t';
}

/* What is above the line of a server, or between two. */
struct section {
	bool named, ours; /* has it a server, and is it the one that is asked for */
	bool login;
	int fields;
};

/* Begin the section of the server in that line. False: it is none, or there is something for all servers above it. */
static bool begin_section(struct section *section, const char *line, const struct address *server)
{
	struct address address;

	if (!section->named && (section->login || section->fields))
		return false;
	if (address_parse(line, &address) || strpbrk(strstr(line, "//") + 2, "/?"))
		return false;
	*section = (struct section){ .named = true, .ours = address_is_same_server(&address, server) };
	return true;
}

static bool take_line(struct http_credentials *credentials, struct section *section, const char *line)
{
	bool login = is_login(line);

	if (section->login || section->fields == HTTP_FIELDS_MAX || (login ? section->fields : !field_name(line)))
		return false;
	section->login = login;
	section->fields += !login;
	if (!section->ours)
		return true;
	if (credentials->login || credentials->count == HTTP_FIELDS_MAX || (login && credentials->count))
		return false;
	if (login)
		credentials->login = line;
	else
		credentials->line[credentials->count++] = line;
	return true;
}

bool http_credentials_parse(struct http_credentials *credentials, const struct address *server)
{
	char *rest = credentials->text, *line;
	struct section section = { .ours = true };
	bool any = false;

	credentials->login = NULL;
	credentials->count = 0;
	while ((line = strsep(&rest, "\n"))) {
		bool begins = !strncmp(line, "http://", 7) || !strncmp(line, "https://", 8);

		line[strcspn(line, "\r")] = '\0';
		if (!*line)
			continue;
		if (!(begins ? begin_section(&section, line, server) : take_line(credentials, &section, line)))
			return false;
		any |= !begins;
	}
	credentials->named = section.named;
	return any;
}

int http_credentials_read(struct http_credentials *credentials, const char *file, const struct address *server)
{
	int bytes = secret_read(file, "file with credentials", credentials->text, sizeof(credentials->text));

	if (bytes < 0)
		return bytes;
	if (bytes < CREDENTIALS_SIZE - 1 && !memchr(credentials->text, '\0', bytes) &&
	    http_credentials_parse(credentials, server))
		return 0;
	message_error("the file with credentials %s has none: expected one line USER:PASSWORD, or header fields as "
		      "'Authorization: Bearer TOKEN', one on each line; above them, if they are for one of several "
		      "servers, its URL, as https://HOST:PORT",
		      file);
	return -EINVAL;
}

void http_credentials_forget(struct http_credentials *credentials)
{
	explicit_bzero(credentials, sizeof(*credentials));
}
