// SPDX-License-Identifier: GPL-2.0-only
#include "cli/commands.h"

#include <string.h>

const struct command *const commands[] = {
	&run_command,	 &attach_command,
	&detach_command, &status_command,
	&top_command,	 &list_command,
	&show_command,	 &watch_command,
	&stats_command,	 &flush_command,
	&replay_command, &serve_command,
	&export_command, NULL,
};

/* Words of other programs, and what they are called here. */
static const struct {
	const char *word, *name;
} others[] = { { "ls", "list" }, { "start", "attach" }, { "stop", "detach" } };

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(others[i].word, name))
			name = others[i].name;
	for (const struct command *const *command = commands; *command; command++)
		if (!strcmp((*command)->name, name))
			return *command;
	return NULL;
}
