// SPDX-License-Identifier: GPL-2.0-only
#include "cli/filtered.h"

int filtered_run(const struct command *self, int argc, char **argv, void *options, struct filter *filter,
		 int (*run)(const void *options))
{
	struct arguments arguments;
	int status;

	if (!options_parse(self, argc, argv, options, &arguments, &status))
		return status;
	status = filter_parse(arguments.value, arguments.count, filter);
	if (status)
		return status;
	status = run(options);
	filter_free(filter);
	return status;
}
