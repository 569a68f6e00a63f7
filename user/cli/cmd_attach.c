// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "cli/commands.h"
#include "instance/attach.h"
#include "instance/close.h"
#include "instance/follow.h"
#include "instance/upgrade.h"
#include "base/message.h"
#include "cli/options_attach.h"
#include "base/signals.h"
#include "base/text.h"

#define CHECK_MS 250 /* between two checks whether the instance was detached; detach waits longer than that */

struct options {
	struct attach_options attach;
	const char *upgrade;
};

static const struct option option_table[] = {
	{ .name = "group",
	  .argument = "NAME",
	  .help = "members of the group NAME can use list, show, stats, status and top without other rights, and can "
		  "change nothing",
	  .set = option_set_text,
	  .expected = "the name or number of a group of users",
	  .completes = "groups",
	  .offset = offsetof(struct options, attach.group) },
	{ .name = "follow",
	  .help = "with --all: do not return, and take interfaces that appear later, until Ctrl-C; tracking goes on "
		  "after",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, attach.follow) },
	{ .name = "upgrade",
	  .argument = "NAME",
	  .help = "replace the programs of instance NAME by those of this version, and keep its flows; without IFACE",
	  .set = option_set_text,
	  .expected = "the name of an instance",
	  .completes = "instances",
	  .offset = offsetof(struct options, upgrade) },
	{ 0 },
};

static int upgrade(const struct command *self, const struct options *options, const struct arguments *arguments)
{
	if (options->attach.group) {
		message_usage(self->name,
			      "--group cannot be used with --upgrade, which keeps the group of the instance");
		return EXIT_USAGE;
	}
	if (options->attach.all || options->attach.excepts || options->attach.follow) {
		message_usage(self->name,
			      "--%s cannot be used with --upgrade, which keeps the interfaces of the instance",
			      options->attach.all	? "all"
			      : options->attach.excepts ? "except"
							: "follow");
		return EXIT_USAGE;
	}
	if (arguments->count || options->attach.interfaces) {
		message_usage(self->name, "--upgrade takes no interface, but '%s' was given",
			      arguments->count ? arguments->value[0] : options->attach.ifnames[0]);
		return EXIT_USAGE;
	}
	return instance_upgrade(options->upgrade);
}

static void tell(const struct attach_options *options, const struct instance *instance)
{
	const struct instance_meta *meta = &instance->meta;
	char memory[SHORT_SIZE + 1];
	bool egress = false;

	*put_size(memory, meta->memory_bytes) = '\0';
	message_info("'%s' tracks up to %u flows in %llu bytes (%s); 'synscope list' shows them, 'synscope detach %s' "
		     "ends it",
		     meta->name, meta->max_flows, meta->memory_bytes, memory, meta->name);
	for (__u32 i = 0; i < meta->interfaces; i++)
		egress |= meta->interface[i].tc_egress != TC_MODE_NONE;
	if (options->all && options->direction == DIRECTION_DEFAULT && !egress && meta->interfaces > 1)
		message_info("'%s' tracks what each of %u interfaces receives, as a router sees it; --direction both "
			     "adds what this host sends",
			     meta->name, meta->interfaces);
}

/* Wait for new interfaces. Returns 0 if the user ended that, or nothing is left to follow. */
static int follow(struct instance *instance, int signals)
{
	struct pollfd fds[] = { { .fd = signals, .events = POLLIN }, { .fd = follow_fd(instance), .events = POLLIN } };
	int err = 0;

	message_info("'%s' takes new interfaces until Ctrl-C; after that, tracking goes on without",
		     instance->meta.name);
	while (!err) {
		int ready = poll(fds, 2, CHECK_MS);

		if (ready > 0 && fds[0].revents && signals_read(signals) == SIGNAL_END)
			return 0;
		if (ready > 0 && fds[1].revents)
			err = follow_update(instance, false);
		else if (follow_is_over(instance))
			err = -ENODEV;
	}
	message_info("'%s' was detached, or its network namespace is gone", instance->meta.name);
	return 0;
}

static int attach(const struct attach_options *options, int signals)
{
	struct instance *instance;
	int status = instance_attach(options, &instance);

	if (status == -EINTR) /* by a signal that was ignored, or held back, when it came */
		message_error("interrupted: nothing was attached");
	if (status)
		return status;
	tell(options, instance);
	if (options->follow)
		status = follow(instance, signals);
	instance_close(instance);
	return status;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };
	struct arguments arguments;
	int status, signals = -1;

	attach_options_defaults(&options.attach);
	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	if (options.upgrade)
		return upgrade(self, &options, &arguments);
	status = attach_options_interfaces(&options.attach, &arguments, self);
	if (status)
		return status;
	if (options.attach.follow) {
		signals = signals_open(false);
		if (signals < 0)
			return signals;
	}
	status = attach(&options.attach, signals);
	if (signals >= 0)
		close(signals);
	return status;
}

const struct command attach_command = {
	.name = "attach",
	.arguments = "[IFACE]...|--all",
	.argument_expected = "the name of an interface",
	.argument_completes = "interfaces",
	.most_arguments = MAX_INTERFACES,
	.summary = "track the connections that pass an interface, from now on",
	.description =
		"Attach to one interface, to see what the host receives and sends there, or to several, to see "
		"what each receives (a router's view). Without IFACE, the interface of the default route is taken; "
		"--all stands for all interfaces. Returns at once; tracking needs no running process.",
	.example = "  synscope attach eth0\n"
		   "  synscope attach --all --except lo --except 'veth*'\n"
		   "  synscope attach eth0 eth1 --name router --timeout time_wait=30",
	.groups = { { all_option_table, offsetof(struct options, attach) },
		    { attach_option_table, offsetof(struct options, attach) },
		    { table_option_table, offsetof(struct options, attach) },
		    { option_table, 0 } },
	.run = run,
};
