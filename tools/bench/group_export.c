// SPDX-License-Identifier: GPL-2.0-only
/* What a record costs on its way to each kind of destination, beside a line of `watch -o jsonl` to /dev/null. */
#include "groups.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/terminal.h"
#include "export/destination.h"
#include "format/event.h"
#include "tests/unit/made_record.h"

#define RECORDS 100000
#define QUICK_RECORDS 1000
#define STEP_US 1000
#define STOP_NS (60 * NS_PER_S) /* generous, because the machine may be busy */
#define TEXT_SIZE 128

enum way { WAY_WATCH, WAY_FILE, WAY_UNIX, WAY_TCP, WAY_IPFIX, WAY_IPFIX_TCP, WAY_NETFLOW9, WAY_HTTP, WAYS };

static const struct {
	const char *cpu, *rate; /* names of figures */
	const char *scheme;
	int domain, type; /* of the socket that takes the records */
} ways[WAYS] = {
	[WAY_WATCH] = { "export_watch_cpu", "export_watch_rate", NULL, 0, 0 },
	[WAY_FILE] = { "export_file_cpu", "export_file_rate", "file:/dev/null", 0, 0 },
	[WAY_UNIX] = { "export_unix_cpu", "export_unix_rate", "unix:", AF_UNIX, SOCK_STREAM },
	[WAY_TCP] = { "export_tcp_cpu", "export_tcp_rate", "tcp://", AF_INET, SOCK_STREAM },
	[WAY_IPFIX] = { "export_ipfix_cpu", "export_ipfix_rate", "ipfix://", AF_INET, SOCK_DGRAM },
	[WAY_IPFIX_TCP] = { "export_ipfix_tcp_cpu", "export_ipfix_tcp_rate", "ipfix+tcp://", AF_INET, SOCK_STREAM },
	[WAY_NETFLOW9] = { "export_netflow9_cpu", "export_netflow9_rate", "netflow9://", AF_INET, SOCK_DGRAM },
	[WAY_HTTP] = { "export_http_cpu", "export_http_rate", "http://", AF_INET, SOCK_STREAM },
};

struct visit {
	enum way way;
	__u32 records;
	bool rate; /* records per second; otherwise ns of CPU per record */
};

/* ---- who takes the records: another process, so that its CPU time is not counted */

static void take_all(int socket, int type)
{
	static char bytes[65536];
	int from = type == SOCK_STREAM ? accept(socket, NULL, NULL) : socket;

	while (read(from, bytes, sizeof(bytes)) > 0)
		;
	_exit(0);
}

/* The length of a body, in the header of its request; 0: the header has no end yet. */
static size_t body_after(const char *head, const char **body)
{
	const char *end = strstr(head, "\r\n\r\n"), *length = strstr(head, "Content-Length: ");

	*body = end ? end + 4 : NULL;
	return end && length ? strtoul(length + strlen("Content-Length: "), NULL, 10) : 0;
}

/* Answer each request when all of it is there. */
static void take_requests(int socket)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	static char head[65536];
	int from = accept(socket, NULL, NULL);
	size_t used = 0;
	ssize_t n;

	while ((n = read(from, head + used, sizeof(head) - 1 - used)) > 0) {
		const char *body;
		size_t bytes, left;

		used += n;
		head[used] = '\0';
		bytes = body_after(head, &body);
		if (!bytes)
			continue;
		for (left = bytes - (head + used - body); left && n > 0; left -= n)
			n = read(from, head, left < sizeof(head) ? left : sizeof(head));
		used = 0;
		if (n <= 0 || write(from, answer, sizeof(answer) - 1) < 0)
			break;
	}
	_exit(0);
}

/* Writes the destination. Returns a socket or a negative errno. */
static int open_taker(enum way way, char text[TEXT_SIZE])
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	struct sockaddr_in host = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	bool local = ways[way].domain == AF_UNIX;
	struct sockaddr *name = local ? (struct sockaddr *)&path : (struct sockaddr *)&host;
	socklen_t bytes = local ? sizeof(path) : sizeof(host);
	int fd = socket(ways[way].domain, ways[way].type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(path.sun_path, sizeof(path.sun_path), "/tmp/synscope-bench-%d", getpid());
	if (local)
		unlink(path.sun_path);
	if (bind(fd, name, bytes) || (ways[way].type == SOCK_STREAM && listen(fd, 1)) ||
	    (!local && getsockname(fd, name, &bytes))) {
		close(fd);
		return -errno;
	}
	if (local)
		snprintf(text, TEXT_SIZE, "unix:%s", path.sun_path);
	else
		snprintf(text, TEXT_SIZE, "%s127.0.0.1:%d", ways[way].scheme, ntohs(host.sin_port));
	return fd;
}

/* Returns its process id, 0 if none is needed, or a negative errno (logged). */
static pid_t start_taker(enum way way, char text[TEXT_SIZE])
{
	int fd;
	pid_t taker;

	snprintf(text, TEXT_SIZE, "%s", ways[way].scheme);
	if (!ways[way].domain)
		return 0;
	fd = open_taker(way, text);
	taker = fd < 0 ? fd : fork();
	if (!taker && way == WAY_HTTP)
		take_requests(fd);
	if (!taker)
		take_all(fd, ways[way].type);
	if (fd >= 0)
		close(fd);
	if (taker < 0)
		message_error("cannot take what is exported");
	return taker;
}

static void end_taker(enum way way, pid_t taker, const char *text)
{
	if (!taker)
		return;
	kill(taker, SIGKILL);
	waitpid(taker, NULL, 0);
	if (ways[way].domain == AF_UNIX)
		unlink(text + strlen(ways[way].scheme));
}

/* ---- records */

static int send_records(struct destination *destination, __u32 records)
{
	const struct flow_clock clock = flow_clock_now();
	struct destination_counts counts;

	for (__u32 i = 0; i < records; i++) {
		const struct export_record record = made_record(i, &clock);

		destination_put(destination, &record);
	}
	do {
		usleep(STEP_US);
		destination_counts(destination, &counts);
	} while (counts.waiting);
	destination_stop(destination, monotonic_ns() + STOP_NS);
	if (counts.records == records)
		return 0;
	message_error("only %llu of %u records were sent", counts.records, records);
	return -EIO;
}

static int export_records(const struct visit *visit)
{
	const struct destination_options options = { .queue_records = visit->records };
	struct destination destination;
	struct address address;
	char text[TEXT_SIZE];
	pid_t taker = start_taker(visit->way, text);
	int err = taker < 0 ? taker : address_parse(text, &address) ? -EINVAL : 0;

	if (!err)
		err = destination_open(&destination, &address, &options);
	if (!err) {
		err = send_records(&destination, visit->records);
		destination_close(&destination);
	}
	if (taker >= 0)
		end_taker(visit->way, taker, text);
	return err;
}

static int watch_records(const struct visit *visit)
{
	const struct flow_clock clock = flow_clock_now();
	const struct flow_event event = { .kinds = EVENT_CLOSED };
	const struct event_context context = { .labels = { .instance = "made" } };
	const struct terminal terminal = { 0 };
	struct event_output output;
	struct buffer out;
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC), err = buffer_init(&out, fd);

	if (err)
		return err;
	event_output_begin(&output, OUTPUT_JSONL, &out, &terminal, 1, (struct flow_extras){ 0 });
	for (__u32 i = 0; i < visit->records; i++) {
		const struct export_record record = made_record(i, &clock);

		event_output_add(&output, &event, &record.view, &context);
	}
	event_output_end(&output);
	err = buffer_finish(&out);
	close(fd);
	return err;
}

static int measure_visit(void *context, double *value)
{
	const struct visit *visit = context;
	__u64 begun = monotonic_ns(), cpu = cpu_ns();
	int err = visit->way == WAY_WATCH ? watch_records(visit) : export_records(visit);

	*value = visit->rate ? visit->records / ((double)(monotonic_ns() - begun) / NS_PER_S)
			     : (double)(cpu_ns() - cpu) / visit->records;
	return err;
}

int group_export(struct bench *bench)
{
	struct contestant contestants[2 * WAYS];
	struct visit visits[2 * WAYS];
	int err;

	for (int i = 0; i < 2 * WAYS; i++) {
		visits[i] = (struct visit){ i / 2, bench->quick ? QUICK_RECORDS : RECORDS, i % 2 };
		contestants[i] = (struct contestant){ .measure = measure_visit, .context = &visits[i] };
	}
	err = run_rounds(contestants, 2 * WAYS, bench->rounds);
	for (int i = 0; i < 2 * WAYS && !err; i++)
		report_figure(bench->report, i % 2 ? ways[i / 2].rate : ways[i / 2].cpu, i % 2 ? "1/s" : "ns",
			      &contestants[i].series, i < 2 ? NULL : &contestants[i % 2].series);
	return err;
}
