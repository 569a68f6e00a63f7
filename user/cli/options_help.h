/* SPDX-License-Identifier: GPL-2.0-only */
/* The help of a command, made from its tables. */
#ifndef SYNSCOPE_CLI_OPTIONS_HELP_H
#define SYNSCOPE_CLI_OPTIONS_HELP_H

#include "cli/options.h"

/* Print usage, options and an example. */
void options_help(const struct command *command, struct buffer *out);

#endif
