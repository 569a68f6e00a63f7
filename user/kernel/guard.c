// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "kernel/guard.h"
#include "base/reason.h"
#include "kernel/netlink.h"

#define ADDRESS "synscope/run/%u"
#define ADDRESS_MAX (sizeof((struct sockaddr_un *)0)->sun_path)

int guard_take(__u32 ifindex)
{
	/* an abstract address: it belongs to the network namespace, and vanishes with the socket */
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	__u64 random;
	int length, err, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (getrandom(&random, sizeof(random), 0) == sizeof(random)) {
		length = snprintf(address.sun_path + 1, ADDRESS_MAX - 1, ADDRESS "/%016llx", ifindex, random);
		if (!bind(fd, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + 1 + length))
			return fd;
	}
	err = -errno;
	close(fd);
	return err;
}

struct guard_search {
	char address[ADDRESS_MAX]; /* without the random part */
	uid_t owner;
	bool held;
};

static bool is_guard(const struct guard_search *search, const struct rtattr *name)
{
	size_t length = strlen(search->address), size = name ? RTA_PAYLOAD(name) : 0;
	const char *found = size ? RTA_DATA(name) : NULL;

	return size > length && !found[0] && !memcmp(found + 1, search->address, length) &&
	       (size == length + 1 || found[length + 1] == '/');
}

static void visit_socket(const struct nlmsghdr *message, void *context)
{
	const struct unix_diag_msg *diag = NLMSG_DATA(message);
	const struct rtattr *attributes = (const void *)(diag + 1), *owner;
	int length = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof(*diag)));
	struct guard_search *search = context;
	uid_t uid;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY || length < 0 ||
	    !is_guard(search, rtnl_find(attributes, length, UNIX_DIAG_NAME)))
		return;
	owner = rtnl_find(attributes, length, UNIX_DIAG_UID);
	if (!owner || RTA_PAYLOAD(owner) != sizeof(uid))
		return;
	memcpy(&uid, RTA_DATA(owner), sizeof(uid));
	if (uid == 0 || uid == geteuid() || uid == search->owner || search->owner == GUARD_ANY)
		search->held = true;
}

int guard_held(__u32 ifindex, uid_t owner)
{
	struct guard_search search = { .owner = owner };
	struct rtnl_request request;
	int err;

	snprintf(search.address, sizeof(search.address), ADDRESS, ifindex);
	rtnl_begin(&request, SOCK_DIAG_BY_FAMILY, 0, sizeof(request.local));
	request.protocol = NETLINK_SOCK_DIAG;
	request.local.sdiag_family = AF_UNIX;
	request.local.udiag_states = ~0U;
	request.local.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_UID;
	err = rtnl_dump(&request, visit_socket, &search);
	return is_limit(err) ? err : search.held;
}
