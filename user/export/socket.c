// SPDX-License-Identifier: GPL-2.0-only
#include "export/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define CONNECT_NS (10 * NS_PER_S)
#define STALL_MS 30000 /* a peer that acknowledges nothing for so long is dead */
#define SLICE_MS 50 /* of a wait that may have to end early */
#define STREAM_ROOM 16384 /* of one message; more only makes what is sent twice longer */
#define DATAGRAM_ROOM 1400 /* also behind most tunnels */
#define UDP_HEADER 8
#define IPV4_HEADER 20
#define IPV6_HEADER 40

/* ---- datagrams */

/* Never more than one packet: what the path to the collector takes, as far as the kernel knows. */
static size_t datagram_room(int fd)
{
	int family = 0, mtu = 0;
	socklen_t bytes = sizeof(family);
	size_t headers;

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &bytes);
	bytes = sizeof(mtu);
	if (family == AF_INET6)
		getsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &mtu, &bytes);
	else
		getsockopt(fd, IPPROTO_IP, IP_MTU, &mtu, &bytes);
	headers = UDP_HEADER + (family == AF_INET6 ? IPV6_HEADER : IPV4_HEADER);
	if (mtu <= 0 || (size_t)mtu - headers >= DATAGRAM_ROOM)
		return DATAGRAM_ROOM;
	return (size_t)mtu > headers ? mtu - headers : 0;
}

static void never_fragment(int fd, int family)
{
	const int always = IP_PMTUDISC_DO, always_6 = IPV6_PMTUDISC_DO;

	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &always_6, sizeof(always_6));
	else
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &always, sizeof(always));
}

static int pending_error(const struct sender *sender)
{
	int err = 0;
	socklen_t bytes = sizeof(err);

	getsockopt(sender->fd, SOL_SOCKET, SO_ERROR, &err, &bytes);
	return -err;
}

/* A path that has become narrower is no failure. */
static int datagram_failed(struct sender *sender, int err)
{
	if (err == -EMSGSIZE)
		sender->room = datagram_room(sender->fd);
	return sender_fail(sender, err);
}

int socket_send_datagram(struct sender *sender, const void *message, size_t bytes)
{
	struct pollfd room = { .fd = sender->fd, .events = POLLOUT };

	while (send(sender->fd, message, bytes, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) {
			if (sender_is_over(sender))
				return sender_fail(sender, -ECANCELED);
			if (errno == ENOBUFS)
				sender_pause(sender, NS_PER_MS);
			else
				poll(&room, 1, SLICE_MS);
			continue;
		}
		return datagram_failed(sender, -errno);
	}
	return 0;
}

int socket_await_refusal(struct sender *sender, __u64 wait_ns)
{
	struct pollfd error = { .fd = sender->fd };
	int err;

	if (wait_ns >= NS_PER_MS)
		poll(&error, 1, (int)(wait_ns / NS_PER_MS));
	else if (wait_ns)
		sender_pause(sender, wait_ns);
	err = pending_error(sender);
	return err ? datagram_failed(sender, err) : 0;
}

/* ---- streams */

/* Wait until the socket is writable. Returns 0, -ETIMEDOUT, or -ECANCELED: time to stop. */
static int wait_writable(const struct sender *sender, int fd, __u64 most_ns)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	__u64 end = monotonic_ns() + most_ns;

	while (poll(&room, 1, SLICE_MS) <= 0) {
		if (sender_is_over(sender))
			return -ECANCELED;
		if (monotonic_ns() >= end)
			return -ETIMEDOUT;
	}
	return 0;
}

/* A peer sends nothing; so the end of what it sends means that it has closed the connection. */
static bool peer_has_closed(const struct sender *sender)
{
	char bytes[256];
	ssize_t n;

	do
		n = recv(sender->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	while (n > 0);
	return !n || (errno != EAGAIN && errno != EINTR);
}

int socket_send_stream(struct sender *sender, const char *message, size_t bytes)
{
	if (!sender->done && peer_has_closed(sender))
		return sender_fail(sender, -ECONNRESET);
	while (sender->done < bytes) {
		ssize_t n = send(sender->fd, message + sender->done, bytes - sender->done, MSG_NOSIGNAL | MSG_DONTWAIT);
		int err = 0;

		if (n >= 0)
			sender->done += n;
		else if (errno == EAGAIN)
			err = wait_writable(sender, sender->fd, ~0ULL >> 1);
		else if (errno != EINTR) /* a listener that comes back is no reason to end */
			err = errno == EPIPE ? -ECONNRESET : -errno;
		if (err)
			return sender_fail(sender, err);
	}
	return 0;
}

static int connect_within(const struct sender *sender, int fd, const struct sockaddr *to, socklen_t bytes)
{
	int err = connect(fd, to, bytes) ? -errno : 0;
	socklen_t size = sizeof(err);

	if (err != -EINPROGRESS)
		return err;
	err = wait_writable(sender, fd, CONNECT_NS);
	if (err)
		return err;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
	return -err;
}

void socket_limit_stall(int fd)
{
	const unsigned int stall_ms = STALL_MS;
	const int yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &stall_ms, sizeof(stall_ms));
}

/* ---- opening */

/* Returns a connected socket or a negative errno. */
static int open_one(const struct sender *sender, const struct addrinfo *to)
{
	int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol), err;

	if (fd < 0)
		return -errno;
	if (to->ai_socktype == SOCK_DGRAM)
		never_fragment(fd, to->ai_family);
	else if (to->ai_family != AF_UNIX)
		socket_limit_stall(fd);
	err = connect_within(sender, fd, to->ai_addr, to->ai_addrlen);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int open_host(struct sender *sender)
{
	bool udp = address_is_udp(sender->address);
	const struct addrinfo hints = { .ai_socktype = udp ? SOCK_DGRAM : SOCK_STREAM };
	struct addrinfo *found;
	int fd = -ENOENT, result = getaddrinfo(sender->address->host, sender->address->port, &hints, &found);

	if (result) {
		snprintf(sender->why.text, sizeof(sender->why.text), "%s", gai_strerror(result));
		return -ENOENT;
	}
	for (const struct addrinfo *to = found; to && fd < 0; to = to->ai_next)
		fd = open_one(sender, to);
	freeaddrinfo(found);
	return fd;
}

static int open_unix(const struct sender *sender)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	const struct addrinfo to = { .ai_family = AF_UNIX,
				     .ai_socktype = SOCK_STREAM,
				     .ai_addr = (struct sockaddr *)&path,
				     .ai_addrlen = sizeof(path) };

	strncpy(path.sun_path, sender->address->path, sizeof(path.sun_path) - 1);
	return open_one(sender, &to);
}

int socket_open(struct sender *sender)
{
	*sender->why.text = '\0';
	sender->fd = sender->address->kind == ADDRESS_UNIX ? open_unix(sender) : open_host(sender);
	if (sender->fd < 0) {
		int err = sender->fd;

		sender->fd = -1;
		return *sender->why.text ? err : sender_fail(sender, err);
	}
	sender->room = address_is_udp(sender->address) ? datagram_room(sender->fd) : STREAM_ROOM;
	return 0;
}
