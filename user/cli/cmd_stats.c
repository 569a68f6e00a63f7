// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "instance/open.h"
#include "base/translate.h"
#include "format/schema.h"
#include "cli/commands.h"
#include "cli/from.h"
#include "stats/fields.h"
#include "stats/print.h"
#include "base/message.h"
#include "cli/options_names.h"
#include "base/terminal.h"
#include "base/key.h"
#include "base/screen.h"
#include "base/clock.h"

#define INTERVAL_MAX 86400

struct options {
	struct stats_options stats;
	__u32 limit; /* 0: the default */
	__u32 interval; /* seconds; 0: once */
	const char *name, *from;
	enum output_format format;
	bool resolve;
};

static const struct option option_table[] = {
	{ .name = "by",
	  .argument = "WHAT",
	  .help = "server-port: from the kernel's histograms, one for each of the first 256 ports seen or those of "
		  "'attach --ports', and a common one for all others; server, client: by address, from the flows "
		  "in the table, with the closed ones that are still listed; process, container: the same by that of "
		  "either end, as 'list -p' names it; default all",
	  .set = option_set_choice,
	  .choices = stats_by_names,
	  .offset = offsetof(struct options, stats.by) },
	{ .name = "prefix4",
	  .argument = "BITS",
	  .help = "by server or client: group IPv4 addresses whose first BITS bits are equal; default 32",
	  .set = option_set_number,
	  .least = 1,
	  .most = 32,
	  .offset = offsetof(struct options, stats.prefix4) },
	{ .name = "prefix6",
	  .argument = "BITS",
	  .help = "the same for IPv6; default 128",
	  .set = option_set_number,
	  .least = 1,
	  .most = 128,
	  .offset = offsetof(struct options, stats.prefix6) },
	{ .name = "sort",
	  .argument = "KEY",
	  .help = "busiest: most handshakes and refusals, or flows; failed: most failed attempts; p50, p90, p99, "
		  "p999: slowest handshakes; default busiest",
	  .set = option_set_choice,
	  .choices = stats_sort_names,
	  .offset = offsetof(struct options, stats.sort) },
	{ .name = "limit",
	  .argument = "N",
	  .help = "print the first N; default 20 in a table, else all",
	  .set = option_set_number,
	  .least = 1,
	  .most = ~0U,
	  .offset = offsetof(struct options, limit) },
	{ .name = "interval",
	  .letter = 'd',
	  .argument = "SEC",
	  .help = "every SEC seconds, print the handshakes, refusals and latencies of these seconds, until Ctrl-C",
	  .set = option_set_number,
	  .least = 1,
	  .most = INTERVAL_MAX,
	  .offset = offsetof(struct options, interval) },
	OPTION_INSTANCE("only this instance; default each instance"),
	OPTION_FROM,
	{ 0 },
};

/* All instances that are shown. */
struct stats_session {
	const struct options *options;
	struct flow_sources sources;
	struct stats *stats; /* of each source, as far as they could be opened */
	int count;
	struct top_screen *screen; /* NULL: none */
	struct buffer out;
	struct output output;
	bool printed; /* something was printed, so that an empty line goes before the next output */
};

/* Print the last figures of all instances as text. Returns 0 or -ENOMEM (logged). */
static int put_text(const struct stats_session *session, struct buffer *text, const struct terminal *terminal)
{
	bool any = false;
	int err = 0;

	for (int i = 0; i < session->count && !err; i++) {
		if (!session->stats[i].source)
			continue;
		if (any)
			buffer_char(text, '\n');
		any = true;
		err = stats_print(text, terminal, &session->stats[i], session->options->limit);
	}
	return err;
}

static void paint(const struct stats_session *session, const struct buffer *text, const struct terminal *terminal)
{
	top_screen_resize(session->screen, terminal->rows, terminal->columns);
	top_screen_paint(session->screen, text, -1);
}

static int print_text(struct stats_session *session)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct buffer text;
	int err = buffer_init(&text, BUFFER_MEMORY);

	if (err)
		return err;
	err = put_text(session, &text, &terminal);
	if (!err)
		err = text.error;
	if (!err && session->screen) {
		paint(session, &text, &terminal);
	} else if (!err) {
		if (session->printed && text.used)
			buffer_char(&session->out, '\n');
		buffer_bytes(&session->out, text.data, text.used);
		session->printed = true;
	}
	buffer_free(&text);
	return err;
}

/* Returns 0 or a negative errno (logged, except for -EPIPE). */
static int print(struct stats_session *session)
{
	int err = 0;

	if (session->options->format == OUTPUT_TABLE)
		err = print_text(session);
	else
		for (int i = 0; i < session->count; i++)
			if (session->stats[i].source)
				stats_output_all(&session->output, &session->stats[i], session->options->limit);
	return err ? err : buffer_flush(&session->out);
}

/* Closes instances that were detached. Returns how many are left, or a negative errno (logged). */
static int refresh(struct stats_session *session, bool since)
{
	int left = 0, err;

	for (int i = 0; i < session->count; i++) {
		struct stats *stats = &session->stats[i];
		const struct instance *instance;

		if (!stats->source)
			continue;
		instance = stats->source->instance;
		if (!instance_is_there(instance)) {
			if (!session->screen)
				message_info("'%s' was detached", instance->meta.name);
			flow_source_close_detached(stats->source);
			stats_close(stats);
			continue;
		}
		err = stats_refresh(stats, since);
		if (err)
			return err;
		if (!session->screen)
			flow_source_warn_deleted(stats->source);
		left++;
	}
	return left;
}

/* Handle signals and keys of the screen; only q has a meaning. False: end. */
static bool take_keys(struct stats_session *session)
{
	int key;

	while ((key = top_screen_key(session->screen)) != TOP_KEY_NONE)
		if (key == 'q' || key == 'Q')
			return false;
	return true;
}

/* What to poll on stdout: room in the terminal, or without a screen whether the reader is gone. */
static struct pollfd output_fd(const struct top_screen *screen)
{
	if (!screen)
		return (struct pollfd){ .fd = STDOUT_FILENO };
	return (struct pollfd){ .fd = top_screen_idle(screen) ? -1 : top_screen_fd(screen), .events = POLLOUT };
}

/*
 * Wait until the next refresh is due, or the screen must be painted. False: the user wants to end, or the reader of the
 * output is gone.
 */
static bool sleep_until(struct stats_session *session, int signals, __u64 due_ns)
{
	struct top_screen *screen = session->screen;
	__u64 now;

	while ((now = monotonic_ns()) < due_ns) {
		struct pollfd fds[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = screen ? STDIN_FILENO : -1, .events = POLLIN },
			output_fd(screen),
		};
		enum signal_action action = SIGNAL_NONE;

		poll(fds, 3, (int)((due_ns - now) / 1000000) + 1);
		if (fds[0].revents)
			action = screen ? top_screen_signal(screen, signals) : signals_read(signals);
		if (action == SIGNAL_END || (fds[1].revents && !(fds[1].revents & POLLIN)))
			return false;
		if (fds[1].revents && !take_keys(session))
			return false;
		if (screen ? fds[2].revents && !top_screen_flush(screen) : fds[2].revents & POLLERR)
			return false;
		if (screen && action != SIGNAL_NONE)
			return true;
	}
	return true;
}

/*
 * Refresh again and again. *detached: ended because all instances were detached. Returns 0 after a normal end, or a
 * negative errno (logged, except for -EPIPE).
 */
static int run_interval(struct stats_session *session, int signals, bool *detached)
{
	int left = refresh(session, false), err = 0;
	__u64 due = monotonic_ns();

	while (left > 0 && !err) {
		if (session->screen)
			err = print(session); /* also if the screen has another size now */
		while (due <= monotonic_ns())
			due += session->options->interval * NS_PER_S;
		if (err || !sleep_until(session, signals, due))
			return err;
		if (monotonic_ns() < due)
			continue;
		left = refresh(session, true);
		if (left > 0 && !session->screen)
			err = print(session);
	}
	*detached = !left;
	return err ? err : left;
}

/* Called when the screen is closed, so that messages are not painted over. */
static void print_end(const struct stats_session *session)
{
	message_info(session->count > 1 ? "all instances were detached" : "'%s' was detached",
		     session->sources.source[0].instance->meta.name);
}

/* Show the figures on the screen if the terminal is ours, otherwise print them below each other. */
static int run_on_terminal(struct stats_session *session)
{
	bool on_screen = session->options->format == OUTPUT_TABLE && terminal_is_ours(), detached = false;
	int signals = signals_open(on_screen), err = 0;

	if (signals < 0)
		return signals;
	if (on_screen)
		err = top_screen_open(&session->screen, terminal_of(STDOUT_FILENO).color);
	if (!err)
		err = run_interval(session, signals, &detached);
	top_screen_close(session->screen);
	if (on_screen && detached && session->count)
		print_end(session);
	close(signals);
	return err;
}

/* Open one more instance; one that was detached, or that cannot be read (logged), is left out. Returns 0 or -ENOMEM. */
static int open_one(struct stats_session *session, int i)
{
	int err = stats_open(&session->stats[session->count], &session->options->stats, &session->sources.source[i]);

	if (err == -ENOMEM)
		return err;
	session->sources.refused |= err && err != -ENODEV;
	session->count += !err;
	return 0;
}

static void close_all(struct stats_session *session)
{
	for (int i = 0; i < session->count; i++)
		stats_close(&session->stats[i]);
	session->count = 0;
}

/* One instance after the other, because there may be many, and the figures of one take megabytes. */
static int print_once(struct stats_session *session)
{
	int err = 0;

	for (int i = 0; i < session->sources.count && err >= 0; i++) {
		err = open_one(session, i);
		if (!err)
			err = refresh(session, false);
		if (err > 0)
			err = print(session);
		close_all(session);
	}
	return err < 0 ? err : buffer_flush(&session->out);
}

/* Show all instances, again and again. */
static int print_repeatedly(struct stats_session *session)
{
	int err = 0;

	for (int i = 0; i < session->sources.count && !err; i++)
		err = open_one(session, i);
	if (!err)
		err = run_on_terminal(session);
	close_all(session);
	return err;
}

static int run_session(struct stats_session *session)
{
	const struct options *options = session->options;
	int err = buffer_init(&session->out, STDOUT_FILENO), finish_err;

	if (err)
		return err;
	stats_output_begin(&session->output, options->format, &session->out);
	session->stats = array_new(session->sources.count, sizeof(*session->stats), "the figures of all instances");
	if (session->stats)
		err = options->interval ? print_repeatedly(session) : print_once(session);
	else
		err = -ENOMEM;
	output_end(&session->output);
	free(session->stats);
	finish_err = buffer_finish(&session->out);
	return err && err != -EPIPE ? err : finish_err;
}

static int print_recorded(const struct stats *stats, void *context)
{
	struct stats_session *session = context;
	struct terminal terminal = terminal_of(STDOUT_FILENO);

	if (session->options->format == OUTPUT_TABLE)
		return stats_print(&session->out, &terminal, stats, session->options->limit);
	stats_output_all(&session->output, stats, session->options->limit);
	return 0;
}

static int stats_of_capture(const struct options *options)
{
	struct stats_session session = { .options = options };
	int err = buffer_init(&session.out, STDOUT_FILENO), finish_err;

	if (err)
		return err;
	stats_output_begin(&session.output, options->format, &session.out);
	err = from_stats(options->from, &options->stats, options->resolve, print_recorded, &session);
	output_end(&session.output);
	finish_err = buffer_finish(&session.out);
	return err ? err : finish_err;
}

static int stats_run(const struct options *options)
{
	struct stats_session session = { .options = options };
	int status = flow_sources_open(&session.sources, options->name, OBJECTS_HISTOGRAMS);

	if (status)
		return status;
	if (!session.sources.instance_count)
		instances_print_none();
	status = flow_sources_resolve(&session.sources, options->resolve);
	if (!status)
		status = run_session(&session);
	return flow_sources_finish(&session.sources, status);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };
	struct arguments arguments;
	bool by_group;
	int status;

	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	by_group = options.stats.by != STATS_ALL;
	if (!stats_by_address(options.stats.by) && (options.stats.prefix4 || options.stats.prefix6)) {
		message_usage(self->name, "--prefix%d needs --by server or --by client", options.stats.prefix4 ? 4 : 6);
		return EXIT_USAGE;
	}
	if (!by_group && options.stats.sort != STATS_BUSIEST) {
		message_usage(self->name, "--sort needs --by");
		return EXIT_USAGE;
	}
	if (options.from && stats_by_owner(options.stats.by)) {
		message_usage(self->name, "--by %s asks for processes of this host, which a file does not name",
			      stats_by_names[options.stats.by]);
		return EXIT_USAGE;
	}
	if (!from_check(options.from, options.name ? "name" : options.interval ? "interval" : NULL, self->name))
		return EXIT_USAGE;
	options.stats.prefix4 = options.stats.prefix4 ? options.stats.prefix4 : 32;
	options.stats.prefix6 = options.stats.prefix6 ? options.stats.prefix6 : 128;
	return options.from ? stats_of_capture(&options) : stats_run(&options);
}

static struct schema_choice schema(const void *of)
{
	const struct options *options = of;

	return (struct schema_choice){ .record = "instance_stats", .format = options->format };
}

const struct command stats_command = {
	.name = "stats",
	.arguments = "",
	.summary = N_("print how connections fare: outcomes, failures, latency percentiles"),
	.description =
		"Print, for each instance, the flows by state and by outcome, how many attempts to connect failed and "
		"why, and percentiles (exact within 1/16) and a histogram of the three latencies (SYN to SYN/ACK, "
		"SYN/ACK to ACK, the whole handshake). Handshakes, refusals and latencies are counted in the kernel "
		"since the instance was attached, so that none is missed; states, outcomes and attempts are those of "
		"the flows in the table, with the closed ones that are still listed. With --from, all of it comes from "
		"the flows of a capture or of a history.\n"
		"In json, jsonl and csv there is one record with by \"all\" for each instance, or one for each key: "
		"instance, time, interval_ns (null: since attached), by, key (a port, \"other\", an address, a "
		"prefix, or the name of a process or container, null if there is none), flows, closed, states, "
		"outcomes, attempts (with failed, and each kind of failure); source "
		"(\"kernel\" or \"table\") of handshakes, refused and latencies: each with count, p50, p90, p99, p999 "
		"in ns and histogram, a list of from_ns, to_ns, count (csv: from_ns:count); "
		"rtt, the same of round trips to either end, null without --rtt of 'attach' (--from a capture always "
		"has them); interfaces_gone.",
	.example = "  synscope stats\n"
		   "  synscope stats --by server-port --sort p99\n"
		   "  synscope stats --by server-port --interval 5\n"
		   "  synscope stats --by client --prefix4 24 --limit 10\n"
		   "  synscope stats --from trace.pcap --by server-port\n"
		   "  synscope stats --by server-port -o jsonl | jq '[.key, .latencies.handshake_ns.p99]'",
	.groups = { { option_table, 0 },
		    { resolve_options, offsetof(struct options, resolve) },
		    { utc_options, 0 },
		    { output_options, offsetof(struct options, format) } },
	.schema = schema,
	.run = run,
};
