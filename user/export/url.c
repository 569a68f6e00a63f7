// SPDX-License-Identifier: GPL-2.0-only
#include "export/url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define AUTHORITY_EXPECTED "expected HOST or HOST:PORT after it, an IPv6 address in brackets"
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"
#define IPV6_CHARACTERS "0123456789abcdefABCDEF:."

/* Characters of a URL beside letters and digits (RFC 3986), but '#', which a URL that is sent does not have. */
#define URL_CHARACTERS "-._~:/?[]@!$&'()*+,;=%"

static const char *parse_port(const char *text, size_t bytes, struct address *address)
{
	__u64 port;

	if (!bytes || bytes >= sizeof(address->port))
		return AUTHORITY_EXPECTED;
	memcpy(address->port, text, bytes);
	address->port[bytes] = '\0';
	return parse_number(address->port, 65535, &port) && port ? NULL : AUTHORITY_EXPECTED;
}

/* `end`: behind the host and the port. */
static const char *parse_authority(const char *text, const char *end, struct address *address)
{
	bool ipv6 = *text == '[';
	const char *host = text + ipv6;
	size_t bytes = strspn(host, ipv6 ? IPV6_CHARACTERS : NAME_CHARACTERS);
	const char *rest = host + bytes;

	if (!bytes || bytes >= ADDRESS_HOST_MAX || rest > end || (ipv6 && *rest++ != ']'))
		return AUTHORITY_EXPECTED;
	memcpy(address->host, host, bytes);
	address->host[bytes] = '\0';
	if (rest == end)
		return NULL;
	return *rest == ':' ? parse_port(rest + 1, end - rest - 1, address) : AUTHORITY_EXPECTED;
}

const char *url_parse(struct address *address)
{
	const char *authority = strstr(address->text, "://") + 3, *end = authority + strcspn(authority, "/?");

	if (strlen(address->text) > URL_MAX)
		return "a URL has at most 2048 characters";
	if (memchr(authority, '@', end - authority))
		return "a name and a password do not belong into it, but into the file of --credentials";
	if (strchr(address->text, '#'))
		return "a '#' in a URL is written as %23";
	strcpy(address->port, strncmp(address->text, "https:", 6) != 0 ? "80" : "443");
	snprintf(address->shown, sizeof(address->shown), "%.*s", (int)strcspn(address->text, "?"), address->text);
	return parse_authority(authority, end, address);
}

void url_encode(const char *text, char *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr(URL_CHARACTERS, c)) {
			*out++ = (char)c;
			continue;
		}
		*out++ = '%';
		*out++ = digits[c >> 4];
		*out++ = digits[c & 15];
	}
	*out = '\0';
}
