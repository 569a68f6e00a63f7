// SPDX-License-Identifier: GPL-2.0-only
#include "serve/serve.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/reason.h"
#include "base/signals.h"
#include "instance/leftovers.h"
#include "instance/open.h"
#include "kernel/platform.h"
#include "serve/export_process.h"
#include "serve/jail.h"
#include "serve/listen.h"
#include "serve/opened.h"
#include "serve/opener.h"
#include "serve/site.h"
#include "serve/transport.h"

#define TICK_NS NS_PER_S
#define REAP_NS (NS_PER_S / 4)
#define WAKE_NS (20 * NS_PER_MS) /* events that come together are sent together */
#define EVENTS_NS (2 * NS_PER_MS)
#define EVENTS_FEW 1024
#define POLLED_MAX 64
#define PEM_MAX (1024 * 1024)

/* What a descriptor of the epoll set is: a listener by its number, or one of these. */
enum polled { POLLED_SIGNALS = LISTENERS_MAX, POLLED_TRANSPORT, POLLED_EVENTS, POLLED_OPENER, POLLED_EXPORT };

struct server {
	const struct serve_options *options;
	struct site site;
	struct listeners listeners;
	struct transport transport;
	struct tls_files tls;
	struct opened opened;
	struct export_process exports;
	int epoll, signals;
	__u64 tick_ns, reap_ns, wake_ns, events_ns; /* when each is due next */
	unsigned int unshown; /* events since viewers were woken */
};

/* ---- beginning */

/* Read a PEM file. NULL: it cannot be read (logged). */
static char *read_pem(const char *file)
{
	FILE *stream = fopen(file, "re");
	char *text = stream ? malloc(PEM_MAX + 1) : NULL;
	size_t bytes = text ? fread(text, 1, PEM_MAX, stream) : 0;

	if (text && (ferror(stream) || !bytes)) {
		free(text);
		text = NULL;
	}
	if (!text)
		message_error("cannot read %s: %s", file, bytes || !stream ? reason_of(-errno).text : "it is empty");
	else
		text[bytes] = '\0';
	if (stream)
		fclose(stream);
	return text;
}

static int read_files(struct server *server)
{
	const struct serve_options *options = server->options;
	int err = options->token_file ? gate_read_token(&server->site.gate, options->token_file) : 0;

	if (err || !options->tls_cert)
		return err;
	server->tls.certificate = read_pem(options->tls_cert);
	server->tls.key = server->tls.certificate ? read_pem(options->tls_key) : NULL;
	return server->tls.key ? 0 : -ENOENT;
}

/* Whoever can reach an address that is not of this host alone must be kept from reading, unless the user insists. */
static int check_reach(const struct server *server)
{
	const struct serve_options *options = server->options;

	if (options->insecure_listen || (options->tls_cert && options->token_file))
		return 0;
	for (int i = 0; i < server->listeners.count; i++) {
		const struct listener *listener = &server->listeners.listener[i];

		if (listener->loopback || listener->metrics_only)
			continue;
		message_error("%s can be reached from other hosts, which needs --tls-cert, --tls-key and --token-file; "
			      "--insecure-listen lets everybody read, and everybody between",
			      listener->name);
		return -EPERM;
	}
	return 0;
}

static int open_listeners(struct server *server)
{
	const struct serve_options *options = server->options;
	int err = listen_inherit(&server->listeners);

	for (int i = 0; i < options->listen.count && !err; i++)
		err = listen_on(&server->listeners, options->listen.text[i], false);
	if (!err && !server->listeners.count)
		err = listen_on(&server->listeners, LISTEN_DEFAULT, false);
	if (!err && options->metrics_listen)
		err = listen_on(&server->listeners, options->metrics_listen, true);
	return err ? err : check_reach(server);
}

static int poll_fd(const struct server *server, int fd, __u32 what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = what };
	int err = epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;

	if (err)
		message_error("cannot wait for requests: %s", reason_of(err).text);
	return err;
}

static int open_polls(struct server *server)
{
	int err = 0;

	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server->epoll < 0) {
		err = -errno;
		message_error("cannot wait for requests: %s", reason_of(err).text);
		return err;
	}
	server->signals = signals_open(false);
	if (server->signals < 0)
		return server->signals;
	err = poll_fd(server, server->signals, POLLED_SIGNALS);
	if (!err)
		err = poll_fd(server, server->site.trackers.events.epoll, POLLED_EVENTS);
	if (!err)
		err = poll_fd(server, server->opened.socket, POLLED_OPENER);
	if (!err && server->exports.pid)
		err = poll_fd(server, server->exports.socket, POLLED_EXPORT);
	for (int i = 0; i < server->listeners.count && !err; i++)
		err = poll_fd(server, server->listeners.listener[i].fd, i);
	for (enum service service = 0; service < SERVICE_COUNT && !err; service++)
		if (transport_fd(&server->transport, service) >= 0)
			err = poll_fd(server, transport_fd(&server->transport, service), POLLED_TRANSPORT);
	return err;
}

static void open_site(struct server *server)
{
	const struct serve_options *options = server->options;
	struct site *site = &server->site;

	site->metrics.per_octave = 1U << options->metrics_buckets;
	site->metrics.ports = options->metrics_ports;
	site->metrics.exports = &server->exports;
	process_reader_open(&site->metrics.process);
	site->gate.hosts = options->host.text;
	site->gate.host_count = options->host.count;
	site->trackers.opened = &server->opened;
	site->scanner.trackers = &site->trackers;
	site->scanner.bodies = &site->bodies;
}

/* ---- running */

static __u64 least(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

static int tick(struct server *server)
{
	int err = trackers_refresh(&server->site.trackers);

	transport_tidy(&server->transport, monotonic_ns());
	server->tick_ns = monotonic_ns() + TICK_NS;
	server->wake_ns = 0; /* for comments of streams, and for those that end */
	return err;
}

static int reap(struct server *server)
{
	server->reap_ns = monotonic_ns() + REAP_NS;
	return trackers_reap(&server->site.trackers, &server->site.events);
}

/* Wait for events, or leave them for a moment. */
static void poll_events(const struct server *server, __u32 wanted)
{
	struct epoll_event event = { .events = wanted, .data.u32 = POLLED_EVENTS };

	epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->site.trackers.events.epoll, &event);
}

/*
 * Take the events that wait. The viewers get them a moment later, or at once before there are too many for the ring.
 * The programs wake whoever waits at an empty ring for each event, which takes longer than the event. So while there
 * are events, they are looked for from time to time, and waited for when there were none.
 */
static void take_events(struct server *server)
{
	int count = trackers_consume(&server->site.trackers, &server->site.events);
	__u64 now = monotonic_ns();

	if (!count != (server->events_ns == ~0ULL))
		poll_events(server, count ? 0 : EPOLLIN);
	server->events_ns = !count ? ~0ULL : count < EVENTS_FEW ? now + EVENTS_NS : now;
	if (count)
		server->wake_ns = least(server->wake_ns, now + WAKE_NS);
	server->unshown += count;
	if (server->unshown >= RING_ENTRIES / 4)
		server->wake_ns = 0;
}

static void wake(struct server *server)
{
	server->wake_ns = ~0ULL;
	server->unshown = 0;
	transport_wake(&server->transport);
	transport_run(&server->transport);
}

/* How long to wait, in ms. */
static int time_to_wait(const struct server *server)
{
	__u64 now = monotonic_ns(), due = scanner_due_ns(&server->site.scanner);
	int timeout = transport_timeout(&server->transport), ms;

	due = least(due, least(server->tick_ns, least(server->reap_ns, server->wake_ns)));
	due = least(due, server->events_ns);
	ms = due <= now ? 0 : (int)((due - now) / NS_PER_MS) + 1;
	return timeout >= 0 && timeout < ms ? timeout : ms;
}

/* Take over what the opener tells, and what is new at once. Returns 0, 1 at the end, or a negative errno (logged). */
static int hear_opener(struct server *server)
{
	int err = opened_update(&server->opened);

	if (server->opened.changed)
		server->tick_ns = monotonic_ns();
	server->opened.changed = false;
	return err ? err : server->opened.ended;
}

/* Returns whether a signal asks for the end; SIGHUP may be for the files of the export alone. */
static bool read_signal(const struct server *server)
{
	enum signal_action action = signals_read_hangup(server->signals);

	return action == SIGNAL_END || (action == SIGNAL_HANGUP && !export_process_has_files(&server->exports));
}

/* Wait for something to do, and do what descriptors ask for. Returns 0, 1 at the end, or a negative errno (logged). */
static int handle_descriptors(struct server *server)
{
	struct epoll_event events[POLLED_MAX];
	int count = epoll_wait(server->epoll, events, POLLED_MAX, time_to_wait(server)), err = 0;

	for (int i = 0; i < count; i++) {
		__u32 what = events[i].data.u32;

		if (what == POLLED_SIGNALS && read_signal(server))
			return 1;
		if (what == POLLED_EVENTS)
			take_events(server);
		if (what == POLLED_OPENER)
			err = hear_opener(server);
		if (what == POLLED_EXPORT)
			return export_process_hear(&server->exports);
		if (what < LISTENERS_MAX)
			transport_accept(&server->transport, &server->listeners.listener[what]);
	}
	if (!err)
		transport_run(&server->transport);
	return err;
}

static int loop(struct server *server)
{
	struct scanner *scanner = &server->site.scanner;
	int err = 0;

	while (!err) {
		bool idle =
			scanner_idle(scanner); /* a scan reads trackers, which stay as they are until it has ended */
		__u64 now;

		err = handle_descriptors(server);
		now = monotonic_ns();
		if (now >= server->events_ns)
			take_events(server);
		if (!err && idle && now >= server->reap_ns)
			err = reap(server);
		if (!err && idle && now >= server->tick_ns)
			err = tick(server);
		if (now >= scanner_due_ns(scanner) && scanner_step(scanner))
			server->wake_ns = 0;
		if (now >= server->wake_ns)
			wake(server);
	}
	return err < 0 ? err : 0;
}

static void tell_addresses(const struct server *server)
{
	for (int i = 0; i < server->listeners.count; i++) {
		const struct listener *listener = &server->listeners.listener[i];
		const char *scheme = server->tls.certificate && !listener->metrics_only ? "https" : "http";

		if (listener->path)
			message_info("listening on %s", listener->name);
		else
			message_info("listening on %s://%s/%s", scheme, listener->name,
				     listener->metrics_only ? "metrics" : "");
	}
}

/* Give up all rights that serving does not need. Returns 0 or a negative errno (logged). */
static int enter_jail(void)
{
	struct jail_report report;
	char left[JAIL_TEXT_MAX];
	int err = jail_enter(JAIL_SERVER, NULL, &report);

	if (err) {
		message_error("cannot %s: %s; --no-jail serves with all rights", report.failed, reason_of(err).text);
		return err;
	}
	if (!report.landlock)
		message_warning("this kernel has no Landlock, or does not use it: files and connections are forbidden "
				"by seccomp alone");
	jail_describe(&report, left);
	message_info("%s", left);
	return 0;
}

/* All that needs rights; then the jail; then what starts threads. Returns 0 or a negative errno (logged). */
static int prepare(struct server *server)
{
	int err = open_polls(server);

	if (!err)
		err = opened_wait(&server->opened);
	if (err)
		return err;
	if (!server->opened.count)
		instances_print_none();
	if (server->options->no_jail)
		message_warning("without the jail (--no-jail), a mistake in 'serve' gives whoever finds it all rights "
				"of this user");
	else
		err = enter_jail();
	return err ? err : tick(server);
}

static int run(struct server *server)
{
	int err = trackers_open(&server->site.trackers, &server->site.events);

	if (!err)
		err = transport_open(&server->transport, &server->site, &server->tls);
	if (err)
		return err;
	err = prepare(server);
	if (!err) {
		tell_addresses(server);
		err = loop(server);
	}
	transport_close(&server->transport);
	return err;
}

/* ---- two processes */

/* The directories of our unix sockets, which the parent removes. `paths` holds the texts. */
static void find_directories(const struct listeners *listeners, struct jail_removes *removes,
			     char paths[LISTENERS_MAX][PATH_MAX])
{
	for (int i = 0; i < listeners->count && removes->count < JAIL_REMOVES_MAX; i++)
		if (listeners->listener[i].path) {
			snprintf(paths[i], PATH_MAX, "%s", listeners->listener[i].path);
			removes->directory[removes->count++] = dirname(paths[i]);
		}
}

/* In the parent. Returns 0 or a negative errno (logged). */
static int open_for_server(struct server *server, const struct opener_half *half)
{
	const struct serve_options *options = server->options;
	struct opener_options opener = { .names = options->name.text,
					 .name_count = options->name.count,
					 .exports = &server->exports,
					 .events = true,
					 .no_jail = options->no_jail };
	char paths[LISTENERS_MAX][PATH_MAX];

	find_directories(&server->listeners, &opener.removes, paths);
	listeners_leave(&server->listeners);
	return opener_run(&opener, half);
}

static int split(struct server *server)
{
	struct opener_half half;
	int err = opener_split(&half);

	if (err)
		return err;
	if (half.server)
		return open_for_server(server, &half);
	export_process_leave(&server->exports);
	server->listeners.keeps_paths = true;
	opened_init(&server->opened, half.socket);
	err = run(server);
	scanner_close(&server->site.scanner);
	events_close(&server->site.events);
	trackers_close(&server->site.trackers);
	opened_close(&server->opened);
	return err;
}

/* Before there is a socket or a secret that the process could inherit. Returns 0 or a negative errno (logged). */
static int start_export(struct server *server)
{
	const struct serve_options *options = server->options;
	const struct export_wish wish = { .options = &options->exports,
					  .names = options->name.text,
					  .name_count = options->name.count,
					  .no_jail = options->no_jail };

	return export_process_start(&server->exports, &wish);
}

int serve(const struct serve_options *options)
{
	struct server server = { .options = options, .epoll = -1, .signals = -1, .events_ns = ~0ULL };
	int err = platform_check("serving", NEEDS(CAP_BPF)), export_err;

	if (!err)
		err = platform_check_netns();
	if (!err)
		err = start_export(&server);
	open_site(&server);
	if (!err)
		err = read_files(&server);
	if (!err)
		err = open_listeners(&server);
	if (!err)
		err = split(&server);
	process_reader_close(&server.site.metrics.process);
	listeners_close(&server.listeners);
	if (server.epoll >= 0)
		close(server.epoll);
	if (server.signals >= 0)
		close(server.signals);
	free(server.tls.certificate);
	free(server.tls.key);
	export_err = export_process_end(&server.exports);
	return err ? err : export_err;
}
