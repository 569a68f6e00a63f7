// SPDX-License-Identifier: GPL-2.0-only
#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/array.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/text.h"

#define BACKLOG SOMAXCONN /* a client whose SYN finds no room waits for a second, and asks again */
#define UNIX_PREFIX "unix:"
#define UNIX_UMASK 0117 /* for a socket of mode 0660 */
#define FIRST_INHERITED 3 /* as sd_listen_fds(3) says */

/* Any kind of address. */
union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

/* ADDRESS:PORT or [ADDRESS]:PORT. Returns the length of the address, 0: it is neither. */
static socklen_t parse_inet(const char *text, union address *address)
{
	const char *colon = strrchr(text, ':');
	bool bracketed = *text == '[';
	char host[INET6_ADDRSTRLEN];
	size_t bytes;
	__u64 port;

	if (!colon || !parse_number(colon + 1, 65535, &port) || !port)
		return 0;
	bytes = colon - text;
	if (bracketed && (bytes < 2 || colon[-1] != ']'))
		return 0;
	bytes -= bracketed ? 2 : 0;
	if (bytes >= sizeof(host))
		return 0;
	memcpy(host, text + bracketed, bytes);
	host[bytes] = '\0';
	memset(address, 0, sizeof(*address));
	if (bracketed) {
		address->ipv6.sin6_family = AF_INET6;
		address->ipv6.sin6_port = htons(port);
		return inet_pton(AF_INET6, host, &address->ipv6.sin6_addr) == 1 ? sizeof(address->ipv6) : 0;
	}
	address->ipv4.sin_family = AF_INET;
	address->ipv4.sin_port = htons(port);
	return inet_pton(AF_INET, host, &address->ipv4.sin_addr) == 1 ? sizeof(address->ipv4) : 0;
}

/* The path of unix:PATH, or NULL. */
static const char *unix_path(const char *text)
{
	const char *path = !strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) ? text + strlen(UNIX_PREFIX) : NULL;

	return path && *path && strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path) ? path : NULL;
}

bool listen_is_valid(const char *text, bool inet)
{
	union address address;

	return parse_inet(text, &address) || (!inet && unix_path(text));
}

static bool is_loopback(const union address *address)
{
	const struct in6_addr *ipv6 = &address->ipv6.sin6_addr;

	if (address->any.sa_family == AF_INET)
		return ntohl(address->ipv4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (address->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(ipv6) ||
		       (IN6_IS_ADDR_V4MAPPED(ipv6) && ipv6->s6_addr[12] == IN_LOOPBACKNET);
	return true;
}

/* ---- opening */

static void add(struct listeners *listeners, int fd, const char *name, const union address *address, bool metrics_only)
{
	struct listener *listener = &listeners->listener[listeners->count++];

	*listener = (struct listener){ .fd = fd, .metrics_only = metrics_only, .loopback = is_loopback(address) };
	snprintf(listener->name, sizeof(listener->name), "%s", name);
}

/* Returns an fd or a negative errno. */
static int open_inet(const union address *address, socklen_t bytes)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, err = 0;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &address->any, bytes) || listen(fd, BACKLOG))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/*
 * Make room for a socket of that path: remove a socket of this user that nobody listens on. Returns 0, -EADDRINUSE if
 * somebody does, or -EEXIST if it is something else.
 */
static int remove_stale(const union address *address, socklen_t bytes)
{
	const char *path = address->un.sun_path;
	struct stat status;
	int fd, err;

	if (lstat(path, &status))
		return 0;
	if (!S_ISSOCK(status.st_mode) || status.st_uid != geteuid())
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, &address->any, bytes) ? -errno : -EADDRINUSE;
	close(fd);
	if (err == -ECONNREFUSED)
		return unlink(path) ? -errno : 0;
	return -EADDRINUSE;
}

/* Returns an fd or a negative errno. */
static int open_unix(const union address *address, socklen_t bytes)
{
	int err = remove_stale(address, bytes), fd;
	mode_t before;

	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	before = umask(UNIX_UMASK);
	err = bind(fd, &address->any, bytes) ? -errno : 0;
	umask(before);
	if (!err && listen(fd, BACKLOG))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int tell_failure(const char *text, int err)
{
	if (err == -EADDRINUSE)
		message_error("cannot listen on %s: another process listens there; --listen chooses another address",
			      text);
	else if (err == -EEXIST)
		message_error("cannot listen on %s: the file exists, and is no socket of this user; it stays as it is",
			      text);
	else if (err == -EADDRNOTAVAIL)
		message_error("cannot listen on %s: no interface here has this address", text);
	else
		message_error("cannot listen on %s: %s%s", text, reason_of(err).text, permission_hint(err));
	return err;
}

int listen_on(struct listeners *listeners, const char *text, bool metrics_only)
{
	union address address = { 0 };
	socklen_t bytes = parse_inet(text, &address);
	const char *path = bytes ? NULL : unix_path(text);
	int fd;

	if (listeners->count == LISTENERS_MAX) {
		message_error("cannot listen on %s: %d addresses are the maximum", text, LISTENERS_MAX);
		return -E2BIG;
	}
	if (path) {
		address.un.sun_family = AF_UNIX;
		memcpy(address.un.sun_path, path, strlen(path) + 1);
		bytes = sizeof(address.un);
	}
	fd = path ? open_unix(&address, bytes) : open_inet(&address, bytes);
	if (fd < 0)
		return tell_failure(text, fd);
	add(listeners, fd, text, &address, metrics_only);
	if (!path)
		return 0;
	listeners->listener[listeners->count - 1].path = text_copy(path, "the sockets");
	return listeners->listener[listeners->count - 1].path ? 0 : -ENOMEM;
}

/* ---- from systemd */

/* Is that a listening stream socket? Then it is made ours. */
static bool take_inherited(struct listeners *listeners, int fd, const char *name)
{
	union address address = { 0 };
	socklen_t bytes = sizeof(address), int_bytes = sizeof(int);
	int listens = 0, type = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &int_bytes) || !listens ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &int_bytes) || type != SOCK_STREAM ||
	    getsockname(fd, &address.any, &bytes) || listeners->count == LISTENERS_MAX)
		return false;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	add(listeners, fd, *name ? name : "a socket of systemd", &address, !strcmp(name, "metrics"));
	return true;
}

int listen_inherit(struct listeners *listeners)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
	__u64 number, fds;

	if (!pid || !count || !parse_number(pid, ~0U, &number) || (pid_t)number != getpid() ||
	    !parse_number(count, LISTENERS_MAX, &fds))
		return 0;
	for (int i = 0; i < (int)fds; i++) {
		char name[64] = "";

		if (names) {
			size_t bytes = strcspn(names, ":");

			snprintf(name, sizeof(name), "%.*s", (int)bytes, names);
			names += bytes + (names[bytes] == ':');
		}
		if (!take_inherited(listeners, FIRST_INHERITED + i, name)) {
			message_error("the descriptor %d in LISTEN_FDS is no listening stream socket",
				      FIRST_INHERITED + i);
			return -ENOTSOCK;
		}
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return 0;
}

void listeners_leave(struct listeners *listeners)
{
	for (int i = 0; i < listeners->count; i++) {
		close(listeners->listener[i].fd);
		listeners->listener[i].fd = -1;
	}
}

void listeners_close(struct listeners *listeners)
{
	for (int i = 0; i < listeners->count; i++) {
		if (listeners->listener[i].fd >= 0)
			close(listeners->listener[i].fd);
		if (listeners->listener[i].path && !listeners->keeps_paths)
			unlink(listeners->listener[i].path);
		free(listeners->listener[i].path);
	}
	listeners->count = 0;
}

void listen_local(int fd, char local[HTTP_LOCAL_MAX])
{
	union address address = { 0 };
	socklen_t bytes = sizeof(address);

	*local = '\0';
	if (getsockname(fd, &address.any, &bytes))
		return;
	if (address.any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address.ipv6.sin6_addr)) {
		inet_ntop(AF_INET, &address.ipv6.sin6_addr.s6_addr[12], local, HTTP_LOCAL_MAX);
	} else if (address.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address.ipv4.sin_addr, local, HTTP_LOCAL_MAX);
	} else if (address.any.sa_family == AF_INET6) {
		*local = '[';
		inet_ntop(AF_INET6, &address.ipv6.sin6_addr, local + 1, HTTP_LOCAL_MAX - 2);
		strcat(local, "]");
	}
}
