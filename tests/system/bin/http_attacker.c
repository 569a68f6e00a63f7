/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * http_attacker PORT raw MS: send stdin to 127.0.0.1:PORT, and print what comes back until the server closes the
 * connection, or nothing has come for so many milliseconds.
 * http_attacker PORT hold COUNT: open so many connections, and send nothing. When the server has decided about each,
 * print "open N refused N", and hold those that are open until stdin ends.
 * http_attacker PORT loris COUNT: open so many connections, and send a line of a request that never ends on each of
 * them, ten times a second. Print "closed" when the server has closed all of them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define LORIS_MS 100
#define QUIET_MS 2000 /* without news, the server has decided */

static struct pollfd *fds;
static int count, refused;

static int fail(const char *what)
{
	fprintf(stderr, "http_attacker: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		fail("socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		fail("connect");
	return fd;
}

static int raw(int port, int quiet_ms)
{
	int fd = connect_to(port);
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	char data[65536];
	ssize_t bytes;

	while ((bytes = read(STDIN_FILENO, data, sizeof(data))) > 0)
		send(fd, data, bytes,
		     MSG_NOSIGNAL); /* fails when the server has seen enough; stdin is read all the same */
	while (poll(&polled, 1, quiet_ms) > 0 && (bytes = recv(fd, data, sizeof(data), 0)) > 0)
		fwrite(data, 1, bytes, stdout);
	return 0;
}

/* Read what has come, and close what the server has closed. Returns whether there was any news within the time. */
static bool look(int ms)
{
	int news = poll(fds, count, ms);
	char data[4096];

	for (int i = 0; i < count && news > 0; i++) {
		ssize_t bytes = fds[i].revents ? recv(fds[i].fd, data, sizeof(data), MSG_DONTWAIT) : 1;

		if (bytes > 0 || (bytes < 0 && errno == EAGAIN))
			continue;
		close(fds[i].fd);
		fds[i].fd = -1;
		refused++;
	}
	return news > 0;
}

static void open_all(int port)
{
	struct rlimit limit = { count + 64, count + 64 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		fail("setrlimit");
	fds = calloc(count, sizeof(*fds));
	if (!fds)
		fail("calloc");
	for (int i = 0; i < count; i++)
		fds[i] = (struct pollfd){ .fd = connect_to(port), .events = POLLIN };
}

static int hold(int port)
{
	char byte;

	open_all(port);
	while (look(QUIET_MS))
		;
	printf("open %d refused %d\n", count - refused, refused);
	fflush(stdout);
	return read(STDIN_FILENO, &byte, 1) < 0;
}

static int loris(int port)
{
	open_all(port);
	for (int i = 0; i < count; i++)
		send(fds[i].fd, "GET / HTTP/1.1\r\n", 16, MSG_NOSIGNAL);
	while (refused < count) {
		look(LORIS_MS);
		usleep(LORIS_MS * 1000);
		for (int i = 0; i < count; i++)
			if (fds[i].fd >= 0)
				send(fds[i].fd, "X: y\r\n", 6, MSG_NOSIGNAL);
	}
	puts("closed");
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[2] : "";
	int port = argc > 1 ? atoi(argv[1]) : 0;

	count = argc > 3 ? atoi(argv[3]) : 0;
	if (!strcmp(mode, "raw") && count > 0)
		return raw(port, count);
	if (!strcmp(mode, "hold") && count > 0)
		return hold(port);
	if (!strcmp(mode, "loris") && count > 0)
		return loris(port);
	fprintf(stderr, "usage: http_attacker PORT raw MS | hold COUNT | loris COUNT\n");
	return 2;
}
