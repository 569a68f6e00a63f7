/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands and their table, for the program and for shell completion. */
#ifndef SYNSCOPE_CLI_COMMANDS_H
#define SYNSCOPE_CLI_COMMANDS_H

#include "cli/options.h"
#include "format/detail.h"
#include "format/sink.h"

extern const struct command run_command;
extern const struct command attach_command;
extern const struct command detach_command;
extern const struct command status_command;
extern const struct command list_command;
extern const struct command show_command;
extern const struct command top_command;
extern const struct command watch_command;
extern const struct command stats_command;
extern const struct command flush_command;
extern const struct command replay_command;
extern const struct command serve_command;
extern const struct command export_command;

extern const struct command *const commands[]; /* in the order of the overview; ends with NULL */

/* What `replay FILE --show FLOW` does, for a flow whose name is right. Returns what a command does. */
int replay_show(const char *file, const char *flow, const struct detail_style *style, bool resolve);

/* The command of that name, or NULL. */
/*
 * The command of that name, or of a word that means the same (ls, start, stop); NULL: there is none.
 */
const struct command *command_find(const char *name);

#endif
