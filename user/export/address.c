// SPDX-License-Identifier: GPL-2.0-only
#include "export/address.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/message.h"
#include "base/text.h"
#include "export/url.h"

#define HOST_EXPECTED "expected HOST:PORT after it, an IPv6 address in brackets"

static const struct scheme {
	const char *prefix;
	enum address_kind kind;
	bool host; /* HOST:PORT follows, else a path or a URL */
} schemes[] = {
	{ "file:", ADDRESS_FILE, false },	   { "sqlite:", ADDRESS_HISTORY, false },
	{ "unix:", ADDRESS_UNIX, false },	   { "tcp://", ADDRESS_TCP, true },
	{ "ipfix://", ADDRESS_IPFIX, true },	   { "ipfix+tcp://", ADDRESS_IPFIX_TCP, true },
	{ "netflow9://", ADDRESS_NETFLOW9, true }, { "http://", ADDRESS_HTTP, false },
	{ "https://", ADDRESS_HTTP, false },
};

static bool begins(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* No word of the filter language has a colon behind letters alone, as a scheme has. */
bool address_is_meant(const char *text)
{
	size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+");

	return !strcmp(text, "-") || (letters && text[0] >= 'a' && text[letters] == ':');
}

static const char *parse_host(const char *text, struct address *address)
{
	const char *host = text, *end = strrchr(text, ':');
	__u64 port;
	size_t bytes;

	if (!end || !parse_number(end + 1, 65535, &port) || !port)
		return HOST_EXPECTED;
	bytes = end - host;
	if (*host == '[') {
		if (bytes < 3 || end[-1] != ']')
			return HOST_EXPECTED;
		host++;
		bytes -= 2;
	} else if (memchr(host, ':', bytes)) {
		return HOST_EXPECTED;
	}
	if (!bytes || bytes >= ADDRESS_HOST_MAX || strlen(end + 1) >= sizeof(address->port))
		return HOST_EXPECTED;
	memcpy(address->host, host, bytes);
	strcpy(address->port, end + 1);
	return NULL;
}

const char *address_parse(const char *text, struct address *address)
{
	*address = (struct address){ .kind = ADDRESS_STDOUT, .text = text };
	if (!strcmp(text, "-"))
		return NULL;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!begins(text, schemes[i].prefix))
			continue;
		address->kind = schemes[i].kind;
		address->path = text + strlen(schemes[i].prefix);
		if (schemes[i].host)
			return parse_host(address->path, address);
		if (address->kind == ADDRESS_HTTP)
			return url_parse(address);
		if (!*address->path)
			return "expected a path after it";
		if (address->kind == ADDRESS_UNIX &&
		    strlen(address->path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
			return "the path of a socket has at most 107 characters";
		return NULL;
	}
	return "expected " ADDRESS_EXPECTED;
}

const char *address_name(const struct address *address)
{
	return address->kind == ADDRESS_HTTP ? address->shown : address->text;
}

bool address_is_file(const struct address *address)
{
	return address->kind == ADDRESS_FILE || address->kind == ADDRESS_HISTORY;
}

bool address_is_udp(const struct address *address)
{
	return address->kind == ADDRESS_IPFIX || address->kind == ADDRESS_NETFLOW9;
}

bool address_is_flows(const struct address *address)
{
	return address_is_udp(address) || address->kind == ADDRESS_IPFIX_TCP;
}

bool address_has_host(const struct address *address)
{
	return address->kind >= ADDRESS_TCP;
}

bool address_is_same_server(const struct address *a, const struct address *b)
{
	return a->kind == ADDRESS_HTTP && b->kind == ADDRESS_HTTP &&
	       begins(a->text, "https:") == begins(b->text, "https:") && !strcasecmp(a->host, b->host) &&
	       atoi(a->port) == atoi(b->port);
}

int address_check(const struct address *address)
{
	const struct addrinfo hints = { .ai_socktype = address_is_udp(address) ? SOCK_DGRAM : SOCK_STREAM };
	struct addrinfo *found;
	int result;

	if (!address_has_host(address))
		return 0;
	result = getaddrinfo(address->host, address->port, &hints, &found);
	if (result) {
		message_error(
			"cannot export to '%s': the name '%s' cannot be resolved: %s; write its address, or check "
			"the name with 'getent hosts %s'",
			address_name(address), address->host, gai_strerror(result), address->host);
		return -ENOENT;
	}
	freeaddrinfo(found);
	return 0;
}
