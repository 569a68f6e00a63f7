// SPDX-License-Identifier: GPL-2.0-only
#include "cli/commands.h"
#include "instance/detach.h"
#include "base/message.h"

struct options {
	bool all;
	const char *interface;
};

static const struct option option_table[] = {
	{ .name = "all",
	  .letter = 'a',
	  .help = "remove every instance, and whatever killed processes left behind",
	  .set = option_set_flag,
	  .offset = offsetof(struct options, all) },
	OPTION_INTERFACE("the same as the word IFACE"),
	{ 0 },
};

static int run(const struct command *self, int argc, char **argv)
{
	struct options options = { 0 };
	struct arguments arguments;
	const char *which;
	int status;

	if (!options_parse(self, argc, argv, &options, &arguments, &status))
		return status;
	which = arguments.count ? arguments.value[0] : options.interface;
	if (arguments.count && options.interface) {
		message_usage(self->name, "expected either '%s' or --interface '%s'", which, options.interface);
		return EXIT_USAGE;
	}
	if (options.all && which) {
		message_usage(self->name, "expected either '%s' or --all", which);
		return EXIT_USAGE;
	}
	if (options.all)
		return instance_detach_all();
	if (!which) {
		message_usage(self->name, "expected %s", self->argument_expected);
		return EXIT_USAGE;
	}
	return instance_detach(which);
}

const struct command detach_command = {
	.name = "detach",
	.arguments = "NAME|IFACE",
	.argument_expected = "the name of an instance or of an interface, or --all",
	.argument_completes = "instances; interfaces",
	.most_arguments = 1,
	.summary = "stop tracking and remove every trace of it",
	.description =
		"Remove the instance of this name, or the one that tracks this interface: its programs, its flows "
		"and whatever it put on its interfaces.",
	.example = "  synscope detach eth0",
	.groups = { { option_table, 0 } },
	.run = run,
};
