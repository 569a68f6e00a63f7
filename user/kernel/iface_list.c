// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/iface_list.h"

#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "kernel/netlink.h"

#define EVENT_BYTES 16384 /* what does not fit is cut off, which does not matter */

struct reading {
	struct iface_list *list;
	int err;
};

static __u32 number_in(const struct rtattr *attribute)
{
	__u32 number = 0;

	if (attribute && RTA_PAYLOAD(attribute) >= sizeof(number))
		memcpy(&number, RTA_DATA(attribute), sizeof(number));
	return number;
}

static void copy_text(char *to, size_t size, const struct rtattr *attribute)
{
	if (attribute)
		snprintf(to, size, "%.*s", (int)RTA_PAYLOAD(attribute), (const char *)RTA_DATA(attribute));
}

static void visit_link(const struct nlmsghdr *message, void *context)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	const struct rtattr *attributes = IFLA_RTA(link), *info;
	int length = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof(*link)));
	struct iface_entry entry = { .ifindex = (__u32)link->ifi_index, .loopback = link->ifi_flags & IFF_LOOPBACK };
	struct reading *reading = context;
	struct iface_list *list = reading->list;
	struct iface_entry *item;

	if (message->nlmsg_type != RTM_NEWLINK || length < 0 || reading->err)
		return;
	copy_text(entry.name, sizeof(entry.name), rtnl_find(attributes, length, IFLA_IFNAME));
	info = rtnl_find(attributes, length, IFLA_LINKINFO);
	if (info)
		copy_text(entry.kind, sizeof(entry.kind),
			  rtnl_find(RTA_DATA(info), (int)RTA_PAYLOAD(info), IFLA_INFO_KIND));
	if (!rtnl_find(attributes, length, IFLA_LINK_NETNSID))
		entry.below = number_in(rtnl_find(attributes, length, IFLA_LINK));
	item = array_grow(list->item, list->count, &list->room, sizeof(*item), "the interfaces");
	if (!item) {
		reading->err = -ENOMEM;
		return;
	}
	list->item = item;
	list->item[list->count++] = entry;
}

int iface_list_read(struct iface_list *list)
{
	struct reading reading = { .list = list };
	struct rtnl_request request;
	int err;

	*list = (struct iface_list){ 0 };
	rtnl_begin(&request, RTM_GETLINK, 0, sizeof(request.link));
	rtnl_put_u32(&request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	err = rtnl_dump(&request, visit_link, &reading);
	err = err ? err : reading.err;
	if (err)
		iface_list_free(list);
	return err;
}

void iface_list_free(struct iface_list *list)
{
	free(list->item);
	*list = (struct iface_list){ 0 };
}

void iface_list_names(char *text, size_t size)
{
	struct iface_list list;
	size_t used = 0;
	bool all = true;

	snprintf(text, size, "none");
	if (iface_list_read(&list))
		return;
	for (size_t i = 0; i < list.count && all; i++) {
		const struct iface_entry *item = &list.item[i];

		if (item->loopback)
			continue;
		all = used + strlen(item->name) + sizeof(",  …") < size;
		used += snprintf(text + used, size - used, "%s%s", used ? all ? ", " : " " : "",
				 all ? item->name : "…");
	}
	iface_list_free(&list);
}

const struct iface_entry *iface_list_find(const struct iface_list *list, __u32 ifindex)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i].ifindex == ifindex)
			return &list->item[i];
	return NULL;
}

int iface_events_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE), err;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* ENOBUFS means that events were lost, and is reported once. */
void iface_events_drain(int fd)
{
	char event[EVENT_BYTES];

	while (recv(fd, event, sizeof(event), 0) > 0 || errno == ENOBUFS || errno == EINTR)
		;
}
