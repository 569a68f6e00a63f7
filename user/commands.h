/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands; main.c has the table of them. */
#ifndef SYNSCOPE_COMMANDS_H
#define SYNSCOPE_COMMANDS_H

#include "options.h"

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

#endif
