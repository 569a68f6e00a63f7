/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host's sockets, driven line by line: each command on stdin is answered by one line on stdout, "ok" (with the
 * local port if one was chosen) or "err ENAME". So a test decides when each segment is sent.
 *
 *	NAME listen ADDR PORT		NAME send BYTES
 *	NAME connect ADDR PORT [FROM]	NAME recv BYTES		0: until the end of the stream
 *	NAME start ADDR PORT [FROM]	NAME shutdown		the sending half
 *	NAME accept LISTENER		NAME close | reset
 *	NAME urgent			one byte of urgent data
 *	NAME acked			wait until all that was sent is acknowledged
 *
 * NAME is any word, a new one for listen, connect, start and accept. `start` does not wait for the handshake.
 * A command that waits fails after WAIT_S.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS_MAX 64
#define WORDS_MAX 5
#define NAME_MAX_LENGTH 31
#define WAIT_S 10
#define BACKLOG 16

struct named_socket {
	char name[NAME_MAX_LENGTH + 1]; /* "": the entry is free */
	int fd;
};

struct request {
	struct named_socket *sockets; /* SOCKETS_MAX of them */
	struct named_socket *socket; /* the socket that the command names */
	char **args; /* the words after the command's name */
	int args_count;
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Returns 0, a positive port to report, or a negative errno. */
typedef int (*command_fn)(const struct request *);

static struct named_socket *find_socket(struct named_socket *sockets, const char *name)
{
	for (int i = 0; i < SOCKETS_MAX; i++)
		if (!strcmp(sockets[i].name, name))
			return &sockets[i];
	return NULL;
}

static int set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

static int parse_address(const char *ip, const char *port, union address *address)
{
	in_port_t number = htons((in_port_t)strtoul(port, NULL, 10));

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, ip, &address->v4.sin_addr) == 1) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = number;
		return 0;
	}
	if (inet_pton(AF_INET6, ip, &address->v6.sin6_addr) == 1) {
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = number;
		return 0;
	}
	return -EINVAL;
}

static socklen_t address_length(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

static int local_port(int fd)
{
	union address address = { 0 };
	socklen_t length = sizeof(address);

	if (getsockname(fd, &address.any, &length))
		return -errno;
	return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

/* Operations time out after WAIT_S, a port can be reused at once, and each send is a segment of its own. */
static int open_socket(int family)
{
	struct timeval wait = { .tv_sec = WAIT_S };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	return fd;
}

static int do_listen(const struct request *request)
{
	union address address;
	int error = parse_address(request->args[0], request->args[1], &address);
	int fd = error ? error : open_socket(address.any.sa_family);

	if (fd < 0)
		return fd;
	request->socket->fd = fd;
	if (bind(fd, &address.any, address_length(&address)) || listen(fd, BACKLOG))
		return -errno;
	return local_port(fd);
}

static int bind_port(int fd, int family, const char *port)
{
	union address address;

	parse_address(family == AF_INET6 ? "::" : "0.0.0.0", port, &address);
	return bind(fd, &address.any, address_length(&address)) ? -errno : 0;
}

static int connect_socket(const struct request *request, int flags)
{
	union address address;
	int error = parse_address(request->args[0], request->args[1], &address);
	int fd = error ? error : open_socket(address.any.sa_family);

	if (fd < 0)
		return fd;
	request->socket->fd = fd;
	if (request->args_count > 2)
		error = bind_port(fd, address.any.sa_family, request->args[2]);
	if (error)
		return error;
	fcntl(fd, F_SETFL, flags);
	if (connect(fd, &address.any, address_length(&address)) && !(flags && errno == EINPROGRESS))
		return errno == EINPROGRESS ? -ETIMEDOUT : -errno;
	fcntl(fd, F_SETFL, 0);
	return local_port(fd);
}

static int do_connect(const struct request *request)
{
	return connect_socket(request, 0);
}

static int do_start(const struct request *request)
{
	return connect_socket(request, O_NONBLOCK);
}

static int do_accept(const struct request *request)
{
	const struct named_socket *listener = find_socket(request->sockets, request->args[0]);
	struct timeval wait = { .tv_sec = WAIT_S };
	int fd = listener ? accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC) : -1;

	if (fd < 0)
		return listener ? -errno : -ENOENT;
	request->socket->fd = fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static int do_send(const struct request *request)
{
	static const char bytes[65536];
	size_t left = strtoul(request->args[0], NULL, 10);

	while (left) {
		ssize_t sent = send(request->socket->fd, bytes, left < sizeof(bytes) ? left : sizeof(bytes), 0);

		if (sent < 0)
			return -errno;
		left -= (size_t)sent;
	}
	return 0;
}

static int do_urgent(const struct request *request)
{
	return send(request->socket->fd, "!", 1, MSG_OOB) < 0 ? -errno : 0;
}

static int do_recv(const struct request *request)
{
	static char bytes[65536];
	size_t left = strtoul(request->args[0], NULL, 10);
	bool to_the_end = !left;

	while (left || to_the_end) {
		size_t size = !to_the_end && left < sizeof(bytes) ? left : sizeof(bytes);
		ssize_t received = recv(request->socket->fd, bytes, size, 0);

		if (received < 0)
			return -errno;
		if (!received)
			return to_the_end ? 0 : -EPIPE;
		left -= to_the_end ? 0 : (size_t)received;
	}
	return 0;
}

static int do_acked(const struct request *request)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int left = 0;

	for (int ms = 0; ms < WAIT_S * 1000; ms++) {
		if (ioctl(request->socket->fd, SIOCOUTQ, &left))
			return -errno;
		if (!left)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

static int do_shutdown(const struct request *request)
{
	return shutdown(request->socket->fd, SHUT_WR) ? -errno : 0;
}

static int do_close(const struct request *request)
{
	int error = close(request->socket->fd) ? -errno : 0;

	request->socket->name[0] = '\0';
	return error;
}

static int do_reset(const struct request *request)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(request->socket->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return do_close(request);
}

static const struct command {
	const char *name;
	int args; /* the smallest number of arguments */
	bool opens; /* creates the socket that it names */
	command_fn run;
} commands[] = {
	{ "listen", 2, true, do_listen },      { "connect", 2, true, do_connect }, { "start", 2, true, do_start },
	{ "accept", 1, true, do_accept },      { "send", 1, false, do_send },	   { "recv", 1, false, do_recv },
	{ "shutdown", 0, false, do_shutdown }, { "close", 0, false, do_close },	   { "reset", 0, false, do_reset },
	{ "urgent", 0, false, do_urgent },     { "acked", 0, false, do_acked },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* A command that should have opened a socket leaves none behind if it fails. */
static int open_and_run(const struct command *command, struct request *request, const char *name)
{
	int result;

	request->socket = find_socket(request->sockets, "");
	if (!request->socket || strlen(name) > NAME_MAX_LENGTH)
		return -ENOSPC;
	request->socket->fd = -1;
	result = command->run(request);
	if (result >= 0)
		snprintf(request->socket->name, sizeof(request->socket->name), "%s", name);
	else if (request->socket->fd >= 0)
		close(request->socket->fd);
	return result;
}

static int run_line(struct named_socket *sockets, char *line)
{
	char *words[WORDS_MAX + 1] = { NULL };
	int count = 0;
	const struct command *command;
	struct request request = { .sockets = sockets, .args = words + 2 };

	for (char *word = strtok(line, " \n"); word && count < WORDS_MAX; word = strtok(NULL, " \n"))
		words[count++] = word;
	command = count > 1 ? find_command(words[1]) : NULL;
	if (!command || count - 2 < command->args)
		return -EINVAL;
	request.args_count = count - 2;
	request.socket = find_socket(sockets, words[0]);
	if (command->opens)
		return request.socket ? -EEXIST : open_and_run(command, &request, words[0]);
	return request.socket ? command->run(&request) : -ENOENT;
}

int main(void)
{
	static struct named_socket sockets[SOCKETS_MAX];
	char line[256];

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		int result = run_line(sockets, line);

		if (result < 0)
			printf("err %s\n", strerrorname_np(-result));
		else if (result > 0)
			printf("ok %d\n", result);
		else
			puts("ok");
	}
	return 0;
}
