// SPDX-License-Identifier: GPL-2.0-only
/* The connections of `serve`, over sockets of this process. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/transport.h"
#include "serve_site.h"
#include "suites.h"

#define WAIT_MS 20000 /* for what comes at once */

#define REQUEST "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define LIMIT_S 10 /* for a request to arrive */

static struct transport transport;
static struct listener listener;
static char text[4096]; /* what the client has received */

static void listen_at(const void *address, socklen_t bytes)
{
	listener.fd = socket(((const struct sockaddr *)address)->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(listener.fd, address, bytes), 0);
	ck_assert_int_eq(listen(listener.fd, 1), 0);
}

static void setup(void)
{
	static const struct tls_files no_tls;
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	ck_assert_int_eq(transport_open(&transport, site_begin(), &no_tls), 0);
	listen_at(&address, sizeof(address));
}

static void teardown(void)
{
	struct site *site = transport.site;

	transport_close(&transport);
	close(listener.fd);
	site_end(site);
}

/* A client whose connection is accepted. */
static int connect_client(void)
{
	struct sockaddr_storage address = { 0 };
	socklen_t bytes = sizeof(address);
	int fd;

	ck_assert_int_eq(getsockname(listener.fd, (struct sockaddr *)&address, &bytes), 0);
	fd = socket(address.ss_family, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, bytes), 0);
	transport_accept(&transport, &listener);
	return fd;
}

/* Let the server work until the client can read. Returns how many bytes were received into `text`. */
static long receive(int fd)
{
	struct pollfd polled[] = { { .fd = fd, .events = POLLIN },
				   { .fd = transport_fd(&transport, SERVICE_PLAIN), .events = POLLIN } };
	long bytes;

	do {
		transport_run(&transport);
		ck_assert_int_gt(poll(polled, 2, WAIT_MS), 0);
	} while (!polled[0].revents);
	bytes = recv(fd, text, sizeof(text) - 1, 0);
	text[bytes > 0 ? bytes : 0] = '\0';
	return bytes;
}

START_TEST(too_many_connections)
{
	const char *length, *body;
	int fd;

	transport.client_count = CONNECTIONS_MAX;
	fd = connect_client();
	ck_assert_int_gt(receive(fd), 0);
	length = strstr(text, "Content-Length: ");
	body = strstr(text, "\r\n\r\n");
	ck_assert(length && body);
	ck_assert_uint_eq(strtoul(length + strlen("Content-Length: "), NULL, 10), strlen(body + 4));
	ck_assert_int_eq(receive(fd), 0);
	ck_assert_uint_eq(transport.site->refusals.count[REFUSAL_CONNECTIONS], 1);
	close(fd);
	transport.client_count = 0;
}
END_TEST

static void must_send(int fd, const char *data)
{
	ck_assert_int_eq(send(fd, data, strlen(data), 0), strlen(data));
}

/* The connection is closed when the limit is over, no sooner, and counted as slow or not. */
static void must_close(int fd, bool counted)
{
	__u64 now = monotonic_ns();

	transport_tidy(&transport, now + (LIMIT_S - 1) * NS_PER_S);
	transport_run(&transport);
	ck_assert_int_eq(recv(fd, text, sizeof(text), MSG_DONTWAIT), -1);
	transport_tidy(&transport, now + LIMIT_S * NS_PER_S);
	ck_assert_int_eq(receive(fd), 0);
	ck_assert_uint_eq(transport.site->refusals.count[REFUSAL_SLOW], counted);
	close(fd);
}

static void must_be_answered(int fd)
{
	must_send(fd, REQUEST);
	ck_assert_int_gt(receive(fd), 0);
	ck_assert_msg(!strncmp(text, "HTTP/1.1 200", 12), "%s", text);
}

/* What was sent on a connection that was answered before, or not, and whether it is counted when no more comes. */
static const struct {
	const char *sent;
	bool answered, counted;
} quiet[] = {
	{ "", false, true }, { "GET /", false, true }, { "GET / HTTP/1.1\r\nHost: localhost\r\n", false, true },
	{ "", true, false }, { "G", true, true },      { "GET / HTTP/1.1\r\nHost: localhost\r\n", true, true },
};

START_TEST(nothing_more_comes)
{
	int fd = connect_client();

	if (quiet[_i].answered)
		must_be_answered(fd);
	if (quiet[_i].answered)
		must_be_answered(fd);
	must_send(fd, quiet[_i].sent);
	transport_run(&transport);
	must_close(fd, quiet[_i].counted);
}
END_TEST

/* Over a Unix socket only a request whose target has arrived is known to have begun. */
START_TEST(nothing_more_comes_over_unix)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd;

	close(listener.fd);
	listen_at(&any, sizeof(sa_family_t)); /* a name in the abstract namespace that is free */
	fd = connect_client();
	must_be_answered(fd);
	must_close(fd, false);
	fd = connect_client();
	must_be_answered(fd);
	must_send(fd, "GET / HTTP/1.1\r\n");
	transport_run(&transport);
	must_close(fd, true);
}
END_TEST

/* A socket for IPv6 and IPv4 together, as systemd makes them, has clients of both. */
START_TEST(hosts_of_a_dual_stack_socket)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t bytes = sizeof(address);
	char local[HTTP_LOCAL_MAX];
	int fd = socket(AF_INET6, SOCK_STREAM, 0), client, off = 0;

	ck_assert_int_eq(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &bytes), 0);
	listen_local(fd, local);
	ck_assert_str_eq(local, "[::]");
	ipv4.sin_port = address.sin6_port;
	client = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&ipv4, sizeof(ipv4)), 0);
	close(listener.fd);
	listener.fd = accept(fd, NULL, NULL);
	listen_local(listener.fd, local);
	ck_assert_str_eq(local, "127.0.0.1");
	close(client);
	close(fd);
}
END_TEST

Suite *transport_suite(void)
{
	Suite *suite = suite_create("transport");
	TCase *tests = tcase_create("transport");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, too_many_connections);
	tcase_add_loop_test(tests, nothing_more_comes, 0, sizeof(quiet) / sizeof(quiet[0]));
	tcase_add_test(tests, nothing_more_comes_over_unix);
	tcase_add_test(tests, hosts_of_a_dual_stack_socket);
	suite_add_tcase(suite, tests);
	return suite;
}
