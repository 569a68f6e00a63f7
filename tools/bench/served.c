// SPDX-License-Identifier: GPL-2.0-only
#include "served.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "child.h"

#define PORT 9293
#define TEXT_MAX 512
#define HEAD_MAX 4096
#define PATIENCE_US 30000000 /* generous, because the machine may be busy */
#define STEP_US 1000
#define PERIOD_MS 2000 /* PERIOD_MS of user/serve/page/main.js */
#define PAGES_MAX 16
#define SOURCES ((int)(sizeof(sources) / sizeof(*sources)))

/* What a page asks for, and the bytes per second that it may cost: `sources` of user/serve/page/main.js. */
static const struct {
	const char *path;
	int share;
} sources[] = {
	{ "/api/v1/status", 350 },
	{ "/api/v1/transitions", 300 },
	{ "/api/v1/stats", 500 },
	{ "/api/v1/latency", 900 },
	{ "/api/v1/stats?by=server-port&sort=failed&limit=24", 700 },
	{ "/api/v1/flows?filter=failed&limit=100&all=1", 500 },
	{ "/api/v1/flows?sort=last_seen&limit=100", 1200 },
};

/* ---- HTTP */

/* Returns a socket or a negative errno. */
static int connect_to_it(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(PORT),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0 || !connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd < 0 ? -errno : fd;
	err = -errno;
	close(fd);
	return err;
}

static int ask(int fd, const char *path, const char *etag)
{
	char text[TEXT_MAX];
	int bytes = snprintf(text, sizeof(text),
			     "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n%s%s%s\r\n", path,
			     *etag ? "If-None-Match: " : "", etag, *etag ? "\r\n" : "");

	return send(fd, text, bytes, MSG_NOSIGNAL) == bytes ? 0 : -EPIPE;
}

static void take_etag(const char *head, char etag[TEXT_MAX])
{
	const char *found = strcasestr(head, "\r\nETag: ");

	if (found)
		snprintf(etag, TEXT_MAX, "%.*s", (int)strcspn(found + 8, "\r"), found + 8);
}

/* Read a whole answer. Returns its bytes or a negative errno. */
static long hear(int fd, char etag[TEXT_MAX])
{
	static char rest[65536];
	char head[HEAD_MAX];
	size_t used = 0, all;
	const char *end = NULL, *length;

	while (!end) {
		ssize_t n = recv(fd, head + used, sizeof(head) - 1 - used, 0);

		if (n <= 0)
			return -EPIPE;
		used += n;
		head[used] = '\0';
		end = strstr(head, "\r\n\r\n");
	}
	length = strcasestr(head, "\r\nContent-Length: ");
	take_etag(head, etag);
	all = end + 4 - head;
	if (length && length < end && strncmp(head, "HTTP/1.1 304", 12) != 0)
		all += strtoul(length + 18, NULL, 10);
	for (size_t left = all - used; left;) {
		ssize_t n = recv(fd, rest, left < sizeof(rest) ? left : sizeof(rest), 0);

		if (n <= 0)
			return -EPIPE;
		left -= n;
	}
	return (long)all;
}

/* ---- the server */

static bool answers(void)
{
	char etag[TEXT_MAX] = "";
	int fd = connect_to_it();
	bool does = fd >= 0 && !ask(fd, "/healthz", "") && hear(fd, etag) > 0;

	if (fd >= 0)
		close(fd);
	return does;
}

pid_t served_start(void)
{
	char address[32];
	const char *const arguments[] = { child_synscope(), "serve", "--listen", address, NULL };
	pid_t served;

	snprintf(address, sizeof(address), "127.0.0.1:%d", PORT);
	served = child_start(arguments);
	for (int waited = 0; served > 0 && !answers(); waited += STEP_US) {
		if (waited >= PATIENCE_US) {
			message_error("'%s serve' does not answer", arguments[0]);
			child_stop(served);
			return -ETIMEDOUT;
		}
		usleep(STEP_US);
	}
	return served;
}

/* Add what one process has used. */
static void add_usage(pid_t process, double *ns, double *bytes)
{
	char path[64], line[1024];
	unsigned long user = 0, system = 0, kb;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", process);
	file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file))
		sscanf(strrchr(line, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
	if (file)
		fclose(file);
	*ns += (double)(user + system) * 1e9 / (double)sysconf(_SC_CLK_TCK);
	snprintf(path, sizeof(path), "/proc/%d/status", process);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "RssAnon: %lu kB", &kb) == 1)
			*bytes += (double)kb * 1024;
	if (file)
		fclose(file);
}

void served_usage(pid_t served, double *ns, double *bytes)
{
	char path[64];
	FILE *children;
	int child;

	*ns = *bytes = 0;
	add_usage(served, ns, bytes);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", served, served);
	children = fopen(path, "re");
	while (children && fscanf(children, "%d", &child) == 1)
		add_usage(child, ns, bytes);
	if (children)
		fclose(children);
}

int served_open_events(void)
{
	char begun[64];
	int fd = connect_to_it(), err = fd < 0 ? fd : ask(fd, "/api/v1/events", "");

	if (!err && recv(fd, begun, sizeof(begun), 0) <= 0)
		err = -EPIPE;
	if (!err)
		return fd;
	message_error("cannot read the events of 'serve': %s", strerror(-err));
	if (fd >= 0)
		close(fd);
	return err;
}

/* ---- who asks */

static pid_t begin_process(void)
{
	pid_t process = fork();

	if (!process)
		child_leave_parent();
	if (process < 0)
		message_error("cannot start a viewer");
	return process;
}

pid_t served_start_viewer(void)
{
	static char text[65536];
	int events = served_open_events();
	pid_t process = events < 0 ? events : begin_process();

	if (!process) {
		while (recv(events, text, sizeof(text), 0) > 0)
			;
		_exit(1);
	}
	if (events >= 0)
		close(events);
	return process;
}

struct asked {
	int share;
	const char *path;
	__u64 due_ns; /* 0: it waits for the answer */
	char etag[TEXT_MAX];
};

/* Begin with pages that were not opened at the same moment. */
static void open_pages(int count, struct asked *asked, struct pollfd *poll_fd)
{
	for (int i = 0; i < count * SOURCES; i++) {
		int page = i / SOURCES, which = i % SOURCES;

		asked[i] = (struct asked){ .share = sources[which].share,
					   .path = sources[which].path,
					   .due_ns = monotonic_ns() + page * PERIOD_MS * NS_PER_MS / count };
		poll_fd[i] = (struct pollfd){ .fd = connect_to_it(), .events = POLLIN };
		if (poll_fd[i].fd < 0)
			_exit(1);
	}
}

static void look_at_pages(int count)
{
	static struct pollfd poll_fd[PAGES_MAX * SOURCES];
	static struct asked asked[PAGES_MAX * SOURCES];

	open_pages(count, asked, poll_fd);
	for (;;) {
		for (int i = 0; i < count * SOURCES; i++) {
			struct asked *one = &asked[i];
			__u64 now = monotonic_ns(), period;

			if (poll_fd[i].revents) {
				long bytes = hear(poll_fd[i].fd, one->etag);

				if (bytes < 0)
					_exit(1);
				period = bytes * 1000 / one->share;
				one->due_ns = now + (period < PERIOD_MS ? PERIOD_MS : period) * NS_PER_MS;
			}
			if (one->due_ns && now >= one->due_ns) {
				if (ask(poll_fd[i].fd, one->path, one->etag))
					_exit(1);
				one->due_ns = 0;
			}
		}
		poll(poll_fd, count * SOURCES, 10);
	}
}

pid_t served_start_pages(int count)
{
	pid_t process = begin_process();

	if (!process)
		look_at_pages(count);
	return process;
}

pid_t served_start_scrapes(void)
{
	pid_t process = begin_process();
	char etag[TEXT_MAX] = "";
	int fd;

	if (process)
		return process;
	fd = connect_to_it();
	while (fd >= 0 && !ask(fd, "/metrics", "") && hear(fd, etag) > 0)
		;
	_exit(1);
}
