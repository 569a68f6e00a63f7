// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "cli/commands.h"
#include "instance/attach.h"
#include "instance/close.h"
#include "instance/upgrade.h"
#include "base/message.h"
#include "cli/options_attach.h"
#include "base/text.h"

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
	if (arguments->count) {
		message_usage(self->name, "--upgrade takes no interface, but '%s' was given", arguments->value[0]);
		return EXIT_USAGE;
	}
	return instance_upgrade(options->upgrade);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };
	struct arguments arguments;
	struct instance *instance;
	char memory[SHORT_SIZE + 1];
	int status;

	attach_options_defaults(&options.attach);
	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	if (options.upgrade)
		return upgrade(self, &options, &arguments);
	if (!arguments.count) {
		message_usage(self->name, "expected %s", self->argument_expected);
		return EXIT_USAGE;
	}
	if (!attach_options_interfaces(&options.attach, &arguments, self->name))
		return EXIT_USAGE;
	status = instance_attach(&options.attach, &instance);
	if (status == -EINTR) /* by a signal that was ignored when this process started */
		message_error("interrupted: nothing was attached");
	if (status)
		return status;
	*put_size(memory, instance->meta.memory_bytes) = '\0';
	message_info("'%s' tracks up to %u flows in %llu bytes (%s); 'synscope list' shows them, 'synscope detach %s' "
		     "ends it",
		     instance->meta.name, instance->meta.max_flows, instance->meta.memory_bytes, memory,
		     instance->meta.name);
	instance_close(instance);
	return 0;
}

const struct command attach_command = {
	.name = "attach",
	.arguments = "IFACE...",
	.argument_expected = "the name of an interface",
	.argument_completes = "interfaces",
	.most_arguments = MAX_INTERFACES,
	.summary = "track the connections that pass an interface, from now on",
	.description = "Attach to one interface, to see what the host receives and sends there, or to several, to see "
		       "what each receives (a router's view). Returns at once; tracking needs no running process.",
	.example = "  synscope attach eth0\n"
		   "  synscope attach eth0 eth1 --name router --timeout time_wait=30",
	.groups = { { attach_option_table, offsetof(struct options, attach) },
		    { table_option_table, offsetof(struct options, attach) },
		    { option_table, 0 } },
	.run = run,
};
