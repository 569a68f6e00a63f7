// SPDX-License-Identifier: GPL-2.0-only
/* Names of processes, cgroups and ports, and local times, as far as the process can test them on itself. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "format/sink.h"
#include "format/flow_output.h"
#include "flow/labels.h"
#include "filter/filter.h"
#include "flow/processes.h"
#include "flow/services.h"
#include "base/local_time.h"
#include "kernel/netns.h"
#include "suites.h"
#include "base/terminal.h"

/* ---- processes ---- */

/* A connection of the test process with itself. */
struct connection {
	int listener, client, server;
	struct endpoint_view end[SIDE_COUNT];
};

static void end_of(struct endpoint_view *end, int fd)
{
	struct sockaddr_in6 name = { 0 };
	struct sockaddr_in *name4 = (void *)&name;
	socklen_t length = sizeof(name);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name, &length), 0);
	*end = (struct endpoint_view){ .port = ntohs(name.sin6_port) };
	if (name.sin6_family == AF_INET) {
		end->ip.word[0] = name4->sin_addr.s_addr;
	} else if (IN6_IS_ADDR_V4MAPPED(&name.sin6_addr)) {
		memcpy(end->ip.word, &name.sin6_addr.s6_addr[12], 4);
	} else {
		end->ip.ipv6 = true;
		memcpy(end->ip.word, &name.sin6_addr, 16);
	}
}

/* Connects to a server that listens on `bound`, at the same address or, if that is "::", at 127.0.0.1. */
static void connect_to_self(struct connection *connection, const char *bound)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	socklen_t length = sizeof(to);

	ck_assert_int_eq(inet_pton(AF_INET6, bound, &to.sin6_addr), 1);
	connection->listener = socket(AF_INET6, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(connection->listener, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(listen(connection->listener, 1), 0);
	ck_assert_int_eq(getsockname(connection->listener, (struct sockaddr *)&to, &length), 0);
	if (!strcmp(bound, "::")) {
		struct sockaddr_in to4 = { .sin_family = AF_INET,
					   .sin_port = to.sin6_port,
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

		connection->client = socket(AF_INET, SOCK_STREAM, 0);
		ck_assert_int_eq(connect(connection->client, (struct sockaddr *)&to4, sizeof(to4)), 0);
	} else {
		connection->client = socket(AF_INET6, SOCK_STREAM, 0);
		ck_assert_int_eq(connect(connection->client, (struct sockaddr *)&to, sizeof(to)), 0);
	}
	connection->server = accept(connection->listener, NULL, NULL);
	ck_assert_int_ge(connection->server, 0);
	end_of(&connection->end[SIDE_CLIENT], connection->client);
	end_of(&connection->end[SIDE_SERVER], connection->server);
}

static void close_connection(const struct connection *connection)
{
	close(connection->listener);
	close(connection->client);
	close(connection->server);
}

static void expect_self(const struct process *process)
{
	ck_assert_ptr_nonnull(process);
	ck_assert_int_eq(process->pid, getpid());
	ck_assert_str_eq(process->name, "unit-tests");
}

static void read_own(struct processes *processes)
{
	static struct instance_meta meta;
	const struct instance_meta *const metas[] = { &meta };

	*processes = (struct processes){ 0 };
	meta.netns_inode = netns_current_inode();
	ck_assert_int_eq(processes_read(processes, metas, 1), 0);
}

/* Loop index: over IPv6, and over IPv4 to a socket that accepts both. */
START_TEST(own_sockets)
{
	static const char *const bound[] = { "::1", "::" };
	struct connection connection;
	struct processes processes;
	struct endpoint_view nobody;

	connect_to_self(&connection, bound[_i]);
	read_own(&processes);
	for (int side = 0; side < SIDE_COUNT; side++)
		expect_self(process_of(&processes.sockets[0], &connection.end[side], &connection.end[!side]));
	nobody = connection.end[SIDE_CLIENT];
	nobody.port++;
	ck_assert(process_end_is_local(&processes.sockets[0], &connection.end[0], &connection.end[1]));
	ck_assert(!process_end_is_local(&processes.sockets[0], &nobody, &connection.end[SIDE_SERVER]));
	ck_assert_ptr_null(process_of(&processes.sockets[0], &nobody, &connection.end[SIDE_SERVER]));
	processes_free(&processes);
	close_connection(&connection);
	read_own(&processes);
	ck_assert_ptr_null(process_of(&processes.sockets[0], &connection.end[0], &connection.end[1]));
	processes_free(&processes);
}
END_TEST

/* What a reading knew of sockets that are gone is kept, until a new flow has their name. */
START_TEST(gone_sockets)
{
	struct processes before, now, later;
	struct connection connection;
	const struct endpoint_view *client = &connection.end[SIDE_CLIENT], *server = &connection.end[SIDE_SERVER];

	connect_to_self(&connection, "::1");
	read_own(&before);
	close_connection(&connection);
	read_own(&now);
	ck_assert_int_eq(processes_keep_gone(&now, &before), 0);
	processes_free(&before);
	expect_self(process_of(&now.sockets[0], client, server));
	read_own(&later);
	ck_assert_int_eq(processes_keep_gone(&later, &now), 0);
	processes_free(&now);
	expect_self(process_of(&later.sockets[0], server, client));
	process_forget_gone(&later.sockets[0], server, client);
	ck_assert_ptr_null(process_of(&later.sockets[0], server, client));
	expect_self(process_of(&later.sockets[0], client, server));
	processes_free(&later);
}
END_TEST

/* A socket that is there is not forgotten. */
START_TEST(sockets_that_stay)
{
	struct connection connection;
	struct processes processes;

	connect_to_self(&connection, "::1");
	read_own(&processes);
	process_forget_gone(&processes.sockets[0], &connection.end[0], &connection.end[1]);
	expect_self(process_of(&processes.sockets[0], &connection.end[0], &connection.end[1]));
	processes_free(&processes);
	close_connection(&connection);
}
END_TEST

START_TEST(filters_of_processes)
{
	static const struct {
		const char *filter; /* %d: this process's id */
		bool matches;
	} cases[] = {
		{ "process unit-tests", true },
		{ "process unit-test", false },
		{ "process != unit-tests", false },
		{ "process != nginx", true },
		{ "not process nginx", true },
		{ "client process unit-tests and server process unit-tests", true },
		{ "client process nginx", false },
		{ "pid %d", true },
		{ "pid != %d", false },
		{ "pid 0", false },
		{ "pid > 0", true },
		{ "server pid %d", true },
		{ "container nowhere", false },
	};
	struct flow_view view = { 0 };
	struct flow_labels labels = { 0 };
	struct connection connection;
	struct processes processes;
	struct filter_error error;
	struct filter filter;

	connect_to_self(&connection, "::1");
	read_own(&processes);
	memcpy(view.side, connection.end, sizeof(view.side));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "%s", cases[i].filter);
		if (strstr(text, "%d"))
			sprintf(strstr(text, "%d"), "%d", getpid());
		ck_assert_int_eq(filter_parse_text(text, NULL, &filter, &error), 0);
		ck_assert(filter_needs_processes(&filter));
		labels.sockets = &processes.sockets[0];
		ck_assert_msg(filter_match(&filter, &view, &labels) == cases[i].matches, "%s", text);
		labels.sockets = NULL; /* not known, and so neither the one nor the other */
		ck_assert_msg(filter_match(&filter, &view, &labels) == !strncmp(text, "not", 3), "unknown: %s", text);
		filter_free(&filter);
	}
	ck_assert_int_eq(filter_parse_text("port 80 or state established", NULL, &filter, &error), 0);
	ck_assert(!filter_needs_processes(&filter));
	filter_free(&filter);
	processes_free(&processes);
	close_connection(&connection);
}
END_TEST

#define LONG_ID "4f5e6a7b8c9d0123456789abcdef00004f5e6a7b8c9d0123456789abcdef0000"

START_TEST(names_of_processes)
{
	struct process nginx = { .name = "nginx", .cgroup = "/system.slice/docker-" LONG_ID ".scope" };
	struct process resolver = { .name = "systemd-resolve", .container = "web-1" };
	struct process copy;

	ck_assert(process_is_named(&nginx, "nginx") && !process_is_named(&nginx, "nginx2"));
	ck_assert(process_is_named(&resolver, "systemd-resolved") && process_is_named(&resolver, "systemd-resolve"));
	ck_assert(!process_is_named(&resolver, "systemd-resolv"));
	ck_assert(process_is_in(&nginx, "4f5e6a7b8c9d") && process_is_in(&nginx, LONG_ID));
	ck_assert(!process_is_in(&nginx, "4f5e6a7b8c9") && !process_is_in(&nginx, LONG_ID "0"));
	ck_assert(process_is_in(&resolver, "web-1") && !process_is_in(&resolver, "web-10"));
	nginx.pid = getpid(); /* whose UTS namespace is that of this process */
	ck_assert_int_eq(process_set_container(&nginx, "/docker/" LONG_ID), 0);
	ck_assert_ptr_null(nginx.container);
	ck_assert_int_eq(process_set_container(&nginx, "/"), 0);
	ck_assert_str_eq(nginx.container, "4f5e6a7b8c9d");
	ck_assert_int_eq(process_copy(&copy, &nginx), 0);
	ck_assert_str_eq(copy.container, nginx.container);
	ck_assert_str_eq(copy.cgroup, nginx.cgroup);
	process_free(&copy);
	free(nginx.container);
}
END_TEST

START_TEST(as_text)
{
	static const struct {
		const char *cgroup, *text;
		bool ascii;
	} cases[] = {
		{ "/system.slice/nginx.service", "nginx.service", false },
		{ "/", "/", false },
		{ NULL, "?", false },
		{ "/docker/4f5e6a7b8c9d0123456789abcdef00004f5e6a7b8c9d0123456789abcdef0000", "4f5e6a7b8c9d", false },
		{ "/machine.slice/libpod-4f5e6a7b8c9d0123456789abcdef00004f5e6a7b8c9d0123456789abcdef0000.scope",
		  "libpod-4f5e6a7b8c9d.scope", false },
		{ "/kubepods/pod4f5e6a7b-8c9d", "pod4f5e6a7b-8c9d", false },
		{ "/a\033[2Jb", "a\\x1b[2Jb", false },
		{ "/a\302\233b\233", "a\\u009bb\\x9b", false },
		{ "/büro", "büro", false },
		{ "/büro", "b\\u00fcro", true },
		/* cut before a character that has no room, of one byte or of three */
		{ "/0123456789.123456789.123456789.12345678", "0123456789.123456789.123456789.12345", false },
		{ "/0123456789.123456789.123456789.1234日本", "0123456789.123456789.123456789.1234", false },
		{ "/0123456789.123456789.123456789.12日本", "0123456789.123456789.123456789.12日", false },
		{ "/0123456789.123456789.123456789.1234\033x", "0123456789.123456789.123456789.1234", false },
	};
	char text[PROCESS_SIZE + 1];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct process process = { .pid = 7, .name = "cu\nrl", .cgroup = (char *)cases[i].cgroup };

		*put_cgroup(text, &process, cases[i].ascii) = '\0';
		ck_assert_str_eq(text, cases[i].text);
		*put_process(text, &process, cases[i].ascii) = '\0';
		ck_assert_str_eq(text, "cu\\x0arl/7");
	}
}
END_TEST

static char *print(enum output_format format, const struct flow_labels *labels, int columns)
{
	struct terminal terminal = { .columns = columns };
	struct flow_record record = record_at(STAGE_DATA);
	struct flow_view view = view_after(&record, 1 * S);
	struct flow_output output;
	struct buffer out;

	buffer_init(&out, BUFFER_MEMORY);
	ck_assert_int_eq(flow_output_begin(&output, format, &out, &terminal, 1,
					   (struct flow_extras){ .processes = labels->sockets }),
			 0);
	flow_output_add(&output, &view, labels);
	flow_output_end(&output);
	buffer_char(&out, '\0');
	return out.data;
}

START_TEST(columns_only_when_asked_for)
{
	static const struct process_sockets none;
	struct flow_labels without = { .instance = "eth0" }, with = { .instance = "eth0", .sockets = &none };
	char *text = print(OUTPUT_CSV, &with, 0), *newline = strchr(text, '\n'), *plain;
	int header = 0, record = 0;

	ck_assert_ptr_nonnull(strstr(text, ",client.timestamps,client.local,client.process.pid,client.process.name,"
					   "client.process.cgroup,client.process.container,server.ip,"));
	for (const char *p = text; *p; p++)
		*(p < newline ? &header : &record) += *p == ',';
	ck_assert_int_eq(header, record);
	free(text);
	text = print(OUTPUT_JSONL, &with, 0);
	ck_assert_ptr_nonnull(strstr(text, "\"timestamps\":true,\"local\":false,\"process\":null},\"server\":"));
	free(text);
	for (enum output_format format = OUTPUT_TABLE; format <= OUTPUT_CSV; format++) {
		plain = print(format, &without, 0);
		ck_assert_ptr_null(strcasestr(plain, "process"));
		free(plain);
	}
	for (int columns = 40; columns <= 200; columns++) {
		text = print(OUTPUT_TABLE, &with, columns);
		ck_assert_int_le(longest_line(text), columns);
		free(text);
	}
}
END_TEST

/* ---- times, ports ---- */

static void expect_time(const char *zone, const char *time, const char *clock)
{
	char text[LOCAL_TIME_SIZE];

	setenv("TZ", zone, 1);
	tzset();
	*put_local_time(text, 1795166520123456789ULL) = '\0';
	ck_assert_str_eq(text, time);
	*put_local_clock(text, 1795166520123456789ULL) = '\0';
	ck_assert_str_eq(text, clock);
}

static void expect_parsed(const char *zone, const char *text, __u64 first_s, __u64 last_s)
{
	__u64 first_ns, last_ns;

	setenv("TZ", zone, 1);
	tzset();
	ck_assert_msg(parse_local_time(text, &first_ns, &last_ns), "%s", text);
	ck_assert_uint_eq(first_ns, first_s * 1000000000);
	ck_assert_uint_eq(last_ns, last_s * 1000000000 + 999999999);
}

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

START_TEST(dates_of_the_place)
{
	expect_parsed("UTC0", "2026-11-20", 1795132800, 1795132800 + 86399);
	expect_parsed("CET-1", "2026-11-20", 1795129200, 1795129200 + 86399);
	expect_parsed("CET-1", "2026-11-20T10:22", 1795166520, 1795166520 + 59);
	expect_parsed("CET-1", "2026-11-20T10:22:00", 1795166520, 1795166520);
	expect_parsed("CET-1", "2026-11-20T09:22:00Z", 1795166520, 1795166520);
	expect_parsed("NST3:30", "2026-11-20T05:52:00-03:30", 1795166520, 1795166520);
	expect_parsed("UTC0", "2026-11-20T05:52:00-0330", 1795166520, 1795166520);
	expect_parsed("UTC0", "2024-02-29", 1709164800, 1709164800 + 86399);
	expect_parsed("UTC0", "2016-12-31T23:59:60", 1483228800, 1483228800);
	expect_parsed(BERLIN, "2026-03-29", 1774738800, 1774738800 + 23 * 3600 - 1);
	expect_parsed(BERLIN, "2026-10-25", 1792879200, 1792879200 + 25 * 3600 - 1);
	expect_parsed(BERLIN, "2026-07-01T12:00:00", 1782900000, 1782900000);
}
END_TEST

START_TEST(times_of_the_place)
{
	char text[LOCAL_TIME_SIZE];

	expect_time("UTC0", "2026-11-20T09:22:00.123456789Z", "09:22:00.123456");
	expect_time("CET-1", "2026-11-20T10:22:00.123456789+01:00", "10:22:00.123456");
	expect_time("NST3:30", "2026-11-20T05:52:00.123456789-03:30", "05:52:00.123456");
	local_time_is_utc();
	*put_local_clock(text, 1795166520123456789ULL) = '\0';
	ck_assert_str_eq(text, "09:22:00.123456");
}
END_TEST

/*
 * Which names exist depends on the machine; but a port has at most one name, and a port without a name is shown as its
 * number.
 */
START_TEST(ports_by_name)
{
	struct services *services = services_read();
	char text[SERVICE_SIZE + 1], number[SERVICE_SIZE + 1];

	for (int port = 0; port < 65536; port++) {
		*put_service(number, NULL, port) = '\0';
		ck_assert_int_eq(strtol(number, NULL, 10), port);
		*put_service(text, services, port) = '\0';
		ck_assert(!strcmp(text, number) || strspn(text, "0123456789") < strlen(text));
	}
	services_free(services);
}
END_TEST

Suite *names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *processes = tcase_create("processes"), *others = tcase_create("times and ports");

	tcase_add_loop_test(processes, own_sockets, 0, 2);
	tcase_add_test(processes, gone_sockets);
	tcase_add_test(processes, sockets_that_stay);
	tcase_add_test(processes, filters_of_processes);
	tcase_add_test(processes, names_of_processes);
	tcase_add_test(processes, as_text);
	tcase_add_test(processes, columns_only_when_asked_for);
	tcase_set_timeout(processes, 300); /* enough for a busy machine */
	tcase_add_test(others, dates_of_the_place);
	tcase_add_test(others, times_of_the_place);
	tcase_add_test(others, ports_by_name);
	suite_add_tcase(suite, processes);
	suite_add_tcase(suite, others);
	return suite;
}
