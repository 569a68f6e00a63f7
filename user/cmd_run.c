// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "listing.h"
#include "message.h"
#include "options_attach.h"
#include "signals.h"
#include "terminal.h"

#define REFRESH_NS 1000000000ULL
#define HEADER_BYTES 512

struct options {
	struct attach_options attach;
	enum output_format format;
};

/* A running view of one instance. */
struct live {
	struct instance *instance;
	struct flow_source source;
	enum output_format format;
	struct screen screen;
	int signals; /* signalfd */
	bool printed; /* something, so that the next table is set off by an empty line */
};

/* Why the view goes on or ends. */
enum event { EVENT_REFRESH, EVENT_QUIT };

static bool all_gone(const struct live *live)
{
	for (__u32 i = 0; i < live->source.meta->interfaces; i++)
		if (!live->source.gone[i])
			return false;
	return true;
}

/* Every flow, closed ones too, newest first; at most `rows` lines, 0: all. Returns 0 or a negative errno (told). */
static int print_flows(struct live *live, struct buffer *out, enum output_format format,
		       const struct terminal *terminal, struct listing_times *times)
{
	struct flow_sources sources = { .source = &live->source, .count = 1 };
	struct listing listing = { .all = true, .limit = terminal->rows };
	struct flow_output output;
	int err = flow_output_begin(&output, format, out, terminal, 1);

	if (err)
		return err;
	if (format == OUTPUT_TABLE && terminal->rows)
		output.table.lines_left = terminal->rows;
	err = list_flows(&sources, &listing, &output, times);
	flow_output_end(&output);
	return err;
}

/* "eth0, eth1 (gone): 12 flows; q quits", cut at the width. */
static void put_header(const struct live *live, const struct terminal *terminal, __u64 flows, struct buffer *out)
{
	char text[HEADER_BYTES];
	size_t used = 0;

	for (__u32 i = 0; i < live->source.meta->interfaces; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%s%s", i ? ", " : "", live->source.ifname[i],
				 live->source.gone[i] ? " (gone)" : "");
	if (flows)
		used += snprintf(text + used, sizeof(text) - used, ": %llu flow%s; q quits", flows,
				 flows == 1 ? "" : "s");
	else
		used += snprintf(text + used, sizeof(text) - used, ": no flow yet; q quits");
	if ((int)used > terminal->columns)
		used = terminal->columns;
	buffer_colored(out, terminal->color, COLOR_BOLD, text, (int)used);
	buffer_char(out, '\n');
}

/* Put lines over those of the last picture. */
static void overwrite(struct buffer *out, const struct buffer *lines)
{
	const char *p = lines->data, *end = lines->data + lines->used;

	while (p < end) {
		const char *newline = memchr(p, '\n', end - p);
		const char *stop = newline ? newline : end;

		buffer_bytes(out, p, stop - p);
		buffer_text(out, "\033[K\n");
		p = stop + 1;
	}
}

static int draw_screen(struct live *live)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct listing_times times = { 0 };
	struct buffer table, header, out;
	int err;

	terminal.rows = terminal.rows > 2 ? terminal.rows - 2 : 1; /* the header, and where the cursor rests */
	if (buffer_init(&table, BUFFER_MEMORY))
		return -ENOMEM;
	err = print_flows(live, &table, OUTPUT_TABLE, &terminal, &times);
	if (!err && !(err = buffer_init(&header, BUFFER_MEMORY))) {
		put_header(live, &terminal, times.flows, &header);
		if (!(err = buffer_init(&out, STDOUT_FILENO))) {
			buffer_text(&out, "\033[H");
			overwrite(&out, &header);
			overwrite(&out, &table);
			buffer_text(&out, "\033[J");
			err = buffer_flush(&out);
			buffer_free(&out);
		}
		buffer_free(&header);
	}
	buffer_free(&table);
	return err;
}

/* Print the flows below what was printed before. */
static int print_below(struct live *live, enum output_format format)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct listing_times times = { 0 };
	struct buffer out;
	int err = buffer_init(&out, STDOUT_FILENO);

	if (err)
		return err;
	terminal.rows = 0;
	if (live->printed)
		buffer_char(&out, '\n');
	err = print_flows(live, &out, format, &terminal, &times);
	live->printed = times.flows;
	if (!err)
		err = buffer_flush(&out);
	buffer_free(&out);
	return err;
}

static int refresh(struct live *live)
{
	flow_source_refresh(&live->source, live->instance);
	if (all_gone(live))
		return -ENODEV;
	if (live->format != OUTPUT_TABLE)
		return 0;
	return live->screen.taken ? draw_screen(live) : print_below(live, OUTPUT_TABLE);
}

static enum event read_key(struct pollfd *keys)
{
	char key;
	ssize_t n = read(keys->fd, &key, 1);

	if (n <= 0)
		keys->fd = -1; /* no keys any more; signals still end it */
	return n == 1 && (key == 'q' || key == 'Q') ? EVENT_QUIT : EVENT_REFRESH;
}

/* Until the next refresh is due, or something happens. */
static enum event wait_event(const struct live *live, struct pollfd *keys, __u64 due_ns)
{
	for (;;) {
		struct pollfd fds[] = { { .fd = live->signals, .events = POLLIN }, *keys };
		__u64 now = monotonic_ns();

		if (now >= due_ns)
			return EVENT_REFRESH;
		poll(fds, 2, (int)((due_ns - now) / 1000000) + 1);
		if (fds[0].revents)
			return signals_read_end(live->signals) ? EVENT_QUIT : EVENT_REFRESH;
		if (fds[1].revents && read_key(keys) == EVENT_QUIT)
			return EVENT_QUIT;
	}
}

/* Returns 0 when the user ended it, -ENODEV when no interface is left, or another negative errno (told). */
static int watch(struct live *live)
{
	struct pollfd keys = { .fd = live->screen.taken ? STDIN_FILENO : -1, .events = POLLIN };
	int err;

	do {
		__u64 due = monotonic_ns() + REFRESH_NS;

		err = refresh(live);
		if (!err && wait_event(live, &keys, due) == EVENT_QUIT)
			return 0;
	} while (!err);
	return err;
}

static int show_live(struct live *live)
{
	int err;

	if (live->format == OUTPUT_TABLE)
		screen_take(&live->screen);
	if (!live->screen.taken)
		message_info("tracking '%s'; Ctrl-C ends it", live->source.meta->name);
	err = watch(live);
	screen_restore(&live->screen);
	if (err == -EPIPE)
		return 0;
	if (err && err != -ENODEV)
		return err;
	if (live->format != OUTPUT_TABLE)
		print_below(live, live->format);
	if (err == -ENODEV)
		message_error("%s is gone: nothing is left to track",
			      live->source.meta->interfaces > 1 ? "every interface" : live->source.ifname[0]);
	return err;
}

static int run_attached(struct live *live)
{
	int err = flow_source_open(&live->source, live->instance);

	if (err)
		return err;
	err = show_live(live);
	flow_source_close(&live->source);
	return err;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };
	struct live live = { 0 };
	struct arguments arguments;
	int status;

	attach_options_defaults(&options.attach);
	options.attach.pin = false;
	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	if (!attach_options_interfaces(&options.attach, &arguments, self->name))
		return EXIT_USAGE;
	live.format = options.format;
	live.signals = signals_open();
	if (live.signals < 0)
		return live.signals;
	status = instance_attach(&options.attach, &live.instance);
	if (!status) {
		status = run_attached(&live);
		instance_close(live.instance);
	}
	close(live.signals);
	return status;
}

const struct command run_command = {
	.name = "run",
	.arguments = "IFACE...",
	.argument_expected = "the name of an interface",
	.least_arguments = 1,
	.most_arguments = MAX_INTERFACES,
	.summary = "track an interface, watch its connections live, and leave nothing behind",
	.description =
		"Attach to an interface and show its connections, closed ones too for a while, once a second, "
		"until q or Ctrl-C; then detach. Where the output is no terminal a table is printed each second, "
		"and with -o json, jsonl or csv the flows are printed once, at the end.",
	.example = "  synscope run eth0",
	.groups = { { attach_option_table, offsetof(struct options, attach) },
		    { table_option_table, offsetof(struct options, attach) },
		    { output_options, offsetof(struct options, format) } },
	.run = run,
};
