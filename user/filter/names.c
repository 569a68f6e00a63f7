// SPDX-License-Identifier: GPL-2.0-only
/* Names in filters that the system looks up: of services and of hosts. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/message.h"
#include "base/reason.h"
#include "base/text.h"
#include "filter/internal.h"

#define SERVICE_NAME_SIZE 64
#define ANSWER_SIZE 1024

bool filter_service(const struct filter_names *names, const struct filter_field *field, const struct token *value,
		    struct filter_test *test)
{
	char text[SERVICE_NAME_SIZE], *name = text;
	const struct servent *service;

	if (!names || field->id != FIELD_PORT || value->length >= sizeof(text) ||
	    (value->kind != TOKEN_WORD && value->kind != TOKEN_QUOTED))
		return false;
	memcpy(text, value->at, value->length);
	text[value->length] = '\0';
	name += *name == ':'; /* as ss writes it */
	service = isalnum((unsigned char)*name) ? getservbyname(name, "tcp") : NULL;
	if (!service)
		return false;
	test->low = test->high = ntohs((__u16)service->s_port);
	return true;
}

bool filter_is_host_name(const struct filter_names *names, const struct filter_field *field, const struct token *value)
{
	bool letter = false;

	if (!names || field->kind != KIND_ADDRESS || value->length >= FILTER_HOST_SIZE ||
	    (value->kind != TOKEN_WORD && value->kind != TOKEN_QUOTED))
		return false;
	for (size_t i = 0; i < value->length; i++) {
		char c = value->at[i];

		letter |= isalpha((unsigned char)c);
		if (!isalnum((unsigned char)c) && c != '-' && c != '.' && c != '_')
			return false;
	}
	return letter;
}

static void add_address(struct filter_host *host, const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	struct filter_net net = { 0 };

	if (address->sa_family == AF_INET)
		filter_net_of(&net, &v4->sin_addr.s_addr, false);
	else if (address->sa_family == AF_INET6)
		filter_net_of(&net, v6->sin6_addr.s6_addr32, true);
	else
		return;
	for (int i = 0; i < host->addresses; i++)
		if (host->address[i].ipv6 == net.ipv6 && !memcmp(host->address[i].word, net.word, sizeof(net.word)))
			return;
	if (host->addresses < FILTER_ADDRESSES_MAX)
		host->address[host->addresses++] = net;
}

/* "example.com is 192.0.2.1, 2001:db8::1" */
static void tell(const struct filter_host *host)
{
	char text[ANSWER_SIZE] = "", address[INET6_ADDRSTRLEN];
	size_t used = 0;

	for (int i = 0; i < host->addresses && used < sizeof(text); i++) {
		const struct filter_net *net = &host->address[i];

		if (inet_ntop(net->ipv6 ? AF_INET6 : AF_INET, net->word, address, sizeof(address)))
			used += snprintf(text + used, sizeof(text) - used, "%s%s", i ? ", " : "", address);
	}
	message_info("%s is %s", host->name, text);
}

static bool look_up(struct filter_host *host, char *why, size_t size)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int code = getaddrinfo(host->name, NULL, &hints, &found), err = errno;

	for (const struct addrinfo *info = code ? NULL : found; info; info = info->ai_next)
		add_address(host, info->ai_addr);
	if (!code)
		freeaddrinfo(found);
	if (host->addresses) {
		tell(host);
		return true;
	}
	snprintf(why, size, "cannot look up the host '%s': %s", host->name,
		 code == EAI_SYSTEM ? reason_of(-err).text
		 : code		    ? gai_strerror(code)
				    : "it has no address");
	return false;
}

const struct filter_host *filter_host(struct filter_names *names, const struct token *name, char *why, size_t size)
{
	struct filter_host *host = &names->host[names->hosts];

	for (int i = 0; i < names->hosts; i++)
		if (strlen(names->host[i].name) == name->length &&
		    !strncasecmp(names->host[i].name, name->at, name->length))
			return &names->host[i];
	if (!names->look_up) {
		snprintf(why, size, "'%.*s' is a name: hosts are looked up on the command line only", (int)name->length,
			 name->at);
		return NULL;
	}
	if (names->hosts == FILTER_HOSTS_MAX) {
		snprintf(why, size, "more than %d names of hosts in one filter", FILTER_HOSTS_MAX);
		return NULL;
	}
	*host = (struct filter_host){ 0 };
	memcpy(host->name, name->at, name->length);
	if (!look_up(host, why, size))
		return NULL;
	names->hosts++;
	return host;
}
