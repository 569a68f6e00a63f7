// SPDX-License-Identifier: GPL-2.0-only
#include "flow/name.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

#define NAME_BYTES (FLOW_ID_SIZE + 8)

/* ADDRESS:PORT; changes `text`. */
static bool parse_endpoint(struct ip_address *ip, __u16 *port, char *text)
{
	char *colon = strrchr(text, ':');
	char *address = text;
	__u64 number;

	*ip = (struct ip_address){ .ipv6 = text[0] == '[' };
	if (!colon || !parse_number(colon + 1, 65535, &number))
		return false;
	*port = number;
	*colon = '\0';
	if (ip->ipv6) {
		if (colon[-1] != ']')
			return false;
		colon[-1] = '\0';
		address++;
	}
	return inet_pton(ip->ipv6 ? AF_INET6 : AF_INET, address, ip->word) == 1;
}

bool flow_name_parse(struct flow_name *name, const char *text)
{
	char copy[NAME_BYTES];
	char *hash, *dash;
	__u64 number = 0;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	hash = strchr(copy, '#');
	if (hash) {
		*hash = '\0';
		if (!parse_number(hash + 1, 65535, &number) || !number)
			return false;
	}
	name->incarnation = number;
	dash = strchr(copy, '-');
	if (!dash)
		return false;
	*dash = '\0';
	return parse_endpoint(&name->ip[0], &name->port[0], copy) &&
	       parse_endpoint(&name->ip[1], &name->port[1], dash + 1) && name->ip[0].ipv6 == name->ip[1].ipv6;
}

static bool is_endpoint(const struct flow_name *name, int end, const struct ip_address *other, __u16 port)
{
	const struct ip_address *ip = &name->ip[end];

	if (name->port[end] != port || ip->ipv6 != other->ipv6)
		return false;
	return !memcmp(ip->word, other->word, ip->ipv6 ? 16 : 4);
}

bool flow_name_joins(const struct flow_name *name, const struct ip_address *ip, __u16 port,
		     const struct ip_address *other_ip, __u16 other_port)
{
	return (is_endpoint(name, 0, ip, port) && is_endpoint(name, 1, other_ip, other_port)) ||
	       (is_endpoint(name, 1, ip, port) && is_endpoint(name, 0, other_ip, other_port));
}

bool flow_name_matches(const struct flow_name *name, const struct flow_view *view)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];

	if (name->incarnation && name->incarnation != view->incarnation)
		return false;
	return flow_name_joins(name, &client->ip, client->port, &server->ip, server->port);
}

char *put_flow_id(char *p, const struct flow_view *view)
{
	const struct endpoint_view *client = &view->side[SIDE_CLIENT], *server = &view->side[SIDE_SERVER];

	p = put_endpoint(p, &client->ip, client->port);
	*p++ = '-';
	return put_endpoint(p, &server->ip, server->port);
}

char *put_flow_text(char *p, const struct flow_view *view, const struct flow_labels *labels)
{
	p = put_flow_id(p, view);
	if (!labels->services)
		return p;
	while (p[-1] != ':')
		p--;
	return put_service(p, labels->services, view->side[SIDE_SERVER].port);
}
