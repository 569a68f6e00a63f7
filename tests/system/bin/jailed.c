/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * jailed JAIL try: enter that jail, which is `server`, `opener`, `exporter`, or none with `free`, and try what a
 * process in it may not do, each in a process of its own. Prints a line for each: its name, and "killed", "refused" or
 * "done".
 *
 * jailed JAIL use: the same for what the server needs.
 *
 * jailed JAIL hold: enter the jail, start threads, except in that of the opener, and print "ready"; ends at the end of
 * standard input.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jailed/attempts.h"
#include "serve/jail.h"

#include <netinet/in.h>

#define THREADS 3

/* ---- in the jail */

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void hold(struct held *held)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	LIBBPF_OPTS(bpf_map_create_opts, mmapable, .map_flags = BPF_F_MMAPABLE);
	socklen_t length = sizeof(any);

	held->parent = getppid();
	held->file = open("/dev/null", O_WRONLY | O_CLOEXEC);
	held->epoll = epoll_create1(EPOLL_CLOEXEC);
	held->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	held->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	held->program = (int)bpf_load(held);
	held->map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "jailed", sizeof(__u32), sizeof(__u64), ELEMENTS, &mmapable);
	held->mapped = mmap(NULL, ELEMENTS * sizeof(__u64), PROT_READ | PROT_WRITE, MAP_SHARED, held->map, 0);
	if (held->mapped == MAP_FAILED || held->program < 0 || bind(held->listener, (struct sockaddr *)&any, length) ||
	    listen(held->listener, 1) || getsockname(held->listener, (struct sockaddr *)&any, &length))
		fail("jailed");
}

/* For what needs a connection. */
static void hold_connection(struct held *held)
{
	struct sockaddr_in to;
	socklen_t length = sizeof(to);

	if (getsockname(held->listener, (struct sockaddr *)&to, &length) ||
	    connect(held->client, (struct sockaddr *)&to, length))
		fail("connect");
}

static void enter(const char *jail)
{
	enum jail_kind kind = !strcmp(jail, "opener")	  ? JAIL_OPENER
			      : !strcmp(jail, "exporter") ? JAIL_EXPORTER
							  : JAIL_SERVER;
	struct jail_report report;
	int err = strcmp(jail, "free") ? jail_enter(kind, NULL, &report) : 0;

	if (err) {
		fprintf(stderr, "cannot %s: %s\n", report.failed, strerror(-err));
		exit(EXIT_FAILURE);
	}
}

static bool is_refusal(int error)
{
	return error == EPERM || error == EACCES || error == ENOSYS;
}

enum result { RESULT_DONE, RESULT_REFUSED = 100, RESULT_FAILED };

static void try_one(const char *jail, size_t i)
{
	struct held held;

	hold(&held);
	if (attempts[i].needed)
		hold_connection(&held);
	enter(jail);
	if (attempts[i].try(&held) != -1)
		_exit(RESULT_DONE);
	_exit(is_refusal(errno) ? RESULT_REFUSED : RESULT_FAILED);
}

static const char *result_of(int status)
{
	if (jail_killed(status))
		return "killed";
	if (!WIFEXITED(status))
		return "crashed";
	return WEXITSTATUS(status) == RESULT_DONE      ? "done"
	       : WEXITSTATUS(status) == RESULT_REFUSED ? "refused"
						       : "failed";
}

static void try_all(const char *jail, bool needed)
{
	for (size_t i = 0; attempts[i].name; i++) {
		int status;
		pid_t child;

		if (attempts[i].needed != needed)
			continue;
		fflush(stdout);
		child = fork();
		if (!child)
			try_one(jail, i);
		if (child < 0 || waitpid(child, &status, 0) != child)
			fail("fork");
		printf("%s %s\n", attempts[i].name, result_of(status));
	}
}

static void *wait_forever(void *of)
{
	(void)of;
	for (;;)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_sec = 1000 }, NULL);
	return NULL;
}

static void hold_still(const char *jail)
{
	pthread_t thread;
	char byte;

	enter(jail);
	for (int i = 0; i < THREADS && strcmp(jail, "opener") != 0; i++)
		if (pthread_create(&thread, NULL, wait_forever, NULL))
			fail("pthread_create");
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		fail("write");
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return EXIT_FAILURE;
	if (!strcmp(argv[2], "hold"))
		hold_still(argv[1]);
	else
		try_all(argv[1], !strcmp(argv[2], "use"));
	return EXIT_SUCCESS;
}
