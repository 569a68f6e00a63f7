// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "cli/commands.h"
#include "stats/print.h"
#include "base/message.h"
#include "instance/open.h"
#include "cli/options_names.h"
#include "base/terminal.h"
#include "base/key.h"
#include "base/screen.h"
#include "base/clock.h"

#define INTERVAL_MOST 86400

struct options {
	struct stats_options stats;
	__u32 limit; /* 0: the default */
	__u32 interval; /* seconds; 0: once */
	const char *name;
	enum output_format format;
	bool resolve;
};

static const struct option option_table[] = {
	{ .name = "by",
	  .argument = "WHAT",
	  .help = "server-port: from the kernel's histograms, which the first 256 ports seen have, or those that "
		  "'attach --ports' names, and one in common for all others; server, client: by address, from "
		  "the records in the table, closed ones included that are still listed; default all",
	  .set = option_set_choice,
	  .choices = stats_by_names,
	  .offset = offsetof(struct options, stats.by) },
	{ .name = "prefix4",
	  .argument = "BITS",
	  .help = "by server or client: IPv4 addresses that begin alike are one; default 32",
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
	  .help = "the first N; default 20 in the table, else all",
	  .set = option_set_number,
	  .least = 1,
	  .most = ~0U,
	  .offset = offsetof(struct options, limit) },
	{ .name = "interval",
	  .argument = "SEC",
	  .help = "handshakes, refusals and latencies of each SEC seconds, until Ctrl-C",
	  .set = option_set_number,
	  .least = 1,
	  .most = INTERVAL_MOST,
	  .offset = offsetof(struct options, interval) },
	OPTION_INSTANCE("of this instance; default of each"),
	{ 0 },
};

/* All instances that are looked at. */
struct looking {
	const struct options *options;
	struct flow_sources sources;
	struct stats *stats; /* of each source; instance NULL: it was detached */
	int count;
	struct top_screen *screen; /* NULL: none */
	struct buffer out;
	struct record_stream stream;
	bool printed; /* something, so that what comes next is set off by an empty line */
};

static void print_records(struct looking *looking, const struct stats *stats)
{
	__u32 limit = looking->options->limit;
	struct stats_figures figures;
	struct stats_key key;

	if (looking->options->stats.by == STATS_ALL) {
		stats_fields(record_begin(&looking->stream), stats, NULL, &stats->whole);
		record_end(&looking->stream);
	}
	for (size_t i = 0; i < stats->group_count && (!limit || i < limit) && !buffer_failed(&looking->out); i++) {
		stats_group(stats, i, &key, &figures);
		stats_fields(record_begin(&looking->stream), stats, &key, &figures);
		record_end(&looking->stream);
	}
}

/* The last look at all instances, as text. Returns 0 or -ENOMEM (logged). */
static int put_text(const struct looking *looking, struct buffer *text, const struct terminal *terminal)
{
	bool any = false;
	int err = 0;

	for (int i = 0; i < looking->count && !err; i++) {
		if (!looking->stats[i].instance)
			continue;
		if (any)
			buffer_char(text, '\n');
		any = true;
		err = stats_print(text, terminal, &looking->stats[i], looking->options->limit);
	}
	return err;
}

static void paint(const struct looking *looking, const struct buffer *text, const struct terminal *terminal)
{
	top_screen_resize(looking->screen, terminal->rows, terminal->columns);
	top_screen_paint(looking->screen, text, -1);
}

static int print_text(struct looking *looking)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct buffer text;
	int err = buffer_init(&text, BUFFER_MEMORY);

	if (err)
		return err;
	err = put_text(looking, &text, &terminal);
	if (!err)
		err = text.error;
	if (!err && looking->screen) {
		paint(looking, &text, &terminal);
	} else if (!err) {
		if (looking->printed && text.used)
			buffer_char(&looking->out, '\n');
		buffer_bytes(&looking->out, text.data, text.used);
		looking->printed = true;
	}
	buffer_free(&text);
	return err;
}

/* Returns 0 or a negative errno (logged, except for -EPIPE). */
static int print(struct looking *looking)
{
	int err = 0;

	if (looking->options->format == OUTPUT_TABLE)
		err = print_text(looking);
	else
		for (int i = 0; i < looking->count; i++)
			if (looking->stats[i].instance)
				print_records(looking, &looking->stats[i]);
	return err ? err : buffer_flush(&looking->out);
}

/* Closes instances that were detached. Returns how many are left, or a negative errno (logged). */
static int look(struct looking *looking, bool since)
{
	int left = 0, err;

	for (int i = 0; i < looking->count; i++) {
		struct stats *stats = &looking->stats[i];
		const struct instance *instance = stats->instance;

		if (!instance)
			continue;
		if (!instance_is_there(instance)) {
			if (!looking->screen)
				message_info("'%s' was detached", instance->meta.name);
			flow_sources_let_go(&looking->sources, (int)(stats->source - looking->sources.source));
			stats_close(stats);
			continue;
		}
		err = stats_look(stats, since);
		if (err)
			return err;
		if (!looking->screen)
			flow_source_tell_gone(stats->source);
		left++;
	}
	return left;
}

/* What happened on the screen: is it to go on? Keys other than q mean nothing. */
static bool take_keys(struct looking *looking)
{
	int key;

	while ((key = top_screen_key(looking->screen)) != TOP_KEY_NONE)
		if (key == 'q' || key == 'Q')
			return false;
	return true;
}

/* What there is to wait for on the terminal's side: room on the screen, or that nobody reads what is printed. */
static struct pollfd output_fd(const struct top_screen *screen)
{
	if (!screen)
		return (struct pollfd){ .fd = STDOUT_FILENO };
	return (struct pollfd){ .fd = top_screen_idle(screen) ? -1 : top_screen_fd(screen), .events = POLLOUT };
}

/* Sleep until it is time to look, or a screen is to be painted. False: the user, or who reads, has had enough. */
static bool sleep_until(struct looking *looking, int signals, __u64 due_ns)
{
	struct top_screen *screen = looking->screen;
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
		if (fds[1].revents && !take_keys(looking))
			return false;
		if (screen ? fds[2].revents && !top_screen_flush(screen) : fds[2].revents & POLLERR)
			return false;
		if (screen && action != SIGNAL_NONE)
			return true;
	}
	return true;
}

/*
 * Look again and again; `detached`: until nothing was left to look at. Returns 0 when it has ended as it should, or a
 * negative errno (logged, except for -EPIPE).
 */
static int look_on(struct looking *looking, int signals, bool *detached)
{
	int left = look(looking, false), err = 0;
	__u64 due = monotonic_ns();

	while (left > 0 && !err) {
		if (looking->screen)
			err = print(looking); /* at first of all there was; again when the window has changed */
		while (due <= monotonic_ns())
			due += looking->options->interval * NS_PER_S;
		if (err || !sleep_until(looking, signals, due))
			return err;
		if (monotonic_ns() < due)
			continue;
		left = look(looking, true);
		if (left > 0 && !looking->screen)
			err = print(looking);
	}
	*detached = !left;
	return err ? err : left;
}

/* When there is no screen any more to be spoilt. */
static void tell_end(const struct looking *looking)
{
	message_info(looking->count > 1 ? "all instances were detached" : "'%s' was detached",
		     looking->sources.source[0].meta->name);
}

/* On the screen if the terminal is ours, else below each other. */
static int look_on_somewhere(struct looking *looking)
{
	bool on_screen = looking->options->format == OUTPUT_TABLE && terminal_is_ours(), detached = false;
	int signals = signals_open(on_screen), err = 0;

	if (signals < 0)
		return signals;
	if (on_screen)
		err = top_screen_open(&looking->screen, terminal_of(STDOUT_FILENO).color);
	if (!err)
		err = look_on(looking, signals, &detached);
	top_screen_close(looking->screen);
	if (on_screen && detached && looking->count)
		tell_end(looking);
	close(signals);
	return err;
}

/* Begin to look at one more; one that was detached, or cannot be looked at (logged), is left out. 0 or -ENOMEM. */
static int open_one(struct looking *looking, int i)
{
	int err = stats_open(&looking->stats[looking->count], &looking->options->stats,
			     flow_sources_instance(&looking->sources, i), &looking->sources.source[i]);

	if (err == -ENOMEM)
		return err;
	looking->sources.refused |= err && err != -ENODEV;
	looking->count += !err;
	return 0;
}

static void close_all(struct looking *looking)
{
	for (int i = 0; i < looking->count; i++)
		stats_close(&looking->stats[i]);
	looking->count = 0;
}

/* One after the other, as there may be many, and the figures of one take megabytes. */
static int look_once(struct looking *looking)
{
	int err = 0;

	for (int i = 0; i < looking->sources.count && err >= 0; i++) {
		err = open_one(looking, i);
		if (!err)
			err = look(looking, false);
		if (err > 0)
			err = print(looking);
		close_all(looking);
	}
	return err < 0 ? err : buffer_flush(&looking->out);
}

/* All of them, again and again. */
static int look_again(struct looking *looking)
{
	int err = 0;

	for (int i = 0; i < looking->sources.count && !err; i++)
		err = open_one(looking, i);
	if (!err)
		err = look_on_somewhere(looking);
	close_all(looking);
	return err;
}

static int look_into(struct looking *looking)
{
	const struct options *options = looking->options;
	int err = buffer_init(&looking->out, STDOUT_FILENO), finish_err;

	if (err)
		return err;
	if (options->format == OUTPUT_CSV)
		stats_csv_header(&looking->out);
	if (options->format != OUTPUT_TABLE)
		record_stream_begin(&looking->stream, options->format, &looking->out);
	looking->stats = array_new(looking->sources.count, sizeof(*looking->stats), "the figures of all instances");
	if (looking->stats)
		err = options->interval ? look_again(looking) : look_once(looking);
	else
		err = -ENOMEM;
	if (options->format != OUTPUT_TABLE)
		record_stream_end(&looking->stream);
	free(looking->stats);
	finish_err = buffer_finish(&looking->out);
	return err && err != -EPIPE ? err : finish_err;
}

static int look_at(const struct options *options)
{
	struct looking looking = { .options = options };
	int status = flow_sources_open(&looking.sources, options->name, OBJECTS_HISTOGRAMS);

	if (status)
		return status;
	if (!looking.sources.instance_count)
		instances_print_none();
	status = flow_sources_name(&looking.sources, options->resolve, false);
	if (!status)
		status = look_into(&looking);
	return flow_sources_end(&looking.sources, status);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };
	struct arguments arguments;
	bool by_address, by_group;
	int status;

	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	by_group = options.stats.by != STATS_ALL;
	by_address = by_group && options.stats.by != STATS_SERVER_PORT;
	if (!by_address && (options.stats.prefix4 || options.stats.prefix6)) {
		message_usage(self->name, "--prefix%d goes with --by server or --by client",
			      options.stats.prefix4 ? 4 : 6);
		return EXIT_USAGE;
	}
	if (!by_group && options.stats.sort != STATS_BUSIEST) {
		message_usage(self->name, "--sort goes with --by server-port, server or client");
		return EXIT_USAGE;
	}
	options.stats.prefix4 = options.stats.prefix4 ? options.stats.prefix4 : 32;
	options.stats.prefix6 = options.stats.prefix6 ? options.stats.prefix6 : 128;
	return look_at(&options);
}

const struct command stats_command = {
	.name = "stats",
	.arguments = "",
	.summary = "print how connections fare: outcomes, failures, latency percentiles",
	.description =
		"Print of each instance the flows by state and by outcome, how many attempts to connect failed and "
		"why, "
		"and of the three latencies (SYN to SYN/ACK, SYN/ACK to ACK, the whole handshake) percentiles, within "
		"1/16, and a histogram. Handshakes, refusals and latencies were counted in the kernel since it was "
		"attached, so that nothing is lost between looks; states, outcomes and attempts are of the flows "
		"in the table, closed ones included that are still listed.\n"
		"In json, jsonl and csv there is one record with by \"all\" for each instance, or one for each key: "
		"instance, time, interval_ns (null: since attached), by, key (a port, \"other\", an address or a "
		"prefix), flows, closed, states, outcomes, attempts (with failed, and each kind of failure); source "
		"(\"kernel\" or \"table\") of handshakes, refused and latencies: each with count, p50, p90, p99, p999 "
		"in ns and histogram, a list of from_ns, to_ns, count (csv: from_ns:count); "
		"interfaces_gone.",
	.example = "  synscope stats\n"
		   "  synscope stats --by server-port --sort p99\n"
		   "  synscope stats --by server-port --interval 5\n"
		   "  synscope stats --by client --prefix4 24 --limit 10\n"
		   "  synscope stats --by server-port -o jsonl | jq '[.key, .latencies.handshake_ns.p99]'",
	.groups = { { option_table, 0 },
		    { resolve_options, offsetof(struct options, resolve) },
		    { utc_options, 0 },
		    { output_options, offsetof(struct options, format) } },
	.run = run,
};
