// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/translate.h"
#include "format/schema.h"
#include "cli/commands.h"
#include "cli/unpinned.h"
#include "instance/follow.h"
#include "query/listing.h"
#include "base/message.h"
#include "cli/options_attach.h"
#include "cli/options_names.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "top/top.h"
#include "base/clock.h"

#define REFRESH_NS NS_PER_S

struct options {
	struct attach_options attach;
	enum output_format format;
	bool resolve, processes, dns;
};

/* A running view of one instance. */
struct live {
	struct unpinned at;
	enum output_format format;
	bool processes, dns;
	int signals; /* signalfd */
	bool printed; /* something was printed, so that an empty line goes before the next table */
	bool named_tunnels; /* those that are not followed were named */
};

/* Print every flow, also closed ones, newest first. Returns 0 or a negative errno (logged). */
static int print_flows(struct live *live, struct buffer *out, enum output_format format,
		       const struct terminal *terminal)
{
	struct listing listing = { .all = true, .processes = live->processes };
	struct listing_times times = { 0 };
	struct flow_output output;
	int err = flow_output_begin(&output, format, out, terminal, 1,
				    (struct flow_extras){ live->processes, live->dns,
							  flow_sources_have_rtt(&live->at.sources) });

	if (err)
		return err;
	err = list_flows(&live->at.sources, &listing, &output, &times);
	flow_output_end(&output);
	live->printed |= times.flows;
	if (!err && !times.flows && !live->named_tunnels)
		live->named_tunnels = flow_sources_tell_not_followed(&live->at.sources);
	return err;
}

/* Print the flows below the earlier output. */
static int print_below(struct live *live, enum output_format format)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct buffer out;
	int err = buffer_init(&out, STDOUT_FILENO);

	if (err)
		return err;
	if (live->printed)
		buffer_char(&out, '\n');
	live->printed = false;
	err = print_flows(live, &out, format, &terminal);
	if (!err)
		err = buffer_flush(&out);
	buffer_free(&out);
	return err;
}

/*
 * Wait until the next refresh is due, and take interfaces that appear. False: the user wants to end, or the reader of
 * the output is gone.
 */
static bool wait_until(const struct live *live, __u64 due_ns)
{
	struct pollfd fds[] = { { .fd = live->signals, .events = POLLIN },
				{ .fd = STDOUT_FILENO },
				{ .fd = follow_fd(live->at.instance), .events = POLLIN } };
	__u64 now;

	while ((now = monotonic_ns()) < due_ns) {
		poll(fds, 3, (int)((due_ns - now) / 1000000) + 1);
		if (fds[1].revents & POLLERR)
			return false;
		if (fds[0].revents && signals_read(live->signals) == SIGNAL_END)
			return false;
		if (fds[2].revents)
			follow_update(live->at.instance, false);
	}
	return true;
}

/* Returns 0 if the user ended it, -ENODEV if no interface is left, or another negative errno (logged). */
static int watch(struct live *live)
{
	__u64 due;
	int err = 0;

	do {
		due = monotonic_ns() + REFRESH_NS;
		flow_source_refresh(&live->at.source);
		if (flow_source_deleted(&live->at.source))
			return -ENODEV;
		if (live->format == OUTPUT_TABLE)
			err = print_below(live, OUTPUT_TABLE);
	} while (!err && wait_until(live, due));
	return err;
}

static int print_live(struct live *live)
{
	int err;

	message_info("tracking '%s'; Ctrl-C ends it", live->at.source.instance->meta.name);
	err = watch(live);
	if (err == -EPIPE)
		return 0;
	if ((!err || err == -ENODEV) && live->format != OUTPUT_TABLE)
		print_below(live, live->format);
	return err;
}

static int show_live(struct live *live, bool on_screen)
{
	struct filter_names names = { 0 };
	const struct top_options options = { .all = true,
					     .filter = "",
					     .names = &names,
					     .processes = live->processes,
					     .host_names = live->dns,
					     .interval_ns = REFRESH_NS,
					     .end_when_deleted = true,
					     .following = live->at.instance };
	int err = on_screen ? top_show(&live->at.sources, &options, live->signals) : print_live(live);

	if (err == -ENODEV)
		message_error("%s is gone: nothing is left to track", live->at.source.instance->meta.interfaces > 1
									      ? "every interface"
									      : live->at.source.interface[0].ifname);
	return err;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };
	struct live live = { 0 };
	struct arguments arguments;
	bool on_screen;
	int status;

	attach_options_defaults(&options.attach);
	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	options.attach.follow = options.attach.all;
	status = attach_options_interfaces(&options.attach, &arguments, self);
	if (status)
		return status;
	live.format = options.format;
	live.processes = options.processes;
	live.dns = options.dns;
	on_screen = live.format == OUTPUT_TABLE && terminal_is_ours();
	live.signals = signals_open(on_screen);
	if (live.signals < 0)
		return live.signals;
	status = unpinned_open(&live.at, &options.attach, options.resolve);
	if (!status) {
		status = options.dns ? flow_sources_name_hosts(&live.at.sources) : 0;
		if (!status)
			status = show_live(&live, on_screen);
		unpinned_close(&live.at);
	} else if (status == -EINTR) { /* the user has ended the command */
		status = 0;
	}
	close(live.signals);
	return status;
}

static struct schema_choice schema(const void *of)
{
	const struct options *options = of;

	return (struct schema_choice){ .record = "flow", .format = options->format };
}

const struct command run_command = {
	.name = "run",
	.arguments = "[IFACE]...|--all",
	.argument_expected = "the name of an interface",
	.argument_completes = "interfaces",
	.most_arguments = MAX_INTERFACES,
	.summary = N_("track an interface, watch it live, and leave nothing behind"),
	.description =
		"Attach to an interface, without IFACE to that of the default route, or with --all to all of them and "
		"to those that appear later, and show the "
		"connections as 'synscope top' does, closed ones too for a while, "
		"until q or Ctrl-C; then detach. If the output is not a terminal a table is printed each second, "
		"and with -o json, jsonl or csv the flows are printed once, at the end.",
	.example = "  synscope run eth0\n"
		   "  synscope run --all --except lo",
	.groups = { { all_option_table, offsetof(struct options, attach) },
		    { attach_option_table, offsetof(struct options, attach) },
		    { table_option_table, offsetof(struct options, attach) },
		    { resolve_options, offsetof(struct options, resolve) },
		    { dns_options, offsetof(struct options, dns) },
		    { process_options, offsetof(struct options, processes) },
		    { utc_options, 0 },
		    { output_options, offsetof(struct options, format) } },
	.schema = schema,
	.run = run,
};
