// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/default_route.h"

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/netlink.h"

/* The best default route so far. */
struct best {
	bool found;
	__u32 ifindex, metric;
};

static __u32 number_in(const struct rtattr *attribute, __u32 otherwise)
{
	__u32 number = otherwise;

	if (attribute && RTA_PAYLOAD(attribute) >= sizeof(number))
		memcpy(&number, RTA_DATA(attribute), sizeof(number));
	return number;
}

/* The interface of a route, of several ways the first; 0: none. */
static __u32 way_out(const struct rtattr *attributes, int length)
{
	const struct rtattr *ways = rtnl_find(attributes, length, RTA_MULTIPATH);
	struct rtnexthop first;

	if (!ways || RTA_PAYLOAD(ways) < sizeof(first))
		return number_in(rtnl_find(attributes, length, RTA_OIF), 0);
	memcpy(&first, RTA_DATA(ways), sizeof(first));
	return (__u32)first.rtnh_ifindex;
}

static void visit_route(const struct nlmsghdr *message, void *context)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	const struct rtattr *attributes = RTM_RTA(route);
	int length = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof(*route)));
	struct best *best = context;
	__u32 ifindex, metric;

	if (message->nlmsg_type != RTM_NEWROUTE || length < 0 || route->rtm_dst_len || route->rtm_type != RTN_UNICAST)
		return;
	if (number_in(rtnl_find(attributes, length, RTA_TABLE), route->rtm_table) != RT_TABLE_MAIN)
		return;
	ifindex = way_out(attributes, length);
	metric = number_in(rtnl_find(attributes, length, RTA_PRIORITY), 0);
	if (!ifindex || (best->found && best->metric <= metric))
		return;
	*best = (struct best){ .found = true, .ifindex = ifindex, .metric = metric };
}

static int look_up(unsigned char family, char name[IFNAME_MAX])
{
	struct rtnl_request request;
	struct best best = { 0 };
	int err;

	rtnl_begin(&request, RTM_GETROUTE, 0, sizeof(request.route));
	request.route.rtm_family = family;
	err = rtnl_dump(&request, visit_route, &best);
	if (err)
		return err;
	return best.found && if_indextoname(best.ifindex, name) ? 0 : -ENOENT;
}

int default_route_iface(char name[IFNAME_MAX])
{
	int err = look_up(AF_INET, name);

	return err == -ENOENT ? look_up(AF_INET6, name) : err;
}
