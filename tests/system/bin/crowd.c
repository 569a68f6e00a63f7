/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crowd CLIENT-NETNS SERVER-NETNS CLIENT4 SERVER4 CLIENT6 SERVER6 CONNECTIONS: open and close TCP connections between
 * two network namespaces (names of ip netns) from several threads at once, CONNECTIONS in each. Each connection has its
 * own client port. The connections use IPv4 and IPv6, and end in each of the ways below in turn.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define THREADS 8
#define CONNECTIONS_MAX 1500 /* per thread */
#define OPEN_AT_ONCE 60 /* per thread */
#define CLIENT_PORT 20000 /* the first one */
#define SERVER_PORT 10000 /* of the first thread */
#define NOBODY_PORT 9 /* a port without a listener */
#define REQUEST 100 /* bytes */
#define WAIT_S 10
#define END_WAIT_S 1 /* for the FIN or RST of the other end, which may be lost */

enum way { BY_CLIENT, BY_SERVER, BY_BOTH, RESET_BY_CLIENT, RESET_BY_SERVER, REFUSED, WAYS };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct connection {
	enum way way;
	int client, server; /* -1: not open */
};

struct crowd {
	int netns[2]; /* [0]: of the client, [1]: of the server */
	const char *address[2][2]; /* [is IPv6][is server] */
	int connections; /* per thread */
};

struct thread {
	const struct crowd *crowd;
	int number;
	int listener;
	pthread_t id;
	const char *failed; /* what failed, or NULL */
	int error;
};

static bool failed(struct thread *thread, const char *what)
{
	thread->failed = what;
	thread->error = errno;
	return false;
}

static bool is_ipv6(const struct thread *thread)
{
	return thread->number % 2;
}

/* Returns the length of the address. */
static socklen_t make_address(const struct thread *thread, bool server, int port, union address *address)
{
	const char *text = thread->crowd->address[is_ipv6(thread)][server];

	memset(address, 0, sizeof(*address));
	if (is_ipv6(thread)) {
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = htons((in_port_t)port);
		inet_pton(AF_INET6, text, &address->v6.sin6_addr);
		return sizeof(address->v6);
	}
	address->v4.sin_family = AF_INET;
	address->v4.sin_port = htons((in_port_t)port);
	inet_pton(AF_INET, text, &address->v4.sin_addr);
	return sizeof(address->v4);
}

/* Returns a socket bound to the address, with a timeout of WAIT_S for whatever blocks, or -1. */
static int open_socket(const struct thread *thread, bool server, int port)
{
	struct timeval wait = { .tv_sec = WAIT_S };
	union address address;
	socklen_t length = make_address(thread, server, port, &address);
	int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, &address.any, length)) {
		close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	return fd;
}

static bool transfer(int from, int to)
{
	char bytes[REQUEST] = { 0 };

	return send(from, bytes, sizeof(bytes), MSG_NOSIGNAL) == REQUEST &&
	       recv(to, bytes, sizeof(bytes), MSG_WAITALL) == REQUEST;
}

static bool open_connection(struct thread *thread, int number, struct connection *connection)
{
	int server_port = connection->way == REFUSED ? NOBODY_PORT : SERVER_PORT + thread->number;
	union address address;
	socklen_t length = make_address(thread, true, server_port, &address);

	connection->server = -1;
	connection->client = open_socket(thread, false, CLIENT_PORT + thread->number * CONNECTIONS_MAX + number);
	if (connection->client < 0)
		return failed(thread, "bind");
	if (connection->way == REFUSED)
		return (connect(connection->client, &address.any, length) && errno == ECONNREFUSED) ||
		       failed(thread, "expected a refusal");
	if (connect(connection->client, &address.any, length))
		return failed(thread, "connect");
	connection->server = accept(thread->listener, NULL, NULL);
	if (connection->server < 0)
		return failed(thread, "accept");
	return (transfer(connection->client, connection->server) && transfer(connection->server, connection->client)) ||
	       failed(thread, "transfer");
}

static void reset(int *fd)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(*fd);
	*fd = -1;
}

static void begin_to_close(struct connection *connection)
{
	switch (connection->way) {
	case BY_CLIENT:
		shutdown(connection->client, SHUT_WR);
		break;
	case BY_SERVER:
		shutdown(connection->server, SHUT_WR);
		break;
	case BY_BOTH:
		shutdown(connection->client, SHUT_WR);
		shutdown(connection->server, SHUT_WR);
		break;
	case RESET_BY_CLIENT:
		reset(&connection->client);
		break;
	case RESET_BY_SERVER:
		reset(&connection->server);
		break;
	default:
		break;
	}
}

static void await_end(int fd)
{
	struct timeval wait = { .tv_sec = END_WAIT_S };
	char byte;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (recv(fd, &byte, 1, 0) > 0)
		fprintf(stderr, "crowd: received a byte that the other end did not send\n");
}

/* The other end closes after it has read to the end of the stream. */
static void finish(struct connection *connection)
{
	if (connection->way == BY_CLIENT || connection->way == RESET_BY_CLIENT)
		await_end(connection->server);
	if (connection->way == BY_SERVER || connection->way == RESET_BY_SERVER)
		await_end(connection->client);
	if (connection->client >= 0)
		close(connection->client);
	if (connection->server >= 0)
		close(connection->server);
}

static bool run_batch(struct thread *thread, int first, int count)
{
	struct connection connections[OPEN_AT_ONCE];

	for (int i = 0; i < count; i++) {
		connections[i].way = (enum way)((first + i) % WAYS);
		if (!open_connection(thread, first + i, &connections[i]))
			return false;
	}
	for (int i = 0; i < count; i++)
		begin_to_close(&connections[i]);
	for (int i = 0; i < count; i++)
		finish(&connections[i]);
	return true;
}

/* A socket belongs to the namespace in which its thread was when the socket was created. */
static void *run_thread(void *argument)
{
	struct thread *thread = argument;

	if (setns(thread->crowd->netns[1], CLONE_NEWNET)) {
		failed(thread, "setns");
		return NULL;
	}
	thread->listener = open_socket(thread, true, SERVER_PORT + thread->number);
	if (thread->listener < 0 || listen(thread->listener, OPEN_AT_ONCE)) {
		failed(thread, "listen");
		return NULL;
	}
	if (setns(thread->crowd->netns[0], CLONE_NEWNET)) {
		failed(thread, "setns");
		return NULL;
	}
	for (int first = 0; first < thread->crowd->connections; first += OPEN_AT_ONCE) {
		int left = thread->crowd->connections - first;

		if (!run_batch(thread, first, left < OPEN_AT_ONCE ? left : OPEN_AT_ONCE))
			break;
	}
	return NULL;
}

static int run_threads(const struct crowd *crowd)
{
	struct thread threads[THREADS];
	int status = EXIT_SUCCESS;

	for (int i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){ .crowd = crowd, .number = i };
		if (pthread_create(&threads[i].id, NULL, run_thread, &threads[i])) {
			fprintf(stderr, "crowd: cannot start a thread\n");
			exit(EXIT_FAILURE);
		}
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i].id, NULL);
		if (!threads[i].failed)
			continue;
		fprintf(stderr, "crowd: thread %d: %s: %s\n", i, threads[i].failed, strerror(threads[i].error));
		status = EXIT_FAILURE;
	}
	return status;
}

int main(int argc, char **argv)
{
	struct crowd crowd;

	if (argc != 8) {
		fprintf(stderr, "usage: crowd CLIENT-NETNS SERVER-NETNS CLIENT4 SERVER4 CLIENT6 SERVER6 CONNECTIONS\n");
		return EXIT_FAILURE;
	}
	for (int i = 0; i < 2; i++) {
		char path[256];

		snprintf(path, sizeof(path), "/run/netns/%s", argv[1 + i]);
		crowd.netns[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (crowd.netns[i] < 0) {
			fprintf(stderr, "crowd: %s: %s\n", path, strerror(errno));
			return EXIT_FAILURE;
		}
		crowd.address[0][i] = argv[3 + i];
		crowd.address[1][i] = argv[5 + i];
	}
	crowd.connections = atoi(argv[7]);
	if (crowd.connections < 1 || crowd.connections > CONNECTIONS_MAX) {
		fprintf(stderr, "crowd: a thread can have 1 to %d connections\n", CONNECTIONS_MAX);
		return EXIT_FAILURE;
	}
	return run_threads(&crowd);
}
