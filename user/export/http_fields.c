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

bool http_credentials_parse(struct http_credentials *credentials)
{
	char *rest = credentials->text, *line;

	credentials->login = NULL;
	credentials->count = 0;
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, "\r")] = '\0';
		if (!*line)
			continue;
		if (credentials->login || credentials->count == HTTP_FIELDS_MAX ||
		    (is_login(line) ? credentials->count : !field_name(line)))
			return false;
		if (is_login(line))
			credentials->login = line;
		else
			credentials->line[credentials->count++] = line;
	}
	return credentials->login || credentials->count;
}

int http_credentials_read(struct http_credentials *credentials, const char *file)
{
	int bytes = secret_read(file, "file with credentials", credentials->text, sizeof(credentials->text));

	if (bytes < 0)
		return bytes;
	if (bytes < CREDENTIALS_SIZE - 1 && !memchr(credentials->text, '\0', bytes) &&
	    http_credentials_parse(credentials))
		return 0;
	message_error("the file with credentials %s has none: expected one line USER:PASSWORD, or header fields as "
		      "'Authorization: Bearer TOKEN', one on each line",
		      file);
	return -EINVAL;
}

void http_credentials_forget(struct http_credentials *credentials)
{
	explicit_bzero(credentials, sizeof(*credentials));
}
