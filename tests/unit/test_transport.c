// SPDX-License-Identifier: GPL-2.0-only
/* The connections of `serve`, over sockets of this process. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/transport.h"
#include "serve_site.h"
#include "suites.h"

#define WAIT_MS 20000 /* for what comes at once */

static struct transport transport;
static struct listener listener;
static char text[4096]; /* what the client has received */

static void setup(void)
{
	static const struct tls_files no_tls;
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	ck_assert_int_eq(transport_open(&transport, site_begin(), &no_tls), 0);
	listener = (struct listener){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) };
	ck_assert_int_eq(bind(listener.fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener.fd, 1), 0);
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
	struct sockaddr_storage address;
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(getsockname(listener.fd, (struct sockaddr *)&address, &bytes), 0);
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

Suite *transport_suite(void)
{
	Suite *suite = suite_create("transport");
	TCase *tests = tcase_create("transport");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, too_many_connections);
	suite_add_tcase(suite, tests);
	return suite;
}
