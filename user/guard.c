// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guard.h"

int guard_take(__u32 ifindex)
{
	/* an abstract address, which belongs to a network namespace and goes with the socket */
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "synscope/run/%u", ifindex);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + 1 + length))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

bool guard_held(__u32 ifindex)
{
	int fd = guard_take(ifindex);

	if (fd >= 0)
		close(fd);
	return fd == -EADDRINUSE;
}
