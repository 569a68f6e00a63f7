/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * witness NETNS NETNS COMMAND...: run the command, and then print one line for every TCP socket that existed meanwhile
 * in these two network namespaces (names of ip netns), with its states according to the kernel:
 *
 *	LOCAL REMOTE STATE PASSED	10.0.0.1:20000 10.0.0.2:80 TIME_WAIT SYN_SENT,ESTABLISHED,FIN_WAIT_1,…
 *
 * The exit status is that of the command.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "tests/system/bin/witness.skel.h"
#include "witness.h"

#define SETTLE_TRIES 1200 /* a minute, for segments that are lost and sent again */
#define SETTLE_WAIT_US 50000

static const char *const state_names[] = {
	[TCP_ESTABLISHED] = "ESTABLISHED",
	[TCP_SYN_SENT] = "SYN_SENT",
	[TCP_SYN_RECV] = "SYN_RECEIVED",
	[TCP_FIN_WAIT1] = "FIN_WAIT_1",
	[TCP_FIN_WAIT2] = "FIN_WAIT_2",
	[TCP_TIME_WAIT] = "TIME_WAIT",
	[TCP_CLOSE] = "CLOSED",
	[TCP_CLOSE_WAIT] = "CLOSE_WAIT",
	[TCP_LAST_ACK] = "LAST_ACK",
	[TCP_LISTEN] = "LISTEN",
	[TCP_CLOSING] = "CLOSING",
	[TCP_CLOSING + 1] = "SYN_RECEIVED",
};

#define STATES (sizeof(state_names) / sizeof(state_names[0]))

/*
 * A socket that enters TIME_WAIT is replaced by a smaller object, and the tracepoint shows it as closed. TIME_WAIT is
 * entered only from FIN_WAIT_2 and CLOSING, and no connection of these tests is reset in either state.
 */
static const char *final_state(const struct witness_path *path)
{
	if (path->last == TCP_CLOSE && (path->before == TCP_FIN_WAIT2 || path->before == TCP_CLOSING))
		return "TIME_WAIT";
	return path->last < STATES ? state_names[path->last] : "?";
}

static void print_address(__u32 family, const __u32 *address, __be16 port, char separator)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop((int)family, address, text, sizeof(text));
	printf(family == AF_INET6 ? "[%s]:%u%c" : "%s:%u%c", text, ntohs(port), separator);
}

static void print_end(const struct witness_end *end, const struct witness_path *path)
{
	const char *separator = " ";

	print_address(end->family, end->local, end->local_port, ' ');
	print_address(end->family, end->remote, end->remote_port, ' ');
	fputs(final_state(path), stdout);
	for (size_t state = 1; state < STATES; state++)
		if (path->passed & 1U << state) {
			printf("%s%s", separator, state_names[state]);
			separator = ",";
		}
	putchar('\n');
}

/* Print all ends if `print`. Returns how many sockets are not closed yet. */
static int for_each_end(int map, bool print)
{
	struct witness_end key, next;
	struct witness_path path;
	void *previous = NULL;
	int open = 0;

	while (!bpf_map_get_next_key(map, previous, &next)) {
		key = next;
		previous = &key;
		if (bpf_map_lookup_elem(map, &key, &path))
			continue;
		open += path.last != TCP_CLOSE;
		if (print)
			print_end(&key, &path);
	}
	return open;
}

/* Returns the kernel's number of the namespace, or 0 (logged). */
static __u32 namespace_number(const char *name)
{
	char path[256];
	struct stat status;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	if (stat(path, &status)) {
		fprintf(stderr, "witness: no network namespace %s: %s\n", name, strerror(errno));
		return 0;
	}
	return (__u32)status.st_ino;
}

static struct witness_bpf *start(char **names)
{
	struct witness_bpf *skel = witness_bpf__open();

	for (int i = 0; skel && i < 2; i++) {
		skel->rodata->namespaces[i] = namespace_number(names[i]);
		if (!skel->rodata->namespaces[i])
			goto fail;
	}
	if (skel && !witness_bpf__load(skel) && !witness_bpf__attach(skel))
		return skel;
	fprintf(stderr, "witness: cannot watch inet_sock_set_state: %s\n", strerror(errno));
fail:
	witness_bpf__destroy(skel);
	return NULL;
}

static int run(char **command)
{
	int status = 0;
	pid_t child = fork();

	if (!child) {
		execvp(command[0], command);
		fprintf(stderr, "witness: cannot run %s: %s\n", command[0], strerror(errno));
		_exit(EXIT_FAILURE);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		fprintf(stderr, "witness: cannot start a process: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct witness_bpf *skel;
	int status, map;

	if (argc < 4) {
		fprintf(stderr, "usage: witness NETNS NETNS COMMAND...\n");
		return EXIT_FAILURE;
	}
	skel = start(argv + 1);
	if (!skel)
		return EXIT_FAILURE;
	map = bpf_map__fd(skel->maps.ends);
	status = run(argv + 3);
	for (int i = 0; i < SETTLE_TRIES && for_each_end(map, false); i++)
		usleep(SETTLE_WAIT_US);
	for_each_end(map, true);
	if (skel->bss->lost) {
		fprintf(stderr, "witness: %llu transitions were lost: the map is full\n", skel->bss->lost);
		status = EXIT_FAILURE;
	}
	witness_bpf__destroy(skel);
	return status;
}
